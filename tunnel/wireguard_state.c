/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "tunnel/wireguard.h"

enum {
    PEERS_AT_FIRST = 4,
    BLOCK_AT_FIRST = 16,
    BLOCK_MAX = 4096,
};

/* Prefixes of many peers in one allocation; never moved, since peers point into it. */
struct wireguard_block {
    struct wireguard_block *next;
    size_t used;
    size_t size;
    struct prefix items[];
};

void wireguard_state_done(struct wireguard_state *state)
{
    for (struct wireguard_block *next, *block = state->blocks; block; block = next) {
        next = block->next;
        free(block);
    }
    if (state->peers)
        explicit_bzero(state->peers, state->peer_count * sizeof(*state->peers));
    free(state->peers);
    explicit_bzero(state, sizeof(*state));
}

/* Not realloc(): it would leave preshared keys behind. */
static void grow_peers(struct wireguard_state *state)
{
    size_t size = state->peer_size ? state->peer_size + state->peer_size / 2 : PEERS_AT_FIRST;
    struct wireguard_peer *peers = memory_zero(size * sizeof(*peers));

    if (state->peers) {
        memcpy(peers, state->peers, state->peer_count * sizeof(*peers));
        explicit_bzero(state->peers, state->peer_count * sizeof(*peers));
        free(state->peers);
    }
    state->peers = peers;
    state->peer_size = size;
}

static struct prefix *take_prefixes(struct wireguard_state *state, size_t count)
{
    struct wireguard_block *block = state->blocks;

    if (count == 0)
        return NULL;
    if (!block || block->size - block->used < count) {
        size_t size = block ? block->size * 2 : BLOCK_AT_FIRST;

        if (size > BLOCK_MAX)
            size = BLOCK_MAX;
        if (size < count)
            size = count;
        block = memory_zero(sizeof(*block) + size * sizeof(block->items[0]));
        block->size = size;
        block->next = state->blocks;
        state->blocks = block;
    }
    block->used += count;
    return &block->items[block->used - count];
}

struct wireguard_peer *wireguard_state_add(struct wireguard_state *state, size_t allowed_count)
{
    struct wireguard_peer *peer;

    if (state->peer_count == state->peer_size)
        grow_peers(state);
    peer = &state->peers[state->peer_count++];
    peer->allowed = take_prefixes(state, allowed_count);
    return peer;
}

static int compare_prefixes(const void *a, const void *b)
{
    return prefix_compare(a, b);
}

static int compare_peers(const void *a, const void *b)
{
    const struct wireguard_peer *left = a, *right = b;

    return memcmp(&left->public_key, &right->public_key, sizeof(left->public_key));
}

static void sort_allowed(struct wireguard_peer *peer)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < peer->allowed_count; i++)
        if (prefix_valid(&peer->allowed[i]))
            peer->allowed[i] = prefix_network(&peer->allowed[i]);
    if (peer->allowed_count > 1)
        qsort(peer->allowed, peer->allowed_count, sizeof(*peer->allowed), compare_prefixes);
    for (uint32_t i = 0; i < peer->allowed_count; i++)
        if (kept == 0 || !prefix_equal(&peer->allowed[kept - 1], &peer->allowed[i]))
            peer->allowed[kept++] = peer->allowed[i];
    peer->allowed_count = kept;
}

void wireguard_state_sort(struct wireguard_state *state)
{
    for (size_t i = 0; i < state->peer_count; i++)
        sort_allowed(&state->peers[i]);
    if (state->peer_count > 1)
        qsort(state->peers, state->peer_count, sizeof(*state->peers), compare_peers);
}

struct wireguard_peer *wireguard_state_find(const struct wireguard_state *state,
                                            const struct key *public_key)
{
    struct wireguard_peer wanted = {.public_key = *public_key};

    if (state->peer_count == 0)
        return NULL;
    return bsearch(&wanted, state->peers, state->peer_count, sizeof(*state->peers), compare_peers);
}
