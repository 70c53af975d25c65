/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "hub/engine/challenges.h"

enum { NOW = 1000 };

static void test_once_and_in_time(void **state)
{
    struct challenges *challenges = challenges_new();
    uint8_t one[PASSKEY_CHALLENGE_SIZE], other[PASSKEY_CHALLENGE_SIZE];
    const uint8_t none[PASSKEY_CHALLENGE_SIZE] = {0};
    (void)state;
    assert_false(challenges_take(challenges, "anna", NOW, none));
    assert_false(challenges_take(challenges, "", NOW, none));
    challenges_make(challenges, "anna", NOW, one);
    challenges_make(challenges, "anna", NOW, other);
    assert_memory_not_equal(one, other, sizeof one);
    assert_false(challenges_take(challenges, "carl", NOW, one));
    assert_true(challenges_take(challenges, "anna", NOW + CHALLENGE_SECONDS - 1, one));
    assert_false(challenges_take(challenges, "anna", NOW + 1, one));
    assert_false(challenges_take(challenges, "anna", NOW + CHALLENGE_SECONDS, other));
    challenges_free(challenges);
}

/* Whoever asks for thousands takes nobody else's away. */
static void test_flood(void **state)
{
    struct challenges *challenges = challenges_new();
    uint8_t mine[PASSKEY_CHALLENGE_SIZE], theirs[PASSKEY_CHALLENGE_SIZE];
    (void)state;
    challenges_make(challenges, "anna", NOW, mine);
    for (int i = 0; i < 5000; i++)
        challenges_make(challenges, "192.0.2.1", NOW + 1, theirs);
    assert_true(challenges_take(challenges, "192.0.2.1", NOW + 1, theirs));
    assert_true(challenges_take(challenges, "anna", NOW + 1, mine));
    challenges_free(challenges);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_once_and_in_time),
        cmocka_unit_test(test_flood),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
