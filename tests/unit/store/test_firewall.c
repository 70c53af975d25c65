/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rows of the firewall: their order, who is named, hits that only grow, labels of peers. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hub/base/buf.h"
#include "hub/base/cleanup.h"
#include "hub/store/firewall_check_store.h"
#include "hub/store/firewall_store.h"
#include "hub/store/peer_label.h"
#include "tests/unit/store/fixture.h"

enum { KIND_PEER = 1, KIND_GROUP = 4 };

static struct firewall_row make(const struct instance *instance, const char *name)
{
    struct firewall_row row = {.allow = true, .enabled = true, .from.kind = KIND_PEER};

    snprintf(row.id, sizeof(row.id), "%.1saaaaaaa", name);
    memcpy(row.instance_id, instance->id, sizeof(row.instance_id));
    (void)text_copy(row.from.value, sizeof(row.from.value), name);
    return row;
}

static void add(struct fixture *fixture, const struct instance *instance, const char *name,
                uint64_t position)
{
    struct firewall_row row = make(instance, name);

    assert_int_equal(store_begin(fixture->store), 0);
    assert_int_equal(
        firewall_store_make_order(fixture->store, instance->id, position, NULL, &row.order), 0);
    assert_int_equal(firewall_store_add(fixture->store, &row), 0);
    assert_int_equal(store_commit(fixture->store), 0);
    assert_int_equal(row.revision, 1);
}

static void move(struct fixture *fixture, const struct instance *instance, const char *name,
                 uint64_t position)
{
    struct firewall_row row, wanted = make(instance, name);

    assert_int_equal(firewall_store_find(fixture->store, instance->id, wanted.id, &row), 0);
    assert_int_equal(store_begin(fixture->store), 0);
    assert_int_equal(
        firewall_store_make_order(fixture->store, instance->id, position, row.id, &row.order), 0);
    assert_int_equal(firewall_store_update(fixture->store, &row), 0);
    assert_int_equal(store_commit(fixture->store), 0);
}

static int note(const struct firewall_row *row, void *data)
{
    buf_printf(data, "%.1s", row->id);
    return 0;
}

static void assert_order(struct fixture *fixture, const struct instance *instance,
                         const char *expected)
{
    _cleanup_buf_ struct buf text = {0};

    assert_int_equal(firewall_store_list(fixture->store, instance->id, INT64_MIN, 0, note, &text),
                     0);
    assert_string_equal(text.data, expected);
    for (size_t i = 0; expected[i]; i++) {
        struct firewall_row row;
        uint64_t position;

        assert_int_equal(firewall_store_at(fixture->store, instance->id, i + 1, &row), 0);
        assert_int_equal(row.id[0], expected[i]);
        assert_int_equal(firewall_store_position(fixture->store, &row, &position), 0);
        assert_int_equal(position, i + 1);
    }
}

static struct instance with_instance(struct fixture *fixture)
{
    struct instance instance = fixture_instance(1);

    fixture_add_instance(fixture, &instance);
    return instance;
}

static void test_order(void **state)
{
    struct fixture *fixture = *state;
    _cleanup_instance_ struct instance instance = with_instance(fixture);
    struct firewall_row row;

    add(fixture, &instance, "b", 10001);
    add(fixture, &instance, "c", 10001);
    add(fixture, &instance, "a", 1);
    assert_order(fixture, &instance, "abc");
    add(fixture, &instance, "d", 3);
    assert_order(fixture, &instance, "abdc");
    move(fixture, &instance, "a", 3);
    assert_order(fixture, &instance, "bdac");
    move(fixture, &instance, "a", 4);
    assert_order(fixture, &instance, "bdca");
    move(fixture, &instance, "a", 1);
    assert_order(fixture, &instance, "abdc");
    /* Back and forth until the gaps are used up, and all are numbered anew. */
    for (unsigned i = 0; i < 200; i++) {
        move(fixture, &instance, "c", 2);
        move(fixture, &instance, "b", 2);
    }
    assert_order(fixture, &instance, "abcd");
    assert_int_equal(firewall_store_at(fixture->store, instance.id, 5, &row), -ENOENT);
    assert_int_equal(firewall_store_at(fixture->store, instance.id, 0, &row), -ENOENT);
}

static void test_before(void **state)
{
    struct fixture *fixture = *state;
    _cleanup_instance_ struct instance instance = with_instance(fixture);
    struct firewall_row row;
    char before[ID_MAX];

    add(fixture, &instance, "a", 1);
    add(fixture, &instance, "b", 2);
    add(fixture, &instance, "c", 3);
    assert_int_equal(firewall_store_at(fixture->store, instance.id, 3, &row), 0);
    assert_int_equal(firewall_store_before(fixture->store, &row, before), 0);
    assert_string_equal(before, "baaaaaaa");
    assert_int_equal(firewall_store_at(fixture->store, instance.id, 2, &row), 0);
    row.enabled = false;
    assert_int_equal(firewall_store_update(fixture->store, &row), 0);
    assert_int_equal(firewall_store_at(fixture->store, instance.id, 3, &row), 0);
    assert_int_equal(firewall_store_before(fixture->store, &row, before), 0);
    assert_string_equal(before, "aaaaaaaa");
    assert_int_equal(firewall_store_at(fixture->store, instance.id, 1, &row), 0);
    assert_int_equal(firewall_store_before(fixture->store, &row, before), 0);
    assert_string_equal(before, "");
}

static void test_naming(void **state)
{
    struct fixture *fixture = *state;
    _cleanup_instance_ struct instance instance = with_instance(fixture);
    _cleanup_buf_ struct buf named = {0}, kinds = {0};
    struct firewall_row row = make(&instance, "b");

    add(fixture, &instance, "a", 1);
    /* Named at both ends, it is told once. */
    row.to = row.from;
    row.order = 5 << 20;
    assert_int_equal(firewall_store_add(fixture->store, &row), 0);
    assert_int_equal(
        firewall_store_naming(fixture->store, instance.id, KIND_PEER, "b", note, &named), 0);
    assert_string_equal(named.data, "b");
    assert_int_equal(firewall_store_of_kind(fixture->store, instance.id, KIND_PEER, note, &kinds),
                     0);
    assert_string_equal(kinds.data, "ab");
    assert_int_equal(firewall_store_delete(fixture->store, instance.id, row.id), 0);
    assert_int_equal(firewall_store_delete(fixture->store, instance.id, row.id), -ENOENT);
}

static void test_hits(void **state)
{
    static const struct {
        uint64_t seen, total;
    } readings[] = {{5, 5}, {9, 9}, {9, 9}, {2, 11}, {3, 12}, {0, 12}, {1, 13}};
    struct fixture *fixture = *state;
    _cleanup_instance_ struct instance instance = with_instance(fixture);
    struct firewall_row row;

    add(fixture, &instance, "a", 1);
    for (size_t i = 0; i < ELEMENTS(readings); i++) {
        assert_int_equal(firewall_store_put_hits(fixture->store, "aaaaaaaa", readings[i].seen), 0);
        assert_int_equal(firewall_store_find(fixture->store, instance.id, "aaaaaaaa", &row), 0);
        assert_int_equal(row.hits, readings[i].total);
    }
    /* Of a rule that is gone by now. */
    assert_int_equal(firewall_store_put_hits(fixture->store, "zaaaaaaa", 7), 0);
}

static int count_holder(const char *peer_id, void *data)
{
    (void)peer_id;
    ++*(unsigned *)data;
    return 0;
}

static void test_labels(void **state)
{
    struct fixture *fixture = *state;
    _cleanup_instance_ struct instance instance = with_instance(fixture);
    _cleanup_peer_ struct peer peer = fixture_peer(&instance, 1), read = {0};
    const char *column;
    unsigned holders = 0;

    (void)text_copy(peer.groups[peer.group_count++], sizeof(peer.groups[0]), "staff");
    (void)text_copy(peer.groups[peer.group_count++], sizeof(peer.groups[0]), "guests");
    assert_int_equal(peer_store_add(fixture->store, &peer, &column), 0);
    assert_int_equal(peer_store_find(fixture->store, instance.id, peer.id, &read), 0);
    assert_int_equal(read.group_count, 2);
    assert_int_equal(
        peer_label_holders(fixture->store, instance.id, "staff", count_holder, &holders), 0);
    assert_int_equal(holders, 1);
    peer.group_count = 0;
    assert_int_equal(peer_store_update(fixture->store, &peer, &column), 0);
    assert_int_equal(
        peer_label_holders(fixture->store, instance.id, "staff", count_holder, &holders), 0);
    assert_int_equal(holders, 1);
}

static int note_check(const struct firewall_check_row *row, void *data)
{
    buf_printf(data, "%.1s", row->id);
    return 0;
}

static void test_checks(void **state)
{
    struct fixture *fixture = *state;
    _cleanup_instance_ struct instance instance = with_instance(fixture);
    _cleanup_buf_ struct buf text = {0};
    struct firewall_check_row row = {.id = "zaaaaaaa", .protocol = 6, .port = 22}, read;
    uint64_t count;

    memcpy(row.instance_id, instance.id, sizeof(row.instance_id));
    assert_int_equal(firewall_check_store_add(fixture->store, &row), 0);
    memcpy(row.id, "aaaaaaaa", ID_MAX);
    assert_int_equal(firewall_check_store_add(fixture->store, &row), 0);
    assert_int_equal(firewall_check_store_list(fixture->store, instance.id, note_check, &text), 0);
    assert_string_equal(text.data, "za");
    assert_int_equal(firewall_check_store_find(fixture->store, instance.id, "aaaaaaaa", &read), 0);
    assert_int_equal(read.port, 22);
    assert_int_equal(firewall_check_store_delete(fixture->store, instance.id, "zaaaaaaa"), 0);
    assert_int_equal(firewall_check_store_delete(fixture->store, instance.id, "zaaaaaaa"), -ENOENT);
    assert_int_equal(firewall_check_store_count(fixture->store, instance.id, &count), 0);
    assert_int_equal(count, 1);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, fixture_open, fixture_close)
    static const struct CMUnitTest tests[] = {
        TEST(test_order), TEST(test_before), TEST(test_naming),
        TEST(test_hits),  TEST(test_labels), TEST(test_checks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
