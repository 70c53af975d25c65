/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "hub/base/address.h"
#include "tunnel/wireguard.h"
#include "tunnel/wireguard_uapi.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct wireguard_state *state)
{
    for (size_t i = 0; i < state->peer_count; i++) {
        const struct wireguard_peer *peer = &state->peers[i];

        if (wireguard_state_find(state, &peer->public_key) != peer)
            abort();
        for (uint32_t j = 0; j < peer->allowed_count; j++)
            if (!prefix_valid(&peer->allowed[j]) || prefix_has_host_bits(&peer->allowed[j]))
                abort();
    }
}

/* What was read differs from nothing by all its peers, and from itself by none. */
static void check_difference(const struct wireguard_state *state)
{
    struct wireguard_state empty = {0};
    struct wireguard_changes changes;

    wireguard_diff(state, &empty, &changes);
    if (changes.count != state->peer_count)
        abort();
    wireguard_changes_done(&changes);
    wireguard_diff(state, state, &changes);
    if (changes.count || changes.set_listen_port || changes.set_private_key)
        abort();
    wireguard_changes_done(&changes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wireguard_state state = {0};
    int error;

    wireguard_uapi_parse_status((const char *)data, size, &error);
    if (wireguard_uapi_parse((const char *)data, size, &state) == 0) {
        check(&state);
        check_difference(&state);
    }
    wireguard_state_done(&state);
    return 0;
}
