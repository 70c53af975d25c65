/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
/* After the four that it needs. */
#include <cmocka.h>

#include "image/console/status.h"

static void what_there_is_is_shown(void **state)
{
    _cleanup_buf_ struct buf text = {0};

    (void)state;
    status_write("{\"ready\":true,\"region\":\"eu\",\"public_name\":null,\"backend\":\"kernel\","
                 "\"setup\":{\"link\":\"https://hub/"
                 "setup#x\"},\"web\":{\"certificate\":{\"fingerprint\":\"AA:BB\"}},"
                 "\"instances\":{\"total\":3,\"active\":2}}",
                 80, &text);
    assert_non_null(strstr(text.data, "Hub            ready\n"));
    assert_non_null(strstr(text.data, "Region         eu\n"));
    assert_non_null(strstr(text.data, "Fingerprint    AA:BB\n"));
    assert_non_null(strstr(text.data, "Set-up link    https://hub/setup#x\n"));
    assert_non_null(strstr(text.data, "Instances      3, 2 active\n"));
    assert_null(strstr(text.data, "Public name"));
}

static void a_hub_that_is_silent_is_said_to_be(void **state)
{
    _cleanup_buf_ struct buf none = {0}, nonsense = {0};

    (void)state;
    status_write(NULL, 80, &none);
    assert_non_null(strstr(none.data, "does not answer"));
    status_write("[1]", 80, &nonsense);
    assert_non_null(strstr(nonsense.data, "does not answer"));
}

static void nobody_moves_the_cursor(void **state)
{
    _cleanup_buf_ struct buf text = {0};

    (void)state;
    status_write("{\"region\":\"\\u001b[2J\"}", 80, &text);
    assert_null(strchr(text.data, '\033'));
}

static void long_values_go_on_below(void **state)
{
    _cleanup_buf_ struct buf text = {0};

    (void)state;
    status_write("{\"region\":\"abcdefghijklmnopqrstuvwxyz\"}", 28, &text);
    assert_non_null(strstr(text.data, "abcdefghij\n                 klmnopqrst\n"));
    assert_non_null(strstr(text.data, "\n                 uvwxyz\n"));
}

static void what_fits_whole_below_is_not_torn(void **state)
{
    _cleanup_buf_ struct buf text = {0};

    (void)state;
    status_write("{\"region\":\"abcdefghijklmnopqrstuvwxyz\"}", 29, &text);
    assert_non_null(strstr(text.data, "Region         \n  abcdefghijklmnopqrstuvwxyz\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_there_is_is_shown),
        cmocka_unit_test(a_hub_that_is_silent_is_said_to_be),
        cmocka_unit_test(nobody_moves_the_cursor),
        cmocka_unit_test(long_values_go_on_below),
        cmocka_unit_test(what_fits_whole_below_is_not_torn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
