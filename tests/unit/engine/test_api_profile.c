/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "api_world.h"
#include "fake_runtime.h"
#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "profiles/profile.h"

static json_t *call(struct world *world, const char *method, const char *path, const char *body)
{
    return world_call(world, method, path, NULL, NULL, body);
}

static int setup(void **state)
{
    struct world *world = world_new();
    json_decref(call(world, "POST", "/instances",
                     "{\"name\":\"acme\",\"hostname\":\"acme\",\"networks\":[\"10.66.0.0/24\"]}"));
    json_decref(
        call(world, "POST", "/instances/acme/peers", "{\"name\":\"laptop\",\"type\":\"client\"}"));
    json_decref(call(world, "POST", "/instances/acme/peers",
                     "{\"name\":\"office\",\"type\":\"site\",\"subnets\":[\"192.168.88.0/24\"]}"));
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    world_free(*state);
    return 0;
}

static json_t *profile(struct world *world, const char *peer, const char *query)
{
    _cleanup_free_ char *path = text_format("/instances/acme/peers/%s/profile", peer);
    return world_call(world, "GET", path, query, NULL, NULL);
}

static void test_text(void **state)
{
    struct world *world = *state;
    json_t *answer = profile(world, "laptop", NULL);
    const char *content = text_at(answer, "body.content");
    assert_int_equal(number_at(answer, "status"), 200);
    assert_string_equal(text_at(answer, "body.format"), "wg-quick");
    assert_string_equal(text_at(answer, "body.encoding"), "utf-8");
    assert_non_null(strstr(content, "[Interface]"));
    assert_non_null(strstr(content, "PrivateKey = "));
    assert_non_null(strstr(content, "vpn.example.net:51820"));
    assert_non_null(strstr(content, "192.168.88.0/24"));
    assert_non_null(strstr(content, "10.66.0.2/32"));
    assert_int_equal(json_array_size(at(answer, "body.warnings")), 0);
    json_decref(answer);
    answer = profile(world, "office", NULL);
    assert_null(strstr(text_at(answer, "body.content"), "192.168.88.0/24"));
    json_decref(answer);
}

static void test_formats(void **state)
{
    struct world *world = *state;
    json_t *answer = profile(world, "office", "{\"format\":\"routeros\"}");
    assert_int_equal(number_at(answer, "status"), 200);
    json_decref(answer);
    answer = profile(world, "laptop", "{\"format\":\"routeros\"}");
    assert_int_equal(number_at(answer, "status"), 422);
    json_decref(answer);
    answer = profile(world, "office", "{\"format\":\"routeros\",\"qr\":\"svg\"}");
    assert_int_equal(number_at(answer, "status"), 422);
    json_decref(answer);
    answer = call(world, "GET", "/instances/acme/peers/office/profiles", NULL);
    assert_int_equal(json_array_size(at(answer, "body.items")), 2);
    assert_string_equal(text_at(answer, "body.items[1].format"), "routeros");
    json_decref(answer);
    answer = call(world, "GET", "/instances/acme/peers/laptop/profiles", NULL);
    assert_int_equal(json_array_size(at(answer, "body.items")), 1);
    json_decref(answer);
}

/* The words that the route's table offers are those that there are. */
static void test_format_words(void **state)
{
    _cleanup_free_ char *words = text_duplicate("");
    const struct api_field *field = api_route(ROUTE_PROFILE_GET)->query;
    (void)state;
    for (const struct profile_format *format = profile_formats; format->name; format++) {
        char *more = text_format("%s%s%s", words, *words ? "|" : "", format->name);
        free(words);
        words = more;
    }
    assert_string_equal(field->name, "format");
    assert_string_equal(field->choices, words);
}

static void test_qr(void **state)
{
    struct world *world = *state;
    json_t *answer = profile(world, "laptop", "{\"qr\":\"svg\"}");
    assert_non_null(strstr(text_at(answer, "body.content"), "<svg"));
    assert_non_null(strstr(text_at(answer, "body.file_name"), ".svg"));
    json_decref(answer);
    answer = profile(world, "laptop", "{\"qr\":\"png\"}");
    assert_string_equal(text_at(answer, "body.encoding"), "base64");
    assert_int_equal(strncmp(text_at(answer, "body.content"), "iVBORw0KGgo", 11), 0);
    assert_string_equal(text_at(answer, "body.media_type"), "image/png");
    json_decref(answer);
    answer = profile(world, "laptop", "{\"qr\":\"ansi\"}");
    assert_int_equal(number_at(answer, "status"), 200);
    json_decref(answer);
}

static void test_key_not_held(void **state)
{
    struct world *world = *state;
    json_decref(profile(world, "laptop", NULL));
    json_decref(call(world, "POST", "/instances/acme/peers/laptop/forget-key", NULL));
    json_t *answer = profile(world, "laptop", NULL);
    assert_int_equal(number_at(answer, "status"), 200);
    assert_int_equal(json_array_size(at(answer, "body.warnings")), 1);
    json_decref(answer);
    answer = profile(world, "laptop", "{\"qr\":\"svg\"}");
    assert_int_equal(number_at(answer, "status"), 422);
    assert_string_equal(text_at(answer, "body.errors[0].field"), "qr");
    json_decref(answer);
}

static void test_no_public_name(void **state)
{
    struct world *world = *state;
    *world->engine.settings.public_name = 0;
    json_t *answer = profile(world, "laptop", NULL);
    assert_int_equal(number_at(answer, "status"), 409);
    const char *detail = text_at(answer, "body.detail");
    assert_non_null(strstr(detail, "warren settings set hub.public_name NAME"));
    assert_non_null(strstr(detail, "PATCH /api/v1/settings"));
    assert_non_null(
        strstr(detail, "\"public_name = NAME\" under [hub] in /tmp/warren-api-"));
    json_decref(answer);
}

static void expect_reasons(struct world *world, const char *peer, size_t count, const char *reason)
{
    _cleanup_free_ char *path = text_format("/instances/acme/peers/%s", peer);
    json_t *answer = call(world, "GET", path, NULL);
    assert_true(json_is_true(at(answer, "body.profile_stale")) == (count > 0));
    assert_int_equal(json_array_size(at(answer, "body.profile_stale_reasons")), count);
    if (count)
        assert_non_null(strstr(text_at(answer, "body.profile_stale_reasons[0]"), reason));
    json_decref(answer);
}

static void test_stale(void **state)
{
    struct world *world = *state;
    expect_reasons(world, "laptop", 0, NULL);
    json_decref(profile(world, "laptop", NULL));
    json_decref(profile(world, "office", NULL));
    expect_reasons(world, "laptop", 0, NULL);
    json_decref(call(world, "POST", "/instances/acme/peers",
                     "{\"name\":\"plant\",\"type\":\"site\",\"subnets\":[\"172.20.0.0/16\"]}"));
    expect_reasons(world, "laptop", 1, "route");
    expect_reasons(world, "office", 1, "route");
    json_decref(call(world, "POST", "/instances/acme/peers/plant/disable", NULL));
    expect_reasons(world, "laptop", 0, NULL);
    /* The hub asks others; devices ask the hub. */
    json_decref(call(world, "PATCH", "/instances/acme", "{\"public_dns\":[\"9.9.9.9\"]}"));
    expect_reasons(world, "laptop", 0, NULL);
    json_decref(call(world, "PATCH", "/instances/acme", "{\"domains\":[\"corp.example\"]}"));
    expect_reasons(world, "laptop", 1, "DNS");
    json_decref(call(world, "PATCH", "/instances/acme", "{\"domains\":[]}"));
    expect_reasons(world, "laptop", 0, NULL);
    json_decref(call(world, "PATCH", "/instances/acme", "{\"public_dns\":[]}"));
    expect_reasons(world, "laptop", 1, "DNS");
    expect_reasons(world, "office", 0, NULL); /* a router keeps its own */
    json_decref(call(world, "POST", "/instances/acme/peers/laptop/rekey", NULL));
    expect_reasons(world, "laptop", 2, "keys");
    json_decref(profile(world, "laptop", NULL));
    expect_reasons(world, "laptop", 0, NULL);
    json_decref(call(world, "PATCH", "/instances/acme/peers/laptop", "{\"route_all\":true}"));
    expect_reasons(world, "laptop", 1, "route");
}

/* What was excluded then is excluded in the comparison. */
static void test_stale_with_exclusions(void **state)
{
    struct world *world = *state;
    json_decref(call(world, "PATCH", "/instances/acme/peers/laptop", "{\"route_all\":true}"));
    json_t *answer = profile(world, "laptop", "{\"exclude\":\"192.168.0.0/16,10.0.0.0/8\"}");
    assert_int_equal(number_at(answer, "status"), 200);
    assert_null(strstr(text_at(answer, "body.content"), "0.0.0.0/0"));
    assert_non_null(strstr(text_at(answer, "body.content"), "10.66.0.0/24"));
    json_decref(answer);
    expect_reasons(world, "laptop", 0, NULL);
    answer = profile(world, "laptop", "{\"exclude\":\"192.168.0.1/16\"}");
    assert_string_equal(text_at(answer, "body.errors[0].would"), "192.168.0.0/16");
    json_decref(answer);
}

static void test_record_off(void **state)
{
    struct world *world = *state;
    json_decref(profile(world, "laptop", "{\"record\":\"0\"}"));
    json_t *answer = call(world, "GET", "/instances/acme/peers/laptop", NULL);
    assert_true(json_is_null(at(answer, "body.profile_issued_at")));
    json_decref(answer);
    json_decref(profile(world, "laptop", NULL));
    answer = call(world, "GET", "/instances/acme/peers/laptop", NULL);
    assert_true(json_is_string(at(answer, "body.profile_issued_at")));
    json_decref(answer);
    answer = call(world, "GET", "/audit", NULL);
    assert_string_equal(text_at(answer, "body.items[0].action"), "profile.show");
    assert_string_equal(text_at(answer, "body.items[0].after.format"), "wg-quick");
    assert_int_equal(json_array_size(at(answer, "body.items")), 5);
    json_decref(answer);
}

/* In a list, what peers have in common is worked out once; it must say the same. */
static void test_stale_in_a_list(void **state)
{
    struct world *world = *state;
    json_decref(
        call(world, "POST", "/instances/acme/peers", "{\"name\":\"phone\",\"type\":\"client\"}"));
    json_decref(call(world, "POST", "/instances/acme/peers",
                     "{\"name\":\"tablet\",\"type\":\"client\",\"route_all\":true}"));
    static const char *const names[] = {"laptop", "office", "phone", "tablet"};
    for (size_t i = 0; i < ELEMENTS(names); i++)
        json_decref(profile(world, names[i], NULL));
    for (int round = 0; round < 2; round++) {
        json_t *answer = call(world, "GET", "/instances/acme/peers", NULL);
        for (size_t i = 0; i < ELEMENTS(names); i++) {
            const json_t *peer = json_array_get(at(answer, "body.items"), i);
            bool full = strcmp(text_at(peer, "name"), "tablet") == 0;
            assert_true(json_is_string(at(peer, "profile_issued_at")));
            assert_true(json_is_true(at(peer, "profile_stale")) == (round == 1 && !full));
        }
        json_decref(answer);
        json_decref(call(world, "POST", "/instances/acme/peers",
                         "{\"name\":\"plant\",\"type\":\"site\",\"subnets\":[\"172.20.0.0/16\"]}"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_text, setup, teardown),
        cmocka_unit_test_setup_teardown(test_formats, setup, teardown),
        cmocka_unit_test(test_format_words),
        cmocka_unit_test_setup_teardown(test_qr, setup, teardown),
        cmocka_unit_test_setup_teardown(test_key_not_held, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_public_name, setup, teardown),
        cmocka_unit_test_setup_teardown(test_stale, setup, teardown),
        cmocka_unit_test_setup_teardown(test_stale_with_exclusions, setup, teardown),
        cmocka_unit_test_setup_teardown(test_record_off, setup, teardown),
        cmocka_unit_test_setup_teardown(test_stale_in_a_list, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
