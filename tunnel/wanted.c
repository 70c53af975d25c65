/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tunnel/wanted.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"

enum { TABLE_FIRST_SIZE = 64 };

/* Who holds a prefix. */
struct holding {
    struct wanted_peer *peer; /* NULL = free slot */
    uint32_t index;           /* into peer->prefixes */
};

struct wanted {
    struct verb_instance *instance;
    struct rule_list *rules;
    /* Open addressing with linear probing; sizes are powers of two. */
    struct wanted_peer **peers;
    size_t peer_count, peer_size;
    struct holding *holdings;
    size_t holding_count, holding_size;
    size_t expiring_count; /* of WireGuard's */
    uint8_t seed[crypto_shorthash_KEYBYTES];
};

static struct verb_instance *copy_instance(const struct verb_instance *instance)
{
    size_t size = verb_instance_size(instance);

    return memcpy(memory_zero(size), instance, size);
}

struct wanted *wanted_new(const struct verb_instance *instance)
{
    struct wanted *wanted = memory_zero(sizeof(*wanted));

    wanted->instance = copy_instance(instance);
    wanted->rules = rule_list_new();
    wanted->peer_size = wanted->holding_size = TABLE_FIRST_SIZE;
    wanted->peers = memory_zero(wanted->peer_size * sizeof(*wanted->peers));
    wanted->holdings = memory_zero(wanted->holding_size * sizeof(*wanted->holdings));
    randombytes_buf(wanted->seed, sizeof(wanted->seed));
    return wanted;
}

struct wanted *wanted_free(struct wanted *wanted)
{
    if (!wanted)
        return NULL;
    for (size_t i = 0; i < wanted->peer_size; i++)
        wanted_peer_free(wanted->peers[i]);
    key_wipe(&wanted->instance->private_key);
    free(wanted->instance);
    rule_list_free(wanted->rules);
    free(wanted->peers);
    free(wanted->holdings);
    free(wanted);
    return NULL;
}

const struct verb_instance *wanted_instance(const struct wanted *wanted)
{
    return wanted->instance;
}

struct rule_list *wanted_rules(const struct wanted *wanted)
{
    return wanted->rules;
}

void wanted_set_instance(struct wanted *wanted, const struct verb_instance *instance)
{
    key_wipe(&wanted->instance->private_key);
    free(wanted->instance);
    wanted->instance = copy_instance(instance);
}

struct wanted_peer *wanted_peer_new(const struct verb_peer *peer)
{
    size_t size = peer->prefix_count * sizeof(peer->prefixes[0]);
    struct wanted_peer *copy = memory_zero(sizeof(*copy) + size);

    copy->public_key = peer->public_key;
    if (peer->flags & PEER_HAS_PRESHARED_KEY)
        copy->preshared_key = peer->preshared_key;
    if (peer->flags & PEER_HAS_ENDPOINT)
        copy->endpoint = peer->endpoint;
    copy->expires_at = peer->expires_at;
    copy->keepalive = peer->keepalive;
    copy->flags = peer->flags;
    copy->server = peer->server;
    copy->tunnel_count = peer->tunnel_count;
    copy->link = peer->link;
    copy->mapped_count = peer->mapped_count;
    copy->prefix_count = (uint8_t)(peer->prefix_count - peer->mapped_count);
    memcpy(copy->prefixes, peer->prefixes, size);
    return copy;
}

struct wanted_peer *wanted_peer_free(struct wanted_peer *peer)
{
    if (peer)
        key_wipe(&peer->preshared_key);
    free(peer);
    return NULL;
}

/* ---- the two tables ---- */

/* Keyed: whoever chooses public keys or addresses can't choose where they collide. */
static size_t hash(const struct wanted *wanted, const void *data, size_t size)
{
    uint64_t value;

    crypto_shorthash((uint8_t *)&value, data, size, wanted->seed);
    return (size_t)value;
}

/* The key's slot, or the free one where it would go. */
static size_t peer_slot(const struct wanted *wanted, const struct key *public_key)
{
    size_t mask = wanted->peer_size - 1;
    size_t slot = hash(wanted, public_key, sizeof(*public_key)) & mask;

    while (wanted->peers[slot] &&
           memcmp(&wanted->peers[slot]->public_key, public_key, sizeof(*public_key)) != 0)
        slot = (slot + 1) & mask;
    return slot;
}

static size_t holding_hash(const struct wanted *wanted, const struct prefix *prefix)
{
    return hash(wanted, prefix, sizeof(*prefix)) & (wanted->holding_size - 1);
}

static const struct prefix *held_prefix(const struct holding *holding)
{
    return &holding->peer->prefixes[holding->index];
}

static size_t holding_slot(const struct wanted *wanted, const struct prefix *prefix)
{
    size_t slot = holding_hash(wanted, prefix);

    while (wanted->holdings[slot].peer &&
           !prefix_equal(held_prefix(&wanted->holdings[slot]), prefix))
        slot = (slot + 1) & (wanted->holding_size - 1);
    return slot;
}

static void grow_peers(struct wanted *wanted)
{
    struct wanted_peer **old = wanted->peers;
    size_t old_size = wanted->peer_size;

    wanted->peer_size *= 2;
    wanted->peers = memory_zero(wanted->peer_size * sizeof(*wanted->peers));
    for (size_t i = 0; i < old_size; i++)
        if (old[i])
            wanted->peers[peer_slot(wanted, &old[i]->public_key)] = old[i];
    free(old);
}

static void grow_holdings(struct wanted *wanted)
{
    struct holding *old = wanted->holdings;
    size_t old_size = wanted->holding_size;

    wanted->holding_size *= 2;
    wanted->holdings = memory_zero(wanted->holding_size * sizeof(*wanted->holdings));
    for (size_t i = 0; i < old_size; i++)
        if (old[i].peer)
            wanted->holdings[holding_slot(wanted, held_prefix(&old[i]))] = old[i];
    free(old);
}

static void hold(struct wanted *wanted, struct wanted_peer *peer)
{
    for (uint32_t i = 0; i < peer->prefix_count; i++) {
        size_t slot;

        if (wanted->holding_count * 2 >= wanted->holding_size)
            grow_holdings(wanted);
        slot = holding_slot(wanted, &peer->prefixes[i]);
        wanted->holding_count += wanted->holdings[slot].peer == NULL;
        wanted->holdings[slot] = (struct holding){.peer = peer, .index = i};
    }
}

/* Moves up what probed past `slot`, so that no mark of a deleted one has to stay. */
static void release_slot(struct wanted *wanted, size_t slot)
{
    size_t mask = wanted->holding_size - 1;
    size_t next = slot;

    wanted->holding_count--;
    for (;;) {
        size_t home;

        next = (next + 1) & mask;
        if (!wanted->holdings[next].peer)
            break;
        home = holding_hash(wanted, held_prefix(&wanted->holdings[next]));
        if (((next - home) & mask) < ((next - slot) & mask))
            continue;
        wanted->holdings[slot] = wanted->holdings[next];
        slot = next;
    }
    wanted->holdings[slot] = (struct holding){0};
}

static void release(struct wanted *wanted, const struct wanted_peer *peer)
{
    for (uint32_t i = 0; i < peer->prefix_count; i++) {
        size_t slot = holding_slot(wanted, &peer->prefixes[i]);

        if (wanted->holdings[slot].peer == peer)
            release_slot(wanted, slot);
    }
}

size_t wanted_expiring_count(const struct wanted *wanted)
{
    return wanted->expiring_count;
}

bool wanted_peer_is_expiring(const struct wanted_peer *peer)
{
    return wanted_peer_is_wireguard(peer) && (peer->flags & PEER_EXPIRES);
}

struct wanted_peer *wanted_take(struct wanted *wanted, const struct key *public_key)
{
    size_t mask = wanted->peer_size - 1;
    size_t slot = peer_slot(wanted, public_key);
    size_t next = slot;
    struct wanted_peer *peer = wanted->peers[slot];

    if (!peer)
        return NULL;
    release(wanted, peer);
    wanted->peer_count--;
    wanted->expiring_count -= wanted_peer_is_expiring(peer);
    for (;;) {
        size_t home;

        next = (next + 1) & mask;
        if (!wanted->peers[next])
            break;
        home = hash(wanted, &wanted->peers[next]->public_key, KEY_SIZE) & mask;
        if (((next - home) & mask) < ((next - slot) & mask))
            continue;
        wanted->peers[slot] = wanted->peers[next];
        slot = next;
    }
    wanted->peers[slot] = NULL;
    return peer;
}

struct wanted_peer *wanted_put(struct wanted *wanted, struct wanted_peer *peer)
{
    struct wanted_peer *before = wanted_take(wanted, &peer->public_key);

    if (wanted->peer_count * 2 >= wanted->peer_size)
        grow_peers(wanted);
    wanted->peers[peer_slot(wanted, &peer->public_key)] = peer;
    wanted->peer_count++;
    wanted->expiring_count += wanted_peer_is_expiring(peer);
    hold(wanted, peer);
    return before;
}

struct wanted_peer *wanted_find(const struct wanted *wanted, const struct key *public_key)
{
    return wanted->peers[peer_slot(wanted, public_key)];
}

bool wanted_is_held(const struct wanted *wanted, const struct prefix *prefix,
                    const struct wanted_peer *peer)
{
    const struct wanted_peer *holder = wanted->holdings[holding_slot(wanted, prefix)].peer;

    return holder && holder != peer;
}

struct wanted_peer *wanted_next(const struct wanted *wanted, size_t *position)
{
    while (*position < wanted->peer_size) {
        struct wanted_peer *peer = wanted->peers[(*position)++];

        if (peer)
            return peer;
    }
    return NULL;
}

void wanted_peer_mappings(const struct wanted_peer *peer, wanted_mapping each, void *data)
{
    for (unsigned i = 0; i < peer->mapped_count; i++)
        each(&peer->prefixes[peer->prefix_count + i], &peer->prefixes[peer->tunnel_count + i],
             data);
}

bool wanted_peer_is_wireguard(const struct wanted_peer *peer)
{
    return !(peer->flags & PEER_OPENVPN);
}

bool wanted_peer_is_live(const struct wanted_peer *peer, int64_t now_ms)
{
    return !(peer->flags & PEER_EXPIRES) || peer->expires_at * 1000 > now_ms;
}
