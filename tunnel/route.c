/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tunnel/route.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <stdlib.h>

enum { ROUTE_ATTRIBUTES_MAX = 128, ROUTES_PER_SEND = 2048 };

void routes_done(struct routes *routes)
{
    free(routes->items);
    *routes = (struct routes){0};
}

void routes_add(struct routes *routes, const struct route *route)
{
    if (routes->count == routes->size) {
        routes->size = routes->size ? routes->size * 2 : 8;
        routes->items = reallocarray(routes->items, routes->size, sizeof(*routes->items));
        if (!routes->items)
            abort();
    }
    routes->items[routes->count++] = *route;
}

/* Table, prefix and metric are what the kernel tells routes apart by. */
static int compare_routes(const void *left, const void *right)
{
    const struct route *a = left;
    const struct route *b = right;
    int order = (a->table > b->table) - (a->table < b->table);

    if (order == 0)
        order = prefix_compare(&a->prefix, &b->prefix);
    return order ? order : (a->metric > b->metric) - (a->metric < b->metric);
}

void routes_sort(struct routes *routes)
{
    size_t kept = 0;

    if (routes->count == 0)
        return;
    qsort(routes->items, routes->count, sizeof(*routes->items), compare_routes);
    for (size_t i = 1; i < routes->count; i++)
        if (compare_routes(&routes->items[kept], &routes->items[i]) != 0)
            routes->items[++kept] = routes->items[i];
    routes->count = kept + 1;
}

static int parse_attribute(const struct nlattr *attribute, uint8_t family, struct route *route,
                           uint32_t *table)
{
    switch (mnl_attr_get_type(attribute)) {
    case RTA_DST:
        return netlink_get_address(attribute, family, &route->prefix.address);
    case RTA_GATEWAY:
        return netlink_get_address(attribute, family, &route->gateway);
    case RTA_OIF:
        route->index = mnl_attr_get_u32(attribute);
        return 0;
    case RTA_PRIORITY:
        route->metric = mnl_attr_get_u32(attribute);
        return 0;
    case RTA_TABLE:
        *table = mnl_attr_get_u32(attribute);
        return 0;
    default:
        return 0;
    }
}

static int parse_route(const struct nlmsghdr *message, void *data)
{
    const struct rtmsg *header = mnl_nlmsg_get_payload(message);
    struct route route = {
        .prefix = {.address = {.family = header->rtm_family}, .length = header->rtm_dst_len}};
    uint32_t table = header->rtm_table;
    const struct nlattr *attribute;

    if (header->rtm_protocol != ROUTE_PROTOCOL || (header->rtm_flags & RTM_F_CLONED) ||
        (header->rtm_family != AF_INET && header->rtm_family != AF_INET6))
        return 0;
    mnl_attr_for_each(attribute, message, sizeof(*header))
    {
        int r = parse_attribute(attribute, header->rtm_family, &route, &table);

        if (r < 0)
            return r;
    }
    /* IPv6 tells the loopback link for an unreachable route. */
    if (header->rtm_type != RTN_UNICAST)
        route.index = 0;
    route.table = table == RT_TABLE_MAIN ? 0 : table;
    if (table == RT_TABLE_MAIN || table == ROUTE_TABLE_OUTER)
        routes_add(data, &route);
    return 0;
}

static void forget_routes(void *data)
{
    routes_done(data);
}

static int read_family(struct netlink *netlink, uint8_t family, struct routes *routes)
{
    uint8_t space[NETLINK_REQUEST_MAX];
    struct rtmsg header = {.rtm_family = family, .rtm_protocol = ROUTE_PROTOCOL};

    return netlink_dump(netlink, netlink_request(space, RTM_GETROUTE, 0, &header, sizeof(header)),
                        parse_route, forget_routes, routes);
}

int routes_read(struct netlink *netlink, struct routes *ret_routes)
{
    _cleanup_routes_ struct routes routes6 = {0};
    int r;

    r = read_family(netlink, AF_INET, ret_routes);
    if (r == 0)
        r = read_family(netlink, AF_INET6, &routes6);
    if (r < 0)
        return r;
    for (size_t i = 0; i < routes6.count; i++)
        routes_add(ret_routes, &routes6.items[i]);
    routes_sort(ret_routes);
    return 0;
}

void route_changes_done(struct route_changes *changes)
{
    free(changes->items);
    *changes = (struct route_changes){0};
}

static void add_change(struct route_changes *changes, const struct route *route, bool remove)
{
    if (changes->count == changes->size) {
        changes->size = changes->size ? changes->size * 2 : 8;
        changes->items = reallocarray(changes->items, changes->size, sizeof(*changes->items));
        if (!changes->items)
            abort();
    }
    changes->items[changes->count++] = (struct route_change){.route = route, .remove = remove};
}

static bool leads_elsewhere(const struct route *a, const struct route *b)
{
    return a->index != b->index || !address_equal(&a->gateway, &b->gateway);
}

void routes_diff(const struct routes *wanted, const struct routes *observed,
                 struct route_changes *ret_changes)
{
    size_t w = 0;
    size_t o = 0;

    while (w < wanted->count || o < observed->count) {
        int order = w == wanted->count     ? 1
                    : o == observed->count ? -1
                                           : compare_routes(&wanted->items[w], &observed->items[o]);

        if (order > 0) {
            add_change(ret_changes, &observed->items[o++], true);
            ret_changes->removed++;
        } else if (order < 0) {
            add_change(ret_changes, &wanted->items[w++], false);
            ret_changes->added++;
        } else {
            if (leads_elsewhere(&wanted->items[w], &observed->items[o])) {
                add_change(ret_changes, &wanted->items[w], false);
                ret_changes->changed++;
            }
            w++;
            o++;
        }
    }
}

static void batch_route(struct netlink *netlink, struct netlink_batch *batch,
                        const struct route_change *change, bool last)
{
    const struct route *route = change->route;
    struct rtmsg header = {
        .rtm_family = route->prefix.address.family,
        .rtm_dst_len = route->prefix.length,
        .rtm_table = route->table ? (uint8_t)route->table : RT_TABLE_MAIN,
        .rtm_protocol = ROUTE_PROTOCOL,
        .rtm_scope =
            route->index && route->gateway.family == AF_UNSPEC ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE,
        .rtm_type = route->index ? RTN_UNICAST : RTN_UNREACHABLE,
    };
    uint16_t flags =
        (uint16_t)((change->remove ? 0 : NLM_F_CREATE | NLM_F_REPLACE) | (last ? NLM_F_ACK : 0));
    struct nlmsghdr *request =
        netlink_batch_add(netlink, batch, change->remove ? RTM_DELROUTE : RTM_NEWROUTE, flags,
                          &header, sizeof(header), ROUTE_ATTRIBUTES_MAX);

    if (route->prefix.length > 0)
        netlink_put_address(request, RTA_DST, &route->prefix.address);
    mnl_attr_put_u32(request, RTA_PRIORITY, route->metric);
    if (route->index)
        mnl_attr_put_u32(request, RTA_OIF, route->index);
    if (route->gateway.family != AF_UNSPEC)
        netlink_put_address(request, RTA_GATEWAY, &route->gateway);
    netlink_batch_close(batch);
}

struct write_result {
    const struct route_change *changes;
    int error;
};

static void route_refused(uint32_t index, int error, void *data)
{
    struct write_result *result = data;
    bool gone = error == -ESRCH || error == -ENODEV;

    if (!(result->changes[index].remove && gone) && result->error == 0)
        result->error = error;
}

int routes_write(struct netlink *netlink, const struct route_changes *changes)
{
    struct write_result result = {0};

    for (size_t start = 0; start < changes->count; start += ROUTES_PER_SEND) {
        _cleanup_netlink_batch_ struct netlink_batch batch = {0};
        size_t end = start + ROUTES_PER_SEND;
        int r;

        if (end > changes->count)
            end = changes->count;
        for (size_t i = start; i < end; i++)
            batch_route(netlink, &batch, &changes->items[i], i + 1 == end);
        result.changes = &changes->items[start];
        r = netlink_batch_send(netlink, &batch, route_refused, &result);
        if (r == -ENOBUFS || r == -EBADMSG || r == -EMSGSIZE)
            return r;
    }
    return result.error;
}
