/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hub/engine/traffic_clock.h"

enum { NOW = 1700000000 };

static void test_runs(void **state)
{
    struct traffic_clock clock;

    (void)state;
    traffic_clock_init(&clock, NOW - 60);
    for (int i = 0; i < 100; i++)
        assert_true(traffic_clock_is_right(&clock, NOW + i * 60, 1000 + i * 60));
    /* Set a little, either way; and slowly drifting far. */
    assert_true(traffic_clock_is_right(&clock, NOW + 100 * 60 - 3000, 1000 + 100 * 60));
    for (int i = 101; i < 1000; i++)
        assert_true(traffic_clock_is_right(&clock, NOW + 100 * 60 + (i - 100) * 160, 1000 + i * 60));
}

static void test_jump_and_back(void **state)
{
    struct traffic_clock clock;
    const int64_t year = 365 * 86400;

    (void)state;
    traffic_clock_init(&clock, NOW);
    assert_true(traffic_clock_is_right(&clock, NOW, 1000));
    assert_false(traffic_clock_is_right(&clock, NOW + year, 1060));
    assert_false(traffic_clock_is_right(&clock, NOW + year + 3000, 4060));
    /* Set right again before it was believed. */
    assert_true(traffic_clock_is_right(&clock, NOW + 3120, 4120));
    /* This one stays. */
    assert_false(traffic_clock_is_right(&clock, NOW - year, 4180));
    assert_false(traffic_clock_is_right(&clock, NOW - year + 3599, 4180 + 3599));
    assert_true(traffic_clock_is_right(&clock, NOW - year + 3600, 4180 + 3600));
    assert_true(traffic_clock_is_right(&clock, NOW - year + 3660, 4180 + 3660));
}

static void test_start_before_what_is_written(void **state)
{
    struct traffic_clock clock;

    (void)state;
    /* A machine whose clock forgets: 1970, until it is told. */
    traffic_clock_init(&clock, NOW);
    assert_false(traffic_clock_is_right(&clock, 30, 30));
    assert_false(traffic_clock_is_right(&clock, 90, 90));
    assert_true(traffic_clock_is_right(&clock, NOW + 600, 150));
    /* Off for months. */
    traffic_clock_init(&clock, NOW);
    assert_true(traffic_clock_is_right(&clock, NOW + 200 * 86400, 30));
    /* Never told: an hour later it is what there is. */
    traffic_clock_init(&clock, NOW);
    assert_false(traffic_clock_is_right(&clock, 30, 30));
    assert_true(traffic_clock_is_right(&clock, 3630, 3630));
    traffic_clock_init(&clock, 0);
    assert_true(traffic_clock_is_right(&clock, 30, 30));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_runs),
        cmocka_unit_test(test_jump_and_back),
        cmocka_unit_test(test_start_before_what_is_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
