/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/engine/instance_spec.h"

#include <limits.h>
#include <string.h>
#include <sys/socket.h>

enum { HUB_HOST = 1 };

/* The /24 that holds 169.254.169.254, where clouds answer for metadata, stays unused. */
static uint32_t uplink_base4(uint32_t slot)
{
    const uint32_t first = 169u << 24 | 254u << 16 | 1u << 8;
    const uint32_t metadata = 169u << 24 | 254u << 16 | 169u << 8;
    uint32_t base = first + (slot - 1) * 4;

    return base < metadata ? base : base + 256;
}

static struct prefix prefix4(uint32_t address, uint8_t length)
{
    return (struct prefix){
        .address = {.family = AF_INET,
                    .bytes = {(uint8_t)(address >> 24), (uint8_t)(address >> 16),
                              (uint8_t)(address >> 8), (uint8_t)address}},
        .length = length,
    };
}

static struct prefix with_offset(const struct prefix *network, uint64_t offset, uint8_t length)
{
    struct prefix result = {.length = length};

    /* Offsets are bounded by the network's size, which the rules checked. */
    if (address_add(&network->address, offset, &result.address) < 0)
        result = *network;
    return result;
}

struct prefix uplink_network6(const struct prefix *ula)
{
    struct prefix network = *ula;

    network.address.bytes[6] = 0xff;
    network.address.bytes[7] = 0xff;
    network.length = 64;
    return network;
}

void uplink_addresses_of(uint32_t slot, const struct prefix *ula,
                         struct uplink_addresses *ret_addresses)
{
    struct prefix network6 = uplink_network6(ula);
    uint32_t base4 = uplink_base4(slot);

    *ret_addresses = (struct uplink_addresses){
        .root4 = prefix4(base4 + 1, 30),
        .instance4 = prefix4(base4 + 2, 30),
        .root6 = with_offset(&network6, (uint64_t)slot * 4 + 1, 126),
        .instance6 = with_offset(&network6, (uint64_t)slot * 4 + 2, 126),
    };
}

static size_t addresses_of_host(const struct instance *instance, uint64_t host,
                                struct prefix ret_addresses[static 2])
{
    size_t count = 0;

    if (instance->network4.address.family)
        ret_addresses[count++] = with_offset(&instance->network4, host, 32);
    if (instance->network6.address.family)
        ret_addresses[count++] = with_offset(&instance->network6, host, 128);
    return count;
}

size_t peer_tunnel_addresses(const struct instance *instance, const struct peer *peer,
                             struct prefix ret_addresses[static 2])
{
    return addresses_of_host(instance, peer->host, ret_addresses);
}

size_t hub_tunnel_addresses(const struct instance *instance, struct prefix ret_addresses[static 2])
{
    size_t count = addresses_of_host(instance, HUB_HOST, ret_addresses);

    for (size_t i = 0; i < count; i++)
        ret_addresses[i].length = ret_addresses[i].address.family == AF_INET
                                      ? instance->network4.length
                                      : instance->network6.length;
    return count;
}

void instance_spec_make(const struct instance *instance, const struct prefix *ula,
                        enum wireguard_backend backend, struct port_span links,
                        struct port_span openvpn, struct instance_spec *ret_spec)
{
    struct verb_instance *fixed = &ret_spec->fixed;
    struct prefix hub[2];
    size_t hub_count = hub_tunnel_addresses(instance, hub);

    memset(ret_spec, 0, sizeof(*ret_spec));
    fixed->private_key = instance->private_key;
    fixed->listen_port = instance->port;
    fixed->mtu = instance->mtu;
    fixed->backend = (uint8_t)backend;
    if (instance->client_to_client)
        fixed->flags |= INSTANCE_CLIENT_TO_CLIENT;
    if (instance->firewall_deny)
        fixed->flags |= INSTANCE_DENY;
    for (size_t i = 0; i < hub_count; i++)
        *(hub[i].address.family == AF_INET ? &fixed->hub4 : &fixed->hub6) = hub[i];
    uplink_addresses_of(instance->slot, ula, &fixed->uplink);
    for (size_t i = 0; i < instance->pushed.count && i < VERB_PUSHED_MAX; i++)
        ret_spec->pushed[fixed->pushed_count++] = instance->pushed.items[i];
    verb_instance_set_ports(fixed, links, openvpn);
}

static bool is_mapped(const struct peer *peer, size_t index)
{
    return !prefix_equal(&peer->subnets.items[index], &peer->real_subnets.items[index]);
}

static void add_prefix(struct peer_spec *spec, const struct prefix *prefix)
{
    if (spec->fixed.prefix_count < PEER_PREFIXES_MAX)
        spec->prefixes[spec->fixed.prefix_count++] = *prefix;
}

/* Those that are mapped, those that are not, and the real ones of the former. */
static void add_subnets(const struct peer *peer, struct peer_spec *spec)
{
    for (unsigned mapped = 1; mapped != UINT_MAX; mapped--)
        for (size_t i = 0; i < peer->subnets.count; i++)
            if (is_mapped(peer, i) == mapped) {
                spec->fixed.mapped_count += (uint8_t)mapped;
                add_prefix(spec, &peer->subnets.items[i]);
            }
    for (size_t i = 0; i < peer->subnets.count; i++)
        if (is_mapped(peer, i))
            add_prefix(spec, &peer->real_subnets.items[i]);
}

void peer_spec_make(const struct instance *instance, const struct peer *peer,
                    const struct endpoint *endpoint, uint16_t server, struct peer_spec *ret_spec)
{
    struct verb_peer *fixed = &ret_spec->fixed;
    bool openvpn = peer->protocol == PROTOCOL_OPENVPN;

    memset(ret_spec, 0, sizeof(*ret_spec));
    fixed->public_key = peer->public_key;
    if (openvpn) {
        fixed->flags |= PEER_OPENVPN;
        fixed->server = server;
    }
    if (peer->has_preshared_key) {
        fixed->flags |= PEER_HAS_PRESHARED_KEY;
        fixed->preshared_key = peer->preshared_key;
    }
    if (endpoint->address.family && !openvpn) {
        fixed->flags |= PEER_HAS_ENDPOINT;
        fixed->endpoint = *endpoint;
    }
    if (peer->is_site)
        fixed->flags |= PEER_IS_SITE;
    if (peer->route_all)
        fixed->flags |= PEER_ROUTE_ALL;
    if (peer->expires) {
        fixed->flags |= PEER_EXPIRES;
        fixed->expires_at = peer->expires_at;
    }
    fixed->tunnel_count = (uint8_t)peer_tunnel_addresses(instance, peer, ret_spec->prefixes);
    fixed->prefix_count = fixed->tunnel_count;
    fixed->link = peer->link;
    add_subnets(peer, ret_spec);
}
