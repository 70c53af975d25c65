/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
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
#include "hub/engine/peer_dns_label.h"

static int setup(void **state)
{
    struct world *world = world_new();
    json_decref(world_call(world, "POST", "/instances", NULL, NULL,
                           "{\"name\":\"acme\",\"hostname\":\"acme\",\"networks\":[\"10.66.0.0/"
                           "24\"]}"));
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    world_free(*state);
    return 0;
}

static json_t *add(struct world *world, const char *body)
{
    return world_call(world, "POST", "/instances/acme/peers", NULL, NULL, body);
}

static int status_of(json_t *answer)
{
    int status = number_at(answer, "status");
    json_decref(answer);
    return status;
}

static void must_add(struct world *world, const char *body)
{
    assert_int_equal(status_of(add(world, body)), 201);
}

static json_t *verb(struct world *world, const char *peer, const char *name, const char *body)
{
    _cleanup_free_ char *path = text_format("/instances/acme/peers/%s/%s", peer, name);
    return world_call(world, "POST", path, NULL, NULL, body);
}

static json_t *get(struct world *world, const char *peer)
{
    _cleanup_free_ char *path = text_format("/instances/acme/peers/%s", peer);
    return world_call(world, "GET", path, NULL, NULL, NULL);
}

static json_t *set(struct world *world, const char *peer, const char *body)
{
    _cleanup_free_ char *path = text_format("/instances/acme/peers/%s", peer);
    return world_call(world, "PATCH", path, NULL, NULL, body);
}

static void test_add(void **state)
{
    struct world *world = *state;
    json_t *answer = add(world, "{\"name\":\"laptop\",\"type\":\"client\",\"route_all\":true}");
    assert_int_equal(number_at(answer, "status"), 201);
    assert_string_equal(text_at(answer, "body.addresses[0]"), "10.66.0.2");
    assert_true(json_is_true(at(answer, "body.enabled")));
    assert_true(json_is_true(at(answer, "body.private_key_held")));
    assert_true(json_is_true(at(answer, "body.preshared_key")));
    assert_true(json_is_true(at(answer, "body.route_all")));
    assert_false(json_is_true(at(answer, "body.profile_stale")));
    assert_true(json_is_null(at(answer, "body.profile_issued_at")));
    assert_int_equal(json_array_size(at(answer, "body.pending")), 0);
    assert_string_equal(fake_runtime.peer_id, text_at(answer, "body.id"));
    assert_false(fake_runtime.has_old_key);
    json_decref(answer);
    answer = add(world, "{\"name\":\"office\",\"type\":\"site\",\"subnets\":[\"192.168.88.0/24\"],"
                        "\"preshared_key\":false,\"expires_in\":\"1h\",\"keepalive\":7}");
    assert_string_equal(text_at(answer, "body.addresses[0]"), "10.66.0.3");
    assert_string_equal(text_at(answer, "body.subnets[0]"), "192.168.88.0/24");
    assert_true(json_is_false(at(answer, "body.preshared_key")));
    assert_true(json_is_string(at(answer, "body.expires_at")));
    assert_int_equal(number_at(answer, "body.keepalive"), 7);
    json_decref(answer);
    answer = world_call(world, "GET", "/instances/acme", NULL, NULL, NULL);
    assert_int_equal(number_at(answer, "body.peers.total"), 2);
    json_decref(answer);
}

static void expect_dns_name(json_t *answer, const char *name)
{
    assert_string_equal(text_at(answer, "body.dns_name"), name);
    json_decref(answer);
}

static void test_dns_names(void **state)
{
    struct world *world = *state;
    json_decref(world_call(world, "PATCH", "/instances/acme", NULL, NULL,
                           "{\"dns_custom\":[\"nas=10.66.0.9\"]}"));
    expect_dns_name(add(world, "{\"name\":\"My Laptop\",\"type\":\"client\"}"),
                    "my-laptop.acme.internal");
    assert_int_equal(fake_runtime.dns_host, 2);
    expect_dns_name(add(world, "{\"name\":\"my_laptop\",\"type\":\"client\"}"),
                    "my-laptop-2.acme.internal");
    expect_dns_name(add(world, "{\"name\":\"hub-\",\"type\":\"client\"}"), "hub-2.acme.internal");
    expect_dns_name(add(world, "{\"name\":\"nas\",\"type\":\"client\"}"), "nas-2.acme.internal");
    assert_int_equal(fake_runtime.dns_host, 5);
    /* It keeps its own, whatever the others do; only a new name brings a new label. */
    json_decref(world_call(world, "DELETE", "/instances/acme/peers/My%20Laptop", NULL, NULL, NULL));
    assert_int_equal(fake_runtime.dns_host, 2);
    expect_dns_name(get(world, "my_laptop"), "my-laptop-2.acme.internal");
    expect_dns_name(set(world, "my_laptop", "{\"keepalive\":9}"), "my-laptop-2.acme.internal");
    expect_dns_name(set(world, "my_laptop", "{\"name\":\"tablet\"}"), "tablet.acme.internal");
    assert_int_equal(fake_runtime.dns_host, 3);
    expect_dns_name(set(world, "tablet", "{\"name\":\"Tablet\"}"), "tablet.acme.internal");
    /* A domain that leaves no room. */
    memset(world->engine.settings.base_domain, 'a', sizeof(world->engine.settings.base_domain) - 1);
    for (size_t i = 50; i < sizeof(world->engine.settings.base_domain) - 1; i += 50)
        world->engine.settings.base_domain[i] = '.';
    json_t *answer = get(world, "tablet");
    assert_true(strlen(text_at(answer, "body.dns_name")) < DNS_NAME_MAX);
    json_decref(answer);
}

/* Peers from before there were labels. */
static void test_labels_are_filled(void **state)
{
    struct world *world = *state;
    struct store *store = world->engine.store;
    _cleanup_instance_ struct instance instance = {};
    must_add(world, "{\"name\":\"one\",\"type\":\"client\"}");
    must_add(world, "{\"name\":\"one_\",\"type\":\"client\"}");
    must_add(world, "{\"name\":\"two\",\"type\":\"client\"}");
    assert_int_equal(instance_store_find(store, "acme", &instance), 0);
    assert_int_equal(store_begin(store), 0);
    static const char *const names[] = {"one", "two"};
    for (size_t i = 0; i < ELEMENTS(names); i++) {
        _cleanup_peer_ struct peer peer = {};
        assert_int_equal(peer_store_find(store, instance.id, names[i], &peer), 0);
        assert_int_equal(peer_store_set_label(store, peer.id, NULL), 0);
    }
    assert_int_equal(store_commit(store), 0);
    json_t *answer = get(world, "one");
    assert_true(json_is_null(at(answer, "body.dns_name")));
    json_decref(answer);
    assert_int_equal(peer_dns_label_fill(&world->engine), 0);
    expect_dns_name(get(world, "one"), "one.acme.internal");
    expect_dns_name(get(world, "two"), "two.acme.internal");
    assert_int_equal(peer_dns_label_fill(&world->engine), 0);
}

static void test_no_secret_leaves(void **state)
{
    struct world *world = *state;
    must_add(world, "{\"name\":\"laptop\",\"type\":\"client\"}");
    _cleanup_peer_ struct peer peer = {};
    _cleanup_instance_ struct instance instance = {};
    char private_key[KEY_BASE64_MAX], preshared_key[KEY_BASE64_MAX];
    assert_int_equal(instance_store_find(world->engine.store, "acme", &instance), 0);
    assert_int_equal(peer_store_find(world->engine.store, instance.id, "laptop", &peer), 0);
    key_format_base64(&peer.private_key, private_key);
    key_format_base64(&peer.preshared_key, preshared_key);
    static const char *const paths[] = {"/instances/acme/peers", "/instances/acme/peers/laptop",
                                        "/audit", "/instances/acme", "/instances"};
    for (size_t i = 0; i < ELEMENTS(paths); i++) {
        json_t *answer = world_call(world, "GET", paths[i], NULL, NULL, NULL);
        _cleanup_free_ char *text = json_dumps(answer, 0);
        assert_null(strstr(text, private_key));
        assert_null(strstr(text, preshared_key));
        json_decref(answer);
    }
}

static void expect_refused(struct world *world, const char *body, int status, const char *field,
                           const char *would, const char *wrong)
{
    json_t *answer = add(world, body);
    assert_int_equal(number_at(answer, "status"), status);
    assert_string_equal(text_at(answer, "body.errors[0].field"), field);
    assert_string_equal(text_at(answer, "body.errors[0].would"), would);
    assert_non_null(strstr(text_at(answer, "body.errors[0].wrong"), wrong));
    json_decref(answer);
}

static void test_refused(void **state)
{
    struct world *world = *state;
    must_add(world, "{\"name\":\"office\",\"type\":\"site\",\"subnets\":[\"192.168.88.0/24\"]}");
    expect_refused(world, "{\"name\":\"office\",\"type\":\"client\"}", 409, "name", "office-2",
                   "this name");
    expect_refused(world, "{\"name\":\"b\",\"type\":\"site\"}", 422, "subnets", "192.168.88.0/24",
                   "at least one");
    expect_refused(world, "{\"name\":\"b\",\"type\":\"client\",\"subnets\":[\"10.0.0.0/24\"]}", 422,
                   "subnets", "(none)", "for sites");
    expect_refused(
        world,
        "{\"name\":\"b\",\"type\":\"site\",\"subnets\":[\"10.0.0.0/24\"],\"route_all\":true}", 422,
        "route_all", "false", "for clients");
    expect_refused(world, "{\"name\":\"b\",\"type\":\"site\",\"subnets\":[\"10.1.2.3/24\"]}", 422,
                   "subnets[0]", "10.1.2.0/24", "network address");
    expect_refused(world, "{\"name\":\"b\",\"type\":\"site\",\"subnets\":[\"10.66.0.0/16\"]}", 422,
                   "subnets[0]", "(none)", "tunnel network");
    expect_refused(
        world, "{\"name\":\"b\",\"type\":\"site\",\"subnets\":[\"10.1.0.0/16\",\"10.1.2.0/24\"]}",
        422, "subnets[1]", "(none)", "10.1.0.0/16 of the same list");
    expect_refused(world,
                   "{\"name\":\"b\",\"type\":\"site\",\"subnets\":[\"10.1.0.0/16\",\"192.168.0.0/"
                   "16\"]}",
                   409, "subnets[1]", "192.168.0.0/16=10.88.0.0/16",
                   "192.168.88.0/24 of the peer \"office\"");
    expect_refused(world, "{\"name\":\"b\",\"type\":\"client\",\"public_key\":\"abc\"}", 422,
                   "public_key", "(none)", "WireGuard");
    assert_int_equal(fake_runtime.peers, 1);
}

static void test_keys(void **state)
{
    struct world *world = *state;
    struct key private_key, public_key;
    char text[KEY_BASE64_MAX];
    key_make_private(&private_key);
    key_public(&private_key, &public_key);
    key_format_base64(&public_key, text);
    _cleanup_free_ char *one =
        text_format("{\"name\":\"one\",\"type\":\"client\",\"public_key\":\"%s\"}", text);
    _cleanup_free_ char *two =
        text_format("{\"name\":\"two\",\"type\":\"client\",\"public_key\":\"%s\"}", text);
    json_t *answer = add(world, one);
    assert_int_equal(number_at(answer, "status"), 201);
    assert_string_equal(text_at(answer, "body.public_key"), text);
    assert_true(json_is_false(at(answer, "body.private_key_held")));
    json_decref(answer);
    expect_refused(world, two, 409, "public_key", "(none)", "\"one\"");

    answer = world_call(world, "GET", "/instances/acme", NULL, NULL, NULL);
    _cleanup_free_ char *hub =
        text_format("{\"name\":\"hubs\",\"type\":\"client\",\"public_key\":\"%s\"}",
                    text_at(answer, "body.wireguard.public_key"));
    json_decref(answer);
    expect_refused(world, hub, 422, "public_key", "(none)", "hub's own");
}

static void test_limits(void **state)
{
    struct world *world = *state;
    world->engine.settings.peers_max = 2;
    must_add(world, "{\"name\":\"a\",\"type\":\"client\"}");
    must_add(world, "{\"name\":\"b\",\"type\":\"client\"}");
    assert_int_equal(status_of(add(world, "{\"name\":\"c\",\"type\":\"client\"}")), 409);
}

static void test_network_full(void **state)
{
    struct world *world = *state;
    json_decref(world_call(world, "POST", "/instances", NULL, NULL,
                           "{\"name\":\"tiny\",\"hostname\":\"tiny\",\"networks\":[\"10.9.0.0/"
                           "29\"]}"));
    for (int i = 2; i <= 7; i++) {
        _cleanup_free_ char *body = text_format("{\"name\":\"p%d\",\"type\":\"client\"}", i);
        json_t *answer = world_call(world, "POST", "/instances/tiny/peers", NULL, NULL, body);
        _cleanup_free_ char *address = text_format("10.9.0.%d", i);
        assert_int_equal(number_at(answer, "status"), i < 7 ? 201 : 409);
        if (i < 7)
            assert_string_equal(text_at(answer, "body.addresses[0]"), address);
        else
            assert_non_null(strstr(text_at(answer, "body.detail"), "all addresses"));
        json_decref(answer);
    }
}

static void test_disabled_holds_nothing(void **state)
{
    struct world *world = *state;
    must_add(world, "{\"name\":\"one\",\"type\":\"site\",\"subnets\":[\"10.1.0.0/16\"]}");
    json_t *answer = verb(world, "one", "disable", NULL);
    assert_true(json_is_false(at(answer, "body.enabled")));
    json_decref(answer);
    assert_int_equal(fake_runtime.peers, 2);
    must_add(world, "{\"name\":\"two\",\"type\":\"site\",\"subnets\":[\"10.1.2.0/24\"]}");
    answer = verb(world, "one", "enable", NULL);
    assert_int_equal(number_at(answer, "status"), 409);
    assert_non_null(
        strstr(text_at(answer, "body.errors[0].wrong"), "10.1.2.0/24 of the peer \"two\""));
    json_decref(answer);
    assert_int_equal(status_of(set(world, "two", "{\"subnets\":[\"10.2.0.0/24\"]}")), 200);
    assert_int_equal(status_of(verb(world, "one", "enable", NULL)), 200);
    /* Disabling twice is no change. */
    json_decref(verb(world, "one", "disable", NULL));
    int told = fake_runtime.peers;
    json_decref(verb(world, "one", "disable", NULL));
    assert_int_equal(fake_runtime.peers, told);
}

/* A disabled peer may be given what another holds; it is checked when it is enabled. */
static void test_disabled_is_not_checked(void **state)
{
    struct world *world = *state;
    must_add(world, "{\"name\":\"one\",\"type\":\"site\",\"subnets\":[\"10.1.0.0/16\"]}");
    must_add(world, "{\"name\":\"two\",\"type\":\"site\",\"subnets\":[\"10.1.0.0/16\"],\"enabled\":"
                    "false}");
    assert_int_equal(status_of(verb(world, "two", "enable", NULL)), 409);
}

static void test_set(void **state)
{
    struct world *world = *state;
    must_add(world, "{\"name\":\"one\",\"type\":\"client\"}");
    int told = fake_runtime.peers;
    json_t *answer = set(world, "one", "{\"name\":\"renamed\",\"keepalive\":0}");
    assert_string_equal(text_at(answer, "body.name"), "renamed");
    assert_string_equal(text_at(answer, "etag"), "\"r2\"");
    json_decref(answer);
    assert_int_equal(fake_runtime.peers, told); /* rows only */
    assert_int_equal(status_of(set(world, "renamed", "{\"route_all\":true}")), 200);
    assert_int_equal(fake_runtime.peers, told + 1);
    answer = set(world, "renamed", "{\"expires_in\":\"2h\"}");
    assert_true(json_is_string(at(answer, "body.expires_at")));
    json_decref(answer);
    answer = set(world, "renamed", "{\"expires_in\":null}");
    assert_true(json_is_null(at(answer, "body.expires_at")));
    json_decref(answer);
    answer = set(world, "renamed", "{\"type\":\"site\"}");
    assert_int_equal(number_at(answer, "status"), 422);
    json_decref(answer);
}

static void test_expired(void **state)
{
    struct world *world = *state;
    must_add(world, "{\"name\":\"one\",\"type\":\"client\",\"expires_in\":\"1h\"}");
    /* As the engine does when the time has come. */
    _cleanup_peer_ struct peer peer = {};
    _cleanup_instance_ struct instance instance = {};
    const char *column;
    assert_int_equal(instance_store_find(world->engine.store, "acme", &instance), 0);
    assert_int_equal(peer_store_find(world->engine.store, instance.id, "one", &peer), 0);
    peer.enabled = false;
    peer.expired = true;
    peer.expires_at = clock_seconds() - 1;
    assert_int_equal(store_begin(world->engine.store), 0);
    assert_int_equal(peer_store_update(world->engine.store, &peer, &column), 0);
    assert_int_equal(store_commit(world->engine.store), 0);

    json_t *answer = verb(world, "one", "enable", NULL);
    assert_int_equal(number_at(answer, "status"), 422);
    assert_string_equal(text_at(answer, "body.errors[0].field"), "expires_in");
    json_decref(answer);
    answer = verb(world, "one", "enable", "{\"expires_in\":\"1d\"}");
    assert_int_equal(number_at(answer, "status"), 200);
    assert_true(json_is_false(at(answer, "body.expired")));
    assert_true(json_is_true(at(answer, "body.enabled")));
    json_decref(answer);
}

static void test_rekey_and_forget(void **state)
{
    struct world *world = *state;
    must_add(world, "{\"name\":\"one\",\"type\":\"client\"}");
    json_t *before = get(world, "one");
    json_t *after = verb(world, "one", "rekey", NULL);
    char text[KEY_BASE64_MAX];
    assert_int_equal(number_at(after, "status"), 200);
    assert_string_not_equal(text_at(before, "body.public_key"), text_at(after, "body.public_key"));
    assert_true(fake_runtime.has_old_key);
    assert_string_equal(key_format_base64(&fake_runtime.old_key, text),
                        text_at(before, "body.public_key"));
    assert_string_equal(text_at(before, "body.addresses[0]"), text_at(after, "body.addresses[0]"));
    json_decref(before);
    json_decref(after);
    assert_int_equal(status_of(verb(world, "one", "forget-key", NULL)), 409);
    json_decref(world_call(world, "GET", "/instances/acme/peers/one/profile", NULL, NULL, NULL));
    json_decref(verb(world, "one", "rekey", NULL));
    assert_int_equal(status_of(verb(world, "one", "forget-key", NULL)), 409);
    json_decref(world_call(world, "GET", "/instances/acme/peers/one/profile", NULL, NULL, NULL));
    after = verb(world, "one", "forget-key", NULL);
    assert_true(json_is_false(at(after, "body.private_key_held")));
    json_decref(after);
    assert_int_equal(status_of(verb(world, "one", "forget-key", NULL)), 200);
}

static void test_delete(void **state)
{
    struct world *world = *state;
    must_add(world, "{\"name\":\"one\",\"type\":\"client\"}");
    json_t *answer = world_call(world, "DELETE", "/instances/acme/peers/one", NULL, NULL, NULL);
    assert_int_equal(number_at(answer, "status"), 200);
    assert_true(json_is_true(at(answer, "body.deleted")));
    assert_true(fake_runtime.has_old_key);
    json_decref(answer);
    assert_int_equal(status_of(get(world, "one")), 404);
    /* Its address rests. */
    answer = add(world, "{\"name\":\"two\",\"type\":\"client\"}");
    assert_string_equal(text_at(answer, "body.addresses[0]"), "10.66.0.3");
    json_decref(answer);
}

static void test_not_acknowledged(void **state)
{
    struct world *world = *state;
    fake_runtime.status = -EINPROGRESS;
    fake_runtime.detail = "the worker is slow";
    json_t *answer = add(world, "{\"name\":\"one\",\"type\":\"client\"}");
    assert_int_equal(number_at(answer, "status"), 201);
    assert_string_equal(text_at(answer, "body.pending[0].reason"), "the worker is slow");
    json_decref(answer);
    fake_runtime.pending = true;
    answer = get(world, "one");
    assert_string_equal(text_at(answer, "body.pending[0].step"), "link_ready");
    json_decref(answer);
}

static void test_dry_run(void **state)
{
    struct world *world = *state;
    json_t *answer = world_call(world, "POST", "/instances/acme/peers", "{\"dry_run\":\"1\"}", NULL,
                                "{\"name\":\"one\",\"type\":\"client\"}");
    assert_int_equal(number_at(answer, "status"), 200);
    assert_string_equal(text_at(answer, "body.would.addresses[0]"), "10.66.0.2");
    json_decref(answer);
    assert_int_equal(fake_runtime.peers, 0);
    assert_int_equal(status_of(get(world, "one")), 404);
    must_add(world, "{\"name\":\"one\",\"type\":\"client\"}");
    answer = world_call(world, "POST", "/instances/acme/peers/one/disable", "{\"dry_run\":\"1\"}",
                        NULL, NULL);
    assert_string_equal(text_at(answer, "body.changes[0].field"), "enabled");
    assert_int_equal(json_array_size(at(answer, "body.changes")), 1);
    json_decref(answer);
    answer = get(world, "one");
    assert_true(json_is_true(at(answer, "body.enabled")));
    assert_string_equal(text_at(answer, "body.addresses[0]"), "10.66.0.2");
    json_decref(answer);
}

/* Each change may be asked for twice, also the one after which its object is gone. */
static void test_idempotency(void **state)
{
    struct world *world = *state;
    for (int i = 0; i < 2; i++) {
        json_t *answer =
            world_call(world, "POST", "/instances/acme/peers", NULL,
                       "{\"idempotency-key\":\"add\"}", "{\"name\":\"one\",\"type\":\"client\"}");
        assert_int_equal(number_at(answer, "status"), 201);
        assert_true(json_is_false(at(answer, "body.connected")));
        assert_true(json_is_true(at(answer, "replayed")) == (i == 1));
        json_decref(answer);
    }
    for (int i = 0; i < 2; i++) {
        json_t *answer = world_call(world, "DELETE", "/instances/acme/peers/one", NULL,
                                    "{\"idempotency-key\":\"delete\"}", NULL);
        assert_int_equal(number_at(answer, "status"), 200);
        assert_true(json_is_true(at(answer, "body.deleted")));
        json_decref(answer);
    }
    assert_int_equal(fake_runtime.peers, 2);
}

static size_t count_list(struct world *world, const char *query)
{
    json_t *answer = world_call(world, "GET", "/instances/acme/peers", query, NULL, NULL);
    assert_int_equal(number_at(answer, "status"), 200);
    size_t count = json_array_size(at(answer, "body.items"));
    json_decref(answer);
    return count;
}

static void test_list(void **state)
{
    struct world *world = *state;
    for (int i = 0; i < 10; i++) {
        _cleanup_free_ char *body =
            i % 2 ? text_format("{\"name\":\"peer%d\",\"type\":\"client\"}", i)
                  : text_format("{\"name\":\"peer%d\",\"type\":\"site\",\"subnets\":[\"172.20.%d.0/"
                                "24\"]}",
                                i, i);
        must_add(world, body);
    }
    json_decref(verb(world, "peer3", "disable", NULL));
    assert_int_equal(count_list(world, NULL), 10);
    assert_int_equal(count_list(world, "{\"limit\":\"4\"}"), 4);
    assert_int_equal(count_list(world, "{\"type\":\"site\"}"), 5);
    assert_int_equal(count_list(world, "{\"enabled\":\"no\"}"), 1);
    assert_int_equal(count_list(world, "{\"search\":\"PEER7\"}"), 1);
    assert_int_equal(count_list(world, "{\"search\":\"172.20.4\"}"), 1);
    assert_int_equal(count_list(world, "{\"search\":\"10.66.0.5\"}"), 1);
    assert_int_equal(count_list(world, "{\"connected\":\"yes\"}"), 0);
    fake_runtime.connected = true;
    assert_int_equal(count_list(world, "{\"connected\":\"yes\"}"), 10);
    json_t *answer = world_call(world, "GET", "/instances/acme/peers",
                                "{\"limit\":\"2\",\"type\":\"client\"}", NULL, NULL);
    assert_string_equal(text_at(answer, "body.items[1].name"), "peer3");
    assert_string_equal(text_at(answer, "body.items[1].connected_from"), "192.0.2.1:1234");
    _cleanup_free_ char *next =
        text_format("{\"type\":\"client\",\"cursor\":\"%s\"}", text_at(answer, "body.next"));
    json_decref(answer);
    assert_int_equal(count_list(world, next), 3);
    assert_int_equal(status_of(world_call(world, "GET", "/instances/acme/peers",
                                          "{\"cursor\":\"x\"}", NULL, NULL)),
                     422);
}

static void test_chain_is_whole(void **state)
{
    struct world *world = *state;
    must_add(world, "{\"name\":\"one\",\"type\":\"client\"}");
    json_decref(verb(world, "one", "disable", NULL));
    json_decref(verb(world, "one", "rekey", NULL));
    json_decref(world_call(world, "DELETE", "/instances/acme/peers/one", NULL, NULL, NULL));
    json_t *answer = world_call(world, "GET", "/audit/verify", NULL, NULL, NULL);
    assert_true(json_is_true(at(answer, "body.whole")));
    assert_int_equal(number_at(answer, "body.checked"), 5);
    json_decref(answer);
    answer = world_call(world, "GET", "/audit", NULL, NULL, NULL);
    assert_true(json_is_null(at(answer, "body.items[0].after")));
    assert_string_equal(text_at(answer, "body.items[0].name"), "one");
    json_decref(answer);
}

/* By name and by id, alone and in a list: the same, and what was changed last. */
static void expect_shown(struct world *world, const char *id, const char *name, const char *where,
                         const char *value)
{
    const char *const peers[] = {name, id};
    json_t *instance = world_call(world, "GET", "/instances/acme", NULL, NULL, NULL);
    _cleanup_free_ char *filter = text_format("{\"search\":\"%s\"}", name);
    _cleanup_free_ char *path =
        text_format("/instances/%s/peers/%s", text_at(instance, "body.id"), id);
    json_t *by_id = world_call(world, "GET", path, NULL, NULL, NULL);
    json_t *list = world_call(world, "GET", "/instances/acme/peers", NULL, NULL, NULL);
    json_t *found = world_call(world, "GET", "/instances/acme/peers", filter, NULL, NULL);
    assert_string_equal(text_at(by_id, where), value);
    for (size_t i = 0; i < 2; i++) {
        json_t *answer = get(world, peers[i]);
        assert_true(json_equal(answer, by_id));
        json_decref(answer);
    }
    assert_true(json_equal(at(list, "body.items[0]"), at(by_id, "body")));
    assert_true(json_equal(at(found, "body.items[0]"), at(by_id, "body")));
    json_decref(instance);
    json_decref(by_id);
    json_decref(list);
    json_decref(found);
}

static void test_shown_as_it_is(void **state)
{
    struct world *world = *state;
    json_t *added = add(world, "{\"name\":\"one\",\"type\":\"client\"}");
    const char *id = text_at(added, "body.id");
    expect_shown(world, id, "one", "body.name", "one");
    expect_shown(world, id, "one", "etag", "\"r1\"");
    json_decref(set(world, "one", "{\"name\":\"uno\"}"));
    expect_shown(world, id, "uno", "body.name", "uno");
    expect_shown(world, id, "uno", "etag", "\"r2\"");
    assert_int_equal(status_of(get(world, "one")), 404);
    fake_runtime.connected = true;
    expect_shown(world, id, "uno", "body.connected_from", "192.0.2.1:1234");
    fake_runtime.connected = false;
    expect_shown(world, id, "uno", "body.connected_from", "(none)");
    /* The profile goes out of date by what is not the peer's. */
    json_decref(world_call(world, "GET", "/instances/acme/peers/uno/profile", NULL, NULL, NULL));
    expect_shown(world, id, "uno", "body.profile_stale_reasons[0]", "(none)");
    json_decref(world_call(world, "PATCH", "/instances/acme", NULL, NULL,
                           "{\"pushed_routes\":[\"203.0.113.0/24\"]}"));
    expect_shown(world, id, "uno", "body.profile_stale_reasons[0]",
                 "the networks to route changed");
    snprintf(world->engine.settings.public_name, sizeof world->engine.settings.public_name,
             "other.example.net");
    store_touch(world->engine.store);
    expect_shown(world, id, "uno", "body.profile_stale_reasons[0]", "the hub's endpoint changed");
    json_decref(world_call(world, "DELETE", "/instances/acme/peers/uno", NULL, NULL, NULL));
    assert_int_equal(status_of(get(world, id)), 404);
    assert_int_equal(count_list(world, NULL), 0);
    json_decref(added);
}

/* A peer is shown within its own instance alone, also when it was shown just before. */
static void test_not_of_another_instance(void **state)
{
    struct world *world = *state;
    json_t *added = add(world, "{\"name\":\"one\",\"type\":\"client\"}");
    json_t *other = world_call(world, "POST", "/instances", NULL, NULL,
                               "{\"name\":\"globex\",\"hostname\":\"globex\"}");
    const char *ids[] = {text_at(other, "body.id"), "globex", "nowhere"};
    expect_shown(world, text_at(added, "body.id"), "one", "body.name", "one");
    for (size_t i = 0; i < ELEMENTS(ids); i++) {
        _cleanup_free_ char *path =
            text_format("/instances/%s/peers/%s", ids[i], text_at(added, "body.id"));
        assert_int_equal(status_of(world_call(world, "GET", path, NULL, NULL, NULL)), 404);
    }
    json_decref(added);
    json_decref(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_add, setup, teardown),
        cmocka_unit_test_setup_teardown(test_dns_names, setup, teardown),
        cmocka_unit_test_setup_teardown(test_labels_are_filled, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_secret_leaves, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_keys, setup, teardown),
        cmocka_unit_test_setup_teardown(test_limits, setup, teardown),
        cmocka_unit_test_setup_teardown(test_network_full, setup, teardown),
        cmocka_unit_test_setup_teardown(test_disabled_holds_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(test_disabled_is_not_checked, setup, teardown),
        cmocka_unit_test_setup_teardown(test_set, setup, teardown),
        cmocka_unit_test_setup_teardown(test_expired, setup, teardown),
        cmocka_unit_test_setup_teardown(test_rekey_and_forget, setup, teardown),
        cmocka_unit_test_setup_teardown(test_delete, setup, teardown),
        cmocka_unit_test_setup_teardown(test_not_acknowledged, setup, teardown),
        cmocka_unit_test_setup_teardown(test_dry_run, setup, teardown),
        cmocka_unit_test_setup_teardown(test_idempotency, setup, teardown),
        cmocka_unit_test_setup_teardown(test_list, setup, teardown),
        cmocka_unit_test_setup_teardown(test_shown_as_it_is, setup, teardown),
        cmocka_unit_test_setup_teardown(test_not_of_another_instance, setup, teardown),
        cmocka_unit_test_setup_teardown(test_chain_is_whole, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
