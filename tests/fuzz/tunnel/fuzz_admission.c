/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An instance and a row of peers as the engine would send them: what is let in is taken in, changed
 * and drawn as WireGuard peers, routes and set elements, which must not contradict each other.
 */
#include <stdlib.h>
#include <string.h>

#include "tunnel/admission.h"
#include "tunnel/projection.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PORTS_MAX = 64 };
static _Alignas(
    16) char instance_space[sizeof(struct verb_instance) + PORTS_MAX * sizeof(uint16_t)];
static _Alignas(16) char space[sizeof(struct verb_peer) + 256 * sizeof(struct prefix)];

static const uint8_t *take(const uint8_t **data, size_t *size, size_t count)
{
    const uint8_t *taken = *data;

    if (*size < count)
        return NULL;
    *data += count;
    *size -= count;
    return taken;
}

/* The input says how many ports; they follow. */
static const struct verb_instance *take_instance(const uint8_t **data, size_t *size)
{
    struct verb_instance *instance = (void *)instance_space;
    const uint8_t *fixed = take(data, size, sizeof(*instance));
    const uint8_t *ports;

    if (!fixed)
        return NULL;
    memcpy(instance, fixed, sizeof(*instance));
    instance->pushed_count = 0;
    instance->port_count &= PORTS_MAX - 1;
    ports = take(data, size, instance->port_count * sizeof(uint16_t));
    if (!ports)
        return NULL;
    memcpy(instance->pushed, ports, instance->port_count * sizeof(uint16_t));
    return instance;
}

/* The input says how many prefixes; they follow. */
static const struct verb_peer *take_peer(const uint8_t **data, size_t *size)
{
    struct verb_peer *peer = (void *)space;
    const uint8_t *fixed = take(data, size, sizeof(*peer));
    const uint8_t *prefixes;

    if (!fixed)
        return NULL;
    memcpy(peer, fixed, sizeof(*peer));
    peer->prefix_count &= 0xff;
    prefixes = take(data, size, peer->prefix_count * sizeof(struct prefix));
    if (!prefixes)
        return NULL;
    memcpy(peer->prefixes, prefixes, peer->prefix_count * sizeof(struct prefix));
    return peer;
}

/* Nothing leads nowhere but the tunnel addresses of OpenVPN's peers that are not connected, which
 * the tunnel network's route would else lead to WireGuard. */
static void check_unreachable(const struct routes *routes, size_t expected)
{
    for (size_t i = 0; i < routes->count; i++) {
        const struct route *route = &routes->items[i];

        if (route->metric != ROUTE_METRIC || route->index != 0)
            continue;
        if (route->prefix.length != address_bits(&route->prefix.address) || expected-- == 0)
            abort();
    }
}

static void draw(const struct wanted *wanted)
{
    _cleanup_wireguard_state_ struct wireguard_state state = {0};
    _cleanup_routes_ struct routes routes = {0};
    _cleanup_route_changes_ struct route_changes changes = {0};
    _cleanup_nft_elements_ struct nft_elements elements = {0};
    _cleanup_nft_changes_ struct nft_changes element_changes = {0};
    struct projection_links links = {
        .wireguard = {(uint32_t[]){3}, 1}, .up0 = 4, .openvpn = {(uint32_t[]){5, 0, 7}, 3}};
    _cleanup_nft_translations_ struct nft_translations translations = {0};
    size_t position = 0;
    size_t of_wireguard = 0;
    size_t unreachable = 0;
    const struct wanted_peer *peer;

    projection_translations(wanted, &links, &translations);
    projection_device(wanted, 0, &state);
    projection_routes(wanted, &links, &routes);
    projection_elements(wanted, &elements);
    while ((peer = wanted_next(wanted, &position))) {
        of_wireguard += wanted_peer_is_wireguard(peer);
        if (!wanted_peer_is_wireguard(peer) && !projection_peer_link(peer, &links))
            unreachable += peer->tunnel_count;
        projection_peer_device(wanted, peer, peer, peer->link, &state);
        projection_peer_routes(wanted, peer, peer, &links, &routes);
        projection_peer_elements(wanted, peer, peer, &elements);
    }
    wireguard_state_sort(&state);
    if (state.peer_count != of_wireguard)
        abort();
    routes_sort(&routes);
    check_unreachable(&routes, unreachable);
    routes_diff(&routes, &routes, &changes);
    nft_elements_sort(&elements);
    nft_elements_diff(&elements, &elements, 0, &element_changes);
    if (changes.count + element_changes.added_count + element_changes.removed_count > 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct verb_instance *instance = take_instance(&data, &size);
    const struct verb_peer *peer;
    struct wanted *wanted;
    const char *reason;

    if (!instance || admission_check_instance(instance, &reason) < 0)
        return 0;
    wanted = wanted_new(instance);
    while ((peer = take_peer(&data, &size))) {
        if (admission_check_peer(instance, peer, &reason) < 0)
            continue;
        if (peer->keepalive & 1)
            wanted_peer_free(wanted_take(wanted, &peer->public_key));
        else
            wanted_peer_free(wanted_put(wanted, wanted_peer_new(peer)));
    }
    draw(wanted);
    wanted_free(wanted);
    return 0;
}
