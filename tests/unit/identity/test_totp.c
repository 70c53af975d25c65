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

#include "hub/identity/totp.h"

static struct totp_secret rfc_secret(void)
{
    struct totp_secret secret;
    memcpy(secret.bytes, "12345678901234567890", sizeof secret.bytes);
    return secret;
}

/* Appendix B of RFC 6238, the rows of SHA1; its codes have eight digits. */
static void test_vectors(void **state)
{
    static const struct {
        uint64_t time;
        uint32_t code;
    } rows[] = {
        {59, 94287082},         {1111111109, 7081804},  {1111111111, 14050471},
        {1234567890, 89005924}, {2000000000, 69279037}, {UINT64_C(20000000000), 65353130},
    };
    struct totp_secret secret = rfc_secret();
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint64_t step = rows[i].time / TOTP_STEP_SECONDS;
        assert_int_equal(totp_number(&secret, step) % 100000000, rows[i].code);
        assert_int_equal(totp_code(&secret, step), rows[i].code % 1000000);
    }
}

/* Appendix D of RFC 4226. */
static void test_counter_vectors(void **state)
{
    static const uint32_t codes[] = {755224, 287082, 359152, 969429, 338314,
                                     254676, 287922, 162583, 399871, 520489};
    struct totp_secret secret = rfc_secret();
    (void)state;
    for (uint64_t i = 0; i < sizeof codes / sizeof *codes; i++)
        assert_int_equal(totp_code(&secret, i), codes[i]);
}

static void test_window_and_once(void **state)
{
    struct totp_secret secret = rfc_secret();
    const int64_t now = 1111111109;
    const uint64_t step = (uint64_t)now / TOTP_STEP_SECONDS;
    uint64_t found = 0;
    (void)state;
    for (uint64_t each = step - 3; each <= step + 3; each++) {
        bool fits = each >= step - 1 && each <= step + 1;
        assert_int_equal(totp_check(&secret, totp_code(&secret, each), now, 0, &found),
                         fits ? 0 : -EACCES);
        if (fits)
            assert_int_equal(found, each);
    }
    /* What was used, and all before it, is used up. */
    assert_int_equal(totp_check(&secret, totp_code(&secret, step), now, step, &found), -EACCES);
    assert_int_equal(totp_check(&secret, totp_code(&secret, step - 1), now, step, &found), -EACCES);
    assert_int_equal(totp_check(&secret, totp_code(&secret, step + 1), now, step, &found), 0);
    /* Clocks that are not set yet break nothing. */
    assert_int_equal(totp_check(&secret, totp_code(&secret, 1), 0, 0, &found), 0);
    assert_int_equal(totp_check(&secret, 1000001, -5, 0, &found), -EACCES);
}

static void test_texts(void **state)
{
    struct totp_secret secret = rfc_secret();
    char text[TOTP_SECRET_TEXT_MAX], uri[TOTP_URI_MAX], longest[400];
    (void)state;
    assert_string_equal(totp_secret_format(&secret, text), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    assert_string_equal(totp_uri(&secret, "Warren eu-1", "anna@example.net", uri),
                        "otpauth://totp/Warren%20eu-1:anna%40example.net?secret="
                        "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Warren%20eu-1&algorithm=SHA1&"
                        "digits=6&period=30");
    memset(longest, '%', sizeof longest - 1);
    longest[sizeof longest - 1] = 0;
    assert_true(strlen(totp_uri(&secret, longest, longest, uri)) < TOTP_URI_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_counter_vectors),
        cmocka_unit_test(test_window_and_once),
        cmocka_unit_test(test_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
