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

static int setup(void **state)
{
    struct world *world = world_new();
    json_decref(world_call(world, "POST", "/instances", NULL, NULL,
                           "{\"name\":\"acme\",\"hostname\":\"acme\"}"));
    json_decref(world_call(world, "POST", "/instances", NULL, NULL,
                           "{\"name\":\"bolt\",\"hostname\":\"bolt\"}"));
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    world_free(*state);
    return 0;
}

static json_t *add_user(struct world *world, const char *body)
{
    return world_call(world, "POST", "/users", NULL, NULL, body);
}

static json_t *add_peer(struct world *world, const char *instance, const char *body)
{
    _cleanup_free_ char *path = text_format("/instances/%s/peers", instance);
    return world_call(world, "POST", path, NULL, NULL, body);
}

static json_t *get(struct world *world, const char *path)
{
    return world_call(world, "GET", path, NULL, NULL, NULL);
}

static json_t *post(struct world *world, const char *path)
{
    return world_call(world, "POST", path, NULL, NULL, "{}");
}

static void expect_status(json_t *answer, int status)
{
    assert_int_equal(number_at(answer, "status"), status);
    json_decref(answer);
}

static void expect_text(json_t *answer, const char *where, const char *text)
{
    assert_string_equal(text_at(answer, where), text);
    json_decref(answer);
}

static void expect_true(json_t *answer, const char *where, bool truth)
{
    assert_true(json_is_boolean(at(answer, where)));
    assert_int_equal(json_is_true(at(answer, where)), truth);
    json_decref(answer);
}

static void test_add_and_set(void **state)
{
    struct world *world = *state;
    json_t *answer = add_user(world, "{\"name\":\"Anna Müller\",\"email\":\"anna@example.net\","
                                     "\"groups\":[\"staff\",\"staff\",\"it\"],\"note\":\"Lab 3\"}");
    assert_int_equal(number_at(answer, "status"), 201);
    assert_int_equal(json_array_size(at(answer, "body.groups")), 2);
    assert_int_equal(number_at(answer, "body.peers.total"), 0);
    assert_true(json_is_true(at(answer, "body.enabled")));
    json_decref(answer);
    expect_status(add_user(world, "{\"name\":\"ANNA MüLLER\"}"), 409);
    expect_status(add_user(world, "{\"name\":\"ANNA MÜLLER\"}"), 201); /* case of ASCII alone */
    answer = add_user(world, "{\"name\":\" x\",\"email\":\"nobody\",\"groups\":[\"a b\"],"
                             "\"note\":\"a\\u0000b\"}");
    assert_int_equal(number_at(answer, "status"), 400); /* a zero byte */
    json_decref(answer);
    answer = add_user(world, "{\"name\":\" x\",\"email\":\"nobody\",\"groups\":[\"a b\"]}");
    assert_int_equal(number_at(answer, "status"), 422);
    assert_int_equal(json_array_size(at(answer, "body.errors")), 3);
    assert_string_equal(text_at(answer, "body.errors[0].would"), "x");
    json_decref(answer);
    answer = world_call(world, "PATCH", "/users/Anna%20M%C3%BCller", NULL, NULL,
                        "{\"name\":\"anna\",\"email\":null,\"groups\":[]}");
    assert_int_equal(number_at(answer, "status"), 200);
    assert_true(json_is_null(at(answer, "body.email")));
    assert_int_equal(json_array_size(at(answer, "body.groups")), 0);
    assert_string_equal(text_at(answer, "body.note"), "Lab 3");
    json_decref(answer);
    answer = world_call(world, "GET", "/users", "{\"limit\":\"1\"}", NULL, NULL);
    assert_int_equal(json_array_size(at(answer, "body.items")), 1);
    assert_string_equal(text_at(answer, "body.next"), "anna");
    json_decref(answer);
    answer = world_call(world, "GET", "/users", "{\"cursor\":\"anna\",\"search\":\"müller\"}", NULL,
                        NULL);
    assert_int_equal(json_array_size(at(answer, "body.items")), 0); /* case of ASCII alone */
    json_decref(answer);
    expect_status(get(world, "/users/nobody"), 404);
}

static void test_peers_name_users(void **state)
{
    struct world *world = *state;
    json_t *answer =
        add_peer(world, "acme", "{\"name\":\"laptop\",\"type\":\"client\",\"user\":\"anna\"}");
    assert_int_equal(number_at(answer, "status"), 422);
    assert_string_equal(text_at(answer, "body.errors[0].field"), "user");
    json_decref(answer);
    answer = add_user(world, "{\"name\":\"anna\",\"groups\":[\"staff\"]}");
    _cleanup_free_ char *id = text_duplicate(text_at(answer, "body.id"));
    json_decref(answer);
    answer = add_peer(world, "acme", "{\"name\":\"laptop\",\"type\":\"client\",\"user\":\"ANNA\"}");
    assert_int_equal(number_at(answer, "status"), 201);
    assert_string_equal(text_at(answer, "body.user"), "anna");
    assert_string_equal(text_at(answer, "body.user_id"), id);
    assert_string_equal(text_at(answer, "body.user_groups[0]"), "staff");
    assert_int_equal(json_array_size(at(answer, "body.groups")), 0);
    json_decref(answer);
    _cleanup_free_ char *body =
        text_format("{\"name\":\"phone\",\"type\":\"client\",\"user\":\"%s\"}", id);
    expect_status(add_peer(world, "bolt", body), 201);
    /* A rename shows everywhere, in rules too. */
    expect_status(world_call(world, "POST", "/instances/acme/firewall", NULL, NULL,
                             "{\"action\":\"deny\",\"from\":\"user:anna\"}"),
                  201);
    expect_status(world_call(world, "POST", "/instances/acme/firewall", NULL, NULL,
                             "{\"action\":\"deny\",\"from\":\"user:bert\"}"),
                  422);
    expect_status(world_call(world, "PATCH", "/users/anna", NULL, NULL, "{\"name\":\"Anna M.\"}"),
                  200);
    expect_text(get(world, "/instances/acme/peers/laptop"), "body.user", "Anna M.");
    expect_text(get(world, "/instances/acme/firewall/1"), "body.from", "user:Anna M.");
    answer = get(world, "/users/Anna%20M./peers");
    assert_int_equal(json_array_size(at(answer, "body.items")), 2);
    assert_string_equal(text_at(answer, "body.items[1].instance"), "bolt");
    json_decref(answer);
    answer = get(world, "/users/Anna%20M.");
    assert_int_equal(number_at(answer, "body.peers.total"), 2);
    json_decref(answer);
}

static void give_three(struct world *world)
{
    expect_status(add_user(world, "{\"name\":\"anna\"}"), 201);
    expect_status(
        add_peer(world, "acme", "{\"name\":\"laptop\",\"type\":\"client\",\"user\":\"anna\"}"),
        201);
    expect_status(add_peer(world, "acme",
                           "{\"name\":\"old\",\"type\":\"client\",\"user\":\"anna\",\"enabled\":"
                           "false}"),
                  201);
    expect_status(add_peer(world, "bolt",
                           "{\"name\":\"home\",\"type\":\"site\",\"subnets\":[\"192.168.5.0/24\"],"
                           "\"user\":\"anna\"}"),
                  201);
}

static void test_disable_and_enable(void **state)
{
    struct world *world = *state;
    give_three(world);
    json_t *answer =
        world_call(world, "POST", "/users/anna/disable", "{\"dry_run\":\"1\"}", NULL, "{}");
    assert_int_equal(json_array_size(at(answer, "body.would.peers_changed")), 2);
    json_decref(answer);
    expect_true(get(world, "/instances/acme/peers/laptop"), "body.enabled", true);
    int told = fake_runtime.peers;
    answer = post(world, "/users/anna/disable");
    assert_int_equal(number_at(answer, "status"), 200);
    assert_true(json_is_false(at(answer, "body.enabled")));
    assert_int_equal(json_array_size(at(answer, "body.peers_changed")), 2);
    assert_int_equal(number_at(answer, "body.peers.enabled"), 0);
    assert_int_equal(json_array_size(at(answer, "body.pending")), 0);
    json_decref(answer);
    assert_int_equal(fake_runtime.peers, told + 2);
    expect_true(get(world, "/instances/acme/peers/laptop"), "body.disabled_with_user", true);
    expect_true(get(world, "/instances/acme/peers/old"), "body.disabled_with_user", false);
    /* Nobody of the user's gets in. */
    expect_status(post(world, "/instances/acme/peers/laptop/enable"), 409);
    expect_status(
        add_peer(world, "acme", "{\"name\":\"new\",\"type\":\"client\",\"user\":\"anna\"}"), 422);
    expect_status(add_peer(world, "acme",
                           "{\"name\":\"new\",\"type\":\"client\",\"user\":\"anna\",\"enabled\":"
                           "false}"),
                  201);
    /* Meanwhile somebody else has the site's network. */
    expect_status(add_peer(world, "bolt",
                           "{\"name\":\"other\",\"type\":\"site\",\"subnets\":[\"192.168.0.0/16\"]"
                           "}"),
                  201);
    answer = post(world, "/users/anna/enable");
    assert_int_equal(number_at(answer, "status"), 200);
    assert_int_equal(json_array_size(at(answer, "body.peers_changed")), 1);
    assert_string_equal(text_at(answer, "body.peers_changed[0].name"), "laptop");
    assert_string_equal(text_at(answer, "body.peers_left[0].name"), "home");
    assert_non_null(strstr(text_at(answer, "body.peers_left[0].why"), "other"));
    json_decref(answer);
    expect_true(get(world, "/instances/acme/peers/laptop"), "body.enabled", true);
    expect_true(get(world, "/instances/acme/peers/old"), "body.enabled", false);
    expect_true(get(world, "/instances/bolt/peers/home"), "body.enabled", false);
    /* The audit tells it of each peer. */
    answer = world_call(world, "GET", "/audit", "{\"object\":\"instance/\"}", NULL, NULL);
    assert_string_equal(text_at(answer, "body.items[0].action"), "peer.enable");
    json_decref(answer);
}

static void test_delete(void **state)
{
    struct world *world = *state;
    give_three(world);
    expect_status(world_call(world, "DELETE", "/users/anna", NULL, NULL, NULL), 409);
    expect_status(world_call(world, "DELETE", "/users/anna", "{\"peers\":\"burn\"}", NULL, NULL),
                  422);
    int rules = fake_runtime.rules;
    json_t *answer = world_call(world, "DELETE", "/users/anna", "{\"peers\":\"disable\"}",
                                "{\"idempotency-key\":\"k\"}", NULL);
    assert_int_equal(number_at(answer, "status"), 200);
    assert_true(json_is_true(at(answer, "body.deleted")));
    json_decref(answer);
    assert_int_equal(fake_runtime.rules, rules + 2); /* in both instances */
    answer = world_call(world, "DELETE", "/users/anna", "{\"peers\":\"disable\"}",
                        "{\"idempotency-key\":\"k\"}", NULL);
    assert_true(json_is_true(at(answer, "body.deleted")));
    assert_true(json_is_true(at(answer, "replayed")));
    json_decref(answer);
    expect_true(get(world, "/instances/acme/peers/laptop"), "body.enabled", false);
    answer = get(world, "/instances/acme/peers/laptop");
    assert_true(json_is_null(at(answer, "body.user")));
    json_decref(answer);
    expect_status(get(world, "/users/anna"), 404);
    /* With its peers. */
    expect_status(add_user(world, "{\"name\":\"bert\"}"), 201);
    expect_status(world_call(world, "PATCH", "/instances/acme/peers/laptop", NULL, NULL,
                             "{\"user\":\"bert\"}"),
                  200);
    expect_status(world_call(world, "DELETE", "/users/bert", "{\"peers\":\"delete\"}", NULL, NULL),
                  200);
    expect_status(get(world, "/instances/acme/peers/laptop"), 404);
    /* Nothing to be said of nobody. */
    expect_status(add_user(world, "{\"name\":\"carl\"}"), 201);
    expect_status(world_call(world, "DELETE", "/users/carl", NULL, NULL, NULL), 200);
}

static void test_checks_hold(void **state)
{
    struct world *world = *state;
    give_three(world);
    expect_status(world_call(world, "POST", "/instances/bolt/firewall-checks", NULL, NULL,
                             "{\"expect\":\"allow\",\"from\":\"home\",\"to\":\"192.168.5.0/24\"}"),
                  201);
    json_t *answer = post(world, "/users/anna/disable");
    assert_int_equal(number_at(answer, "status"), 409);
    json_decref(answer);
    expect_true(get(world, "/users/anna"), "body.enabled", true);
    expect_status(world_call(world, "POST", "/users/anna/disable", "{\"force\":\"1\"}", NULL, "{}"),
                  200);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_add_and_set), TEST(test_peers_name_users), TEST(test_disable_and_enable),
        TEST(test_delete),      TEST(test_checks_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
