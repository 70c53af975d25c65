/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/engine/instance_filter.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/log.h"
#include "hub/engine/event_log.h"
#include "hub/engine/firewall_resolver.h"
#include "hub/engine/instance_ticket.h"
#include "hub/store/firewall_store.h"
#include "hub/store/link_store.h"

enum {
    RULES_A_ROUND = 256,
    SINGLY_MAX = 512, /* more rules than these are told with the whole */
    HITS_TIMEOUT_US = 30 * 1000 * 1000,
    SMALL = 500, /* rules */
    SECOND_US = 1000 * 1000,
};

static struct role_link_body filter_body(const struct verb_filter *filter)
{
    return (struct role_link_body){
        .fixed = filter,
        .fixed_size = sizeof(*filter),
        .tail = filter->prefixes,
        .tail_size = filter->prefix_count * sizeof(filter->prefixes[0]),
        .fd = -1,
    };
}

static int make(struct instance_runtime *runtime, struct firewall_resolver *resolver,
                const struct firewall_row *row, const char *after, struct verb_filter **ret_filter)
{
    bool too_many;
    int r = firewall_resolver_verb(resolver, row, after, ret_filter, &too_many);

    if (r == 0 && too_many)
        log_error("instance %s: rule %s names more networks than it can: it %s", runtime->id,
                  row->id, row->allow ? "allows nothing" : "denies all at that end");
    return r;
}

/* ---- all ---- */

struct round {
    struct instance_runtime *runtime;
    struct firewall_resolver *resolver;
    unsigned rows;
};

static int send_row(const struct firewall_row *row, void *data)
{
    struct round *round = data;
    struct instance_runtime *runtime = round->runtime;
    _cleanup_free_ struct verb_filter *filter = NULL;
    struct role_link_body body;
    int r;

    round->rows++;
    if (row->enabled) {
        r = make(runtime, round->resolver, row, runtime->applied_rule, &filter);
        if (r < 0)
            return r;
        body = filter_body(filter);
        r = role_link_send(runtime->worker, VERB_FILTER_SET, &body);
        if (r < 0)
            return r;
        memcpy(runtime->applied_rule, row->id, sizeof(runtime->applied_rule));
    }
    runtime->applied_order = row->order;
    return 0;
}

int instance_filter_send_all(struct instance_runtime *runtime)
{
    struct engine *engine = instance_runtime_engine(runtime);
    _cleanup_instance_ struct instance instance = {0};
    struct round round = {.runtime = runtime};
    int r = instance_store_find(engine->store, runtime->id, &instance);

    round.resolver = firewall_resolver_new(engine->store, &instance);
    while (r == 0) {
        round.rows = 0;
        r = firewall_store_list(engine->store, runtime->id, runtime->applied_order, RULES_A_ROUND,
                                send_row, &round);
        if (r == 0 && round.rows < RULES_A_ROUND)
            r = 1;
    }
    firewall_resolver_free(round.resolver);
    return r == -EAGAIN ? 0 : r;
}

/* ---- those that name a peer ---- */

struct naming {
    struct firewall_row *rows;
    size_t count;
};

static int note_row(const struct firewall_row *row, void *data)
{
    struct naming *naming = data;

    if (!row->enabled)
        return 0;
    if (naming->count == SINGLY_MAX)
        return -E2BIG;
    naming->rows[naming->count++] = *row;
    return 0;
}

static int note_labels(struct store *store, const char *instance_id, const struct peer *peer,
                       struct naming *naming)
{
    int r = peer->user_id[0] ? firewall_store_naming(store, instance_id, FIREWALL_USER,
                                                     peer->user_id, note_row, naming)
                             : 0;

    for (size_t i = 0; i < peer->group_count && r == 0; i++)
        r = firewall_store_naming(store, instance_id, FIREWALL_GROUP, peer->groups[i], note_row,
                                  naming);
    for (size_t i = 0; i < peer->user_group_count && r == 0; i++)
        r = firewall_store_naming(store, instance_id, FIREWALL_GROUP, peer->user_groups[i],
                                  note_row, naming);
    return r;
}

/* What a network stands for depends on mapped subnets, and on who else is seen there: of sites
 * alone, a client has no LAN. Where the last of them went, links did, and all is applied anew. */
static int note_networks(struct store *store, const char *instance_id, struct naming *naming)
{
    struct link_set links;
    int r = link_store_links(store, instance_id, &links);

    if (r == 0 && !link_set_is_empty(&links))
        r = firewall_store_of_kind(store, instance_id, FIREWALL_NETWORK, note_row, naming);
    return r;
}

static int note_all(struct store *store, const char *instance_id, const char *peer_id,
                    bool with_labels, struct naming *naming)
{
    _cleanup_peer_ struct peer peer = {0};
    int found = peer_store_find(store, instance_id, peer_id, &peer);
    int r;

    r = firewall_store_naming(store, instance_id, FIREWALL_PEER, peer_id, note_row, naming);
    if (r == 0)
        r = firewall_store_naming(store, instance_id, FIREWALL_SITE, peer_id, note_row, naming);
    if (r == 0 && (found < 0 || peer.is_site))
        r = note_networks(store, instance_id, naming);
    if (r == 0 && found == 0 && !with_labels)
        return note_labels(store, instance_id, &peer, naming);
    /* Which labels it had is not known any more; for rules that stay the same the worker does
     * nothing. */
    if (r == 0)
        r = firewall_store_of_kind(store, instance_id, FIREWALL_USER, note_row, naming);
    if (r == 0)
        r = firewall_store_of_kind(store, instance_id, FIREWALL_GROUP, note_row, naming);
    return r;
}

static int compare_rows(const void *left, const void *right)
{
    const struct firewall_row *a = left;
    const struct firewall_row *b = right;

    return a->order < b->order ? -1 : a->order > b->order;
}

static int tell_each(struct instance_runtime *runtime, const struct naming *naming,
                     instance_filter_each each, void *data)
{
    struct store *store = instance_runtime_engine(runtime)->store;
    _cleanup_instance_ struct instance instance = {0};
    struct firewall_resolver *resolver;
    int r = instance_store_find(store, runtime->id, &instance);

    resolver = firewall_resolver_new(store, &instance);
    for (size_t i = 0; i < naming->count && r == 0; i++) {
        const struct firewall_row *row = &naming->rows[i];
        struct verb_filter *filter;
        char after[ID_MAX];

        if (i > 0 && row->order == naming->rows[i - 1].order)
            continue;
        r = firewall_store_before(store, row, after);
        if (r == 0)
            r = make(runtime, resolver, row, after, &filter);
        if (r < 0)
            break;
        if (row->order != naming->rows[naming->count - 1].order)
            filter->flags |= RULE_MORE;
        r = each(filter, data);
    }
    firewall_resolver_free(resolver);
    return r;
}

int instance_filter_of_peer(struct instance_runtime *runtime, const char *peer_id, bool with_labels,
                            instance_filter_each each, void *data)
{
    struct naming naming = {.rows = memory_zero(SINGLY_MAX * sizeof(*naming.rows))};
    int r = note_all(instance_runtime_engine(runtime)->store, runtime->id, peer_id, with_labels,
                     &naming);

    if (r == 0 && naming.count > 0) {
        qsort(naming.rows, naming.count, sizeof(*naming.rows), compare_rows);
        r = tell_each(runtime, &naming, each, data);
    }
    free(naming.rows);
    return r;
}

int instance_filter_of_rule(struct instance_runtime *runtime, const char *rule_id,
                            struct verb_filter **ret_filter)
{
    struct store *store = instance_runtime_engine(runtime)->store;
    _cleanup_instance_ struct instance instance = {0};
    struct firewall_resolver *resolver;
    struct firewall_row row;
    char after[ID_MAX];
    int r = firewall_store_find(store, runtime->id, rule_id, &row);

    *ret_filter = NULL;
    if (r == -ENOENT || (r == 0 && !row.enabled))
        return 0;
    if (r == 0)
        r = instance_store_find(store, runtime->id, &instance);
    if (r == 0)
        r = firewall_store_before(store, &row, after);
    if (r < 0)
        return r;
    resolver = firewall_resolver_new(store, &instance);
    r = make(runtime, resolver, &row, after, ret_filter);
    firewall_resolver_free(resolver);
    return r;
}

/* ---- hits ---- */

/* Only what moved is written. */
void instance_filter_hits_part(struct instance_runtime *runtime, const struct verb_hits *hits)
{
    struct store *store = instance_runtime_engine(runtime)->store;
    bool in_transaction = false;
    int r = 0;

    if (!runtime->hits_seen)
        runtime->hits_seen = json_object();
    for (uint32_t i = 0; i < hits->count && r == 0; i++) {
        const struct verb_hit *hit = &hits->rules[i];
        const json_t *seen = json_object_get(runtime->hits_seen, hit->id);

        if (seen && (uint64_t)json_integer_value(seen) == hit->hits)
            continue;
        if (!in_transaction)
            r = store_begin_aside(store);
        in_transaction = r == 0;
        if (r == 0)
            r = firewall_store_put_hits(store, hit->id, hit->hits);
        json_object_set_new(runtime->hits_seen, hit->id, json_integer((json_int_t)hit->hits));
    }
    if (in_transaction)
        r = store_commit(store);
    if (r == 0)
        return;
    log_warning("instance %s: hits not stored: %s, ignoring", runtime->id, strerror(-r));
    json_object_clear(runtime->hits_seen);
}

static void on_hits_end(int status, struct channel_message *message, void *data)
{
    struct instance_runtime *runtime = instance_ticket_redeem(data);

    if (runtime && status < 0)
        log_debug("instance %s: no hits: %s", runtime->id, role_link_detail(status, message));
}

/* Reading 10,000 rules costs some 25 ms: many are read less often. */
static uint64_t hits_interval(uint64_t rules)
{
    return (rules <= SMALL ? 2 : 20) * (uint64_t)SECOND_US - SECOND_US / 2;
}

void instance_filter_poll(struct instance_runtime *runtime)
{
    uint64_t now = clock_monotonic_us();
    struct instance_ticket *ticket;
    uint64_t rules = 0;
    int r;

    if (runtime->applying ||
        firewall_store_count(instance_runtime_engine(runtime)->store, runtime->id, &rules) < 0 ||
        rules == 0 || now - runtime->hits_at < hits_interval(rules))
        return;
    ticket = instance_ticket_new(runtime, NULL, NULL);
    r = role_link_call(runtime->worker, VERB_HITS, NULL, HITS_TIMEOUT_US, on_hits_end, ticket);
    if (r < 0)
        instance_ticket_redeem(ticket);
    else
        runtime->hits_at = now;
}
