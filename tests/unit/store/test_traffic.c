/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The history of traffic: chunks as bytes, each minute counted once, rings that never grow. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hub/base/cleanup.h"
#include "hub/store/store_private.h"
#include "hub/store/traffic_store.h"
#include "tests/unit/store/fixture.h"

enum { DAY = 1440, START = 29 * 1000 * 1000 /* minutes: 2025 */ };

/* ---- chunks ---- */

static void test_chunk(void **state)
{
    struct traffic_chunk chunk = {.number = 1234567}, read;
    _cleanup_buf_ struct buf bytes = {0};

    (void)state;
    traffic_point_add(&chunk.points[0], 0, 0);
    traffic_point_add(&chunk.points[2], 300, 1ull << 40);
    traffic_point_add(&chunk.points[2], 1, 1);
    traffic_point_add(&chunk.points[7], UINT64_MAX, 1);
    traffic_point_add(&chunk.points[7], UINT64_MAX, UINT64_MAX);
    traffic_chunk_write(&chunk, TRAFFIC_MINUTE, &bytes);
    assert_int_equal(traffic_chunk_read(bytes.data, bytes.length, TRAFFIC_MINUTE, &read), 0);
    assert_int_equal(read.number, 1234567);
    assert_true(read.points[0].known && read.points[0].received == 0);
    assert_false(read.points[1].known);
    assert_int_equal(read.points[2].received, 301);
    assert_int_equal(read.points[2].sent, (1ull << 40) + 1);
    assert_int_equal(read.points[7].received, (1ull << 48) - 2);
    assert_int_equal(read.points[7].sent, (1ull << 48) - 2);
    assert_false(read.points[8].known);
    for (size_t i = 0; i < bytes.length; i++)
        if (traffic_chunk_read(bytes.data, i, TRAFFIC_MINUTE, &read) == 0)
            assert_true(i == 0 || (uint8_t)bytes.data[i - 1] < 0x80);
    assert_int_equal(traffic_chunk_read("", 0, TRAFFIC_MINUTE, &read), -EBADMSG);
    assert_int_equal(
        traffic_chunk_read("\xff\xff\xff\xff\xff\xff\xff\xff\xff", 9, TRAFFIC_MINUTE, &read),
        -EBADMSG);
}

static void test_ring_spans(void **state)
{
    static const int64_t least[] = {[TRAFFIC_MINUTE] = DAY * 60,
                                    [TRAFFIC_TEN_MINUTES] = 14 * 86400,
                                    [TRAFFIC_HOUR] = 90 * 86400,
                                    [TRAFFIC_DAY] = 731 * 86400};

    (void)state;
    for (enum traffic_step step = 0; step < TRAFFIC_STEP_COUNT; step++) {
        const struct traffic_ring *ring = &traffic_rings[step];

        assert_true(ring->points <= TRAFFIC_CHUNK_POINTS && ring->chunks <= 256);
        assert_true(ring->seconds * ring->points * (ring->chunks - 1) >= least[step]);
    }
}

/* ---- minutes ---- */

struct scene {
    struct instance instance;
    struct peer peer;
};

static void set_scene(struct fixture *fixture, struct scene *scene)
{
    scene->instance = fixture_instance(1);
    scene->peer = fixture_peer(&scene->instance, 1);
    fixture_add_instance(fixture, &scene->instance);
    fixture_add_peer(fixture, &scene->peer);
}

static void scene_done(struct scene *scene)
{
    instance_done(&scene->instance);
    peer_done(&scene->peer);
}

/* A minute of the instance, with its peer's part; 0 = the peer has none. */
static void count(struct fixture *fixture, const struct scene *scene, int64_t minute,
                  uint64_t bytes, bool fold)
{
    const struct traffic_entry entries[] = {{0, bytes, 2 * bytes},
                                            {(uint32_t)scene->peer.row, bytes, 2 * bytes}};
    const struct traffic_entry hub = {0, bytes, 2 * bytes};

    assert_int_equal(store_begin(fixture->store), 0);
    assert_int_equal(
        traffic_store_add(fixture->store, scene->instance.slot, minute, entries, bytes ? 2 : 1), 0);
    assert_int_equal(traffic_store_add(fixture->store, 0, minute, &hub, 1), 0);
    if (fold)
        assert_int_equal(traffic_store_fold(fixture->store), 0);
    assert_int_equal(store_commit(fixture->store), 0);
}

static uint64_t sum(struct fixture *fixture, int64_t series, uint32_t slot, enum traffic_step step,
                    int64_t minute, size_t points, size_t *ret_known)
{
    _cleanup_free_ struct traffic_point *read = memory_zero(points * sizeof(*read));
    int64_t last = minute * 60 / traffic_rings[step].seconds;
    uint64_t total = 0;

    assert_int_equal(traffic_store_read(fixture->store, series, slot, step,
                                        last - (int64_t)points + 1, points, read),
                     0);
    *ret_known = 0;
    for (size_t i = 0; i < points; i++) {
        *ret_known += read[i].known;
        assert_int_equal(read[i].sent, 2 * read[i].received);
        total += read[i].received;
    }
    return total;
}

static void expect_sums(struct fixture *fixture, const struct scene *scene, int64_t minute,
                        uint64_t expected)
{
    static const size_t points[] = {DAY, 14 * 144, 90 * 24, 731};
    uint32_t slot = scene->instance.slot;
    size_t known;

    for (enum traffic_step step = 0; step < TRAFFIC_STEP_COUNT; step++) {
        assert_int_equal(
            sum(fixture, (int64_t)scene->peer.row, slot, step, minute, points[step], &known),
            expected);
        assert_int_equal(sum(fixture, traffic_series_of_instance(slot), slot, step, minute,
                             points[step], &known),
                         expected);
        assert_int_equal(sum(fixture, 0, 0, step, minute, points[step], &known), expected);
    }
}

/* At every moment, folded or not, and over a restart amid it. */
static void test_each_minute_counts_once(void **state)
{
    struct fixture *fixture = *state;
    struct scene scene = {0};
    uint64_t total = 0;
    size_t known;

    set_scene(fixture, &scene);
    for (int64_t i = 0; i < 200; i++) {
        count(fixture, &scene, START + i, (uint64_t)i % 7, true);
        total += (uint64_t)i % 7;
        if (i % 13 == 0)
            expect_sums(fixture, &scene, START + i, total);
        if (i == 90)
            assert_int_equal(fixture_reopen(fixture), 0);
    }
    expect_sums(fixture, &scene, START + 199, total);
    /* Of the instance each is known, of the peer those with traffic. */
    sum(fixture, traffic_series_of_instance(scene.instance.slot), scene.instance.slot,
        TRAFFIC_MINUTE, START + 199, DAY, &known);
    assert_int_equal(known, 200);
    sum(fixture, (int64_t)scene.peer.row, scene.instance.slot, TRAFFIC_MINUTE, START + 199, DAY,
        &known);
    assert_in_range(known, 170, 172);
    scene_done(&scene);
}

static int64_t number_of(struct store *store, const char *sql)
{
    sqlite3_stmt *statement;
    int64_t number;

    assert_int_equal(sqlite3_prepare_v2(store->database, sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    number = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return number;
}

static void test_journal_is_an_hour(void **state)
{
    struct fixture *fixture = *state;
    struct scene scene = {0};

    set_scene(fixture, &scene);
    for (int64_t i = 0; i < 300; i++)
        count(fixture, &scene, START + i, 5, true);
    assert_in_range(number_of(fixture->store, "SELECT count(*) FROM traffic_journal"), 100, 124);
    scene_done(&scene);
}

/* Two years at full speed: what a peer takes on disk, and that it takes no more then. */
static void test_size_is_bounded(void **state)
{
    struct fixture *fixture = *state;
    struct scene scene = {0};
    int64_t after_two_years, bytes;
    const uint64_t much = (1ull << 47) / 3;

    set_scene(fixture, &scene);
    for (int64_t day = 0; day < 800; day++) {
        /* As densely as its rings are: no point is left out. */
        assert_int_equal(store_begin(fixture->store), 0);
        for (int64_t i = 0; i < DAY; i += day >= 798 ? 1 : day >= 784 ? 10 : 60) {
            const struct traffic_entry entries[] = {{0, much, much},
                                                    {(uint32_t)scene.peer.row, much, much}};

            assert_int_equal(traffic_store_add(fixture->store, scene.instance.slot,
                                               START + day * DAY + i, entries, 2),
                             0);
        }
        for (int i = 0; i < TRAFFIC_TURNS; i++)
            assert_int_equal(traffic_store_fold(fixture->store), 0);
        assert_int_equal(store_commit(fixture->store), 0);
    }
    after_two_years = number_of(fixture->store, "SELECT count(*) FROM traffic_chunk");
    assert_int_equal(after_two_years, 2 * (25 + 15 + 19 + 9));
    bytes = number_of(fixture->store, "SELECT sum(length(data)) FROM traffic_chunk") / 2;
    print_message("a series takes %ld bytes at most\n", (long)bytes);
    assert_in_range(bytes, 10000, 1000 * 1000);
    scene_done(&scene);
}

static void test_deleted_with_its_peer(void **state)
{
    struct fixture *fixture = *state;
    struct scene scene = {0};

    set_scene(fixture, &scene);
    for (int64_t i = 0; i < 100; i++)
        count(fixture, &scene, START + i, 5, true);
    assert_true(number_of(fixture->store, "SELECT count(*) FROM traffic_chunk WHERE key > 65535") >
                0);
    assert_int_equal(peer_store_delete(fixture->store, scene.instance.id, scene.peer.id), 0);
    /* What the journal still has of it comes to nothing. */
    for (int64_t i = 100; i < 170; i++)
        count(fixture, &scene, START + i, 0, true);
    assert_int_equal(
        number_of(fixture->store, "SELECT count(*) FROM traffic_chunk WHERE key > 65535"), 0);
    assert_true(number_of(fixture->store, "SELECT count(*) FROM traffic_chunk WHERE key < 0") > 0);
    assert_int_equal(instance_store_delete(fixture->store, scene.instance.id), 0);
    assert_int_equal(number_of(fixture->store, "SELECT count(*) FROM traffic_chunk WHERE key < 0"),
                     0);
    assert_int_equal(
        number_of(fixture->store, "SELECT count(*) FROM traffic_journal WHERE slot > 0"), 0);
    scene_done(&scene);
}

static void test_clock_set_back(void **state)
{
    struct fixture *fixture = *state;
    struct scene scene = {0};

    set_scene(fixture, &scene);
    for (int64_t i = 0; i < 30; i++)
        count(fixture, &scene, START + i, 10, true);
    for (int64_t i = 20; i < 120; i++)
        count(fixture, &scene, START + i, 10, true);
    expect_sums(fixture, &scene, START + 119, 1300);
    /* A day that is still to come takes a place in the ring, and gives it back. */
    for (int64_t i = 0; i < 61; i++)
        count(fixture, &scene, START + DAY + i, 7, true);
    for (int64_t i = 120; i < 240; i++)
        count(fixture, &scene, START + i, 10, true);
    size_t known;
    assert_int_equal(sum(fixture, (int64_t)scene.peer.row, scene.instance.slot, TRAFFIC_HOUR,
                         START + 239, 24, &known),
                     2500);
    scene_done(&scene);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_open, fixture_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_chunk),       cmocka_unit_test(test_ring_spans),
        TEST(test_each_minute_counts_once), TEST(test_journal_is_an_hour),
        TEST(test_size_is_bounded),         TEST(test_deleted_with_its_peer),
        TEST(test_clock_set_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
