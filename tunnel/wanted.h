/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the engine wants of an instance: the truth for its worker. Peers by public key, packed
 * tightly, and which peer holds a prefix: as in WireGuard, the last one to claim it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "hub/base/cleanup.h"
#include "hub/channel/verbs.h"
#include "tunnel/rule_list.h"

struct wanted_peer {
    struct key public_key;
    struct key preshared_key;
    int64_t expires_at;     /* CLOCK_REALTIME seconds, with PEER_EXPIRES */
    uint64_t calling_until; /* clock_monotonic_us(): until then the hub keeps calling it; 0 = not */
    struct endpoint endpoint;
    uint16_t keepalive;
    uint8_t flags;
    uint8_t tunnel_count;
    uint16_t server;      /* with PEER_OPENVPN */
    uint16_t link;        /* whose device and whose link it has */
    uint8_t prefix_count; /* as others see it */
    uint8_t mapped_count; /* of the subnets, the first ones that are mapped */
    /* At last, after prefix_count, the real ones of those that are mapped. */
    struct prefix prefixes[];
};

struct wanted; /* opaque */

struct wanted *wanted_new(const struct verb_instance *instance);
struct wanted *wanted_free(struct wanted *wanted); /* wipes */
const struct verb_instance *wanted_instance(const struct wanted *wanted);
struct rule_list *wanted_rules(const struct wanted *wanted);
/* A new description of the instance; the peers stay. */
void wanted_set_instance(struct wanted *wanted, const struct verb_instance *instance);

struct wanted_peer *wanted_peer_new(const struct verb_peer *peer);
struct wanted_peer *wanted_peer_free(struct wanted_peer *peer); /* wipes */
DEFINE_CLEANUP(struct wanted_peer *, wanted_peer_free, cleanup_wanted_peer)
/* Owns `peer` from now on; the one before, or NULL, is the caller's. */
struct wanted_peer *wanted_put(struct wanted *wanted, struct wanted_peer *peer);
/* Out of the table, to the caller; NULL = not found. */
struct wanted_peer *wanted_take(struct wanted *wanted, const struct key *public_key);
struct wanted_peer *wanted_find(const struct wanted *wanted, const struct key *public_key);
/* Does any peer but `peer` hold the prefix? */
bool wanted_is_held(const struct wanted *wanted, const struct prefix *prefix,
                    const struct wanted_peer *peer);
/* How many of WireGuard's peers have their time. */
size_t wanted_expiring_count(const struct wanted *wanted);
/* The peers one after another, from *position = 0 on; NULL at the end. */
struct wanted_peer *wanted_next(const struct wanted *wanted, size_t *position);

/* Calls `each` for the peer's mapped subnets. */
typedef void (*wanted_mapping)(const struct prefix *real, const struct prefix *mapped, void *data);
void wanted_peer_mappings(const struct wanted_peer *peer, wanted_mapping each, void *data);

/* Is it known to WireGuard? */
bool wanted_peer_is_wireguard(const struct wanted_peer *peer);
/* And has its time? */
bool wanted_peer_is_expiring(const struct wanted_peer *peer);
/* Its time has not come. */
bool wanted_peer_is_live(const struct wanted_peer *peer, int64_t now_ms);
