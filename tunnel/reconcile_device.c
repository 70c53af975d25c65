/* SPDX-License-Identifier: GPL-2.0-or-later */
/* WireGuard's devices and their peers. A peer whose address is known is called when it is new
 * there: it gets a keepalive for a while, so that it is connected before it has something to send.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "hub/base/log.h"
#include "tunnel/reconcile_parts.h"

#define CALL_TIME_US (10 * UINT64_C(1000000))

static void add_keepalive(struct wireguard_changes *changes, const struct wireguard_peer *peer)
{
    changes->items = reallocarray(changes->items, changes->count + 1, sizeof(*changes->items));
    if (!changes->items)
        abort();
    changes->items[changes->count++] =
        (struct wireguard_change){.peer = peer, .what = WIREGUARD_SET_KEEPALIVE};
    changes->size = changes->count;
}

static void begin_call(struct wanted_peer *peer, struct wireguard_peer *target,
                       struct wireguard_change *change)
{
    if (!(change->what & WIREGUARD_ADD) || target->endpoint.address.family == AF_UNSPEC ||
        target->keepalive > 0)
        return;
    target->keepalive = PROJECTION_CALL_KEEPALIVE;
    change->what |= WIREGUARD_SET_KEEPALIVE;
    peer->calling_until = clock_monotonic_us() + CALL_TIME_US;
}

/* Changes point into `state`, which is ours to write. */
static void begin_calls(struct wanted *wanted, struct wireguard_state *state,
                        struct wireguard_changes *changes)
{
    for (size_t i = 0; i < changes->count; i++) {
        struct wireguard_change *change = &changes->items[i];

        if (change->what & WIREGUARD_ADD)
            begin_call(wanted_find(wanted, &change->peer->public_key),
                       &state->peers[change->peer - state->peers], change);
    }
}

/* The kernel forgets every session of a link that goes down, and the devices go on with theirs
 * until their own timers tell them, after 15 s. It still knows where they are. */
static void call_again(struct wanted *wanted, struct wireguard_state *state,
                       const struct wireguard_state *observed, struct wireguard_changes *changes)
{
    for (size_t i = 0; i < state->peer_count; i++) {
        struct wireguard_peer *peer = &state->peers[i];
        const struct wireguard_peer *there = wireguard_state_find(observed, &peer->public_key);

        if (there && there->endpoint.address.family != AF_UNSPEC && there->keepalive == 0 &&
            peer->keepalive == 0) {
            peer->keepalive = PROJECTION_CALL_KEEPALIVE;
            wanted_find(wanted, &peer->public_key)->calling_until =
                clock_monotonic_us() + CALL_TIME_US;
            add_keepalive(changes, peer);
        }
    }
}

struct failures {
    struct reconcile *reconcile;
    uint32_t count;
};

static void peer_refused(const struct key *public_key, int error, void *data)
{
    struct failures *failures = data;

    failures->count++;
    failures->reconcile->failed(public_key, error, failures->reconcile->data);
}

static void count_changes(const struct wireguard_changes *changes, struct verb_applied *applied)
{
    uint32_t device = (uint32_t)changes->set_private_key + changes->set_listen_port;

    applied->writes += (uint32_t)changes->count + device;
    applied->changed += device;
    for (size_t i = 0; i < changes->count; i++) {
        if (changes->items[i].what & WIREGUARD_REMOVE)
            applied->removed++;
        else if (changes->items[i].what & WIREGUARD_ADD)
            applied->added++;
        else
            applied->changed++;
    }
}

static int apply_device(struct reconcile *reconcile, unsigned link, struct verb_applied *applied)
{
    struct wireguard *wireguard = reconcile_wireguard(reconcile, link);
    _cleanup_wireguard_state_ struct wireguard_state wanted = {0};
    _cleanup_wireguard_state_ struct wireguard_state observed = {0};
    _cleanup_(wireguard_changes_done) struct wireguard_changes changes = {0};
    struct failures failures = {.reconcile = reconcile};
    int64_t now = clock_milliseconds();
    size_t position = 0;
    const struct wanted_peer *peer;
    int r;

    if (!wireguard)
        return -ENODEV;
    r = wireguard_read(wireguard, &observed);
    if (r < 0)
        return r;
    projection_device(reconcile->wanted, link, &wanted);
    while ((peer = wanted_next(reconcile->wanted, &position)))
        if (wanted_peer_is_live(peer, now))
            projection_peer_device(reconcile->wanted, peer, peer, link, &wanted);
    wireguard_state_sort(&wanted);
    wireguard_diff(&wanted, &observed, &changes);
    begin_calls(reconcile->wanted, &wanted, &changes);
    if (link_set_has(&reconcile->was_down, link))
        call_again(reconcile->wanted, &wanted, &observed, &changes);
    link_set_remove(&reconcile->was_down, link);
    count_changes(&changes, applied);
    r = wireguard_write(wireguard, &wanted, &changes, peer_refused, &failures);
    applied->failed += failures.count;
    /* Peers that were refused are told one by one; the rest stands. */
    return failures.count > 0 && r != -EPIPE && r != -ENODEV ? 0 : r;
}

void reconcile_devices(struct reconcile *reconcile, struct report *report)
{
    struct verb_applied *applied = report->applied;

    for (unsigned link = 0; link < projection_link_count(reconcile->wanted); link++) {
        int r;

        if (!reconcile_has_link(reconcile, link))
            continue;
        r = apply_device(reconcile, link, applied);
        if (r == -EPIPE || r == -ENODEV) {
            r = -ENODEV;
            applied->link_missing = 1;
        }
        reconcile_report_wireguard(reconcile, link, report, r, "WireGuard");
    }
}

/* ---- one peer ---- */

static int peer_device(struct reconcile *reconcile, unsigned link, const struct peer_change *change)
{
    _cleanup_wireguard_state_ struct wireguard_state wanted = {0};
    _cleanup_wireguard_state_ struct wireguard_state observed = {0};
    _cleanup_(wireguard_changes_done) struct wireguard_changes changes = {0};
    int r;

    projection_device(reconcile->wanted, link, &wanted);
    projection_device(reconcile->wanted, link, &observed);
    if (change->before)
        projection_peer_device(reconcile->wanted, change->before, change->holder, link, &observed);
    if (change->after)
        projection_peer_device(reconcile->wanted, change->after, change->holder, link, &wanted);
    wireguard_state_sort(&wanted);
    wireguard_state_sort(&observed);
    wireguard_diff(&wanted, &observed, &changes);
    begin_calls(reconcile->wanted, &wanted, &changes);
    if (!reconcile_wireguard(reconcile, link))
        return -ENODEV;
    r = wireguard_write(reconcile_wireguard(reconcile, link), &wanted, &changes, NULL, NULL);
    return r == -EPIPE ? -ENODEV : r;
}

static const struct wanted_peer *of_wireguard(const struct wanted_peer *peer)
{
    return peer && wanted_peer_is_wireguard(peer) ? peer : NULL;
}

int reconcile_device_peer(struct reconcile *reconcile, const struct peer_change *change)
{
    const struct wanted_peer *before = of_wireguard(change->before);
    const struct wanted_peer *after = of_wireguard(change->after);
    int r = 0;

    /* A link that is no longer wanted goes with all that is in its device. */
    if (before && (!after || after->link != before->link) &&
        reconcile_has_link(reconcile, before->link))
        r = peer_device(reconcile, before->link, change);
    if (after && r == 0)
        r = peer_device(reconcile, after->link, change);
    return r;
}

/* ---- calls that end ---- */

static bool is_over(const struct wanted_peer *peer, uint64_t now)
{
    return peer->calling_until != 0 && peer->calling_until <= now;
}

static void end_calls_of(struct reconcile *reconcile, unsigned link, uint64_t now)
{
    _cleanup_wireguard_state_ struct wireguard_state state = {0};
    _cleanup_(wireguard_changes_done) struct wireguard_changes changes = {0};
    size_t position = 0;
    struct wanted_peer *peer;
    int r;

    while ((peer = wanted_next(reconcile->wanted, &position))) {
        if (peer->link != link || !is_over(peer, now))
            continue;
        peer->calling_until = 0;
        if (wanted_peer_is_live(peer, clock_milliseconds()))
            projection_peer_device(reconcile->wanted, peer, peer, link, &state);
    }
    if (state.peer_count == 0 || !reconcile_wireguard(reconcile, link))
        return;
    projection_device(reconcile->wanted, link, &state);
    for (size_t i = 0; i < state.peer_count; i++)
        add_keepalive(&changes, &state.peers[i]);
    r = wireguard_write(reconcile_wireguard(reconcile, link), &state, &changes, NULL, NULL);
    if (r < 0)
        log_warning("keepalive not taken back: %s, ignoring until the next resync", strerror(-r));
}

void reconcile_end_calls(struct reconcile *reconcile, uint64_t *ret_next)
{
    uint64_t now = clock_monotonic_us();
    struct link_set links = {0};
    size_t position = 0;
    const struct wanted_peer *peer;

    *ret_next = 0;
    while (reconcile->wanted && (peer = wanted_next(reconcile->wanted, &position))) {
        if (peer->calling_until > now && (*ret_next == 0 || peer->calling_until < *ret_next))
            *ret_next = peer->calling_until;
        if (is_over(peer, now))
            link_set_add(&links, peer->link);
    }
    for (unsigned link = link_set_next(&links, 0); link < LINK_COUNT;
         link = link_set_next(&links, link + 1))
        end_calls_of(reconcile, link, now);
}
