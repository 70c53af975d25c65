/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
/* After the four that it needs. */
#include <cmocka.h>

#include "hub/base/address.h"
#include "hub/base/cleanup.h"

static struct address address(const char *text)
{
    struct address address;

    assert_int_equal(address_parse(text, &address), 0);
    return address;
}

static struct prefix prefix(const char *text)
{
    struct prefix prefix;

    assert_int_equal(prefix_parse(text, &prefix), 0);
    return prefix;
}

static const char *const addresses[][2] = {
    {"0.0.0.0", "0.0.0.0"},
    {"255.255.255.255", "255.255.255.255"},
    {"::", "::"},
    {"::1", "::1"},
    {"1::", "1::"},
    {"2001:DB8::A", "2001:db8::a"},
    {"2001:0db8:0000:0000:0001:0000:0000:0001", "2001:db8::1:0:0:1"},
    {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
    {"1:0:0:2:0:0:0:3", "1:0:0:2::3"},
    {"1:0:0:2:0:0:3:4", "1::2:0:0:3:4"},
    {"::ffff:192.0.2.1", "::ffff:192.0.2.1"},
    {"::ffff:c000:201", "::ffff:192.0.2.1"},
    {"::1:2", "::1:2"},
    {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
};

static void addresses_come_out_in_one_form(void **state)
{
    (void)state;
    for (size_t i = 0; i < ELEMENTS(addresses); i++) {
        struct address parsed = address(addresses[i][0]);
        char text[ADDRESS_TEXT_MAX];

        assert_string_equal(address_format(&parsed, text), addresses[i][1]);
    }
}

static const char *const no_addresses[] = {
    "",           " ",
    "1",          "1.2.3",
    "1.2.3.4.5",  "1.2.3.256",
    "01.2.3.4",   "0x1.2.3.4",
    "1.2.3.4 ",   " 1.2.3.4",
    "1.2.3.-4",   "1..2.3",
    "1.2.3.4/32", ":",
    ":::",        "1:2:3:4:5:6:7",
    "12345::",    "1:2:3:4:5:6:7:8:9",
    "::1::",      "fe80::1%eth0",
    "[::1]",      "::1.2.3",
    "g::",        "1.2.3.4\n",
    "١.2.3.4",
};

static void other_texts_are_no_addresses(void **state)
{
    (void)state;
    for (size_t i = 0; i < ELEMENTS(no_addresses); i++) {
        struct address untouched = {.family = 77};

        assert_int_equal(address_parse(no_addresses[i], &untouched), -EINVAL);
        assert_int_equal(untouched.family, 77);
    }
}

static void prefixes_keep_host_bits(void **state)
{
    struct prefix host = prefix("10.0.0.7/24"), network = prefix_network(&host);
    char text[PREFIX_TEXT_MAX];

    (void)state;
    assert_string_equal(prefix_format(&host, text), "10.0.0.7/24");
    assert_true(prefix_has_host_bits(&host));
    assert_string_equal(prefix_format(&network, text), "10.0.0.0/24");
    assert_false(prefix_has_host_bits(&network));
    assert_string_equal(prefix_format(&(struct prefix){address("ffff:ffff:ffff:ffff:ffff:ffff:ffff:"
                                                               "ffff"),
                                                       128},
                                      text),
                        "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128");
}

static const char *const no_prefixes[] = {
    "",
    "/",
    "10.0.0.0",
    "10.0.0.0/",
    "10.0.0.0/33",
    "10.0.0.0/08",
    "10.0.0.0/+8",
    "10.0.0.0/-1",
    "10.0.0.0/8/8",
    "10.0.0.0/255.0.0.0",
    "10/8",
    "::/129",
    "::/1 ",
    " ::/1",
    "/8",
    "::/",
    "::/99999999999999999999",
    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/1",
};

static void other_texts_are_no_prefixes(void **state)
{
    (void)state;
    for (size_t i = 0; i < ELEMENTS(no_prefixes); i++) {
        struct prefix untouched = {.length = 77};

        assert_int_equal(prefix_parse(no_prefixes[i], &untouched), -EINVAL);
        assert_int_equal(untouched.length, 77);
    }
}

static void endpoints(void **state)
{
    static const char *const good[] = {"192.0.2.1:51820", "[2001:db8::1]:1", "[::]:65535"};
    static const char *const bad[] = {
        "",
        ":",
        "192.0.2.1",
        "192.0.2.1:",
        "192.0.2.1:0",
        "192.0.2.1:65536",
        "192.0.2.1:051820",
        "[192.0.2.1]:1",
        "2001:db8::1:1",
        "[2001:db8::1]",
        "[2001:db8::1]:",
        "[2001:db8::1:1",
        "[]:1",
        "[",
        "[:1",
        "]:1",
        "[2001:db8::1]]:1",
        "[[2001:db8::1]:1",
        "vpn.example:1",
        "192.0.2.1:1 ",
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(good); i++) {
        struct endpoint endpoint;
        char text[ENDPOINT_TEXT_MAX];

        assert_int_equal(endpoint_parse(good[i], &endpoint), 0);
        assert_string_equal(endpoint_format(&endpoint, text), good[i]);
    }
    for (size_t i = 0; i < ELEMENTS(bad); i++) {
        struct endpoint untouched = {.port = 77};

        assert_int_equal(endpoint_parse(bad[i], &untouched), -EINVAL);
        assert_int_equal(untouched.port, 77);
    }
}

static void addresses_are_ordered(void **state)
{
    static const char *const ordered[] = {"0.0.0.0", "9.255.255.255", "10.0.0.0", "255.255.255.255",
                                          "::",      "::1",           "fe00::",   "ff00::"};

    (void)state;
    for (size_t i = 0; i < ELEMENTS(ordered); i++) {
        for (size_t j = 0; j < ELEMENTS(ordered); j++) {
            struct address a = address(ordered[i]), b = address(ordered[j]);
            int order = address_compare(&a, &b);

            assert_int_equal((order > 0) - (order < 0), (i > j) - (i < j));
            assert_int_equal(address_equal(&a, &b), i == j);
        }
    }
}

/* What the unused bytes of an IPv4 address hold does not matter. */
static void rests_of_addresses_do_not_count(void **state)
{
    struct address a = address("10.0.0.1"), b = a;

    (void)state;
    b.bytes[4] = 9;
    assert_true(address_equal(&a, &b));
}

static void addresses_are_counted(void **state)
{
    static const struct {
        const char *from, *to;
        uint64_t offset;
    } steps[] = {
        {"10.0.0.255", "10.0.1.0", 1},
        {"0.0.0.0", "255.255.255.255", UINT32_MAX},
        {"::", "::ffff:ffff:ffff:ffff", UINT64_MAX},
        {"fd00::ffff:ffff:ffff:ffff", "fd00:0:0:1::", 1},
        {"10.0.0.7", "10.0.0.7", 0},
    };
    struct address result;
    uint64_t offset;

    (void)state;
    for (size_t i = 0; i < ELEMENTS(steps); i++) {
        struct address from = address(steps[i].from), to = address(steps[i].to);

        assert_int_equal(address_add(&from, steps[i].offset, &result), 0);
        assert_true(address_equal(&result, &to));
        assert_int_equal(address_distance(&from, &to, &offset), 0);
        assert_true(offset == steps[i].offset);
    }
    struct address last4 = address("255.255.255.255"), zero4 = address("0.0.0.0"),
                   last6 = address("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
                   zero6 = address("::"), far6 = address("0:0:0:1::");
    assert_int_equal(address_add(&last4, 1, &result), -ERANGE);
    assert_int_equal(address_add(&zero4, (uint64_t)UINT32_MAX + 1, &result), -ERANGE);
    assert_int_equal(address_add(&last6, 1, &result), -ERANGE);
    assert_int_equal(address_distance(&zero6, &far6, &offset), -ERANGE);
    assert_int_equal(address_distance(&last4, &zero4, &offset), -ERANGE);
    assert_int_equal(address_distance(&zero4, &zero6, &offset), -ERANGE);
}

static void prefixes_contain(void **state)
{
    static const struct {
        const char *a, *b;
        bool contains, overlaps;
    } pairs[] = {
        {"10.0.0.0/8", "10.255.0.0/16", true, true},
        {"10.255.0.0/16", "10.0.0.0/8", false, true},
        {"10.0.0.0/8", "11.0.0.0/8", false, false},
        {"10.0.0.0/15", "10.1.255.255/32", true, true},
        {"10.0.0.0/15", "10.2.0.0/32", false, false},
        {"0.0.0.0/0", "255.255.255.255/32", true, true},
        {"0.0.0.0/0", "::/0", false, false},
        {"::/0", "::1/128", true, true},
        {"fd00::/65", "fd00:0:0:0:8000::/65", false, false},
        {"10.0.0.9/24", "10.0.0.200/25", true, true},
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(pairs); i++) {
        struct prefix a = prefix(pairs[i].a), b = prefix(pairs[i].b);

        assert_int_equal(prefix_contains(&a, &b), pairs[i].contains);
        assert_int_equal(prefix_overlaps(&a, &b), pairs[i].overlaps);
        assert_int_equal(prefix_overlaps(&b, &a), pairs[i].overlaps);
    }
}

static void prefixes_have_ends(void **state)
{
    struct prefix middle = prefix("10.1.2.3/23"), all6 = prefix("::/0"),
                  one = prefix("10.0.0.1/32");
    struct address first = prefix_first(&middle), last = prefix_last(&middle);
    char text[ADDRESS_TEXT_MAX];

    (void)state;
    assert_string_equal(address_format(&first, text), "10.1.2.0");
    assert_string_equal(address_format(&last, text), "10.1.3.255");
    last = prefix_last(&all6);
    assert_string_equal(address_format(&last, text), "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
    first = prefix_first(&one);
    last = prefix_last(&one);
    assert_true(address_equal(&first, &last));
}

static void only_real_prefixes_are_valid(void **state)
{
    (void)state;
    assert_true(prefix_valid(&(struct prefix){{AF_INET, {0}}, 32}));
    assert_false(prefix_valid(&(struct prefix){{AF_INET, {0}}, 33}));
    assert_true(prefix_valid(&(struct prefix){{AF_INET6, {0}}, 128}));
    assert_false(prefix_valid(&(struct prefix){{AF_INET6, {0}}, 129}));
    assert_false(prefix_valid(&(struct prefix){{0, {0}}, 0}));
    assert_false(prefix_valid(&(struct prefix){{AF_UNIX, {0}}, 0}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_come_out_in_one_form),
        cmocka_unit_test(other_texts_are_no_addresses),
        cmocka_unit_test(prefixes_keep_host_bits),
        cmocka_unit_test(other_texts_are_no_prefixes),
        cmocka_unit_test(endpoints),
        cmocka_unit_test(addresses_are_ordered),
        cmocka_unit_test(rests_of_addresses_do_not_count),
        cmocka_unit_test(addresses_are_counted),
        cmocka_unit_test(prefixes_contain),
        cmocka_unit_test(prefixes_have_ends),
        cmocka_unit_test(only_real_prefixes_are_valid),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
