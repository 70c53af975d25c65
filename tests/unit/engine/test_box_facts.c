/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
/* After the four that it needs. */
#include <cmocka.h>

#include "hub/engine/box_facts.h"

static const char *text_of(const json_t *box, const char *name)
{
    return json_string_value(json_object_get(box, name));
}

static void no_file_is_no_appliance(void **state)
{
    json_t *box = box_facts_json(NULL, 0);

    (void)state;
    assert_false(json_is_true(json_object_get(box, "appliance")));
    assert_int_equal(json_array_size(json_object_get(box, "problems")), 0);
    json_decref(box);
}

static void facts_are_taken_and_nonsense_is_not(void **state)
{
    static const char text[] = "slot=b\nslot=c\nboot=trial\nseed=user data\nproblem=one=1\nproblem="
                               "\x1b[2J\nother=x\nline\nproblem=two";
    json_t *box = box_facts_json(text, sizeof(text) - 1);
    const json_t *problems = json_object_get(box, "problems");

    (void)state;
    assert_true(json_is_true(json_object_get(box, "appliance")));
    assert_string_equal(text_of(box, "slot"), "b");
    assert_string_equal(text_of(box, "boot"), "trial");
    assert_string_equal(text_of(box, "seed"), "user data");
    assert_null(json_object_get(box, "other"));
    assert_int_equal(json_array_size(problems), 2);
    assert_string_equal(json_string_value(json_array_get(problems, 0)), "one=1");
    assert_string_equal(json_string_value(json_array_get(problems, 1)), "two");
    json_decref(box);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_file_is_no_appliance),
        cmocka_unit_test(facts_are_taken_and_nonsense_is_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
