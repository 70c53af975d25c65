/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which link a peer with mapped subnets gets, and the ports of links. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/store/link_store.h"
#include "hub/store/migration.h"
#include "tests/unit/store/fixture.h"

static const struct link_port_range WIREGUARD = {51820, 53819}, OPENVPN = {1194, 1250};

static void map(struct peer *peer, const char *real, const char *mapped)
{
    struct prefix prefixes[] = {fixture_prefix(real), fixture_prefix(mapped)};

    peer->is_site = true;
    prefix_set_add(&peer->real_subnets, &prefixes[0]);
    prefix_set_add(&peer->subnets, &prefixes[1]);
}

static uint16_t choose(struct fixture *fixture, const struct peer *peer)
{
    uint16_t link = 0xffff;

    assert_int_equal(link_store_choose(fixture->store, peer, &link), 0);
    return link;
}

static void settle(struct fixture *fixture, const struct instance *instance)
{
    assert_int_equal(store_begin(fixture->store), 0);
    assert_int_equal(link_store_settle(fixture->store, instance->id, WIREGUARD, OPENVPN), 0);
    assert_int_equal(store_commit(fixture->store), 0);
}

/* Adds it on the link it shall have. */
static uint16_t add(struct fixture *fixture, const struct instance *instance, struct peer *peer)
{
    peer->link = choose(fixture, peer);
    fixture_add_peer(fixture, peer);
    settle(fixture, instance);
    return peer->link;
}

static void one_lan_is_once_on_a_link(void **state)
{
    struct fixture *fixture = *state;
    struct instance instance = fixture_instance(1), other = fixture_instance(2);
    static const struct {
        const char *real, *mapped;
        uint16_t link;
    } rows[] = {
        {"10.1.0.0/16", "10.1.0.0/16", 0},
        {"192.168.88.0/24", "10.88.1.0/24", 1},
        {"192.168.88.0/24", "10.88.2.0/24", 2},
        {"192.168.0.0/16", "10.90.0.0/16", 3},  /* overlaps both */
        {"192.168.89.0/24", "10.88.3.0/24", 1}, /* apart from link 1's */
        {"192.168.88.128/25", "10.88.4.0/25", 4},
        {"fd99::/64", "fd88::/64", 1},
        {"10.88.1.0/24", "10.88.5.0/24", 1}, /* what another is seen as is no address on its link */
    };
    struct peer peer;

    fixture_add_instance(fixture, &instance);
    fixture_add_instance(fixture, &other);
    for (unsigned i = 0; i < ELEMENTS(rows); i++) {
        peer = fixture_peer(&instance, i + 1);
        map(&peer, rows[i].real, rows[i].mapped);
        assert_int_equal(add(fixture, &instance, &peer), rows[i].link);
        peer_done(&peer);
    }
    peer = fixture_peer(&other, 1);
    map(&peer, "192.168.88.0/24", "10.88.1.0/24");
    assert_int_equal(choose(fixture, &peer), 1);
    peer_done(&peer);
    instance_done(&instance);
    instance_done(&other);
}

static void a_peer_keeps_its_link_while_it_may(void **state)
{
    struct fixture *fixture = *state;
    struct instance instance = fixture_instance(1);
    struct peer first = fixture_peer(&instance, 1), second = fixture_peer(&instance, 2), found;
    const char *column;

    fixture_add_instance(fixture, &instance);
    map(&first, "192.168.88.0/24", "10.88.1.0/24");
    map(&second, "192.168.88.0/24", "10.88.2.0/24");
    assert_int_equal(add(fixture, &instance, &first), 1);
    assert_int_equal(add(fixture, &instance, &second), 2);
    /* Disabled, it holds no subnet but its place. */
    first.enabled = false;
    assert_int_equal(store_begin(fixture->store), 0);
    assert_int_equal(peer_store_update(fixture->store, &first, &column), 0);
    assert_int_equal(store_commit(fixture->store), 0);
    assert_int_equal(choose(fixture, &second), 2);
    assert_int_equal(peer_store_find(fixture->store, instance.id, first.id, &found), 0);
    assert_int_equal(found.link, 1);
    assert_true(peer_has_mapped(&found));
    assert_true(prefix_set_equal(&found.subnets, &first.subnets));
    assert_true(prefix_set_equal(&found.real_subnets, &first.real_subnets));
    peer_done(&found);
    peer_done(&first);
    peer_done(&second);
    instance_done(&instance);
}

static void links_have_ports_of_their_own(void **state)
{
    struct fixture *fixture = *state;
    struct instance instance = fixture_instance(1);
    struct peer first = fixture_peer(&instance, 1), second = fixture_peer(&instance, 2);
    _cleanup_link_openvpns_ struct link_openvpns links = {0};
    _cleanup_port_list_ struct port_list all = {0};
    struct link_ports ports;
    struct link_set set;
    uint16_t free_port;

    fixture_add_instance(fixture, &instance); /* it has 51821 */
    map(&first, "192.168.88.0/24", "10.88.1.0/24");
    map(&second, "192.168.88.0/24", "10.88.2.0/24");
    second.protocol = PROTOCOL_OPENVPN;
    second.has_private_key = second.has_preshared_key = false;
    add(fixture, &instance, &first);
    add(fixture, &instance, &second);
    assert_int_equal(link_store_ports(fixture->store, instance.id, &all), 0);
    assert_int_equal(all.count, 3);
    assert_int_equal(all.items[0], 0);
    assert_int_equal(all.items[1], 51820);
    assert_int_equal(all.items[2], 51822);
    assert_int_equal(link_store_find(fixture->store, instance.id, 1, &ports), 0);
    assert_int_equal(ports.openvpn, 0);
    assert_int_equal(link_store_find(fixture->store, instance.id, 2, &ports), 0);
    assert_int_equal(ports.openvpn, 1194);
    assert_int_equal(link_store_find(fixture->store, instance.id, 3, &ports), -ENOENT);
    assert_int_equal(link_store_openvpn(fixture->store, instance.id, &links), 0);
    assert_int_equal(links.count, 3);
    assert_int_equal(links.items[2].port, 1194);
    assert_int_equal(links.items[2].certificates, 1);
    assert_int_equal(links.items[1].certificates + links.items[1].port, 0);
    /* Others are not given them. */
    assert_int_equal(instance_store_free_port(fixture->store, 51820, 51899, &free_port), 0);
    assert_int_equal(free_port, 51823);
    /* A link without a peer is none. */
    assert_int_equal(store_begin(fixture->store), 0);
    assert_int_equal(peer_store_delete(fixture->store, instance.id, first.id), 0);
    assert_int_equal(store_commit(fixture->store), 0);
    settle(fixture, &instance);
    assert_int_equal(link_store_links(fixture->store, instance.id, &set), 0);
    assert_false(link_set_has(&set, 1));
    assert_true(link_set_has(&set, 2));
    link_set_remove(&set, 2);
    assert_true(link_set_is_empty(&set));
    peer_done(&first);
    peer_done(&second);
    instance_done(&instance);
}

static void there_is_an_end_to_links_and_ports(void **state)
{
    struct fixture *fixture = *state;
    struct instance instance = fixture_instance(1);
    struct peer peer;
    uint16_t link = 0;

    instance.network4 = fixture_prefix("10.66.0.0/16");
    fixture_add_instance(fixture, &instance);
    for (unsigned i = 1; i < LINK_COUNT; i++) {
        char mapped[PREFIX_TEXT_MAX];

        peer = fixture_peer(&instance, i);
        snprintf(mapped, sizeof(mapped), "10.%u.%u.0/24", 88 + i / 256, i % 256);
        map(&peer, "192.168.88.0/24", mapped);
        assert_int_equal(add(fixture, &instance, &peer), i);
        peer_done(&peer);
    }
    peer = fixture_peer(&instance, LINK_COUNT);
    map(&peer, "192.168.88.0/24", "10.99.0.0/24");
    assert_int_equal(link_store_choose(fixture->store, &peer, &link), -ENOSPC);
    peer_done(&peer);
    assert_int_equal(store_begin(fixture->store), 0);
    peer = fixture_peer(&instance, LINK_COUNT);
    map(&peer, "10.7.0.0/16", "10.9.0.0/16");
    assert_int_equal(link_store_choose(fixture->store, &peer, &link), 0);
    assert_int_equal(link, 1);
    peer_done(&peer);
    store_rollback(fixture->store);
    instance_done(&instance);
}

/* ---- from 64 links to more ---- */

enum { BEFORE_MORE = 11 };

#define PEER(id, number, link) \
    "INSERT INTO peer (id, instance_id, name, is_site, enabled, route_all, expired, host, " \
    "public_key, keepalive, link, created_at, updated_at, revision) VALUES ('" id \
    "', 'instance', '" id "', 1, 1, 0, 0, " number ", randomblob(32), 25, " link ", 1, 1, 1);"

static void execute(sqlite3 *database, const char *sql, int expected)
{
    assert_int_equal(sqlite3_exec(database, sql, NULL, NULL, NULL), expected);
}

static int64_t number_of(sqlite3 *database, const char *sql)
{
    sqlite3_stmt *statement;
    int64_t number;

    assert_int_equal(sqlite3_prepare_v2(database, sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    number = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return number;
}

/* What was there stays, with all that hangs on it; what could not be there now can. */
static void links_are_kept_by_the_migration(void **state)
{
    char reason[MIGRATION_REASON_MAX];
    sqlite3 *database;
    uint32_t version;
    int64_t indexes, triggers;

    (void)state;
    assert_int_equal(sqlite3_open(":memory:", &database), SQLITE_OK);
    execute(database, "PRAGMA foreign_keys = ON", SQLITE_OK);
    assert_int_equal(migration_apply(database, migrations, BEFORE_MORE, &version, reason), 0);
    indexes = number_of(database, "SELECT count(*) FROM sqlite_schema WHERE type = 'index'");
    triggers = number_of(database, "SELECT count(*) FROM sqlite_schema WHERE type = 'trigger'");
    execute(database,
            "INSERT INTO instance (id, name, hostname, region, slot, port, mtu, client_to_client, "
            "dns_mode, dns, pushed, private_key, public_key, created_at, updated_at, revision) "
            "VALUES ('instance', 'acme', 'acme', '', 1, 1, 0, 0, 0, '', '', x'00', zeroblob(32), "
            "1, 1, 1);" PEER("aaaaaaaa", "2", "0") PEER("bbbbbbbb", "3", "1")
                PEER("cccccccc", "4",
                     "63") "INSERT INTO peer_subnet (peer_id, position, family, first, last, "
                           "length, real) VALUES "
                           "('cccccccc', 0, 4, x'0a580100', x'0a5801ff', 24, x'c0a85800');"
                           "INSERT INTO instance_link VALUES ('instance', 1, 51820, NULL), "
                           "('instance', 63, 51821, 1194);",
            SQLITE_OK);
    execute(database, "UPDATE peer SET link = 64 WHERE id = 'aaaaaaaa'", SQLITE_CONSTRAINT);
    assert_int_equal(migration_apply(database, migrations, BEFORE_MORE + 1, &version, reason), 0);
    assert_int_equal(number_of(database, "SELECT count(*) FROM sqlite_schema WHERE type = 'index'"),
                     indexes);
    assert_int_equal(
        number_of(database, "SELECT count(*) FROM sqlite_schema WHERE type = 'trigger'"), triggers);
    assert_int_equal(number_of(database, "SELECT sum(link * host) FROM peer"), 3 + 63 * 4);
    assert_int_equal(number_of(database, "SELECT count(*) FROM peer_subnet WHERE real IS NOT NULL"),
                     1);
    assert_int_equal(number_of(database, "SELECT openvpn_port FROM instance_link WHERE link = 63"),
                     1194);
    execute(database,
            "UPDATE peer SET link = 1023 WHERE id = 'cccccccc';"
            "UPDATE instance_link SET link = 1023 WHERE link = 63",
            SQLITE_OK);
    execute(database, "UPDATE peer SET link = 1024 WHERE id = 'cccccccc'", SQLITE_CONSTRAINT);
    execute(database, "UPDATE peer SET link = -1 WHERE id = 'cccccccc'", SQLITE_CONSTRAINT);
    execute(database, "INSERT INTO instance_link VALUES ('instance', 1024, 60000, NULL)",
            SQLITE_CONSTRAINT);
    execute(database, "INSERT INTO instance_link VALUES ('instance', 2, 51820, NULL)",
            SQLITE_CONSTRAINT);
    execute(database, "INSERT INTO instance_link VALUES ('nowhere', 2, 60000, NULL)",
            SQLITE_CONSTRAINT);
    assert_int_equal(number_of(database, "SELECT count(*) FROM pragma_foreign_key_check"), 0);
    execute(database, "DELETE FROM instance", SQLITE_OK);
    assert_int_equal(number_of(database, "SELECT count(*) FROM instance_link"), 0);
    assert_int_equal(number_of(database, "SELECT count(*) FROM peer_subnet"), 0);
    sqlite3_close(database);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, fixture_open, fixture_close)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(one_lan_is_once_on_a_link),
        TEST(a_peer_keeps_its_link_while_it_may),
        TEST(links_have_ports_of_their_own),
        TEST(there_is_an_end_to_links_and_ports),
        cmocka_unit_test(links_are_kept_by_the_migration),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
