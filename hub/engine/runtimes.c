/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All instances in the kernel, and the hub's own worker that they share. */
#include <errno.h>
#include <stdlib.h>

#include "hub/base/cleanup.h"
#include "hub/base/log.h"
#include "hub/engine/event_log.h"
#include "hub/engine/expiry.h"
#include "hub/engine/instance_runtime.h"
#include "hub/engine/instance_spec.h"
#include "hub/engine/obsolete.h"
#include "hub/engine/runtime.h"
#include "hub/engine/supervisor.h"

enum {
    SECOND_US = 1000 * 1000,
    ROOT_RETRY_US = SECOND_US / 2,
    ROOT_TIMEOUT_US = 15 * SECOND_US,
    ROOT_RESYNC_US = 60 * SECOND_US,
    RENEWAL_ROUNDS = 24 * 60, /* of these resyncs: a day */
};

struct runtimes {
    struct runtimes_shared shared;
    struct instance_runtime *first;
    struct expiry *expiry;
    bool started;
    bool told_ready;
    bool root_has_sandbox;
    struct sandbox_state root_sandbox;
    sd_event_source *root_retry_timer, *root_resync_timer;
    unsigned renewal_round;
};

struct runtimes_shared *runtimes_shared(struct runtimes *runtimes)
{
    return &runtimes->shared;
}

static struct engine *engine_of(const struct runtimes *runtimes)
{
    return runtimes->shared.engine;
}

static struct instance_runtime *find(const struct runtimes *runtimes, const char *id)
{
    for (struct instance_runtime *runtime = runtimes->first; runtime; runtime = runtime->next) {
        if (text_equal(runtime->id, id))
            return runtime;
    }
    return NULL;
}

void runtimes_remove(struct runtimes *runtimes, struct instance_runtime *runtime)
{
    for (struct instance_runtime **at = &runtimes->first; *at; at = &(*at)->next) {
        if (*at == runtime) {
            *at = runtime->next;
            break;
        }
    }
    runtimes_check_settled(runtimes);
}

bool runtimes_settled(struct runtimes *runtimes)
{
    if (!runtimes->started)
        return false;
    for (const struct instance_runtime *runtime = runtimes->first; runtime;
         runtime = runtime->next) {
        if (!runtime->settled && runtime->state != INSTANCE_DELETING)
            return false;
    }
    return true;
}

static void resync_root(struct runtimes *runtimes);

void runtimes_check_settled(struct runtimes *runtimes)
{
    if (runtimes->told_ready || !runtimes_settled(runtimes))
        return;
    runtimes->told_ready = true;
    log_info("ready");
    supervisor_tell_ready(engine_of(runtimes)->supervisor);
    resync_root(runtimes);
}

/* ---- the hub's own worker ---- */

static void open_root(struct runtimes *runtimes);

static int on_root_retry(sd_event_source *source, uint64_t now, void *data)
{
    (void)source;
    (void)now;
    open_root(data);
    return 0;
}

static void retry_root(struct runtimes *runtimes)
{
    struct sd_event *event = engine_of(runtimes)->event;
    int r;

    runtimes->root_retry_timer = sd_event_source_disable_unref(runtimes->root_retry_timer);
    r = sd_event_add_time_relative(event, &runtimes->root_retry_timer, CLOCK_MONOTONIC,
                                   ROOT_RETRY_US, 0, on_root_retry, runtimes);
    if (r < 0)
        log_error("no timer for the hub's own worker: %s", strerror(-r));
}

static void on_root_hello(struct runtimes *runtimes, const struct verb_hello *hello)
{
    struct runtimes_shared *shared = &runtimes->shared;

    runtimes->root_sandbox = hello->sandbox;
    runtimes->root_has_sandbox = true;
    shared->kernel_wireguard = hello->kernel_wireguard;
    if (engine_of(runtimes)->settings.wireguard_backend == 0)
        shared->backend = hello->kernel_wireguard ? WIREGUARD_KERNEL : WIREGUARD_USERSPACE;
}

static void on_root_message(struct role_link *link, struct channel_message *message, void *data)
{
    struct runtimes *runtimes = data;
    enum verb verb = message->header.verb;
    const struct verb_applied *applied;

    (void)link;
    if (verb == VERB_HELLO) {
        on_root_hello(runtimes, message->body);
    } else if (verb == VERB_APPLIED) {
        applied = message->body;
        event_log_add(engine_of(runtimes)->events, "drift.repaired", NULL, NULL, NULL,
                      "in the hub's own namespace: %s", applied->detail);
    } else {
        log_warning("the hub's own worker said %s unasked, ignoring", verb_name(verb));
    }
}

static void on_root_closed(struct role_link *link, void *data)
{
    struct runtimes *runtimes = data;

    (void)link;
    log_warning("the hub's own worker ended, opening it again");
    event_log_add(engine_of(runtimes)->events, "role.ended", NULL, NULL, NULL,
                  "the hub's own worker ended");
    runtimes->shared.root_ready = false;
    runtimes->root_has_sandbox = false;
    runtimes->shared.root = role_link_free(runtimes->shared.root);
    open_root(runtimes);
}

static void begin_waiting(struct runtimes *runtimes)
{
    struct instance_runtime *runtime = runtimes->first;

    while (runtime) {
        struct instance_runtime *next = runtime->next;

        if (runtime->state == INSTANCE_PENDING || runtime->state == INSTANCE_FAILED)
            instance_runtime_begin(runtime, "the hub's own worker is ready");
        else
            instance_runtime_renew_uplink(runtime);
        runtime = next;
    }
}

static void on_root_set(int status, struct channel_message *message, void *data)
{
    struct runtimes *runtimes = data;

    if (status == -ECANCELED || status == -EPIPE)
        return;
    if (status < 0) {
        log_error("the hub's own namespace can't be set up: %s", role_link_detail(status, message));
        runtimes->shared.root_ready = false;
        runtimes->root_has_sandbox = false;
        runtimes->shared.root = role_link_free(runtimes->shared.root);
        retry_root(runtimes);
        return;
    }
    runtimes->shared.root_ready = true;
    begin_waiting(runtimes);
    runtimes_check_settled(runtimes);
}

static int set_root(struct runtimes *runtimes)
{
    struct engine *engine = engine_of(runtimes);
    struct verb_root root = {
        .forward_other = engine_forward_other(engine),
        .uplink6 = uplink_network6(&engine->hub.ula),
    };
    struct role_link_body body = {.fixed = &root, .fixed_size = sizeof(root), .fd = -1};

    return role_link_call(runtimes->shared.root, VERB_ROOT_SET, &body, ROOT_TIMEOUT_US, on_root_set,
                          runtimes);
}

void runtimes_settings_changed(struct runtimes *runtimes)
{
    int r = runtimes->shared.root_ready ? set_root(runtimes) : 0;

    if (r < 0)
        log_warning("the hub's own namespace: %s", strerror(-r));
    for (struct instance_runtime *runtime = runtimes->first; runtime; runtime = runtime->next)
        instance_dns_changed(runtime->dns);
}

static void on_root_opened(int status, struct channel_message *message, void *data)
{
    static const struct role_link_handlers handlers = {
        .message = on_root_message,
        .closed = on_root_closed,
    };
    struct runtimes *runtimes = data;

    if (status == -ECANCELED)
        return;
    if (status == 0 && message->header.verb == VERB_NET_OPENED)
        status = ((const struct verb_status *)message->body)->status;
    if (status == 0 && message->fd_count < 1)
        status = -EBADMSG;
    if (status == 0)
        status = role_link_new(engine_of(runtimes)->event, TAKE_FD(message->fds[0]), ROLE_NET_ROOT,
                               &handlers, runtimes, &runtimes->shared.root);
    if (status == 0)
        status = set_root(runtimes);
    if (status < 0) {
        log_error("no worker for the hub's own namespace: %s", role_link_detail(status, message));
        runtimes->shared.root = role_link_free(runtimes->shared.root);
        retry_root(runtimes);
    }
}

static void open_root(struct runtimes *runtimes)
{
    int r = supervisor_call(engine_of(runtimes)->supervisor, VERB_NET_OPEN, "", on_root_opened,
                            runtimes);

    if (r < 0)
        retry_root(runtimes);
}

static void on_root_resynced(int status, struct channel_message *message, void *data)
{
    struct runtimes *runtimes = data;
    const struct verb_applied *applied;

    if (status < 0) {
        if (status != -ECANCELED)
            log_warning("resync of the hub's own namespace: %s", role_link_detail(status, message));
        return;
    }
    applied = message->body;
    if (message->header.verb == VERB_APPLIED && applied->writes > 0)
        event_log_add(engine_of(runtimes)->events, "drift.repaired", NULL, NULL, NULL,
                      "in the hub's own namespace: %s", applied->detail);
}

static void resync_root(struct runtimes *runtimes)
{
    int r;

    if (!runtimes->shared.root_ready)
        return;
    r = role_link_call(runtimes->shared.root, VERB_RESYNC, NULL, ROOT_TIMEOUT_US, on_root_resynced,
                       runtimes);
    if (r < 0)
        log_warning("resync of the hub's own namespace: %s", strerror(-r));
}

/* First when the hub has just come up. */
static void renew_certificates(struct runtimes *runtimes)
{
    if (runtimes->renewal_round++ % RENEWAL_ROUNDS)
        return;
    for (struct instance_runtime *runtime = runtimes->first; runtime; runtime = runtime->next)
        openvpn_servers_renew(runtime->openvpn);
}

/* Once none is being deleted any more, those that were obsolete are gone. */
static void forget_obsolete(struct runtimes *runtimes)
{
    for (const struct instance_runtime *runtime = runtimes->first; runtime; runtime = runtime->next)
        if (runtime->state == INSTANCE_DELETING)
            return;
    obsolete_forget(engine_of(runtimes));
}

static int on_root_resync_time(sd_event_source *source, uint64_t now, void *data)
{
    struct runtimes *runtimes = data;

    (void)now;
    sd_event_source_set_time_relative(source, ROOT_RESYNC_US);
    sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
    resync_root(runtimes);
    renew_certificates(runtimes);
    forget_obsolete(runtimes);
    store_checkpoint(engine_of(runtimes)->store);
    return 0;
}

/* ---- life ---- */

static int add_runtime(const struct instance *instance, void *data)
{
    struct runtimes *runtimes = data;
    struct instance_runtime *runtime = instance_runtime_new(runtimes, instance->id);

    runtime->next = runtimes->first;
    runtimes->first = runtime;
    if (instance->deleting)
        instance_runtime_delete(runtime, NULL, NULL);
    return 0;
}

/* Of a state that a restored one has replaced: it is in the kernel, and in no row. */
static void add_obsolete(const char *id, void *data)
{
    struct runtimes *runtimes = data;
    struct instance_runtime *runtime = instance_runtime_new(runtimes, id);

    log_info("instance %s is not in the state that was restored: taking it out", id);
    runtime->next = runtimes->first;
    runtimes->first = runtime;
    instance_runtime_delete(runtime, NULL, NULL);
}

int runtimes_new(struct engine *engine, struct runtimes **ret_runtimes)
{
    struct runtimes *runtimes = memory_zero(sizeof(*runtimes));
    uint8_t wanted = engine->settings.wireguard_backend;

    runtimes->shared.engine = engine;
    runtimes->shared.backend =
        wanted == WIREGUARD_USERSPACE ? WIREGUARD_USERSPACE : WIREGUARD_KERNEL;
    *ret_runtimes = runtimes;
    return 0;
}

int runtimes_start(struct runtimes *runtimes)
{
    struct engine *engine = engine_of(runtimes);
    int r = instance_store_list(engine->store, NULL, 0, add_runtime, runtimes);

    if (r < 0)
        return r;
    obsolete_each(engine, add_obsolete, runtimes);
    r = expiry_new(engine, &runtimes->expiry);
    if (r < 0)
        return r;
    r = sd_event_add_time_relative(engine->event, &runtimes->root_resync_timer, CLOCK_MONOTONIC,
                                   ROOT_RESYNC_US, 0, on_root_resync_time, runtimes);
    if (r < 0)
        return r;
    runtimes->started = true;
    open_root(runtimes);
    return 0;
}

struct runtimes *runtimes_free(struct runtimes *runtimes)
{
    if (!runtimes)
        return NULL;
    sd_event_source_disable_unref(runtimes->root_retry_timer);
    sd_event_source_disable_unref(runtimes->root_resync_timer);
    expiry_free(runtimes->expiry);
    while (runtimes->first) {
        struct instance_runtime *runtime = runtimes->first;

        instance_runtime_store_figures(runtime);
        runtimes->first = runtime->next;
        instance_runtime_retire(runtime);
    }
    role_link_free(runtimes->shared.root);
    free(runtimes);
    return NULL;
}

/* ---- what others ask ---- */

void runtime_instance_added(struct runtimes *runtimes, const char *instance_id)
{
    struct instance_runtime *runtime = instance_runtime_new(runtimes, instance_id);

    runtime->next = runtimes->first;
    runtimes->first = runtime;
    if (runtimes->shared.root_ready)
        instance_runtime_begin(runtime, "added");
}

static void say_unknown(runtime_done done, void *data)
{
    if (done)
        done(-EINPROGRESS, "the instance is not in the kernel yet", data);
}

void runtime_instance_changed(struct runtimes *runtimes, const char *instance_id, runtime_done done,
                              void *data)
{
    struct instance_runtime *runtime = find(runtimes, instance_id);

    if (!runtime) {
        say_unknown(done, data);
        return;
    }
    instance_dns_changed(runtime->dns);
    /* Before that, its step looks at what is wanted. */
    if (runtime->state == INSTANCE_ACTIVE)
        openvpn_servers_update(runtime->openvpn);
    instance_runtime_instance_changed(runtime, done, data);
}

void runtime_dns_changed(struct runtimes *runtimes, const char *instance_id, uint64_t host)
{
    struct instance_runtime *runtime = find(runtimes, instance_id);

    if (runtime)
        instance_dns_host_changed(runtime->dns, host);
}

void runtime_dns_gone(struct runtimes *runtimes, const char *instance_id)
{
    struct instance_runtime *runtime = find(runtimes, instance_id);

    if (runtime)
        instance_dns_gone(runtime->dns);
}

void runtime_instance_delete(struct runtimes *runtimes, const char *instance_id, runtime_done done,
                             void *data)
{
    struct instance_runtime *runtime = find(runtimes, instance_id);

    if (runtime)
        instance_runtime_delete(runtime, done, data);
    else
        say_unknown(done, data);
}

void runtime_peer_changed(struct runtimes *runtimes, const char *instance_id, const char *peer_id,
                          const struct key *old_key, runtime_done done, void *data)
{
    struct instance_runtime *runtime = find(runtimes, instance_id);

    expiry_rearm(runtimes->expiry);
    if (runtime)
        instance_runtime_peer_changed(runtime, peer_id, old_key, done, data);
    else
        say_unknown(done, data);
}

void runtime_rule_changed(struct runtimes *runtimes, const char *instance_id, const char *rule_id,
                          runtime_done done, void *data)
{
    struct instance_runtime *runtime = find(runtimes, instance_id);

    if (runtime)
        instance_runtime_rule_changed(runtime, rule_id, done, data);
    else
        say_unknown(done, data);
}

bool runtime_wireguard_gone(struct runtimes *runtimes, const char *instance_id, unsigned link)
{
    struct instance_runtime *runtime = find(runtimes, instance_id);

    return runtime && instance_runtime_wireguard_gone(runtime, link);
}

void runtime_openvpn_gone(struct runtimes *runtimes, const char *instance_id, unsigned server)
{
    struct instance_runtime *runtime = find(runtimes, instance_id);

    if (runtime)
        openvpn_servers_gone(runtime->openvpn, server);
}

/* Those whose figures were read since they became active: of the others nothing is known. */
static bool has_traffic(const struct instance_runtime *runtime)
{
    return runtime->state == INSTANCE_ACTIVE && runtime->polled_at;
}

void runtimes_list_traffic(struct runtimes *runtimes, runtimes_traffic each, void *data)
{
    struct store *store = engine_of(runtimes)->store;

    for (struct instance_runtime *runtime = runtimes->first; runtime; runtime = runtime->next) {
        _cleanup_instance_ struct instance instance = {0};

        if (has_traffic(runtime) && instance_store_find(store, runtime->id, &instance) == 0)
            each(instance.slot, runtime->figures, data);
    }
}

void runtimes_traffic_counted(struct runtimes *runtimes)
{
    for (struct instance_runtime *runtime = runtimes->first; runtime; runtime = runtime->next)
        if (has_traffic(runtime))
            figures_traffic_counted(runtime->figures);
}

bool runtime_openvpn_failing(struct runtimes *runtimes, const char *instance_id)
{
    const struct instance_runtime *runtime = find(runtimes, instance_id);

    return runtime && openvpn_servers_failing(runtime->openvpn);
}

unsigned runtime_openvpn_count(struct runtimes *runtimes, const char *instance_id)
{
    const struct instance_runtime *runtime = find(runtimes, instance_id);

    return runtime ? openvpn_servers_count(runtime->openvpn) : 0;
}

bool runtime_openvpn_view(struct runtimes *runtimes, const char *instance_id, unsigned server,
                          struct openvpn_server_view *ret_view)
{
    const struct instance_runtime *runtime = find(runtimes, instance_id);

    if (runtime)
        openvpn_servers_view(runtime->openvpn, server, ret_view);
    return runtime != NULL;
}

void runtime_resync(struct runtimes *runtimes, const char *instance_id, runtime_done done,
                    void *data)
{
    struct instance_runtime *runtime = find(runtimes, instance_id);

    if (runtime)
        instance_runtime_resync(runtime, done, data);
    else
        say_unknown(done, data);
}

bool runtime_view(struct runtimes *runtimes, const char *instance_id,
                  struct instance_view *ret_view)
{
    const struct instance_runtime *runtime = find(runtimes, instance_id);
    struct instance_dns_view dns;

    if (!runtime)
        return false;
    instance_dns_view(runtime->dns, &dns);
    *ret_view = (struct instance_view){
        .state = runtime->state,
        .step = runtime->step,
        .retry_at = runtime->retry_at,
        .backend = runtimes_backend(runtimes),
        .resynced_at = runtime->resynced_at,
        .resync_writes = runtime->resync_writes,
        .dns_ready = dns.ready,
        .dns_retry_at = dns.retry_at,
    };
    text_copy_cut(ret_view->dns_failure, sizeof(ret_view->dns_failure), dns.failure);
    memcpy(ret_view->ready, runtime->ready, sizeof(ret_view->ready));
    memcpy(ret_view->failure, runtime->failure, sizeof(ret_view->failure));
    return true;
}

void runtime_peer_view(struct runtimes *runtimes, const char *instance_id, const char *peer_id,
                       struct peer_view *ret_view)
{
    const struct instance_runtime *runtime = find(runtimes, instance_id);
    const struct figure *figure = runtime ? figures_find(runtime->figures, peer_id) : NULL;
    uint16_t server;

    *ret_view = (struct peer_view){0};
    if (!figure)
        return;
    ret_view->liveness = figure->liveness;
    ret_view->liveness.received_total = figure->stored_received;
    ret_view->liveness.sent_total = figure->stored_sent;
    ret_view->endpoint = figure->endpoint;
    server = openvpn_servers_where(runtime->openvpn, peer_id);
    ret_view->has_server = server < OPENVPN_SERVER_COUNT;
    if (ret_view->has_server)
        ret_view->server = (enum openvpn_server)server;
}

uint32_t runtime_connected(struct runtimes *runtimes, const char *instance_id)
{
    const struct instance_runtime *runtime = find(runtimes, instance_id);

    return runtime ? (uint32_t)figures_connected(runtime->figures) : 0;
}

const char *runtimes_backend(struct runtimes *runtimes)
{
    return runtimes->shared.backend == WIREGUARD_KERNEL ? "kernel" : "userspace";
}

/* ---- roles ---- */

struct roles_question {
    struct runtimes *runtimes;
    roles_done done;
    void *data;
};

/* What a role told of itself says more than what can be seen from outside. */
static void add_own_sandbox(struct runtimes *runtimes, struct role_view *view)
{
    const struct instance_runtime *runtime;

    if (view->role == ROLE_ENGINE) {
        sandbox_observe(&view->sandbox);
    } else if (view->role == ROLE_NET_ROOT && runtimes->root_has_sandbox) {
        view->sandbox = runtimes->root_sandbox;
    } else if (view->role == ROLE_NET) {
        runtime = find(runtimes, view->instance_id);
        if (runtime && runtime->has_sandbox)
            view->sandbox = runtime->sandbox;
    }
}

static void on_roles(int status, struct channel_message *message, void *data)
{
    struct roles_question *question = data;
    const struct verb_roles *roles;
    struct role_view *views;

    if (status < 0 || message->header.verb != VERB_ROLES_LIST) {
        question->done(status < 0 ? status : -EBADMSG, NULL, 0, question->data);
        free(question);
        return;
    }
    roles = message->body;
    views = memory_zero((roles->count + 1) * sizeof(*views));
    for (uint32_t i = 0; i < roles->count; i++) {
        const struct verb_role *role = &roles->roles[i];

        views[i].role = role->role;
        text_copy(views[i].instance_id, ID_MAX, role->id);
        views[i].restarts = role->restarts;
        views[i].started_at = role->started_at;
        views[i].sandbox = role->sandbox;
        views[i].has_sandbox = role->sandbox.pid != 0;
        add_own_sandbox(question->runtimes, &views[i]);
        views[i].sandbox.pid = role->pid;
    }
    question->done(0, views, roles->count, question->data);
    free(views);
    free(question);
}

void runtimes_roles(struct runtimes *runtimes, roles_done done, void *data)
{
    struct roles_question *question = memory_zero(sizeof(*question));
    int r;

    *question = (struct roles_question){runtimes, done, data};
    r = supervisor_ask_roles(engine_of(runtimes)->supervisor, on_roles, question);
    if (r < 0) {
        free(question);
        done(r, NULL, 0, data);
    }
}
