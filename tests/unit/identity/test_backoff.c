/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "hub/identity/backoff.h"

enum { NOW = 1000000 };

/* Guesses until it has to wait, as fast as can be; answers how many came through. */
static unsigned guess(const struct backoff_rule *rule, struct backoff *backoff, int64_t from,
                      int64_t until)
{
    unsigned count = 0;
    for (int64_t now = from; now < until; now++)
        while (backoff_wait(rule, backoff, now) == 0) {
            backoff_charge(backoff, now);
            count++;
        }
    return count;
}

static void test_grows(void **state)
{
    struct backoff backoff = {0};
    (void)state;
    assert_int_equal(guess(&backoff_of_address, &backoff, NOW, NOW + 1), backoff_of_address.free);
    assert_int_equal(backoff_wait(&backoff_of_address, &backoff, NOW), 1);
    assert_int_equal(backoff_wait(&backoff_of_address, &backoff, NOW + 1), 0);
    backoff_charge(&backoff, NOW + 1);
    assert_int_equal(backoff_wait(&backoff_of_address, &backoff, NOW + 1), 2);
    backoff_charge(&backoff, NOW + 3);
    assert_int_equal(backoff_wait(&backoff_of_address, &backoff, NOW + 3), 4);
}

static void test_a_day_of_guessing(void **state)
{
    struct backoff backoff = {0};
    (void)state;
    /* Halving each hour lets some dozens more through, and no more. */
    assert_in_range(guess(&backoff_of_address, &backoff, NOW, NOW + 86400), 20, 400);
}

/* One address alone does not bring an account to where others have to wait. */
static void test_one_address_is_not_the_account(void **state)
{
    struct backoff address = {0}, account = {0};
    (void)state;
    for (int64_t now = NOW; now < NOW + 3600; now++) {
        if (backoff_wait(&backoff_of_address, &address, now))
            continue;
        backoff_charge(&address, now);
        backoff_charge(&account, now);
        assert_int_equal(backoff_wait(&backoff_of_account, &account, now), 0);
    }
}

static void test_longest(void **state)
{
    struct backoff backoff = {.failures = 900, .failed_at = NOW, .decayed_at = NOW};
    (void)state;
    assert_int_equal(backoff_wait(&backoff_of_address, &backoff, NOW), backoff_of_address.longest);
    backoff = (struct backoff){.failures = 60, .failed_at = NOW, .decayed_at = NOW};
    assert_int_equal(backoff_wait(&backoff_of_account, &backoff, NOW), backoff_of_account.longest);
}

static void test_forgets(void **state)
{
    struct backoff backoff = {.failures = 1000, .failed_at = NOW, .decayed_at = NOW};
    (void)state;
    assert_int_equal(backoff_wait(&backoff_of_address, &backoff, NOW + 10 * 3600), 0);
    assert_int_equal(backoff.failures, 0);
}

/* As many as may be wrong, while nobody knows yet whether they are. */
static void test_many_at_once(void **state)
{
    struct backoff backoff = {0};
    (void)state;
    for (uint32_t i = 0; i < backoff_of_address.free; i++) {
        assert_int_equal(backoff_wait(&backoff_of_address, &backoff, NOW), 0);
        backoff_begin(&backoff);
    }
    assert_int_equal(backoff_wait(&backoff_of_address, &backoff, NOW), 1);
    backoff_end(&backoff);
    assert_int_equal(backoff_wait(&backoff_of_address, &backoff, NOW), 0);
}

/* Who guessed, and waited, is judged one by one; what was right makes nobody wait. */
static void test_one_at_a_time_when_over(void **state)
{
    struct backoff backoff = {.failures = 8, .failed_at = NOW - 8, .decayed_at = NOW};
    (void)state;
    assert_true(backoff_is_over(&backoff_of_address, &backoff));
    assert_int_equal(backoff_wait(&backoff_of_address, &backoff, NOW), 0);
    backoff_begin(&backoff);
    assert_int_equal(backoff_wait(&backoff_of_address, &backoff, NOW), 1);
    backoff_end(&backoff);
    assert_int_equal(backoff_wait(&backoff_of_address, &backoff, NOW), 0);
    backoff_charge(&backoff, NOW);
    assert_int_equal(backoff_wait(&backoff_of_address, &backoff, NOW), 16);
}

static void test_right_ones_cost_nothing(void **state)
{
    struct backoff backoff = {0};
    (void)state;
    for (int i = 0; i < 100; i++) {
        assert_int_equal(backoff_wait(&backoff_of_address, &backoff, NOW), 0);
        backoff_begin(&backoff);
        backoff_end(&backoff);
    }
    backoff_end(&backoff);
    assert_int_equal(backoff.failures, 0);
    assert_int_equal(backoff.pending, 0);
}

static void test_clock_goes_back(void **state)
{
    struct backoff backoff = {.failures = 8, .failed_at = NOW, .decayed_at = NOW};
    (void)state;
    assert_in_range(backoff_wait(&backoff_of_address, &backoff, NOW - 100000), 0, 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_grows),
        cmocka_unit_test(test_a_day_of_guessing),
        cmocka_unit_test(test_one_address_is_not_the_account),
        cmocka_unit_test(test_longest),
        cmocka_unit_test(test_forgets),
        cmocka_unit_test(test_many_at_once),
        cmocka_unit_test(test_one_at_a_time_when_over),
        cmocka_unit_test(test_right_ones_cost_nothing),
        cmocka_unit_test(test_clock_goes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
