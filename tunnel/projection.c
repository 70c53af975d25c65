/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tunnel/projection.h"

#include <netinet/in.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/prefix_set.h"

/* Prefixes of peers that expire: they are told to the kernel again with each change of rules. */
enum { FAST_EXPIRING_MAX = 1024 };

/* Private destinations that no peer has end here, not in the uplink. */
static const struct prefix never_out[] = {
    {{AF_INET, {10}}, 8},       {{AF_INET, {172, 16}}, 12},  {{AF_INET, {192, 168}}, 16},
    {{AF_INET, {100, 64}}, 10}, {{AF_INET, {169, 254}}, 16}, {{AF_INET6, {0xfc}}, 7},
};

bool projection_has_openvpn(const struct wanted *wanted)
{
    struct port_span ports = verb_instance_openvpn(wanted_instance(wanted));

    for (size_t i = 0; i < ports.count; i++)
        if (ports.items[i])
            return true;
    return false;
}

uint16_t projection_port(const struct wanted *wanted, unsigned link)
{
    const struct verb_instance *instance = wanted_instance(wanted);

    return link ? port_span_get(verb_instance_links(instance), link) : instance->listen_port;
}

unsigned projection_link_count(const struct wanted *wanted)
{
    size_t count = verb_instance_links(wanted_instance(wanted)).count;

    return count > 0 ? (unsigned)count : 1;
}

void projection_fast_path(const struct wanted *wanted, const struct projection_links *links,
                          struct fast_path_spec *ret_spec)
{
    size_t expiring = wanted_expiring_count(wanted);
    size_t position = 0;
    const struct wanted_peer *peer;

    *ret_spec = (struct fast_path_spec){0};
    if (expiring > FAST_EXPIRING_MAX)
        return;
    for (unsigned link = 0; link < FAST_PATH_LINKS_MAX && link < links->wireguard.count; link++)
        ret_spec->links[link] = links->wireguard.items[link];
    while (expiring > 0 && (peer = wanted_next(wanted, &position)))
        for (uint32_t i = 0; wanted_peer_is_expiring(peer) && i < peer->prefix_count; i++)
            prefix_set_add(&ret_spec->expiring, &peer->prefixes[i]);
    if (ret_spec->expiring.count <= FAST_EXPIRING_MAX) {
        prefix_set_minimise(&ret_spec->expiring);
        return;
    }
    prefix_set_done(&ret_spec->expiring);
    *ret_spec = (struct fast_path_spec){0};
}

void projection_device(const struct wanted *wanted, unsigned link,
                       struct wireguard_state *ret_state)
{
    const struct verb_instance *instance = wanted_instance(wanted);

    ret_state->has_private_key = true;
    ret_state->private_key = instance->private_key;
    ret_state->listen_port = projection_port(wanted, link);
}

void projection_base(const struct wanted *wanted, struct buf *ret_text)
{
    const struct verb_instance *instance = wanted_instance(wanted);
    struct nft_base_instance spec = {
        .hub4 = instance->hub4.address,
        .hub6 = instance->hub6.address,
        .client_to_client = instance->flags & INSTANCE_CLIENT_TO_CLIENT,
    };

    nft_base_draw_instance(&spec, ret_text);
}

struct mapping_target {
    struct nft_mappings *mappings;
    unsigned link;
};

static void add_mapping(const struct prefix *real, const struct prefix *mapped, void *data)
{
    const struct mapping_target *target = data;

    nft_mappings_add(target->mappings, target->link, real, mapped);
}

/* One that expired goes on being translated: its mapped addresses are let in no more. */
void projection_translations(const struct wanted *wanted, const struct projection_links *links,
                             struct nft_translations *ret_translations)
{
    struct nft_mappings mappings[NFT_TRANSLATION_COUNT] = {0};
    size_t position = 0;
    const struct wanted_peer *peer;

    while ((peer = wanted_next(wanted, &position))) {
        bool is_wireguard = wanted_peer_is_wireguard(peer);
        struct mapping_target target = {
            &mappings[is_wireguard ? NFT_TRANSLATION_WIREGUARD : NFT_TRANSLATION_OPENVPN],
            peer->link};

        if (!is_wireguard || link_indexes_get(&links->wireguard, peer->link))
            wanted_peer_mappings(peer, add_mapping, &target);
    }
    for (unsigned i = 0; i < NFT_TRANSLATION_COUNT; i++) {
        nft_translation_draw(i, &mappings[i], &ret_translations->texts[i]);
        nft_mappings_done(&mappings[i]);
    }
}

static void add_to_all(struct interface_addresses *addresses, const struct link_indexes *links,
                       const struct prefix *prefix)
{
    for (size_t i = 0; i < links->count; i++)
        if (links->items[i])
            interface_addresses_add(addresses, links->items[i], prefix);
}

void projection_addresses(const struct wanted *wanted, const struct projection_links *links,
                          struct interface_addresses *ret_addresses)
{
    const struct verb_instance *instance = wanted_instance(wanted);
    const struct prefix *hubs[] = {&instance->hub4, &instance->hub6};

    for (size_t i = 0; i < ELEMENTS(hubs); i++) {
        struct prefix prefix = prefix_of_address(&hubs[i]->address);

        if (hubs[i]->address.family == AF_UNSPEC)
            continue;
        add_to_all(ret_addresses, &links->wireguard, &prefix);
        add_to_all(ret_addresses, &links->openvpn, &prefix);
    }
    if (links->up0) {
        interface_addresses_add(ret_addresses, links->up0, &instance->uplink.instance4);
        interface_addresses_add(ret_addresses, links->up0, &instance->uplink.instance6);
    }
}

static void add_unreachable(struct routes *routes, const struct prefix *prefix)
{
    struct route route = {.prefix = prefix_network(prefix), .metric = ROUTE_METRIC_LAST};

    if (prefix->address.family != AF_UNSPEC)
        routes_add(routes, &route);
}

/* One route for all of link 0, which WireGuard parts among its peers; unreachable when that link is
 * missing. */
static void add_tunnel_network(struct routes *routes, const struct prefix *hub, uint32_t index)
{
    struct route route = {.prefix = prefix_network(hub), .metric = ROUTE_METRIC, .index = index};

    add_unreachable(routes, hub);
    if (hub->address.family != AF_UNSPEC && index)
        routes_add(routes, &route);
}

static void add_default(struct routes *routes, const struct prefix *gateway, uint32_t table,
                        uint32_t index)
{
    struct route route = {
        .prefix = {.address = {.family = gateway->address.family}},
        .metric = ROUTE_METRIC,
        .table = table,
        .index = index,
        .gateway = gateway->address,
    };

    routes_add(routes, &route);
}

void projection_routes(const struct wanted *wanted, const struct projection_links *links,
                       struct routes *ret_routes)
{
    const struct verb_instance *instance = wanted_instance(wanted);

    for (size_t i = 0; i < ELEMENTS(never_out); i++)
        add_unreachable(ret_routes, &never_out[i]);
    add_tunnel_network(ret_routes, &instance->hub4, link_indexes_get(&links->wireguard, 0));
    add_tunnel_network(ret_routes, &instance->hub6, link_indexes_get(&links->wireguard, 0));
    if (links->up0) {
        add_default(ret_routes, &instance->uplink.root4, 0, links->up0);
        add_default(ret_routes, &instance->uplink.root6, 0, links->up0);
    }
    /* No peer's subnet and no unreachable network is in their way. */
    if (links->up0 && projection_has_openvpn(wanted)) {
        add_default(ret_routes, &instance->uplink.root4, ROUTE_TABLE_OUTER, links->up0);
        add_default(ret_routes, &instance->uplink.root6, ROUTE_TABLE_OUTER, links->up0);
    }
}

void projection_elements(const struct wanted *wanted, struct nft_elements *ret_elements)
{
    const struct verb_instance *instance = wanted_instance(wanted);
    struct port_span ports = verb_instance_openvpn(instance);
    _cleanup_prefix_set_ struct prefix_set pushed = {0};

    for (uint32_t i = 0; i < instance->pushed_count; i++)
        prefix_set_add(&pushed, &instance->pushed[i]);
    prefix_set_minimise(&pushed);
    for (size_t i = 0; i < pushed.count; i++)
        nft_elements_add_prefix(ret_elements, NFT_SET_PUSH4, &pushed.items[i], 0);
    for (unsigned i = 0; i < ports.count; i++)
        if (ports.items[i])
            nft_elements_add_port(ret_elements, NFT_SET_SERVED, openvpn_server_protocol(i),
                                  ports.items[i], NULL);
}

uint32_t projection_peer_link(const struct wanted_peer *peer, const struct projection_links *links)
{
    if (wanted_peer_is_wireguard(peer))
        return link_indexes_get(&links->wireguard, peer->link);
    return link_indexes_get(&links->openvpn, peer->server);
}

/* The peer's own router knows nothing of the mapping. */
static const struct prefix *real_prefix(const struct wanted_peer *peer, uint32_t index)
{
    uint32_t subnet = index - peer->tunnel_count;

    if (index < peer->tunnel_count || subnet >= peer->mapped_count)
        return &peer->prefixes[index];
    return &peer->prefixes[peer->prefix_count + subnet];
}

void projection_peer_device(const struct wanted *wanted, const struct wanted_peer *peer,
                            const struct wanted_peer *holder, unsigned link,
                            struct wireguard_state *state)
{
    struct wireguard_peer *target;

    if (!wanted_peer_is_wireguard(peer) || peer->link != link)
        return;
    target = wireguard_state_add(state, peer->prefix_count);
    target->public_key = peer->public_key;
    target->preshared_key = peer->preshared_key;
    target->endpoint = peer->endpoint;
    target->keepalive =
        peer->calling_until && !peer->keepalive ? PROJECTION_CALL_KEEPALIVE : peer->keepalive;
    target->allowed_count = 0;
    for (uint32_t i = 0; i < peer->prefix_count; i++)
        if (!wanted_is_held(wanted, &peer->prefixes[i], holder))
            target->allowed[target->allowed_count++] = *real_prefix(peer, i);
}

void projection_peer_routes(const struct wanted *wanted, const struct wanted_peer *peer,
                            const struct wanted_peer *holder, const struct projection_links *links,
                            struct routes *routes)
{
    uint32_t index = projection_peer_link(peer, links);
    bool is_wireguard = wanted_peer_is_wireguard(peer);
    /* The tunnel network's route is theirs. */
    uint32_t from = is_wireguard && peer->link == 0 ? peer->tunnel_count : 0;
    /* And not that of an OpenVPN peer which is not connected. */
    uint32_t to = index ? peer->prefix_count : is_wireguard ? 0 : peer->tunnel_count;

    for (uint32_t i = from; i < to; i++) {
        struct route route = {.prefix = peer->prefixes[i], .metric = ROUTE_METRIC, .index = index};

        if (!wanted_is_held(wanted, &peer->prefixes[i], holder))
            routes_add(routes, &route);
    }
}

void projection_peer_elements(const struct wanted *wanted, const struct wanted_peer *peer,
                              const struct wanted_peer *holder, struct nft_elements *elements)
{
    enum nft_set set = peer->flags & PEER_IS_SITE ? NFT_SET_SITE4 : NFT_SET_CLIENT4;
    int64_t expires_at = peer->flags & PEER_EXPIRES ? peer->expires_at * 1000 : 0;

    for (uint32_t i = 0; i < peer->prefix_count; i++) {
        if (wanted_is_held(wanted, &peer->prefixes[i], holder))
            continue;
        nft_elements_add_prefix(elements, set, &peer->prefixes[i], expires_at);
        if (peer->flags & PEER_ROUTE_ALL)
            nft_elements_add_prefix(elements, NFT_SET_FULL4, &peer->prefixes[i], expires_at);
    }
}
