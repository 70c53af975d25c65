/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <sys/socket.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "peers/complaint.h"
#include "peers/rules.h"

_Static_assert(sizeof(((struct complaint *)0)->would) >= PREFIX_TEXT_MAX, "a prefix fits");

#define PREFIX4(length_, ...) \
    { \
        .address = {.family = AF_INET, .bytes = {__VA_ARGS__}}, .length = (length_) \
    }
#define PREFIX6(length_, ...) \
    { \
        .address = {.family = AF_INET6, .bytes = {__VA_ARGS__}}, .length = (length_) \
    }

struct named_prefix {
    struct prefix prefix;
    const char *what;
};

/* Networks that no peer, route or server may have. */
static const struct named_prefix special[] = {
    {PREFIX4(8, 0), "\"this network\", which is no destination"},
    {PREFIX4(8, 127), "loopback"},
    {PREFIX4(16, 169, 254), "link-local"},
    {PREFIX4(10, 100, 64), "the management network"},
    {PREFIX4(4, 224), "multicast"},
    {PREFIX4(4, 240), "reserved"},
    {PREFIX6(128, 0), "the unspecified address"},
    {PREFIX6(128, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1), "loopback"},
    {PREFIX6(96, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff), "IPv4 addresses written as IPv6"},
    {PREFIX6(10, 0xfe, 0x80), "link-local"},
    {PREFIX6(8, 0xff), "multicast"},
};

/* Where tunnel networks may lie. */
static const struct prefix private_networks[] = {
    PREFIX4(8, 10),
    PREFIX4(12, 172, 16),
    PREFIX4(16, 192, 168),
    PREFIX6(7, 0xfc),
};

static const struct named_prefix *special_overlapping(const struct prefix *network)
{
    for (size_t i = 0; i < ELEMENTS(special); i++) {
        if (prefix_overlaps(&special[i].prefix, network))
            return &special[i];
    }
    return NULL;
}

/* Apart from all special networks; host bits are not looked at. */
static bool rule_ordinary(const struct prefix *network, struct complaint *ret_complaint)
{
    char text[PREFIX_TEXT_MAX];
    const struct named_prefix *found = special_overlapping(network);

    if (!found)
        return true;
    complain(ret_complaint, "%s %s (%s)",
             prefix_contains(&found->prefix, network) ? "lies in" : "covers",
             prefix_format(&found->prefix, text), found->what);
    return false;
}

/* The last check of each rule, so that the corrected prefix keeps the whole rule. */
static bool rule_no_host_bits(const struct prefix *prefix, struct complaint *ret_complaint)
{
    char text[PREFIX_TEXT_MAX];
    struct prefix network = prefix_network(prefix);

    if (!prefix_has_host_bits(prefix))
        return true;
    complain(ret_complaint, "is not written as its network address");
    (void)text_copy(ret_complaint->would, sizeof(ret_complaint->would),
                    prefix_format(&network, text));
    return false;
}

static bool rule_valid(const struct prefix *prefix, struct complaint *ret_complaint)
{
    if (prefix_valid(prefix))
        return true;
    complain(ret_complaint, "is not a network: write an address and a length, as 192.168.88.0/24");
    return false;
}

/* ---- tunnel networks ---- */

static bool is_private(const struct prefix *network)
{
    for (size_t i = 0; i < ELEMENTS(private_networks); i++) {
        if (prefix_contains(&private_networks[i], network))
            return true;
    }
    return false;
}

/* The same network with another length, where that lies in private space. */
static void tunnel_network_propose(const struct prefix *network, uint8_t length,
                                   struct complaint *complaint)
{
    struct prefix resized = {.address = network->address, .length = length};
    char text[PREFIX_TEXT_MAX];

    resized = prefix_network(&resized);
    if (is_private(&resized))
        (void)text_copy(complaint->would, sizeof(complaint->would), prefix_format(&resized, text));
}

static bool rule_tunnel_place(const struct prefix *network, struct complaint *ret_complaint)
{
    const struct named_prefix *found = special_overlapping(network);

    if (is_private(network))
        return true;
    if (found && prefix_contains(&found->prefix, network))
        (void)rule_ordinary(network, ret_complaint);
    else if (network->address.family == AF_INET6)
        complain(ret_complaint, "is not a unique local network: take one in fd00::/8, or leave it "
                                "out and the hub makes one");
    else
        complain(ret_complaint, "is not a private network: take one in 10.0.0.0/8, 172.16.0.0/12 "
                                "or 192.168.0.0/16");
    if (network->address.family == AF_INET)
        (void)text_copy(ret_complaint->would, sizeof(ret_complaint->would), "10.66.0.0/24");
    return false;
}

bool rule_tunnel_network(const struct prefix *network, struct complaint *ret_complaint)
{
    static const struct {
        uint8_t family, shortest, longest, proposed;
        const char *wrong;
    } lengths[] = {
        {AF_INET, 8, 29, 24, "is too large or too small: IPv4 tunnel networks are /8 to /29"},
        {AF_INET6, 48, 120, 64, "is too large or too small: IPv6 tunnel networks are /48 to /120"},
    };
    const struct prefix whole = prefix_valid(network) ? prefix_network(network) : *network;

    if (!rule_valid(network, ret_complaint) || !rule_tunnel_place(&whole, ret_complaint))
        return false;
    for (size_t i = 0; i < ELEMENTS(lengths); i++) {
        if (network->address.family != lengths[i].family)
            continue;
        if (network->length >= lengths[i].shortest && network->length <= lengths[i].longest)
            continue;
        complain(ret_complaint, "%s", lengths[i].wrong);
        tunnel_network_propose(network,
                               network->length < lengths[i].shortest ? lengths[i].proposed
                                                                     : lengths[i].longest,
                               ret_complaint);
        return false;
    }
    return rule_no_host_bits(network, ret_complaint);
}

/* ---- subnets of sites ---- */

static bool rule_outside_tunnel(const struct prefix *network, const struct prefix_set *tunnels,
                                struct complaint *ret_complaint)
{
    char text[PREFIX_TEXT_MAX];

    for (size_t i = 0; tunnels && i < tunnels->count; i++) {
        if (!prefix_overlaps(network, &tunnels->items[i]))
            continue;
        complain(ret_complaint, "overlaps the instance's tunnel network %s",
                 prefix_format(&tunnels->items[i], text));
        return false;
    }
    return true;
}

static bool rule_without_hub(const struct prefix *network, const struct prefix_set *addresses,
                             struct complaint *ret_complaint)
{
    char text[ADDRESS_TEXT_MAX];

    for (size_t i = 0; addresses && i < addresses->count; i++) {
        if (!prefix_overlaps(network, &addresses->items[i]))
            continue;
        complain(ret_complaint,
                 "holds the hub's own public address %s: the tunnel would be routed into itself",
                 address_format(&addresses->items[i].address, text));
        return false;
    }
    return true;
}

static bool rule_apart_from_peers(const struct prefix *network,
                                  const struct subnet_context *context,
                                  struct complaint *ret_complaint)
{
    char text[PREFIX_TEXT_MAX];

    if (!context->other_peer || !prefix_overlaps(network, &context->overlapping))
        return true;
    complain(ret_complaint, "overlaps %s of the peer \"%s\"",
             prefix_format(&context->overlapping, text), context->other_peer);
    return false;
}

bool rule_subnet(const struct prefix *subnet, const struct subnet_context *context,
                 struct complaint *ret_complaint)
{
    struct prefix network;

    if (!rule_valid(subnet, ret_complaint))
        return false;
    network = prefix_network(subnet);
    if (network.length == 0) {
        complain(ret_complaint, "is the default route: name the networks behind the site");
        return false;
    }
    return rule_ordinary(&network, ret_complaint) &&
           rule_outside_tunnel(&network, context->tunnel_networks, ret_complaint) &&
           rule_without_hub(&network, context->hub_addresses, ret_complaint) &&
           rule_apart_from_peers(&network, context, ret_complaint) &&
           rule_no_host_bits(subnet, ret_complaint);
}

/* ---- pushed routes, DNS servers ---- */

bool rule_pushed_route(const struct prefix *route, struct complaint *ret_complaint)
{
    struct prefix network;

    if (!rule_valid(route, ret_complaint))
        return false;
    network = prefix_network(route);
    if (network.length == 0) {
        complain(ret_complaint, "is the default route: to send everything through the tunnel, add "
                                "the peer with --full-tunnel");
        return false;
    }
    return rule_ordinary(&network, ret_complaint) && rule_no_host_bits(route, ret_complaint);
}

bool rule_split_dns_server(const struct address *server, struct complaint *ret_complaint)
{
    struct prefix host;

    if (!rule_dns_server(server, ret_complaint))
        return false;
    host = prefix_of_address(server);
    if (is_private(&host))
        return true;
    complain(ret_complaint, "is not in a private network: servers of split DNS are asked inside "
                            "the tunnel");
    return false;
}

bool rule_dns_server(const struct address *server, struct complaint *ret_complaint)
{
    struct prefix host;

    if (server->family != AF_INET && server->family != AF_INET6) {
        complain(ret_complaint, "is not an address");
        return false;
    }
    host = prefix_of_address(server);
    return rule_ordinary(&host, ret_complaint);
}
