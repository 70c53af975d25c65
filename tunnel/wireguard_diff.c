/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "tunnel/wireguard.h"

void wireguard_changes_done(struct wireguard_changes *changes)
{
    free(changes->items);
    *changes = (struct wireguard_changes){0};
}

static void add_change(struct wireguard_changes *changes, const struct wireguard_peer *peer,
                       unsigned what)
{
    if (what == 0)
        return;
    if (changes->count == changes->size) {
        size_t size = changes->size ? changes->size * 2 : 16;
        struct wireguard_change *items = memory_zero(size * sizeof(*items));

        if (changes->items)
            memcpy(items, changes->items, changes->count * sizeof(*items));
        free(changes->items);
        changes->items = items;
        changes->size = size;
    }
    changes->items[changes->count++] = (struct wireguard_change){.peer = peer, .what = what};
}

/* Nothing, more prefixes, or other ones: replacing takes them all away for a moment, and with them
 * packets, so it is done only where one must go. */
static unsigned compare_allowed(const struct wireguard_peer *wanted,
                                const struct wireguard_peer *observed)
{
    uint32_t found = 0;

    for (uint32_t i = 0; i < wanted->allowed_count && found < observed->allowed_count; i++)
        if (prefix_equal(&wanted->allowed[i], &observed->allowed[found]))
            found++;
    if (found < observed->allowed_count)
        return WIREGUARD_REPLACE_ALLOWED;
    return wanted->allowed_count > found ? WIREGUARD_ADD_ALLOWED : 0;
}

static unsigned compare_peer(const struct wireguard_peer *wanted,
                             const struct wireguard_peer *observed)
{
    unsigned what = compare_allowed(wanted, observed);

    if (!key_equal(&wanted->preshared_key, &observed->preshared_key))
        what |= WIREGUARD_SET_PRESHARED;
    if (wanted->keepalive != observed->keepalive)
        what |= WIREGUARD_SET_KEEPALIVE;
    return what;
}

static unsigned new_peer(const struct wireguard_peer *wanted)
{
    unsigned what = WIREGUARD_ADD | WIREGUARD_REPLACE_ALLOWED;

    if (!key_is_zero(&wanted->preshared_key))
        what |= WIREGUARD_SET_PRESHARED;
    if (wanted->endpoint.address.family)
        what |= WIREGUARD_SET_ENDPOINT;
    if (wanted->keepalive)
        what |= WIREGUARD_SET_KEEPALIVE;
    return what;
}

/* Removals, then peers that lose prefixes, then all that only adds. */
static int change_rank(const struct wireguard_change *change)
{
    if (change->what & WIREGUARD_REMOVE)
        return 0;
    if (change->what & WIREGUARD_REPLACE_ALLOWED && !(change->what & WIREGUARD_ADD))
        return 1;
    return 2;
}

static int compare_changes(const void *a, const void *b)
{
    const struct wireguard_change *left = a, *right = b;
    int difference = change_rank(left) - change_rank(right);

    if (difference != 0)
        return difference;
    return memcmp(&left->peer->public_key, &right->peer->public_key, sizeof(struct key));
}

static const struct wireguard_peer *peer_at(const struct wireguard_state *state, size_t i)
{
    return i < state->peer_count ? &state->peers[i] : NULL;
}

/* The end of a state comes after every peer. */
static int compare_order(const struct wireguard_peer *a, const struct wireguard_peer *b)
{
    if (!a || !b)
        return !a - !b;
    return memcmp(&a->public_key, &b->public_key, sizeof(a->public_key));
}

void wireguard_diff(const struct wireguard_state *wanted, const struct wireguard_state *observed,
                    struct wireguard_changes *ret_changes)
{
    struct wireguard_changes changes = {
        .set_private_key =
            wanted->has_private_key && (!observed->has_private_key ||
                                        !key_equal(&wanted->private_key, &observed->private_key)),
        .set_listen_port = wanted->listen_port != 0 && wanted->listen_port != observed->listen_port,
    };
    size_t w = 0, o = 0;

    while (w < wanted->peer_count || o < observed->peer_count) {
        const struct wireguard_peer *want = peer_at(wanted, w), *have = peer_at(observed, o);
        int order = compare_order(want, have);

        if (order < 0)
            add_change(&changes, want, new_peer(want));
        else if (order > 0)
            add_change(&changes, have, WIREGUARD_REMOVE);
        else
            add_change(&changes, want, compare_peer(want, have));
        w += order <= 0;
        o += order >= 0;
    }
    if (changes.count > 1)
        qsort(changes.items, changes.count, sizeof(*changes.items), compare_changes);
    *ret_changes = changes;
}
