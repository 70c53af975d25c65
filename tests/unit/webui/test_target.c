/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "hub/base/cleanup.h"
#include "webui/target.h"

static struct target target;
static const char *wrong;

static bool parse(const char *path, const char *query)
{
    return target_parse((struct http_text){path, strlen(path)},
                        (struct http_text){query, query ? strlen(query) : 0}, &target, &wrong);
}

static void kinds_are_told_apart(void **state)
{
    static const struct {
        const char *path;
        enum target_kind kind;
    } cases[] = {
        {"/", TARGET_PAGE},
        {"/instances/ab/peers", TARGET_PAGE},
        {"/apiary", TARGET_PAGE},
        {"/app-12345678.js", TARGET_PAGE},
        {"/api", TARGET_API},
        {"/api/v1/status", TARGET_API},
        {"/api/v1/events", TARGET_EVENTS},
        {"/get/abcdefgh", TARGET_PAGE},
        {"/get/abcdefgh.ovpn", TARGET_API},
        {"/.well-known/acme-challenge/x", TARGET_CHALLENGE},
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        assert_true(parse(cases[i].path, NULL));
        assert_int_equal(target.kind, cases[i].kind);
        assert_string_equal(target.path, cases[i].path);
        assert_int_equal(target.query_size, 0);
    }
}

static void tricks_are_refused(void **state)
{
    static const char *const paths[] = {
        "/..",  "/a/../b", "/.",    "/%2e%2e/b",  "/a/%2E%2e",    "/.%2e/a",   "//",
        "//a",  "/a//b",   "/%00",  "/a%00.js",   "/a%0d%0aX: y", "/%zz",      "/%",
        "/a%2", "/%c3%28", "/a%7f", "/%e2%80%ae", "/api//v1",     "/api/../x",
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(paths); i++) {
        if (parse(paths[i], NULL))
            print_error("%s is let through\n", paths[i]);
        assert_false(parse(paths[i], NULL));
    }
    assert_true(parse("/api/v1/instances/a%2Fb%20c/", NULL)); /* a name may hold a slash */
}

static void a_query_is_decoded(void **state)
{
    static const char *const bad[] = {"a=%", "=a", "a=%00", "a=%0a", "a=%ff", "%00=a", "a=1&=2"};

    (void)state;
    assert_true(parse("/", "a=b+c&search=%C3%A4&empty=&alone&&"));
    assert_int_equal(target.query_size, 2 + 4 + 7 + 3 + 6 + 1 + 6 + 1);
    assert_memory_equal(target.query, "a\0b c\0search\0\xc3\xa4\0empty\0\0alone\0", 30);
    assert_true(target_has(&target, "alone"));
    assert_false(target_has(&target, "b c"));
    target_add(&target, "a", "x");
    assert_int_equal(target.query_size, 30);
    target_add(&target, "follow", "no");
    assert_memory_equal(target.query + 30, "follow\0no", 10);
    for (size_t i = 0; i < ELEMENTS(bad); i++)
        assert_false(parse("/", bad[i]));
}

static void sizes_are_bounded(void **state)
{
    char path[TARGET_PATH_MAX + 2], query[2 * TARGET_QUERY_MAX];

    (void)state;
    memset(path, 'a', sizeof(path));
    path[0] = '/';
    path[TARGET_PATH_MAX + 1] = 0;
    assert_false(parse(path, NULL));
    path[TARGET_PATH_MAX] = 0;
    assert_true(parse(path, NULL));
    /* Pairs that grow by being decoded: a name without a value gets one. */
    for (size_t size = TARGET_QUERY_MAX - 8; size < TARGET_QUERY_MAX + 8; size++) {
        memset(query, '&', sizeof(query));
        for (size_t i = 0; i < size; i += 2)
            query[i] = 'a';
        query[size] = 0;
        (void)parse("/", query);
        assert_true(target.query_size <= sizeof(target.query));
    }
    memset(query, 'a', sizeof(query));
    query[TARGET_QUERY_MAX] = 0;
    (void)parse("/", query);
    assert_true(target.query_size <= sizeof(target.query));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kinds_are_told_apart),
        cmocka_unit_test(tricks_are_refused),
        cmocka_unit_test(a_query_is_decoded),
        cmocka_unit_test(sizes_are_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
