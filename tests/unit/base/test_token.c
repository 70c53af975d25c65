/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "hub/base/token.h"

static void test_forms(void **state)
{
    struct token token, again;
    char text[TOKEN_TEXT_MAX], api[API_TOKEN_TEXT_MAX];
    (void)state;
    token_make(&token);
    assert_int_equal(token_parse(token_format(&token, text), &again), 0);
    assert_memory_equal(&token, &again, sizeof token);
    assert_int_equal(strlen(text), 43);
    assert_int_equal(api_token_parse(api_token_format(&token, api), &again), 0);
    assert_memory_equal(&token, &again, sizeof token);
    assert_int_equal(strlen(api), 47);
    token_wipe(&token);
    assert_memory_not_equal(&token, &again, sizeof token);
}

static void test_refused(void **state)
{
    static const char *const texts[] = {
        "",
        "wrn_",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",   /* one short */
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB",  /* bits that are not there */
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", /* padding */
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA+A",  /* the other alphabet */
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA A",
    };
    struct token token;
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        assert_int_equal(token_parse(texts[i], &token), -EINVAL);
        assert_int_equal(api_token_parse(texts[i], &token), -EINVAL);
    }
    assert_int_equal(token_parse("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", &token), 0);
    assert_int_equal(api_token_parse("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", &token),
                     -EINVAL);
    assert_int_equal(api_token_parse("WRN_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", &token),
                     -EINVAL);
}

static void test_hash(void **state)
{
    struct token one = {{1}}, other = {{2}};
    struct token_hash a, b;
    (void)state;
    token_hash(&one, &a);
    token_hash(&one, &b);
    assert_memory_equal(&a, &b, sizeof(a));
    token_hash(&other, &b);
    assert_memory_not_equal(&a, &b, sizeof(a));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_hash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
