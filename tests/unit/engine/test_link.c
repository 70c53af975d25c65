/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One-time links' parts: tokens, PINs, states, and who asks for those that there are not. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hub/base/text.h"
#include "hub/engine/link_guard.h"
#include "hub/engine/link_state.h"
#include "hub/engine/link_token.h"

static void test_token(void **state)
{
    struct link_token token = {.bytes = {0xff, 0, 0xa5}}, other;
    char text[LINK_TOKEN_TEXT_MAX], file[64];
    const char *extension;

    (void)state;
    link_token_format(&token, text);
    assert_int_equal(strlen(text), 32);
    assert_string_equal(text, "74akkaaaaaaaaaaaaaaaaaaaaaaaaaaa"); /* as base32 has it */
    for (unsigned i = 0; i < 100; i++) {
        link_token_make(&token);
        link_token_format(&token, text);
        assert_int_equal(link_token_parse(text, &other), 0);
        assert_memory_equal(&token, &other, sizeof(token));
        text[i % 32] = (char)(text[i % 32] >= 'a' ? text[i % 32] - 32 : text[i % 32]);
        assert_int_equal(link_token_parse(text, &other), 0);
        assert_memory_equal(&token, &other, sizeof(token));
    }
    snprintf(file, sizeof(file), "%s.ovpn", text);
    assert_int_equal(link_token_parse_file(file, &other, &extension), 0);
    assert_string_equal(extension, "ovpn");
    assert_int_equal(link_token_parse_file(text, &other, &extension), -EINVAL);
    assert_int_equal(link_token_parse(file, &other), -EINVAL);
    text[31] = 0;
    assert_int_equal(link_token_parse(text, &other), -EINVAL);
    assert_int_equal(link_token_parse("", &other), -EINVAL);
    assert_int_equal(link_token_parse("0aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", &other), -EINVAL);
    assert_int_equal(link_token_parse("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa ", &other), -EINVAL);
}

static void test_hashes(void **state)
{
    struct link_token one, two;
    uint8_t a[LINK_HASH_SIZE], b[LINK_HASH_SIZE];
    struct complaint complaint;

    (void)state;
    link_token_make(&one);
    link_token_make(&two);
    link_token_hash(&one, a);
    link_token_hash(&two, b);
    assert_memory_not_equal(a, b, sizeof(a));
    /* The same PIN of two links looks different. */
    link_token_hash_pin(&one, "1234", a);
    link_token_hash_pin(&two, "1234", b);
    assert_memory_not_equal(a, b, sizeof(a));
    link_token_hash_pin(&one, "1234", b);
    assert_memory_equal(a, b, sizeof(a));
    assert_true(rule_link_pin("1234", &complaint) && rule_link_pin("aB3-56789012", &complaint));
    assert_false(rule_link_pin("123", &complaint));
    assert_false(rule_link_pin("1234567890123", &complaint));
    assert_false(rule_link_pin("12 4", &complaint));
    assert_false(rule_link_pin("12\xc3\xa4", &complaint));
}

static void test_states(void **state)
{
    struct peer peer = {.enabled = true, .has_private_key = true, .public_key = {.bytes = {7}}};
    struct one_time_link link = {
        .identity = peer.public_key, .uses = 2, .created_at = 1000, .expires_at = 2000};
    struct problem problem = {0};

    (void)state;
    assert_int_equal(link_state_of(&link, &peer, 1999), LINK_OPEN);
    assert_int_equal(link_state_of(&link, &peer, 2000), LINK_EXPIRED);
    assert_int_equal(link_state_of(&link, NULL, 1500), LINK_PEER_DELETED);
    link.used = 2;
    assert_int_equal(link_state_of(&link, &peer, 1500), LINK_USED_UP);
    link.used = 1;
    peer.enabled = false;
    assert_int_equal(link_state_of(&link, &peer, 1500), LINK_PEER_DISABLED);
    peer.expired = true;
    assert_int_equal(link_state_of(&link, &peer, 1500), LINK_PEER_EXPIRED);
    peer.expired = false;
    peer.enabled = true;
    peer.has_private_key = false;
    assert_int_equal(link_state_of(&link, &peer, 1500), LINK_KEY_FORGOTTEN);
    peer.public_key.bytes[0] = 8;
    assert_int_equal(link_state_of(&link, &peer, 1500), LINK_PEER_REKEYED);
    link.wrong_pins = LINK_PINS_MAX;
    assert_int_equal(link_state_of(&link, &peer, 1500), LINK_BLOCKED);
    for (enum link_state each = LINK_BLOCKED; each <= LINK_PEER_DISABLED; each++) {
        link_state_problem(each, &problem);
        assert_true(problem.status == 410 || problem.status == 409);
        assert_true(text_starts_with(problem.type, "link-"));
        problem_done(&problem);
    }
}

static void test_rides(void **state)
{
    struct one_time_link link = {.opened_at = 1000};

    (void)state;
    assert_true(link_rides(&link, 1000));
    assert_true(link_rides(&link, 1000 + LINK_RIDE_SECONDS - 1));
    assert_false(link_rides(&link, 1000 + LINK_RIDE_SECONDS));
    assert_false(link_rides(&link, 999)); /* the clock was set back */
    link.downloads = LINK_RIDE_DOWNLOADS;
    assert_false(link_rides(&link, 1000));
    link = (struct one_time_link){0};
    assert_false(link_rides(&link, 0));
}

static void miss_often(struct link_guard *guard, const char *from, unsigned times, uint64_t now)
{
    for (unsigned i = 0; i < times; i++)
        link_guard_miss(guard, from, now);
}

static void test_guard(void **state)
{
    struct link_guard *guard = link_guard_new();
    char address[40];

    (void)state;
    miss_often(guard, "192.0.2.1", LINK_GUARD_MISSES - 1, 100);
    assert_int_equal(link_guard_wait(guard, "192.0.2.1", 100), 0);
    link_guard_miss(guard, "192.0.2.1", 101);
    assert_int_equal(link_guard_wait(guard, "192.0.2.1", 101), LINK_GUARD_SECONDS - 1);
    assert_int_equal(link_guard_wait(guard, "192.0.2.2", 101), 0);
    assert_int_equal(link_guard_wait(guard, "192.0.2.1", 100 + LINK_GUARD_SECONDS), 0);
    link_guard_miss(guard, "192.0.2.1", 100 + LINK_GUARD_SECONDS);
    assert_int_equal(link_guard_wait(guard, "192.0.2.1", 101 + LINK_GUARD_SECONDS), 0);
    /* A whole IPv6 network is one. */
    for (unsigned i = 0; i < LINK_GUARD_MISSES; i++) {
        snprintf(address, sizeof(address), "2001:db8:1:2::%x", i + 1);
        link_guard_miss(guard, address, 100);
    }
    assert_true(link_guard_wait(guard, "2001:db8:1:2:ffff::1", 100) > 0);
    assert_int_equal(link_guard_wait(guard, "2001:db8:1:3::1", 100), 0);
    miss_often(guard, "unix socket", 100, 100);
    assert_int_equal(link_guard_wait(guard, "unix socket", 100), 0);
    /* So many that the oldest are forgotten. */
    for (unsigned i = 0; i < 2000; i++) {
        snprintf(address, sizeof(address), "10.0.%u.%u", i / 256, i % 256);
        miss_often(guard, address, LINK_GUARD_MISSES, 200 + i);
        assert_true(link_guard_wait(guard, address, 200 + i) > 0);
    }
    link_guard_free(guard);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_token), cmocka_unit_test(test_hashes), cmocka_unit_test(test_states),
        cmocka_unit_test(test_rides), cmocka_unit_test(test_guard),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
