/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the overview asks for: what needs attention, traffic over time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "api_world.h"
#include "fake_runtime.h"
#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "hub/store/traffic_store.h"

static int setup(void **state)
{
    struct world *world = world_new();
    (void)text_copy(world->engine.settings.public_name, sizeof world->engine.settings.public_name,
                    "hub.example.net");
    world->engine.settings.dns_count = 0;
    json_decref(world_call(world, "POST", "/instances", NULL, NULL,
                           "{\"name\":\"acme\",\"hostname\":\"acme\"}"));
    json_decref(world_call(world, "POST", "/instances/acme/peers", NULL, NULL,
                           "{\"name\":\"laptop\",\"type\":\"client\"}"));
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;
    fake_runtime.pending = false;
    world_free(world);
    return 0;
}

/* The kinds, with spaces after each. */
static void expect_kinds(struct world *world, const char *kinds)
{
    json_t *answer = world_call(world, "GET", "/attention", NULL, NULL, NULL), *item;
    char text[400] = "";
    size_t index;
    assert_int_equal(number_at(answer, "status"), 200);
    json_array_foreach(json_object_get(json_object_get(answer, "body"), "items"), index, item)
    {
        strcat(text, json_string_value(json_object_get(item, "kind")));
        strcat(text, " ");
        assert_true(json_is_string(json_object_get(item, "text")));
        assert_true(json_is_string(json_object_get(item, "command")));
    }
    assert_string_equal(text, kinds);
    json_decref(answer);
}

static void must(json_t *answer, int status)
{
    assert_int_equal(number_at(answer, "status"), status);
    json_decref(answer);
}

static void add_peer(struct world *world, int number, const char *more)
{
    _cleanup_free_ char *body =
        text_format("{\"name\":\"peer%d\",\"type\":\"client\"%s}", number, more);
    must(world_call(world, "POST", "/instances/acme/peers", NULL, NULL, body), 201);
}

static void test_attention(void **state)
{
    struct world *world = *state;
    expect_kinds(world, "");
    /* Stale: handed out, then changed. */
    must(world_call(world, "GET", "/instances/acme/peers/laptop/profile", NULL, NULL, NULL), 200);
    expect_kinds(world, "");
    must(
        world_call(world, "PATCH", "/instances/acme/peers/laptop", NULL, NULL, "{\"keepalive\":9}"),
        200);
    expect_kinds(world, "profile-stale ");
    json_t *answer =
        world_call(world, "GET", "/instances/acme/peers", "{\"stale\":\"yes\"}", NULL, NULL);
    assert_int_equal(json_array_size(at(answer, "body.items")), 1);
    json_decref(answer);
    add_peer(world, 1, ",\"expires_in\":\"13d\"");
    add_peer(world, 2, ",\"expires_in\":\"15d\"");
    expect_kinds(world, "profile-stale peer-expiring ");
    answer =
        world_call(world, "GET", "/instances/acme/peers", "{\"expiring\":\"14d\"}", NULL, NULL);
    assert_int_equal(json_array_size(at(answer, "body.items")), 1);
    json_decref(answer);
    must(world_call(world, "POST", "/instances/acme/firewall-checks", NULL, NULL,
                    "{\"expect\":\"allow\",\"from\":\"laptop\",\"to\":\"192.168.9.9\"}"),
         201);
    expect_kinds(world, "check-failing profile-stale peer-expiring ");
    /* A rule that outlives whom it names. */
    add_peer(world, 3, "");
    must(world_call(world, "POST", "/instances/acme/firewall", NULL, NULL,
                    "{\"action\":\"deny\",\"from\":\"peer3\",\"to\":\"any\"}"),
         201);
    expect_kinds(world, "check-failing profile-stale peer-expiring ");
    must(world_call(world, "DELETE", "/instances/acme/peers/peer3", NULL, NULL, NULL), 200);
    expect_kinds(world, "check-failing profile-stale peer-expiring rule-of-nobody ");
    must(world_call(world, "DELETE", "/instances/acme/firewall/1", NULL, NULL, NULL), 200);
    fake_runtime.pending = true;
    expect_kinds(world, "step-failed check-failing profile-stale peer-expiring ");
    fake_runtime.pending = false;
    *world->engine.settings.public_name = 0;
    world->engine.settings.dns_count = 1;
    expect_kinds(world,
                 "no-public-name check-failing profile-stale peer-expiring dns-third-party ");
}

static void write_config(struct world *world, const char *text)
{
    FILE *file = fopen(world->engine.config_path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void test_wrong_settings(void **state)
{
    struct world *world = *state;
    write_config(world, "[hub]\nregion = eu-1\n");
    expect_kinds(world, "");
    write_config(world, "[hub]\nregion = eu-1\nlocation = here\n");
    expect_kinds(world, "settings-wrong ");
    json_t *answer = world_call(world, "GET", "/attention", NULL, NULL, NULL);
    assert_non_null(strstr(text_at(answer, "body.items[0].text"), "line 3: location in [hub]"));
    json_decref(answer);
    unlink(world->engine.config_path);
    expect_kinds(world, "");
    mkdir(world->engine.config_path, 0700);
    expect_kinds(world, "settings-wrong ");
    rmdir(world->engine.config_path);
}

static void test_many_are_one(void **state)
{
    struct world *world = *state;
    for (int i = 0; i < 7; i++)
        add_peer(world, i, ",\"expires_in\":\"3d\"");
    json_t *answer = world_call(world, "GET", "/attention", NULL, NULL, NULL);
    assert_int_equal(json_array_size(at(answer, "body.items")), 1);
    assert_int_equal(number_at(answer, "body.items[0].count"), 7);
    assert_true(json_is_null(at(answer, "body.items[0].peer_id")));
    json_decref(answer);
}

/* ---- traffic ---- */

static void count(struct world *world, int64_t minute, uint64_t bytes)
{
    struct instance instance = {};
    struct peer peer = {};
    assert_int_equal(instance_store_find(world->engine.store, "acme", &instance), 0);
    assert_int_equal(peer_store_find(world->engine.store, instance.id, "laptop", &peer), 0);
    const struct traffic_entry entries[] = {{0, bytes, 2 * bytes},
                                            {(uint32_t)peer.row, bytes, 2 * bytes}};
    assert_int_equal(
        traffic_store_add(world->engine.store, instance.slot, minute, entries, bytes ? 2 : 1), 0);
    assert_int_equal(traffic_store_add(world->engine.store, 0, minute, entries, 1), 0);
    instance_done(&instance);
    peer_done(&peer);
}

static void expect_points(struct world *world, const char *query, size_t points, int step)
{
    json_t *answer = world_call(world, "GET", "/traffic", query, NULL, NULL);
    assert_int_equal(number_at(answer, "status"), 200);
    assert_int_equal(json_array_size(at(answer, "body.rx")), points);
    assert_int_equal(json_array_size(at(answer, "body.tx")), points);
    assert_int_equal(number_at(answer, "body.step"), step);
    json_decref(answer);
}

static void test_traffic(void **state)
{
    struct world *world = *state;
    int64_t now = clock_seconds() / 60;
    expect_points(world, NULL, 60, 60);
    expect_points(world, "{\"span\":\"day\"}", 1440, 60);
    expect_points(world, "{\"span\":\"fortnight\"}", 2016, 600);
    expect_points(world, "{\"span\":\"quarter\"}", 2160, 3600);
    expect_points(world, "{\"span\":\"two-years\"}", 731, 86400);
    count(world, now - 3, 100);
    count(world, now - 2, 0);
    count(world, now - 1, 7);
    json_t *answer = world_call(world, "GET", "/traffic",
                                "{\"instance\":\"acme\",\"peer\":\"laptop\"}", NULL, NULL);
    /* The peer was added a moment ago: of the time before nothing is known. Where its minute has
     * no entry the instance's says that it is. */
    assert_true(json_is_null(at(answer, "body.rx[0]")));
    size_t last = 59 - (size_t)(clock_seconds() / 60 - now);
    _cleanup_free_ char *where = text_format("body.rx[%zu]", last);
    assert_int_equal(number_at(answer, where), 7);
    json_decref(answer);
    answer = world_call(world, "GET", "/traffic", "{\"instance\":\"acme\"}", NULL, NULL);
    _cleanup_free_ char *before = text_format("body.tx[%zu]", last - 1);
    _cleanup_free_ char *first = text_format("body.tx[%zu]", last - 2);
    assert_int_equal(number_at(answer, before), 0);
    assert_int_equal(number_at(answer, first), 200);
    json_decref(answer);
    must(world_call(world, "GET", "/traffic", "{\"peer\":\"laptop\"}", NULL, NULL), 422);
    must(world_call(world, "GET", "/traffic", "{\"instance\":\"nobody\"}", NULL, NULL), 422);
    must(world_call(world, "GET", "/traffic", "{\"span\":\"year\"}", NULL, NULL), 422);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_attention),
        TEST(test_wrong_settings),
        TEST(test_many_are_one),
        TEST(test_traffic),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
