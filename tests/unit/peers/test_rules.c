/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/key.h"
#include "hub/base/text.h"
#include "peers/rules.h"

typedef bool (*text_rule)(const char *text, struct complaint *ret_complaint);
typedef bool (*prefix_rule)(const struct prefix *prefix, struct complaint *ret_complaint);

struct row {
    const char *input;
    const char *wrong; /* part of what is said; NULL = good */
    const char *would; /* NULL = not looked at */
};

static void check_answer(const struct row *row, bool good, const struct complaint *complaint)
{
    if (!row->wrong) {
        if (!good)
            fail_msg("\"%s\" was refused: %s", row->input, complaint->wrong);
        return;
    }
    if (good)
        fail_msg("\"%s\" was taken", row->input);
    if (!strstr(complaint->wrong, row->wrong))
        fail_msg("\"%s\": \"%s\" does not say \"%s\"", row->input, complaint->wrong, row->wrong);
    if (row->would && !text_equal(complaint->would, row->would))
        fail_msg("\"%s\": proposes \"%s\", not \"%s\"", row->input, complaint->would, row->would);
}

static void check_texts(text_rule rule, const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct complaint complaint = {"unset", "unset"}, ignored;
        bool good = rule(rows[i].input, &complaint);

        check_answer(&rows[i], good, &complaint);
        if (!good && complaint.would[0])
            assert_true(rule(complaint.would, &ignored));
    }
}

static struct prefix prefix_of(const char *text)
{
    struct prefix prefix;

    if (prefix_parse(text, &prefix) < 0)
        fail_msg("\"%s\" is no prefix", text);
    return prefix;
}

static void check_prefixes(prefix_rule rule, const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct complaint complaint = {"unset", "unset"}, ignored;
        struct prefix prefix = prefix_of(rows[i].input);
        bool good = rule(&prefix, &complaint);

        check_answer(&rows[i], good, &complaint);
        if (!good && complaint.would[0]) {
            prefix = prefix_of(complaint.would);
            assert_true(rule(&prefix, &ignored));
        }
    }
}

static void test_instance_names(void **state)
{
    static const struct row rows[] = {
        {"acme", NULL, NULL},
        {"abc", NULL, NULL},
        {"Acme GmbH & Co. KG", NULL, NULL},
        {"12345678901234567890", NULL, NULL},
        {"ÄÖÜäöüßÄÖÜäöüßÄÖÜäöü", NULL, NULL}, /* 20 characters, 40 bytes */
        {"株式会社", NULL, NULL},
        {"", "too short", ""},
        {"ab", NULL, NULL},
        {"äö", NULL, NULL},
        {"Hausverwaltung Schmidt GmbH", NULL, NULL},
        {"a", "too short", ""},
        {"ä", "too short", ""},
        {"1234567890123456789012345678901234567890123456789012345678901234", NULL, NULL},
        {"12345678901234567890123456789012345678901234567890123456789012345", "too long",
         "1234567890123456789012345678901234567890123456789012345678901234"},
        {"123456789012345678901234567890123456789012345678901234567890123 x", "too long",
         "123456789012345678901234567890123456789012345678901234567890123"},
        {"株式会社株式会社株式会社株式会社株式会社株式会社株式会社", "83 bytes",
         "株式会社株式会社株式会社株式会社株式会社株式会社株式会"},
        {" acme", "space", "acme"},
        {"acme ", "space", "acme"},
        {"   ", "space", ""},
        {"ac\nme", "can't be seen", "acme"},
        {"ac\x7fme", "can't be seen", "acme"},
        {"ac\xff\xfeme", "UTF-8", "acme"},
        {"ac\xc0\xafme", "UTF-8", "acme"},     /* overlong */
        {"ac\xed\xa0\x80me", "UTF-8", "acme"}, /* half of a surrogate pair */
        {"acme\xe2", "UTF-8", "acme"},         /* cut off */
        {"ac\xe2\x80\xaeme", "can't be seen", "acme"},
        {"ac\xe2\x80\x8bme", "can't be seen", "acme"},
        {"\xef\xbb\xbf"
         "acme",
         "can't be seen", "acme"},
    };

    (void)state;
    check_texts(rule_instance_name, rows, ELEMENTS(rows));
}

static void test_hostnames(void **state)
{
    static const struct row rows[] = {
        {"acme", NULL, NULL},
        {"a2c", NULL, NULL},
        {"a-b-c-d-e-f-g-h-i-j1", NULL, NULL},
        {"", "too short", ""},
        {"ab", "too short", "ab-net"},
        {"a", "too short", "a-net"},
        {"abcdefghijklmnopqrstu", "too long", "abcdefghijklmnopqrst"},
        {"abcdefghijklmnopqrs-u", "too long", "abcdefghijklmnopqrs"},
        {"Acme", "a-z", "acme"},
        {"acme_gmbh", "a-z", "acme-gmbh"},
        {"acme.example", "a-z", "acme-example"},
        {"3com", "start with a letter", "net-3com"},
        {"33333333333333333333", "start with a letter", "net-3333333333333333"},
        {"-acme", "start with a letter", "acme"},
        {"acme-", "ends in a dash", "acme"},
        {"ac--me", "two dashes", "ac-me"},
        {"xn--bcher-kva", "two dashes", "xn-bcher-kva"},
        {"bücher", "a-z", "b-cher"},
        {"www", "reserved", "www-1"},
        {"WWW", "a-z", "www-1"},
        {"localhost", "reserved", "localhost-1"},
        {"mgmt", "reserved", "mgmt-1"},
        {"ns", "too short", NULL},
        {"---", "start with a letter", ""},
        {"acme\n", "a-z", "acme"},
    };

    (void)state;
    check_texts(rule_hostname, rows, ELEMENTS(rows));
}

static void test_reserved_hostnames(void **state)
{
    static const char *const reserved[] = {
        "www", "api",   "vpn",  "mail",      "cdn",     "ftp", "smtp", "imap",
        "pop", "admin", "root", "localhost", "gateway", "hub", "mgmt",
    };
    struct complaint complaint;

    (void)state;
    for (size_t i = 0; i < ELEMENTS(reserved); i++)
        assert_false(rule_hostname(reserved[i], &complaint));
}

static void test_peer_names(void **state)
{
    static const struct row rows[] = {
        {"laptop", NULL, NULL},
        {"7", NULL, NULL},
        {"Anna's", "may have only", "Annas"},
        {"Anna B. iPhone_2-x", NULL, NULL},
        {"ends in dash-", NULL, NULL},
        {"1234567890123456789012345678901234567890", NULL, NULL},
        {"12345678901234567890123456789012345678901", "too long",
         "1234567890123456789012345678901234567890"},
        {"", "empty", ""},
        {" laptop", "start with", "laptop"},
        {".laptop", "start with", "laptop"},
        {"-laptop", "start with", "laptop"},
        {"laptop ", "ends in", "laptop"},
        {"laptop.", "ends in", "laptop"},
        {"laptop/../../etc", "may have only", "laptop-..-..-etc"},
        {"lap\ntop", "may have only", "lap-top"},
        {"Zoë", "may have only", "Zoe"},
        {"Büro PC", "may have only", "Buro PC"},
        {"Øster Ålborg", "may have only", "Oster Alborg"},
        {"internet", "meaning of its own", "peer-internet"},
        {"Hub", "meaning of its own", "peer-Hub"},
        {"any", "meaning of its own", "peer-any"},
        {"none", "meaning of its own", "peer-none"},
        {"10.0.0.1", "looks like an address", "peer-10.0.0.1"},
        {"株式会社", "may have only", ""},
        {"../..", "may have only", ""},
        {"a$(reboot)", "may have only", "a-reboot"},
    };

    (void)state;
    check_texts(rule_peer_name, rows, ELEMENTS(rows));
}

static void test_public_keys(void **state)
{
    static const struct row rows[] = {
        {"G6iD69JIM1+0sBWuCvj9fO7nLfuh5QTXFNp+X7zqGgE=", NULL, NULL},
        {"", "44 characters", ""},
        {"none", "44 characters", ""},
        {"G6iD69JIM1+0sBWuCvj9fO7nLfuh5QTXFNp+X7zqGgE", "44 characters",
         "G6iD69JIM1+0sBWuCvj9fO7nLfuh5QTXFNp+X7zqGgE="},
        {"G6iD69JIM1-0sBWuCvj9fO7nLfuh5QTXFNp-X7zqGgE", "44 characters",
         "G6iD69JIM1+0sBWuCvj9fO7nLfuh5QTXFNp+X7zqGgE="},
        {" G6iD69JIM1+0sBWuCvj9fO7nLfuh5QTXFNp+X7zqGgE=\n", "44 characters",
         "G6iD69JIM1+0sBWuCvj9fO7nLfuh5QTXFNp+X7zqGgE="},
        {"G6iD69JIM1+0sBWuCvj9fO7nLfuh5QTXFNp+X7zqGgF=", "44 characters", ""}, /* unused bits */
        {"G6iD69JIM1+0sBWuCvj9fO7nLfuh5QTXFNp+X7zqGg==", "44 characters", ""}, /* 31 bytes */
        {"1ba883ebd248335fb4b015ae0af8fd7ceee72dfba1e504d714da7e5fbcea1a01", "44 characters",
         "G6iD69JIM1+0sBWuCvj9fO7nLfuh5QTXFNp+X7zqGgE="},
        {"1BA883EBD248335FB4B015AE0AF8FD7CEEE72DFBA1E504D714DA7E5FBCEA1A01", "44 characters",
         "G6iD69JIM1+0sBWuCvj9fO7nLfuh5QTXFNp+X7zqGgE="},
        {"1ba883ebd248335fb4b015ae0af8fd7ceee72dfba1e504d714da7e5fbcea1a0", "44 characters", ""},
        {"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "empty key", ""},
        {"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "44 characters", ""},
        {"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "no secret", ""}, /* order 1 */
        {"4Ot6fDtBuK4WVuP68Z/EatoJjeucMrH9hmIFFl9JuAA=", "no secret", ""}, /* order 8 */
        {"X5yVvKNQjCSx0LFVnIPvWwREXMRYHI6G2CJO3dCfEVc=", "no secret", ""}, /* order 8 */
        {"7P///////////////////////////////////////38=", "no secret", ""}, /* p - 1 */
    };

    (void)state;
    check_texts(rule_public_key, rows, ELEMENTS(rows));
}

static void test_tunnel_networks(void **state)
{
    static const struct row rows[] = {
        {"10.66.0.0/24", NULL, NULL},
        {"10.0.0.0/8", NULL, NULL},
        {"172.16.0.0/12", NULL, NULL},
        {"192.168.88.0/29", NULL, NULL},
        {"fd12:3456:789a::/64", NULL, NULL},
        {"fd12:3456:789a::/48", NULL, NULL},
        {"fd00::/120", NULL, NULL},
        {"10.66.0.7/24", "network address", "10.66.0.0/24"},
        {"fd00::7/64", "network address", "fd00::/64"},
        {"10.0.0.0/7", "not a private network", "10.66.0.0/24"},
        {"10.66.0.0/30", "/8 to /29", "10.66.0.0/29"},
        {"10.66.0.9/32", "/8 to /29", "10.66.0.8/29"},
        {"8.8.8.0/24", "not a private network", "10.66.0.0/24"},
        {"172.32.0.0/16", "not a private network", "10.66.0.0/24"},
        {"100.64.0.0/24", "management network", "10.66.0.0/24"},
        {"127.0.0.0/24", "loopback", "10.66.0.0/24"},
        {"169.254.7.0/24", "link-local", "10.66.0.0/24"},
        {"224.0.0.0/24", "multicast", "10.66.0.0/24"},
        {"0.0.0.0/0", "not a private network", "10.66.0.0/24"},
        {"::/0", "fd00::/8", ""},
        {"2001:db8::/64", "fd00::/8", ""},
        {"fe80::/64", "link-local", ""},
        {"ff02::/64", "multicast", ""},
        {"fd00::/47", "/48 to /120", "fd00::/64"},
        {"fd00::/8", "/48 to /120", "fd00::/64"},
        {"fd00::/121", "/48 to /120", "fd00::/120"},
        {"fd00::1/128", "/48 to /120", "fd00::/120"},
    };

    (void)state;
    check_prefixes(rule_tunnel_network, rows, ELEMENTS(rows));
}

static struct subnet_context context;

static bool rule_subnet_here(const struct prefix *prefix, struct complaint *ret_complaint)
{
    return rule_subnet(prefix, &context, ret_complaint);
}

static void test_subnets(void **state)
{
    static const struct row rows[] = {
        {"192.168.88.0/24", NULL, NULL},
        {"192.168.88.1/32", NULL, NULL},
        {"10.0.0.0/18", NULL, NULL},
        {"203.0.113.0/24", NULL, NULL},
        {"2001:db8:1::/48", NULL, NULL},
        {"2002:c000:204::/48", NULL, NULL},
        {"64:ff9b::/96", NULL, NULL},
        {"100.128.0.0/10", NULL, NULL},
        {"192.168.88.1/24", "network address", "192.168.88.0/24"},
        {"2001:db8:1::1/48", "network address", "2001:db8:1::/48"},
        {"0.0.0.0/0", "default route", ""},
        {"192.168.1.1/0", "default route", ""},
        {"::/0", "default route", ""},
        {"0.0.0.0/1", "covers 0.0.0.0/8", ""},
        {"128.0.0.0/1", "covers", ""},
        {"0.1.2.0/24", "0.0.0.0/8", ""},
        {"127.0.0.0/8", "loopback", ""},
        {"127.0.0.1/32", "loopback", ""},
        {"169.254.0.0/16", "link-local", ""},
        {"169.254.169.254/32", "link-local", ""},
        {"224.0.0.0/4", "multicast", ""},
        {"239.1.2.0/24", "multicast", ""},
        {"240.0.0.0/4", "reserved", ""},
        {"255.255.255.255/32", "reserved", ""},
        {"100.64.0.0/10", "management network", ""},
        {"100.127.255.0/24", "management network", ""},
        {"100.0.0.0/8", "management network", ""},
        {"::1/128", "loopback", ""},
        {"::/128", "unspecified", ""},
        {"fe80::/10", "link-local", ""},
        {"fe80::/64", "link-local", ""},
        {"ff00::/8", "multicast", ""},
        {"::ffff:0:0/96", "IPv4 addresses", ""},
        {"::ffff:192.168.1.0/120", "IPv4 addresses", ""},
        {"10.66.0.0/24", "tunnel network 10.66.0.0/24", ""},
        {"10.66.0.128/25", "tunnel network 10.66.0.0/24", ""},
        {"10.64.0.0/10", "tunnel network 10.66.0.0/24", ""},
        {"fd12::/48", "tunnel network fd12::/64", ""},
        {"198.51.100.1/32", "public address 198.51.100.1", ""},
        {"198.51.100.0/24", "public address 198.51.100.1", ""},
        {"198.51.100.9/24", "public address 198.51.100.1", ""},
        {"2001:db8::/32", "public address 2001:db8::1", ""},
    };
    _cleanup_prefix_set_ struct prefix_set tunnels = {0}, hub = {0};
    static const char *const tunnel_texts[] = {"10.66.0.0/24", "fd12::/64"};
    static const char *const hub_texts[] = {"198.51.100.1/32", "2001:db8::1/128"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct prefix tunnel = prefix_of(tunnel_texts[i]), address = prefix_of(hub_texts[i]);

        prefix_set_add(&tunnels, &tunnel);
        prefix_set_add(&hub, &address);
    }
    context = (struct subnet_context){.tunnel_networks = &tunnels, .hub_addresses = &hub};
    check_prefixes(rule_subnet_here, rows, ELEMENTS(rows));
}

static void test_subnet_of_another(void **state)
{
    static const struct row rows[] = {
        {"192.168.88.0/24", "overlaps 192.168.88.0/24 of the peer \"office\"", ""},
        {"192.168.88.128/25", "\"office\"", ""},
        {"192.168.0.0/16", "\"office\"", ""},
        {"192.168.88.7/24", "\"office\"", ""},
        {"192.168.89.0/24", NULL, NULL},
        {"2001:db8::/48", NULL, NULL},
    };

    (void)state;
    context = (struct subnet_context){.other_peer = "office",
                                      .overlapping = prefix_of("192.168.88.0/24")};
    check_prefixes(rule_subnet_here, rows, ELEMENTS(rows));
}

static void test_pushed_routes(void **state)
{
    static const struct row rows[] = {
        {"198.51.100.0/24", NULL, NULL},
        {"10.0.0.0/8", NULL, NULL},
        {"2001:db8::/32", NULL, NULL},
        {"192.168.1.7/24", "network address", "192.168.1.0/24"},
        {"0.0.0.0/0", "--full-tunnel", ""},
        {"::/0", "--full-tunnel", ""},
        {"0.0.0.0/1", "covers", ""},
        {"127.0.0.0/8", "loopback", ""},
        {"169.254.0.0/16", "link-local", ""},
        {"224.0.0.0/4", "multicast", ""},
        {"100.64.0.0/16", "management network", ""},
        {"::1/128", "loopback", ""},
        {"fe80::/64", "link-local", ""},
        {"ff02::1/128", "multicast", ""},
    };

    (void)state;
    check_prefixes(rule_pushed_route, rows, ELEMENTS(rows));
}

static void test_invalid_prefixes(void **state)
{
    static const struct prefix invalid[] = {
        {.address = {.family = 0}, .length = 24},
        {.address = {.family = 2, .bytes = {10}}, .length = 33},
        {.address = {.family = 10, .bytes = {0xfd}}, .length = 129},
    };
    struct complaint complaint;

    (void)state;
    context = (struct subnet_context){0};
    for (size_t i = 0; i < ELEMENTS(invalid); i++) {
        assert_false(rule_subnet(&invalid[i], &context, &complaint));
        assert_false(rule_pushed_route(&invalid[i], &complaint));
        assert_false(rule_tunnel_network(&invalid[i], &complaint));
        assert_string_equal(complaint.would, "");
    }
}

static void test_dns_servers(void **state)
{
    static const struct row rows[] = {
        {"9.9.9.9", NULL, NULL},
        {"10.66.0.1", NULL, NULL},
        {"2620:fe::fe", NULL, NULL},
        {"0.0.0.0", "0.0.0.0/8", ""},
        {"127.0.0.53", "loopback", ""},
        {"224.0.0.251", "multicast", ""},
        {"255.255.255.255", "reserved", ""},
        {"169.254.169.253", "link-local", ""},
        {"100.100.100.100", "management network", ""},
        {"::", "unspecified", ""},
        {"::1", "loopback", ""},
        {"fe80::1", "link-local", ""},
        {"ff02::fb", "multicast", ""},
        {"::ffff:9.9.9.9", "IPv4 addresses", ""},
    };
    struct address none = {0};
    struct complaint complaint;

    (void)state;
    for (size_t i = 0; i < ELEMENTS(rows); i++) {
        struct address address;

        assert_int_equal(address_parse(rows[i].input, &address), 0);
        check_answer(&rows[i], rule_dns_server(&address, &complaint), &complaint);
    }
    assert_false(rule_dns_server(&none, &complaint));
}

/* Random texts, made of what tends to hurt: whatever is proposed keeps the rule. */
static void test_proposals_keep_the_rules(void **state)
{
    static const text_rule rules[] = {rule_instance_name, rule_hostname, rule_peer_name,
                                      rule_public_key};
    static const char *const pieces[] = {"a",    "Z",   "7",    "-",
                                         "--",   " ",   ".",    "_",
                                         "\n",   "ä",   "\xff", "\xe2\x80\x8b",
                                         "\xc3", "www", "vpn",  "株",
                                         "=",    "+",   "/",    "abcdefgh0123456789ABCDEFGHIJK"};
    size_t proposed = 0;

    (void)state;
    srandom(7);
    for (int round = 0; round < 200000; round++) {
        struct complaint complaint, ignored;
        text_rule rule = rules[round % (int)ELEMENTS(rules)];
        char text[600] = "";

        for (long left = random() % 14; left > 0; left--)
            strcat(text, pieces[(size_t)random() % ELEMENTS(pieces)]);
        if (rule(text, &complaint))
            continue;
        assert_true(complaint.wrong[0]);
        if (!complaint.would[0])
            continue;
        proposed++;
        if (!rule(complaint.would, &ignored))
            fail_msg("\"%s\" proposes \"%s\", which %s", text, complaint.would, ignored.wrong);
    }
    assert_true(proposed > 10000);
}

static void test_prefix_proposals_keep_the_rules(void **state)
{
    static const prefix_rule rules[] = {rule_tunnel_network, rule_pushed_route, rule_subnet_here};
    static const uint8_t firsts[] = {0, 10, 100, 127, 169, 172, 192, 198, 224, 240, 0xfd, 0xfe};
    size_t proposed = 0;

    (void)state;
    context = (struct subnet_context){.other_peer = "office",
                                      .overlapping = prefix_of("192.168.88.0/24")};
    srandom(8);
    for (int round = 0; round < 200000; round++) {
        struct complaint complaint, ignored;
        prefix_rule rule = rules[round % (int)ELEMENTS(rules)];
        struct prefix prefix = {.address.family = random() % 2 ? 2 : 10};

        prefix.length = (uint8_t)((unsigned)random() % (address_bits(&prefix.address) + 1));
        for (size_t i = 0; i < address_size(&prefix.address); i++)
            prefix.address.bytes[i] = random() % 3 ? (uint8_t)random() : 0;
        prefix.address.bytes[0] = firsts[(size_t)random() % ELEMENTS(firsts)];
        if (rule(&prefix, &complaint) || !complaint.would[0])
            continue;
        proposed++;
        prefix = prefix_of(complaint.would);
        if (!rule(&prefix, &ignored))
            fail_msg("proposes \"%s\", which %s", complaint.would, ignored.wrong);
    }
    assert_true(proposed > 10000);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_instance_names),
        cmocka_unit_test(test_hostnames),
        cmocka_unit_test(test_reserved_hostnames),
        cmocka_unit_test(test_peer_names),
        cmocka_unit_test(test_public_keys),
        cmocka_unit_test(test_tunnel_networks),
        cmocka_unit_test(test_subnets),
        cmocka_unit_test(test_subnet_of_another),
        cmocka_unit_test(test_pushed_routes),
        cmocka_unit_test(test_invalid_prefixes),
        cmocka_unit_test(test_dns_servers),
        cmocka_unit_test(test_proposals_keep_the_rules),
        cmocka_unit_test(test_prefix_proposals_keep_the_rules),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
