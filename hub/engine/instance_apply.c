/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/engine/instance_apply.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "hub/base/log.h"
#include "hub/engine/event_log.h"
#include "hub/engine/instance_filter.h"
#include "hub/engine/instance_poll.h"
#include "hub/engine/instance_spec.h"
#include "hub/engine/instance_ticket.h"
#include "hub/store/firewall_store.h"
#include "hub/store/link_store.h"

enum {
    APPLY_TIMEOUT_US = 120 * 1000 * 1000,
    CHANGE_TIMEOUT_US = 5 * 1000 * 1000,
    PEERS_A_ROUND = 256, /* rows read before the socket is looked at again */
};

static const char part_of_the_whole[] = "the whole instance is being applied, this with it";

/* ---- verbs ---- */

static struct role_link_body instance_body(const struct instance_spec *spec)
{
    return (struct role_link_body){
        .fixed = &spec->fixed,
        .fixed_size = offsetof(struct verb_instance, pushed),
        .tail = spec->fixed.pushed,
        .tail_size = verb_instance_size(&spec->fixed) - sizeof(spec->fixed),
        .fd = -1,
    };
}

static struct role_link_body peer_body(const struct peer_spec *spec)
{
    return (struct role_link_body){
        .fixed = &spec->fixed,
        .fixed_size = offsetof(struct verb_peer, prefixes),
        .tail = spec->prefixes,
        .tail_size = spec->fixed.prefix_count * sizeof(spec->prefixes[0]),
        .fd = -1,
    };
}

static void make_peer_spec(struct instance_runtime *runtime, const struct instance *instance,
                           const struct peer *peer, struct peer_spec *ret_spec)
{
    const struct figure *figure;
    struct endpoint endpoint = {0};
    uint16_t server = 0;

    figures_track(runtime->figures, peer->id, peer->row, &peer->public_key, peer->link);
    figure = figures_find(runtime->figures, peer->id);
    if (figure)
        endpoint = figure->endpoint;
    if (peer->protocol == PROTOCOL_OPENVPN)
        server = openvpn_servers_where(runtime->openvpn, peer->id);
    peer_spec_make(instance, peer, &endpoint, server, ret_spec);
}

static void make_instance_spec(struct instance_runtime *runtime, const struct instance *instance,
                               struct instance_spec *ret_spec)
{
    struct runtimes_shared *shared = runtimes_shared(runtime->all);
    _cleanup_port_list_ struct port_list links = {0};
    _cleanup_port_list_ struct port_list openvpn = {0};
    int r = link_store_ports(shared->engine->store, instance->id, &links);

    if (r < 0)
        log_error("instance %s: its links can't be read: %s", instance->id, strerror(-r));
    openvpn_servers_ports(runtime->openvpn, &openvpn);
    instance_spec_make(instance, &shared->engine->hub.ula, shared->backend, port_list_span(&links),
                       port_list_span(&openvpn), ret_spec);
}

/* ---- reports ---- */

void instance_apply_peer_failed(struct instance_runtime *runtime,
                                const struct verb_peer_failed *failed)
{
    char text[KEY_BASE64_MAX];

    log_warning("instance %s: peer %s refused: %s", runtime->id,
                key_format_base64(&failed->public_key, text), failed->failure.detail);
}

void instance_apply_report(struct instance_runtime *runtime, const struct verb_applied *applied)
{
    runtime->resynced_at = clock_seconds();
    runtime->resync_writes = applied->writes;
    if (applied->writes > 0 && runtime->state == INSTANCE_ACTIVE) {
        log_warning("instance %s: drift repaired: %s (%u writes)", runtime->id, applied->detail,
                    applied->writes);
        event_log_add(instance_runtime_engine(runtime)->events, "drift.repaired", runtime->id, NULL,
                      json_pack("{s:i}", "writes", (int)applied->writes), "%s", applied->detail);
    }
    openvpn_servers_missing(runtime->openvpn, applied);
    if (applied->link_missing && runtime->state == INSTANCE_ACTIVE)
        instance_runtime_begin(runtime, "a link is missing");
}

/* ---- the whole ---- */

static void on_all_applied(int status, struct channel_message *message, void *data)
{
    struct instance_ticket *ticket = data;
    runtime_done done = ticket->done;
    void *done_data = ticket->data;
    struct instance_runtime *runtime = instance_ticket_redeem(ticket);
    const struct verb_applied *applied;
    const char *detail;

    if (!runtime)
        return;
    runtime->applying = false;
    detail = role_link_detail(status, message);
    if (status == 0 && message->header.verb == VERB_APPLIED) {
        applied = message->body;
        status = applied->link_missing ? -ENODEV : applied->status;
        detail = applied->detail;
        if (applied->failed > 0 && applied->failed < applied->peers + applied->failed &&
            !applied->link_missing)
            status = 0; /* told one by one: one bad peer keeps nobody else waiting */
        runtime->resynced_at = clock_seconds();
        runtime->resync_writes = applied->writes;
    }
    done(status, detail, done_data);
}

static int send_end(struct instance_runtime *runtime)
{
    struct instance_ticket *ticket =
        instance_ticket_new(runtime, runtime->apply_done, runtime->apply_data);
    int r = role_link_call(runtime->worker, VERB_APPLY_END, NULL, APPLY_TIMEOUT_US, on_all_applied,
                           ticket);

    if (r < 0)
        instance_ticket_redeem(ticket);
    else
        runtime->all_sent = true;
    return r;
}

struct round {
    struct instance_runtime *runtime;
    const struct instance *instance;
    unsigned rows;
};

static int send_row(const struct peer *peer, void *data)
{
    struct round *round = data;
    struct instance_runtime *runtime = round->runtime;
    struct peer_spec spec;
    struct role_link_body body;
    int r;

    round->rows++;
    make_peer_spec(runtime, round->instance, peer, &spec);
    body = peer_body(&spec);
    r = role_link_send(runtime->worker, VERB_PEER_SET, &body);
    if (r == 0)
        runtime->applied_row = peer->row;
    key_wipe(&spec.fixed.preshared_key);
    return r;
}

/* Sends rows until the socket or the rows end: 1 = all sent. */
static int send_rows(struct instance_runtime *runtime)
{
    struct engine *engine = instance_runtime_engine(runtime);
    _cleanup_instance_ struct instance instance = {0};
    struct round round = {.runtime = runtime, .instance = &instance};
    int r = instance_store_find(engine->store, runtime->id, &instance);

    while (r == 0) {
        round.rows = 0;
        r = peer_store_list_enabled(engine->store, runtime->id, runtime->applied_row, PEERS_A_ROUND,
                                    send_row, &round);
        if (r == 0 && round.rows < PEERS_A_ROUND)
            return 1;
    }
    return r == -EAGAIN ? 0 : r;
}

void instance_apply_go_on(struct instance_runtime *runtime)
{
    int r;

    if (!runtime->applying || runtime->all_sent)
        return;
    r = runtime->peers_sent ? 1 : send_rows(runtime);
    if (r > 0) {
        runtime->peers_sent = true;
        r = instance_filter_send_all(runtime);
    }
    if (r > 0)
        r = send_end(runtime);
    if (r >= 0 || r == -EAGAIN)
        return;
    runtime->applying = false;
    runtime->apply_done(r, role_link_detail(r, NULL), runtime->apply_data);
}

int instance_apply_begin(struct instance_runtime *runtime, runtime_done done, void *data)
{
    struct engine *engine = instance_runtime_engine(runtime);
    _cleanup_instance_ struct instance instance = {0};
    struct instance_spec spec;
    struct role_link_body body;
    int r = instance_store_find(engine->store, runtime->id, &instance);

    if (r < 0)
        return r;
    make_instance_spec(runtime, &instance, &spec);
    body = instance_body(&spec);
    r = role_link_send(runtime->worker, VERB_APPLY_BEGIN, &body);
    key_wipe(&spec.fixed.private_key);
    if (r < 0)
        return r;
    runtime->applying = true;
    runtime->all_sent = false;
    runtime->applied_row = 0;
    runtime->peers_sent = false;
    runtime->applied_order = INT64_MIN;
    runtime->applied_rule[0] = 0;
    runtime->dirty = false;
    runtime->apply_done = done;
    runtime->apply_data = data;
    instance_apply_go_on(runtime);
    return 0;
}

/* ---- single changes ---- */

/* A change of one object on its way to the kernel. */
struct change {
    struct instance_runtime *runtime; /* valid while answers are awaited: tickets hold it */
    unsigned awaited;
    int status;
    char detail[sizeof(((struct verb_ack *)0)->detail)];
    bool staged; /* the worker only put it aside, for the end of the apply under way */
    runtime_done done;
    void *data;
};

/* Until all is sent the worker puts aside what it is told: nothing of it is in the kernel. */
static bool is_staging(const struct instance_runtime *runtime)
{
    return runtime->applying && !runtime->all_sent;
}

/* Something did not arrive: only the whole is sure to set it right. */
static void mark_dirty(struct instance_runtime *runtime)
{
    runtime->dirty = true;
    instance_poll_soon(runtime);
}

static void change_finish(struct change *change)
{
    int status = change->status;

    if (change->awaited > 0)
        return;
    /* The store has it; the kernel will. */
    if (status == -EPIPE || status == -ETIMEDOUT || status == -ECANCELED || status == -EAGAIN)
        status = -EINPROGRESS;
    if (status == 0 && change->staged) {
        status = -EINPROGRESS;
        snprintf(change->detail, sizeof(change->detail), "%s", part_of_the_whole);
    }
    if (change->done)
        change->done(status, change->detail, change->data);
    free(change);
}

static void on_changed(int status, const char *detail, void *data)
{
    struct change *change = data;

    change->awaited--;
    if (status < 0 && change->status == 0) {
        change->status = status;
        snprintf(change->detail, sizeof(change->detail), "%s", detail);
    }
    change_finish(change);
}

static void on_change_answer(int status, struct channel_message *message, void *data)
{
    struct instance_ticket *ticket = data;
    struct change *change = ticket->data;
    struct instance_runtime *runtime = instance_ticket_redeem(ticket);

    if (runtime && status == -ETIMEDOUT)
        mark_dirty(runtime);
    on_changed(status, role_link_detail(status, message), change);
}

static void change_send(struct change *change, enum verb verb, const struct role_link_body *body)
{
    struct instance_ticket *ticket = instance_ticket_new(change->runtime, NULL, change);
    int r;

    change->awaited++;
    r = role_link_call(change->runtime->worker, verb, body, CHANGE_TIMEOUT_US, on_change_answer,
                       ticket);
    if (r < 0) {
        mark_dirty(change->runtime);
        on_change_answer(r, NULL, ticket);
    }
}

static bool takes_changes(const struct instance_runtime *runtime)
{
    return runtime->worker && (runtime->state == INSTANCE_ACTIVE || runtime->applying);
}

static struct change *change_new(struct instance_runtime *runtime, runtime_done done, void *data)
{
    struct change *change = memory_zero(sizeof(*change));

    change->runtime = runtime;
    change->done = done;
    change->data = data;
    change->awaited = 1; /* its maker's own: nothing finishes before all is sent */
    change->staged = is_staging(runtime);
    return change;
}

static void say_later(struct instance_runtime *runtime, runtime_done done, void *data)
{
    char detail[256];

    if (!done)
        return;
    if (runtime->applying) {
        done(-EINPROGRESS, part_of_the_whole, data);
        return;
    }
    snprintf(detail, sizeof(detail), "the instance is %s%s%s: applied as soon as it is active",
             instance_state_name(runtime->state), runtime->failure[0] ? ", " : "",
             runtime->failure);
    done(-EINPROGRESS, detail, data);
}

static void change_remove_key(struct change *change, const struct key *public_key)
{
    struct verb_peer_key key = {*public_key};
    struct role_link_body body = {.fixed = &key, .fixed_size = sizeof(key), .fd = -1};

    change_send(change, VERB_PEER_REMOVE, &body);
}

static void change_set_peer(struct change *change, const struct instance *instance,
                            const struct peer *peer)
{
    struct peer_spec spec;
    struct role_link_body body;

    make_peer_spec(change->runtime, instance, peer, &spec);
    body = peer_body(&spec);
    change_send(change, VERB_PEER_SET, &body);
    key_wipe(&spec.fixed.preshared_key);
}

/* ---- the firewall ---- */

static void change_set_filter(struct change *change, const struct verb_filter *filter)
{
    struct role_link_body body = {
        .fixed = filter,
        .fixed_size = sizeof(*filter),
        .tail = filter->prefixes,
        .tail_size = filter->prefix_count * sizeof(filter->prefixes[0]),
        .fd = -1,
    };

    change_send(change, VERB_FILTER_SET, &body);
}

static void change_remove_filter(struct change *change, const char *rule_id)
{
    struct verb_filter_id id = {0};
    struct role_link_body body = {.fixed = &id, .fixed_size = sizeof(id), .fd = -1};

    (void)text_copy(id.id, sizeof(id.id), rule_id);
    change_send(change, VERB_FILTER_REMOVE, &body);
}

static int send_filter(struct verb_filter *filter, void *data)
{
    change_set_filter(data, filter);
    free(filter);
    return 0;
}

/* The rules that name the peer, before the peer itself: what they deny is denied from its first
 * packet on. While the whole is being told, they may not be there yet: it is told again. */
static void change_filters_of(struct change *change, const char *peer_id, bool with_labels)
{
    struct instance_runtime *runtime = change->runtime;
    uint64_t rules = 0;
    int r = firewall_store_count(instance_runtime_engine(runtime)->store, runtime->id, &rules);

    if (r == 0 && rules > 0)
        r = is_staging(runtime)
                ? -EAGAIN
                : instance_filter_of_peer(runtime, peer_id, with_labels, send_filter, change);
    if (r < 0)
        mark_dirty(runtime);
}

void instance_runtime_rule_changed(struct instance_runtime *runtime, const char *rule_id,
                                   runtime_done done, void *data)
{
    struct verb_filter *filter = NULL;
    struct change *change;

    if (!takes_changes(runtime) || is_staging(runtime) ||
        (rule_id && instance_filter_of_rule(runtime, rule_id, &filter) < 0)) {
        mark_dirty(runtime);
        say_later(runtime, done, data);
        return;
    }
    change = change_new(runtime, done, data);
    if (filter)
        change_set_filter(change, filter);
    else if (rule_id)
        change_remove_filter(change, rule_id);
    else
        change_filters_of(change, "", true);
    free(filter);
    on_changed(0, "", change);
}

/* ---- a peer ---- */

/* Where the peer was last seen is needed when it is enabled again: the hub calls it there. */
static void leave(struct instance_runtime *runtime, const char *peer_id)
{
    if (instance_poll_last(runtime))
        figures_leave(runtime->figures, peer_id);
    else
        figures_untrack(runtime->figures, peer_id);
}

void instance_runtime_peer_changed(struct instance_runtime *runtime, const char *peer_id,
                                   const struct key *old_key, runtime_done done, void *data)
{
    struct engine *engine = instance_runtime_engine(runtime);
    _cleanup_instance_ struct instance instance = {0};
    _cleanup_peer_ struct peer peer = {0};
    struct change *change;
    int r = instance_store_find(engine->store, runtime->id, &instance);
    int found = peer_store_find(engine->store, runtime->id, peer_id, &peer);

    if (found == -ENOENT)
        figures_forget(runtime->figures, peer_id);
    else if (found == 0 && !peer.enabled)
        leave(runtime, peer_id);
    if (found == 0 || found == -ENOENT)
        openvpn_servers_peer_changed(runtime->openvpn, peer_id, found == 0 ? &peer : NULL);
    if (r < 0 || (found < 0 && found != -ENOENT)) {
        log_error("instance %s: peer %s can't be read: %s", runtime->id, peer_id,
                  strerror(r < 0 ? -r : -found));
        mark_dirty(runtime);
        say_later(runtime, done, data);
        return;
    }
    if (instance_runtime_links_changed(runtime, done, data))
        return;
    if (!takes_changes(runtime)) {
        say_later(runtime, done, data);
        return;
    }
    change = change_new(runtime, done, data);
    if (found == 0 && peer.enabled)
        change_filters_of(change, peer_id, false);
    if (old_key && (found < 0 || !key_equal(old_key, &peer.public_key)))
        change_remove_key(change, old_key);
    if (found == 0 && peer.enabled)
        change_set_peer(change, &instance, &peer);
    else if (found == 0)
        change_remove_key(change, &peer.public_key);
    /* What a rule denies to a peer that goes is denied until it is gone. */
    if (found < 0 || !peer.enabled)
        change_filters_of(change, peer_id, false);
    on_changed(0, "", change);
}

void instance_apply_peer_again(struct instance_runtime *runtime, const char *peer_id)
{
    struct engine *engine = instance_runtime_engine(runtime);
    _cleanup_instance_ struct instance instance = {0};
    _cleanup_peer_ struct peer peer = {0};
    struct change *change;

    if (!takes_changes(runtime) || instance_store_find(engine->store, runtime->id, &instance) < 0 ||
        peer_store_find(engine->store, runtime->id, peer_id, &peer) < 0 || !peer.enabled)
        return;
    change = change_new(runtime, NULL, NULL);
    change_set_peer(change, &instance, &peer);
    on_changed(0, "", change);
}

void instance_runtime_instance_changed(struct instance_runtime *runtime, runtime_done done,
                                       void *data)
{
    struct engine *engine = instance_runtime_engine(runtime);
    _cleanup_instance_ struct instance instance = {0};
    struct instance_spec spec;
    struct role_link_body body;
    struct change *change;

    /* What the apply under way has told of the instance can't be taken back: it is told again. */
    if (!takes_changes(runtime) || is_staging(runtime) ||
        instance_store_find(engine->store, runtime->id, &instance) < 0) {
        mark_dirty(runtime);
        say_later(runtime, done, data);
        if (runtime->state == INSTANCE_FAILED)
            instance_runtime_begin(runtime, "the instance was changed");
        return;
    }
    make_instance_spec(runtime, &instance, &spec);
    body = instance_body(&spec);
    change = change_new(runtime, done, data);
    change_send(change, VERB_INSTANCE_SET, &body);
    key_wipe(&spec.fixed.private_key);
    on_changed(0, "", change);
}

/* ---- resync ---- */

static void on_resynced(int status, struct channel_message *message, void *data)
{
    struct instance_ticket *ticket = data;
    runtime_done done = ticket->done;
    void *done_data = ticket->data;
    struct instance_runtime *runtime = instance_ticket_redeem(ticket);
    const struct verb_applied *applied;
    const char *detail = role_link_detail(status, message);

    if (status == 0 && message->header.verb == VERB_APPLIED) {
        applied = message->body;
        status = applied->status;
        detail = applied->detail;
        if (runtime)
            instance_apply_report(runtime, applied);
    }
    if (runtime && status < 0)
        log_warning("instance %s: resync: %s", runtime->id, detail);
    if (done)
        done(status, detail, done_data);
}

static void on_dirty_applied(int status, const char *detail, void *data)
{
    struct instance_runtime *runtime = data;

    if (status < 0) {
        log_warning("instance %s: %s", runtime->id, detail);
        runtime->dirty = true;
    } else if (runtime->dirty) {
        instance_poll_soon(runtime);
    }
    if (status == -ENODEV)
        instance_runtime_begin(runtime, "a link is missing");
}

void instance_runtime_resync(struct instance_runtime *runtime, runtime_done done, void *data)
{
    struct instance_ticket *ticket;
    int r;

    if (runtime->state != INSTANCE_ACTIVE || runtime->applying) {
        say_later(runtime, done, data);
        return;
    }
    if (runtime->dirty) {
        r = instance_apply_begin(runtime, on_dirty_applied, runtime);
        if (done)
            done(r < 0 ? r : -EINPROGRESS, "the whole instance is applied again", data);
        return;
    }
    ticket = instance_ticket_new(runtime, done, data);
    r = role_link_call(runtime->worker, VERB_RESYNC, NULL, APPLY_TIMEOUT_US, on_resynced, ticket);
    if (r < 0) {
        instance_ticket_redeem(ticket);
        if (done)
            done(r, role_link_detail(r, NULL), data);
    }
}
