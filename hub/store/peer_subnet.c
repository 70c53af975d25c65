/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/store/peer_subnet.h"

#include <errno.h>
#include <sys/socket.h>

#include "hub/store/statement.h"

static int family_number(const struct prefix *prefix)
{
    return prefix->address.family == AF_INET ? 4 : 6;
}

/* family, first, length */
static void take_subnet(struct statement *statement, struct prefix *ret_subnet)
{
    struct prefix subnet = {0};

    subnet.address.family = statement_take_number(statement) == 4 ? AF_INET : AF_INET6;
    statement_take_bytes(statement, subnet.address.bytes, address_size(&subnet.address));
    subnet.length = (uint8_t)statement_take_number(statement);
    *ret_subnet = subnet;
}

static int take_subnets(struct statement *statement, struct prefix_set *set)
{
    int result;

    while ((result = statement_step(statement)) > 0) {
        struct prefix subnet;

        take_subnet(statement, &subnet);
        result = statement_row_end(statement);
        if (result)
            return result;
        prefix_set_add(set, &subnet);
    }
    return result;
}

int peer_subnet_list(struct store *store, struct peer *peer)
{
    _cleanup_statement_ struct statement statement = {0};
    int result;

    result = statement_open(store,
                            "SELECT family, first, length, real FROM peer_subnet "
                            "WHERE peer_id = ? ORDER BY position",
                            &statement);
    if (result)
        return result;
    statement_add_text(&statement, peer->id);
    while ((result = statement_step(&statement)) > 0) {
        struct prefix subnet, real;

        take_subnet(&statement, &subnet);
        real = subnet;
        if (!statement_take_null(&statement))
            statement_take_bytes(&statement, real.address.bytes, address_size(&real.address));
        result = statement_row_end(&statement);
        if (result)
            return result;
        prefix_set_add(&peer->subnets, &subnet);
        prefix_set_add(&peer->real_subnets, &real);
    }
    return result;
}

static bool covered_by_another(const struct prefix_set *set, size_t index)
{
    for (size_t i = 0; i < set->count; i++) {
        if (i == index || !prefix_contains(&set->items[i], &set->items[index]))
            continue;
        /* Of two equal ones the first is held. */
        if (i < index || !prefix_equal(&set->items[i], &set->items[index]))
            return true;
    }
    return false;
}

static int remove_all(struct store *store, const char *peer_id)
{
    _cleanup_statement_ struct statement statement = {0};
    int error = statement_open(store, "DELETE FROM peer_subnet WHERE peer_id = ?", &statement);

    if (error)
        return error;
    statement_add_text(&statement, peer_id);
    return statement_run(&statement);
}

static int insert(struct store *store, const struct peer *peer, size_t position)
{
    _cleanup_statement_ struct statement statement = {0};
    const struct prefix *subnet = &peer->subnets.items[position];
    struct address first = prefix_first(subnet), last = prefix_last(subnet);
    const struct prefix *real = &peer->real_subnets.items[position];
    bool held = peer->enabled && !covered_by_another(&peer->subnets, position);
    int error;

    error = statement_open(store,
                           "INSERT INTO peer_subnet (peer_id, position, family, first, last, "
                           "length, held_by_instance, real) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                           &statement);
    if (error)
        return error;
    statement_add_text(&statement, peer->id);
    statement_add_number(&statement, (int64_t)position);
    statement_add_number(&statement, family_number(subnet));
    statement_add_blob(&statement, first.bytes, address_size(&first));
    statement_add_blob(&statement, last.bytes, address_size(&last));
    statement_add_number(&statement, subnet->length);
    statement_add_text(&statement, held ? peer->instance_id : NULL);
    if (prefix_equal(real, subnet))
        statement_add_null(&statement);
    else
        statement_add_blob(&statement, real->address.bytes, address_size(&real->address));
    return statement_run(&statement);
}

int peer_subnet_put(struct store *store, const struct peer *peer)
{
    int error = remove_all(store, peer->id);

    for (size_t i = 0; !error && i < peer->subnets.count; i++)
        error = insert(store, peer, i);
    return error;
}

/* What is held is disjoint, so that of all that begin before the subnet's end only the last one
 * can reach into it. */
int peer_store_overlap(struct store *store, const char *instance_id, const struct prefix *subnet,
                       const char *except_id, char ret_name[static 44], struct prefix *ret_subnet)
{
    _cleanup_statement_ struct statement statement = {0};
    struct address first = prefix_first(subnet), last = prefix_last(subnet);
    struct prefix found;
    char name[44];
    int error;

    error = statement_open(store,
                           "SELECT s.family, s.first, s.length, p.name FROM peer_subnet s "
                           "INDEXED BY peer_subnet_held CROSS JOIN peer p ON p.id = s.peer_id "
                           "WHERE s.held_by_instance = ? AND s.family = ? AND s.first <= ? "
                           "AND s.peer_id <> ? ORDER BY s.first DESC LIMIT 1",
                           &statement);
    if (error)
        return error;
    statement_add_text(&statement, instance_id);
    statement_add_number(&statement, family_number(subnet));
    statement_add_blob(&statement, last.bytes, address_size(&last));
    statement_add_text(&statement, except_id ? except_id : "");
    error = statement_step_one(&statement);
    if (error)
        return error;
    take_subnet(&statement, &found);
    statement_take_text_into(&statement, name, sizeof(name));
    error = statement_row_end(&statement);
    if (error)
        return error;
    last = prefix_last(&found);
    if (address_compare(&last, &first) < 0)
        return -ENOENT;
    memcpy(ret_name, name, sizeof(name));
    *ret_subnet = found;
    return 0;
}

int peer_store_advertised(struct store *store, const char *instance_id,
                          struct prefix_set *ret_subnets)
{
    _cleanup_statement_ struct statement statement = {0};
    struct prefix_set set = {0};
    int error;

    error = statement_open(store,
                           "SELECT family, first, length FROM peer_subnet "
                           "INDEXED BY peer_subnet_held WHERE held_by_instance = ? "
                           "ORDER BY family, first",
                           &statement);
    if (error)
        return error;
    statement_add_text(&statement, instance_id);
    error = take_subnets(&statement, &set);
    if (error)
        prefix_set_done(&set);
    else
        *ret_subnets = set;
    return error;
}

int peer_store_real_subnets(struct store *store, const char *instance_id,
                            struct prefix_set *subnets)
{
    _cleanup_statement_ struct statement statement = {0};
    int error;

    error = statement_open(store,
                           "SELECT s.family, s.real, s.length FROM peer p INDEXED BY peer_on_link "
                           "CROSS JOIN peer_subnet s ON s.peer_id = p.id "
                           "WHERE p.instance_id = ? AND p.link > 0 AND s.real IS NOT NULL",
                           &statement);
    if (error)
        return error;
    statement_add_text(&statement, instance_id);
    return take_subnets(&statement, subnets);
}

int peer_store_mapped(struct store *store, const char *instance_id, struct prefix_set *real,
                      struct prefix_set *seen)
{
    _cleanup_statement_ struct statement statement = {0};
    int result;

    result = statement_open(store,
                            "SELECT s.family, s.first, s.length, s.real FROM peer p "
                            "INDEXED BY peer_on_link CROSS JOIN peer_subnet s ON s.peer_id = p.id "
                            "WHERE p.instance_id = ? AND p.link > 0 AND p.enabled "
                            "AND s.real IS NOT NULL",
                            &statement);
    if (result)
        return result;
    statement_add_text(&statement, instance_id);
    while ((result = statement_step(&statement)) > 0) {
        struct prefix subnet, lan;

        take_subnet(&statement, &subnet);
        lan = subnet;
        statement_take_bytes(&statement, lan.address.bytes, address_size(&lan.address));
        result = statement_row_end(&statement);
        if (result)
            return result;
        prefix_set_add(real, &lan);
        prefix_set_add(seen, &subnet);
    }
    return result;
}
