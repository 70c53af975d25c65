/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Admins and what hangs on them: kept over a new start, gone with the admin, sealed where secret.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hub/base/cleanup.h"
#include "hub/store/acme_store.h"
#include "hub/store/admin_factor_store.h"
#include "hub/store/admin_store.h"
#include "hub/store/session_store.h"
#include "hub/store/sign_in_store.h"
#include "hub/store/token_store.h"
#include "tests/unit/store/fixture.h"

enum { OPERATOR = 1, OWNER = 2 };

static struct admin add_admin(struct fixture *fixture, const char *name, uint8_t role)
{
    struct admin admin = {.enabled = true, .rights.role = role};

    id_make(admin.id);
    snprintf(admin.name, sizeof(admin.name), "%s", name);
    snprintf(admin.password, sizeof(admin.password), "$argon2id$%s", name);
    assert_int_equal(admin_store_add(fixture->store, &admin), 0);
    return admin;
}

static void test_admins(void **state)
{
    struct fixture *fixture = *state;
    struct admin anna = add_admin(fixture, "anna", OWNER), found, again = anna;
    uint32_t count = 0;

    assert_int_equal(admin_store_find(fixture->store, "ANNA", &found), 0);
    assert_string_equal(found.id, anna.id);
    assert_string_equal(found.password, "$argon2id$anna");
    assert_int_equal(admin_store_find(fixture->store, "nobody", &found), -ENOENT);
    id_make(again.id);
    snprintf(again.name, sizeof(again.name), "Anna");
    assert_int_equal(admin_store_add(fixture->store, &again), -EEXIST);

    assert_int_equal(admin_store_count(fixture->store, OWNER, &count), 0);
    assert_int_equal(count, 1);
    anna.enabled = false;
    assert_int_equal(admin_store_update(fixture->store, &anna), 0);
    assert_int_equal(anna.revision, 2);
    assert_int_equal(admin_store_count(fixture->store, OWNER, &count), 0);
    assert_int_equal(count, 0);
    assert_int_equal(admin_store_note_sign_in(fixture->store, anna.id, 77), 0);
    assert_int_equal(fixture_reopen(fixture), 0);
    assert_int_equal(admin_store_find(fixture->store, anna.id, &found), 0);
    assert_int_equal(found.last_sign_in, 77);
    assert_int_equal(found.revision, 2);
    assert_false(found.enabled);
}

static int note_name(const struct admin *admin, void *data)
{
    strcat(data, admin->name);
    return 0;
}

static void test_list(void **state)
{
    struct fixture *fixture = *state;
    char names[64] = "";

    add_admin(fixture, "cc", OPERATOR);
    add_admin(fixture, "aa", OPERATOR);
    add_admin(fixture, "BB", OPERATOR);
    assert_int_equal(admin_store_list(fixture->store, NULL, 0, note_name, names), 0);
    assert_string_equal(names, "aaBBcc");
    names[0] = 0;
    assert_int_equal(admin_store_list(fixture->store, "aa", 1, note_name, names), 0);
    assert_string_equal(names, "BB");
}

/* Who was limited to an instance that is gone may do nothing, not everything. */
static void test_limited_stays_limited(void **state)
{
    struct fixture *fixture = *state;
    struct instance one = fixture_instance(1), two = fixture_instance(2);
    struct admin anna = add_admin(fixture, "anna", OPERATOR), found;

    fixture_add_instance(fixture, &one);
    fixture_add_instance(fixture, &two);
    anna.rights.limited = true;
    anna.rights.instance_count = 2;
    memcpy(anna.rights.instances[0], one.id, ID_MAX);
    memcpy(anna.rights.instances[1], two.id, ID_MAX);
    assert_int_equal(admin_store_update(fixture->store, &anna), 0);
    assert_int_equal(admin_store_find(fixture->store, "anna", &found), 0);
    assert_int_equal(found.rights.instance_count, 2);
    assert_true(rights_see(&found.rights, one.id));
    assert_int_equal(instance_store_delete(fixture->store, one.id), 0);
    assert_int_equal(instance_store_delete(fixture->store, two.id), 0);
    assert_int_equal(admin_store_find(fixture->store, "anna", &found), 0);
    assert_true(found.rights.limited);
    assert_int_equal(found.rights.instance_count, 0);
    assert_false(rights_see(&found.rights, one.id));
}

static struct rights make_rights(uint8_t role, bool limited, const char *instances)
{
    struct rights rights = {.role = role, .limited = limited};

    for (; *instances; instances++)
        snprintf(rights.instances[rights.instance_count++], ID_MAX, "%caaaaaaa", *instances);
    return rights;
}

static void test_rights(void **state)
{
    const struct rights all = make_rights(2, false, ""), ab = make_rights(1, true, "ab");
    const struct rights bc = make_rights(0, true, "bc");
    struct rights met;

    (void)state;
    rights_meet(&ab, &bc, &met);
    assert_int_equal(met.role, 0);
    assert_true(met.limited);
    assert_int_equal(met.instance_count, 1);
    assert_string_equal(met.instances[0], "baaaaaaa");
    rights_meet(&all, &bc, &met);
    assert_int_equal(met.instance_count, 2);
    assert_true(met.limited);
    rights_meet(&all, &all, &met);
    assert_false(met.limited);
    assert_int_equal(met.role, 2);
}

static void test_totp(void **state)
{
    struct fixture *fixture = *state;
    struct admin anna = add_admin(fixture, "anna", OWNER), found;
    struct totp_row row = {.secret = "01234567890123456789"}, read;
    struct token_hash hashes[2] = {{{1}}, {{2}}};

    assert_int_equal(totp_store_get(fixture->store, anna.id, &read), -ENOENT);
    assert_int_equal(totp_store_put(fixture->store, anna.id, &row), 0);
    assert_int_equal(admin_store_find(fixture->store, anna.id, &found), 0);
    assert_false(found.has_totp);
    row.confirmed = true;
    row.step = 1234567;
    assert_int_equal(totp_store_put(fixture->store, anna.id, &row), 0);
    assert_int_equal(totp_store_get(fixture->store, anna.id, &read), 0);
    assert_memory_equal(&read, &row, sizeof(row));
    assert_int_equal(recovery_code_store_put(fixture->store, anna.id, hashes, 2), 0);
    assert_int_equal(admin_store_find(fixture->store, anna.id, &found), 0);
    assert_true(found.has_totp);
    assert_int_equal(found.recovery_codes, 2);
    assert_int_equal(recovery_code_store_use(fixture->store, anna.id, &hashes[0]), 0);
    assert_int_equal(recovery_code_store_use(fixture->store, anna.id, &hashes[0]), -ENOENT);
    assert_int_equal(totp_store_delete(fixture->store, anna.id), 0);
    assert_int_equal(totp_store_delete(fixture->store, anna.id), -ENOENT);
    assert_int_equal(admin_store_find(fixture->store, anna.id, &found), 0);
    assert_int_equal(found.recovery_codes, 0);
    /* A sealed secret can't be moved to another admin. */
    struct admin carl = add_admin(fixture, "carl", OPERATOR);
    assert_int_equal(totp_store_put(fixture->store, anna.id, &row), 0);
    _cleanup_free_ char *sql = text_format("UPDATE admin_totp SET admin_id = '%s'", carl.id);
    fixture_tamper(fixture, sql);
    assert_int_equal(fixture_reopen(fixture), 0);
    assert_int_equal(totp_store_get(fixture->store, carl.id, &read), -EBADMSG);
}

static int count_passkey(const struct passkey_row *row, void *data)
{
    (void)row;
    ++*(int *)data;
    return 0;
}

static void test_passkeys(void **state)
{
    struct fixture *fixture = *state;
    struct admin anna = add_admin(fixture, "anna", OWNER);
    struct passkey_row row = {.name = "phone",
                              .credential = {9, 9, 9},
                              .credential_size = 3,
                              .public_key = {7},
                              .public_key_size = 1,
                              .created_at = 5},
                       found;
    int count = 0;

    id_make(row.id);
    memcpy(row.admin_id, anna.id, ID_MAX);
    assert_int_equal(passkey_store_add(fixture->store, &row), 0);
    assert_int_equal(passkey_store_find(fixture->store, row.credential, 3, &found), 0);
    assert_memory_equal(&found, &row, sizeof(row));
    assert_int_equal(passkey_store_find(fixture->store, row.credential, 2, &found), -ENOENT);
    assert_int_equal(passkey_store_note_use(fixture->store, row.id, 8, 9), 0);
    assert_int_equal(passkey_store_get(fixture->store, anna.id, row.id, &found), 0);
    assert_int_equal(found.counter, 8);
    assert_int_equal(passkey_store_get(fixture->store, "aaaaaaaa", row.id, &found), -ENOENT);
    assert_int_equal(passkey_store_list(fixture->store, anna.id, count_passkey, &count), 0);
    assert_int_equal(count, 1);
    assert_int_equal(passkey_store_delete(fixture->store, row.id), 0);
    assert_int_equal(passkey_store_delete(fixture->store, row.id), -ENOENT);
}

static int count_session(const struct session_row *row, void *data)
{
    assert_int_equal(row->hash.bytes[0], row->created_at);
    ++*(int *)data;
    return 0;
}

static int sessions(struct fixture *fixture)
{
    int count = 0;

    assert_int_equal(session_store_list(fixture->store, count_session, &count), 0);
    return count;
}

static void add_session(struct fixture *fixture, const struct admin *admin, uint8_t number,
                        char ret_id[static ID_MAX])
{
    struct session_row row = {.hash = {{number}},
                              .from = "192.0.2.1",
                              .method = "password",
                              .created_at = number,
                              .last_used_at = 2,
                              .ends_at = 3};

    id_make(row.id);
    memcpy(row.admin_id, admin->id, ID_MAX);
    memcpy(ret_id, row.id, ID_MAX);
    assert_int_equal(session_store_add(fixture->store, &row), 0);
}

static void test_sessions(void **state)
{
    struct fixture *fixture = *state;
    struct admin anna = add_admin(fixture, "anna", OWNER), carl = add_admin(fixture, "carl", OWNER);
    char id[ID_MAX], other[ID_MAX];

    add_session(fixture, &anna, 1, id);
    add_session(fixture, &anna, 2, other);
    add_session(fixture, &carl, 3, other);
    assert_int_equal(session_store_note_use(fixture->store, id, 99), 0);
    assert_int_equal(fixture_reopen(fixture), 0);
    assert_int_equal(sessions(fixture), 3);
    assert_int_equal(session_store_delete_others(fixture->store, anna.id, id), 0);
    assert_int_equal(sessions(fixture), 2);
    assert_int_equal(session_store_delete(fixture->store, id), 0);
    assert_int_equal(session_store_delete(fixture->store, id), -ENOENT);
    assert_int_equal(admin_store_delete(fixture->store, carl.id), 0);
    assert_int_equal(admin_store_delete(fixture->store, carl.id), -ENOENT);
    assert_int_equal(sessions(fixture), 0);
}

static int take_token(const struct token_row *row, void *data)
{
    *(struct token_row *)data = *row;
    return 0;
}

static void test_tokens(void **state)
{
    struct fixture *fixture = *state;
    struct instance instance = fixture_instance(1);
    struct admin anna = add_admin(fixture, "anna", OWNER);
    struct token_row row = {.name = "ci",
                            .hash = {{4}},
                            .source_count = 2,
                            .expires_at = 1000,
                            .created_at = 6,
                            .rights = {.role = 1, .limited = true, .instance_count = 1}},
                     found = {0};

    fixture_add_instance(fixture, &instance);
    id_make(row.id);
    memcpy(row.admin_id, anna.id, ID_MAX);
    memcpy(row.rights.instances[0], instance.id, ID_MAX);
    row.sources[0] = fixture_prefix("192.0.2.0/24");
    row.sources[1] = fixture_prefix("2001:db8::/32");
    assert_int_equal(token_store_add(fixture->store, &row), 0);
    assert_int_equal(token_store_list(fixture->store, take_token, &found), 0);
    assert_memory_equal(&found, &row, sizeof(row));
    assert_int_equal(token_store_note_use(fixture->store, row.id, 50, "192.0.2.7"), 0);
    assert_int_equal(token_store_list(fixture->store, take_token, &found), 0);
    assert_string_equal(found.last_used_from, "192.0.2.7");
    assert_int_equal(found.last_used_at, 50);
    struct token_row same = row;
    id_make(same.id);
    same.hash.bytes[0] = 5;
    strcpy(same.name, "CI");
    assert_int_equal(token_store_add(fixture->store, &same), -EEXIST);
    assert_int_equal(admin_store_delete(fixture->store, anna.id), 0);
    found = (struct token_row){0};
    assert_int_equal(token_store_list(fixture->store, take_token, &found), 0);
    assert_string_equal(found.id, "");
}

static int take_attempt(const struct attempt_row *row, void *data)
{
    *(struct attempt_row *)data = *row;
    return 0;
}

static void test_acme(void **state)
{
    struct fixture *fixture = *state;
    struct acme_row row = {.key = "-----BEGIN PRIVATE KEY-----",
                           .directory = "https://acme.example/directory",
                           .contact = "admin@example.net",
                           .failures = 3,
                           .words = "the authority was asked too often",
                           .tried_at = 1790000000,
                           .next_at = 1790000300};
    struct acme_row found;

    assert_int_equal(acme_store_get(fixture->store, &found), -ENOENT);
    for (int i = 0; i < 2; i++) { /* it stays one row */
        row.failures += (uint32_t)i;
        assert_int_equal(store_begin(fixture->store), 0);
        assert_int_equal(acme_store_put(fixture->store, &row), 0);
        assert_int_equal(store_commit(fixture->store), 0);
        assert_int_equal(acme_store_get(fixture->store, &found), 0);
        assert_string_equal(found.key, row.key);
        assert_string_equal(found.directory, row.directory);
        assert_string_equal(found.contact, row.contact);
        assert_string_equal(found.words, row.words);
        assert_int_equal(found.failures, row.failures);
        assert_true(found.tried_at == row.tried_at && found.next_at == row.next_at);
    }
    /* The key is sealed. */
    fixture_tamper(fixture, "UPDATE acme SET key = CAST('-----BEGIN PRIVATE KEY-----' AS BLOB)");
    assert_int_equal(fixture_reopen(fixture), 0);
    assert_int_not_equal(acme_store_get(fixture->store, &found), 0);
}

static void test_sign_ins(void **state)
{
    struct fixture *fixture = *state;
    struct admin anna = add_admin(fixture, "anna", OWNER);
    struct attempt_row row = {.failures = 12, .failed_at = 100, .decayed_at = 90}, read = {0};
    struct setup_link_row link = {.token = {{1, 2, 3}}, .ends_at = 5}, got;

    memcpy(row.admin_id, anna.id, ID_MAX);
    assert_int_equal(attempt_store_put(fixture->store, &row), 0);
    assert_int_equal(attempt_store_list(fixture->store, take_attempt, &read), 0);
    assert_memory_equal(&read, &row, sizeof(row));
    row.failures = 0;
    assert_int_equal(attempt_store_put(fixture->store, &row), 0);
    read = (struct attempt_row){0};
    assert_int_equal(attempt_store_list(fixture->store, take_attempt, &read), 0);
    assert_string_equal(read.admin_id, "");

    for (int i = 0; i < 2 * KNOWN_ADDRESSES_MAX; i++) {
        char address[ADDRESS_TEXT_MAX];
        snprintf(address, sizeof(address), "192.0.2.%d", i);
        assert_int_equal(known_address_store_put(fixture->store, anna.id, address, 100 + i), 0);
    }
    assert_int_equal(known_address_store_find(fixture->store, anna.id, "192.0.2.0", 0), -ENOENT);
    assert_int_equal(known_address_store_find(fixture->store, anna.id, "192.0.2.31", 0), 0);
    assert_int_equal(known_address_store_find(fixture->store, anna.id, "192.0.2.31", 500), -ENOENT);

    assert_int_equal(setup_link_store_get(fixture->store, &got), -ENOENT);
    assert_int_equal(setup_link_store_put(fixture->store, &link), 0);
    link.token.bytes[0] = 9;
    assert_int_equal(setup_link_store_put(fixture->store, &link), 0);
    assert_int_equal(setup_link_store_get(fixture->store, &got), 0);
    assert_memory_equal(&got, &link, sizeof(link));
    assert_int_equal(setup_link_store_delete(fixture->store), 0);
    assert_int_equal(setup_link_store_get(fixture->store, &got), -ENOENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_admins, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_list, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_limited_stays_limited, fixture_open, fixture_close),
        cmocka_unit_test(test_rights),
        cmocka_unit_test_setup_teardown(test_totp, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_passkeys, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_sessions, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_tokens, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_acme, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(test_sign_ins, fixture_open, fixture_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
