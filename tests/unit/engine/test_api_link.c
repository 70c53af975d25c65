/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "api_world.h"
#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "hub/engine/link_guard.h"
#include "hub/engine/link_state.h"

#define LINKS "/instances/acme/peers/laptop/links"

static int setup(void **state)
{
    struct world *world = world_new();
    (void)text_copy(world->engine.settings.public_name, sizeof world->engine.settings.public_name,
                    "hub.example.net");
    json_decref(world_call(world, "POST", "/instances", NULL, NULL,
                           "{\"name\":\"acme\",\"hostname\":\"acme\"}"));
    json_decref(world_call(world, "POST", "/instances/acme/peers", NULL, NULL,
                           "{\"name\":\"laptop\",\"type\":\"client\"}"));
    json_decref(world_call(world, "POST", "/instances/acme/peers", NULL, NULL,
                           "{\"name\":\"phone\",\"type\":\"client\",\"protocol\":\"openvpn\"}"));
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;
    world->engine.link_guard = link_guard_free(world->engine.link_guard);
    world_free(world);
    return 0;
}

/* The token of a new link; to be freed. */
static char *make(struct world *world, const char *path, const char *body)
{
    json_t *answer = world_call(world, "POST", path, NULL, NULL, body);
    assert_int_equal(number_at(answer, "status"), 201);
    char *token = text_duplicate(text_at(answer, "body.token"));
    _cleanup_free_ char *url = text_format("https://hub.example.net/get/%s", token);
    assert_string_equal(text_at(answer, "body.url"), url);
    json_decref(answer);
    return token;
}

static json_t *open_with(struct world *world, const char *token, const char *pin)
{
    _cleanup_free_ char *body = pin ? text_format("{\"token\":\"%s\",\"pin\":\"%s\"}", token, pin)
                                    : text_format("{\"token\":\"%s\"}", token);
    return world_call(world, "POST", "/links/open", NULL, NULL, body);
}

static void expect_type(json_t *answer, int status, const char *type)
{
    _cleanup_free_ char *whole = text_format("https://warren.example/problems/%s", type);
    assert_int_equal(number_at(answer, "status"), status);
    assert_string_equal(text_at(answer, "body.type"), whole);
    json_decref(answer);
}

static void expect_status(json_t *answer, int status)
{
    assert_int_equal(number_at(answer, "status"), status);
    json_decref(answer);
}

static json_t *newest_audit(struct world *world)
{
    return world_call(world, "GET", "/audit", "{\"limit\":\"1\"}", NULL, NULL);
}

static void test_open(void **state)
{
    struct world *world = *state;
    _cleanup_free_ char *token = make(world, LINKS, "{\"uses\":2}");
    json_t *answer = open_with(world, token, NULL);
    assert_int_equal(number_at(answer, "status"), 200);
    assert_string_equal(text_at(answer, "body.peer.name"), "laptop");
    assert_string_equal(text_at(answer, "body.instance.name"), "acme");
    assert_string_equal(text_at(answer, "body.hub.public_name"), "hub.example.net");
    assert_string_equal(text_at(answer, "body.formats[0].format"), "wg-quick");
    assert_non_null(strstr(text_at(answer, "body.formats[0].content"), "PrivateKey = "));
    assert_non_null(strstr(text_at(answer, "body.formats[0].qr"), "<svg"));
    assert_string_equal(text_at(answer, "body.steps.ios[0]"), "install-wireguard");
    assert_true(json_is_null(at(answer, "body.openvpn_import_url")));
    assert_int_equal(number_at(answer, "body.uses_left"), 1);
    json_decref(answer);
    /* It counts as handed out. */
    answer = world_call(world, "GET", "/instances/acme/peers/laptop", NULL, NULL, NULL);
    assert_true(json_is_string(at(answer, "body.profile_issued_at")));
    json_decref(answer);
    answer = newest_audit(world);
    assert_string_equal(text_at(answer, "body.items[0].action"), "link.open");
    assert_true(text_starts_with(text_at(answer, "body.items[0].who"), "one-time link "));
    json_decref(answer);
    expect_status(open_with(world, token, NULL), 200);
    expect_type(open_with(world, token, NULL), 410, "link-used-up");
    answer = newest_audit(world);
    assert_string_equal(text_at(answer, "body.items[0].action"), "link.refuse");
    assert_string_equal(text_at(answer, "body.items[0].after.refused"), "used-up");
    json_decref(answer);
    answer = world_call(world, "GET", "/links", NULL, NULL, NULL);
    assert_string_equal(text_at(answer, "body.items[0].state"), "used-up");
    assert_null(at(answer, "body.items[0].token"));
    json_decref(answer);
}

static void test_pin(void **state)
{
    struct world *world = *state;
    _cleanup_free_ char *token = make(world, LINKS, "{\"pin\":\"4711\"}");
    json_t *answer = open_with(world, token, NULL);
    assert_int_equal(number_at(answer, "body.tries_left"), LINK_PINS_MAX);
    expect_type(answer, 403, "link-pin-needed");
    answer = open_with(world, token, "0000");
    assert_int_equal(number_at(answer, "body.tries_left"), LINK_PINS_MAX - 1);
    expect_type(answer, 403, "link-pin-wrong");
    expect_status(open_with(world, token, "4711"), 200);
    for (int i = 1; i < LINK_PINS_MAX - 1; i++)
        expect_type(open_with(world, token, "0000"), 403, "link-pin-wrong");
    expect_type(open_with(world, token, "9999"), 410, "link-blocked");
    expect_type(open_with(world, token, "4711"), 410, "link-blocked");
    expect_status(world_call(world, "POST", LINKS, NULL, NULL, "{\"pin\":\"123\"}"), 422);
    expect_status(world_call(world, "POST", LINKS, NULL, NULL, "{\"uses\":0}"), 422);
    expect_status(world_call(world, "POST", LINKS, NULL, NULL, "{\"expires_in\":\"91d\"}"), 422);
}

static void test_what_became_of_the_peer(void **state)
{
    struct world *world = *state;
    _cleanup_free_ char *token = make(world, LINKS, "{}");
    _cleanup_free_ char *other = NULL;
    expect_status(
        world_call(world, "POST", "/instances/acme/peers/laptop/disable", NULL, NULL, "{}"), 200);
    expect_type(open_with(world, token, NULL), 409, "link-peer-disabled");
    expect_status(world_call(world, "POST", LINKS, NULL, NULL, "{}"), 409);
    expect_status(
        world_call(world, "POST", "/instances/acme/peers/laptop/enable", NULL, NULL, "{}"), 200);
    expect_status(open_with(world, token, NULL), 200);
    expect_status(world_call(world, "POST", "/instances/acme/peers/laptop/rekey", NULL, NULL, "{}"),
                  200);
    expect_type(open_with(world, token, NULL), 410, "link-rekeyed");
    other = make(world, LINKS, "{}");
    expect_status(open_with(world, other, NULL), 200);
    expect_status(
        world_call(world, "POST", "/instances/acme/peers/laptop/forget-key", NULL, NULL, "{}"),
        200);
    expect_type(open_with(world, other, NULL), 410, "link-key-forgotten");
    expect_status(world_call(world, "POST", LINKS, NULL, NULL, "{}"), 409);
    expect_status(world_call(world, "DELETE", "/instances/acme/peers/laptop", NULL, NULL, NULL),
                  200);
    expect_type(open_with(world, other, NULL), 410, "link-peer-deleted");
}

static json_t *fetch(struct world *world, const char *token, const char *extension)
{
    /* Beside the base path of the others. */
    _cleanup_free_ char *line =
        text_format("{\"method\":\"GET\",\"path\":\"/get/%s%s\"}\n", token, extension);
    world_send(world, world->fd, line);
    return world_receive(world, world->fd);
}

static void test_file(void **state)
{
    struct world *world = *state;
    _cleanup_free_ char *token = make(world, "/instances/acme/peers/phone/links", "{\"uses\":1}");
    expect_type(fetch(world, token, ".ovpn"), 403, "link-not-opened");
    json_t *answer = open_with(world, token, NULL);
    _cleanup_free_ char *import =
        text_format("openvpn://import-profile/https://hub.example.net/get/%s.ovpn", token);
    assert_string_equal(text_at(answer, "body.openvpn_import_url"), import);
    assert_non_null(strstr(text_at(answer, "body.formats[0].qr"), "<svg"));
    json_decref(answer);
    answer = fetch(world, token, ".ovpn");
    assert_int_equal(number_at(answer, "status"), 200);
    assert_string_equal(text_at(answer, "body.media_type"), "application/x-openvpn-profile");
    assert_true(number_at(answer, "body.size") > 1000);
    json_decref(answer);
    expect_status(fetch(world, token, ".conf"), 404);
    expect_status(fetch(world, token, ""), 404);
    for (int i = 1; i < LINK_RIDE_DOWNLOADS; i++)
        expect_status(fetch(world, token, ".ovpn"), 200);
    expect_type(fetch(world, token, ".ovpn"), 410, "link-used-up");
}

static void test_qr_of_openvpn(void **state)
{
    struct world *world = *state;
    json_t *answer = world_call(world, "GET", "/instances/acme/peers/phone/profile",
                                "{\"qr\":\"svg\"}", NULL, NULL);
    assert_int_equal(number_at(answer, "status"), 200);
    assert_non_null(strstr(text_at(answer, "body.content"), "<svg"));
    json_decref(answer);
    json_decref(world_call(world, "GET", "/instances/acme/peers/phone/profile", "{\"qr\":\"svg\"}",
                           NULL, NULL)); /* takes its place */
    answer = world_call(world, "GET", "/links", "{\"instance\":\"acme\",\"peer\":\"phone\"}", NULL,
                        NULL);
    assert_int_equal(json_array_size(at(answer, "body.items")), 1);
    assert_true(json_is_true(at(answer, "body.items[0].direct")));
    json_decref(answer);
    expect_status(world_call(world, "GET", "/instances/acme/peers/phone/profile",
                             "{\"qr\":\"svg\",\"exclude\":\"10.0.0.0/8\"}", NULL, NULL),
                  422);
    world->engine.settings.web = false;
    answer = world_call(world, "GET", "/instances/acme/peers/phone/profile", "{\"qr\":\"svg\"}",
                        NULL, NULL);
    assert_int_equal(number_at(answer, "status"), 409);
    assert_non_null(strstr(text_at(answer, "body.detail"), "warren settings set web.enabled yes"));
    assert_non_null(strstr(text_at(answer, "body.detail"), "takes a restart"));
    json_decref(answer);
}

static void test_list_and_delete(void **state)
{
    struct world *world = *state;
    _cleanup_free_ char *first = make(world, LINKS, "{}");
    _cleanup_free_ char *second = make(world, "/instances/acme/peers/phone/links", "{}");
    json_t *answer = world_call(world, "GET", "/links", "{\"limit\":\"1\"}", NULL, NULL);
    assert_int_equal(json_array_size(at(answer, "body.items")), 1);
    _cleanup_free_ char *query = text_format("{\"cursor\":\"%s\"}", text_at(answer, "body.next"));
    json_decref(answer);
    answer = world_call(world, "GET", "/links", query, NULL, NULL);
    assert_int_equal(json_array_size(at(answer, "body.items")), 1);
    json_decref(answer);
    answer = world_call(world, "GET", "/links", "{\"instance\":\"acme\",\"peer\":\"laptop\"}", NULL,
                        NULL);
    assert_int_equal(json_array_size(at(answer, "body.items")), 1);
    _cleanup_free_ char *path = text_format("/links/%s", text_at(answer, "body.items[0].id"));
    json_decref(answer);
    expect_status(world_call(world, "DELETE", path, NULL, NULL, NULL), 200);
    expect_status(world_call(world, "DELETE", path, NULL, NULL, NULL), 404);
    expect_type(open_with(world, first, NULL), 404, "link-unknown");
    expect_status(open_with(world, second, NULL), 200);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_open),          TEST(test_pin),
                                       TEST(test_file),          TEST(test_what_became_of_the_peer),
                                       TEST(test_qr_of_openvpn), TEST(test_list_and_delete)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
