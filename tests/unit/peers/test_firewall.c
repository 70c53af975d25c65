/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "peers/firewall.h"

/* ---- what is written ---- */

static void test_names(void **state)
{
    static const struct {
        const char *text;
        enum firewall_kind kind;
        const char *value, *again;
    } good[] = {
        {"any", FIREWALL_ANY, "", "any"},
        {"peer:laptop", FIREWALL_PEER, "laptop", "peer:laptop"},
        {"laptop", FIREWALL_PEER, "laptop", "peer:laptop"},
        {"peer:any", FIREWALL_PEER, "any", "peer:any"},
        {"a peer", FIREWALL_PEER, "a peer", "peer:a peer"},
        {"site:office", FIREWALL_SITE, "office", "site:office"},
        {"user:anna@example.net", FIREWALL_USER, "anna@example.net", "user:anna@example.net"},
        {"group:staff", FIREWALL_GROUP, "staff", "group:staff"},
        {"10.0.0.0/8", FIREWALL_NETWORK, "10.0.0.0/8", "10.0.0.0/8"},
        {"10.0.0.1", FIREWALL_NETWORK, "10.0.0.1/32", "10.0.0.1/32"},
        {"fd00::1", FIREWALL_NETWORK, "fd00::1/128", "fd00::1/128"},
        {"::/0", FIREWALL_NETWORK, "::/0", "::/0"},
    };
    static const char *const bad[] = {
        "",           "peer:",
        "group:",     "group:a b",
        "user:\x01",  "10.0.0.1/8",
        "fd00::1/64", "site:",
        "group:\x01", "group:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
    struct complaint complaint;
    struct firewall_name name;

    (void)state;
    for (size_t i = 0; i < ELEMENTS(good); i++) {
        assert_true(firewall_name_parse(good[i].text, &name, &complaint));
        assert_int_equal(name.kind, good[i].kind);
        assert_string_equal(name.value, good[i].value);
        _cleanup_free_ char *again = firewall_name_format(name.kind, name.value);
        assert_string_equal(again, good[i].again);
    }
    for (size_t i = 0; i < ELEMENTS(bad); i++) {
        memset(&complaint, 0, sizeof(complaint));
        assert_false(firewall_name_parse(bad[i], &name, &complaint));
        assert_true(complaint.wrong[0]);
    }
    assert_false(firewall_name_parse("10.1.2.3/8", &name, &complaint));
    assert_string_equal(complaint.would, "10.0.0.0/8");
}

static void test_ports(void **state)
{
    static const char *const bad[] = {"",    "0",     "65536", "1-",      "-1",
                                      "5-4", "80,81", "0-5",   "1-65536", "080",
                                      " 80", "1-2-3", "http",  "1--2",    "11111-222222"};
    struct firewall_ports ports[6];
    struct complaint complaint;
    char text[FIREWALL_PORTS_TEXT_MAX];

    (void)state;
    for (size_t i = 0; i < ELEMENTS(bad); i++)
        assert_false(firewall_ports_parse(bad[i], &ports[0], &complaint));
    assert_true(firewall_ports_parse("1-65535", &ports[0], &complaint));
    assert_string_equal(firewall_ports_format(&ports[0], text), "1-65535");
    assert_true(firewall_ports_parse("443", &ports[0], &complaint));
    assert_string_equal(firewall_ports_format(&ports[0], text), "443");
    ports[0] = (struct firewall_ports){443, 443};
    ports[1] = (struct firewall_ports){80, 90};
    ports[2] = (struct firewall_ports){91, 92};
    ports[3] = (struct firewall_ports){85, 86};
    ports[4] = (struct firewall_ports){65535, 65535};
    ports[5] = (struct firewall_ports){65000, 65535};
    assert_int_equal(firewall_ports_sort(ports, 6), 3);
    assert_string_equal(firewall_ports_format(&ports[0], text), "80-92");
    assert_string_equal(firewall_ports_format(&ports[1], text), "443");
    assert_string_equal(firewall_ports_format(&ports[2], text), "65000-65535");
    assert_int_equal(firewall_ports_sort(ports, 0), 0);
}

/* ---- what is judged ---- */

static struct address address(const char *text)
{
    struct address address = {0};

    assert_int_equal(address_parse(text, &address), 0);
    return address;
}

static void add(struct firewall_end *end, const char *text)
{
    struct prefix prefix;

    assert_int_equal(prefix_parse(text, &prefix), 0);
    prefix_set_add(&end->networks, &prefix);
}

static struct firewall_flow flow(const char *from, const char *to, uint8_t protocol, uint16_t port)
{
    return (struct firewall_flow){address(from), address(to), protocol, port};
}

static void test_matching(void **state)
{
    struct firewall_rule rule = {.allow = true};
    struct firewall_flow there = flow("10.0.0.1", "192.168.1.9", FIREWALL_TCP, 443);
    struct firewall_flow back = flow("192.168.1.9", "10.0.0.1", FIREWALL_TCP, 443);

    (void)state;
    /* Ends that name nothing match nothing. */
    assert_false(firewall_rule_matches(&rule, &there, 0));
    rule.to.any = true;
    assert_false(firewall_rule_matches(&rule, &there, 0));
    add(&rule.from, "10.0.0.0/24");
    assert_true(firewall_rule_matches(&rule, &there, 0));
    assert_false(firewall_rule_matches(&rule, &back, 0));
    rule.both = true;
    assert_true(firewall_rule_matches(&rule, &back, 0));
    rule.protocol = FIREWALL_UDP;
    assert_false(firewall_rule_matches(&rule, &there, 0));
    rule.protocol = FIREWALL_TCP;
    rule.ports[0] = (struct firewall_ports){400, 443};
    rule.port_count = 1;
    assert_true(firewall_rule_matches(&rule, &there, 0));
    there.port = 444;
    assert_false(firewall_rule_matches(&rule, &there, 0));
    there.port = 400;
    rule.expires = true;
    rule.expires_at = 100;
    assert_true(firewall_rule_matches(&rule, &there, 99));
    assert_false(firewall_rule_matches(&rule, &there, 100));
    firewall_rule_done(&rule);
}

static enum firewall_reason judge(const struct firewall_scene *scene,
                                  const struct firewall_flow *one, bool *ret_allow)
{
    struct firewall_verdict verdict;

    firewall_judge(scene, one, &verdict);
    *ret_allow = verdict.allow;
    return verdict.reason;
}

static void test_judging(void **state)
{
    struct firewall_rule rules[2] = {{.allow = false}, {.allow = true, .to.any = true}};
    struct firewall_flow one = flow("10.66.0.2", "10.66.0.3", FIREWALL_ICMP, 0);
    struct firewall_scene scene = {.rules = rules,
                                   .rule_count = 2,
                                   .client_to_client = true,
                                   .from = FIREWALL_CLIENT,
                                   .to = FIREWALL_CLIENT};
    struct firewall_verdict verdict;
    bool allow;

    (void)state;
    assert_int_equal(judge(&scene, &one, &allow), FIREWALL_BY_DEFAULT);
    assert_true(allow);
    scene.deny = true;
    assert_int_equal(judge(&scene, &one, &allow), FIREWALL_BY_DEFAULT);
    assert_false(allow);
    scene.deny = false;
    scene.client_to_client = false;
    assert_int_equal(judge(&scene, &one, &allow), FIREWALL_BETWEEN_CLIENTS);
    assert_false(allow);
    add(&rules[1].from, "10.66.0.2/32");
    assert_int_equal(judge(&scene, &one, &allow), FIREWALL_BY_RULE);
    assert_true(allow);
    rules[0].from.any = true;
    add(&rules[0].to, "10.66.0.0/24");
    firewall_judge(&scene, &one, &verdict);
    assert_true(verdict.reason == FIREWALL_BY_RULE && verdict.rule == 0 && !verdict.allow);

    scene.rule_count = 0;
    scene.from = FIREWALL_NOBODY;
    assert_int_equal(judge(&scene, &one, &allow), FIREWALL_NO_SOURCE);
    scene.from = FIREWALL_CLIENT;
    scene.to = FIREWALL_NOBODY;
    scene.to_is_private = true;
    assert_int_equal(judge(&scene, &one, &allow), FIREWALL_NO_DESTINATION);
    scene.to_is_private = false;
    assert_int_equal(judge(&scene, &one, &allow), FIREWALL_NO_UPLINK);
    scene.to_is_pushed = true;
    assert_int_equal(judge(&scene, &one, &allow), FIREWALL_BY_DEFAULT);
    assert_true(allow);
    scene.from = FIREWALL_A_SITE;
    assert_int_equal(judge(&scene, &one, &allow), FIREWALL_NO_UPLINK);
    scene.from = FIREWALL_CLIENT;
    scene.to_is_pushed = false;
    scene.from_uses_uplink = true;
    assert_int_equal(judge(&scene, &one, &allow), FIREWALL_BY_DEFAULT);
    scene.to = FIREWALL_HUB;
    assert_int_equal(judge(&scene, &one, &allow), FIREWALL_OF_THE_HUB);
    assert_true(allow);
    for (size_t i = 0; i < ELEMENTS(rules); i++)
        firewall_rule_done(&rules[i]);
}

static void test_private(void **state)
{
    struct address one = address("192.168.1.1"), other = address("203.0.113.1");
    struct address ula = address("fd00::1"), global = address("2001:db8::1");

    (void)state;
    assert_true(firewall_is_private(&one) && firewall_is_private(&ula));
    assert_false(firewall_is_private(&other) || firewall_is_private(&global));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),    cmocka_unit_test(test_ports),
        cmocka_unit_test(test_matching), cmocka_unit_test(test_judging),
        cmocka_unit_test(test_private),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
