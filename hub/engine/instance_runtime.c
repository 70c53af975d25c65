/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state machine of one instance: states, steps, retries, deletion. */
#include "hub/engine/instance_runtime.h"

#include <errno.h>
#include <stdio.h>

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
    RETRY_FIRST_S = 1,
    RETRY_LAST_S = 60,
    STEADY_AFTER_S = 10, /* active for so long: earlier losses are forgotten */
    LOSSES_AT_ONCE = 2,  /* repaired without waiting */
    OPENVPN_PATIENCE_US = 5 * 1000 * 1000,
};

static const char *const state_names[INSTANCE_STATE_COUNT] = {
    [INSTANCE_PENDING] = "pending",   [INSTANCE_PROVISIONING] = "provisioning",
    [INSTANCE_ACTIVE] = "active",     [INSTANCE_FAILED] = "failed",
    [INSTANCE_DELETING] = "deleting",
};

const char *instance_state_name(enum instance_state state)
{
    return state_names[state];
}

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

/* Somebody who is answered when a change's links stand. */
struct link_waiter {
    struct link_waiter *next;
    runtime_done done;
    void *data;
};

/* Which states may follow which, as bits. */
#define MAY(state) (1u << (state))
static const unsigned transitions[INSTANCE_STATE_COUNT] = {
    [INSTANCE_PENDING] = MAY(INSTANCE_PROVISIONING) | MAY(INSTANCE_DELETING),
    [INSTANCE_PROVISIONING] = MAY(INSTANCE_PROVISIONING) | MAY(INSTANCE_ACTIVE) |
                              MAY(INSTANCE_FAILED) | MAY(INSTANCE_DELETING),
    [INSTANCE_ACTIVE] = MAY(INSTANCE_PROVISIONING) | MAY(INSTANCE_FAILED) | MAY(INSTANCE_DELETING),
    [INSTANCE_FAILED] = MAY(INSTANCE_PROVISIONING) | MAY(INSTANCE_FAILED) | MAY(INSTANCE_DELETING),
    [INSTANCE_DELETING] = 0,
};

static struct engine *engine_of(const struct instance_runtime *runtime)
{
    return runtimes_shared(runtime->all)->engine;
}

static void answer_waiters(struct instance_runtime *runtime, int status, const char *detail)
{
    struct link_waiter *waiters = TAKE_PTR(runtime->waiters);

    for (struct link_waiter *waiter = waiters, *next; waiter; waiter = next) {
        next = waiter->next;
        waiter->done(status, detail, waiter->data);
        free(waiter);
    }
}

/* The only door into a state. */
static void enter(struct instance_runtime *runtime, enum instance_state state, const char *why)
{
    struct event_log *events = engine_of(runtime)->events;

    if (!(transitions[runtime->state] & MAY(state))) {
        log_error("instance %s: %s -> %s is no transition (%s)", runtime->id,
                  state_names[runtime->state], state_names[state], why);
        abort();
    }
    log_info("instance %s: %s -> %s (%s)", runtime->id, state_names[runtime->state],
             state_names[state], why);
    runtime->state = state;
    if (state != INSTANCE_ACTIVE)
        instance_poll_stop(runtime);

    switch (state) {
    case INSTANCE_ACTIVE:
        runtime->active_since = clock_seconds();
        runtime->failure[0] = 0;
        runtime->settled = true;
        instance_poll_start(runtime);
        instance_dns_begin(runtime->dns);
        event_log_add(events, "instance.active", runtime->id, NULL, NULL, "%s", why);
        runtimes_check_settled(runtime->all);
        answer_waiters(runtime, 0, "");
        break;
    case INSTANCE_FAILED:
        runtime->settled = true;
        event_log_add(events, "instance.failed", runtime->id, NULL, NULL, "%s: %s",
                      step_words[runtime->step].title, runtime->failure);
        runtimes_check_settled(runtime->all);
        answer_waiters(runtime, -EINPROGRESS, runtime->failure);
        break;
    case INSTANCE_DELETING:
        answer_waiters(runtime, -EINPROGRESS, "the instance is being deleted");
        break;
    case INSTANCE_PENDING:
    case INSTANCE_PROVISIONING:
    case INSTANCE_STATE_COUNT:
        break;
    }
}

/* ---- retries ---- */

static void delete_begin(struct instance_runtime *runtime);

static int on_retry(sd_event_source *source, uint64_t now, void *data)
{
    struct instance_runtime *runtime = data;

    (void)source;
    (void)now;
    runtime->retry_at = 0;
    if (runtime->state == INSTANCE_DELETING)
        delete_begin(runtime);
    else
        instance_runtime_begin(runtime, "trying again");
    return 0;
}

static void retry_later(struct instance_runtime *runtime)
{
    unsigned doublings = runtime->attempts < 6 ? runtime->attempts : 6;
    uint64_t delay = (uint64_t)RETRY_FIRST_S << doublings;
    int r;

    if (delay > RETRY_LAST_S)
        delay = RETRY_LAST_S;
    runtime->attempts++;
    runtime->retry_at = clock_seconds() + (int64_t)delay;
    runtime->retry_timer = sd_event_source_disable_unref(runtime->retry_timer);
    r = sd_event_add_time_relative(engine_of(runtime)->event, &runtime->retry_timer,
                                   CLOCK_MONOTONIC, delay * 1000000, 0, on_retry, runtime);
    if (r < 0)
        log_error("instance %s: no timer: %s", runtime->id, strerror(-r));
}

static void retry_cancel(struct instance_runtime *runtime)
{
    runtime->retry_timer = sd_event_source_disable_unref(runtime->retry_timer);
    runtime->retry_at = 0;
}

/* ---- steps ---- */

static void run_step(struct instance_runtime *runtime);

static void step_failed(struct instance_runtime *runtime, int status, const char *detail)
{
    snprintf(runtime->failure, sizeof(runtime->failure), "%s", detail);
    runtime->ready[runtime->step] = false;
    log_warning("instance %s: %s failed: %s (%s)", runtime->id, step_words[runtime->step].title,
                detail, strerror(-status));
    enter(runtime, INSTANCE_FAILED, detail);
    retry_later(runtime);
}

static void forgive_if_steady(struct instance_runtime *runtime)
{
    if (runtime->state == INSTANCE_ACTIVE &&
        clock_seconds() - runtime->active_since >= STEADY_AFTER_S)
        runtime->attempts = 0;
}

/* What a step had brought about is gone: repaired at once, unless that happens again and again. */
static void lost(struct instance_runtime *runtime, enum instance_step step, const char *why)
{
    /* In the other states nothing stands on it, or a time for the next try is set. */
    if (runtime->state != INSTANCE_PROVISIONING && runtime->state != INSTANCE_ACTIVE)
        return;
    forgive_if_steady(runtime);
    if (runtime->attempts >= LOSSES_AT_ONCE) {
        runtime->step = step;
        step_failed(runtime, -EPIPE, why);
        return;
    }
    runtime->attempts++;
    instance_runtime_begin(runtime, why);
}

static void step_done(struct instance_runtime *runtime)
{
    enum instance_step step = runtime->step;

    if (!runtime->ready[step])
        event_log_add(engine_of(runtime)->events, "instance.step", runtime->id, NULL,
                      json_pack("{s:s}", "step", step_words[step].flag), "%s ready",
                      step_words[step].title);
    runtime->ready[step] = true;
    if (step + 1 == STEP_COUNT) {
        enter(runtime, INSTANCE_ACTIVE, "all steps done");
        return;
    }
    runtime->step = step + 1;
    run_step(runtime);
}

/* An answer that ends the present step. */
static void on_step_answer(int status, struct channel_message *message, void *data)
{
    struct instance_runtime *runtime = instance_ticket_redeem(data);

    if (!runtime)
        return;
    if (status < 0)
        step_failed(runtime, status, role_link_detail(status, message));
    else
        step_done(runtime);
}

/* ---- step: namespace ---- */

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

static void drop_worker(struct instance_runtime *runtime)
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
    drop_worker(runtime);
    event_log_add(engine_of(runtime)->events, "role.ended", runtime->id, NULL, NULL,
                  "the instance's worker ended");
    lost(runtime, STEP_NAMESPACE, "its worker ended");
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
    engine = engine_of(runtime);
    if (status == 0 && message->header.verb == VERB_NET_OPENED)
        status = ((const struct verb_status *)message->body)->status;
    if (status == 0 && message->fd_count != 2)
        status = -EBADMSG;
    if (status == 0)
        status = role_link_new(engine->event, TAKE_FD(message->fds[0]), ROLE_NET, &handlers,
                               runtime, &runtime->worker);
    if (status < 0) {
        step_failed(runtime, status, role_link_detail(status, message));
        return;
    }
    cleanup_close(&runtime->netns_fd);
    runtime->netns_fd = TAKE_FD(message->fds[1]);
    step_done(runtime);
}

static int begin_namespace(struct instance_runtime *runtime)
{
    struct instance_ticket *ticket;
    int r;

    if (runtime->worker) {
        step_done(runtime);
        return 0;
    }
    ticket = instance_ticket_new(runtime, NULL, NULL);
    r = supervisor_call(engine_of(runtime)->supervisor, VERB_NET_OPEN, runtime->id, on_net_opened,
                        ticket);
    if (r < 0)
        instance_ticket_redeem(ticket);
    return r;
}

/* ---- step: link ---- */

static int ask_root(struct instance_runtime *runtime, enum verb verb, const void *fixed,
                    size_t size, role_link_done done)
{
    struct runtimes_shared *shared = runtimes_shared(runtime->all);
    struct role_link_body body = {.fixed = fixed, .fixed_size = size, .fd = runtime->netns_fd};
    struct instance_ticket *ticket;
    int r;

    if (!shared->root)
        return -EPIPE;
    if (verb == VERB_UPLINK_REMOVE)
        body.fd = -1;
    ticket = instance_ticket_new(runtime, NULL, NULL);
    r = role_link_call(shared->root, verb, &body, STEP_TIMEOUT_US, done, ticket);
    if (r < 0)
        instance_ticket_redeem(ticket);
    return r;
}

static int set_link(struct instance_runtime *runtime, role_link_done done)
{
    struct verb_link link = {.backend = (uint8_t)runtimes_shared(runtime->all)->backend,
                             .more = runtime->links & ~UINT64_C(1)};

    text_copy(link.id, sizeof(link.id), runtime->id);
    return ask_root(runtime, VERB_LINK_SET, &link, sizeof(link), done);
}

static int open_wireguard(struct instance_runtime *runtime, unsigned link);

static unsigned next_link(const struct instance_runtime *runtime, unsigned after)
{
    unsigned link = after + 1;

    while (link < LINK_COUNT && !(runtime->links & UINT64_C(1) << link))
        link++;
    return link;
}

static int hand_over(struct instance_runtime *runtime, int fd)
{
    struct verb_link_number number = {.link = (uint8_t)runtime->opening};
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
            figures_link_renewed(runtime->figures, (uint8_t)runtime->opening);
    }
    if (status == 0)
        status = hand_over(runtime, message->fds[0]);
    if (status == 0) {
        next = next_link(runtime, runtime->opening);
        status =
            next < LINK_COUNT ? open_wireguard(runtime, next) : set_link(runtime, on_step_answer);
    }
    if (status < 0)
        step_failed(runtime, status, role_link_detail(status, message));
}

static int open_wireguard(struct instance_runtime *runtime, unsigned link)
{
    struct instance_ticket *ticket = instance_ticket_new(runtime, NULL, NULL);
    int r = supervisor_call_wireguard(engine_of(runtime)->supervisor, VERB_WIREGUARD_OPEN,
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
static void close_wireguards(struct instance_runtime *runtime, uint64_t links)
{
    for (unsigned link = 1; link < LINK_COUNT; link++) {
        struct instance_ticket *ticket;

        if (!(links & UINT64_C(1) << link))
            continue;
        ticket = instance_ticket_new(runtime, NULL, NULL);
        ticket->generation = INSTANCE_TICKET_ANY;
        if (supervisor_call_wireguard(engine_of(runtime)->supervisor, VERB_WIREGUARD_CLOSE,
                                      runtime->id, link, on_wireguard_closed, ticket) < 0)
            instance_ticket_redeem(ticket);
    }
}

static int read_links(const struct instance_runtime *runtime, uint64_t *ret_links)
{
    uint16_t ports[LINK_COUNT];
    int r = link_store_ports(engine_of(runtime)->store, runtime->id, ports);

    if (r < 0)
        return r;
    *ret_links = 1;
    for (unsigned link = 1; link < LINK_COUNT; link++)
        if (ports[link])
            *ret_links |= UINT64_C(1) << link;
    return 0;
}

static int begin_link(struct instance_runtime *runtime)
{
    const struct runtimes_shared *shared = runtimes_shared(runtime->all);
    uint64_t before = runtime->links;
    int r = read_links(runtime, &runtime->links);

    if (r < 0)
        return r;
    if (shared->backend == WIREGUARD_USERSPACE) {
        close_wireguards(runtime, before & ~runtime->links);
        return open_wireguard(runtime, 0);
    }
    if (!shared->kernel_wireguard) {
        step_failed(runtime, -EOPNOTSUPP,
                    "this kernel has no WireGuard: [wireguard] backend = auto would do");
        return 0;
    }
    return set_link(runtime, on_step_answer);
}

/* ---- step: OpenVPN. Before the peers: else those that are connected would lose their routes. What
 * fails of it keeps no WireGuard peer waiting. ---- */

static void end_openvpn_step(struct instance_runtime *runtime)
{
    if (runtime->state != INSTANCE_PROVISIONING || runtime->step != STEP_OPENVPN)
        return;
    runtime->openvpn_timer = sd_event_source_disable_unref(runtime->openvpn_timer);
    step_done(runtime);
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
    return sd_event_add_time_relative(engine_of(runtime)->event, &runtime->openvpn_timer,
                                      CLOCK_MONOTONIC, OPENVPN_PATIENCE_US, 0, on_openvpn_late,
                                      runtime);
}

/* ---- step: uplink ---- */

static int send_uplink(struct instance_runtime *runtime, role_link_done done)
{
    struct engine *engine = engine_of(runtime);
    struct verb_uplink uplink = {0};
    _cleanup_instance_ struct instance instance = {0};
    int r = instance_store_find(engine->store, runtime->id, &instance);

    if (r < 0)
        return r;
    text_copy(uplink.id, sizeof(uplink.id), runtime->id);
    openvpn_servers_published(runtime->openvpn, uplink.openvpn_ports);
    uplink_addresses_of(instance.slot, &engine->hub.ula, &uplink.addresses);
    return ask_root(runtime, VERB_UPLINK_SET, &uplink, sizeof(uplink), done);
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

/* ---- step: configure ---- */

static void on_applied(int status, const char *detail, void *data)
{
    struct instance_runtime *runtime = data;

    if (runtime->state != INSTANCE_PROVISIONING || runtime->step != STEP_CONFIGURE)
        return;
    if (status < 0)
        step_failed(runtime, status, detail);
    else
        step_done(runtime);
}

static int begin_configure(struct instance_runtime *runtime)
{
    return instance_apply_begin(runtime, on_applied, runtime);
}

static int (*const step_begin[STEP_COUNT])(struct instance_runtime *runtime) = {
    [STEP_NAMESPACE] = begin_namespace, [STEP_LINK] = begin_link,
    [STEP_OPENVPN] = begin_openvpn,     [STEP_UPLINK] = begin_uplink,
    [STEP_CONFIGURE] = begin_configure,
};

static void run_step(struct instance_runtime *runtime)
{
    int r = step_begin[runtime->step](runtime);

    if (r < 0)
        step_failed(runtime, r, role_link_detail(r, NULL));
}

/* ---- life ---- */

struct instance_runtime *instance_runtime_new(struct runtimes *runtimes, const char *id)
{
    struct instance_runtime *runtime = memory_zero(sizeof(*runtime));
    int r;

    runtime->all = runtimes;
    runtime->netns_fd = -1;
    runtime->figures = figures_new();
    runtime->openvpn = openvpn_servers_new(runtime);
    runtime->dns = instance_dns_new(runtime);
    text_copy(runtime->id, sizeof(runtime->id), id);
    r = figures_load(runtime->figures, engine_of(runtime)->store, id);
    if (r < 0)
        log_error("instance %s: its figures can't be read: %s", id, strerror(-r));
    return runtime;
}

static void delete_answer(struct instance_runtime *runtime, int status, const char *detail)
{
    runtime_done done = TAKE_PTR(runtime->delete_done);

    if (done)
        done(status, detail, runtime->delete_data);
}

void instance_runtime_retire(struct instance_runtime *runtime)
{
    runtime->gone = true;
    delete_answer(runtime, -EINPROGRESS, "goes on when the hub starts again");
    answer_waiters(runtime, -EINPROGRESS, "goes on when the hub starts again");
    retry_cancel(runtime);
    instance_poll_stop(runtime);
    runtime->openvpn_timer = sd_event_source_disable_unref(runtime->openvpn_timer);
    openvpn_servers_stop(runtime->openvpn);
    instance_dns_stop(runtime->dns);
    runtime->references++; /* dropping the worker answers requests: not to free it under us */
    drop_worker(runtime);
    runtime->references--;
    cleanup_close(&runtime->netns_fd);
    runtime->netns_fd = -1;
    if (runtime->references > 0)
        return;
    figures_free(runtime->figures);
    openvpn_servers_free(runtime->openvpn);
    json_decref(runtime->hits_seen);
    instance_dns_free(runtime->dns);
    free(runtime);
}

void instance_runtime_begin(struct instance_runtime *runtime, const char *why)
{
    if (runtime->state == INSTANCE_DELETING)
        return;
    retry_cancel(runtime);
    forgive_if_steady(runtime);
    runtime->generation++;
    runtime->applying = false;
    runtime->step = STEP_NAMESPACE;
    enter(runtime, INSTANCE_PROVISIONING, why);
    if (!runtimes_shared(runtime->all)->root_ready) {
        step_failed(runtime, -EAGAIN, "the hub's own worker is not there yet");
        return;
    }
    run_step(runtime);
}

bool instance_runtime_wireguard_gone(struct instance_runtime *runtime, unsigned link)
{
    if (runtime->state == INSTANCE_DELETING || (link && !(runtime->links & UINT64_C(1) << link)))
        return false;
    figures_link_renewed(runtime->figures, (uint8_t)link);
    runtime->ready[STEP_LINK] = false;
    runtime->ready[STEP_CONFIGURE] = false;
    lost(runtime, STEP_LINK, "wireguard-go ended");
    return true;
}

bool instance_runtime_links_changed(struct instance_runtime *runtime, runtime_done done, void *data)
{
    struct link_waiter *waiter;
    uint64_t wanted;

    /* The step that has not been taken yet looks for itself. */
    if (!runtime->links || runtime->state == INSTANCE_PENDING ||
        runtime->state == INSTANCE_DELETING || read_links(runtime, &wanted) < 0 ||
        wanted == runtime->links)
        return false;
    if (done) {
        waiter = memory_zero(sizeof(*waiter));
        *waiter = (struct link_waiter){runtime->waiters, done, data};
        runtime->waiters = waiter;
    }
    instance_runtime_begin(runtime, "its links changed");
    return true;
}

/* ---- deletion: uplink, then worker and namespace, then the row ---- */

static void delete_failed(struct instance_runtime *runtime, int status, const char *detail)
{
    snprintf(runtime->failure, sizeof(runtime->failure), "%s", detail);
    log_warning("instance %s: deleting failed: %s (%s)", runtime->id, detail, strerror(-status));
    delete_answer(runtime, -EINPROGRESS, detail);
    retry_later(runtime);
}

static void on_net_closed(int status, struct channel_message *message, void *data)
{
    struct instance_runtime *runtime = instance_ticket_redeem(data);
    _cleanup_instance_ struct instance instance = {0};
    struct engine *engine;
    int r;

    if (!runtime)
        return;
    if (status < 0) {
        delete_failed(runtime, status, role_link_detail(status, message));
        return;
    }
    engine = engine_of(runtime);
    (void)instance_store_find(engine->store, runtime->id, &instance);
    r = store_begin(engine->store);
    if (r == 0) {
        instance_store_delete(engine->store, runtime->id);
        r = store_commit(engine->store);
    }
    if (r < 0) {
        delete_failed(runtime, r, "its rows can't be deleted");
        return;
    }
    log_info("instance %s: deleted", runtime->id);
    event_log_add(engine->events, "instance.deleted", runtime->id, NULL,
                  json_pack("{s:s}", "instance", instance.name), "deleted");
    delete_answer(runtime, 0, "");
    runtimes_remove(runtime->all, runtime);
    instance_runtime_retire(runtime);
}

static void on_uplink_removed(int status, struct channel_message *message, void *data)
{
    struct instance_runtime *runtime = instance_ticket_redeem(data);
    struct instance_ticket *ticket;

    if (!runtime)
        return;
    if (status < 0) {
        delete_failed(runtime, status, role_link_detail(status, message));
        return;
    }
    ticket = instance_ticket_new(runtime, NULL, NULL);
    status = supervisor_call(engine_of(runtime)->supervisor, VERB_NET_CLOSE, runtime->id,
                             on_net_closed, ticket);
    if (status < 0) {
        instance_ticket_redeem(ticket);
        delete_failed(runtime, status, role_link_detail(status, NULL));
    }
}

static void delete_begin(struct instance_runtime *runtime)
{
    struct verb_net_id id = {0};
    int r;

    drop_worker(runtime);
    text_copy(id.id, sizeof(id.id), runtime->id);
    r = ask_root(runtime, VERB_UPLINK_REMOVE, &id, sizeof(id), on_uplink_removed);
    if (r < 0)
        delete_failed(runtime, r, role_link_detail(r, NULL));
}

void instance_runtime_delete(struct instance_runtime *runtime, runtime_done done, void *data)
{
    if (runtime->state == INSTANCE_DELETING) {
        if (done)
            done(-EINPROGRESS, "it is being deleted already", data);
        return;
    }
    retry_cancel(runtime);
    runtime->attempts = 0;
    runtime->delete_done = done;
    runtime->delete_data = data;
    enter(runtime, INSTANCE_DELETING, "asked for");
    openvpn_servers_stop(runtime->openvpn);
    instance_dns_stop(runtime->dns);
    delete_begin(runtime);
}
