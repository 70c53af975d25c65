/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "hub/api/openapi.h"

static json_t *document;

static int setup(void **state)
{
    (void)state;
    document = api_openapi_document();
    return document ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    json_decref(document);
    return 0;
}

static bool has_word(const struct api_word *words, const char *word, size_t length)
{
    for (; words->word; words++)
        if (strlen(words->word) == length && strncmp(words->word, word, length) == 0)
            return true;
    return false;
}

static void test_words(void **state)
{
    (void)state;
    for (int i = 0; i < ROUTE_COUNT; i++) {
        const struct api_route *route = api_route(i);
        if (!has_word(api_nouns, route->noun, strlen(route->noun)))
            fail_msg("the noun \"%s\" has no row in api_nouns", route->noun);
        for (const char *brace = route->path; (brace = strchr(brace, '{')); brace++)
            if (!has_word(api_path_words, brace + 1, strcspn(brace + 1, "}")))
                fail_msg("%s: a word of the path has no row in api_path_words", route->path);
    }
}

static const json_t *operation_of(const struct api_route *route)
{
    static const char *const methods[] = {
        [API_GET] = "get", [API_POST] = "post", [API_PATCH] = "patch", [API_DELETE] = "delete"};
    const json_t *paths = json_object_get(document, "paths");
    bool below = strncmp(route->path, "/api/v1/", 8) == 0;
    return json_object_get(json_object_get(paths, route->path + (below ? strlen("/api/v1") : 0)),
                           methods[route->method]);
}

static void test_each_route_is_there(void **state)
{
    json_t *ids = json_object();
    (void)state;
    for (int i = 0; i < ROUTE_COUNT; i++) {
        const struct api_route *route = api_route(i);
        const json_t *operation = operation_of(route);
        const char *id = json_string_value(json_object_get(operation, "operationId"));
        assert_non_null(id);
        assert_null(json_object_get(ids, id));
        json_object_set_new(ids, id, json_true());
        assert_int_equal(json_object_get(operation, "requestBody") != NULL, route->body != NULL);
        assert_true(json_object_size(json_object_get(operation, "responses")) > 3);
    }
    json_decref(ids);
}

static const json_t *follow(const char *reference)
{
    char path[200];
    const json_t *value = document;
    snprintf(path, sizeof path, "%s", reference);
    assert_int_equal(strncmp(path, "#/", 2), 0);
    char *rest = path + 2;
    for (char *part; value && (part = strsep(&rest, "/"));)
        value = json_object_get(value, part);
    return value;
}

static void check_references(const json_t *value)
{
    const char *name;
    json_t *item;
    size_t index;
    if (json_is_object(value))
        json_object_foreach((json_t *)value, name, item)
        {
            if (strcmp(name, "$ref") == 0 && !follow(json_string_value(item)))
                fail_msg("%s leads nowhere", json_string_value(item));
            check_references(item);
        }
    if (json_is_array(value))
        json_array_foreach((json_t *)value, index, item) check_references(item);
}

static void test_references(void **state)
{
    (void)state;
    check_references(document);
}

static const json_t *parameter(const json_t *operation, const char *reference)
{
    size_t index;
    json_t *item;
    json_array_foreach(json_object_get(operation, "parameters"), index, item)
    {
        const char *found = json_string_value(json_object_get(item, "$ref"));
        if (found && strcmp(strrchr(found, '/') + 1, reference) == 0)
            return item;
    }
    return NULL;
}

static void test_what_changes_take(void **state)
{
    const json_t *add = operation_of(api_route(ROUTE_PEER_ADD));
    const json_t *set = operation_of(api_route(ROUTE_PEER_SET));
    const json_t *get = operation_of(api_route(ROUTE_PEER_GET));
    (void)state;
    assert_non_null(parameter(add, "dry_run"));
    assert_non_null(parameter(add, "idempotency_key"));
    assert_null(parameter(add, "if_match"));
    assert_non_null(parameter(set, "if_match"));
    assert_null(parameter(get, "dry_run"));
    assert_non_null(parameter(get, "instance"));
    assert_non_null(json_object_get(json_object_get(add, "responses"), "201"));
    assert_non_null(json_object_get(json_object_get(set, "responses"), "412"));
}

static void test_variants(void **state)
{
    const json_t *whole = follow("#/components/schemas/Peer/properties");
    const json_t *declared = follow("#/components/schemas/PeerDeclared/properties");
    const json_t *deleted = follow("#/components/schemas/PeerDeleted/properties");
    (void)state;
    assert_non_null(json_object_get(whole, "connected"));
    assert_null(json_object_get(declared, "connected"));
    assert_non_null(json_object_get(deleted, "connected"));
    assert_null(json_object_get(deleted, "profile_stale"));
    assert_non_null(json_object_get(deleted, "deleted"));
    assert_null(json_object_get(whole, "deleted"));
    assert_null(follow("#/components/schemas/InstanceDeclared/properties/openvpn/properties/"
                       "servers"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),      cmocka_unit_test(test_each_route_is_there),
        cmocka_unit_test(test_references), cmocka_unit_test(test_what_changes_take),
        cmocka_unit_test(test_variants),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
