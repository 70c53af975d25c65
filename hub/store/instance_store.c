/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/store/instance_store.h"

#include <errno.h>

#include "hub/base/cleanup.h"
#include "hub/store/statement.h"
#include "hub/store/store_private.h"

enum { HOSTNAME_REST_SECONDS = 30 * 24 * 3600 };

#define COLUMNS \
    "id, name, hostname, region, network4, network6, slot, port, mtu, client_to_client, " \
    "dns_mode, dns, pushed, private_key, public_key, openvpn_transports, deleting, created_at, " \
    "updated_at, revision, dns_custom, split_dns, dns_domains, firewall_deny"

void instance_done(struct instance *instance)
{
    prefix_set_done(&instance->pushed);
    dns_list_done(&instance->dns_custom);
    dns_list_done(&instance->split_dns);
    dns_list_done(&instance->dns_domains);
    key_wipe(&instance->private_key);
}

static void take_dns(struct statement *statement, struct instance *instance)
{
    _cleanup_prefix_set_ struct prefix_set set = {0};

    statement_take_prefix_set(statement, &set);
    for (size_t i = 0; i < set.count && instance->dns_count < ELEMENTS(instance->dns); i++)
        instance->dns[instance->dns_count++] = set.items[i].address;
}

static int take_instance(struct statement *statement, struct instance *instance)
{
    *instance = (struct instance){0};
    statement_take_text_into(statement, instance->id, sizeof(instance->id));
    statement_take_text_into(statement, instance->name, sizeof(instance->name));
    statement_take_text_into(statement, instance->hostname, sizeof(instance->hostname));
    statement_take_text_into(statement, instance->region, sizeof(instance->region));
    statement_take_prefix(statement, &instance->network4);
    statement_take_prefix(statement, &instance->network6);
    instance->slot = (uint32_t)statement_take_number(statement);
    instance->port = (uint16_t)statement_take_number(statement);
    instance->mtu = (uint16_t)statement_take_number(statement);
    instance->client_to_client = statement_take_number(statement) != 0;
    instance->dns_mode = (enum dns_mode)statement_take_number(statement);
    take_dns(statement, instance);
    statement_take_prefix_set(statement, &instance->pushed);
    statement_take_secret(statement, "instance", instance->id, "private_key",
                          &instance->private_key);
    statement_take_bytes(statement, instance->public_key.bytes, KEY_SIZE);
    instance->openvpn_transports = (uint8_t)statement_take_number(statement);
    instance->deleting = statement_take_number(statement) != 0;
    instance->created_at = statement_take_number(statement);
    instance->updated_at = statement_take_number(statement);
    instance->revision = (uint64_t)statement_take_number(statement);
    statement_take_dns_list(statement, &instance->dns_custom);
    statement_take_dns_list(statement, &instance->split_dns);
    statement_take_dns_list(statement, &instance->dns_domains);
    instance->firewall_deny = statement_take_number(statement) != 0;
    return statement_row_end(statement);
}

static int find(struct store *store, const char *sql, const char *value,
                struct instance *ret_instance)
{
    _cleanup_statement_ struct statement statement = {0};
    struct instance instance = {0};
    int error = statement_find_one(store, sql, value, NULL, &statement);

    if (error)
        return error;
    error = take_instance(&statement, &instance);
    if (error)
        instance_done(&instance);
    else
        *ret_instance = instance;
    return error;
}

int instance_store_find(struct store *store, const char *id_or_name, struct instance *ret_instance)
{
    int error =
        find(store, "SELECT " COLUMNS " FROM instance WHERE id = ?", id_or_name, ret_instance);

    if (error == -ENOENT)
        error = find(store, "SELECT " COLUMNS " FROM instance WHERE name = ?", id_or_name,
                     ret_instance);
    return error;
}

int instance_store_list(struct store *store, const char *after, unsigned limit, instance_each each,
                        void *data)
{
    _cleanup_statement_ struct statement statement = {0};
    int result;

    result = statement_open(
        store, "SELECT " COLUMNS " FROM instance WHERE name > ? ORDER BY name LIMIT ?", &statement);
    if (result)
        return result;
    statement_add_text(&statement, after ? after : "");
    statement_add_number(&statement, limit ? (int64_t)limit : -1);
    while ((result = statement_step(&statement)) > 0) {
        _cleanup_instance_ struct instance instance = {0};

        result = take_instance(&statement, &instance);
        if (!result)
            result = each(&instance, data);
        if (result)
            return result;
    }
    return result;
}

static void add_dns(struct statement *statement, const struct instance *instance)
{
    _cleanup_prefix_set_ struct prefix_set set = {0};

    for (size_t i = 0; i < instance->dns_count; i++) {
        struct prefix prefix = prefix_of_address(&instance->dns[i]);

        prefix_set_add(&set, &prefix);
    }
    statement_add_prefix_set(statement, &set);
}

/* name ... dns_domains */
static void add_columns(struct statement *statement, const struct instance *instance)
{
    statement_add_text(statement, instance->name);
    statement_add_text(statement, instance->hostname);
    statement_add_text(statement, instance->region);
    statement_add_prefix(statement, &instance->network4);
    statement_add_prefix(statement, &instance->network6);
    statement_add_number(statement, instance->slot);
    statement_add_number(statement, instance->port);
    statement_add_number(statement, instance->mtu);
    statement_add_number(statement, instance->client_to_client);
    statement_add_number(statement, instance->dns_mode);
    add_dns(statement, instance);
    statement_add_prefix_set(statement, &instance->pushed);
    statement_add_secret(statement, "instance", instance->id, "private_key",
                         &instance->private_key);
    statement_add_blob(statement, instance->public_key.bytes, KEY_SIZE);
    statement_add_number(statement, instance->openvpn_transports);
    statement_add_dns_list(statement, &instance->dns_custom);
    statement_add_dns_list(statement, &instance->split_dns);
    statement_add_dns_list(statement, &instance->dns_domains);
}

/* Runs a statement whose only parameters are texts. */
static int run_with(struct store *store, const char *sql, const char *text)
{
    _cleanup_statement_ struct statement statement = {0};
    int error = statement_open(store, sql, &statement);

    if (error)
        return error;
    statement_add_text(&statement, text);
    return statement_run(&statement);
}

static int insert(struct store *store, const struct instance *instance, const char **ret_column)
{
    _cleanup_statement_ struct statement statement = {0};
    int error;

    error = statement_open(store,
                           "INSERT INTO instance (id, name, hostname, region, network4, network6, "
                           "slot, port, mtu, client_to_client, dns_mode, dns, pushed, private_key, "
                           "public_key, openvpn_transports, dns_custom, split_dns, dns_domains, "
                           "deleting, created_at, updated_at, revision, firewall_deny) "
                           "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
                           "?, ?, ?)",
                           &statement);
    if (error)
        return error;
    statement_add_text(&statement, instance->id);
    add_columns(&statement, instance);
    statement_add_number(&statement, instance->deleting);
    statement_add_number(&statement, instance->created_at);
    statement_add_number(&statement, instance->updated_at);
    statement_add_number(&statement, (int64_t)instance->revision);
    statement_add_number(&statement, instance->firewall_deny);
    error = statement_run(&statement);
    if (error == -EEXIST)
        *ret_column = store->error_column;
    return error;
}

int instance_store_add(struct store *store, const struct instance *instance,
                       const char **ret_column)
{
    int error = insert(store, instance, ret_column);

    if (!error)
        error =
            run_with(store, "INSERT INTO instance_counter (instance_id) VALUES (?)", instance->id);
    return error;
}

int instance_store_update(struct store *store, struct instance *instance, const char **ret_column)
{
    _cleanup_statement_ struct statement statement = {0};
    int64_t now = clock_seconds();
    int error;

    error =
        statement_open(store,
                       "UPDATE instance SET name = ?, hostname = ?, region = ?, network4 = ?, "
                       "network6 = ?, slot = ?, port = ?, mtu = ?, client_to_client = ?, "
                       "dns_mode = ?, dns = ?, pushed = ?, private_key = ?, public_key = ?, "
                       "openvpn_transports = ?, dns_custom = ?, split_dns = ?, dns_domains = ?, "
                       "updated_at = ?, revision = ?, firewall_deny = ? WHERE id = ?",
                       &statement);
    if (error)
        return error;
    add_columns(&statement, instance);
    statement_add_number(&statement, now);
    statement_add_number(&statement, (int64_t)instance->revision + 1);
    statement_add_number(&statement, instance->firewall_deny);
    statement_add_text(&statement, instance->id);
    error = statement_run(&statement);
    if (error == -EEXIST)
        *ret_column = store->error_column;
    if (error)
        return error;
    if (statement_changes(&statement) == 0)
        return -ENOENT;
    instance->updated_at = now;
    instance->revision++;
    return 0;
}

int instance_store_mark_deleting(struct store *store, const char *id)
{
    _cleanup_statement_ struct statement statement = {0};
    int error;

    error = statement_open(store,
                           "UPDATE instance SET deleting = 1, revision = revision + 1, "
                           "updated_at = ? WHERE id = ?",
                           &statement);
    if (error)
        return error;
    statement_add_number(&statement, clock_seconds());
    statement_add_text(&statement, id);
    return statement_run_one(&statement);
}

static int rest_hostname(struct store *store, const char *id)
{
    _cleanup_statement_ struct statement statement = {0};
    int error;

    error = statement_open(store,
                           "INSERT OR REPLACE INTO hostname_rest (hostname, released_at) "
                           "SELECT hostname, ? FROM instance WHERE id = ?",
                           &statement);
    if (error)
        return error;
    statement_add_number(&statement, clock_seconds());
    statement_add_text(&statement, id);
    return statement_run_one(&statement);
}

static int forget_rested(struct store *store)
{
    _cleanup_statement_ struct statement statement = {0};
    int error =
        statement_open(store, "DELETE FROM hostname_rest WHERE released_at <= ?", &statement);

    if (error)
        return error;
    statement_add_number(&statement, clock_seconds() - HOSTNAME_REST_SECONDS);
    return statement_run(&statement);
}

int instance_store_delete(struct store *store, const char *id)
{
    int error = rest_hostname(store, id);

    if (!error)
        error = forget_rested(store);
    if (!error)
        error = run_with(store, "DELETE FROM instance WHERE id = ?", id);
    return error;
}

int instance_store_count(struct store *store, uint32_t *ret_count)
{
    int64_t number;
    int error = statement_number(store, "SELECT count(*) FROM instance", NULL, &number);

    if (!error)
        *ret_count = (uint32_t)number;
    return error;
}

static int hostname_used(struct store *store, const char *label)
{
    _cleanup_statement_ struct statement statement = {0};
    int error = statement_open(store, "SELECT 1 FROM instance WHERE hostname = ?", &statement);

    if (error)
        return error;
    statement_add_text(&statement, label);
    return statement_step(&statement);
}

int instance_store_hostname_taken(struct store *store, const char *label, bool *ret_taken,
                                  int64_t *ret_until)
{
    _cleanup_statement_ struct statement statement = {0};
    int64_t until = 0;
    int result = hostname_used(store, label);

    if (result < 0)
        return result;
    if (result == 0) {
        result = statement_open(store, "SELECT released_at FROM hostname_rest WHERE hostname = ?",
                                &statement);
        if (result)
            return result;
        statement_add_text(&statement, label);
        result = statement_step(&statement);
        if (result < 0)
            return result;
        if (result > 0)
            until = statement_take_number(&statement) + HOSTNAME_REST_SECONDS;
        result = until > clock_seconds();
    }
    *ret_taken = result > 0;
    *ret_until = *ret_taken ? until : 0;
    return 0;
}
