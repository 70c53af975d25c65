/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tunnel/admission.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>

#include "hub/base/text.h"
#include "hub/base/uplink_ports.h"

enum { MTU_MIN = 1280, MTU_MAX = 9000, PUBLISHED_PORT_MIN = 1024 };
/* The year 2200. The kernel's timeouts are shorter than what 64 bits could say. */
#define EXPIRES_AT_MAX INT64_C(7258118400)

/* Never behind a peer: this host, loopback, link-local, multicast and what is above it. */
static const struct prefix never[] = {
    {{AF_INET, {0}}, 8},     {{AF_INET, {127}}, 8}, {{AF_INET, {169, 254}}, 16},
    {{AF_INET, {224}}, 3},   {{AF_INET6, {0}}, 8},  {{AF_INET6, {0xfe, 0x80}}, 10},
    {{AF_INET6, {0xff}}, 8},
};

static int refuse(const char *reason, const char **ret_reason)
{
    *ret_reason = reason;
    return -EINVAL;
}

static bool is_network(const struct prefix *prefix)
{
    return prefix_valid(prefix) && prefix->length > 0 && !prefix_has_host_bits(prefix);
}

/* An uplink's addresses stand in the hub's own namespace too: of any other network, they would draw
 * the hub's own traffic into the instance. */
static const struct prefix link_local4 = {{AF_INET, {169, 254}}, 16};
static const struct prefix no_uplink4[] = {
    {{AF_INET, {169, 254, 0}}, 24},   /* reserved by RFC 3927 */
    {{AF_INET, {169, 254, 169}}, 24}, /* the clouds' metadata */
};
static const struct prefix unique_local6 = {{AF_INET6, {0xfc}}, 7};

/* The first and the second host of one network. */
static bool is_pair(const struct prefix *root, const struct prefix *instance, uint8_t length)
{
    struct prefix network;
    struct address first;
    struct address second;

    if (!prefix_valid(root) || !prefix_valid(instance) || root->length != length ||
        instance->length != length)
        return false;
    network = prefix_network(root);
    return address_add(&network.address, 1, &first) == 0 &&
           address_add(&network.address, 2, &second) == 0 &&
           address_equal(&root->address, &first) && address_equal(&instance->address, &second);
}

static bool is_uplink4(const struct uplink_addresses *uplink)
{
    if (!is_pair(&uplink->root4, &uplink->instance4, 30) ||
        !prefix_contains_address(&link_local4, &uplink->root4.address))
        return false;
    for (size_t i = 0; i < sizeof(no_uplink4) / sizeof(no_uplink4[0]); i++)
        if (prefix_contains_address(&no_uplink4[i], &uplink->root4.address))
            return false;
    return true;
}

int admission_check_uplink_network(const struct prefix *network6, const char **ret_reason)
{
    if (!is_network(network6) || network6->length != 64 ||
        !prefix_contains_address(&unique_local6, &network6->address))
        return refuse("the uplinks' network is none", ret_reason);
    return 0;
}

int admission_check_uplink(const struct uplink_addresses *uplink, const char **ret_reason)
{
    if (!is_uplink4(uplink))
        return refuse("the uplink's IPv4 addresses are no pair", ret_reason);
    if (!is_pair(&uplink->root6, &uplink->instance6, 126) ||
        !prefix_contains_address(&unique_local6, &uplink->root6.address))
        return refuse("the uplink's IPv6 addresses are no pair", ret_reason);
    return 0;
}

/* Of one protocol. */
static bool ports_differ(struct port_span ports)
{
    for (unsigned a = 0; a < ports.count; a++)
        for (unsigned b = a + 1; ports.items[a] && b < ports.count; b++)
            if (ports.items[a] == ports.items[b] &&
                openvpn_server_protocol(a) == openvpn_server_protocol(b))
                return false;
    return true;
}

int admission_check_published(struct port_span ports, const char **ret_reason)
{
    for (size_t i = 0; i < ports.count; i++) {
        uint16_t port = ports.items[i];

        if (port && port < PUBLISHED_PORT_MIN)
            return refuse("a port below 1024 is for the hub's own services", ret_reason);
        if (port >= UPLINK_PORT_FIRST && port <= UPLINK_PORT_LAST)
            return refuse("a port is one of those that tenants' flows leave from", ret_reason);
    }
    if (!ports_differ(ports))
        return refuse("two OpenVPN servers have one port", ret_reason);
    return 0;
}

static bool is_hub_address(const struct prefix *hub, uint8_t family)
{
    if (hub->address.family == AF_UNSPEC)
        return true;
    return prefix_valid(hub) && hub->address.family == family && hub->length >= 8 &&
           hub->length < address_bits(&hub->address);
}

int admission_check_instance(const struct verb_instance *instance, const char **ret_reason)
{
    if (instance->flags & ~(INSTANCE_CLIENT_TO_CLIENT | INSTANCE_DENY))
        return refuse("the instance has unknown flags", ret_reason);
    if (instance->backend != WIREGUARD_KERNEL && instance->backend != WIREGUARD_USERSPACE)
        return refuse("the instance has no known WireGuard backend", ret_reason);
    if (key_is_zero(&instance->private_key) || instance->listen_port == 0)
        return refuse("the instance has no key or no port", ret_reason);
    if (instance->mtu < MTU_MIN || instance->mtu > MTU_MAX)
        return refuse("the instance's MTU is not within 1280 and 9000", ret_reason);
    if (instance->hub4.address.family == AF_UNSPEC && instance->hub6.address.family == AF_UNSPEC)
        return refuse("the instance has no tunnel network", ret_reason);
    if (!is_hub_address(&instance->hub4, AF_INET) || !is_hub_address(&instance->hub6, AF_INET6))
        return refuse("a tunnel network can't be one", ret_reason);
    if (instance->pushed_count > VERB_PUSHED_MAX)
        return refuse("too many pushed networks", ret_reason);
    if (instance->port_count > VERB_PORTS_MAX || instance->link_count > LINK_COUNT ||
        instance->link_count > instance->port_count ||
        verb_instance_openvpn(instance).count > OPENVPN_NUMBER_COUNT)
        return refuse("there are too many ports", ret_reason);
    if (!ports_differ(verb_instance_openvpn(instance)))
        return refuse("two OpenVPN servers have one port", ret_reason);
    for (uint32_t i = 0; i < instance->pushed_count; i++)
        if (!is_network(&instance->pushed[i]))
            return refuse("a pushed network is not a network", ret_reason);
    return admission_check_uplink(&instance->uplink, ret_reason);
}

static int check_tunnel_address(const struct verb_instance *instance, const struct prefix *prefix,
                                const char **ret_reason)
{
    const struct prefix *hub =
        prefix->address.family == AF_INET ? &instance->hub4 : &instance->hub6;

    if (!prefix_valid(prefix) || prefix->length != address_bits(&prefix->address))
        return refuse("a tunnel address is not one address", ret_reason);
    if (hub->address.family == AF_UNSPEC || !prefix_contains_address(hub, &prefix->address))
        return refuse("a tunnel address is outside of the tunnel network", ret_reason);
    if (address_equal(&prefix->address, &hub->address))
        return refuse("a tunnel address is the hub's own", ret_reason);
    return 0;
}

static bool overlaps(const struct prefix *subnet, const struct prefix *other)
{
    return other->address.family == subnet->address.family && prefix_overlaps(subnet, other);
}

static int check_subnet(const struct verb_instance *instance, const struct prefix *subnet,
                        const char **ret_reason)
{
    if (!is_network(subnet))
        return refuse("a subnet is not a network", ret_reason);
    for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
        if (overlaps(subnet, &never[i]))
            return refuse("a subnet can't be behind a peer", ret_reason);
    if (overlaps(subnet, &instance->hub4) || overlaps(subnet, &instance->hub6))
        return refuse("a subnet overlaps a tunnel network", ret_reason);
    if (overlaps(subnet, &instance->uplink.root4) || overlaps(subnet, &instance->uplink.root6))
        return refuse("a subnet overlaps the uplink", ret_reason);
    return 0;
}

/* The real prefixes stay behind the peer's own link: nobody else is touched by them. */
static int check_mapped(const struct verb_instance *instance, const struct verb_peer *peer,
                        const char **ret_reason)
{
    const struct prefix *subnets = &peer->prefixes[peer->tunnel_count];
    uint32_t count = peer->prefix_count - peer->tunnel_count - peer->mapped_count;

    for (uint32_t i = 0; i < peer->mapped_count; i++) {
        const struct prefix *real = &subnets[count + i];
        int r = check_subnet(instance, real, ret_reason);

        if (r < 0)
            return r;
        if (real->length != subnets[i].length || real->address.family != subnets[i].address.family)
            return refuse("a mapped subnet is of another size than the real one", ret_reason);
    }
    return 0;
}

/* Mapped subnets have a link of their own, which is there. */
static int check_link(const struct verb_instance *instance, const struct verb_peer *peer,
                      const char **ret_reason)
{
    if (peer->link >= LINK_COUNT || (peer->mapped_count > 0 && peer->link == 0))
        return refuse("the peer is on no link it could be on", ret_reason);
    if (peer->link && !(peer->flags & PEER_OPENVPN) &&
        !port_span_get(verb_instance_links(instance), peer->link))
        return refuse("the peer's link is not there", ret_reason);
    return 0;
}

static int check_protocol(const struct verb_peer *peer, const char **ret_reason)
{
    if (!(peer->flags & PEER_OPENVPN))
        return peer->server ? refuse("a WireGuard peer on an OpenVPN server", ret_reason) : 0;
    if (peer->server != OPENVPN_NOT_CONNECTED && openvpn_server_link_of(peer->server) != peer->link)
        return refuse("the peer is on no OpenVPN server of its link", ret_reason);
    if (peer->flags & (PEER_HAS_PRESHARED_KEY | PEER_HAS_ENDPOINT) || peer->keepalive)
        return refuse("an OpenVPN peer has nothing of WireGuard", ret_reason);
    return 0;
}

int admission_check_peer(const struct verb_instance *instance, const struct verb_peer *peer,
                         const char **ret_reason)
{
    unsigned known = PEER_HAS_PRESHARED_KEY | PEER_HAS_ENDPOINT | PEER_IS_SITE | PEER_ROUTE_ALL |
                     PEER_EXPIRES | PEER_OPENVPN;
    bool is_site = peer->flags & PEER_IS_SITE;

    if (peer->flags & ~known)
        return refuse("the peer has unknown flags", ret_reason);
    if (is_site && (peer->flags & PEER_ROUTE_ALL))
        return refuse("a site can't use the uplink", ret_reason);
    if (key_is_zero(&peer->public_key))
        return refuse("the peer has no public key", ret_reason);
    if ((peer->flags & PEER_HAS_ENDPOINT) && peer->endpoint.port == 0)
        return refuse("the peer's endpoint has no port", ret_reason);
    if ((peer->flags & PEER_EXPIRES) && (peer->expires_at < 0 || peer->expires_at > EXPIRES_AT_MAX))
        return refuse("the peer expires at no time that can be", ret_reason);
    if (peer->prefix_count > PEER_PREFIXES_MAX || peer->tunnel_count < 1 ||
        peer->tunnel_count > 2 || peer->tunnel_count > peer->prefix_count)
        return refuse("the peer has too few or too many addresses", ret_reason);
    if (peer->prefix_count > peer->tunnel_count && !is_site)
        return refuse("a client has no subnets", ret_reason);
    if (peer->mapped_count > (peer->prefix_count - peer->tunnel_count) / 2 ||
        peer->prefix_count - peer->tunnel_count - peer->mapped_count > PEER_SUBNETS_MAX)
        return refuse("the peer has too many subnets, or real ones of none", ret_reason);
    if (peer->tunnel_count == 2 &&
        peer->prefixes[0].address.family == peer->prefixes[1].address.family)
        return refuse("the peer has two tunnel addresses of one family", ret_reason);
    for (uint32_t i = 0; i < peer->prefix_count - peer->mapped_count; i++) {
        int r = i < peer->tunnel_count
                    ? check_tunnel_address(instance, &peer->prefixes[i], ret_reason)
                    : check_subnet(instance, &peer->prefixes[i], ret_reason);

        if (r < 0)
            return r;
    }
    if (check_mapped(instance, peer, ret_reason) < 0 || check_link(instance, peer, ret_reason) < 0)
        return -EINVAL;
    return check_protocol(peer, ret_reason);
}

static int check_rule_ports(const struct verb_filter *rule, const char **ret_reason)
{
    bool has_ports = rule->protocol == IPPROTO_TCP || rule->protocol == IPPROTO_UDP;

    if (rule->port_count > RULE_PORTS_MAX || (rule->port_count && !has_ports))
        return refuse("the rule has ports that can't be", ret_reason);
    for (uint8_t i = 0; i < rule->port_count; i++) {
        /* The kernel takes ranges that follow each other only. */
        if (rule->ports[i].first == 0 || rule->ports[i].first > rule->ports[i].last ||
            (i > 0 && rule->ports[i].first <= rule->ports[i - 1].last))
            return refuse("the rule's ports are no ranges in order", ret_reason);
    }
    return 0;
}

int admission_check_rule(const struct verb_filter *rule, const char **ret_reason)
{
    unsigned known =
        RULE_ALLOW | RULE_BOTH | RULE_EXPIRES | RULE_FROM_ANY | RULE_TO_ANY | RULE_MORE;

    if (!id_valid(rule->id) || (rule->after[0] && !id_valid(rule->after)))
        return refuse("the rule has no id", ret_reason);
    if (rule->flags & ~known)
        return refuse("the rule has unknown flags", ret_reason);
    if (rule->protocol && rule->protocol != IPPROTO_TCP && rule->protocol != IPPROTO_UDP &&
        rule->protocol != IPPROTO_ICMP)
        return refuse("the rule has no known protocol", ret_reason);
    if ((rule->flags & RULE_EXPIRES) && (rule->expires_at < 0 || rule->expires_at > EXPIRES_AT_MAX))
        return refuse("the rule expires at no time that can be", ret_reason);
    if (rule->prefix_count > RULE_PREFIXES_MAX || rule->from_count > rule->prefix_count)
        return refuse("the rule has too many networks", ret_reason);
    for (uint32_t i = 0; i < rule->prefix_count; i++)
        if (!prefix_valid(&rule->prefixes[i]) || prefix_has_host_bits(&rule->prefixes[i]))
            return refuse("an end of the rule is not a network", ret_reason);
    return check_rule_ports(rule, ret_reason);
}
