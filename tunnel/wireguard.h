/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One WireGuard device as seen by an instance's worker, behind one interface with two
 * implementations: the kernel's (generic netlink, in the calling process's namespace) and
 * wireguard-go's (its configuration socket). Plain data in, plain data out; the difference between
 * wanted and observed is computed by a pure function.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hub/base/address.h"
#include "hub/base/key.h"

struct wireguard_peer {
    struct key public_key;
    struct key preshared_key; /* zero = none */
    struct endpoint endpoint; /* family 0 = none known */
    uint16_t keepalive;
    uint32_t allowed_count;
    /* Sorted by prefix_compare, without host bits; points into the state's own memory. A prefix
     * belongs to one peer alone: WireGuard takes it from the one that had it before. */
    struct prefix *allowed;
    /* observed only */
    int64_t handshake_at; /* CLOCK_REALTIME seconds, 0 = never */
    uint64_t received, sent;
};

/* A device with its peers, sorted by public key (memcmp). Owns all that it points to. */
struct wireguard_state {
    bool has_private_key;
    struct key private_key;
    uint16_t listen_port;
    struct wireguard_peer *peers;
    size_t peer_count;
    size_t peer_size;
    struct wireguard_block *blocks; /* what the peers' `allowed` point into */
};

void wireguard_state_done(struct wireguard_state *state); /* wipes */
/* A zeroed peer at the end with room for `allowed_count` prefixes: the caller fills
 * peer->allowed[peer->allowed_count++]. Good until the next peer is added. */
struct wireguard_peer *wireguard_state_add(struct wireguard_state *state, size_t allowed_count);
/* The peers, and each one's allowed prefixes, which lose host bits and doubles. Everything below
 * wants a sorted state. */
void wireguard_state_sort(struct wireguard_state *state);
struct wireguard_peer *wireguard_state_find(const struct wireguard_state *state,
                                            const struct key *public_key);
#define _cleanup_wireguard_state_ __attribute__((cleanup(wireguard_state_done)))

/* ---- the difference: pure ---- */

enum {
    WIREGUARD_SET_PRESHARED = 1 << 0, /* also to zero: takes it away */
    WIREGUARD_SET_ENDPOINT = 1 << 1,  /* only on peers that are added */
    WIREGUARD_SET_KEEPALIVE = 1 << 2, /* also to 0 */
    WIREGUARD_REPLACE_ALLOWED = 1 << 3,
    WIREGUARD_REMOVE = 1 << 4,
    WIREGUARD_ADD = 1 << 5,
    WIREGUARD_ADD_ALLOWED = 1 << 6, /* there are only new ones: what was there is not touched */
};

struct wireguard_change {
    const struct wireguard_peer *peer; /* into `wanted`; into `observed` for a removal */
    unsigned what;
};

struct wireguard_changes {
    bool set_private_key;
    bool set_listen_port;
    /* Removals first: an allowed prefix can move from one peer to another in one go. */
    struct wireguard_change *items;
    size_t count, size;
};

void wireguard_changes_done(struct wireguard_changes *changes);
/* What makes `observed` into `wanted`. Never an endpoint for a peer that exists. */
void wireguard_diff(const struct wireguard_state *wanted, const struct wireguard_state *observed,
                    struct wireguard_changes *ret_changes);

/* ---- the device ---- */

struct wireguard; /* opaque */

/* The kernel's `name` in this namespace. -ENODEV: there is no such WireGuard link; -ENOTSUP: the
 * kernel has no WireGuard. */
int wireguard_open_kernel(const char *name, struct wireguard **ret_wireguard);
/* wireguard-go through its connected configuration socket; owns `fd` from now on. */
int wireguard_open_userspace(int fd, struct wireguard **ret_wireguard);
struct wireguard *wireguard_free(struct wireguard *wireguard);

/* -ENODEV: no such device; -EPIPE: wireguard-go is gone; -EBADMSG: it answered nonsense;
 * -ETIMEDOUT: it did not answer for seconds. After the last two its socket is closed, and all that
 * follows is -EPIPE. Sorted. */
int wireguard_read(struct wireguard *wireguard, struct wireguard_state *ret_state);

/* Writes the changes, device first, in batches. A peer that is refused does not keep others from
 * being applied: each is told to `failed` (may be NULL), and the first error is returned at the
 * end. A refused addition leaves nothing of the peer behind. `wanted` supplies private key and
 * port. */
typedef void (*wireguard_failed)(const struct key *public_key, int error, void *data);
int wireguard_write(struct wireguard *wireguard, const struct wireguard_state *wanted,
                    const struct wireguard_changes *changes, wireguard_failed failed, void *data);

/* ---- pure parser of wireguard-go's answer, fuzzed ---- */

/* The whole text of an answer to "get=1", up to and with its empty line. -EBADMSG: not its grammar;
 * -errno: the error it reports. Unknown keys are skipped. */
int wireguard_uapi_parse(const char *text, size_t size, struct wireguard_state *ret_state);
