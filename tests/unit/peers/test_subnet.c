/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "peers/subnet.h"

static struct prefix prefix(const char *text)
{
    struct prefix prefix = {0};

    assert_int_equal(prefix_parse(text, &prefix), 0);
    return prefix;
}

/* ---- as text ---- */

static void what_is_read_is_written(void **state)
{
    static const char *const texts[] = {
        "192.168.88.0/24",
        "192.168.88.0/24=10.88.1.0/24",
        "fd99::/64=fd88:1::/64",
        "192.168.88.5/32=10.88.1.5/32",
        "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ff00/120=ffff:ffff:ffff:ffff:ffff:ffff:ffff:fe00/120",
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(texts); i++) {
        struct subnet subnet;
        char text[SUBNET_TEXT_MAX];

        assert_int_equal(subnet_parse(texts[i], &subnet), 0);
        assert_string_equal(subnet_format(&subnet, text), texts[i]);
        assert_int_equal(subnet_is_mapped(&subnet), strchr(texts[i], '=') != NULL);
    }
}

static void what_is_none_is_refused(void **state)
{
    static const char *const texts[] = {
        "",
        "=",
        "192.168.88.0/24=",
        "=10.88.1.0/24",
        "192.168.88.0=10.88.1.0",
        "192.168.88.0/24=10.88.1.0/24=10.88.2.0/24",
        "192.168.88.0/24 = 10.88.1.0/24",
        "192.168.88.0/24=10.88.1.0/33",
        "a=b",
        "00000000000000000000000000000000000000000000000000000000000000/24=10.88.1.0/24",
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(texts); i++) {
        struct subnet subnet;

        if (subnet_parse(texts[i], &subnet) == 0)
            fail_msg("\"%s\" was taken", texts[i]);
    }
}

static void what_is_seen_of_a_network(void **state)
{
    static const struct {
        const char *subnet, *network, *seen; /* NULL = nothing */
    } rows[] = {
        {"192.168.88.0/24=10.88.1.0/24", "192.168.88.7/32", "10.88.1.7/32"},
        {"192.168.88.0/24=10.88.1.0/24", "192.168.88.128/25", "10.88.1.128/25"},
        {"192.168.88.0/24=10.88.1.0/24", "192.168.88.0/24", "10.88.1.0/24"},
        {"192.168.88.0/24=10.88.1.0/24", "192.168.0.0/16", "10.88.1.0/24"},
        {"192.168.88.0/24=10.88.1.0/24", "0.0.0.0/0", "10.88.1.0/24"},
        {"192.168.88.0/24=10.88.1.0/24", "10.88.1.0/24", NULL},
        {"192.168.88.0/24=10.88.1.0/24", "192.168.89.0/24", NULL},
        {"192.168.88.0/24=10.88.1.0/24", "::/0", NULL},
        {"192.168.88.64/27=10.88.1.96/27", "192.168.88.70/32", "10.88.1.102/32"},
        {"fd99::/64=fd88:1::/64", "fd99::a:b/128", "fd88:1::a:b/128"},
        {"fd99::/64=fd88:1::/64", "fd99::/16", "fd88:1::/64"},
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(rows); i++) {
        struct prefix network = prefix(rows[i].network), seen;
        struct subnet subnet;
        char text[PREFIX_TEXT_MAX];

        assert_int_equal(subnet_parse(rows[i].subnet, &subnet), 0);
        assert_int_equal(subnet_seen(&subnet, &network, &seen), rows[i].seen != NULL);
        if (rows[i].seen)
            assert_string_equal(prefix_format(&seen, text), rows[i].seen);
    }
}

/* ---- the rule ---- */

static void the_rule(void **state)
{
    static const struct {
        const char *input, *wrong, *would; /* wrong NULL = good */
    } rows[] = {
        {"192.168.88.0/24=10.88.1.0/24", NULL, NULL},
        {"192.168.88.0/24", NULL, NULL},
        {"192.168.7.0/24=10.9.0.0/24", NULL, NULL}, /* the real one may be another peer's */
        {"fd99:88::/64=fd88:1::/64", NULL, NULL},
        {"8.8.8.0/24=10.88.1.0/24", NULL, NULL},
        {"192.168.88.0/24=10.88.0.0/16", "two lengths", "192.168.88.0/24=10.88.0.0/24"},
        {"192.168.88.0/24=10.88.1.0/25", "two lengths", "192.168.88.0/24=10.88.1.0/24"},
        {"192.168.88.0/24=fd00::/24", "IPv4 to IPv6", ""},
        {"192.168.88.1/24=10.88.1.0/24", "the real prefix", "192.168.88.0/24=10.88.1.0/24"},
        {"192.168.88.0/24=10.88.1.1/24", "the mapped prefix", "192.168.88.0/24=10.88.1.0/24"},
        {"0.0.0.0/0=0.0.0.0/0", "default route", NULL},
        {"127.0.0.0/24=10.88.1.0/24", "loopback", ""},
        {"192.168.88.0/24=127.0.0.0/24", "loopback", ""},
        {"192.168.88.0/24=224.0.1.0/24", "multicast", ""},
        {"10.66.0.0/24=10.88.1.0/24", "tunnel network", ""},
        {"192.168.88.0/24=10.66.0.0/24", "tunnel network", ""},
        {"198.51.100.0/24=10.88.1.0/24", "198.51.100.1", ""},
        {"192.168.88.0/24=192.168.7.0/24", "of the peer \"office\"", ""},
    };
    struct prefix tunnel = prefix("10.66.0.0/24"), hub = prefix("198.51.100.1/32");
    const struct prefix_set tunnels = {.items = &tunnel, .count = 1};
    const struct prefix_set addresses = {.items = &hub, .count = 1};
    const struct subnet_context context = {.tunnel_networks = &tunnels,
                                           .hub_addresses = &addresses,
                                           .other_peer = "office",
                                           .overlapping = prefix("192.168.7.0/24")};

    (void)state;
    for (size_t i = 0; i < ELEMENTS(rows); i++) {
        struct complaint complaint = {"unset", "unset"}, ignored;
        struct subnet subnet;
        bool good;

        assert_int_equal(subnet_parse(rows[i].input, &subnet), 0);
        good = rule_mapped_subnet(&subnet, &context, &complaint);
        if (good != !rows[i].wrong)
            fail_msg("\"%s\": %s", rows[i].input, good ? "was taken" : complaint.wrong);
        if (good)
            continue;
        if (!strstr(complaint.wrong, rows[i].wrong))
            fail_msg("\"%s\": \"%s\" does not say \"%s\"", rows[i].input, complaint.wrong,
                     rows[i].wrong);
        if (rows[i].would && !text_equal(complaint.would, rows[i].would))
            fail_msg("\"%s\": proposes \"%s\"", rows[i].input, complaint.would);
        if (complaint.would[0]) {
            assert_int_equal(subnet_parse(complaint.would, &subnet), 0);
            assert_true(rule_mapped_subnet(&subnet, &context, &ignored));
        }
    }
}

/* ---- what is free ---- */

static void the_offer_is_the_first_free_one(void **state)
{
    static const struct {
        const char *real, *taken[6], *offer; /* NULL = none */
    } rows[] = {
        {"192.168.88.0/24", {NULL}, "10.88.0.0/24"},
        {"192.168.88.0/24", {"10.88.0.0/24"}, "10.88.1.0/24"},
        {"192.168.88.0/24", {"10.88.1.0/24", "10.88.0.0/24"}, "10.88.2.0/24"},
        {"192.168.88.0/24", {"10.88.0.77/32", "10.88.1.0/25"}, "10.88.2.0/24"},
        {"192.168.88.0/24", {"10.88.0.0/16"}, "10.0.0.0/24"},
        {"192.168.88.0/24", {"10.88.0.0/17", "10.88.129.0/24"}, "10.88.128.0/24"},
        {"192.168.88.0/24", {"10.0.0.0/8"}, "172.16.0.0/24"},
        {"192.168.88.0/24", {"10.0.0.0/8", "172.16.0.0/12"}, "192.168.0.0/24"},
        {"192.168.88.0/24", {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"}, NULL},
        {"192.168.0.0/16", {"10.88.4.0/24"}, "10.0.0.0/16"},
        {"10.0.0.0/8", {"10.0.0.0/8"}, NULL},
        {"192.168.88.5/32", {"10.88.0.0/32"}, "10.88.0.1/32"},
        {"fd99::/64", {NULL}, "fd00::/64"},
        {"fd99::/64", {"fd00::/64", "10.88.0.0/24"}, "fd00:0:0:1::/64"},
        {"fd99::/64", {"fd00::/8"}, NULL},
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(rows); i++) {
        _cleanup_prefix_set_ struct prefix_set taken = {0};
        struct prefix real = prefix(rows[i].real), offer;
        char text[PREFIX_TEXT_MAX];
        bool found;

        for (size_t j = 0; j < ELEMENTS(rows[i].taken) && rows[i].taken[j]; j++) {
            struct prefix one = prefix(rows[i].taken[j]);

            prefix_set_add(&taken, &one);
        }
        found = subnet_offer(&real, &taken, &offer);
        if (found != (rows[i].offer != NULL))
            fail_msg("row %zu: %s", i, found ? prefix_format(&offer, text) : "none");
        if (found)
            assert_string_equal(prefix_format(&offer, text), rows[i].offer);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_read_is_written),
        cmocka_unit_test(what_is_none_is_refused),
        cmocka_unit_test(what_is_seen_of_a_network),
        cmocka_unit_test(the_rule),
        cmocka_unit_test(the_offer_is_the_first_free_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
