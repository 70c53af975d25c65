/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hub/base/nearest.h"

static void test_distance(void **state)
{
    (void)state;
    assert_int_equal(nearest_distance("", ""), 0);
    assert_int_equal(nearest_distance("", "abc"), 3);
    assert_int_equal(nearest_distance("subnets", "subnet"), 1);
    assert_int_equal(nearest_distance("SubNets", "subnets"), 0);
    assert_int_equal(nearest_distance("kitten", "sitting"), 3);
    assert_int_equal(nearest_distance("hostname", "hsotname"), 2);
}

static void test_too_long(void **state)
{
    char word[NEAREST_WORD_MAX + 2] = "";
    (void)state;
    for (size_t i = 0; i < NEAREST_WORD_MAX; i++)
        word[i] = 'a';
    assert_int_equal(nearest_distance(word, ""), NEAREST_WORD_MAX);
    word[NEAREST_WORD_MAX] = 'a';
    assert_true(nearest_distance(word, "") == SIZE_MAX);
    assert_true(nearest_distance("", word) == SIZE_MAX);
}

static void test_near(void **state)
{
    (void)state;
    assert_true(nearest_is_near("mtu", 1));
    assert_false(nearest_is_near("mtu", 2));
    assert_true(nearest_is_near("client_to_client", 4));
    assert_false(nearest_is_near("x", SIZE_MAX));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_distance),
        cmocka_unit_test(test_too_long),
        cmocka_unit_test(test_near),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
