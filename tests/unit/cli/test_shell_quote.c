/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A quoted word comes out of a shell as it went in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "hub/cli/shell_quote.h"

static void test_forms(void **state)
{
    static const char *const rows[][2] = {
        {"laptop", "laptop"},
        {"a-b_c.d@e:7/2%+", "a-b_c.d@e:7/2%+"},
        {"", "''"},
        {"Acme Ltd", "'Acme Ltd'"},
        {"O'Neil & Sons", "'O'\\''Neil & Sons'"},
        {"~root", "'~root'"},
        {"a=b", "'a=b'"},
        {"Zürich", "'Zürich'"},
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(rows); i++) {
        _cleanup_free_ char *quoted = shell_quote(rows[i][0]);

        assert_string_equal(quoted, rows[i][1]);
    }
}

static void test_through_a_shell(void **state)
{
    static const char *const words[] = {
        "$HOME", "`id`", "a\\b", "*", "a;b", "'", "''", "\"", "!x", "#x", "a\tb", "(a|b)>{c,d}",
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(words); i++) {
        _cleanup_free_ char *quoted = shell_quote(words[i]);
        _cleanup_free_ char *command = text_format("printf %%s. %s", quoted);
        _cleanup_free_ char *wanted = text_format("%s.", words[i]);
        char said[64] = "";
        FILE *shell = popen(command, "re");

        assert_non_null(shell);
        (void)!fread(said, 1, sizeof(said) - 1, shell);
        assert_int_equal(pclose(shell), 0);
        assert_string_equal(said, wanted);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_through_a_shell),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
