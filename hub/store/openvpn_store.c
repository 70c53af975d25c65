/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/store/openvpn_store.h"

#include <errno.h>
#include <sodium.h>

#include "hub/store/statement.h"

void instance_openvpn_done(struct instance_openvpn *row)
{
    sodium_memzero(row, sizeof(*row));
}

void peer_openvpn_done(struct peer_openvpn *row)
{
    sodium_memzero(row, sizeof(*row));
}

/* ---- columns ---- */

static void take_blob(struct statement *statement, struct openvpn_blob *blob)
{
    size_t size;
    const void *data = statement_take_blob(statement, &size);

    blob->size = 0;
    if (size > sizeof(blob->bytes)) {
        statement_misfit(statement, -EUCLEAN);
        return;
    }
    blob->size = size;
    if (size > 0)
        memcpy(blob->bytes, data, size);
}

static void take_sealed(struct statement *statement, const char *kind, const char *id,
                        const char *name, struct openvpn_blob *blob)
{
    blob->size = 0;
    if (!statement_take_null(statement))
        statement_take_sealed(statement, kind, id, name, blob->bytes, sizeof(blob->bytes),
                              &blob->size);
}

static void add_blob(struct statement *statement, const struct openvpn_blob *blob)
{
    if (blob->size == 0)
        statement_add_null(statement);
    else
        statement_add_blob(statement, blob->bytes, blob->size);
}

static void add_sealed(struct statement *statement, const char *kind, const char *id,
                       const char *name, const struct openvpn_blob *blob)
{
    if (blob->size == 0)
        statement_add_null(statement);
    else
        statement_add_sealed(statement, kind, id, name, blob->bytes, blob->size);
}

/* ---- instances ---- */

static int take_instance(struct statement *statement, const char *id, struct instance_openvpn *row)
{
    size_t size = 0;

    text_copy(row->instance_id, sizeof(row->instance_id), id);
    row->port = (uint16_t)statement_take_number(statement);
    take_blob(statement, &row->ca_certificate);
    take_sealed(statement, "instance", id, "openvpn_ca_key", &row->ca_key);
    take_blob(statement, &row->certificate);
    take_sealed(statement, "instance", id, "openvpn_key", &row->key);
    take_blob(statement, &row->legacy_certificate);
    take_sealed(statement, "instance", id, "openvpn_legacy_key", &row->legacy_key);
    statement_take_sealed(statement, "instance", id, "openvpn_tls_crypt_key", row->tls_crypt_key,
                          sizeof(row->tls_crypt_key), &size);
    if (size != sizeof(row->tls_crypt_key))
        statement_misfit(statement, -EUCLEAN);
    return statement_row_end(statement);
}

int openvpn_store_find_instance(struct store *store, const char *instance_id,
                                struct instance_openvpn *ret_row)
{
    _cleanup_statement_ struct statement statement = {0};
    _cleanup_instance_openvpn_ struct instance_openvpn row = {0};
    int error = statement_find_one(store,
                                   "SELECT port, ca_certificate, ca_key, certificate, key, "
                                   "legacy_certificate, legacy_key, tls_crypt_key "
                                   "FROM instance_openvpn WHERE instance_id = ?",
                                   instance_id, NULL, &statement);

    if (!error)
        error = take_instance(&statement, instance_id, &row);
    if (!error)
        *ret_row = row;
    return error;
}

int openvpn_store_port(struct store *store, const char *instance_id, uint16_t *ret_port)
{
    int64_t number;
    int error = statement_number(store, "SELECT port FROM instance_openvpn WHERE instance_id = ?",
                                 instance_id, &number);

    if (!error)
        *ret_port = (uint16_t)number;
    return error;
}

int openvpn_store_put_instance(struct store *store, const struct instance_openvpn *row)
{
    _cleanup_statement_ struct statement statement = {0};
    int error;

    error = statement_open(store,
                           "INSERT OR REPLACE INTO instance_openvpn (instance_id, port, "
                           "ca_certificate, ca_key, certificate, key, legacy_certificate, "
                           "legacy_key, tls_crypt_key) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                           &statement);
    if (error)
        return error;
    statement_add_text(&statement, row->instance_id);
    statement_add_number(&statement, row->port);
    add_blob(&statement, &row->ca_certificate);
    add_sealed(&statement, "instance", row->instance_id, "openvpn_ca_key", &row->ca_key);
    add_blob(&statement, &row->certificate);
    add_sealed(&statement, "instance", row->instance_id, "openvpn_key", &row->key);
    add_blob(&statement, &row->legacy_certificate);
    add_sealed(&statement, "instance", row->instance_id, "openvpn_legacy_key", &row->legacy_key);
    statement_add_sealed(&statement, "instance", row->instance_id, "openvpn_tls_crypt_key",
                         row->tls_crypt_key, sizeof(row->tls_crypt_key));
    return statement_run(&statement);
}

int openvpn_store_free_port(struct store *store, uint16_t first, uint16_t last, uint16_t *ret_port)
{
    _cleanup_statement_ struct statement statement = {0};
    uint32_t candidate = first;
    int result;

    /* A pair that begins one below takes `first`. */
    result = statement_open(store,
                            "SELECT port FROM instance_openvpn WHERE port >= ?1 UNION "
                            "SELECT openvpn_port FROM instance_link WHERE openvpn_port >= ?1 "
                            "ORDER BY port",
                            &statement);
    if (result)
        return result;
    statement_add_number(&statement, (int64_t)first - 1);
    while ((result = statement_step(&statement)) > 0) {
        uint32_t taken = (uint32_t)statement_take_number(&statement);

        if (taken >= candidate + 2)
            break;
        candidate = taken + 2;
    }
    if (result < 0)
        return result;
    if (candidate + 1 > last)
        return -ENOSPC;
    *ret_port = (uint16_t)candidate;
    return 0;
}

/* ---- peers ---- */

static void take_password(struct statement *statement, struct peer_openvpn *row)
{
    size_t size = 0;

    if (statement_take_null(statement))
        return;
    statement_take_sealed(statement, "peer", row->peer_id, "openvpn_password", row->password,
                          sizeof(row->password) - 1, &size);
    row->password[size] = 0;
}

static int take_peer(struct statement *statement, const char *id, struct peer_openvpn *row)
{
    text_copy(row->peer_id, sizeof(row->peer_id), id);
    row->issue = (uint32_t)statement_take_number(statement);
    take_blob(statement, &row->certificate);
    row->not_after = statement_take_number(statement);
    take_sealed(statement, "peer", id, "openvpn_key", &row->key);
    take_sealed(statement, "peer", id, "openvpn_tls_crypt_key", &row->tls_crypt_key);
    take_password(statement, row);
    return statement_row_end(statement);
}

int openvpn_store_find_peer(struct store *store, const char *peer_id, struct peer_openvpn *ret_row)
{
    _cleanup_statement_ struct statement statement = {0};
    _cleanup_peer_openvpn_ struct peer_openvpn row = {0};
    int error =
        statement_find_one(store,
                           "SELECT issue, certificate, not_after, key, tls_crypt_key, password "
                           "FROM peer_openvpn WHERE peer_id = ?",
                           peer_id, NULL, &statement);

    if (!error)
        error = take_peer(&statement, peer_id, &row);
    if (!error)
        *ret_row = row;
    return error;
}

int openvpn_store_put_peer(struct store *store, const struct peer_openvpn *row)
{
    _cleanup_statement_ struct statement statement = {0};
    int error;

    error = statement_open(store,
                           "INSERT OR REPLACE INTO peer_openvpn (peer_id, issue, certificate, "
                           "not_after, key, tls_crypt_key, password) VALUES (?, ?, ?, ?, ?, ?, ?)",
                           &statement);
    if (error)
        return error;
    statement_add_text(&statement, row->peer_id);
    statement_add_number(&statement, row->issue);
    add_blob(&statement, &row->certificate);
    if (row->certificate.size > 0)
        statement_add_number(&statement, row->not_after);
    else
        statement_add_null(&statement);
    add_sealed(&statement, "peer", row->peer_id, "openvpn_key", &row->key);
    add_sealed(&statement, "peer", row->peer_id, "openvpn_tls_crypt_key", &row->tls_crypt_key);
    if (row->password[0])
        statement_add_sealed(&statement, "peer", row->peer_id, "openvpn_password", row->password,
                             strlen(row->password));
    else
        statement_add_null(&statement);
    return statement_run(&statement);
}
