/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Guesses from one address and from many, what they do to the owner, and what a new start forgets.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "api_world.h"
#include "hub/base/text.h"
#include "hub/engine/attempts.h"
#include "hub/engine/identity.h"

static char anna[ID_MAX];

static int setup(void **state)
{
    struct world *world = world_new();
    struct admin admin = {.name = "anna", .enabled = true, .rights.role = API_OWNER};
    id_make(admin.id);
    memcpy(anna, admin.id, ID_MAX);
    assert_int_equal(admin_store_add(world->engine.store, &admin), 0);
    identity_reload(world->engine.identity);
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    world_free(*state);
    return 0;
}

static struct attempt at_anna(const char *from)
{
    struct attempt attempt = {.name = "anna", .from = from};
    memcpy(attempt.admin_id, anna, ID_MAX);
    return attempt;
}

/* As many as are let through one after the other, all wrong. */
static int guess(struct world *world, const struct attempt *attempt, int most)
{
    int count = 0;
    while (count < most && attempts_wait(world->engine.attempts, attempt) == 0) {
        attempts_begin(world->engine.attempts, attempt);
        (void)attempts_end_wrong(world->engine.attempts, attempt);
        count++;
    }
    return count;
}

static void test_one_address(void **state)
{
    struct world *world = *state;
    struct attempt evil = at_anna("192.0.2.66"), owner = at_anna("198.51.100.1");
    assert_int_equal(guess(world, &evil, 100), 5);
    assert_true(attempts_wait(world->engine.attempts, &evil) > 0);
    /* The owner elsewhere does not notice. */
    assert_int_equal(attempts_wait(world->engine.attempts, &owner), 0);
    /* Another account from there waits as well. */
    struct attempt nobody = {.name = "nobody", .from = "192.0.2.66"};
    assert_true(attempts_wait(world->engine.attempts, &nobody) > 0);
}

static void test_many_addresses(void **state)
{
    struct world *world = *state;
    struct attempt known = at_anna("198.51.100.1"), fresh = at_anna("203.0.113.5");
    char from[ADDRESS_TEXT_MAX];
    int count = 0;
    assert_int_equal(attempts_know_address(world->engine.attempts, &known), 0);
    for (int i = 1; i < 200; i++) {
        snprintf(from, sizeof from, "192.0.2.%d", i);
        struct attempt evil = at_anna(from);
        count += guess(world, &evil, 100);
    }
    assert_in_range(count, 20, 22); /* a second may pass */
    assert_true(attempts_wait(world->engine.attempts, &fresh) > 0);
    assert_int_equal(attempts_wait(world->engine.attempts, &known), 0);
    /* A new start gives no more of them. */
    world_restart_identity(world);
    assert_true(attempts_wait(world->engine.attempts, &fresh) > 0);
    assert_int_equal(attempts_wait(world->engine.attempts, &known), 0);
}

/* Of names that nobody has there is the same to be seen. */
static void test_unknown_name(void **state)
{
    struct world *world = *state;
    char from[ADDRESS_TEXT_MAX];
    int count = 0;
    for (int i = 1; i < 200; i++) {
        snprintf(from, sizeof from, "192.0.2.%d", i);
        struct attempt evil = {.name = i % 2 ? "nobody" : "NOBODY", .from = from};
        count += guess(world, &evil, 100);
    }
    assert_in_range(count, 20, 22); /* a second may pass */
}

/* Who has one IPv6 address has the whole network. */
static void test_ipv6_network(void **state)
{
    struct world *world = *state;
    struct attempt one = at_anna("2001:db8:0:1::1"), same = at_anna("2001:db8:0:1:ffff::2");
    struct attempt other = at_anna("2001:db8:0:2::1");
    assert_int_equal(guess(world, &one, 100), 5);
    assert_true(attempts_wait(world->engine.attempts, &same) > 0);
    assert_int_equal(attempts_wait(world->engine.attempts, &other), 0);
}

/* Guesses of which none is judged yet are no more than may be wrong, from one address and from
 * many. */
static void test_many_at_once(void **state)
{
    struct world *world = *state;
    struct attempts *attempts = world->engine.attempts;
    char from[ADDRESS_TEXT_MAX];
    int begun = 0;
    for (int i = 0; i < 200; i++) {
        snprintf(from, sizeof from, "192.0.2.%d", 1 + i % 100);
        struct attempt evil = at_anna(from);
        if (attempts_wait(attempts, &evil) > 0)
            continue;
        attempts_begin(attempts, &evil);
        begun++;
    }
    assert_int_equal(begun, 20);
    for (int i = 0; i < begun; i++) {
        snprintf(from, sizeof from, "192.0.2.%d", 1 + i);
        struct attempt evil = at_anna(from);
        assert_int_equal(attempts_end_wrong(attempts, &evil), i == begun - 1);
    }
}

/* Those who know the password make nobody wait, though somebody else at their address has guessed.
 */
static void test_right_ones_cost_nothing(void **state)
{
    struct world *world = *state;
    struct attempts *attempts = world->engine.attempts;
    struct attempt owner = at_anna("198.51.100.1");
    assert_int_equal(guess(world, &owner, 4), 4);
    for (int i = 0; i < 100; i++) {
        assert_int_equal(attempts_wait(attempts, &owner), 0);
        attempts_begin(attempts, &owner);
        assert_int_equal(attempts_wait(attempts, &owner), 1);
        attempts_end(attempts, &owner);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_one_address, setup, teardown),
        cmocka_unit_test_setup_teardown(test_many_addresses, setup, teardown),
        cmocka_unit_test_setup_teardown(test_unknown_name, setup, teardown),
        cmocka_unit_test_setup_teardown(test_ipv6_network, setup, teardown),
        cmocka_unit_test_setup_teardown(test_many_at_once, setup, teardown),
        cmocka_unit_test_setup_teardown(test_right_ones_cost_nothing, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
