/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/store/audit_store.h"

#include <assert.h>
#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "hub/store/statement.h"

enum { HASH_SIZE = 32 };

#define COLUMNS "number, at, who, \"from\", action, object, name, before, after, hash"

/* The newest entry, kept apart in the hub's row: so that taking entries off the end is seen. */
struct head {
    uint64_t number;
    uint8_t hash[HASH_SIZE];
};

static void hash_number(crypto_generichash_state *state, uint64_t number)
{
    uint8_t bytes[8];

    for (int i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(number >> (56 - 8 * i));
    crypto_generichash_update(state, bytes, sizeof(bytes));
}

/* Length first, so that nothing can move from one field to the next; null is not the empty text. */
static void hash_text(crypto_generichash_state *state, const char *text)
{
    hash_number(state, text ? strlen(text) : UINT64_MAX);
    if (text)
        crypto_generichash_update(state, (const uint8_t *)text, strlen(text));
}

static void entry_hash(const struct audit_entry *entry, const uint8_t previous[static HASH_SIZE],
                       uint8_t ret_hash[static HASH_SIZE])
{
    crypto_generichash_state state;

    crypto_generichash_init(&state, NULL, 0, HASH_SIZE);
    crypto_generichash_update(&state, previous, HASH_SIZE);
    hash_number(&state, entry->number);
    hash_number(&state, (uint64_t)entry->at);
    hash_text(&state, entry->who);
    hash_text(&state, entry->from);
    hash_text(&state, entry->action);
    hash_text(&state, entry->object);
    hash_text(&state, entry->name);
    hash_text(&state, entry->before);
    hash_text(&state, entry->after);
    crypto_generichash_final(&state, ret_hash, HASH_SIZE);
}

static int head_get(struct store *store, struct head *ret_head)
{
    _cleanup_statement_ struct statement statement = {0};
    struct head head;
    int error = statement_find_one(store, "SELECT audit_number, audit_hash FROM hub", NULL, NULL,
                                   &statement);

    if (error)
        return error;
    head.number = (uint64_t)statement_take_number(&statement);
    statement_take_bytes(&statement, head.hash, HASH_SIZE);
    error = statement_row_end(&statement);
    if (!error)
        *ret_head = head;
    return error;
}

static int head_put(struct store *store, const struct head *head)
{
    _cleanup_statement_ struct statement statement = {0};
    int error =
        statement_open(store, "UPDATE hub SET audit_number = ?, audit_hash = ?", &statement);

    if (error)
        return error;
    statement_add_number(&statement, (int64_t)head->number);
    statement_add_blob(&statement, head->hash, HASH_SIZE);
    return statement_run(&statement);
}

static int insert(struct store *store, const struct audit_entry *entry,
                  const uint8_t hash[static HASH_SIZE])
{
    _cleanup_statement_ struct statement statement = {0};
    int error;

    error = statement_open(
        store, "INSERT INTO audit (" COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", &statement);
    if (error)
        return error;
    statement_add_number(&statement, (int64_t)entry->number);
    statement_add_number(&statement, entry->at);
    statement_add_text(&statement, entry->who);
    statement_add_text(&statement, entry->from);
    statement_add_text(&statement, entry->action);
    statement_add_text(&statement, entry->object);
    statement_add_text(&statement, entry->name);
    statement_add_text(&statement, entry->before);
    statement_add_text(&statement, entry->after);
    statement_add_blob(&statement, hash, HASH_SIZE);
    return statement_run(&statement);
}

int audit_store_add(struct store *store, const struct audit_entry *entry)
{
    struct audit_entry full = *entry;
    struct head head;
    int error = head_get(store, &head);

    if (error)
        return error;
    full.number = head.number + 1;
    full.at = clock_seconds();
    full.name = entry->name ? entry->name : "";
    head.number = full.number;
    entry_hash(&full, head.hash, head.hash);
    error = insert(store, &full, head.hash);
    return error ? error : head_put(store, &head);
}

static int take_entry(struct statement *statement, struct audit_entry *ret_entry,
                      uint8_t ret_hash[static HASH_SIZE])
{
    ret_entry->number = (uint64_t)statement_take_number(statement);
    ret_entry->at = statement_take_number(statement);
    ret_entry->who = statement_take_text(statement);
    ret_entry->from = statement_take_text(statement);
    ret_entry->action = statement_take_text(statement);
    ret_entry->object = statement_take_text(statement);
    ret_entry->name = statement_take_text(statement);
    ret_entry->before = statement_take_text(statement);
    ret_entry->after = statement_take_text(statement);
    statement_take_bytes(statement, ret_hash, HASH_SIZE);
    return statement_row_end(statement);
}

static int each_entry(struct statement *statement, audit_each each, void *data)
{
    int result;

    while ((result = statement_step(statement)) > 0) {
        struct audit_entry entry;
        uint8_t hash[HASH_SIZE];
        char hex[2 * HASH_SIZE + 1];

        result = take_entry(statement, &entry, hash);
        if (result)
            return result;
        entry.hash = sodium_bin2hex(hex, sizeof(hex), hash, sizeof(hash));
        result = each(&entry, data);
        if (result)
            return result;
    }
    return result;
}

int audit_store_list(struct store *store, uint64_t before, unsigned limit, const char *object,
                     audit_each each, void *data)
{
    _cleanup_statement_ struct statement statement = {0};
    /* Everything that starts with it sorts below it followed by the last code point. */
    _cleanup_free_ char *end = object ? text_format("%s\xf4\x8f\xbf\xbf", object) : NULL;
    int error;

    error = statement_open(
        store,
        object ? "SELECT " COLUMNS " FROM audit INDEXED BY audit_object WHERE number < ?1 "
                 "AND object >= ?3 AND object < ?4 ORDER BY number DESC LIMIT ?2"
               : "SELECT " COLUMNS " FROM audit WHERE number < ?1 ORDER BY number DESC LIMIT ?2",
        &statement);
    if (error)
        return error;
    statement_add_number(&statement, before && before <= INT64_MAX ? (int64_t)before : INT64_MAX);
    statement_add_number(&statement, limit);
    if (object) {
        statement_add_text(&statement, object);
        statement_add_text(&statement, end);
    }
    return each_entry(&statement, each, data);
}

/* Whether the next row is the next link; moves the head on to it. */
static bool follows(struct statement *statement, struct head *head)
{
    struct audit_entry entry;
    uint8_t hash[HASH_SIZE], wanted[HASH_SIZE];

    if (take_entry(statement, &entry, hash) < 0 || entry.number != head->number + 1)
        return false;
    entry_hash(&entry, head->hash, wanted);
    if (memcmp(hash, wanted, HASH_SIZE) != 0)
        return false;
    head->number = entry.number;
    memcpy(head->hash, hash, HASH_SIZE);
    return true;
}

static bool is_end(const struct head *head, const struct head *end)
{
    return head->number == end->number && memcmp(head->hash, end->hash, HASH_SIZE) == 0;
}

int audit_store_check(struct store *store, struct audit_check *check, unsigned count)
{
    _cleanup_statement_ struct statement statement = {0};
    struct head end, head = {.number = check->checked};
    int result = head_get(store, &end);

    static_assert(sizeof(check->hash) == HASH_SIZE, "of the last one");
    memcpy(head.hash, check->hash, HASH_SIZE);
    if (!result)
        result = statement_open(
            store, "SELECT " COLUMNS " FROM audit WHERE number > ?1 ORDER BY number LIMIT ?2",
            &statement);
    else
        statement = (struct statement){0};
    if (result)
        return result;
    statement_add_number(&statement, (int64_t)check->checked);
    statement_add_number(&statement, count);
    while ((result = statement_step(&statement)) > 0 && follows(&statement, &head))
        count--;
    if (result < 0)
        return result;
    check->checked = head.number;
    memcpy(check->hash, head.hash, HASH_SIZE);
    if (result == 0 && count == 0)
        return 1;
    return result == 0 && is_end(&head, &end) ? 0 : -EBADMSG;
}

int audit_store_verify(struct store *store, uint64_t *ret_checked, uint64_t *ret_broken)
{
    struct audit_check check = {0};
    int result = audit_store_check(store, &check, UINT32_MAX);

    if (result < 0 && result != -EBADMSG)
        return result;
    *ret_checked = check.checked;
    *ret_broken = result < 0 ? check.checked + 1 : 0;
    return result;
}
