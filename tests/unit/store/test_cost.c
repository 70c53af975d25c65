/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is done for one peer costs the same among thousands: no statement walks or sorts a table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "hub/base/cleanup.h"
#include "hub/store/figure_store.h"
#include "hub/store/profile_store.h"
#include "hub/store/store_private.h"
#include "tests/unit/store/fixture.h"

enum { PEERS = 2000, STEPS_MAX = 2000 };

static void add_peers(struct fixture *fixture, const struct instance *instance)
{
    const char *column;

    assert_int_equal(store_begin(fixture->store), 0);
    for (unsigned i = 1; i <= PEERS; i++) {
        _cleanup_peer_ struct peer peer = fixture_peer(instance, i);
        char subnet[PREFIX_TEXT_MAX];

        snprintf(subnet, sizeof(subnet), "10.%u.%u.0/24", i / 256, i % 256);
        fixture_add_subnet(&peer, subnet);
        peer.expires = true;
        peer.expires_at = 1000000 + i;
        assert_int_equal(peer_store_add(fixture->store, &peer, &column), 0);
    }
    assert_int_equal(store_commit(fixture->store), 0);
}

static void reset_counters(struct store *store)
{
    for (size_t i = 0; i < STORE_CACHE_SIZE; i++) {
        if (!store->cache[i].statement)
            continue;
        sqlite3_stmt_status(store->cache[i].statement, SQLITE_STMTSTATUS_FULLSCAN_STEP, 1);
        sqlite3_stmt_status(store->cache[i].statement, SQLITE_STMTSTATUS_SORT, 1);
        sqlite3_stmt_status(store->cache[i].statement, SQLITE_STMTSTATUS_VM_STEP, 1);
    }
}

static unsigned expect_cheap(struct store *store)
{
    unsigned run = 0;

    for (size_t i = 0; i < STORE_CACHE_SIZE; i++) {
        sqlite3_stmt *statement = store->cache[i].statement;
        int scanned, sorted, steps;

        if (!statement)
            continue;
        scanned = sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_FULLSCAN_STEP, 0);
        sorted = sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_SORT, 0);
        steps = sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_VM_STEP, 0);
        run += steps > 0;
        if (scanned > 10 || sorted > 0 || steps > STEPS_MAX)
            fail_msg("%d rows walked, %d sorts, %d steps: %s", scanned, sorted, steps,
                     store->cache[i].sql);
    }
    return run;
}

static int ignore_peer(const struct peer *peer, void *data)
{
    (void)peer;
    (void)data;
    return 0;
}

static void use_everything(struct store *store, const struct instance *instance)
{
    _cleanup_peer_ struct peer added = fixture_peer(instance, PEERS + 5);
    _cleanup_peer_ struct peer by_name = {0}, by_key = {0};
    struct prefix subnet = fixture_prefix("10.3.7.0/24"), found;
    struct peer_figures figures = {0};
    struct issued_profile issued = {.format = "wg-quick"};
    const char *column;
    char name[44];
    uint64_t host;
    uint32_t count;
    int64_t at;

    assert_int_equal(store_begin(store), 0);
    assert_int_equal(peer_store_free_host(store, instance->id, 2, 60000, 60, &host), 0);
    assert_int_equal(host, PEERS + 2);
    added.host = host;
    assert_int_equal(peer_store_add(store, &added, &column), 0);
    assert_int_equal(peer_store_find(store, instance->id, "peer1500", &by_name), 0);
    assert_int_equal(peer_store_find_key(store, instance->id, &by_name.public_key, &by_key), 0);
    assert_int_equal(peer_store_update(store, &by_key, &column), 0);
    assert_int_equal(peer_store_overlap(store, instance->id, &subnet, by_name.id, name, &found), 0);
    assert_int_equal(peer_store_count(store, instance->id, &count), 0);
    assert_int_equal(count, PEERS + 1);
    assert_int_equal(peer_store_next_expiry(store, &at), 0);
    assert_int_equal(peer_store_expired(store, 1000003, ignore_peer, NULL), 0);
    assert_int_equal(peer_store_list(store, instance->id, 1000, 3, true, ignore_peer, NULL), 0);
    assert_int_equal(peer_store_list_enabled(store, instance->id, 1000, 3, ignore_peer, NULL), 0);
    memcpy(figures.peer_id, by_name.id, ID_MAX);
    memcpy(issued.peer_id, by_name.id, ID_MAX);
    assert_int_equal(figure_store_put(store, &figures), 0);
    assert_int_equal(profile_store_put(store, &issued), 0);
    assert_int_equal(profile_store_get(store, by_name.id, &issued), 0);
    assert_int_equal(peer_store_delete(store, instance->id, by_name.id), 0);
    assert_int_equal(store_commit(store), 0);
}

static void test_cheap(void **state)
{
    struct fixture *fixture = *state;
    struct instance instance = fixture_instance(1);

    fixture_add_instance(fixture, &instance);
    add_peers(fixture, &instance);
    for (unsigned i = 0; i < 20; i++)
        fixture_add_audit(fixture, "instance/a", NULL);
    reset_counters(fixture->store);
    use_everything(fixture->store, &instance);
    fixture_add_audit(fixture, "instance/a", NULL);
    assert_true(expect_cheap(fixture->store) >= 20);
    instance_done(&instance);
}

/* And the measure itself tells a walk when there is one. */
static void test_walk_is_seen(void **state)
{
    struct fixture *fixture = *state;
    struct instance instance = fixture_instance(1);
    sqlite3_stmt *statement;

    fixture_add_instance(fixture, &instance);
    add_peers(fixture, &instance);
    assert_int_equal(sqlite3_prepare_v2(fixture->store->database,
                                        "SELECT count(*) FROM peer WHERE keepalive = 7", -1,
                                        &statement, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    assert_true(sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_FULLSCAN_STEP, 0) > 1000);
    sqlite3_finalize(statement);
    instance_done(&instance);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, fixture_open, fixture_close)

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_cheap), TEST(test_walk_is_seen)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
