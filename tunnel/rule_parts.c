/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A rule of the firewall as the kernel rules it takes. Pure. */
#include <netinet/in.h>
#include <stdlib.h>

#include "hub/base/cleanup.h"
#include "hub/base/prefix_set.h"
#include "hub/base/text.h"
#include "tunnel/rule_list.h"

void rule_parts_done(struct rule_parts *parts)
{
    free(parts->space);
    *parts = (struct rule_parts){0};
}

/* The smallest list, IPv4 first. */
static void add_end(struct rule_parts *parts, size_t *used, const struct prefix *prefixes,
                    size_t count, struct rule_end ends[static 2])
{
    _cleanup_prefix_set_ struct prefix_set set = {0};

    for (size_t i = 0; i < count; i++)
        prefix_set_add(&set, &prefixes[i]);
    prefix_set_minimise(&set);
    for (size_t i = 0; i < set.count; i++) {
        struct rule_end *end = &ends[set.items[i].address.family == AF_INET6];

        if (end->count++ == 0)
            end->prefixes = &parts->space[*used];
        parts->space[(*used)++] = set.items[i];
    }
}

static void add_part(struct rule_parts *parts, uint8_t family, const struct rule_end *from,
                     const struct rule_end *to)
{
    if ((from->any || from->count > 0) && (to->any || to->count > 0))
        parts->items[parts->count++] = (struct rule_part){family, *from, *to};
}

void rule_parts_make(const struct verb_filter *rule, struct rule_parts *ret_parts)
{
    static const uint8_t families[] = {AF_INET, AF_INET6};
    bool from_any = rule->flags & RULE_FROM_ANY;
    bool to_any = rule->flags & RULE_TO_ANY;
    struct rule_end from[2] = {{.any = from_any}, {.any = from_any}};
    struct rule_end to[2] = {{.any = to_any}, {.any = to_any}};
    size_t used = 0;

    *ret_parts = (struct rule_parts){0};
    ret_parts->space = memory_zero((rule->prefix_count + 1) * sizeof(struct prefix));
    add_end(ret_parts, &used, rule->prefixes, rule->from_count, from);
    add_end(ret_parts, &used, rule->prefixes + rule->from_count,
            rule->prefix_count - rule->from_count, to);
    if (from_any && to_any && rule->protocol != IPPROTO_ICMP) {
        add_part(ret_parts, AF_UNSPEC, &from[0], &to[0]);
        return;
    }
    for (size_t i = 0; i < ELEMENTS(families); i++) {
        add_part(ret_parts, families[i], &from[i], &to[i]);
        if ((rule->flags & RULE_BOTH) && !(from_any && to_any))
            add_part(ret_parts, families[i], &to[i], &from[i]);
    }
}
