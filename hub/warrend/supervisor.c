/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/warrend/supervisor.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>

#include "hub/base/cleanup.h"
#include "hub/base/landlock.h"
#include "hub/base/log.h"
#include "hub/base/text.h"
#include "hub/settings/settings.h"
#include "hub/warrend/acme_process.h"
#include "hub/warrend/config_file.h"
#include "hub/warrend/dns_process.h"
#include "hub/warrend/engine_process.h"
#include "hub/warrend/forwarded.h"
#include "hub/warrend/hash_process.h"
#include "hub/warrend/net_close.h"
#include "hub/warrend/net_process.h"
#include "hub/warrend/openvpn_process.h"
#include "hub/warrend/update_process.h"
#include "hub/warrend/web_process.h"
#include "hub/warrend/wireguard_process.h"

static_assert(sizeof(struct channel_header) + sizeof(struct verb_roles) +
                      VERB_ROLES_MAX * sizeof(struct verb_role) <=
                  CHANNEL_MESSAGE_MAX,
              "one message holds them all");

/* ---- what the engine says ---- */

/* Its body is what the verb says; an id in it has been looked at. */
typedef int (*verb_handler)(struct supervisor *supervisor, const struct engine_request *request,
                            const void *body);

static const char *id_of(const void *body)
{
    return ((const struct verb_net_id *)body)->id;
}

static int on_ready(struct supervisor *supervisor, const struct engine_request *request,
                    const void *body)
{
    (void)request, (void)body;
    log_info("ready");
    (void)places_set_ready(supervisor->places, true);
    (void)sd_notify(0, "READY=1\nSTATUS=The API answers.");
    web_process_start(supervisor->web);
    return 0;
}

static int on_net_open(struct supervisor *supervisor, const struct engine_request *request,
                       const void *body)
{
    net_process_open(supervisor->nets, id_of(body), request);
    return 0;
}

static int on_net_close(struct supervisor *supervisor, const struct engine_request *request,
                        const void *body)
{
    net_close(supervisor, id_of(body), request);
    return 0;
}

static int on_wireguard_open(struct supervisor *supervisor, const struct engine_request *request,
                             const void *body)
{
    const struct verb_wireguard_id *wireguard = body;
    tenant_process_open(supervisor->wireguards, wireguard->id, wireguard->link, NULL, request);
    return 0;
}

static int on_openvpn_open(struct supervisor *supervisor, const struct engine_request *request,
                           const void *body)
{
    const struct verb_openvpn *order = body;
    tenant_process_open(supervisor->openvpns, order->id, order->server, order, request);
    return 0;
}

struct tenant_close {
    struct supervisor *supervisor;
    struct engine_request request;
    const char *what;
};

static void on_stopped(int status, void *data)
{
    struct tenant_close *closing = data;
    engine_acknowledge(closing->supervisor->engine, &closing->request, status, closing->what);
    free(closing);
}

static int close_tenant(struct supervisor *supervisor, struct tenant_processes *tenants,
                        const char *id, uint16_t number, const struct engine_request *request,
                        const char *what)
{
    struct tenant_close *closing = memory_zero(sizeof(*closing));
    *closing = (struct tenant_close){.supervisor = supervisor, .request = *request, .what = what};
    tenant_process_stop(tenants, id, number, true, on_stopped, closing);
    return 0;
}

static int on_wireguard_close(struct supervisor *supervisor, const struct engine_request *request,
                              const void *body)
{
    const struct verb_wireguard_id *wireguard = body;
    return close_tenant(supervisor, supervisor->wireguards, wireguard->id, wireguard->link, request,
                        "stopping wireguard-go");
}

static int on_openvpn_close(struct supervisor *supervisor, const struct engine_request *request,
                            const void *body)
{
    const struct verb_openvpn_id *openvpn = body;
    return close_tenant(supervisor, supervisor->openvpns, openvpn->id, openvpn->server, request,
                        "stopping openvpn");
}

/* Those that can't tell were started in their sandbox, all of it or nothing: where the part that
 * can be seen stands, so do the Landlock rules. */
static bool cannot_tell(enum role role)
{
    return role == ROLE_WIREGUARD || role == ROLE_OPENVPN || role == ROLE_DNS || role == ROLE_WEB ||
           role == ROLE_HASH || role == ROLE_ACME;
}

static void observe_role(struct verb_role *role)
{
    sandbox_observe_process(role->pid, &role->sandbox);
    if (cannot_tell(role->role) && role->sandbox.no_new_privs)
        role->sandbox.landlock_abi = (uint8_t)landlock_abi();
}

static int on_roles(struct supervisor *supervisor, const struct engine_request *request,
                    const void *body)
{
    (void)body;
    _cleanup_free_ struct verb_roles *roles =
        memory_zero(sizeof(*roles) + VERB_ROLES_MAX * sizeof(roles->roles[0]));
    roles->roles[0] = (struct verb_role){
        .role = ROLE_SUPERVISOR,
        .pid = (uint32_t)getpid(),
        .started_at = supervisor->started_at,
    };
    engine_process_describe(supervisor->engine, &roles->roles[1]);
    size_t count = 2;
    count += hash_process_describe(supervisor->hash, &roles->roles[count]);
    count += web_process_describe(supervisor->web, &roles->roles[count]);
    count += update_process_describe(supervisor->update, &roles->roles[count]);
    count += acme_process_describe(supervisor->acme, &roles->roles[count]);
    count += net_processes_describe(supervisor->nets, &roles->roles[count], VERB_ROLES_MAX - count);
    count += tenant_processes_describe(supervisor->wireguards, &roles->roles[count],
                                       VERB_ROLES_MAX - count);
    count += tenant_processes_describe(supervisor->openvpns, &roles->roles[count],
                                       VERB_ROLES_MAX - count);
    count += dns_processes_describe(supervisor->dns, &roles->roles[count], VERB_ROLES_MAX - count);
    roles->count = (uint32_t)count;
    for (size_t i = 0; i < count; i++)
        observe_role(&roles->roles[i]);
    engine_answer(supervisor->engine, request, VERB_ROLES_LIST, roles,
                  sizeof(*roles) + count * sizeof(roles->roles[0]), NULL, 0);
    return 0;
}

static int on_web_restart(struct supervisor *supervisor, const struct engine_request *request,
                          const void *body)
{
    (void)request, (void)body;
    log_error("warren-web broke the rules of its channel to the engine, ending it");
    web_process_restart(supervisor->web);
    return 0;
}

/* The engine has read the file again before it hears that all is well. */
static int on_settings_set(struct supervisor *supervisor, const struct engine_request *request,
                           const void *body)
{
    char reason[CONFIG_REASON_MAX] = "";
    int r = config_file_set(supervisor->places->config, body, reason);

    if (r < 0)
        log_error("%s is as it was: %s", supervisor->places->config, reason);
    else
        engine_tell(supervisor->engine, VERB_RELOAD, NULL, 0);
    engine_acknowledge(supervisor->engine, request, r, reason);
    return 0;
}

static int on_acme_open(struct supervisor *supervisor, const struct engine_request *request,
                        const void *body)
{
    (void)body;
    acme_process_open(supervisor->acme, request);
    return 0;
}

static int on_update_open(struct supervisor *supervisor, const struct engine_request *request,
                          const void *body)
{
    (void)body;
    update_process_open(supervisor->update, request);
    return 0;
}

static int on_update_healthy(struct supervisor *supervisor, const struct engine_request *request,
                             const void *body)
{
    (void)request, (void)body;
    update_process_healthy(supervisor->update);
    return 0;
}

static int on_reboot(struct supervisor *supervisor, const struct engine_request *request,
                     const void *body)
{
    (void)body;
    update_process_reboot(supervisor->update, request);
    return 0;
}

/* The id comes first in all of them. */
static_assert(offsetof(struct verb_net_id, id) == 0 && offsetof(struct verb_openvpn, id) == 0 &&
                  offsetof(struct verb_openvpn_id, id) == 0 &&
                  offsetof(struct verb_wireguard_id, id) == 0,
              "an id elsewhere");

enum id_kind { ID_NONE, ID_INSTANCE, ID_INSTANCE_OR_ROOT };

static const struct {
    verb_handler handle;
    enum id_kind id;
} handlers[VERB_COUNT] = {
    [VERB_READY] = {on_ready, ID_NONE},
    [VERB_NET_OPEN] = {on_net_open, ID_INSTANCE_OR_ROOT},
    [VERB_NET_CLOSE] = {on_net_close, ID_INSTANCE},
    [VERB_WIREGUARD_OPEN] = {on_wireguard_open, ID_INSTANCE},
    [VERB_WIREGUARD_CLOSE] = {on_wireguard_close, ID_INSTANCE},
    [VERB_OPENVPN_OPEN] = {on_openvpn_open, ID_INSTANCE},
    [VERB_OPENVPN_CLOSE] = {on_openvpn_close, ID_INSTANCE},
    [VERB_ACME_OPEN] = {on_acme_open, ID_NONE},
    [VERB_UPDATE_OPEN] = {on_update_open, ID_NONE},
    [VERB_UPDATE_HEALTHY] = {on_update_healthy, ID_NONE},
    [VERB_REBOOT] = {on_reboot, ID_NONE},
    [VERB_ROLES] = {on_roles, ID_NONE},
    [VERB_WEB_RESTART] = {on_web_restart, ID_NONE},
    [VERB_SETTINGS_SET] = {on_settings_set, ID_NONE},
};

/* An id becomes part of paths and names: eight letters, whatever the channel let through. */
static bool id_allowed(const struct verb_net_id *body, enum id_kind kind)
{
    if (memchr(body->id, '\0', sizeof(body->id)) == NULL)
        return false;
    return id_valid(body->id) || (kind == ID_INSTANCE_OR_ROOT && body->id[0] == '\0');
}

static int on_message(struct supervisor *supervisor, const struct engine_request *request,
                      const struct channel_message *message)
{
    uint16_t verb = message->header.verb;
    if (dns_process_takes(verb))
        return dns_process_message(supervisor->dns, request, message);
    if (verb >= VERB_COUNT || !handlers[verb].handle)
        return -EBADMSG;
    if (handlers[verb].id != ID_NONE) {
        const struct verb_net_id *body = message->body;
        if (message->size < sizeof(*body) || !id_allowed(body, handlers[verb].id))
            return -EBADMSG;
    }
    return handlers[verb].handle(supervisor, request, message->body);
}

static void on_engine_started(struct supervisor *supervisor)
{
    hash_process_start(supervisor->hash);
    web_process_connect(supervisor->web);
}

static void on_engine_died(struct supervisor *supervisor)
{
    hash_process_end(supervisor->hash);
    (void)places_set_ready(supervisor->places, false);
    net_processes_end_all(supervisor->nets);
    (void)sd_notify(0, "STATUS=The engine is started again.");
}

static void on_engine_stopped(struct supervisor *supervisor)
{
    sd_event_exit(supervisor->event, 0);
}

static const struct engine_handlers engine_handlers = {
    .message = on_message,
    .started = on_engine_started,
    .died = on_engine_died,
    .stopped = on_engine_stopped,
};

/* ---- signals ---- */

static int on_end(sd_event_source *source, const struct signalfd_siginfo *info, void *data)
{
    (void)source;
    struct supervisor *supervisor = data;
    log_info("%s: ending; tunnels stay", strsignal((int)info->ssi_signo));
    (void)sd_notify(0, "STOPPING=1");
    engine_process_stop(supervisor->engine);
    return 0;
}

static int on_reload(sd_event_source *source, const struct signalfd_siginfo *info, void *data)
{
    (void)source, (void)info;
    struct supervisor *supervisor = data;
    log_info("reading the configuration again");
    (void)sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%llu",
                     (unsigned long long)clock_monotonic_us());
    engine_tell(supervisor->engine, VERB_RELOAD, NULL, 0);
    (void)sd_notify(0, "READY=1");
    return 0;
}

static const struct {
    int number;
    sd_event_signal_handler_t handle;
} signals[] = {
    {SIGTERM, on_end},
    {SIGINT, on_end},
    {SIGHUP, on_reload},
};

static int watch_signals(struct supervisor *supervisor)
{
    sigset_t blocked;
    sigemptyset(&blocked);
    for (size_t i = 0; i < ELEMENTS(signals); i++)
        sigaddset(&blocked, signals[i].number);
    if (sigprocmask(SIG_BLOCK, &blocked, NULL) < 0 || signal(SIGPIPE, SIG_IGN) == SIG_ERR)
        return -errno;
    for (size_t i = 0; i < ELEMENTS(signals); i++) {
        int r = sd_event_add_signal(supervisor->event, NULL, signals[i].number, signals[i].handle,
                                    supervisor);
        if (r < 0)
            return r;
    }
    return 0;
}

/* ---- the whole ---- */

static int run(struct supervisor *supervisor, const struct settings *settings)
{
    int r = watch_signals(supervisor);
    if (r < 0)
        return r;
    supervisor->nets = net_processes_new(supervisor);
    supervisor->wireguards = tenant_processes_new(supervisor, &wireguard_process_kind);
    supervisor->openvpns = tenant_processes_new(supervisor, &openvpn_process_kind);
    supervisor->dns = dns_processes_new(supervisor);
    supervisor->hash = hash_process_new(supervisor);
    supervisor->acme = acme_process_new(supervisor);
    slots_read(SLOTS_FILE, &supervisor->slots);
    r = update_process_new(supervisor, 2 * (uint64_t)settings->update_trial * 1000000,
                           &supervisor->update);
    if (r >= 0)
        r = engine_process_new(supervisor, &engine_handlers, &supervisor->engine);
    if (r >= 0)
        r = web_process_new(supervisor, settings, &supervisor->web);
    return r < 0 ? r : sd_event_loop(supervisor->event);
}

int supervisor_run(const struct places *places, const struct settings *settings, int api_fd)
{
    struct supervisor supervisor = {.places = places,
                                    .api_fd = api_fd,
                                    .started_at = clock_seconds(),
                                    .forwarded = forwarded_before(places)};
    int r = sd_event_new(&supervisor.event);
    if (r < 0)
        return r;
    /* Where systemd asks for it, a loop that stands still ends this process. */
    (void)sd_event_set_watchdog(supervisor.event, true);
    r = run(&supervisor, settings);
    if (r < 0)
        log_error("the event loop: %s", strerror(-r));
    supervisor.web = web_process_free(supervisor.web);
    supervisor.update = update_process_free(supervisor.update);
    supervisor.engine = engine_process_free(supervisor.engine);
    supervisor.hash = hash_process_free(supervisor.hash);
    supervisor.acme = acme_process_free(supervisor.acme);
    supervisor.nets = net_processes_free(supervisor.nets);
    supervisor.wireguards = tenant_processes_free(supervisor.wireguards);
    supervisor.openvpns = tenant_processes_free(supervisor.openvpns);
    supervisor.dns = dns_processes_free(supervisor.dns);
    sd_event_unref(supervisor.event);
    return r;
}
