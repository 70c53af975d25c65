/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "peers/liveness.h"

enum { T0 = 1800000000 };

static bool feed(struct liveness *liveness, int64_t now, int64_t handshake_at, uint64_t received,
                 uint64_t sent)
{
    return liveness_update(liveness, &(struct liveness_sample){.now = now,
                                                               .handshake_at = handshake_at,
                                                               .received = received,
                                                               .sent = sent});
}

static void test_connects_after_a_handshake(void **state)
{
    struct liveness liveness = {0};

    (void)state;
    assert_false(feed(&liveness, T0, 0, 0, 148)); /* we call, nobody answers */
    assert_false(liveness.connected);
    assert_true(feed(&liveness, T0 + 5, T0 + 3, 92, 296));
    assert_true(liveness.connected);
    assert_int_equal(liveness.connected_since, T0 + 5);
    assert_int_equal(liveness.last_handshake, T0 + 3);
    assert_int_equal(liveness.received_total, 92);
    assert_int_equal(liveness.sent_total, 296);
}

static void test_an_old_handshake_connects_nobody(void **state)
{
    struct liveness liveness = {0};

    (void)state;
    assert_false(feed(&liveness, T0, T0 - 181, 92, 148));
    assert_false(liveness.connected);
    assert_true(feed(&liveness, T0, T0 - 180, 92, 148));
}

static void test_no_bytes_no_connection(void **state)
{
    struct liveness liveness = {0};

    (void)state;
    assert_false(feed(&liveness, T0, T0, 0, 148));
    assert_false(liveness.connected);
}

/* Rekeying is due every 120 s, but a quiet peer's handshake grows older than 180 s. */
static void test_stays_within_the_grace(void **state)
{
    struct liveness liveness = {0};

    (void)state;
    feed(&liveness, T0, T0, 92, 148);
    assert_false(feed(&liveness, T0 + 194, T0, 92, 148));
    assert_true(liveness.connected);
    assert_false(feed(&liveness, T0 + 195, T0, 92, 148));
    assert_true(feed(&liveness, T0 + 196, T0, 92, 148));
    assert_false(liveness.connected);
    assert_int_equal(liveness.connected_since, 0);
    assert_int_equal(liveness.last_handshake, T0);
}

static void test_movement_keeps_it(void **state)
{
    struct liveness liveness = {0};

    (void)state;
    feed(&liveness, T0, T0, 92, 148);
    for (int i = 1; i <= 100; i++)
        assert_false(feed(&liveness, T0 + i * 20, T0, 92 + (uint64_t)i, 148));
    assert_true(liveness.connected);
    assert_int_equal(liveness.connected_since, T0);
}

static void test_sent_bytes_keep_nothing(void **state)
{
    struct liveness liveness = {0};

    (void)state;
    feed(&liveness, T0, T0, 92, 148);
    feed(&liveness, T0 + 100, T0, 92, 1480);
    assert_true(feed(&liveness, T0 + 196, T0, 92, 14800));
    assert_false(liveness.connected);
}

static void test_totals_survive_a_new_link(void **state)
{
    struct liveness liveness = {0};

    (void)state;
    feed(&liveness, T0, T0, 1000, 2000);
    feed(&liveness, T0 + 5, 0, 10, 20); /* smaller: counts from zero */
    assert_int_equal(liveness.received_total, 1010);
    assert_int_equal(liveness.sent_total, 2020);
    assert_int_equal(liveness.last_handshake, T0); /* not lost with the link */
    liveness_link_renewed(&liveness);
    feed(&liveness, T0 + 10, T0 + 9, 10, 20); /* as large as before, yet new */
    assert_int_equal(liveness.received_total, 1020);
    assert_int_equal(liveness.sent_total, 2040);
    assert_true(liveness.connected);
}

/* One counter alone may be smaller when the other has overtaken its old value. */
static void test_one_smaller_counter_is_a_new_link(void **state)
{
    struct liveness liveness = {0};

    (void)state;
    feed(&liveness, T0, T0, 1000, 2000);
    feed(&liveness, T0 + 5, T0 + 4, 5000, 20);
    assert_int_equal(liveness.received_total, 6000);
    assert_int_equal(liveness.sent_total, 2020);
}

static void test_clock_set_back(void **state)
{
    struct liveness liveness = {0};

    (void)state;
    feed(&liveness, T0, T0, 92, 148);
    assert_false(feed(&liveness, T0 - 100000, T0, 92, 148));
    assert_true(liveness.connected);
    /* The handshake lies in the future: only what is received counts, and it ends. */
    assert_true(feed(&liveness, T0 - 100000 + 196, T0, 92, 148));
    assert_false(liveness.connected);
    assert_false(feed(&liveness, T0 - 100000 + 200, T0, 200, 148));
}

static void test_totals_do_not_wrap(void **state)
{
    struct liveness liveness = {.received_total = UINT64_MAX - 5};

    (void)state;
    feed(&liveness, T0, T0, 100, 0);
    assert_true(liveness.received_total == UINT64_MAX);
}

static void test_random_sequences(void **state)
{
    struct liveness liveness = {0};
    int64_t now = T0;
    uint64_t received = 0, sent = 0, received_all = 0, sent_all = 0;

    (void)state;
    srandom(3);
    for (int i = 0; i < 100000; i++) {
        uint64_t more_received = (uint64_t)random() % 1500, more_sent = (uint64_t)random() % 1500;
        bool was = liveness.connected, changed;

        if (random() % 50 == 0) {
            liveness_link_renewed(&liveness);
            received = sent = 0;
        }
        now += random() % 60;
        received += more_received;
        sent += more_sent;
        received_all += more_received;
        sent_all += more_sent;
        changed = feed(&liveness, now, random() % 3 ? now - random() % 400 : 0, received, sent);
        assert_int_equal(changed, was != liveness.connected);
        assert_int_equal(liveness.received_total, received_all);
        assert_int_equal(liveness.sent_total, sent_all);
        assert_int_equal(liveness.connected, liveness.connected_since != 0);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_connects_after_a_handshake),
        cmocka_unit_test(test_an_old_handshake_connects_nobody),
        cmocka_unit_test(test_no_bytes_no_connection),
        cmocka_unit_test(test_stays_within_the_grace),
        cmocka_unit_test(test_movement_keeps_it),
        cmocka_unit_test(test_sent_bytes_keep_nothing),
        cmocka_unit_test(test_totals_survive_a_new_link),
        cmocka_unit_test(test_one_smaller_counter_is_a_new_link),
        cmocka_unit_test(test_clock_set_back),
        cmocka_unit_test(test_totals_do_not_wrap),
        cmocka_unit_test(test_random_sequences),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
