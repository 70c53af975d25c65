/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Users, their groups and peers; and labels of a database from before there were users. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hub/base/buf.h"
#include "hub/base/cleanup.h"
#include "hub/store/migration.h"
#include "hub/store/peer_label.h"
#include "hub/store/user_store.h"
#include "tests/unit/store/fixture.h"

static struct user make(const char *name, const char *group)
{
    struct user user = {.enabled = true};

    id_make(user.id);
    (void)text_copy(user.name, sizeof(user.name), name);
    if (group)
        (void)text_copy(user.groups[user.group_count++], sizeof(user.groups[0]), group);
    return user;
}

static int note_user(const struct user *user, void *data)
{
    buf_printf(data, "%s,", user->name);
    return 0;
}

static int note_peer(const char *instance_id, const char *peer_id, uint64_t row, void *data)
{
    (void)instance_id;
    (void)row;
    buf_printf(data, "%s,", peer_id);
    return 0;
}

static int note_holder(const char *peer_id, void *data)
{
    buf_printf(data, "%s,", peer_id);
    return 0;
}

static void expect(struct buf *text, const char *expected)
{
    assert_string_equal(text->data ? text->data : "", expected);
    buf_clear(text);
}

static void test_rows(void **state)
{
    struct fixture *fixture = *state;
    struct user anna = make("Anna Müller", "staff"), bert = make("bert", NULL), read;
    _cleanup_buf_ struct buf text = {0};
    const char *column = NULL;

    assert_int_equal(user_store_add(fixture->store, &bert, &column), 0);
    assert_int_equal(user_store_add(fixture->store, &anna, &column), 0);
    assert_int_equal(user_store_find(fixture->store, "anna müller", &read), 0);
    assert_string_equal(read.id, anna.id);
    assert_int_equal(read.group_count, 1);
    assert_int_equal(user_store_find(fixture->store, bert.id, &read), 0);
    assert_string_equal(read.name, "bert");
    assert_int_equal(user_store_find(fixture->store, "carl", &read), -ENOENT);
    assert_int_equal(user_store_list(fixture->store, NULL, 0, note_user, &text), 0);
    expect(&text, "Anna Müller,bert,");
    assert_int_equal(user_store_list(fixture->store, "Anna Müller", 0, note_user, &text), 0);
    expect(&text, "bert,");
    anna.group_count = 0;
    (void)text_copy(anna.name, sizeof(anna.name), "BERT");
    assert_int_equal(user_store_update(fixture->store, &anna, &column), -EEXIST);
    assert_string_equal(column, "name");
    (void)text_copy(anna.name, sizeof(anna.name), "anna");
    assert_int_equal(user_store_update(fixture->store, &anna, &column), 0);
    assert_int_equal(anna.revision, 2);
    assert_int_equal(user_store_find(fixture->store, "anna", &read), 0);
    assert_int_equal(read.group_count, 0);
    assert_int_equal(user_store_delete(fixture->store, anna.id), 0);
    assert_int_equal(user_store_delete(fixture->store, anna.id), -ENOENT);
}

static void test_peers(void **state)
{
    struct fixture *fixture = *state;
    _cleanup_instance_ struct instance one = fixture_instance(1), two = fixture_instance(2);
    _cleanup_peer_ struct peer laptop = fixture_peer(&one, 1), phone = fixture_peer(&one, 2);
    _cleanup_peer_ struct peer other = fixture_peer(&two, 3), read = {0};
    struct user anna = make("anna", "staff");
    _cleanup_buf_ struct buf text = {0};
    const char *column = NULL;
    uint32_t total, enabled;
    char expected[64];

    assert_int_equal(user_store_add(fixture->store, &anna, &column), 0);
    fixture_add_instance(fixture, &one);
    fixture_add_instance(fixture, &two);
    memcpy(laptop.user_id, anna.id, ID_MAX);
    memcpy(other.user_id, anna.id, ID_MAX);
    (void)text_copy(phone.groups[phone.group_count++], sizeof(phone.groups[0]), "staff");
    fixture_add_peer(fixture, &laptop);
    fixture_add_peer(fixture, &phone);
    fixture_add_peer(fixture, &other);
    assert_int_equal(peer_store_find(fixture->store, one.id, laptop.id, &read), 0);
    assert_string_equal(read.user, "anna");
    assert_string_equal(read.user_id, anna.id);
    assert_int_equal(read.group_count, 0);
    assert_int_equal(read.user_group_count, 1);
    assert_string_equal(read.user_groups[0], "staff");
    /* In the group by itself or by its user, within the instance. */
    assert_int_equal(peer_label_holders(fixture->store, one.id, "staff", note_holder, &text), 0);
    assert_int_equal(text.length, 2 * (ID_LENGTH + 1));
    assert_non_null(strstr(text.data, laptop.id));
    assert_non_null(strstr(text.data, phone.id));
    buf_clear(&text);
    assert_int_equal(peer_label_holders(fixture->store, one.id, "anna", note_holder, &text), 0);
    expect(&text, "");
    assert_int_equal(user_store_peers(fixture->store, anna.id, NULL, 0, 0, note_peer, &text), 0);
    snprintf(expected, sizeof(expected), "%s,%s,", laptop.id, other.id);
    expect(&text, expected);
    assert_int_equal(user_store_peers(fixture->store, anna.id, two.id, 0, 0, note_peer, &text), 0);
    snprintf(expected, sizeof(expected), "%s,", other.id);
    expect(&text, expected);
    assert_int_equal(user_store_count_peers(fixture->store, anna.id, &total, &enabled), 0);
    assert_int_equal(total, 2);
    assert_int_equal(enabled, 2);
    /* Not while a peer is the user's. */
    assert_true(user_store_delete(fixture->store, anna.id) < 0);
    assert_int_equal(user_store_find(fixture->store, "anna", &anna), 0);
}

/* ---- from labels ---- */

static char *value_of(sqlite3 *database, const char *sql)
{
    sqlite3_stmt *statement;
    char *text;

    assert_int_equal(sqlite3_prepare_v2(database, sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    text = text_duplicate((const char *)sqlite3_column_text(statement, 0));
    sqlite3_finalize(statement);
    return text;
}

static void must_be(sqlite3 *database, const char *sql, const char *expected)
{
    _cleanup_free_ char *value = value_of(database, sql);

    assert_string_equal(value, expected);
}

enum { BEFORE_USERS = 8 };

#define PEER(id, name, host) \
    "INSERT INTO peer (id, instance_id, name, is_site, enabled, route_all, expired, host, " \
    "public_key, keepalive, created_at, updated_at, revision) VALUES ('" id \
    "', 'instance', '" name "', 0, 1, 0, 0, " host ", randomblob(32), 25, 1, 1, 1);"
#define LABEL(id, kind, label) \
    "INSERT INTO peer_label VALUES ('" id "', " kind ", '" label "', 'instance');"
#define RULE(id, order, from_kind, from, to_kind, to) \
    "INSERT INTO firewall_rule VALUES ('" id "', 'instance', " order ", 1, 0, 0, '', " from_kind \
    ", '" from "', " to_kind ", '" to "', NULL, 1, '', 1, 1, 1);"

static void test_labels_become_users(void **state)
{
    char reason[MIGRATION_REASON_MAX];
    sqlite3 *database;
    uint32_t version;

    (void)state;
    assert_int_equal(sqlite3_open(":memory:", &database), SQLITE_OK);
    assert_int_equal(sqlite3_exec(database, "PRAGMA foreign_keys = ON", NULL, NULL, NULL),
                     SQLITE_OK);
    assert_int_equal(migration_apply(database, migrations, BEFORE_USERS, &version, reason), 0);
    assert_int_equal(
        sqlite3_exec(
            database,
            "INSERT INTO instance (id, name, hostname, region, slot, port, mtu, client_to_client, "
            "dns_mode, dns, pushed, private_key, public_key, created_at, updated_at, revision) "
            "VALUES ('instance', 'acme', 'acme', '', 1, 1, 0, 0, 0, '', '', x'00', zeroblob(32), "
            "1, 1, 1);" PEER("aaaaaaaa", "one", "2") PEER("bbbbbbbb", "two", "3")
                PEER("cccccccc", "three", "4") PEER("dddddddd", "four", "5")
                    LABEL("aaaaaaaa", "0", "anna") LABEL("bbbbbbbb", "0", "anna")
                        LABEL("cccccccc", "0", "Anna") LABEL("cccccccc", "1", "staff")
                            RULE("rrrrrrrr", "1", "3", "anna", "3", "guest@example.net")
                                RULE("ssssssss", "2", "4", "staff", "0", ""),
            NULL, NULL, NULL),
        SQLITE_OK);
    assert_int_equal(migration_apply(database, migrations, migrations_count, &version, reason), 0);
    assert_int_equal(version, migrations_count);
    must_be(database, "SELECT count(*) FROM user", "3");
    must_be(database, "SELECT count(DISTINCT id) FROM user", "3");
    must_be(database, "SELECT count(*) FROM user WHERE id GLOB '[a-z2-7]*' AND length(id) = 8",
            "3");
    must_be(database,
            "SELECT count(*) FROM peer JOIN user u ON u.id = user_id WHERE u.name = 'anna'",
            /* of "Anna" and "anna" the one that sorts first keeps its name */
            "1");
    must_be(database,
            "SELECT user_id = (SELECT user_id FROM peer WHERE id = 'bbbbbbbb') AND "
            "user_id <> (SELECT user_id FROM peer WHERE id = 'cccccccc') FROM peer "
            "WHERE id = 'aaaaaaaa'",
            "1");
    must_be(database, "SELECT user_id IS NULL FROM peer WHERE id = 'dddddddd'", "1");
    /* Rules are about the same peers as before. */
    must_be(database,
            "SELECT from_value = (SELECT user_id FROM peer WHERE id = 'aaaaaaaa') "
            "FROM firewall_rule WHERE id = 'rrrrrrrr'",
            "1");
    must_be(database,
            "SELECT u.name FROM firewall_rule JOIN user u ON u.id = to_value "
            "WHERE from_kind = 3",
            "guest@example.net");
    must_be(database, "SELECT from_value FROM firewall_rule WHERE id = 'ssssssss'", "staff");
    must_be(database, "SELECT group_concat(label) FROM peer_label", "staff");
    sqlite3_close(database);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_open, fixture_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_rows),
        TEST(test_peers),
        cmocka_unit_test(test_labels_become_users),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
