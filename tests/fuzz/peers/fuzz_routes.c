/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sets of prefixes out of bytes: the routes cover what they should, nothing of what is excluded
 * but the tunnel and its DNS servers, and could not be written shorter.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "hub/base/cleanup.h"
#include "peers/routes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SETS = 6, ITEMS_MAX = 24 };
enum { TUNNEL, ADVERTISED, PUSHED, OWN, EXCLUDED, DNS };

static void require(bool held)
{
    if (!held)
        abort();
}

/* Four bytes an item: which set and family, the length, and two bytes of address at its ends. */
static void read_item(const uint8_t *bytes, struct prefix_set sets[static SETS])
{
    struct prefix prefix = {.address.family = bytes[0] & 0x80 ? AF_INET6 : AF_INET};
    unsigned bits = address_bits(&prefix.address), set = (bytes[0] & 0x7fu) % SETS;

    prefix.length = set == DNS ? (uint8_t)bits : (uint8_t)(bytes[1] % (bits + 1));
    prefix.address.bytes[0] = bytes[2];
    prefix.address.bytes[(bits / 8 - 1) & bytes[3]] ^= bytes[3];
    prefix = prefix_network(&prefix);
    prefix_set_add(&sets[set], &prefix);
}

static bool covered(const struct prefix_set *set, const struct address *address)
{
    return prefix_set_contains_address(set, address);
}

static void check_address(const struct routes_input *input, const struct prefix_set *routes,
                          const struct address *address)
{
    bool wanted = input->route_all || covered(input->tunnel_networks, address) ||
                  covered(input->advertised, address) || covered(input->pushed, address);
    bool routed = covered(routes, address);

    if (covered(input->tunnel_networks, address))
        require(routed);
    else if (covered(input->own, address))
        require(!routed);
    else if (covered(input->dns, address))
        require(routed == wanted);
    else if (covered(input->excluded, address))
        require(!routed);
    else
        require(routed == wanted);
}

/* Everything can change only where some set begins or ends. */
static void check_edges(const struct routes_input *input, const struct prefix_set *routes,
                        const struct prefix_set *set)
{
    for (size_t i = 0; i < set->count; i++) {
        struct address first = prefix_first(&set->items[i]), last = prefix_last(&set->items[i]);
        struct address next;

        check_address(input, routes, &first);
        check_address(input, routes, &last);
        if (address_add(&last, 1, &next) == 0)
            check_address(input, routes, &next);
    }
}

/* In order, apart, and no two that are halves of one. */
static void check_smallest(const struct prefix_set *routes)
{
    for (size_t i = 1; i < routes->count; i++) {
        const struct prefix *before = &routes->items[i - 1], *item = &routes->items[i];
        struct prefix parent = *item;

        require(prefix_compare(before, item) < 0);
        require(!prefix_overlaps(before, item));
        if (item->length == 0 || before->length != item->length ||
            before->address.family != item->address.family)
            continue;
        parent.length--;
        parent = prefix_network(&parent);
        require(!prefix_contains(&parent, before));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct prefix_set sets[SETS] = {0}, routes = {0};
    const struct routes_input input = {
        .tunnel_networks = &sets[TUNNEL],
        .advertised = &sets[ADVERTISED],
        .pushed = &sets[PUSHED],
        .own = &sets[OWN],
        .excluded = &sets[EXCLUDED],
        .dns = &sets[DNS],
        .route_all = size > 0 && data[0] & 1,
    };

    for (size_t i = 1; i + 4 <= size && i < 1 + 4 * ITEMS_MAX; i += 4)
        read_item(data + i, sets);
    routes_for_peer(&input, &routes);
    check_smallest(&routes);
    for (size_t i = 0; i < SETS; i++)
        check_edges(&input, &routes, &sets[i]);
    check_edges(&input, &routes, &routes);
    for (size_t i = 0; i < SETS; i++)
        prefix_set_done(&sets[i]);
    prefix_set_done(&routes);
    return 0;
}
