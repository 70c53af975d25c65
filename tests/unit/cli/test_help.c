/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Help fits a terminal of 80 columns, and leaves nothing out for that. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "hub/cli/help.h"

static void expect_lines_fit(const char *text)
{
    for (const char *end; (end = strchr(text, '\n')); text = end + 1)
        if (end - text > 79)
            fail_msg("%.*s", (int)(end - text), text);
    assert_int_equal(*text, 0);
}

/* Without what is between the words. */
static char *squeezed(const char *text)
{
    struct buf words = {0};

    for (; *text; text++)
        if (*text != ' ' && *text != '\n')
            buf_add_char(&words, *text);
    return buf_take(&words);
}

static void test_every_command(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROUTE_COUNT; i++) {
        _cleanup_buf_ struct buf help = {0}, usage = {0};

        if (api_route(i)->browser)
            continue;
        help_command(api_route(i), &help);
        help_usage(api_route(i), &usage);
        /* The first line is a sentence of its own. */
        expect_lines_fit(strchr(help.data, '\n') + 1);
        _cleanup_free_ char *whole = squeezed(help.data), *part = squeezed(usage.data);
        assert_non_null(strstr(whole, part));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_command)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
