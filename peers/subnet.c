/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "peers/subnet.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "peers/complaint.h"

_Static_assert(sizeof(((struct complaint *)0)->would) >= SUBNET_TEXT_MAX, "a subnet fits");

/* ---- as text ---- */

int subnet_parse(const char *text, struct subnet *ret_subnet)
{
    const char *sign = strchr(text, '=');
    char real[PREFIX_TEXT_MAX];
    struct subnet subnet;
    int r;

    if (!sign) {
        r = prefix_parse(text, &subnet.real);
        subnet.mapped = subnet.real;
    } else {
        if ((size_t)(sign - text) >= sizeof(real))
            return -EINVAL;
        memcpy(real, text, (size_t)(sign - text));
        real[sign - text] = '\0';
        r = prefix_parse(real, &subnet.real);
        if (r == 0)
            r = prefix_parse(sign + 1, &subnet.mapped);
    }
    if (r == 0)
        *ret_subnet = subnet;
    return r;
}

bool subnet_seen(const struct subnet *subnet, const struct prefix *network, struct prefix *ret_seen)
{
    if (!prefix_overlaps(&subnet->real, network))
        return false;
    *ret_seen = subnet->mapped;
    if (network->length <= subnet->real.length)
        return true;
    ret_seen->length = network->length;
    for (unsigned bit = subnet->real.length; bit < network->length; bit++)
        ret_seen->address.bytes[bit / 8] |= network->address.bytes[bit / 8] & (0x80 >> bit % 8);
    return true;
}

bool subnet_is_mapped(const struct subnet *subnet)
{
    return !prefix_equal(&subnet->real, &subnet->mapped);
}

const char *subnet_format(const struct subnet *subnet, char text[static SUBNET_TEXT_MAX])
{
    char real[PREFIX_TEXT_MAX], mapped[PREFIX_TEXT_MAX];

    (void)prefix_format(&subnet->real, real);
    if (subnet_is_mapped(subnet))
        (void)snprintf(text, SUBNET_TEXT_MAX, "%s=%s", real,
                       prefix_format(&subnet->mapped, mapped));
    else
        (void)snprintf(text, SUBNET_TEXT_MAX, "%s", real);
    return text;
}

/* ---- the rule ---- */

/* Says which of the two is wrong, and makes of what would do for it a whole subnet. */
static bool of_part(const struct subnet *subnet, const char *which, bool is_real,
                    struct complaint *complaint)
{
    struct complaint part = *complaint;
    struct subnet would = *subnet;

    complain(complaint, "%s prefix %.170s", which, part.wrong);
    if (part.would[0] && prefix_parse(part.would, is_real ? &would.real : &would.mapped) == 0)
        (void)subnet_format(&would, complaint->would);
    return false;
}

static bool same_size(const struct subnet *subnet, struct complaint *ret_complaint)
{
    struct subnet would = *subnet;

    if (subnet->real.address.family != subnet->mapped.address.family) {
        complain(ret_complaint, "maps IPv4 to IPv6, or the other way round");
        return false;
    }
    if (subnet->real.length == subnet->mapped.length)
        return true;
    complain(ret_complaint, "has two lengths: /%u can't be seen as /%u", subnet->real.length,
             subnet->mapped.length);
    would.mapped.length = subnet->real.length;
    would.mapped = prefix_network(&would.mapped);
    (void)subnet_format(&would, ret_complaint->would);
    return false;
}

bool rule_mapped_subnet(const struct subnet *subnet, const struct subnet_context *context,
                        struct complaint *ret_complaint)
{
    struct subnet_context own = *context;

    if (!subnet_is_mapped(subnet))
        return rule_subnet(&subnet->real, context, ret_complaint);
    /* Nobody else sees it. */
    own.other_peer = NULL;
    if (!prefix_valid(&subnet->real) || !prefix_valid(&subnet->mapped)) {
        complain(ret_complaint, "is not a subnet: write 192.168.88.0/24=10.88.1.0/24");
        return false;
    }
    if (!same_size(subnet, ret_complaint))
        return false;
    if (!rule_subnet(&subnet->real, &own, ret_complaint))
        return of_part(subnet, "the real", true, ret_complaint);
    if (!rule_subnet(&subnet->mapped, context, ret_complaint))
        return of_part(subnet, "the mapped", false, ret_complaint);
    return true;
}

/* ---- what is free ---- */

#define POOL4(length_, ...) \
    { \
        {AF_INET, {__VA_ARGS__}}, (length_) \
    }
#define POOL6(length_, ...) \
    { \
        {AF_INET6, {__VA_ARGS__}}, (length_) \
    }

static const struct prefix pools[] = {
    POOL4(16, 10, 88), POOL4(8, 10), POOL4(12, 172, 16), POOL4(16, 192, 168), POOL6(8, 0xfd),
};

/* The first address after a prefix; false: there is none. */
static bool after(const struct prefix *prefix, struct address *ret_address)
{
    struct address last = prefix_last(prefix);

    return address_add(&last, 1, ret_address) == 0;
}

/* `taken` is sorted and does not overlap itself. */
static bool find_free(const struct prefix *pool, uint8_t length, const struct prefix_set *taken,
                      struct prefix *ret_free)
{
    struct prefix candidate = {.address = prefix_first(pool), .length = length};
    size_t next = 0;

    while (prefix_contains(pool, &candidate)) {
        struct address first = prefix_first(&candidate);
        const struct prefix *larger;
        struct address last;

        for (; next < taken->count; next++) {
            last = prefix_last(&taken->items[next]);
            if (taken->items[next].address.family == first.family &&
                address_compare(&last, &first) >= 0)
                break;
        }
        if (next == taken->count || !prefix_overlaps(&taken->items[next], &candidate)) {
            *ret_free = candidate;
            return true;
        }
        larger = taken->items[next].length < length ? &taken->items[next] : &candidate;
        if (!after(larger, &candidate.address))
            return false;
    }
    return false;
}

bool subnet_offer(const struct prefix *real, const struct prefix_set *taken,
                  struct prefix *ret_mapped)
{
    _cleanup_prefix_set_ struct prefix_set sorted = {0};

    prefix_set_add_all(&sorted, taken);
    prefix_set_minimise(&sorted);
    for (size_t i = 0; i < ELEMENTS(pools); i++) {
        if (pools[i].address.family != real->address.family || pools[i].length > real->length)
            continue;
        if (find_free(&pools[i], real->length, &sorted, ret_mapped))
            return true;
    }
    return false;
}
