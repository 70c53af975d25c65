/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers of links, their names and back, sets of them, and lists of ports by number. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/link_set.h"
#include "hub/base/openvpn_server.h"
#include "hub/base/port_list.h"

static void a_set_knows_its_members(void **state)
{
    static const unsigned numbers[] = {0, 1, 63, 64, 65, 500, LINK_COUNT - 1};
    struct link_set set = {0};

    (void)state;
    assert_true(link_set_is_empty(&set));
    for (size_t i = 0; i < ELEMENTS(numbers); i++) {
        assert_false(link_set_has(&set, numbers[i]));
        link_set_add(&set, numbers[i]);
        assert_true(link_set_has(&set, numbers[i]));
        assert_false(link_set_is_empty(&set));
    }
    assert_false(link_set_has(&set, 2));
    assert_false(link_set_has(&set, 62));
    for (size_t i = 0, next = 0; i < ELEMENTS(numbers); i++, next++) {
        next = link_set_next(&set, (unsigned)next);
        assert_int_equal(next, numbers[i]);
    }
    for (size_t i = 0; i < ELEMENTS(numbers); i++)
        link_set_remove(&set, numbers[i]);
    assert_true(link_set_is_empty(&set));
}

static void there_is_nothing_past_the_end(void **state)
{
    static const unsigned beyond[] = {LINK_COUNT, LINK_COUNT + 1, LINK_COUNT + 64, 0x10000,
                                      UINT32_MAX};
    struct link_set set = {0}, empty = {0};

    (void)state;
    for (size_t i = 0; i < ELEMENTS(beyond); i++) {
        link_set_add(&set, beyond[i]);
        link_set_remove(&set, beyond[i]);
        assert_false(link_set_has(&set, beyond[i]));
        assert_int_equal(link_set_next(&set, beyond[i]), LINK_COUNT);
        assert_int_equal(link_set_next_free(&set, beyond[i]), LINK_COUNT);
    }
    assert_true(link_set_equal(&set, &empty));
}

static void the_lowest_free_one_is_found(void **state)
{
    struct link_set set = {0};

    (void)state;
    for (unsigned link = 0; link < LINK_COUNT; link++) {
        assert_int_equal(link_set_next_free(&set, 0), link);
        link_set_add(&set, link);
    }
    assert_int_equal(link_set_next_free(&set, 0), LINK_COUNT);
    link_set_remove(&set, 700);
    link_set_remove(&set, 64);
    assert_int_equal(link_set_next_free(&set, 0), 64);
    assert_int_equal(link_set_next_free(&set, 65), 700);
    assert_int_equal(link_set_next(&set, 64), 65);
    assert_int_equal(link_set_next(&set, LINK_COUNT - 1), LINK_COUNT - 1);
}

static void sets_are_compared(void **state)
{
    struct link_set a = {0}, b = {0}, rest;

    (void)state;
    link_set_add(&a, 3);
    link_set_add(&a, 900);
    link_set_add(&b, 900);
    link_set_add(&b, 5);
    assert_false(link_set_equal(&a, &b));
    rest = link_set_without(&a, &b);
    assert_int_equal(link_set_next(&rest, 0), 3);
    assert_int_equal(link_set_next(&rest, 4), LINK_COUNT);
    link_set_remove(&b, 5);
    link_set_add(&b, 3);
    assert_true(link_set_equal(&a, &b));
    rest = link_set_without(&a, &b);
    assert_true(link_set_is_empty(&rest));
}

/* A device's name has 15 letters; none is that of two links. */
static void names_fit_and_lead_back(void **state)
{
    static char seen[LINK_COUNT][LINK_NAME_MAX];
    const char *id = "abcdefgh";
    unsigned back;

    (void)state;
    for (unsigned link = 0; link < LINK_COUNT; link++) {
        char name[LINK_NAME_MAX], before[LINK_NAME_MAX];

        back = LINK_COUNT;
        assert_true(link_wireguard_parse(link_wireguard_name(link, name), &back));
        assert_int_equal(back, link);
        (void)link_outside_name(id, link, name);
        assert_in_range(strlen(name), 12, LINK_NAME_MAX - 1);
        assert_memory_equal(name, "wrg-abcdefgh", 12);
        back = LINK_COUNT;
        assert_true(link_outside_parse(name + 12, &back));
        assert_int_equal(back, link);
        for (unsigned other = 0; other < link; other++)
            assert_string_not_equal(name, seen[other]);
        strcpy(seen[link], name);
        strcpy(before, name);
        assert_string_equal(link_outside_name(id, link, name), before);
    }
    assert_string_equal(seen[0], "wrg-abcdefgh");
    assert_string_equal(seen[63], "wrg-abcdefgh-63"); /* those that earlier releases made */
    assert_string_equal(seen[99], "wrg-abcdefgh-99");
    assert_string_equal(seen[100], "wrg-abcdefgh-a0");
    assert_string_equal(seen[1023], "wrg-abcdefgh-zn");
}

static void other_names_are_none(void **state)
{
    static const char *const outside[] = {"-",    "-0",  "-00", "-01", "-100", "-a",  "-a00",
                                          "-A0",  "-a.", "-zo", "-zz", "a0",   "--1", "-1 ",
                                          "-a0x", "1",   "-1a", "-{0", "-a-"};
    static const char *const wireguard[] = {"wg", "wg-1", "wg01", "wg1024", "wgx", "w1", "ovpn0"};
    static const char *const servers[] = {"",   "udp-", "udp-0", "udp-01",  "udp-1024",
                                          "ud", "udpx", "-1",    "tcp-1-1", "legacy-x"};
    unsigned number = 7;

    (void)state;
    for (size_t i = 0; i < ELEMENTS(outside); i++)
        assert_false(link_outside_parse(outside[i], &number));
    for (size_t i = 0; i < ELEMENTS(wireguard); i++)
        assert_false(link_wireguard_parse(wireguard[i], &number));
    for (size_t i = 0; i < ELEMENTS(servers); i++)
        assert_false(openvpn_server_parse(servers[i], &number));
    assert_int_equal(number, 7);
}

static void servers_are_named(void **state)
{
    unsigned back;

    (void)state;
    assert_string_equal(openvpn_server_name(OPENVPN_LEGACY), "legacy");
    assert_string_equal(openvpn_server_name(OPENVPN_NUMBER_COUNT - 1), "legacy-1023");
    assert_string_equal(openvpn_server_link(OPENVPN_NUMBER_COUNT - 1), "ovpn3071");
    assert_string_equal(openvpn_server_name(OPENVPN_NUMBER_COUNT), "");
    for (unsigned number = 0; number < OPENVPN_NUMBER_COUNT; number++) {
        assert_true(openvpn_server_parse(openvpn_server_name(number), &back));
        assert_int_equal(back, number);
        assert_int_equal(
            openvpn_server_number(openvpn_server_link_of(number), openvpn_server_kind(number)),
            number);
    }
}

static void a_list_is_as_long_as_its_last_port(void **state)
{
    _cleanup_port_list_ struct port_list list = {0}, other = {0};
    const uint16_t with_zeros[] = {0, 0, 1194, 0, 0};

    (void)state;
    port_list_set(&list, 900, 0);
    assert_int_equal(list.count, 0);
    port_list_set(&list, 2, 1194);
    assert_int_equal(list.count, 3);
    assert_int_equal(port_span_get(port_list_span(&list), 1), 0);
    assert_int_equal(port_span_get(port_list_span(&list), 2), 1194);
    assert_int_equal(port_span_get(port_list_span(&list), 3), 0);
    assert_true(port_span_equal(port_list_span(&list), (struct port_span){with_zeros, 5}));
    assert_true(port_span_equal((struct port_span){with_zeros, 5}, port_list_span(&list)));
    assert_false(port_span_equal(port_list_span(&list), (struct port_span){with_zeros, 2}));
    port_list_copy(&other, (struct port_span){with_zeros, 5});
    assert_int_equal(other.count, 3);
    port_list_set(&other, 1023, 1);
    port_list_set(&other, 5, 2);
    assert_int_equal(other.count, 1024);
    assert_false(port_span_equal(port_list_span(&list), port_list_span(&other)));
    port_list_set(&other, 1023, 0);
    assert_int_equal(other.count, 6);
    port_list_copy(&other, (struct port_span){0});
    assert_int_equal(other.count, 0);
    port_list_set(&list, 2, 0);
    assert_int_equal(list.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_set_knows_its_members),
        cmocka_unit_test(there_is_nothing_past_the_end),
        cmocka_unit_test(the_lowest_free_one_is_found),
        cmocka_unit_test(sets_are_compared),
        cmocka_unit_test(names_fit_and_lead_back),
        cmocka_unit_test(other_names_are_none),
        cmocka_unit_test(servers_are_named),
        cmocka_unit_test(a_list_is_as_long_as_its_last_port),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
