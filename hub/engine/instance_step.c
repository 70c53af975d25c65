/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/engine/instance_step.h"

#include <errno.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/log.h"
#include "hub/engine/event_log.h"
#include "hub/engine/instance_apply.h"
#include "hub/engine/instance_filter.h"
#include "hub/engine/instance_poll.h"
#include "hub/engine/instance_spec.h"
#include "hub/engine/instance_ticket.h"
#include "hub/engine/supervisor.h"
#include "hub/store/link_store.h"

enum {
    STEP_TIMEOUT_US = 15 * 1000 * 1000,
    OPENVPN_PATIENCE_US = 5 * 1000 * 1000,
    LINKS_AT_ONCE = 64, /* a link that changes its namespace may take the kernel 50 ms */
};

static const struct {
    const char *flag, *title;
} step_words[STEP_COUNT] = {
    [STEP_NAMESPACE] = {"namespace_ready", "namespace"},
    [STEP_LINK] = {"link_ready", "WireGuard link"},
    [STEP_OPENVPN] = {"openvpn_ready", "OpenVPN servers"},
    [STEP_UPLINK] = {"uplink_ready", "uplink"},
    [STEP_CONFIGURE] = {"configured", "keys, peers, routes and rules"},
};

const char *instance_step_flag(enum instance_step step)
{
    return step_words[step].flag;
}

const char *instance_step_title(enum instance_step step)
{
    return step_words[step].title;
}

/* An answer that ends the present step. */
static void on_step_answer(int status, struct channel_message *message, void *data)
{
    struct instance_runtime *runtime = instance_ticket_redeem(data);

    if (!runtime)
        return;
    if (status < 0)
        instance_step_failed(runtime, status, role_link_detail(status, message));
    else
        instance_step_done(runtime);
}

/* ---- namespace ---- */

static void on_worker_message(struct role_link *link, struct channel_message *message, void *data)
{
    struct instance_runtime *runtime = data;
    enum verb verb = message->header.verb;

    (void)link;
    if (verb == VERB_HELLO) {
        runtime->sandbox = ((const struct verb_hello *)message->body)->sandbox;
        runtime->has_sandbox = true;
    } else if (verb == VERB_HITS_PART) {
        instance_filter_hits_part(runtime, message->body);
    } else if (verb == VERB_STATS_PART) {
        instance_poll_part(runtime, message->body);
    } else if (verb == VERB_PEER_FAILED) {
        instance_apply_peer_failed(runtime, message->body);
    } else if (verb == VERB_APPLIED) {
        instance_apply_report(runtime, message->body);
    } else {
        log_warning("instance %s: its worker said %s unasked, ignoring", runtime->id,
                    verb_name(verb));
    }
}

void instance_step_drop_worker(struct instance_runtime *runtime)
{
    runtime->generation++;
    runtime->applying = false;
    runtime->has_sandbox = false;
    runtime->worker = role_link_free(runtime->worker);
}

static void on_worker_closed(struct role_link *link, void *data)
{
    struct instance_runtime *runtime = data;

    (void)link;
    instance_step_drop_worker(runtime);
    event_log_add(instance_runtime_engine(runtime)->events, "role.ended", runtime->id, NULL, NULL,
                  "the instance's worker ended");
    instance_step_lost(runtime, STEP_NAMESPACE, "its worker ended");
}

static void on_worker_drained(struct role_link *link, void *data)
{
    (void)link;
    instance_apply_go_on(data);
}

static void on_net_opened(int status, struct channel_message *message, void *data)
{
    static const struct role_link_handlers handlers = {
        .message = on_worker_message,
        .closed = on_worker_closed,
        .drained = on_worker_drained,
    };
    struct instance_runtime *runtime = instance_ticket_redeem(data);
    struct engine *engine;

    if (!runtime)
        return;
    engine = instance_runtime_engine(runtime);
    if (status == 0 && message->header.verb == VERB_NET_OPENED)
        status = ((const struct verb_status *)message->body)->status;
    if (status == 0 && message->fd_count != 2)
        status = -EBADMSG;
    if (status == 0)
        status = role_link_new(engine->event, TAKE_FD(message->fds[0]), ROLE_NET, &handlers,
                               runtime, &runtime->worker);
    /* An apply is a short message for each peer. */
    if (status == 0)
        status = role_link_gather(runtime->worker);
    if (status < 0) {
        instance_step_failed(runtime, status, role_link_detail(status, message));
        return;
    }
    cleanup_close(&runtime->netns_fd);
    runtime->netns_fd = TAKE_FD(message->fds[1]);
    instance_step_done(runtime);
}

static int begin_namespace(struct instance_runtime *runtime)
{
    struct instance_ticket *ticket;
    int r;

    if (runtime->worker) {
        instance_step_done(runtime);
        return 0;
    }
    ticket = instance_ticket_new(runtime, NULL, NULL);
    r = supervisor_call(instance_runtime_engine(runtime)->supervisor, VERB_NET_OPEN, runtime->id,
                        on_net_opened, ticket);
    if (r < 0)
        instance_ticket_redeem(ticket);
    return r;
}

/* ---- link ---- */

int instance_step_ask_root(struct instance_runtime *runtime, enum verb verb,
                           struct role_link_body *body, role_link_done done)
{
    struct runtimes_shared *shared = runtimes_shared(runtime->all);
    struct instance_ticket *ticket;
    int r;

    if (!shared->root)
        return -EPIPE;
    body->fd = verb == VERB_UPLINK_REMOVE ? -1 : runtime->netns_fd;
    ticket = instance_ticket_new(runtime, NULL, NULL);
    r = role_link_call(shared->root, verb, body, STEP_TIMEOUT_US, done, ticket);
    if (r < 0)
        instance_ticket_redeem(ticket);
    return r;
}

static void on_links_set(int status, struct channel_message *message, void *data);

/* The next ones. With the last of them the root worker knows of all. */
static int set_links(struct instance_runtime *runtime)
{
    struct verb_link link = {.backend = (uint8_t)runtimes_shared(runtime->all)->backend,
                             .more = runtime->links};
    unsigned next = runtime->links_set;
    struct role_link_body body = {.fixed = &link, .fixed_size = sizeof(link)};

    for (unsigned i = 0; i < LINKS_AT_ONCE && next < LINK_COUNT; i++)
        next = link_set_next(&runtime->links, next + 1);
    runtime->links_set = next;
    for (; next < LINK_COUNT; next = link_set_next(&link.more, next + 1))
        link_set_remove(&link.more, next);
    link_set_remove(&link.more, 0);
    text_copy(link.id, sizeof(link.id), runtime->id);
    return instance_step_ask_root(runtime, VERB_LINK_SET, &body, on_links_set);
}

static void on_links_set(int status, struct channel_message *message, void *data)
{
    struct instance_runtime *runtime = instance_ticket_redeem(data);

    if (!runtime)
        return;
    if (status == 0 && runtime->links_set == LINK_COUNT) {
        instance_step_done(runtime);
        return;
    }
    if (status == 0)
        status = set_links(runtime);
    if (status < 0)
        instance_step_failed(runtime, status, role_link_detail(status, message));
}

static int open_wireguard(struct instance_runtime *runtime, unsigned link);

static int hand_over(struct instance_runtime *runtime, int fd)
{
    struct verb_link_number number = {.link = (uint16_t)runtime->opening};
    struct role_link_body body = {.fixed = &number, .fixed_size = sizeof(number), .fd = fd};

    return role_link_send(runtime->worker, VERB_WIREGUARD_SOCKET, &body);
}

static void on_wireguard_opened(int status, struct channel_message *message, void *data)
{
    struct instance_runtime *runtime = instance_ticket_redeem(data);
    const struct verb_wireguard_opened *opened;
    unsigned next;

    if (!runtime)
        return;
    if (status == 0) {
        opened = message->body;
        status = message->header.verb == VERB_WIREGUARD_OPENED ? opened->status : -EBADMSG;
        if (status == 0 && message->fd_count != 1)
            status = -EBADMSG;
        if (status == 0 && !opened->adopted)
            figures_link_renewed(runtime->figures, (uint16_t)runtime->opening);
    }
    if (status == 0)
        status = hand_over(runtime, message->fds[0]);
    if (status == 0) {
        next = link_set_next(&runtime->links, runtime->opening + 1);
        status = next < LINK_COUNT ? open_wireguard(runtime, next) : set_links(runtime);
    }
    if (status < 0)
        instance_step_failed(runtime, status, role_link_detail(status, message));
}

static int open_wireguard(struct instance_runtime *runtime, unsigned link)
{
    struct instance_ticket *ticket = instance_ticket_new(runtime, NULL, NULL);
    int r =
        supervisor_call_wireguard(instance_runtime_engine(runtime)->supervisor, VERB_WIREGUARD_OPEN,
                                  runtime->id, link, on_wireguard_opened, ticket);

    runtime->opening = link;
    if (r < 0)
        instance_ticket_redeem(ticket);
    return r;
}

static void on_wireguard_closed(int status, struct channel_message *message, void *data)
{
    struct instance_runtime *runtime = instance_ticket_redeem(data);

    if (runtime && status < 0)
        log_warning("instance %s: a link that nobody has any more: %s, ignoring", runtime->id,
                    role_link_detail(status, message));
}

/* Their links go with them. */
static void close_wireguards(struct instance_runtime *runtime, const struct link_set *links)
{
    for (unsigned link = link_set_next(links, 1); link < LINK_COUNT;
         link = link_set_next(links, link + 1)) {
        struct instance_ticket *ticket = instance_ticket_new(runtime, NULL, NULL);

        ticket->generation = INSTANCE_TICKET_ANY;
        if (supervisor_call_wireguard(instance_runtime_engine(runtime)->supervisor,
                                      VERB_WIREGUARD_CLOSE, runtime->id, link, on_wireguard_closed,
                                      ticket) < 0)
            instance_ticket_redeem(ticket);
    }
}

int instance_step_read_links(const struct instance_runtime *runtime, struct link_set *ret_links)
{
    int r = link_store_links(instance_runtime_engine(runtime)->store, runtime->id, ret_links);

    if (r < 0)
        return r;
    link_set_add(ret_links, 0);
    return 0;
}

static int begin_link(struct instance_runtime *runtime)
{
    const struct runtimes_shared *shared = runtimes_shared(runtime->all);
    struct link_set before = runtime->links, unwanted;
    int r = instance_step_read_links(runtime, &runtime->links);

    if (r < 0)
        return r;
    runtime->links_set = 0;
    if (shared->backend == WIREGUARD_USERSPACE) {
        unwanted = link_set_without(&before, &runtime->links);
        close_wireguards(runtime, &unwanted);
        return open_wireguard(runtime, 0);
    }
    if (!shared->kernel_wireguard) {
        instance_step_failed(runtime, -EOPNOTSUPP,
                             "this kernel has no WireGuard: [wireguard] backend = auto would do");
        return 0;
    }
    return set_links(runtime);
}

/* ---- OpenVPN. Before the peers: else those that are connected would lose their routes. What
 * fails of it keeps no WireGuard peer waiting. ---- */

static void end_openvpn_step(struct instance_runtime *runtime)
{
    if (runtime->state != INSTANCE_PROVISIONING || runtime->step != STEP_OPENVPN)
        return;
    runtime->openvpn_timer = sd_event_source_disable_unref(runtime->openvpn_timer);
    instance_step_done(runtime);
}

static int on_openvpn_late(sd_event_source *source, uint64_t now, void *data)
{
    struct instance_runtime *runtime = data;

    (void)source;
    (void)now;
    log_warning("instance %s: its OpenVPN servers take long, going on", runtime->id);
    end_openvpn_step(runtime);
    return 0;
}

void instance_runtime_openvpn_settled(struct instance_runtime *runtime)
{
    if (openvpn_servers_settled(runtime->openvpn))
        end_openvpn_step(runtime);
}

static int begin_openvpn(struct instance_runtime *runtime)
{
    runtime->openvpn_timer = sd_event_source_disable_unref(runtime->openvpn_timer);
    openvpn_servers_update(runtime->openvpn);
    if (openvpn_servers_settled(runtime->openvpn)) {
        end_openvpn_step(runtime);
        return 0;
    }
    if (runtime->state != INSTANCE_PROVISIONING || runtime->step != STEP_OPENVPN)
        return 0;
    return sd_event_add_time_relative(instance_runtime_engine(runtime)->event,
                                      &runtime->openvpn_timer, CLOCK_MONOTONIC, OPENVPN_PATIENCE_US,
                                      0, on_openvpn_late, runtime);
}

/* ---- uplink ---- */

static int send_uplink(struct instance_runtime *runtime, role_link_done done)
{
    struct engine *engine = instance_runtime_engine(runtime);
    struct verb_uplink uplink = {0};
    _cleanup_instance_ struct instance instance = {0};
    _cleanup_port_list_ struct port_list ports = {0};
    struct role_link_body body = {.fixed = &uplink, .fixed_size = sizeof(uplink)};
    int r = instance_store_find(engine->store, runtime->id, &instance);

    if (r < 0)
        return r;
    text_copy(uplink.id, sizeof(uplink.id), runtime->id);
    openvpn_servers_published(runtime->openvpn, &ports);
    uplink.port_count = (uint32_t)ports.count;
    body.tail = ports.items;
    body.tail_size = ports.count * sizeof(ports.items[0]);
    uplink_addresses_of(instance.slot, &engine->hub.ula, &uplink.addresses);
    return instance_step_ask_root(runtime, VERB_UPLINK_SET, &body, done);
}

static int begin_uplink(struct instance_runtime *runtime)
{
    return send_uplink(runtime, on_step_answer);
}

static void on_uplink_renewed(int status, struct channel_message *message, void *data)
{
    struct instance_runtime *runtime = instance_ticket_redeem(data);

    if (runtime && status < 0)
        log_warning("instance %s: uplink not renewed: %s", runtime->id,
                    role_link_detail(status, message));
}

void instance_runtime_renew_uplink(struct instance_runtime *runtime)
{
    int r;

    if (!runtime->ready[STEP_UPLINK] || runtime->netns_fd < 0 ||
        runtime->state == INSTANCE_DELETING)
        return;
    r = send_uplink(runtime, on_uplink_renewed);
    if (r < 0)
        log_warning("instance %s: uplink not renewed: %s", runtime->id, strerror(-r));
}

void instance_runtime_ports_changed(struct instance_runtime *runtime)
{
    instance_runtime_renew_uplink(runtime);
    if (runtime->state == INSTANCE_ACTIVE || runtime->applying)
        instance_runtime_instance_changed(runtime, NULL, NULL);
}

/* ---- configure ---- */

static void on_applied(int status, const char *detail, void *data)
{
    struct instance_runtime *runtime = data;

    if (runtime->state != INSTANCE_PROVISIONING || runtime->step != STEP_CONFIGURE)
        return;
    if (status < 0)
        instance_step_failed(runtime, status, detail);
    else
        instance_step_done(runtime);
}

static int begin_configure(struct instance_runtime *runtime)
{
    return instance_apply_begin(runtime, on_applied, runtime);
}

static int (*const begin[STEP_COUNT])(struct instance_runtime *runtime) = {
    [STEP_NAMESPACE] = begin_namespace, [STEP_LINK] = begin_link,
    [STEP_OPENVPN] = begin_openvpn,     [STEP_UPLINK] = begin_uplink,
    [STEP_CONFIGURE] = begin_configure,
};

void instance_step_begin(struct instance_runtime *runtime)
{
    int r = begin[runtime->step](runtime);

    if (r < 0)
        instance_step_failed(runtime, r, role_link_detail(r, NULL));
}
