/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/store/one_time_link_store.h"

#include <errno.h>

#include "hub/base/cleanup.h"
#include "hub/store/statement.h"

#define COLUMNS \
    "id, token_hash, instance_id, peer_id, identity, direct, uses, used, wrong_pins, refusals, " \
    "made_by, created_at, expires_at, coalesce(opened_at, 0), downloads, pin_hash"

static int take_link(struct statement *statement, struct one_time_link *ret_link)
{
    struct one_time_link link = {0};
    int error;

    statement_take_text_into(statement, link.id, sizeof(link.id));
    statement_take_bytes(statement, link.token_hash, sizeof(link.token_hash));
    statement_take_text_into(statement, link.instance_id, sizeof(link.instance_id));
    statement_take_text_into(statement, link.peer_id, sizeof(link.peer_id));
    statement_take_bytes(statement, link.identity.bytes, sizeof(link.identity.bytes));
    link.direct = statement_take_number(statement) != 0;
    link.uses = (uint32_t)statement_take_number(statement);
    link.used = (uint32_t)statement_take_number(statement);
    link.wrong_pins = (uint32_t)statement_take_number(statement);
    link.refusals = (uint32_t)statement_take_number(statement);
    statement_take_text_into(statement, link.made_by, sizeof(link.made_by));
    link.created_at = statement_take_number(statement);
    link.expires_at = statement_take_number(statement);
    link.opened_at = statement_take_number(statement);
    link.downloads = (uint32_t)statement_take_number(statement);
    link.has_pin = !statement_take_null(statement);
    if (link.has_pin)
        statement_take_bytes(statement, link.pin_hash, sizeof(link.pin_hash));
    error = statement_row_end(statement);
    if (!error)
        *ret_link = link;
    return error;
}

int one_time_link_find(struct store *store, const char *id, struct one_time_link *ret_link)
{
    _cleanup_statement_ struct statement statement = {0};
    int error = statement_find_one(store, "SELECT " COLUMNS " FROM one_time_link WHERE id = ?", id,
                                   NULL, &statement);

    return error ? error : take_link(&statement, ret_link);
}

int one_time_link_find_hash(struct store *store, const uint8_t hash[static LINK_HASH_SIZE],
                            struct one_time_link *ret_link)
{
    _cleanup_statement_ struct statement statement = {0};
    int error = statement_open(store, "SELECT " COLUMNS " FROM one_time_link WHERE token_hash = ?",
                               &statement);

    if (error)
        return error;
    statement_add_blob(&statement, hash, LINK_HASH_SIZE);
    error = statement_step_one(&statement);
    return error ? error : take_link(&statement, ret_link);
}

int one_time_link_list(struct store *store, const struct one_time_link *before,
                       one_time_link_each each, void *data)
{
    _cleanup_statement_ struct statement statement = {0};
    int result;

    result = statement_open(store,
                            "SELECT " COLUMNS " FROM one_time_link INDEXED BY one_time_link_order "
                            "WHERE (created_at, id) < (?, ?) ORDER BY created_at DESC, id DESC",
                            &statement);
    if (result)
        return result;
    statement_add_number(&statement, before ? before->created_at : INT64_MAX);
    statement_add_text(&statement, before ? before->id : "");
    while ((result = statement_step(&statement)) > 0) {
        struct one_time_link link;

        result = take_link(&statement, &link);
        if (!result)
            result = each(&link, data);
        if (result)
            return result;
    }
    return result;
}

int one_time_link_count_open(struct store *store, const char *peer_id, int64_t now,
                             uint32_t *ret_count)
{
    _cleanup_statement_ struct statement statement = {0};
    int error = statement_open(store,
                               "SELECT count(*) FROM one_time_link INDEXED BY one_time_link_peer "
                               "WHERE peer_id = ? AND expires_at > ? AND used < uses",
                               &statement);

    if (error)
        return error;
    statement_add_text(&statement, peer_id);
    statement_add_number(&statement, now);
    error = statement_step_one(&statement);
    if (!error)
        *ret_count = (uint32_t)statement_take_number(&statement);
    return error;
}

int one_time_link_add(struct store *store, const struct one_time_link *link)
{
    _cleanup_statement_ struct statement statement = {0};
    int error;

    error = statement_open(store,
                           "INSERT INTO one_time_link (id, token_hash, pin_hash, instance_id, "
                           "peer_id, identity, direct, uses, made_by, created_at, expires_at) "
                           "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                           &statement);
    if (error)
        return error;
    statement_add_text(&statement, link->id);
    statement_add_blob(&statement, link->token_hash, sizeof(link->token_hash));
    if (link->has_pin)
        statement_add_blob(&statement, link->pin_hash, sizeof(link->pin_hash));
    else
        statement_add_null(&statement);
    statement_add_text(&statement, link->instance_id);
    statement_add_text(&statement, link->peer_id);
    statement_add_blob(&statement, link->identity.bytes, sizeof(link->identity.bytes));
    statement_add_number(&statement, link->direct);
    statement_add_number(&statement, link->uses);
    statement_add_text(&statement, link->made_by);
    statement_add_number(&statement, link->created_at);
    statement_add_number(&statement, link->expires_at);
    return statement_run(&statement);
}

int one_time_link_update(struct store *store, const struct one_time_link *link)
{
    _cleanup_statement_ struct statement statement = {0};
    int error;

    error = statement_open(store,
                           "UPDATE one_time_link SET used = ?, wrong_pins = ?, refusals = ?, "
                           "opened_at = nullif(?, 0), downloads = ? WHERE id = ?",
                           &statement);
    if (error)
        return error;
    statement_add_number(&statement, link->used);
    statement_add_number(&statement, link->wrong_pins);
    statement_add_number(&statement, link->refusals);
    statement_add_number(&statement, link->opened_at);
    statement_add_number(&statement, link->downloads);
    statement_add_text(&statement, link->id);
    return statement_run_one(&statement);
}

int one_time_link_delete(struct store *store, const char *id)
{
    return statement_change_one(store, "DELETE FROM one_time_link WHERE id = ?", id, NULL);
}

int one_time_link_delete_direct(struct store *store, const char *peer_id)
{
    _cleanup_statement_ struct statement statement = {0};
    int error = statement_open(store,
                               "DELETE FROM one_time_link INDEXED BY one_time_link_peer "
                               "WHERE peer_id = ? AND direct",
                               &statement);

    if (error)
        return error;
    statement_add_text(&statement, peer_id);
    return statement_run(&statement);
}

int one_time_link_purge(struct store *store, int64_t before)
{
    _cleanup_statement_ struct statement statement = {0};
    int error = statement_open(store,
                               "DELETE FROM one_time_link INDEXED BY one_time_link_end "
                               "WHERE expires_at < ?",
                               &statement);

    if (error)
        return error;
    statement_add_number(&statement, before);
    return statement_run(&statement);
}
