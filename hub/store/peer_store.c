/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/store/peer_store.h"

#include <errno.h>

#include "hub/base/cleanup.h"
#include "hub/store/peer_host.h"
#include "hub/store/peer_label.h"
#include "hub/store/peer_subnet.h"
#include "hub/store/statement.h"
#include "hub/store/store_private.h"
#include "hub/store/user_store.h"

/* What OpenVPN peers have lies in a row of its own. */
#define COLUMNS \
    "\"row\", id, instance_id, name, is_site, enabled, route_all, expires_at, expired, host, " \
    "public_key, keepalive, protocol, login, link, created_at, updated_at, revision, " \
    "CASE protocol WHEN 1 THEN (SELECT not_after FROM peer_openvpn WHERE peer_id = peer.id) END, " \
    "CASE protocol WHEN 1 THEN (SELECT key IS NOT NULL FROM peer_openvpn WHERE peer_id = " \
    "peer.id) " \
    "ELSE private_key IS NOT NULL END, " \
    "preshared_key IS NOT NULL, dns_label, user_id, (SELECT name FROM user WHERE id = user_id), " \
    "disabled_with_user, private_key, preshared_key"

void peer_done(struct peer *peer)
{
    prefix_set_done(&peer->subnets);
    prefix_set_done(&peer->real_subnets);
    key_wipe(&peer->private_key);
    key_wipe(&peer->preshared_key);
}

bool peer_has_mapped(const struct peer *peer)
{
    return !prefix_set_equal(&peer->subnets, &peer->real_subnets);
}

static void take_preshared_key(struct statement *statement, struct peer *peer)
{
    statement_take_secret(statement, "peer", peer->id, "preshared_key", &peer->preshared_key);
}

static void take_secrets(struct statement *statement, struct peer *peer)
{
    if (peer->has_private_key && peer->protocol == PROTOCOL_WIREGUARD)
        statement_take_secret(statement, "peer", peer->id, "private_key", &peer->private_key);
    else
        statement_skip(statement);
    if (peer->has_preshared_key)
        take_preshared_key(statement, peer);
}

static int take_peer(struct statement *statement, bool with_secrets, struct peer *peer)
{
    int error;

    *peer = (struct peer){0};
    peer->row = (uint64_t)statement_take_number(statement);
    statement_take_text_into(statement, peer->id, sizeof(peer->id));
    statement_take_text_into(statement, peer->instance_id, sizeof(peer->instance_id));
    statement_take_text_into(statement, peer->name, sizeof(peer->name));
    peer->is_site = statement_take_number(statement) != 0;
    peer->enabled = statement_take_number(statement) != 0;
    peer->route_all = statement_take_number(statement) != 0;
    peer->expires = !statement_take_null(statement);
    if (peer->expires)
        peer->expires_at = statement_take_number(statement);
    peer->expired = statement_take_number(statement) != 0;
    peer->host = (uint64_t)statement_take_number(statement);
    statement_take_bytes(statement, peer->public_key.bytes, KEY_SIZE);
    peer->keepalive = (uint16_t)statement_take_number(statement);
    peer->protocol = (enum peer_protocol)statement_take_number(statement);
    peer->login = (enum peer_login)statement_take_number(statement);
    peer->link = (uint16_t)statement_take_number(statement);
    peer->created_at = statement_take_number(statement);
    peer->updated_at = statement_take_number(statement);
    peer->revision = (uint64_t)statement_take_number(statement);
    peer->certificate_expires_at = statement_take_number(statement);
    peer->has_private_key = statement_take_number(statement) != 0;
    peer->has_preshared_key = statement_take_number(statement) != 0;
    if (!statement_take_null(statement))
        statement_take_text_into(statement, peer->dns_label, sizeof(peer->dns_label));
    if (statement_take_null(statement))
        statement_skip(statement);
    else {
        statement_take_text_into(statement, peer->user_id, sizeof(peer->user_id));
        statement_take_text_into(statement, peer->user, sizeof(peer->user));
    }
    peer->disabled_with_user = statement_take_number(statement) != 0;
    if (with_secrets)
        take_secrets(statement, peer);
    error = statement_row_end(statement);
    if (!error && peer->is_site)
        error = peer_subnet_list(statement->store, peer);
    if (!error)
        error = peer_label_list(statement->store, peer);
    if (!error && peer->user_id[0])
        error = user_store_groups(statement->store, peer->user_id, peer->user_groups,
                                  &peer->user_group_count);
    return error;
}

/* Steps to the one row and fills the peer on success alone. */
static int take_one(struct statement *statement, struct peer *ret_peer)
{
    struct peer peer = {0};
    int error = statement_step_one(statement);

    if (error)
        return error;
    error = take_peer(statement, true, &peer);
    if (error)
        peer_done(&peer);
    else
        *ret_peer = peer;
    return error;
}

static int find(struct store *store, const char *sql, const char *instance_id, const char *value,
                struct peer *ret_peer)
{
    _cleanup_statement_ struct statement statement = {0};
    int error = statement_open(store, sql, &statement);

    if (error)
        return error;
    statement_add_text(&statement, value);
    statement_add_text(&statement, instance_id);
    return take_one(&statement, ret_peer);
}

int peer_store_find(struct store *store, const char *instance_id, const char *id_or_name,
                    struct peer *ret_peer)
{
    int error = find(store, "SELECT " COLUMNS " FROM peer WHERE id = ? AND instance_id = ?",
                     instance_id, id_or_name, ret_peer);

    if (error == -ENOENT)
        error = find(store, "SELECT " COLUMNS " FROM peer WHERE name = ? AND instance_id = ?",
                     instance_id, id_or_name, ret_peer);
    return error;
}

int peer_store_find_key(struct store *store, const char *instance_id, const struct key *public_key,
                        struct peer *ret_peer)
{
    _cleanup_statement_ struct statement statement = {0};
    int error;

    error = statement_open(
        store, "SELECT " COLUMNS " FROM peer WHERE instance_id = ? AND public_key = ?", &statement);
    if (error)
        return error;
    statement_add_text(&statement, instance_id);
    statement_add_blob(&statement, public_key->bytes, KEY_SIZE);
    return take_one(&statement, ret_peer);
}

int peer_store_find_host(struct store *store, const char *instance_id, uint64_t host,
                         struct peer *ret_peer)
{
    _cleanup_statement_ struct statement statement = {0};
    int error;

    error = statement_open(store, "SELECT " COLUMNS " FROM peer WHERE instance_id = ? AND host = ?",
                           &statement);
    if (error)
        return error;
    statement_add_text(&statement, instance_id);
    statement_add_number(&statement, (int64_t)host);
    return take_one(&statement, ret_peer);
}

static int each_row(struct statement *statement, bool with_secrets, peer_each each, void *data)
{
    int result;

    while ((result = statement_step(statement)) > 0) {
        _cleanup_peer_ struct peer peer = {0};

        result = take_peer(statement, with_secrets, &peer);
        if (!result)
            result = each(&peer, data);
        if (result)
            return result;
    }
    return result;
}

/* Of a statement that lists an instance's peers in their order; limit 0 = all. */
static void add_page(struct statement *statement, const char *instance_id, uint64_t after_row,
                     unsigned limit)
{
    statement_add_text(statement, instance_id);
    statement_add_number(statement, (int64_t)after_row);
    statement_add_number(statement, limit ? (int64_t)limit : -1);
}

int peer_store_list(struct store *store, const char *instance_id, uint64_t after_row,
                    unsigned limit, bool with_secrets, peer_each each, void *data)
{
    _cleanup_statement_ struct statement statement = {0};
    int error;

    error = statement_open(store,
                           "SELECT " COLUMNS " FROM peer INDEXED BY peer_order "
                           "WHERE instance_id = ? AND \"row\" > ? ORDER BY \"row\" LIMIT ?",
                           &statement);
    if (error)
        return error;
    add_page(&statement, instance_id, after_row, limit);
    return each_row(&statement, with_secrets, each, data);
}

int peer_store_list_ids(struct store *store, const char *instance_id, uint64_t after_row,
                        unsigned limit, peer_each_id each, void *data)
{
    _cleanup_statement_ struct statement statement = {0};
    int result;

    result = statement_open(store,
                            "SELECT \"row\", id FROM peer INDEXED BY peer_order "
                            "WHERE instance_id = ? AND \"row\" > ? ORDER BY \"row\" LIMIT ?",
                            &statement);
    if (result)
        return result;
    add_page(&statement, instance_id, after_row, limit);
    while ((result = statement_step(&statement)) > 0) {
        char id[ID_MAX];
        uint64_t row = (uint64_t)statement_take_number(&statement);

        statement_take_text_into(&statement, id, sizeof(id));
        result = statement_row_end(&statement);
        if (!result)
            result = each(row, id, data);
        if (result)
            return result;
    }
    return result;
}

static int take_enabled(struct statement *statement, struct peer *peer)
{
    int error;

    peer->enabled = true;
    peer->row = (uint64_t)statement_take_number(statement);
    statement_take_text_into(statement, peer->id, sizeof(peer->id));
    peer->is_site = statement_take_number(statement) != 0;
    peer->route_all = statement_take_number(statement) != 0;
    peer->expires = !statement_take_null(statement);
    if (peer->expires)
        peer->expires_at = statement_take_number(statement);
    peer->host = (uint64_t)statement_take_number(statement);
    statement_take_bytes(statement, peer->public_key.bytes, KEY_SIZE);
    peer->protocol = (enum peer_protocol)statement_take_number(statement);
    peer->link = (uint16_t)statement_take_number(statement);
    peer->has_preshared_key = !statement_take_null(statement);
    if (peer->has_preshared_key)
        take_preshared_key(statement, peer);
    error = statement_row_end(statement);
    return error || !peer->is_site ? error : peer_subnet_list(statement->store, peer);
}

int peer_store_list_enabled(struct store *store, const char *instance_id, uint64_t after_row,
                            unsigned limit, peer_each each, void *data)
{
    _cleanup_statement_ struct statement statement = {0};
    int result = statement_open(store,
                                "SELECT \"row\", id, is_site, route_all, expires_at, host, "
                                "public_key, protocol, link, preshared_key "
                                "FROM peer INDEXED BY peer_order "
                                "WHERE instance_id = ? AND \"row\" > ? AND enabled "
                                "ORDER BY \"row\" LIMIT ?",
                                &statement);

    if (result)
        return result;
    add_page(&statement, instance_id, after_row, limit);
    while ((result = statement_step(&statement)) > 0) {
        _cleanup_peer_ struct peer peer = {0};

        result = take_enabled(&statement, &peer);
        if (!result)
            result = each(&peer, data);
        if (result)
            return result;
    }
    return result;
}

static int count(struct store *store, const char *text, const char *instance_id,
                 uint32_t *ret_count)
{
    int64_t number;
    int error = statement_number(store, text, instance_id, &number);

    if (!error)
        *ret_count = (uint32_t)number;
    return error;
}

int peer_store_count(struct store *store, const char *instance_id, uint32_t *ret_count)
{
    return count(store, "SELECT peers FROM instance_counter WHERE instance_id = ?", instance_id,
                 ret_count);
}

int peer_store_count_enabled(struct store *store, const char *instance_id, uint32_t *ret_count)
{
    return count(store, "SELECT count(*) FROM peer WHERE instance_id = ? AND enabled", instance_id,
                 ret_count);
}

/* name ... disabled_with_user */
static void add_columns(struct statement *statement, const struct peer *peer)
{
    statement_add_text(statement, peer->name);
    statement_add_number(statement, peer->is_site);
    statement_add_number(statement, peer->enabled);
    statement_add_number(statement, peer->route_all);
    if (peer->expires)
        statement_add_number(statement, peer->expires_at);
    else
        statement_add_null(statement);
    statement_add_number(statement, peer->expired);
    statement_add_number(statement, (int64_t)peer->host);
    statement_add_blob(statement, peer->public_key.bytes, KEY_SIZE);
    if (peer->has_private_key && peer->protocol == PROTOCOL_WIREGUARD)
        statement_add_secret(statement, "peer", peer->id, "private_key", &peer->private_key);
    else
        statement_add_null(statement);
    if (peer->has_preshared_key)
        statement_add_secret(statement, "peer", peer->id, "preshared_key", &peer->preshared_key);
    else
        statement_add_null(statement);
    statement_add_number(statement, peer->keepalive);
    statement_add_number(statement, peer->protocol);
    statement_add_number(statement, peer->login);
    statement_add_number(statement, peer->link);
    statement_add_text(statement, peer->dns_label[0] ? peer->dns_label : NULL);
    statement_add_text(statement, peer->user_id[0] ? peer->user_id : NULL);
    statement_add_number(statement, peer->disabled_with_user);
}

static int failed(struct store *store, int error, const char **ret_column)
{
    if (error == -EEXIST)
        *ret_column = store->error_column;
    return error;
}

static int insert(struct store *store, const struct peer *peer, int64_t now, uint64_t *ret_row)
{
    _cleanup_statement_ struct statement statement = {0};
    int error;

    error = statement_open(store,
                           "INSERT INTO peer (id, instance_id, name, is_site, enabled, route_all, "
                           "expires_at, expired, host, public_key, private_key, preshared_key, "
                           "keepalive, protocol, login, link, dns_label, user_id, "
                           "disabled_with_user, created_at, updated_at, revision) "
                           "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
                           "?, 1) "
                           "RETURNING \"row\"",
                           &statement);
    if (error)
        return error;
    statement_add_text(&statement, peer->id);
    statement_add_text(&statement, peer->instance_id);
    add_columns(&statement, peer);
    statement_add_number(&statement, now);
    statement_add_number(&statement, now);
    error = statement_step_one(&statement);
    if (error)
        return error;
    *ret_row = (uint64_t)statement_take_number(&statement);
    return statement_run(&statement);
}

int peer_store_add(struct store *store, struct peer *peer, const char **ret_column)
{
    int64_t now = clock_seconds();
    uint64_t row;
    int error;

    if ((!peer->is_site && peer->subnets.count > 0) ||
        peer->subnets.count != peer->real_subnets.count)
        return -EINVAL;
    error = insert(store, peer, now, &row);
    if (!error)
        error = peer_subnet_put(store, peer);
    if (!error)
        error = peer_label_put(store, peer);
    if (!error)
        error = peer_host_take(store, peer->instance_id, peer->host);
    if (error)
        return failed(store, error, ret_column);
    peer->row = row;
    peer->created_at = peer->updated_at = now;
    peer->revision = 1;
    return 0;
}

static int update(struct store *store, const struct peer *peer, int64_t now)
{
    _cleanup_statement_ struct statement statement = {0};
    int error;

    error = statement_open(store,
                           "UPDATE peer SET name = ?, is_site = ?, enabled = ?, route_all = ?, "
                           "expires_at = ?, expired = ?, host = ?, public_key = ?, "
                           "private_key = ?, preshared_key = ?, keepalive = ?, protocol = ?, "
                           "login = ?, link = ?, dns_label = ?, user_id = ?, "
                           "disabled_with_user = ?, updated_at = ?, revision = ? "
                           "WHERE id = ? AND instance_id = ?",
                           &statement);
    if (error)
        return error;
    add_columns(&statement, peer);
    statement_add_number(&statement, now);
    statement_add_number(&statement, (int64_t)peer->revision + 1);
    statement_add_text(&statement, peer->id);
    statement_add_text(&statement, peer->instance_id);
    return statement_run_one(&statement);
}

int peer_store_update(struct store *store, struct peer *peer, const char **ret_column)
{
    int64_t now = clock_seconds();
    int error;

    if ((!peer->is_site && peer->subnets.count > 0) ||
        peer->subnets.count != peer->real_subnets.count)
        return -EINVAL;
    error = update(store, peer, now);
    if (!error)
        error = peer_subnet_put(store, peer);
    if (!error)
        error = peer_label_put(store, peer);
    if (error)
        return failed(store, error, ret_column);
    peer->updated_at = now;
    peer->revision++;
    return 0;
}

int peer_store_delete(struct store *store, const char *instance_id, const char *id)
{
    _cleanup_statement_ struct statement statement = {0};
    uint64_t host;
    int error = statement_find_one(
        store, "DELETE FROM peer WHERE id = ? AND instance_id = ? RETURNING host", id, instance_id,
        &statement);

    if (error)
        return error;
    host = (uint64_t)statement_take_number(&statement);
    error = statement_run(&statement);
    return error ? error : peer_host_release(store, instance_id, host);
}

int peer_store_next_expiry(struct store *store, int64_t *ret_at)
{
    _cleanup_statement_ struct statement statement = {0};
    int result;

    result = statement_open(store,
                            "SELECT expires_at FROM peer INDEXED BY peer_expiry "
                            "WHERE enabled AND expires_at IS NOT NULL ORDER BY expires_at LIMIT 1",
                            &statement);
    if (!result)
        result = statement_step(&statement);
    if (result < 0)
        return result;
    *ret_at = result > 0 ? statement_take_number(&statement) : 0;
    return 0;
}

int peer_store_expired(struct store *store, int64_t now, peer_each each, void *data)
{
    _cleanup_statement_ struct statement statement = {0};
    int error;

    error = statement_open(store,
                           "SELECT " COLUMNS " FROM peer INDEXED BY peer_expiry "
                           "WHERE enabled AND expires_at IS NOT NULL AND expires_at <= ? "
                           "ORDER BY expires_at",
                           &statement);
    if (error)
        return error;
    statement_add_number(&statement, now);
    return each_row(&statement, true, each, data);
}

/* ---- names in the DNS ---- */

int peer_store_names(struct store *store, const char *instance_id, uint64_t first, uint64_t last,
                     unsigned limit, peer_name_each each, void *data)
{
    _cleanup_statement_ struct statement statement = {0};
    int result;

    result = statement_open(
        store,
        "SELECT host, dns_label FROM peer INDEXED BY peer_names "
        "WHERE instance_id = ? AND enabled AND host BETWEEN ? AND ? AND dns_label IS NOT NULL "
        "ORDER BY host LIMIT ?",
        &statement);
    if (result)
        return result;
    statement_add_text(&statement, instance_id);
    statement_add_number(&statement, first > INT64_MAX ? INT64_MAX : (int64_t)first);
    statement_add_number(&statement, last > INT64_MAX ? INT64_MAX : (int64_t)last);
    statement_add_number(&statement, limit ? (int64_t)limit : -1);
    while ((result = statement_step(&statement)) > 0) {
        uint64_t host = (uint64_t)statement_take_number(&statement);
        char label[DNS_LABEL_MAX] = "";

        statement_take_text_into(&statement, label, sizeof(label));
        result = statement_row_end(&statement);
        if (!result)
            result = each(host, label, data);
        if (result)
            return result;
    }
    return result;
}

int peer_store_find_label(struct store *store, const char *instance_id, const char *label,
                          const char *except_id, char ret_name[static 44])
{
    _cleanup_statement_ struct statement statement = {0};
    int error = statement_open(store,
                               "SELECT name FROM peer WHERE instance_id = ? AND dns_label = ? "
                               "AND id != ?",
                               &statement);

    if (error)
        return error;
    statement_add_text(&statement, instance_id);
    statement_add_text(&statement, label);
    statement_add_text(&statement, except_id ? except_id : "");
    error = statement_step_one(&statement);
    if (!error)
        statement_take_text_into(&statement, ret_name, 44);
    return error ? error : statement_row_end(&statement);
}

int peer_store_unlabelled(struct store *store, struct peer *ret_peer)
{
    _cleanup_statement_ struct statement statement = {0};
    int error = statement_open(store,
                               "SELECT " COLUMNS " FROM peer WHERE dns_label IS NULL "
                               "ORDER BY \"row\" LIMIT 1",
                               &statement);

    return error ? error : take_one(&statement, ret_peer);
}

int peer_store_set_label(struct store *store, const char *id, const char *label)
{
    return statement_change_one(store, "UPDATE peer SET dns_label = ? WHERE id = ?", label, id);
}
