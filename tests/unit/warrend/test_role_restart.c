/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hub/warrend/role_restart.h"

static const struct role_restart_rule rule = {2, 1000, 10000};

static void the_first_cost_nothing_then_it_doubles(void **state)
{
    static const uint64_t pauses[] = {0, 0, 1000, 2000, 4000, 8000, 10000, 10000, 10000};
    struct role_restart restart = {.rule = &rule};

    (void)state;
    for (size_t i = 0; i < sizeof(pauses) / sizeof(*pauses); i++)
        assert_int_equal(role_restart_pause_us(&restart, 9999999), pauses[i]);
}

static void a_long_life_makes_up_for_it(void **state)
{
    struct role_restart restart = {.rule = &rule};

    (void)state;
    for (int i = 0; i < 10; i++)
        (void)role_restart_pause_us(&restart, 0);
    assert_int_equal(role_restart_pause_us(&restart, 10000000), 0);
    assert_int_equal(role_restart_pause_us(&restart, 0), 0);
    assert_int_equal(role_restart_pause_us(&restart, 0), 1000);
}

static void none_is_forgiven_where_none_may_be(void **state)
{
    static const struct role_restart_rule strict = {0, 100, 5000};
    struct role_restart restart = {.rule = &strict};

    (void)state;
    assert_int_equal(role_restart_pause_us(&restart, 0), 100);
    assert_int_equal(role_restart_pause_us(&restart, 0), 200);
    assert_int_equal(role_restart_pause_us(&restart, UINT64_MAX), 100);
}

static void for_ever_it_stays_at_the_most(void **state)
{
    struct role_restart restart = {.rule = &rule};

    (void)state;
    for (int i = 0; i < 100000; i++)
        (void)role_restart_pause_us(&restart, 0);
    assert_int_equal(role_restart_pause_us(&restart, 0), 10000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_cost_nothing_then_it_doubles),
        cmocka_unit_test(a_long_life_makes_up_for_it),
        cmocka_unit_test(none_is_forgiven_where_none_may_be),
        cmocka_unit_test(for_ever_it_stays_at_the_most),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
