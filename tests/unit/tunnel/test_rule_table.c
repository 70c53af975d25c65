/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The firewall's rules in a real namespace: smallest differences, kept handles, kept hits. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hub/base/buf.h"
#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "tests/unit/tunnel/net_world.h"
#include "tunnel/rule_comment.h"
#include "tunnel/rule_observed.h"
#include "tunnel/rule_table.h"

enum { MANY = 10000 };

static bool has_world;

struct fixture {
    struct nft_sets *sets;
    struct fast_path *fast;
    struct rule_list *list;
    struct rule_table *table;
};

static const char *id_of(unsigned number, char id[static ID_MAX])
{
    for (size_t i = 0; i < ID_LENGTH; i++, number /= 26)
        id[i] = (char)('a' + number % 26);
    id[ID_LENGTH] = 0;
    return id;
}

/* A rule from 10.x.y.z to 10.200.0.0/16, after the one numbered one less. */
static struct verb_filter *make(unsigned number, unsigned flags)
{
    struct verb_filter *rule = memory_zero(sizeof(*rule) + 4 * sizeof(struct prefix));

    id_of(number, rule->id);
    if (number > 0)
        id_of(number - 1, rule->after);
    rule->flags = (uint8_t)flags;
    rule->from_count = 1;
    rule->prefix_count = 2;
    rule->prefixes[0] = (struct prefix){
        {AF_INET, {10, (uint8_t)(number >> 16), (uint8_t)(number >> 8), (uint8_t)number}}, 32};
    rule->prefixes[1] = (struct prefix){{AF_INET, {10, 200}}, 16};
    return rule;
}

static void put(struct fixture *fixture, struct verb_filter *wanted)
{
    struct rule *rule;

    assert_int_equal(rule_list_put(fixture->list, wanted, &rule), 0);
    free(wanted);
}

static int set_up(void **state)
{
    struct fixture *fixture = memory_zero(sizeof(*fixture));

    *state = fixture;
    if (!has_world)
        return 0;
    assert_int_equal(system("nft flush ruleset"), 0);
    fixture->list = rule_list_new();
    assert_int_equal(nft_sets_new(&fixture->sets), 0);
    assert_int_equal(fast_path_new(fixture->sets, &fixture->fast), 0);
    assert_int_equal(rule_table_new(fixture->sets, fixture->fast, &fixture->table), 0);
    rule_table_want(fixture->table, fixture->list, false);
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    rule_table_free(fixture->table);
    fast_path_free(fixture->fast);
    rule_list_free(fixture->list);
    nft_sets_free(fixture->sets);
    free(fixture);
    return 0;
}

static uint32_t apply(struct fixture *fixture)
{
    struct verb_applied applied = {0};

    assert_int_equal(nft_sets_look(fixture->sets), 0);
    assert_int_equal(rule_table_apply(fixture->table, &applied), 0);
    return applied.writes;
}

static void change(struct fixture *fixture, struct rule *removed)
{
    bool disturbed;

    assert_int_equal(rule_table_change(fixture->table, removed, &disturbed), 0);
    assert_false(disturbed);
    rule_free(removed);
}

/* The ids in the kernel's order, a word each, with the part's number. */
static char *order(struct fixture *fixture, struct rule_observed *ret_observed)
{
    struct buf text = {0};

    assert_int_equal(rule_observed_read(nft_sets_netlink(fixture->sets), ret_observed), 0);
    assert_true(ret_observed->is_whole);
    for (size_t i = 0; i < ret_observed->rule_count; i++) {
        assert_true(ret_observed->rules[i].is_ours);
        buf_printf(&text, "%s%.2s%u", i ? " " : "", ret_observed->rules[i].comment.id,
                   ret_observed->rules[i].comment.part);
    }
    return buf_take(&text);
}

static void assert_order(struct fixture *fixture, const char *expected)
{
    _cleanup_rule_observed_ struct rule_observed observed = {0};
    _cleanup_free_ char *text = order(fixture, &observed);

    assert_string_equal(text, expected);
    /* A new look finds nothing to do. */
    assert_int_equal(apply(fixture), 0);
}

static void test_first(void **state)
{
    struct fixture *fixture = *state;

    if (!has_world)
        skip();
    assert_true(apply(fixture) > 0);
    assert_order(fixture, "");
    assert_true(rule_table_is_known(fixture->table));
}

static void test_changes(void **state)
{
    struct fixture *fixture = *state;
    struct verb_filter *rule;

    if (!has_world)
        skip();
    apply(fixture);
    put(fixture, make(0, 0));
    change(fixture, NULL);
    put(fixture, make(1, RULE_ALLOW));
    change(fixture, NULL);
    put(fixture, make(2, RULE_BOTH));
    put(fixture, make(3, 0));
    change(fixture, NULL);
    assert_order(fixture, "aa0 ba0 ca0 ca1 da0");
    /* To the front, and away. */
    rule = make(2, RULE_ALLOW | RULE_BOTH);
    rule->after[0] = 0;
    put(fixture, rule);
    change(fixture, NULL);
    assert_order(fixture, "ca0 ca1 aa0 ba0 da0");
    change(fixture, rule_list_take(fixture->list, "baaaaaaa"));
    assert_order(fixture, "ca0 ca1 aa0 da0");
    /* Two at once, of which one stands after the other. */
    rule = make(5, 0);
    id_of(4, rule->after);
    put(fixture, make(4, 0));
    put(fixture, rule);
    change(fixture, NULL);
    assert_order(fixture, "ca0 ca1 aa0 da0 ea0 fa0");
    /* One that matches nothing has no place in the kernel, and finds it again. */
    rule = make(4, 0);
    rule->prefix_count = 1;
    put(fixture, rule);
    change(fixture, NULL);
    assert_order(fixture, "ca0 ca1 aa0 da0 fa0");
    put(fixture, make(4, 0));
    change(fixture, NULL);
    assert_order(fixture, "ca0 ca1 aa0 da0 ea0 fa0");
    assert_int_equal(system("nft list ruleset >/dev/null"), 0);
}

static void test_all_kinds(void **state)
{
    struct fixture *fixture = *state;
    struct verb_filter *rule;
    unsigned number = 0;

    if (!has_world)
        skip();
    apply(fixture);
    for (; number < 64; number++) {
        rule = make(number,
                    RULE_BOTH | (number & 1 ? RULE_ALLOW : 0) | (number & 2 ? RULE_EXPIRES : 0));
        rule->expires_at = clock_seconds() + 100;
        rule->protocol = (uint8_t[]){0, 6, 17, 1}[number >> 2 & 3];
        if (number & 4 && rule->protocol != 1) {
            rule->protocol = 6;
            rule->port_count = (uint8_t)(1 + (number >> 5 & 1));
            rule->ports[0] = (struct rule_ports){22, 22};
            rule->ports[1] = (struct rule_ports){443, 65535};
        }
        if (number & 16) {
            rule->prefix_count = 4;
            rule->prefixes[2] = (struct prefix){{AF_INET, {172, 17}}, 15 + (number & 1)};
            rule->prefixes[3] = (struct prefix){{AF_INET6, {0xfd, 1}}, 64};
        }
        if (number & 32)
            rule->prefixes[1] = (struct prefix){{AF_INET, {0}}, 0};
        put(fixture, rule);
    }
    rule = make(number, RULE_FROM_ANY | RULE_TO_ANY);
    rule->from_count = rule->prefix_count = 0;
    rule->protocol = 1;
    put(fixture, rule);
    change(fixture, NULL);
    assert_int_equal(apply(fixture), 0);
    assert_int_equal(system("nft list ruleset >/dev/null"), 0);
}

static void test_drift(void **state)
{
    static const char *const harm[] = {
        "nft delete table inet warren_rules",
        "nft flush chain inet warren_rules rules",
        "nft flush chain inet warren_rules forward",
        "nft flush chain inet warren_rules unmatched",
        "nft flush set inet warren_rules judged",
        "nft add element inet warren_rules judged '{ 0x99 }'",
        "nft insert rule inet warren_rules rules accept",
        "nft insert rule inet warren_rules forward accept",
        "nft add chain inet warren_rules mine",
        ("nft delete rule inet warren_rules rules handle "
         "$(nft -a list chain inet warren_rules rules | awk '/rule baaaaaaa/ {print $NF}')"),
    };
    struct fixture *fixture = *state;

    if (!has_world)
        skip();
    for (unsigned number = 0; number < 5; number++)
        put(fixture, make(number, number & 1));
    apply(fixture);
    for (size_t i = 0; i < ELEMENTS(harm); i++) {
        assert_int_equal(system(harm[i]), 0);
        if (apply(fixture) == 0)
            fail_msg("not seen: %s", harm[i]);
        assert_order(fixture, "aa0 ba0 ca0 da0 ea0");
    }
}

/* A list that was read again knows no handles: what stands is taken as it is. */
static void test_adopted(void **state)
{
    struct fixture *fixture = *state;
    _cleanup_rule_observed_ struct rule_observed before = {0};
    _cleanup_rule_observed_ struct rule_observed after = {0};

    if (!has_world)
        skip();
    for (unsigned number = 0; number < 20; number++) {
        struct verb_filter *rule = make(number, RULE_BOTH | (number & 1 ? RULE_ALLOW : 0) |
                                                    (number & 2 ? RULE_EXPIRES : 0));
        rule->expires_at = 7000000000;
        put(fixture, rule);
    }
    apply(fixture);
    free(order(fixture, &before));
    rule_list_free(fixture->list);
    fixture->list = rule_list_new();
    for (unsigned number = 0; number < 20; number++) {
        struct verb_filter *rule = make(number, RULE_BOTH | (number & 1 ? RULE_ALLOW : 0) |
                                                    (number & 2 ? RULE_EXPIRES : 0));
        rule->expires_at = 7000000000;
        if (number == 7)
            rule->protocol = 6;
        put(fixture, rule);
    }
    rule_table_want(fixture->table, fixture->list, false);
    assert_int_equal(apply(fixture), 1 + 2 + 1); /* a rule of two parts, and the judgement */
    free(order(fixture, &after));
    assert_int_equal(after.rule_count, before.rule_count);
    for (size_t i = 0; i < after.rule_count; i++)
        assert_int_equal(after.rules[i].handle != before.rules[i].handle, i / 2 == 7);
}

static void test_many(void **state)
{
    struct fixture *fixture = *state;
    _cleanup_rule_observed_ struct rule_observed before = {0};
    _cleanup_rule_observed_ struct rule_observed after = {0};
    uint64_t started;
    struct verb_filter *rule;

    if (!has_world)
        skip();
    for (unsigned number = 0; number < MANY; number++)
        put(fixture, make(number, number & 1));
    started = clock_monotonic_us();
    apply(fixture);
    print_message("%d rules written in %.1f ms\n", MANY,
                  (double)(clock_monotonic_us() - started) / 1e3);
    started = clock_monotonic_us();
    assert_int_equal(apply(fixture), 0);
    print_message("looked at in %.1f ms\n", (double)(clock_monotonic_us() - started) / 1e3);
    free(order(fixture, &before));
    started = clock_monotonic_us();
    for (unsigned i = 0; i < 20; i++) {
        rule = make(MANY / 2, RULE_ALLOW);
        rule->protocol = i & 1 ? 6 : 17;
        put(fixture, rule);
        change(fixture, NULL);
    }
    print_message("one changed in %.2f ms\n", (double)(clock_monotonic_us() - started) / 20e3);
    free(order(fixture, &after));
    assert_int_equal(after.rule_count, MANY);
    for (size_t i = 0; i < MANY; i++)
        assert_int_equal(after.rules[i].handle != before.rules[i].handle, i == MANY / 2);
}

static void test_comment(void **state)
{
    struct rule_comment comment = {
        .id = "abcdefg2", .part = 1, .part_count = 4, .digest = {1, 2, 255}, .slot = 16383};
    static const char *const wrong[] = {
        "",
        "rule",
        "rule abcdefg2 4/4 0102030405060708 1",
        "rule abcdefg2 0/5 0102030405060708 1",
        "rule abcdefg! 0/1 0102030405060708 1",
        "rule abcdefg2 0/1 01020304050607 1",
        "rule abcdefg2 0/1 0102030405060708 99999",
        "rule abcdefg2 0/1 0102030405060708 1 ",
        "rule abcdefg2 -1/1 0102030405060708 1",
        "rule abcdefg2 00/1 0102030405060708 1",
        "rule abcdefg2 0/1 010203040506070X 1",
        "judgement 1 allow",
    };
    struct rule_comment back;
    char text[RULE_COMMENT_MAX], unpacked[RULE_COMMENT_MAX];
    uint8_t data[RULE_COMMENT_MAX + 2];
    uint32_t number;
    bool deny;
    size_t size;

    (void)state;
    rule_comment_format(&comment, text);
    assert_string_equal(text, "rule abcdefg2 1/4 0102ff0000000000 16383");
    assert_true(rule_comment_parse(text, &back));
    rule_comment_format(&back, unpacked);
    assert_string_equal(unpacked, text);
    for (size_t i = 0; i < ELEMENTS(wrong); i++)
        assert_false(rule_comment_parse(wrong[i], &back));
    size = rule_comment_pack(text, data);
    assert_true(rule_comment_unpack(data, size, unpacked));
    assert_string_equal(unpacked, text);
    assert_false(rule_comment_unpack(data, size - 1, unpacked));
    assert_false(rule_comment_unpack(data, 0, unpacked));
    rule_comment_format_judgement(131071, true, text);
    assert_true(rule_comment_parse_judgement(text, &number, &deny));
    assert_true(number == 131071 && deny);
    assert_false(rule_comment_parse_judgement("judgement 1 maybe", &number, &deny));
    assert_false(rule_comment_parse_judgement("judgement  1 deny", &number, &deny));
}

static void assert_parts(struct verb_filter *rule, const char *expected)
{
    _cleanup_rule_parts_ struct rule_parts parts = {0};
    _cleanup_buf_ struct buf text = {0};

    rule_parts_make(rule, &parts);
    for (size_t i = 0; i < parts.count; i++) {
        const struct rule_part *part = &parts.items[i];

        buf_printf(&text, "%s%d:%zu>%zu", i ? " " : "",
                   part->family == AF_INET6  ? 6
                   : part->family == AF_INET ? 4
                                             : 0,
                   part->from.count, part->to.count);
    }
    assert_string_equal(text.data ? text.data : "", expected);
    free(rule);
}

static void test_parts(void **state)
{
    struct verb_filter *rule = make(1, 0);

    (void)state;
    assert_parts(rule, "4:1>1");
    assert_parts(make(1, RULE_BOTH), "4:1>1 4:1>1");
    rule = make(1, RULE_BOTH);
    rule->prefix_count = 3;
    rule->prefixes[2] = (struct prefix){{AF_INET6, {0xfd}}, 8};
    assert_parts(rule, "4:1>1 4:1>1");
    rule = make(1, RULE_TO_ANY);
    rule->prefix_count = 1;
    assert_parts(rule, "4:1>0");
    rule = make(1, 0);
    rule->prefix_count = 1;
    assert_parts(rule, "");
    rule = make(1, RULE_FROM_ANY | RULE_TO_ANY | RULE_BOTH);
    rule->from_count = rule->prefix_count = 0;
    assert_parts(rule, "0:0>0");
    rule = make(1, RULE_FROM_ANY | RULE_TO_ANY | RULE_BOTH);
    rule->from_count = rule->prefix_count = 0;
    rule->protocol = 1;
    assert_parts(rule, "4:0>0 6:0>0");
    /* Neighbours are one. */
    rule = make(1, 0);
    rule->prefix_count = 3;
    rule->prefixes[1] = (struct prefix){{AF_INET, {10, 200}}, 17};
    rule->prefixes[2] = (struct prefix){{AF_INET, {10, 200, 128}}, 17};
    assert_parts(rule, "4:1>1");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_comment),
        cmocka_unit_test(test_parts),
        cmocka_unit_test_setup_teardown(test_first, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_changes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_all_kinds, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_drift, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_adopted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_many, set_up, tear_down),
    };

    has_world = net_world_enter(NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
