/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What OpenVPN needs of instances and peers, in and out. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "hub/base/cleanup.h"
#include "hub/store/openvpn_store.h"
#include "tests/unit/store/fixture.h"

static struct openvpn_blob blob_of(size_t size, uint8_t filling)
{
    struct openvpn_blob blob = {.size = size};

    memset(blob.bytes, filling, size);
    return blob;
}

static void assert_blob_equal(const struct openvpn_blob *a, const struct openvpn_blob *b)
{
    assert_int_equal(a->size, b->size);
    assert_memory_equal(a->bytes, b->bytes, b->size);
}

static void put_instance(struct fixture *fixture, const char *id, uint16_t port)
{
    struct instance_openvpn row = {
        .port = port,
        .ca_certificate = blob_of(500, 1),
        .ca_key = blob_of(138, 2),
        .certificate = blob_of(OPENVPN_ROW_BLOB_MAX, 3),
        .key = blob_of(1, 4),
        .tls_crypt_key = {5},
    };

    text_copy(row.instance_id, sizeof(row.instance_id), id);
    assert_int_equal(store_begin(fixture->store), 0);
    assert_int_equal(openvpn_store_put_instance(fixture->store, &row), 0);
    assert_int_equal(store_commit(fixture->store), 0);
}

static void an_instance_keeps_its_authority(void **state)
{
    struct fixture *fixture = *state;
    _cleanup_instance_ struct instance instance = fixture_instance(1);
    _cleanup_instance_openvpn_ struct instance_openvpn found = {0};
    struct openvpn_blob ca_key = blob_of(138, 2), certificate = blob_of(OPENVPN_ROW_BLOB_MAX, 3);
    uint16_t port = 0;

    fixture_add_instance(fixture, &instance);
    assert_int_equal(openvpn_store_find_instance(fixture->store, instance.id, &found), -ENOENT);
    assert_int_equal(openvpn_store_port(fixture->store, instance.id, &port), -ENOENT);
    put_instance(fixture, instance.id, 1194);
    assert_int_equal(fixture_reopen(fixture), 0);
    assert_int_equal(openvpn_store_find_instance(fixture->store, instance.id, &found), 0);
    assert_int_equal(found.port, 1194);
    assert_blob_equal(&found.ca_key, &ca_key);
    assert_blob_equal(&found.certificate, &certificate);
    assert_int_equal(found.tls_crypt_key[0], 5);
    assert_int_equal(openvpn_store_port(fixture->store, instance.id, &port), 0);
    assert_int_equal(port, 1194);
    fixture_tamper(fixture, "UPDATE instance_openvpn SET ca_key = zeroblob(179)");
    assert_int_equal(fixture_reopen(fixture), 0);
    assert_int_equal(openvpn_store_find_instance(fixture->store, instance.id, &found), -EBADMSG);
}

static void ports_are_taken_in_pairs(void **state)
{
    struct fixture *fixture = *state;
    char second[ID_MAX] = "";
    uint16_t port;

    for (unsigned i = 1; i <= 3; i++) {
        _cleanup_instance_ struct instance instance = fixture_instance(i);

        fixture_add_instance(fixture, &instance);
        assert_int_equal(openvpn_store_free_port(fixture->store, 1194, 1199, &port), 0);
        assert_int_equal(port, 1194 + 2 * (i - 1));
        put_instance(fixture, instance.id, port);
        if (i == 2)
            text_copy(second, sizeof(second), instance.id);
    }
    assert_int_equal(openvpn_store_free_port(fixture->store, 1194, 1199, &port), -ENOSPC);
    /* The pair at 1194 takes the first of this range too. */
    assert_int_equal(openvpn_store_free_port(fixture->store, 1195, 1205, &port), 0);
    assert_int_equal(port, 1200);
    assert_int_equal(store_begin(fixture->store), 0);
    assert_int_equal(instance_store_delete(fixture->store, second), 0);
    assert_int_equal(store_commit(fixture->store), 0);
    assert_int_equal(openvpn_store_free_port(fixture->store, 1194, 1199, &port), 0);
    assert_int_equal(port, 1196);
}

static void a_peer_has_a_certificate_or_a_password(void **state)
{
    struct fixture *fixture = *state;
    _cleanup_instance_ struct instance instance = fixture_instance(1);
    _cleanup_peer_ struct peer peer = fixture_peer(&instance, 1);
    _cleanup_peer_openvpn_ struct peer_openvpn found = {0};
    struct peer_openvpn row = {.issue = 1,
                               .certificate = blob_of(400, 1),
                               .key = blob_of(138, 2),
                               .tls_crypt_key = blob_of(600, 3)};

    peer.protocol = PROTOCOL_OPENVPN;
    fixture_add_instance(fixture, &instance);
    fixture_add_peer(fixture, &peer);
    memcpy(row.peer_id, peer.id, sizeof(row.peer_id));
    assert_int_equal(store_begin(fixture->store), 0);
    assert_int_equal(openvpn_store_put_peer(fixture->store, &row), 0);
    assert_int_equal(store_commit(fixture->store), 0);
    assert_int_equal(openvpn_store_find_peer(fixture->store, peer.id, &found), 0);
    assert_blob_equal(&found.key, &row.key);
    assert_blob_equal(&found.tls_crypt_key, &row.tls_crypt_key);
    assert_string_equal(found.password, "");

    row = (struct peer_openvpn){.issue = 2, .password = "correct horse"};
    memcpy(row.peer_id, peer.id, sizeof(row.peer_id));
    assert_int_equal(store_begin(fixture->store), 0);
    assert_int_equal(openvpn_store_put_peer(fixture->store, &row), 0);
    assert_int_equal(store_commit(fixture->store), 0);
    assert_int_equal(openvpn_store_find_peer(fixture->store, peer.id, &found), 0);
    assert_string_equal(found.password, "correct horse");
    assert_int_equal(found.certificate.size, 0);

    row.password[0] = 0;
    assert_int_equal(store_begin(fixture->store), 0);
    assert_true(openvpn_store_put_peer(fixture->store, &row) < 0);
    store_rollback(fixture->store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_instance_keeps_its_authority, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(ports_are_taken_in_pairs, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(a_peer_has_a_certificate_or_a_password, fixture_open,
                                        fixture_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
