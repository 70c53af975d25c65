/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "hub/base/acme_challenge.h"
#include "hub/base/cleanup.h"

#define TOKEN "DGyRejmCefe7v4NfDGDKfA-_"
#define THUMBPRINT "LPJNul-wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ"

static void test_tokens(void **state)
{
    static const char *const good[] = {TOKEN, "abcdefghijklmnopqrstuv"};
    static const char *const bad[] = {
        "",
        "abcdefghijklmnopqrstu", /* 126 bits */
        (TOKEN "="),
        (TOKEN "/x"),
        (TOKEN ".."),
        (TOKEN "\n"),
        ("%41" TOKEN),
    };
    char longest[ACME_TOKEN_MAX], longer[ACME_TOKEN_MAX + 1];

    (void)state;
    for (size_t i = 0; i < ELEMENTS(good); i++)
        assert_true(acme_token_valid(good[i]));
    for (size_t i = 0; i < ELEMENTS(bad); i++)
        assert_false(acme_token_valid(bad[i]));
    memset(longest, 'x', sizeof(longest) - 1);
    longest[sizeof(longest) - 1] = 0;
    assert_true(acme_token_valid(longest));
    memset(longer, 'x', sizeof(longer) - 1);
    longer[sizeof(longer) - 1] = 0;
    assert_false(acme_token_valid(longer));
}

static void test_answers(void **state)
{
    (void)state;
    assert_true(acme_answer_valid(TOKEN, TOKEN "." THUMBPRINT, THUMBPRINT));
    /* Of another account, another token, with more or less. */
    assert_false(acme_answer_valid(TOKEN, TOKEN "." THUMBPRINT,
                                   "xPJNul-wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ"));
    assert_false(acme_answer_valid(TOKEN "x", TOKEN "." THUMBPRINT, THUMBPRINT));
    assert_false(acme_answer_valid(TOKEN, TOKEN "." THUMBPRINT "x", THUMBPRINT));
    assert_false(acme_answer_valid(TOKEN, TOKEN "." THUMBPRINT "\n", THUMBPRINT));
    assert_false(acme_answer_valid(TOKEN, TOKEN, THUMBPRINT));
    assert_false(acme_answer_valid(TOKEN, TOKEN ".", ""));
    assert_false(acme_answer_valid("", "." THUMBPRINT, THUMBPRINT));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tokens),
        cmocka_unit_test(test_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
