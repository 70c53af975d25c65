/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "hub/api/problem.h"

static const char *text_of(const json_t *document, const char *key)
{
    return json_string_value(json_object_get(document, key));
}

static void test_none(void **state)
{
    _cleanup_problem_ struct problem problem = {};
    (void)state;
    assert_false(problem_is_set(&problem));
}

static void test_plain(void **state)
{
    _cleanup_problem_ struct problem problem = {};
    (void)state;
    problem_set(&problem, 404, "not-found", "there is no peer \"%s\"", "x");
    json_t *document = problem_to_json(&problem);
    assert_string_equal(text_of(document, "type"), "https://warren.example/problems/not-found");
    assert_string_equal(text_of(document, "title"), "Not found");
    assert_string_equal(text_of(document, "detail"), "there is no peer \"x\"");
    assert_int_equal(json_integer_value(json_object_get(document, "status")), 404);
    assert_null(json_object_get(document, "errors"));
    json_decref(document);
}

static void test_fields(void **state)
{
    _cleanup_problem_ struct problem problem = {};
    (void)state;
    problem_add_field(&problem, "subnets[1]", "is wrong", "10.0.0.0/8");
    problem_add_field(&problem, "name", "is missing", NULL);
    assert_int_equal(problem.status, 422);
    assert_string_equal(problem.type, "invalid");
    assert_string_equal(problem.detail, "subnets[1]: is wrong (would do: 10.0.0.0/8) (and 1 more)");
    json_t *document = problem_to_json(&problem);
    const json_t *errors = json_object_get(document, "errors");
    assert_int_equal(json_array_size(errors), 2);
    assert_string_equal(text_of(json_array_get(errors, 0), "would"), "10.0.0.0/8");
    assert_true(json_is_null(json_object_get(json_array_get(errors, 1), "would")));
    json_decref(document);
}

static void test_conflict_alone_and_beside(void **state)
{
    _cleanup_problem_ struct problem alone = {}, first = {}, last = {};
    (void)state;
    problem_add_conflict(&alone, "name", "is taken", "");
    assert_int_equal(alone.status, 409);
    problem_add_conflict(&first, "name", "is taken", "");
    problem_add_field(&first, "mtu", "is out of range", "1280");
    assert_int_equal(first.status, 422);
    problem_add_field(&last, "mtu", "is out of range", "1280");
    problem_add_conflict(&last, "name", "is taken", "");
    assert_int_equal(last.status, 422);
    assert_int_equal(json_array_size(last.errors), 2);
}

/* A long text is cut, maybe amid a character: the document must still be one. */
static void test_cut_text(void **state)
{
    char text[1001];
    (void)state;
    for (size_t shift = 0; shift < 4; shift++) {
        _cleanup_problem_ struct problem problem = {};
        memset(text, 'a', sizeof text);
        for (size_t i = shift; i + 2 < sizeof text; i += 2)
            memcpy(text + i, "\xc3\xa9", 2);
        text[1000] = 0;
        problem_add_field(&problem, "name", text, text);
        json_t *document = problem_to_json(&problem);
        assert_non_null(document);
        assert_non_null(text_of(document, "detail"));
        json_decref(document);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_none),     cmocka_unit_test(test_plain),
        cmocka_unit_test(test_fields),   cmocka_unit_test(test_conflict_alone_and_beside),
        cmocka_unit_test(test_cut_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
