/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "hub/identity/password_rule.h"
#include "hub/identity/sign_in_code.h"

static void test_app_codes(void **state)
{
    struct sign_in_code code;
    (void)state;
    assert_int_equal(sign_in_code_parse("012345", &code), 0);
    assert_int_equal(code.kind, SIGN_IN_CODE_TOTP);
    assert_int_equal(code.number, 12345);
    assert_int_equal(sign_in_code_parse(" 999 999", &code), 0);
    assert_int_equal(code.number, 999999);
}

static void test_recovery_codes(void **state)
{
    struct recovery_code made;
    struct sign_in_code code;
    struct token_hash mine, other;
    char text[RECOVERY_CODE_TEXT_MAX];
    (void)state;
    for (int i = 0; i < 100; i++) {
        recovery_code_make(&made);
        assert_int_equal(strlen(recovery_code_format(&made, text)), RECOVERY_CODE_TEXT_MAX - 1);
        assert_int_equal(sign_in_code_parse(text, &code), 0);
        assert_int_equal(code.kind, SIGN_IN_CODE_RECOVERY);
        assert_memory_equal(&code.recovery, &made, sizeof made);
    }
    recovery_code_hash(&made, "aaaaaaaa", &mine);
    recovery_code_hash(&made, "aaaaaaab", &other);
    assert_memory_not_equal(&mine, &other, sizeof mine);
    assert_int_equal(sign_in_code_parse("ABCD EFGH ijkl-2345", &code), 0);
}

static void test_refused(void **state)
{
    static const char *const texts[] = {"",
                                        "-",
                                        "12345",
                                        "1234567",
                                        "12345a",
                                        "1234 5 ",
                                        "+12345",
                                        "0x1234",
                                        "abcd-efgh-ijkl-0189",
                                        "abcd-efgh-ijkl-234",
                                        "abcd-efgh-ijkl-2345-6",
                                        ("\xc3\xa4"
                                         "bcd-efgh-ijkl-234")};
    struct sign_in_code code;
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_int_equal(sign_in_code_parse(texts[i], &code), -EINVAL);
}

static void test_names(void **state)
{
    static const char *const wrong[] = {
        "",    "a",     "me",    "ROOT",        "hub", "admin",
        "a b", "-anna", "an/na", "\xc3\xa4nna", "a\n", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_non_null(admin_name_wrong(wrong[i]));
    assert_null(admin_name_wrong("anna"));
    assert_null(admin_name_wrong("Anna.B-c_d@example.net"));
}

static void test_passwords(void **state)
{
    char longest[PASSWORD_MAX + 1];
    (void)state;
    assert_null(password_wrong("correct horse battery", "anna"));
    assert_null(password_wrong("pässwörter sind schön", "anna"));
    assert_non_null(password_wrong("", "anna"));
    assert_non_null(password_wrong("short12345!", "anna"));
    assert_non_null(password_wrong("aaaaaaaaaaaaaaaa", "anna"));
    assert_non_null(password_wrong("i am ANNA the first", "anna"));
    assert_non_null(password_wrong("new\nline and so on", "anna"));
    for (size_t i = 0; i < PASSWORD_MAX; i++)
        longest[i] = (char)('a' + i % 20);
    longest[PASSWORD_MAX] = 0;
    assert_non_null(password_wrong(longest, "anna"));
    longest[PASSWORD_MAX - 1] = 0;
    assert_null(password_wrong(longest, "anna"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_app_codes), cmocka_unit_test(test_recovery_codes),
        cmocka_unit_test(test_refused),   cmocka_unit_test(test_names),
        cmocka_unit_test(test_passwords),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
