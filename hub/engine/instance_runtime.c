/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state machine of one instance: states, retries, deletion. Its steps: instance_step.c. */
#include "hub/engine/instance_runtime.h"

#include <errno.h>
#include <stdio.h>

#include "hub/base/cleanup.h"
#include "hub/base/log.h"
#include "hub/engine/event_log.h"
#include "hub/engine/instance_poll.h"
#include "hub/engine/instance_step.h"
#include "hub/engine/instance_ticket.h"
#include "hub/engine/supervisor.h"

enum {
    RETRY_FIRST_S = 1,
    RETRY_LAST_S = 60,
    STEADY_AFTER_S = 10, /* active for so long: earlier losses are forgotten */
    LOSSES_AT_ONCE = 2,  /* repaired without waiting */
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

struct engine *instance_runtime_engine(const struct instance_runtime *runtime)
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
    struct event_log *events = instance_runtime_engine(runtime)->events;

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
                      instance_step_title(runtime->step), runtime->failure);
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
    r = sd_event_add_time_relative(instance_runtime_engine(runtime)->event, &runtime->retry_timer,
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

void instance_step_failed(struct instance_runtime *runtime, int status, const char *detail)
{
    snprintf(runtime->failure, sizeof(runtime->failure), "%s", detail);
    runtime->ready[runtime->step] = false;
    log_warning("instance %s: %s failed: %s (%s)", runtime->id, instance_step_title(runtime->step),
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

void instance_step_lost(struct instance_runtime *runtime, enum instance_step step, const char *why)
{
    /* In the other states nothing stands on it, or a time for the next try is set. */
    if (runtime->state != INSTANCE_PROVISIONING && runtime->state != INSTANCE_ACTIVE)
        return;
    forgive_if_steady(runtime);
    if (runtime->attempts >= LOSSES_AT_ONCE) {
        runtime->step = step;
        instance_step_failed(runtime, -EPIPE, why);
        return;
    }
    runtime->attempts++;
    instance_runtime_begin(runtime, why);
}

void instance_step_done(struct instance_runtime *runtime)
{
    enum instance_step step = runtime->step;

    if (!runtime->ready[step])
        event_log_add(instance_runtime_engine(runtime)->events, "instance.step", runtime->id, NULL,
                      json_pack("{s:s}", "step", instance_step_flag(step)), "%s ready",
                      instance_step_title(step));
    runtime->ready[step] = true;
    if (step + 1 == STEP_COUNT) {
        enter(runtime, INSTANCE_ACTIVE, "all steps done");
        return;
    }
    runtime->step = step + 1;
    instance_step_begin(runtime);
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
    r = figures_load(runtime->figures, instance_runtime_engine(runtime)->store, id);
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
    instance_step_drop_worker(runtime);
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
        instance_step_failed(runtime, -EAGAIN, "the hub's own worker is not there yet");
        return;
    }
    instance_step_begin(runtime);
}

bool instance_runtime_wireguard_gone(struct instance_runtime *runtime, unsigned link)
{
    if (runtime->state == INSTANCE_DELETING || (link && !link_set_has(&runtime->links, link)))
        return false;
    figures_link_renewed(runtime->figures, (uint16_t)link);
    runtime->ready[STEP_LINK] = false;
    runtime->ready[STEP_CONFIGURE] = false;
    instance_step_lost(runtime, STEP_LINK, "wireguard-go ended");
    return true;
}

bool instance_runtime_links_changed(struct instance_runtime *runtime, runtime_done done, void *data)
{
    struct link_waiter *waiter;
    struct link_set wanted;

    /* The step that has not been taken yet looks for itself. */
    if (link_set_is_empty(&runtime->links) || runtime->state == INSTANCE_PENDING ||
        runtime->state == INSTANCE_DELETING || instance_step_read_links(runtime, &wanted) < 0 ||
        link_set_equal(&wanted, &runtime->links))
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
    engine = instance_runtime_engine(runtime);
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
    status = supervisor_call(instance_runtime_engine(runtime)->supervisor, VERB_NET_CLOSE,
                             runtime->id, on_net_closed, ticket);
    if (status < 0) {
        instance_ticket_redeem(ticket);
        delete_failed(runtime, status, role_link_detail(status, NULL));
    }
}

static void delete_begin(struct instance_runtime *runtime)
{
    struct verb_net_id id = {0};
    struct role_link_body body = {.fixed = &id, .fixed_size = sizeof(id)};
    int r;

    instance_step_drop_worker(runtime);
    text_copy(id.id, sizeof(id.id), runtime->id);
    r = instance_step_ask_root(runtime, VERB_UPLINK_REMOVE, &body, on_uplink_removed);
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
