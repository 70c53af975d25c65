/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tunnel/instance_worker.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "hub/base/cleanup.h"
#include "hub/base/log.h"
#include "hub/base/text.h"
#include "tunnel/admission.h"
#include "tunnel/drift.h"
#include "tunnel/reconcile.h"
#include "tunnel/rule_table.h"
#include "tunnel/worker.h"

enum { CALL_ACCURACY_US = 100 * 1000 };

struct instance_worker {
    sd_event *event;
    struct channel *channel;
    struct reconcile *reconcile;
    struct drift *drift;
    sd_event_source *call_timer;
    struct wanted *staged; /* between APPLY_BEGIN and APPLY_END */
    uint32_t staged_failed;
    uint8_t openvpn_missing[OPENVPN_NUMBER_COUNT / 8]; /* as last seen */
};

/* ---- telling the engine ---- */

static void tell_failed(struct channel *channel, const struct key *public_key, int error,
                        const char *detail)
{
    struct verb_peer_failed failed = {.public_key = *public_key, .failure = {.status = error}};
    int r;

    (void)text_copy(failed.failure.detail, sizeof(failed.failure.detail), detail);
    r = channel_send_plain(channel, VERB_PEER_FAILED, 0, 0, &failed, sizeof(failed));
    if (r < 0)
        log_warning("a refused peer could not be told: %s, ignoring", strerror(-r));
}

static void on_peer_failed(const struct key *public_key, int error, void *data)
{
    struct instance_worker *worker = data;

    tell_failed(worker->channel, public_key, error, "WireGuard refused the peer");
}

static int tell_applied(struct instance_worker *worker, const struct channel_header *header,
                        const struct verb_applied *applied)
{
    return channel_send_plain(worker->channel, VERB_APPLIED, header->request, header->generation,
                              applied, sizeof(*applied));
}

/* ---- reconciling ---- */

static void set_call_timer(struct instance_worker *worker, uint64_t next)
{
    if (next == 0)
        return;
    (void)sd_event_source_set_time(worker->call_timer, next);
    (void)sd_event_source_set_enabled(worker->call_timer, SD_EVENT_ONESHOT);
}

static void end_calls(struct instance_worker *worker)
{
    uint64_t next;

    reconcile_end_calls(worker->reconcile, &next);
    set_call_timer(worker, next);
}

static int on_call_timer(sd_event_source *source, uint64_t usec, void *data)
{
    (void)source;
    (void)usec;
    end_calls(data);
    return 0;
}

static void reconcile_now(struct instance_worker *worker, struct verb_applied *ret_applied)
{
    drift_quiet_begin(worker->drift);
    reconcile_all(worker->reconcile, ret_applied);
    memcpy(worker->openvpn_missing, ret_applied->openvpn_missing, sizeof(worker->openvpn_missing));
    drift_quiet_end(worker->drift);
    end_calls(worker);
}

/* Is any in `these` that is not in `those`? */
static bool any_beside(const uint8_t *these, const uint8_t *those)
{
    for (size_t i = 0; i < OPENVPN_NUMBER_COUNT / 8; i++)
        if (these[i] & ~those[i])
            return true;
    return false;
}

/* Is it for the engine to know? That a link of OpenVPN's came is no drift. */
static bool is_drift(const struct verb_applied *applied, const uint8_t *missing_before)
{
    if (applied->status < 0 || applied->link_missing ||
        any_beside(applied->openvpn_missing, missing_before))
        return true;
    return applied->writes > 0 && !any_beside(missing_before, applied->openvpn_missing);
}

static void on_drift(void *data)
{
    static const struct channel_header unasked;
    struct instance_worker *worker = data;
    uint8_t before[OPENVPN_NUMBER_COUNT / 8];
    struct verb_applied applied;
    int r;

    if (!reconcile_wanted(worker->reconcile))
        return;
    memcpy(before, worker->openvpn_missing, sizeof(before));
    reconcile_now(worker, &applied);
    if (!is_drift(&applied, before))
        return;
    log_info("drift: %s, %u writes", applied.detail, applied.writes);
    r = tell_applied(worker, &unasked, &applied);
    if (r < 0)
        log_warning("a repair could not be told: %s, ignoring", strerror(-r));
}

/* ---- verbs ---- */

static int do_wireguard_socket(void *data, struct channel_message *message)
{
    struct instance_worker *worker = data;
    const struct verb_link_number *number = message->body;
    struct wireguard *wireguard;
    int r = wireguard_open_userspace(TAKE_FD(message->fds[0]), &wireguard);

    if (r == 0)
        reconcile_set_wireguard(worker->reconcile, number->link, wireguard);
    return worker_acknowledge(worker->channel, message, r, "no use of wireguard-go's socket");
}

/* The kernel's devices need nobody to hand anything over. */
static void open_kernel_devices(struct instance_worker *worker,
                                const struct verb_instance *instance)
{
    struct port_span ports = verb_instance_links(instance);

    for (unsigned link = 0; link == 0 || link < ports.count; link++) {
        struct wireguard *wireguard;
        char name[LINK_NAME_MAX];

        if (instance->backend != WIREGUARD_KERNEL || (link && !ports.items[link]) ||
            reconcile_wireguard(worker->reconcile, link))
            continue;
        if (wireguard_open_kernel(link_wireguard_name(link, name), &wireguard) == 0)
            reconcile_set_wireguard(worker->reconcile, link, wireguard);
    }
}

static int do_apply_begin(void *data, struct channel_message *message)
{
    struct instance_worker *worker = data;
    const struct verb_instance *instance = message->body;
    const char *reason;
    int r = admission_check_instance(instance, &reason);

    worker->staged = wanted_free(worker->staged);
    worker->staged_failed = 0;
    if (r < 0) {
        log_error("instance refused: %s", reason);
        return worker_acknowledge(worker->channel, message, r, reason);
    }
    worker->staged = wanted_new(instance);
    return 0;
}

/* Peers that are being called go on being called. */
static void keep_calls(const struct wanted *from, const struct wanted *to)
{
    size_t position = 0;
    const struct wanted_peer *peer;

    while (from && (peer = wanted_next(from, &position))) {
        struct wanted_peer *same = peer->calling_until ? wanted_find(to, &peer->public_key) : NULL;

        if (same)
            same->calling_until = peer->calling_until;
    }
}

static int do_apply_end(void *data, struct channel_message *message)
{
    struct instance_worker *worker = data;
    struct verb_applied applied = {.status = -EINVAL, .detail = "the instance was refused"};

    if (worker->staged) {
        keep_calls(reconcile_wanted(worker->reconcile), worker->staged);
        open_kernel_devices(worker, wanted_instance(worker->staged));
        reconcile_set_wanted(worker->reconcile, TAKE_PTR(worker->staged));
        reconcile_now(worker, &applied);
        applied.failed += worker->staged_failed;
    }
    return tell_applied(worker, &message->header, &applied);
}

static int do_resync(void *data, struct channel_message *message)
{
    struct instance_worker *worker = data;
    struct verb_applied applied = {.status = -ENOTCONN, .detail = "nothing is wanted yet"};

    if (reconcile_wanted(worker->reconcile))
        reconcile_now(worker, &applied);
    return tell_applied(worker, &message->header, &applied);
}

static int do_instance_set(void *data, struct channel_message *message)
{
    struct instance_worker *worker = data;
    const struct verb_instance *instance = message->body;
    struct verb_applied applied;
    const char *reason;
    int r;

    if (!reconcile_wanted(worker->reconcile))
        return worker_acknowledge(worker->channel, message, -ENOTCONN, "nothing is wanted yet");
    r = admission_check_instance(instance, &reason);
    if (r < 0)
        return worker_acknowledge(worker->channel, message, r, reason);
    open_kernel_devices(worker, instance);
    wanted_set_instance(reconcile_wanted(worker->reconcile), instance);
    reconcile_forget(worker->reconcile);
    reconcile_now(worker, &applied);
    return worker_acknowledge(worker->channel, message, applied.status, applied.detail);
}

static int stage_peer(struct instance_worker *worker, const struct channel_message *message,
                      const struct verb_peer *peer)
{
    const char *reason;
    int r = admission_check_peer(wanted_instance(worker->staged), peer, &reason);

    if (r == 0) {
        wanted_peer_free(wanted_put(worker->staged, wanted_peer_new(peer)));
    } else {
        worker->staged_failed++;
        tell_failed(worker->channel, &peer->public_key, r, reason);
    }
    return worker_acknowledge(worker->channel, message, r, reason);
}

/* Takes a prefix from another peer: more than these two may have to be looked at. */
static bool takes_over(const struct wanted *wanted, const struct wanted_peer *peer)
{
    const struct wanted_peer *same = wanted_find(wanted, &peer->public_key);

    for (uint32_t i = 0; i < peer->prefix_count; i++)
        if (wanted_is_held(wanted, &peer->prefixes[i], same))
            return true;
    return false;
}

static int apply_whole(struct instance_worker *worker, struct channel_message *message)
{
    struct verb_applied applied;

    reconcile_forget(worker->reconcile);
    reconcile_now(worker, &applied);
    return worker_acknowledge(worker->channel, message, applied.status, applied.detail);
}

static int apply_peer(struct instance_worker *worker, struct channel_message *message,
                      const struct wanted_peer *before, struct wanted_peer *after)
{
    bool look;
    const char *tried;
    int r = reconcile_peer(worker->reconcile, before, after, &look, &tried);

    if (look)
        drift_hint(worker->drift);
    if (after && after->calling_until)
        end_calls(worker);
    return worker_acknowledge(worker->channel, message, r, tried);
}

static int do_peer_set(void *data, struct channel_message *message)
{
    struct instance_worker *worker = data;
    const struct verb_peer *peer = message->body;
    struct wanted *wanted = reconcile_wanted(worker->reconcile);
    _cleanup_(cleanup_wanted_peer) struct wanted_peer *before = NULL;
    struct wanted_peer *after;
    const char *reason;
    bool is_move;
    int r;

    if (worker->staged)
        return stage_peer(worker, message, peer);
    if (!wanted)
        return worker_acknowledge(worker->channel, message, -ENOTCONN, "nothing is wanted yet");
    r = admission_check_peer(wanted_instance(wanted), peer, &reason);
    if (r < 0)
        return worker_acknowledge(worker->channel, message, r, reason);
    after = wanted_peer_new(peer);
    is_move = takes_over(wanted, after);
    before = wanted_put(wanted, after);
    return is_move ? apply_whole(worker, message) : apply_peer(worker, message, before, after);
}

static int do_peer_remove(void *data, struct channel_message *message)
{
    struct instance_worker *worker = data;
    const struct verb_peer_key *key = message->body;
    struct wanted *wanted = reconcile_wanted(worker->reconcile);
    _cleanup_(cleanup_wanted_peer) struct wanted_peer *before = NULL;

    if (worker->staged) {
        wanted_peer_free(wanted_take(worker->staged, &key->public_key));
        return worker_acknowledge(worker->channel, message, 0, NULL);
    }
    if (!wanted)
        return worker_acknowledge(worker->channel, message, -ENOTCONN, "nothing is wanted yet");
    before = wanted_take(wanted, &key->public_key);
    if (!before)
        return worker_acknowledge(worker->channel, message, 0, NULL);
    return apply_peer(worker, message, before, NULL);
}

/* ---- the firewall ---- */

/* Those that are told to come into the kernel with others wait for the last of them. */
static int change_rules(struct instance_worker *worker, struct channel_message *message,
                        struct rule *removed, bool more)
{
    bool look = false;
    int r = 0;

    if (removed || !more)
        r = reconcile_rules(worker->reconcile, removed, &look);
    if (look)
        drift_hint(worker->drift);
    return worker_acknowledge(worker->channel, message, r, "rules");
}

static int do_rule_set(void *data, struct channel_message *message)
{
    struct instance_worker *worker = data;
    const struct verb_filter *wanted = message->body;
    struct wanted *to = worker->staged ? worker->staged : reconcile_wanted(worker->reconcile);
    struct rule *rule;
    const char *reason;
    int r;

    if (!to)
        return worker_acknowledge(worker->channel, message, -ENOTCONN, "nothing is wanted yet");
    r = admission_check_rule(wanted, &reason);
    if (r == 0) {
        reason = "the rule before it is not there";
        r = rule_list_put(wanted_rules(to), wanted, &rule);
    }
    if (r < 0) {
        log_warning("rule %s refused: %s", wanted->id, reason);
        worker->staged_failed += worker->staged != NULL;
    }
    if (r < 0 || worker->staged)
        return worker_acknowledge(worker->channel, message, r, reason);
    return change_rules(worker, message, NULL, wanted->flags & RULE_MORE);
}

static int do_rule_remove(void *data, struct channel_message *message)
{
    struct instance_worker *worker = data;
    const struct verb_filter_id *wanted = message->body;
    struct wanted *from = worker->staged ? worker->staged : reconcile_wanted(worker->reconcile);
    struct rule *rule;

    if (!from)
        return worker_acknowledge(worker->channel, message, -ENOTCONN, "nothing is wanted yet");
    rule = rule_list_take(wanted_rules(from), wanted->id);
    if (!rule || worker->staged) {
        rule_free(rule);
        return worker_acknowledge(worker->channel, message, 0, NULL);
    }
    return change_rules(worker, message, rule, false);
}

struct hits_part {
    struct instance_worker *worker;
    const struct channel_header *header;
    struct verb_hit *rules;
    uint32_t count;
};

static int send_hits(struct hits_part *part)
{
    struct verb_hits hits = {.count = part->count};
    size_t size = part->count * sizeof(part->rules[0]);

    part->count = 0;
    return channel_send(part->worker->channel, VERB_HITS_PART, part->header->request,
                        part->header->generation, &hits, sizeof(hits), part->rules, size, NULL, 0);
}

static int add_hits(const char *id, uint64_t count, void *data)
{
    struct hits_part *part = data;
    struct verb_hit *hits = &part->rules[part->count++];

    *hits = (struct verb_hit){.hits = count};
    memcpy(hits->id, id, ID_MAX);
    return part->count == VERB_HITS_MAX ? send_hits(part) : 0;
}

static int do_hits(void *data, struct channel_message *message)
{
    struct instance_worker *worker = data;
    struct hits_part part = {.worker = worker, .header = &message->header};
    struct verb_status end = {0};

    part.rules = memory_zero(VERB_HITS_MAX * sizeof(part.rules[0]));
    end.status = rule_table_hits(reconcile_rule_table(worker->reconcile), add_hits, &part);
    if (end.status == 0 && part.count > 0)
        end.status = send_hits(&part);
    free(part.rules);
    return channel_send_plain(worker->channel, VERB_HITS_END, message->header.request,
                              message->header.generation, &end, sizeof(end));
}

/* ---- figures ---- */

static int send_stats(struct instance_worker *worker, const struct channel_header *header,
                      const struct verb_peer_stats *peers, uint32_t count)
{
    struct verb_stats stats = {.count = count};

    return channel_send(worker->channel, VERB_STATS_PART, header->request, header->generation,
                        &stats, sizeof(stats), peers, count * sizeof(*peers), NULL, 0);
}

static int send_link_stats(struct instance_worker *worker, unsigned link,
                           const struct channel_header *header)
{
    _cleanup_wireguard_state_ struct wireguard_state state = {0};
    struct verb_peer_stats part[VERB_STATS_MAX] = {0};
    uint32_t count = 0;
    int r = wireguard_read(reconcile_wireguard(worker->reconcile, link), &state);

    for (size_t i = 0; i < state.peer_count && r == 0; i++) {
        const struct wireguard_peer *peer = &state.peers[i];

        /* Nothing has ever come of the others. */
        if (!peer->handshake_at && !peer->received && !peer->sent)
            continue;
        part[count++] = (struct verb_peer_stats){
            .public_key = peer->public_key,
            .endpoint = peer->endpoint,
            .received = peer->received,
            .sent = peer->sent,
            .handshake_at = peer->handshake_at,
        };
        if (count == VERB_STATS_MAX) {
            r = send_stats(worker, header, part, count);
            count = 0;
        }
    }
    return r == 0 && count > 0 ? send_stats(worker, header, part, count) : r;
}

static int send_all_stats(struct instance_worker *worker, const struct channel_header *header)
{
    int result = reconcile_wireguard(worker->reconcile, 0) ? 0 : -ENODEV;

    for (unsigned link = 0; link < reconcile_wireguard_count(worker->reconcile); link++) {
        int r = reconcile_wireguard(worker->reconcile, link) ? send_link_stats(worker, link, header)
                                                             : 0;

        if (result == 0)
            result = r;
    }
    return result;
}

static int do_stats(void *data, struct channel_message *message)
{
    struct instance_worker *worker = data;
    struct verb_status end = {.status = send_all_stats(worker, &message->header)};

    if (end.status == -EPIPE)
        end.status = -ENODEV;
    return channel_send_plain(worker->channel, VERB_STATS_END, message->header.request,
                              message->header.generation, &end, sizeof(end));
}

/* ---- the worker ---- */

static const struct worker_verb verbs[] = {
    {VERB_WIREGUARD_SOCKET, do_wireguard_socket},
    {VERB_APPLY_BEGIN, do_apply_begin},
    {VERB_APPLY_END, do_apply_end},
    {VERB_INSTANCE_SET, do_instance_set},
    {VERB_PEER_SET, do_peer_set},
    {VERB_PEER_REMOVE, do_peer_remove},
    {VERB_FILTER_SET, do_rule_set},
    {VERB_FILTER_REMOVE, do_rule_remove},
    {VERB_STATS, do_stats},
    {VERB_HITS, do_hits},
    {VERB_RESYNC, do_resync},
};

static void on_ready(struct channel *channel, void *data)
{
    ((struct instance_worker *)data)->channel = channel;
}

static int open_worker(struct instance_worker *worker)
{
    struct drift_scope scope = {.routes = true};
    int r;

    r = sd_event_new(&worker->event);
    if (r >= 0)
        r = sd_event_add_time(worker->event, &worker->call_timer, CLOCK_MONOTONIC, 0,
                              CALL_ACCURACY_US, on_call_timer, worker);
    if (r >= 0)
        r = sd_event_source_set_enabled(worker->call_timer, SD_EVENT_OFF);
    if (r >= 0)
        r = reconcile_new(on_peer_failed, worker, &worker->reconcile);
    if (r < 0)
        return r;
    scope.port = reconcile_port(worker->reconcile);
    scope.sets = reconcile_sets(worker->reconcile);
    return drift_new(worker->event, &scope, on_drift, worker, &worker->drift);
}

int instance_worker_run(int channel_fd)
{
    static const struct worker_program program = {
        .role = ROLE_NET,
        .verbs = verbs,
        .verb_count = ELEMENTS(verbs),
        .ready = on_ready,
    };
    _cleanup_close_ int fd = channel_fd;
    struct instance_worker worker = {0};
    int r;

    r = open_worker(&worker);
    if (r >= 0)
        r = worker_run(worker.event, TAKE_FD(fd), &program, &worker);
    drift_free(worker.drift);
    reconcile_free(worker.reconcile);
    wanted_free(worker.staged);
    sd_event_source_disable_unref(worker.call_timer);
    sd_event_unref(worker.event);
    return r;
}
