/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "hub/engine/api_message.h"

static void test_whole(void **state)
{
    static const char line[] =
        "{\"method\":\"POST\",\"path\":\"/api/v1/x\",\"query\":{\"a\":\"1\"},\"headers\":{\"If-"
        "Match\":\"\\\"r1\\\"\",\"Idempotency-KEY\":\"k\",\"other\":7},\"body\":{\"b\":2}}";
    struct api_message message = {};
    _cleanup_problem_ struct problem problem = {};
    (void)state;
    assert_true(api_request_parse(line, sizeof line - 1, &message, &problem));
    assert_string_equal(message.method, "POST");
    assert_string_equal(message.path, "/api/v1/x");
    assert_string_equal(message.if_match, "\"r1\"");
    assert_string_equal(message.idempotency_key, "k");
    assert_int_equal(json_object_size(message.query), 1);
    assert_int_equal(json_object_size(message.body), 1);
    api_message_done(&message);
}

static void test_least(void **state)
{
    static const char line[] = "{\"method\":\"GET\",\"path\":\"/\"}";
    struct api_message message = {};
    _cleanup_problem_ struct problem problem = {};
    (void)state;
    assert_true(api_request_parse(line, sizeof line - 1, &message, &problem));
    assert_int_equal(json_object_size(message.query), 0);
    assert_int_equal(json_object_size(message.body), 0);
    assert_null(message.if_match);
    assert_null(message.idempotency_key);
    api_message_done(&message);
}

static void test_hostile(void **state)
{
    static const char *const lines[] = {
        "",
        " ",
        "x",
        "[]",
        "7",
        "\"\"",
        "null",
        "{}",
        "{\"method\":\"GET\"}",
        "{\"path\":\"/\"}",
        "{\"method\":7,\"path\":\"/\"}",
        "{\"method\":\"\",\"path\":\"/\"}",
        "{\"method\":\"GETGETGETGET\",\"path\":\"/\"}",
        "{\"method\":\"GET\",\"path\":\"\"}",
        "{\"method\":\"GET\",\"path\":\"/\\u0000\"}",
        "{\"method\":\"GET\",\"path\":\"/\\n\"}",
        "{\"method\":\"GET\",\"path\":\"/\",\"path\":\"/b\"}",
        "{\"method\":\"GET\",\"path\":\"/\",\"query\":[]}",
        "{\"method\":\"GET\",\"path\":\"/\",\"query\":\"a=b\"}",
        "{\"method\":\"GET\",\"path\":\"/\",\"body\":[]}",
        "{\"method\":\"GET\",\"path\":\"/\",\"headers\":[]}",
        "{\"method\":\"GET\",\"path\":\"/\",\"headers\":{\"if-match\":7}}",
        "{\"method\":\"GET\",\"path\":\"/\",\"headers\":{\"if-match\":\"\"}}",
        "{\"method\":\"GET\",\"path\":\"/\",\"headers\":{\"if-match\":\"a\",\"IF-MATCH\":\"b\"}}",
        "{\"method\":\"GET\",\"path\":\"/\",\"boddy\":{}}",
        "{\"method\":\"GET\",\"path\":\"/\"} {}",
        "{\"method\":\"GET\",\"path\":\"/\"",
        "{\"method\":\"GET\",\"path\":\"/\xff\"}",
        "{\"method\":\"GET\",\"path\":\"/\",\"body\":{\"a\":1e999}}",
    };
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct api_message message = {};
        _cleanup_problem_ struct problem problem = {};
        assert_false(api_request_parse(lines[i], strlen(lines[i]), &message, &problem));
        assert_int_equal(problem.status, 400);
        assert_true(*problem.detail);
        assert_null(message.method);
    }
}

static void test_deep(void **state)
{
    static char line[200000];
    struct api_message message = {};
    _cleanup_problem_ struct problem problem = {};
    (void)state;
    memset(line, '[', sizeof line);
    assert_false(api_request_parse(line, sizeof line, &message, &problem));
    assert_int_equal(problem.status, 400);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole),
        cmocka_unit_test(test_least),
        cmocka_unit_test(test_hostile),
        cmocka_unit_test(test_deep),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
