/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* After the four that it needs. */
#include <cmocka.h>

#include "hub/base/buf.h"
#include "hub/base/cleanup.h"
#include "hub/base/prefix_set.h"
#include "hub/base/text.h"

static struct prefix_set parse(const char *list)
{
    struct prefix_set set = {0};
    _cleanup_free_ char *copy = text_duplicate(list);
    char *rest = copy, *word;

    while ((word = strsep(&rest, " "))) {
        struct prefix prefix;

        if (!*word)
            continue;
        assert_int_equal(prefix_parse(word, &prefix), 0);
        prefix_set_add(&set, &prefix);
    }
    return set;
}

static void assert_set(const struct prefix_set *set, const char *expected)
{
    _cleanup_free_ char *text = prefix_set_format(set, " ");

    assert_string_equal(text, expected);
}

static void minimise(void **state)
{
    static const char *const cases[][2] = {
        {"", ""},
        {"10.0.0.0/8", "10.0.0.0/8"},
        {"10.0.0.7/8", "10.0.0.0/8"},
        {"10.0.0.0/8 10.0.0.0/8", "10.0.0.0/8"},
        {"10.1.0.0/16 10.0.0.0/8 10.2.3.4/32", "10.0.0.0/8"},
        {"10.128.0.0/9 10.0.0.0/9", "10.0.0.0/8"},
        {"10.0.1.0/24 10.0.2.0/24", "10.0.1.0/24 10.0.2.0/24"},
        {"10.0.3.0/24 10.0.2.0/24 10.0.1.0/24 10.0.0.0/24", "10.0.0.0/22"},
        {"128.0.0.0/1 0.0.0.0/1 ::/0", "0.0.0.0/0 ::/0"},
        {"::/1 8000::/1", "::/0"},
        {"::/0 0.0.0.0/0", "0.0.0.0/0 ::/0"},
        {"10.0.0.0/24 10.0.0.0/23 10.0.2.0/23", "10.0.0.0/22"},
        {"255.255.255.255/32 255.255.255.254/32", "255.255.255.254/31"},
        {"fd00::1/128 fd00::/128 fd00::2/127", "fd00::/126"},
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        _cleanup_prefix_set_ struct prefix_set set = parse(cases[i][0]);

        prefix_set_minimise(&set);
        assert_set(&set, cases[i][1]);
    }
}

static void subtract(void **state)
{
    static const char *const cases[][3] = {
        {"", "10.0.0.0/8", ""},
        {"10.0.0.0/8", "", "10.0.0.0/8"},
        {"10.0.0.0/8", "10.0.0.0/8", ""},
        {"10.0.0.0/8", "0.0.0.0/0", ""},
        {"10.0.0.0/8", "11.0.0.0/8 9.0.0.0/8 ::/0", "10.0.0.0/8"},
        {"10.0.0.0/8", "10.0.0.0/9", "10.128.0.0/9"},
        {"10.0.0.0/30", "10.0.0.1/32", "10.0.0.0/32 10.0.0.2/31"},
        {"10.0.0.0/30", "10.0.0.0/32 10.0.0.3/32", "10.0.0.1/32 10.0.0.2/32"},
        {"10.0.0.0/31 10.0.0.2/31", "10.0.0.3/32", "10.0.0.0/31 10.0.0.2/32"},
        {"10.0.0.0/30", "10.0.0.0/31 10.0.0.0/32", "10.0.0.2/31"},
        {"0.0.0.0/0", "128.0.0.0/2 255.255.255.255/32 0.0.0.0/1",
         "192.0.0.0/3 224.0.0.0/4 240.0.0.0/5 248.0.0.0/6 252.0.0.0/7 254.0.0.0/8 255.0.0.0/9 "
         "255.128.0.0/10 255.192.0.0/11 255.224.0.0/12 255.240.0.0/13 255.248.0.0/14 "
         "255.252.0.0/15 255.254.0.0/16 255.255.0.0/17 255.255.128.0/18 255.255.192.0/19 "
         "255.255.224.0/20 255.255.240.0/21 255.255.248.0/22 255.255.252.0/23 255.255.254.0/24 "
         "255.255.255.0/25 255.255.255.128/26 255.255.255.192/27 255.255.255.224/28 "
         "255.255.255.240/29 255.255.255.248/30 255.255.255.252/31 255.255.255.254/32"},
        {"fd00::/126 10.0.0.0/31", "fd00::3/128 10.0.0.1/32", "10.0.0.0/32 fd00::/127 fd00::2/128"},
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        _cleanup_prefix_set_ struct prefix_set set = parse(cases[i][0]), holes = parse(cases[i][1]);

        prefix_set_subtract(&set, &holes);
        assert_set(&set, cases[i][2]);
    }
}

static void a_set_less_itself_is_empty(void **state)
{
    _cleanup_prefix_set_ struct prefix_set set = parse("10.0.0.0/8 fd00::/8");

    (void)state;
    prefix_set_subtract(&set, &set);
    assert_int_equal(set.count, 0);
}

/* Half a million would take minutes if either were quadratic. */
static void many_are_quick(void **state)
{
    _cleanup_prefix_set_ struct prefix_set set = {0}, holes = {0};
    struct prefix prefix, all;
    uint64_t start = clock_monotonic_us();

    (void)state;
    assert_int_equal(prefix_parse("0.0.0.0/0", &all), 0);
    prefix_set_add(&set, &all);
    for (uint32_t i = 0; i < 500000; i++) {
        uint32_t scattered = i * 2654435761u;

        assert_int_equal(prefix_parse("0.0.0.0/32", &prefix), 0);
        assert_int_equal(address_add(&prefix.address, scattered & ~1u, &prefix.address), 0);
        prefix_set_add(&holes, &prefix);
    }
    prefix_set_subtract(&set, &holes);
    assert_true(set.count > 500000);
    assert_false(prefix_set_contains_address(&set, &holes.items[7].address));
    assert_true(clock_monotonic_us() - start < 20 * 1000000);
}

static void questions(void **state)
{
    _cleanup_prefix_set_ struct prefix_set set = parse("10.0.0.0/9 10.128.0.0/9 fd00::/64");
    _cleanup_prefix_set_ struct prefix_set same = {0}, other = parse("10.0.0.0/9 10.128.0.0/9");
    struct address address;
    struct prefix whole;

    (void)state;
    assert_int_equal(address_parse("10.200.0.1", &address), 0);
    assert_true(prefix_set_contains_address(&set, &address));
    assert_int_equal(address_parse("fd00:0:0:1::", &address), 0);
    assert_false(prefix_set_contains_address(&set, &address));
    assert_int_equal(prefix_parse("10.0.0.0/8", &whole), 0);
    assert_false(prefix_set_contains(&set, &whole));
    prefix_set_minimise(&set);
    assert_true(prefix_set_contains(&set, &whole));

    prefix_set_add_all(&same, &set);
    assert_true(prefix_set_equal(&same, &set));
    assert_false(prefix_set_equal(&same, &other));
    /* A set added to itself. */
    prefix_set_add_all(&same, &same);
    assert_int_equal(same.count, 2 * set.count);
    prefix_set_minimise(&same);
    assert_true(prefix_set_equal(&same, &set));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(minimise),
        cmocka_unit_test(subtract),
        cmocka_unit_test(a_set_less_itself_is_empty),
        cmocka_unit_test(many_are_quick),
        cmocka_unit_test(questions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
