/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a new instance is given: a slot, a port, networks. */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "hub/base/cleanup.h"
#include "hub/store/instance_store.h"
#include "hub/store/statement.h"

/* The lowest number from `first` to `last` that a sorted column does not have. */
static int lowest_gap(struct store *store, const char *sql, uint32_t first, uint32_t last,
                      uint32_t *ret_number)
{
    _cleanup_statement_ struct statement statement = {0};
    uint32_t candidate = first;
    int result;

    result = statement_open(store, sql, &statement);
    if (result)
        return result;
    statement_add_number(&statement, first);
    while ((result = statement_step(&statement)) > 0)
        if (statement_take_number(&statement) != candidate++) {
            candidate--;
            break;
        }
    if (result < 0)
        return result;
    if (candidate < first || candidate > last)
        return -ENOSPC;
    *ret_number = candidate;
    return 0;
}

int instance_store_free_slot(struct store *store, uint32_t maximum, uint32_t *ret_slot)
{
    return lowest_gap(store, "SELECT slot FROM instance WHERE slot >= ? ORDER BY slot", 1, maximum,
                      ret_slot);
}

int instance_store_free_port(struct store *store, uint16_t first, uint16_t last, uint16_t *ret_port)
{
    uint32_t port;
    int error = lowest_gap(store,
                           "SELECT port FROM instance WHERE port >= ?1 UNION "
                           "SELECT port FROM instance_link WHERE port >= ?1 ORDER BY port",
                           first, last, &port);

    if (!error)
        *ret_port = (uint16_t)port;
    return error;
}

/* Where the number of instances that use a candidate network changes. */
struct use_change {
    uint64_t at;
    int by;
};

struct use_changes {
    const struct prefix *pool;
    uint8_t length;
    struct use_change *items;
    size_t count;
};

static int use_change_compare(const void *a, const void *b)
{
    const struct use_change *left = a, *right = b;

    return left->at < right->at ? -1 : left->at > right->at;
}

/* The number of the candidate that holds `address`. */
static uint64_t candidate_of(const struct use_changes *changes, const struct address *address)
{
    unsigned end = changes->length;
    uint64_t number = 0;

    for (unsigned bit = changes->pool->length; bit < end; bit++)
        number = number << 1 | ((address->bytes[bit / 8] >> (7 - bit % 8)) & 1U);
    return number;
}

static void add_use(struct use_changes *changes, const struct prefix *network)
{
    struct address first, last;
    uint64_t limit = 1ULL << (changes->length - changes->pool->length);
    uint64_t from = 0, to = limit;

    if (network->address.family == 0 || !prefix_overlaps(network, changes->pool))
        return;
    if (!prefix_contains(network, changes->pool)) {
        first = prefix_first(network);
        last = prefix_last(network);
        from = candidate_of(changes, &first);
        to = candidate_of(changes, &last) + 1;
    }
    changes->items = reallocarray(changes->items, changes->count + 2, sizeof(*changes->items));
    if (!changes->items)
        abort();
    changes->items[changes->count++] = (struct use_change){.at = from, .by = 1};
    changes->items[changes->count++] = (struct use_change){.at = to, .by = -1};
}

static uint64_t least_used(const struct use_changes *changes)
{
    uint64_t limit = 1ULL << (changes->length - changes->pool->length);
    uint64_t position = 0, best = 0;
    long uses = 0, fewest = -1;

    for (size_t i = 0; position < limit; i++) {
        uint64_t next = i < changes->count ? changes->items[i].at : limit;

        if (next > position && (fewest < 0 || uses < fewest)) {
            fewest = uses;
            best = position;
        }
        position = next;
        if (i < changes->count)
            uses += changes->items[i].by;
    }
    return best;
}

static struct prefix candidate_network(const struct use_changes *changes, uint64_t number)
{
    struct prefix network = {.address = changes->pool->address, .length = changes->length};

    for (unsigned bit = changes->length; bit-- > changes->pool->length; number >>= 1)
        if (number & 1)
            network.address.bytes[bit / 8] |= (uint8_t)(1U << (7 - bit % 8));
    return network;
}

int instance_store_free_network(struct store *store, const struct prefix *pool, uint8_t length,
                                struct prefix *ret_network)
{
    _cleanup_statement_ struct statement statement = {0};
    struct prefix base = prefix_network(pool);
    struct use_changes changes = {.pool = &base, .length = length};
    _cleanup_free_ struct use_change *owned = NULL;
    int result;

    if (length < base.length || length - base.length > 62 || length > address_bits(&base.address))
        return -EINVAL;
    result = statement_open(store, "SELECT network4, network6 FROM instance", &statement);
    if (result)
        return result;
    while ((result = statement_step(&statement)) > 0) {
        struct prefix networks[2];

        statement_take_prefix(&statement, &networks[0]);
        statement_take_prefix(&statement, &networks[1]);
        add_use(&changes, &networks[base.address.family == AF_INET6]);
    }
    owned = changes.items;
    if (result < 0)
        return result;
    if (changes.count > 0)
        qsort(changes.items, changes.count, sizeof(*changes.items), use_change_compare);
    *ret_network = candidate_network(&changes, least_used(&changes));
    return 0;
}
