/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names in the order that people expect. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "hub/cli/natural.h"

static const char *const names[] = {"",    "2",     "10",   "Anna",
                                    "bob", "c",     "c1",   "c3",
                                    "C29", "c029x", "c100", "c99999999999999999999",
                                    "d 2", "d 2 b", "d 10", "é"};

static void test_order(void **state)
{
    (void)state;
    for (size_t i = 0; i < ELEMENTS(names); i++)
        for (size_t k = 0; k < ELEMENTS(names); k++) {
            int order = natural_compare(names[i], names[k]);
            if ((order > 0) - (order < 0) != (i > k) - (i < k))
                fail_msg("\"%s\", \"%s\": %d", names[i], names[k], order);
        }
    assert_true(natural_compare("c01", "c1") < 0);
    assert_true(natural_compare("A", "a") < 0);
}

static void test_sort(void **state)
{
    json_t *items = json_loads("[{\"name\":\"c29\"},{\"name\":\"c3\"},{}]", 0, NULL);
    json_t *sorted = natural_sort(items);
    char *text = json_dumps(sorted, JSON_COMPACT);

    (void)state;
    assert_string_equal(text, "[{},{\"name\":\"c3\"},{\"name\":\"c29\"}]");
    free(text);
    json_decref(sorted);
    json_decref(items);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_sort),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
