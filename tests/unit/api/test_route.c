/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "hub/api/route.h"

/* ---- the table keeps its own rules ---- */

static void test_order_and_words(void **state)
{
    (void)state;
    for (int i = 0; i < ROUTE_COUNT; i++) {
        const struct api_route *route = api_route(i);
        assert_int_equal(route->id, i);
        assert_non_null(route->path);
        assert_non_null(route->noun);
        assert_non_null(route->help);
        bool is_public = route->access == API_ACCESS_PUBLIC;
        assert_true(strncmp(route->path, "/api/v1/", 8) == 0 ||
                    (is_public && (strncmp(route->path, "/get/", 5) == 0 ||
                                   strncmp(route->path, "/.well-known/", 13) == 0)));
        assert_true(!route->changes || route->method != API_GET);
        /* What is no GET and no change: signing in and out, opening a one-time link. */
        if (route->method != API_GET && !route->changes)
            assert_true(route->browser || is_public);
        /* Auditors change what is their own. */
        if (route->changes)
            assert_true(route->role >= API_OPERATOR || route->scope == API_SCOPE_HANDLER);
        /* A change's query is dry_run, which the server sees to, and whether to force it. */
        assert_true(!route->changes || !route->query || strcmp(route->query[0].name, "force") == 0);
        assert_true(route->method != API_GET || !route->body);
        assert_true(route->method != API_DELETE || !route->body);
    }
}

static void test_unique(void **state)
{
    (void)state;
    for (int i = 0; i < ROUTE_COUNT; i++)
        for (int j = 0; j < i; j++) {
            const struct api_route *a = api_route(i), *b = api_route(j);
            assert_false(a->method == b->method && strcmp(a->path, b->path) == 0);
            assert_false(strcmp(a->noun, b->noun) == 0 &&
                         strcmp(a->verb ? a->verb : "", b->verb ? b->verb : "") == 0);
        }
}

static void check_fields(const struct api_field *fields)
{
    for (const struct api_field *field = fields; field && field->name; field++) {
        assert_non_null(field->help);
        assert_true(field->minimum <= field->maximum || !field->maximum);
        assert_true((field->kind == API_CHOICE) == (field->choices != NULL));
        assert_true(!(field->flags & API_LIST) || field->maximum > 0);
        assert_true(field->kind != API_NUMBER || field->maximum > 0);
        assert_true(!field->null_word || field->flags & API_NULLABLE);
        assert_true(!field->empty_word || field->flags & API_LIST);
        /* On the command line a value has a name, unless the option says it all. */
        bool says_all = field->kind == API_BOOL || field->kind == API_CHOICE;
        assert_true(!field->option || field->value || says_all);
        for (const struct api_field *other = fields; other < field; other++) {
            assert_string_not_equal(other->name, field->name);
            if (other->option && field->option)
                assert_string_not_equal(other->option, field->option);
        }
    }
}

static void test_fields_sane(void **state)
{
    (void)state;
    for (int i = 0; i < ROUTE_COUNT; i++) {
        check_fields(api_route(i)->query);
        check_fields(api_route(i)->body);
    }
}

/* ---- finding ---- */

static const struct api_route *find(const char *method, const char *path,
                                    const char *parameters[API_PARAMETERS_MAX], char copy[200],
                                    struct problem *problem)
{
    snprintf(copy, 200, "%s", path);
    return api_route_find(method, copy, parameters, problem);
}

static void test_each_is_found(void **state)
{
    (void)state;
    for (int i = 0; i < ROUTE_COUNT; i++) {
        const char *parameters[API_PARAMETERS_MAX];
        _cleanup_problem_ struct problem problem = {};
        char copy[200];
        const struct api_route *route = find(api_method_name(api_route(i)->method),
                                             api_route(i)->path, parameters, copy, &problem);
        assert_ptr_equal(route, api_route(i));
    }
}

static void test_parameters(void **state)
{
    const char *parameters[API_PARAMETERS_MAX];
    _cleanup_problem_ struct problem problem = {};
    char copy[200];
    const struct api_route *route =
        find("PATCH", "/api/v1/instances/My%20site/peers/a%2Fb%25", parameters, copy, &problem);
    (void)state;
    assert_ptr_equal(route, api_route(ROUTE_PEER_SET));
    assert_string_equal(parameters[0], "My site");
    assert_string_equal(parameters[1], "a/b%");
}

static void test_not_found(void **state)
{
    static const struct {
        const char *method, *path;
        int status;
    } cases[] = {
        {"GET", "", 404},
        {"GET", "/", 404},
        {"GET", "//", 404},
        {"GET", "api/v1/status", 404},
        {"GET", "/api/v1", 404},
        {"GET", "/api/v1/status/", 404},
        {"GET", "/api/v1/instances/", 404},
        {"GET", "/api/v1/instances//peers", 404},
        {"GET", "/api/v1/statu", 404},
        {"GET", "/api/v1/statuss", 404},
        {"GET", "/api/v2/status", 404},
        {"GET", "/api%2Fv1/status", 404},
        {"GET", "/api%2Fv1%2Fstatus", 404},
        {"GET", "/api/v1%2Fstatus/x", 404},
        {"GET", "/api/v1/instances/a/peers%2Fb", 404},
        {"GET", "/a/b/c/d/e/f/g/h/i/j/k/l/m", 404},
        {"GET", "/api/v1/instances/a/peers/b/profile/c", 404},
        {"PUT", "/api/v1/status", 405},
        {"get", "/api/v1/status", 405},
        {"DELETE", "/api/v1/instances", 405},
        {"GET", "/api/v1/instances/%", 400},
        {"GET", "/api/v1/instances/%2", 400},
        {"GET", "/api/v1/instances/%zz", 400},
        {"GET", "/api/v1/instances/%00", 400},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *parameters[API_PARAMETERS_MAX];
        _cleanup_problem_ struct problem problem = {};
        char copy[200];
        assert_null(find(cases[i].method, cases[i].path, parameters, copy, &problem));
        assert_int_equal(problem.status, cases[i].status);
        assert_true(*problem.detail);
    }
}

static void test_405_says_what_can(void **state)
{
    const char *parameters[API_PARAMETERS_MAX];
    _cleanup_problem_ struct problem problem = {};
    char copy[200];
    (void)state;
    assert_null(find("PUT", "/api/v1/instances/x", parameters, copy, &problem));
    assert_string_equal(problem.detail, "PUT can't be done here; GET, PATCH, DELETE can");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order_and_words),   cmocka_unit_test(test_unique),
        cmocka_unit_test(test_fields_sane),       cmocka_unit_test(test_each_is_found),
        cmocka_unit_test(test_parameters),        cmocka_unit_test(test_not_found),
        cmocka_unit_test(test_405_says_what_can),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
