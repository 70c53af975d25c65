/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/store/link_store.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "hub/store/instance_store.h"
#include "hub/store/openvpn_store.h"
#include "hub/store/statement.h"

/* ---- which link ---- */

static bool meets(const struct peer *peer, const struct prefix *other)
{
    for (size_t i = 0; i < peer->real_subnets.count; i++)
        if (prefix_overlaps(&peer->real_subnets.items[i], other))
            return true;
    return false;
}

/* Those where another peer has one of the peer's real prefixes. */
static int find_taken(struct store *store, const struct peer *peer, struct link_set *ret_taken)
{
    _cleanup_statement_ struct statement statement = {0};
    struct link_set taken = {0};
    int result;

    link_set_add(&taken, 0);

    result = statement_open(store,
                            "SELECT p.link, s.family, coalesce(s.real, s.first), s.length "
                            "FROM peer p INDEXED BY peer_on_link "
                            "CROSS JOIN peer_subnet s ON s.peer_id = p.id "
                            "WHERE p.instance_id = ? AND p.link > 0 AND p.id <> ?",
                            &statement);
    if (result)
        return result;
    statement_add_text(&statement, peer->instance_id);
    statement_add_text(&statement, peer->id);
    while ((result = statement_step(&statement)) > 0) {
        uint64_t link = (uint64_t)statement_take_number(&statement) % LINK_COUNT;
        struct prefix other = {0};

        other.address.family = statement_take_number(&statement) == 4 ? AF_INET : AF_INET6;
        statement_take_bytes(&statement, other.address.bytes, address_size(&other.address));
        other.length = (uint8_t)statement_take_number(&statement);
        result = statement_row_end(&statement);
        if (result)
            return result;
        if (meets(peer, &other))
            link_set_add(&taken, (unsigned)link);
    }
    *ret_taken = taken;
    return result;
}

int link_store_choose(struct store *store, const struct peer *peer, uint16_t *ret_link)
{
    struct link_set taken;
    unsigned lowest;
    int error;

    if (!peer_has_mapped(peer)) {
        *ret_link = 0;
        return 0;
    }
    error = find_taken(store, peer, &taken);
    if (error)
        return error;
    lowest = link_set_next_free(&taken, 0);
    if (lowest == LINK_COUNT)
        return -ENOSPC;
    *ret_link = link_set_has(&taken, peer->link) ? (uint16_t)lowest : peer->link;
    return 0;
}

/* ---- ports ---- */

/* Not asked of each link by itself: the index, being about `link > 0`, would be read from there on.
 */
static int remove_unused(struct store *store, const char *instance_id)
{
    _cleanup_statement_ struct statement statement = {0};
    int error = statement_open(store,
                               "DELETE FROM instance_link WHERE instance_id = ?1 AND link NOT IN "
                               "(SELECT link FROM peer INDEXED BY peer_on_link WHERE "
                               "instance_id = ?1 AND link > 0)",
                               &statement);

    if (error)
        return error;
    statement_add_text(&statement, instance_id);
    return statement_run(&statement);
}

/* 1 and the first link that `sql` finds, 0 there is none, -errno. */
static int find_link(struct store *store, const char *sql, const char *instance_id,
                     int64_t *ret_link)
{
    int error = statement_number(store, sql, instance_id, ret_link);

    return error == -ENOENT ? 0 : error ? error : 1;
}

static int find_without_port(struct store *store, const char *instance_id, int64_t *ret_link)
{
    return find_link(store,
                     "SELECT p.link FROM peer p INDEXED BY peer_on_link WHERE "
                     "p.instance_id = ? AND p.link > 0 AND NOT EXISTS (SELECT 1 FROM "
                     "instance_link l WHERE l.instance_id = p.instance_id AND "
                     "l.link = p.link) LIMIT 1",
                     instance_id, ret_link);
}

static int add(struct store *store, const char *instance_id, int64_t link, uint16_t port)
{
    _cleanup_statement_ struct statement statement = {0};
    int error = statement_open(
        store, "INSERT INTO instance_link (instance_id, link, port) VALUES (?, ?, ?)", &statement);

    if (error)
        return error;
    statement_add_text(&statement, instance_id);
    statement_add_number(&statement, link);
    statement_add_number(&statement, port);
    return statement_run(&statement);
}

static int find_without_openvpn_port(struct store *store, const char *instance_id,
                                     int64_t *ret_link)
{
    return find_link(store,
                     "SELECT link FROM instance_link WHERE instance_id = ?1 AND "
                     "openvpn_port IS NULL AND link IN (SELECT link FROM peer INDEXED BY "
                     "peer_on_link WHERE instance_id = ?1 AND link > 0 AND protocol = 1) LIMIT 1",
                     instance_id, ret_link);
}

static int set_openvpn_port(struct store *store, const char *instance_id, int64_t link,
                            uint16_t port)
{
    _cleanup_statement_ struct statement statement = {0};
    int error = statement_open(
        store, "UPDATE instance_link SET openvpn_port = ? WHERE instance_id = ? AND link = ?",
        &statement);

    if (error)
        return error;
    statement_add_number(&statement, port);
    statement_add_text(&statement, instance_id);
    statement_add_number(&statement, link);
    return statement_run(&statement);
}

int link_store_settle(struct store *store, const char *instance_id,
                      struct link_port_range wireguard, struct link_port_range openvpn)
{
    int64_t link = 0;
    int result = remove_unused(store, instance_id);

    while (result == 0 && (result = find_without_port(store, instance_id, &link)) > 0) {
        uint16_t port = 0;

        result = instance_store_free_port(store, wireguard.first, wireguard.last, &port);
        if (result == 0)
            result = add(store, instance_id, link, port);
    }
    while (result == 0 && (result = find_without_openvpn_port(store, instance_id, &link)) > 0) {
        uint16_t port = 0;

        result = openvpn_store_free_port(store, openvpn.first, openvpn.last, &port);
        if (result == 0)
            result = set_openvpn_port(store, instance_id, link, port);
    }
    return result;
}

int link_store_ports(struct store *store, const char *instance_id, struct port_list *ret_ports)
{
    _cleanup_statement_ struct statement statement = {0};
    int result = statement_open(store, "SELECT link, port FROM instance_link WHERE instance_id = ?",
                                &statement);
    if (result)
        return result;
    statement_add_text(&statement, instance_id);
    while ((result = statement_step(&statement)) > 0) {
        uint64_t link = (uint64_t)statement_take_number(&statement) % LINK_COUNT;

        port_list_set(ret_ports, (unsigned)link, (uint16_t)statement_take_number(&statement));
    }
    return result;
}

int link_store_links(struct store *store, const char *instance_id, struct link_set *ret_links)
{
    _cleanup_port_list_ struct port_list ports = {0};
    int error = link_store_ports(store, instance_id, &ports);

    if (error)
        return error;
    *ret_links = (struct link_set){0};
    for (unsigned link = 0; link < ports.count; link++)
        if (ports.items[link])
            link_set_add(ret_links, link);
    return 0;
}

int link_store_find(struct store *store, const char *instance_id, uint16_t link,
                    struct link_ports *ret_ports)
{
    _cleanup_statement_ struct statement statement = {0};
    struct link_ports ports = {0};
    int error = statement_open(
        store, "SELECT port, openvpn_port FROM instance_link WHERE instance_id = ? AND link = ?",
        &statement);

    if (error)
        return error;
    statement_add_text(&statement, instance_id);
    statement_add_number(&statement, link);
    error = statement_step_one(&statement);
    if (error)
        return error;
    ports.wireguard = (uint16_t)statement_take_number(&statement);
    if (!statement_take_null(&statement))
        ports.openvpn = (uint16_t)statement_take_number(&statement);
    error = statement_row_end(&statement);
    if (error == 0)
        *ret_ports = ports;
    return error;
}

/* ---- OpenVPN ---- */

void link_openvpns_done(struct link_openvpns *links)
{
    free(links->items);
    *links = (struct link_openvpns){0};
}

static struct link_openvpn *get_openvpn(struct link_openvpns *links, uint64_t link)
{
    if (link >= links->size) {
        links->size = link < 8 ? 8 : 2 * (size_t)link;
        links->items = reallocarray(links->items, links->size, sizeof(links->items[0]));
        if (!links->items)
            abort();
    }
    for (; links->count <= link; links->count++)
        links->items[links->count] = (struct link_openvpn){0};
    return &links->items[link];
}

static int read_openvpn_ports(struct store *store, const char *instance_id,
                              struct link_openvpns *links)
{
    _cleanup_statement_ struct statement statement = {0};
    int result = statement_open(store,
                                "SELECT link, openvpn_port FROM instance_link WHERE "
                                "instance_id = ? AND openvpn_port IS NOT NULL",
                                &statement);

    if (result)
        return result;
    statement_add_text(&statement, instance_id);
    while ((result = statement_step(&statement)) > 0) {
        uint64_t link = (uint64_t)statement_take_number(&statement) % LINK_COUNT;

        get_openvpn(links, link)->port = (uint16_t)statement_take_number(&statement);
    }
    return result;
}

int link_store_openvpn(struct store *store, const char *instance_id,
                       struct link_openvpns *ret_links)
{
    _cleanup_statement_ struct statement statement = {0};
    int result = read_openvpn_ports(store, instance_id, ret_links);

    if (result == 0)
        result = statement_open(store,
                                "SELECT link, login, count(*) FROM peer INDEXED BY "
                                "peer_over_openvpn WHERE instance_id = ? AND protocol = 1 "
                                "GROUP BY link, login",
                                &statement);
    if (result)
        return result;
    statement_add_text(&statement, instance_id);
    while ((result = statement_step(&statement)) > 0) {
        uint64_t link = (uint64_t)statement_take_number(&statement) % LINK_COUNT;
        bool password = statement_take_number(&statement) == LOGIN_PASSWORD;
        uint32_t count = (uint32_t)statement_take_number(&statement);
        struct link_openvpn *one;

        one = get_openvpn(ret_links, link);
        *(password ? &one->passwords : &one->certificates) = count;
    }
    return result;
}
