/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/engine/firewall_resolver.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/engine/instance_spec.h"
#include "hub/store/peer_label.h"
#include "hub/store/peer_store.h"
#include "hub/store/user_store.h"
#include "peers/subnet.h"

struct firewall_resolver {
    struct store *store;
    const struct instance *instance;
    json_t *numbers; /* "KIND:VALUE" -> its number in `sets` */
    struct prefix_set **sets;
    size_t count;
    struct prefix_set lans, seen; /* mapped subnets: what each is, and is seen as */
    bool has_lans;
};

struct firewall_resolver *firewall_resolver_new(struct store *store,
                                                const struct instance *instance)
{
    struct firewall_resolver *resolver = memory_zero(sizeof(*resolver));

    resolver->store = store;
    resolver->instance = instance;
    resolver->numbers = json_object();
    return resolver;
}

struct firewall_resolver *firewall_resolver_free(struct firewall_resolver *resolver)
{
    if (!resolver)
        return NULL;
    for (size_t i = 0; i < resolver->count; i++) {
        prefix_set_done(resolver->sets[i]);
        free(resolver->sets[i]);
    }
    free(resolver->sets);
    prefix_set_done(&resolver->lans);
    prefix_set_done(&resolver->seen);
    json_decref(resolver->numbers);
    free(resolver);
    return NULL;
}

/* ---- ends ---- */

/* A peer that is not in has no address that anybody could use, and its subnets may be another's. */
static int add_peer(struct firewall_resolver *resolver, const char *peer_id, bool with_tunnel,
                    struct prefix_set *set)
{
    _cleanup_peer_ struct peer peer = {0};
    struct prefix addresses[2];
    size_t count;
    int r = peer_store_find(resolver->store, resolver->instance->id, peer_id, &peer);

    if (r == -ENOENT || (r == 0 && !peer.enabled))
        return 0;
    if (r < 0)
        return r;
    count = with_tunnel ? peer_tunnel_addresses(resolver->instance, &peer, addresses) : 0;
    for (size_t i = 0; i < count; i++)
        prefix_set_add(set, &addresses[i]);
    prefix_set_add_all(set, &peer.subnets);
    return 0;
}

struct holders {
    struct firewall_resolver *resolver;
    struct prefix_set *set;
};

static int add_holder(const char *peer_id, void *data)
{
    struct holders *holders = data;

    return add_peer(holders->resolver, peer_id, true, holders->set);
}

static int add_user_peer(const char *instance_id, const char *peer_id, uint64_t row, void *data)
{
    (void)instance_id;
    (void)row;
    return add_holder(peer_id, data);
}

static int read_lans(struct firewall_resolver *resolver)
{
    if (resolver->has_lans)
        return 0;
    int r = peer_store_mapped(resolver->store, resolver->instance->id, &resolver->lans,
                              &resolver->seen);
    resolver->has_lans = r == 0;
    return r;
}

/* Is somebody seen in what both have? */
static bool is_somebody_elses(const struct firewall_resolver *resolver, const struct prefix *lan,
                              const struct prefix *network)
{
    const struct prefix *both = network->length > lan->length ? network : lan;
    struct prefix held;
    char name[44];

    return peer_store_overlap(resolver->store, resolver->instance->id, both, NULL, name, &held) ==
           0;
}

int firewall_resolver_by_lan(struct firewall_resolver *resolver, const struct prefix *network,
                             bool deny, struct prefix_set *set)
{
    int r = read_lans(resolver);

    for (size_t i = 0; i < resolver->lans.count && r == 0; i++) {
        const struct subnet subnet = {resolver->lans.items[i], resolver->seen.items[i]};
        struct prefix seen;

        if (subnet_seen(&subnet, network, &seen) &&
            (deny || !is_somebody_elses(resolver, &subnet.real, network)))
            prefix_set_add(set, &seen);
    }
    return r;
}

static int add_end(struct firewall_resolver *resolver, const struct firewall_row_end *end,
                   bool deny, struct prefix_set *set)
{
    struct holders holders = {resolver, set};
    struct prefix prefix;

    switch ((enum firewall_kind)end->kind) {
    case FIREWALL_ANY:
    case FIREWALL_KIND_COUNT:
        return 0;
    case FIREWALL_PEER:
        return add_peer(resolver, end->value, true, set);
    case FIREWALL_SITE:
        return add_peer(resolver, end->value, false, set);
    case FIREWALL_USER:
        return user_store_peers(resolver->store, end->value, resolver->instance->id, 0, 0,
                                add_user_peer, &holders);
    case FIREWALL_GROUP:
        return peer_label_holders(resolver->store, resolver->instance->id, end->value, add_holder,
                                  &holders);
    case FIREWALL_NETWORK:
        if (prefix_parse(end->value, &prefix) < 0)
            return -EUCLEAN;
        prefix_set_add(set, &prefix);
        return firewall_resolver_by_lan(resolver, &prefix, deny, set);
    }
    return 0;
}

static struct prefix_set *remember(struct firewall_resolver *resolver, const char *name,
                                   const struct prefix_set *set)
{
    struct prefix_set *kept = memory_zero(sizeof(*kept));

    *kept = *set;
    resolver->sets = reallocarray(resolver->sets, resolver->count + 1, sizeof(*resolver->sets));
    if (!resolver->sets)
        abort();
    resolver->sets[resolver->count] = kept;
    json_object_set_new_nocheck(resolver->numbers, name, json_integer((json_int_t)resolver->count));
    resolver->count++;
    return kept;
}

int firewall_resolver_end(struct firewall_resolver *resolver, const struct firewall_row_end *end,
                          bool deny, const struct prefix_set **ret_networks)
{
    struct prefix_set set = {0};
    char name[FIREWALL_ROW_VALUE_MAX + 8];
    const json_t *number;
    int r;

    snprintf(name, sizeof(name), "%u%s:%s", end->kind,
             deny && end->kind == FIREWALL_NETWORK ? "-" : "", end->value);
    number = json_object_get(resolver->numbers, name);
    if (number) {
        *ret_networks = resolver->sets[json_integer_value(number)];
        return 0;
    }
    r = add_end(resolver, end, deny, &set);
    if (r < 0) {
        prefix_set_done(&set);
        return r;
    }
    prefix_set_minimise(&set);
    *ret_networks = remember(resolver, name, &set);
    return 0;
}

/* ---- ports ---- */

size_t firewall_row_ports(const struct firewall_row *row,
                          struct firewall_ports ret_ports[static FIREWALL_PORTS_MAX])
{
    _cleanup_free_ char *copy = text_duplicate(row->ports);
    struct complaint ignored;
    char *rest = *copy ? copy : NULL;
    size_t count = 0;

    for (char *word; (word = strsep(&rest, " ")) && count < FIREWALL_PORTS_MAX;)
        count += firewall_ports_parse(word, &ret_ports[count], &ignored);
    return count;
}

void firewall_row_set_ports(struct firewall_row *row, const struct firewall_ports *ports,
                            size_t count)
{
    char text[FIREWALL_PORTS_TEXT_MAX];
    size_t used = 0;

    row->ports[0] = 0;
    for (size_t i = 0; i < count && used < sizeof(row->ports); i++)
        used += (size_t)snprintf(row->ports + used, sizeof(row->ports) - used, "%s%s", i ? " " : "",
                                 firewall_ports_format(&ports[i], text));
}

/* ---- rules ---- */

static int take_end(struct firewall_resolver *resolver, const struct firewall_row_end *row,
                    bool deny, struct firewall_end *end)
{
    const struct prefix_set *networks;
    int r = firewall_resolver_end(resolver, row, deny, &networks);

    if (r < 0)
        return r;
    end->any = row->kind == FIREWALL_ANY;
    prefix_set_add_all(&end->networks, networks);
    return 0;
}

int firewall_resolver_rule(struct firewall_resolver *resolver, const struct firewall_row *row,
                           struct firewall_rule *ret_rule)
{
    struct firewall_rule rule = {
        .allow = row->allow,
        .both = row->both,
        .protocol = row->protocol,
        .expires = row->expires,
        .expires_at = row->expires_at,
    };
    int r;

    rule.port_count = firewall_row_ports(row, rule.ports);
    r = take_end(resolver, &row->from, !row->allow, &rule.from);
    if (r == 0)
        r = take_end(resolver, &row->to, !row->allow, &rule.to);
    if (r < 0)
        firewall_rule_done(&rule);
    else
        *ret_rule = rule;
    return r;
}

static uint8_t rule_flags(const struct firewall_row *row)
{
    return (uint8_t)((row->allow ? RULE_ALLOW : 0) | (row->both ? RULE_BOTH : 0) |
                     (row->expires ? RULE_EXPIRES : 0));
}

/* How many of the end's networks go into the message; what does not fit is not left out in silence:
 * what is to be kept apart is kept apart. */
static size_t end_count(const struct firewall_row *row, const struct firewall_row_end *end,
                        const struct prefix_set *networks, size_t room, uint8_t any,
                        struct verb_filter *filter, bool *too_many)
{
    if (end->kind == FIREWALL_ANY) {
        filter->flags |= any;
        return 0;
    }
    if (networks->count <= room)
        return networks->count;
    *too_many = true;
    if (!row->allow)
        filter->flags |= any;
    return 0;
}

int firewall_resolver_verb(struct firewall_resolver *resolver, const struct firewall_row *row,
                           const char *after, struct verb_filter **ret_filter, bool *ret_too_many)
{
    const size_t room = RULE_PREFIXES_MAX / 2;
    const struct prefix_set *from;
    const struct prefix_set *to;
    struct firewall_ports ports[FIREWALL_PORTS_MAX];
    struct verb_filter *filter;
    size_t from_count;
    size_t to_count;
    int r = firewall_resolver_end(resolver, &row->from, !row->allow, &from);

    if (r == 0)
        r = firewall_resolver_end(resolver, &row->to, !row->allow, &to);
    if (r < 0)
        return r;
    filter = memory_zero(sizeof(*filter) + (from->count + to->count) * sizeof(struct prefix));
    *ret_too_many = false;
    memcpy(filter->id, row->id, sizeof(filter->id));
    (void)text_copy(filter->after, sizeof(filter->after), after);
    filter->flags = rule_flags(row);
    filter->protocol = row->protocol;
    filter->expires_at = row->expires ? row->expires_at : 0;
    filter->port_count = (uint8_t)firewall_row_ports(row, ports);
    for (uint8_t i = 0; i < filter->port_count; i++)
        filter->ports[i] = (struct rule_ports){ports[i].first, ports[i].last};
    from_count = end_count(row, &row->from, from, room, RULE_FROM_ANY, filter, ret_too_many);
    to_count = end_count(row, &row->to, to, room, RULE_TO_ANY, filter, ret_too_many);
    if (from_count)
        memcpy(filter->prefixes, from->items, from_count * sizeof(struct prefix));
    if (to_count)
        memcpy(filter->prefixes + from_count, to->items, to_count * sizeof(struct prefix));
    filter->from_count = (uint32_t)from_count;
    filter->prefix_count = (uint32_t)(from_count + to_count);
    *ret_filter = filter;
    return 0;
}
