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

static int setup(void **state)
{
    *state = world_new();
    return 0;
}

static int teardown(void **state)
{
    world_free(*state);
    return 0;
}

static json_t *add(struct world *world, const char *body)
{
    return world_call(world, "POST", "/instances", NULL, NULL, body);
}

static void add_named(struct world *world, const char *name)
{
    _cleanup_free_ char *body = text_format("{\"name\":\"%s\",\"hostname\":\"%s\"}", name, name);
    json_t *answer = add(world, body);
    assert_int_equal(number_at(answer, "status"), 201);
    json_decref(answer);
}

static int status_of(json_t *answer)
{
    int status = number_at(answer, "status");
    json_decref(answer);
    return status;
}

static void test_add(void **state)
{
    struct world *world = *state;
    json_t *answer = add(world, "{\"name\":\"Acme\",\"hostname\":\"acme\"}");
    assert_int_equal(number_at(answer, "status"), 201);
    assert_string_equal(text_at(answer, "etag"), "\"r1\"");
    assert_string_equal(text_at(answer, "body.name"), "Acme");
    assert_string_equal(text_at(answer, "body.region"), "eu-1");
    assert_string_equal(text_at(answer, "body.networks[0]"), "10.66.0.0/24");
    assert_string_equal(text_at(answer, "body.hub_addresses[0]"), "10.66.0.1");
    assert_int_equal(number_at(answer, "body.wireguard.port"), 51820);
    assert_int_equal(strlen(text_at(answer, "body.wireguard.public_key")), 44);
    assert_true(json_is_null(at(answer, "body.public_dns")));
    assert_int_equal(number_at(answer, "body.peers.total"), 0);
    assert_int_equal(fake_runtime.added, 1);
    assert_string_equal(fake_runtime.instance_id, text_at(answer, "body.id"));
    /* The /64 is of the hub's own ULA, numbered by the slot. */
    struct prefix network6;
    assert_int_equal(prefix_parse(text_at(answer, "body.networks[1]"), &network6), 0);
    assert_int_equal(network6.length, 64);
    assert_true(prefix_contains(&world->engine.hub.ula, &network6));
    assert_int_equal(network6.address.bytes[7], 1);
    json_decref(answer);

    answer = add(world, "{\"name\":\"Beta\",\"hostname\":\"beta\"}");
    assert_string_equal(text_at(answer, "body.networks[0]"), "10.66.1.0/24");
    assert_int_equal(number_at(answer, "body.wireguard.port"), 51821);
    json_decref(answer);
}

static void test_given_networks(void **state)
{
    struct world *world = *state;
    json_t *answer = add(world, "{\"name\":\"Acme\",\"hostname\":\"acme\",\"networks\":[\"192.168."
                                "7.0/24\"],\"public_dns\":[\"9.9.9.9\"],\"pushed_routes\":[\"198."
                                "51.100.0/24\"],\"client_to_client\":true,\"mtu\":1380}");
    assert_int_equal(number_at(answer, "status"), 201);
    assert_string_equal(text_at(answer, "body.networks[0]"), "192.168.7.0/24");
    assert_int_equal(json_array_size(at(answer, "body.networks")), 2);
    assert_string_equal(text_at(answer, "body.public_dns[0]"), "9.9.9.9");
    assert_string_equal(text_at(answer, "body.pushed_routes[0]"), "198.51.100.0/24");
    assert_true(json_is_true(at(answer, "body.client_to_client")));
    json_decref(answer);
    answer = add(world, "{\"name\":\"Six\",\"hostname\":\"six\",\"networks\":[\"fd12:3456:789a::/"
                        "64\"]}");
    assert_string_equal(text_at(answer, "body.networks[0]"), "10.66.0.0/24");
    assert_string_equal(text_at(answer, "body.networks[1]"), "fd12:3456:789a::/64");
    json_decref(answer);
}

/* field|would of the first complaint, and the status. */
static void expect_refused(struct world *world, const char *body, int status, const char *field,
                           const char *would)
{
    json_t *answer = add(world, body);
    assert_int_equal(number_at(answer, "status"), status);
    assert_string_equal(text_at(answer, "body.errors[0].field"), field);
    assert_string_equal(text_at(answer, "body.errors[0].would"), would);
    json_decref(answer);
}

static void test_refused(void **state)
{
    struct world *world = *state;
    add_named(world, "acme");
    expect_refused(world, "{\"name\":\"a\",\"hostname\":\"beta\"}", 422, "name", "(none)");
    expect_refused(world, "{\"name\":\"beta\",\"hostname\":\"Beta!\"}", 422, "hostname", "beta");
    expect_refused(world, "{\"name\":\"beta\",\"hostname\":\"www\"}", 422, "hostname", "www-1");
    expect_refused(world, "{\"name\":\"ACME\",\"hostname\":\"beta\"}", 409, "name", "ACME-2");
    expect_refused(world, "{\"name\":\"beta\",\"hostname\":\"acme\"}", 409, "hostname", "acme-2");
    expect_refused(world,
                   "{\"name\":\"beta\",\"hostname\":\"beta\",\"networks\":[\"10.1.2.3/24\"]}", 422,
                   "networks[0]", "10.1.2.0/24");
    expect_refused(world, "{\"name\":\"beta\",\"hostname\":\"beta\",\"networks\":[\"8.8.8.0/24\"]}",
                   422, "networks[0]", "10.66.0.0/24");
    expect_refused(
        world,
        "{\"name\":\"beta\",\"hostname\":\"beta\",\"networks\":[\"10.1.0.0/24\",\"10.2.0.0/24\"]}",
        422, "networks[1]", "(none)");
    expect_refused(world,
                   "{\"name\":\"beta\",\"hostname\":\"beta\",\"pushed_routes\":[\"0.0.0.0/0\"]}",
                   422, "pushed_routes[0]", "(none)");
    expect_refused(world,
                   "{\"name\":\"beta\",\"hostname\":\"beta\",\"pushed_routes\":[\"8.0.0.0/"
                   "8\",\"8.8.8.0/24\"]}",
                   422, "pushed_routes[1]", "(none)");
    expect_refused(world,
                   "{\"name\":\"beta\",\"hostname\":\"beta\",\"public_dns\":[\"127.0.0.1\"]}", 422,
                   "public_dns[0]", "(none)");
    expect_refused(
        world, "{\"name\":\"beta\",\"hostname\":\"beta\",\"public_dns\":[\"9.9.9.9\",\"9.9.9.9\"]}",
        422, "public_dns[1]", "(none)");
    assert_int_equal(fake_runtime.added, 1);
}

static void expect_names(struct world *world, const char *members, int status, const char *field,
                         const char *would)
{
    _cleanup_free_ char *body = text_format("{%s}", members);
    json_t *answer = world_call(world, "PATCH", "/instances/acme", NULL, NULL, body);
    assert_int_equal(number_at(answer, "status"), status);
    if (status != 200) {
        assert_string_equal(text_at(answer, "body.errors[0].field"), field);
        assert_string_equal(text_at(answer, "body.errors[0].would"), would);
    }
    json_decref(answer);
}

static void test_names(void **state)
{
    static const struct {
        const char *members;
        int status;
        const char *field, *would;
    } rows[] = {
        {"\"dns_custom\":[\"nas=192.168.88.9\",\"nas=fd00::9\",\"www.example.org=10.1.2.3\"]", 200,
         "", ""},
        {"\"dns_custom\":[\"acme.internal=198.51.100.1\"]", 200, "", ""},
        {"\"dns_custom\":[\"NAS.Corp.Example.=10.0.0.9\"]", 422, "dns_custom[0]",
         "nas.corp.example=10.0.0.9"},
        {"\"dns_custom\":[\"nas\"]", 422, "dns_custom[0]", "nas=192.168.88.10"},
        {"\"dns_custom\":[\"a b=10.0.0.9\"]", 422, "dns_custom[0]", "(none)"},
        {"\"dns_custom\":[\"a\\nserver=10.0.0.9\"]", 422, "dns_custom[0]", "(none)"},
        {"\"dns_custom\":[\"10.0.0.1=10.0.0.9\"]", 422, "dns_custom[0]", "(none)"},
        {"\"dns_custom\":[\"nas=10.0.0.9\",\"nas=10.0.0.9\"]", 422, "dns_custom[1]", "(none)"},
        {"\"dns_custom\":[\"hub=10.0.0.9\"]", 422, "dns_custom[0]", "(none)"},
        {"\"dns_custom\":[\"hub.acme.internal=10.0.0.9\"]", 422, "dns_custom[0]", "(none)"},
        {"\"dns_custom\":[\"laptop=10.0.0.9\"]", 409, "dns_custom[0]", "(none)"},
        {"\"dns_custom\":[\"laptop.acme.internal=10.0.0.9\"]", 409, "dns_custom[0]", "(none)"},
        {"\"split_dns\":[\"corp.example=192.168.88.53\",\"corp.example=fd00::53\"]", 200, "", ""},
        {"\"split_dns\":[\"88.168.192.in-addr.arpa=192.168.88.53\"]", 200, "", ""},
        {"\"split_dns\":[\"corp.example=9.9.9.9\"]", 422, "split_dns[0]", "(none)"},
        {"\"split_dns\":[\"corp.example=10.66.0.1\"]", 422, "split_dns[0]", "(none)"},
        {"\"split_dns\":[\"corp.example=127.0.0.1\"]", 422, "split_dns[0]", "(none)"},
        {"\"split_dns\":[\"x.acme.internal=10.0.0.53\"]", 422, "split_dns[0]", "(none)"},
        {"\"split_dns\":[\"corp/example=10.0.0.53\"]", 422, "split_dns[0]", "(none)"},
        {"\"split_dns\":[\"=10.0.0.53\"]", 422, "split_dns[0]", "nas=192.168.88.10"},
        {"\"split_dns\":null", 422, "split_dns", "(none)"},
        {"\"domains\":[\"corp.example\"]", 200, "", ""},
        {"\"domains\":[\"Corp.Example\"]", 422, "domains[0]", "corp.example"},
        {"\"domains\":[\"corp.example\",\"corp.example\"]", 422, "domains[1]", "(none)"},
        {"\"domains\":[7]", 422, "domains[0]", "(none)"},
    };
    struct world *world = *state;
    add_named(world, "acme");
    json_decref(world_call(world, "POST", "/instances/acme/peers", NULL, NULL,
                           "{\"name\":\"Lap.top\",\"type\":\"client\"}"));
    json_decref(world_call(world, "POST", "/instances/acme/peers", NULL, NULL,
                           "{\"name\":\"Laptop\",\"type\":\"client\"}"));
    for (size_t i = 0; i < ELEMENTS(rows); i++)
        expect_names(world, rows[i].members, rows[i].status, rows[i].field, rows[i].would);
    json_t *answer = world_call(world, "GET", "/instances/acme", NULL, NULL, NULL);
    assert_string_equal(text_at(answer, "body.dns_domain"), "acme.internal");
    assert_string_equal(text_at(answer, "body.dns_custom[0]"), "acme.internal=198.51.100.1");
    assert_string_equal(text_at(answer, "body.split_dns[0]"),
                        "88.168.192.in-addr.arpa=192.168.88.53");
    assert_string_equal(text_at(answer, "body.domains[0]"), "corp.example");
    assert_true(json_is_true(at(answer, "body.ready.dns_ready")));
    json_decref(answer);
    snprintf(world->engine.settings.base_domain, sizeof(world->engine.settings.base_domain),
             "vpn.example.net");
    answer = world_call(world, "GET", "/instances/acme", NULL, NULL, NULL);
    assert_string_equal(text_at(answer, "body.dns_domain"), "acme.vpn.example.net");
    json_decref(answer);
}

static void test_all_complaints_at_once(void **state)
{
    struct world *world = *state;
    add_named(world, "acme");
    json_t *answer = add(world, "{\"name\":\"acme\",\"hostname\":\"w\",\"networks\":[\"1.2.3.4/"
                                "24\"],\"public_dns\":[\"::1\"]}");
    assert_int_equal(number_at(answer, "status"), 422);
    assert_int_equal(json_array_size(at(answer, "body.errors")), 4);
    json_decref(answer);
}

static void test_limit(void **state)
{
    struct world *world = *state;
    world->engine.settings.instances_max = 1;
    add_named(world, "acme");
    json_t *answer = add(world, "{\"name\":\"beta\",\"hostname\":\"beta\"}");
    assert_int_equal(number_at(answer, "status"), 409);
    assert_non_null(strstr(text_at(answer, "body.type"), "/limit"));
    json_decref(answer);
}

static void test_list_pages(void **state)
{
    struct world *world = *state;
    char name[20], query[80] = "{\"limit\":\"3\"}";
    int seen = 0, pages = 0;
    for (int i = 0; i < 8; i++) {
        snprintf(name, sizeof name, "inst%d", i);
        add_named(world, name);
    }
    for (;;) {
        json_t *answer = world_call(world, "GET", "/instances", query, NULL, NULL);
        const json_t *items = at(answer, "body.items");
        for (size_t i = 0; i < json_array_size(items); i++) {
            snprintf(name, sizeof name, "inst%d", seen++);
            assert_string_equal(text_at(json_array_get(items, i), "name"), name);
        }
        pages++;
        bool more = json_is_string(at(answer, "body.next"));
        snprintf(query, sizeof query, "{\"limit\":\"3\",\"cursor\":\"%s\"}",
                 text_at(answer, "body.next"));
        json_decref(answer);
        if (!more)
            break;
    }
    assert_int_equal(seen, 8);
    assert_int_equal(pages, 3);
}

static void test_set(void **state)
{
    struct world *world = *state;
    add_named(world, "acme");
    json_t *answer = world_call(world, "PATCH", "/instances/ACME", NULL, NULL,
                                "{\"name\":\"Acme Ltd\",\"public_dns\":[]}");
    assert_int_equal(number_at(answer, "status"), 200);
    assert_string_equal(text_at(answer, "etag"), "\"r2\"");
    assert_string_equal(text_at(answer, "body.name"), "Acme Ltd");
    assert_string_equal(text_at(answer, "body.hostname"), "acme");
    assert_int_equal(json_array_size(at(answer, "body.public_dns")), 0);
    assert_false(json_is_null(at(answer, "body.public_dns")));
    assert_int_equal(fake_runtime.changed, 1);
    json_decref(answer);
    answer =
        world_call(world, "PATCH", "/instances/Acme%20Ltd", NULL, NULL, "{\"public_dns\":null}");
    assert_true(json_is_null(at(answer, "body.public_dns")));
    json_decref(answer);
    answer = world_call(world, "PATCH", "/instances/Acme%20Ltd", NULL, NULL,
                        "{\"networks\":[\"10.9.0.0/24\"]}");
    assert_int_equal(number_at(answer, "status"), 422);
    assert_string_equal(text_at(answer, "body.errors[0].field"), "networks");
    json_decref(answer);
}

static void test_set_nothing(void **state)
{
    struct world *world = *state;
    add_named(world, "acme");
    json_t *answer =
        world_call(world, "PATCH", "/instances/acme", NULL, NULL, "{\"hostname\":\"acme\"}");
    assert_int_equal(number_at(answer, "status"), 200);
    assert_string_equal(text_at(answer, "etag"), "\"r1\"");
    assert_int_equal(fake_runtime.changed, 0);
    json_decref(answer);
}

static void test_if_match(void **state)
{
    struct world *world = *state;
    add_named(world, "acme");
    assert_int_equal(status_of(world_call(world, "PATCH", "/instances/acme", NULL,
                                          "{\"if-match\":\"\\\"r1\\\"\"}", "{\"mtu\":1400}")),
                     200);
    json_t *answer = world_call(world, "PATCH", "/instances/acme", NULL,
                                "{\"if-match\":\"\\\"r1\\\"\"}", "{\"mtu\":1300}");
    assert_int_equal(number_at(answer, "status"), 412);
    assert_non_null(strstr(text_at(answer, "body.detail"), "\"r2\""));
    json_decref(answer);
    assert_int_equal(status_of(world_call(world, "DELETE", "/instances/acme", NULL,
                                          "{\"if-match\":\"\\\"r1\\\"\"}", NULL)),
                     412);
    assert_int_equal(fake_runtime.deleted, 0);
}

static void test_dry_run(void **state)
{
    struct world *world = *state;
    json_t *answer = world_call(world, "POST", "/instances", "{\"dry_run\":\"1\"}", NULL,
                                "{\"name\":\"acme\",\"hostname\":\"acme\"}");
    assert_int_equal(number_at(answer, "status"), 200);
    assert_string_equal(text_at(answer, "body.would.name"), "acme");
    json_decref(answer);
    assert_int_equal(fake_runtime.added, 0);
    assert_int_equal(status_of(world_call(world, "GET", "/instances/acme", NULL, NULL, NULL)), 404);

    add_named(world, "acme");
    answer = world_call(world, "PATCH", "/instances/acme", "{\"dry_run\":\"yes\"}", NULL,
                        "{\"mtu\":1300,\"name\":\"Other\"}");
    assert_int_equal(number_at(answer, "status"), 200);
    assert_int_equal(json_array_size(at(answer, "body.changes")), 2);
    assert_int_equal(number_at(answer, "body.would.mtu"), 1300);
    json_decref(answer);
    answer = world_call(world, "DELETE", "/instances/acme", "{\"dry_run\":\"1\"}", NULL, NULL);
    assert_int_equal(number_at(answer, "status"), 200);
    assert_true(json_is_null(at(answer, "body.would")));
    json_decref(answer);
    answer = world_call(world, "GET", "/instances/acme", NULL, NULL, NULL);
    assert_string_equal(text_at(answer, "etag"), "\"r1\"");
    json_decref(answer);
    answer = world_call(world, "GET", "/audit", NULL, NULL, NULL);
    assert_int_equal(json_array_size(at(answer, "body.items")), 1);
    json_decref(answer);
}

static void test_idempotency(void **state)
{
    static const char key[] = "{\"idempotency-key\":\"k1\"}";
    static const char body[] = "{\"name\":\"acme\",\"hostname\":\"acme\"}";
    struct world *world = *state;
    json_t *first = world_call(world, "POST", "/instances", NULL, key, body);
    json_t *second = world_call(world, "POST", "/instances", NULL, key, body);
    assert_int_equal(number_at(second, "status"), 201);
    assert_true(json_is_true(at(second, "replayed")));
    assert_null(at(first, "replayed"));
    assert_string_equal(text_at(first, "body.id"), text_at(second, "body.id"));
    assert_string_equal(text_at(second, "body.state"), "active");
    assert_int_equal(fake_runtime.added, 1);
    json_decref(first);
    json_decref(second);
    json_t *other = world_call(world, "POST", "/instances", NULL, key,
                               "{\"name\":\"beta\",\"hostname\":\"beta\"}");
    assert_int_equal(number_at(other, "status"), 409);
    json_decref(other);
    /* A refused change is not kept: the same key may be tried again. */
    static const char again[] = "{\"idempotency-key\":\"k2\"}";
    assert_int_equal(status_of(world_call(world, "POST", "/instances", NULL, again, body)), 409);
    assert_int_equal(status_of(world_call(world, "POST", "/instances", NULL, again,
                                          "{\"name\":\"beta\",\"hostname\":\"beta\"}")),
                     201);
}

static void test_delete(void **state)
{
    static const char key[] = "{\"idempotency-key\":\"k1\"}";
    struct world *world = *state;
    add_named(world, "acme");
    fake_runtime.status = -EINPROGRESS;
    fake_runtime.detail = "the worker is slow";
    json_t *answer = world_call(world, "DELETE", "/instances/acme", NULL, key, NULL);
    assert_int_equal(number_at(answer, "status"), 202);
    assert_string_equal(text_at(answer, "body.state"), "deleting");
    assert_string_equal(text_at(answer, "body.pending[0].reason"), "the worker is slow");
    json_decref(answer);
    /* What is kept was written when the removal was still to come. */
    answer = world_call(world, "DELETE", "/instances/acme", NULL, key, NULL);
    assert_true(json_is_true(at(answer, "replayed")));
    assert_int_equal(number_at(answer, "status"), 202);
    assert_true(json_is_false(at(answer, "body.deleted")));
    assert_string_equal(text_at(answer, "body.state"), "deleting");
    json_decref(answer);
    assert_int_equal(fake_runtime.deleted, 1);
    /* The double leaves the row, as a runtime does until all is gone. */
    assert_int_equal(
        status_of(world_call(world, "PATCH", "/instances/acme", NULL, NULL, "{\"mtu\":1300}")),
        409);
    assert_int_equal(status_of(world_call(world, "DELETE", "/instances/acme", NULL, NULL, NULL)),
                     409);
    assert_int_equal(status_of(world_call(world, "POST", "/instances/acme/peers", NULL, NULL,
                                          "{\"name\":\"a\",\"type\":\"client\"}")),
                     409);
}

static void test_pending(void **state)
{
    struct world *world = *state;
    add_named(world, "acme");
    fake_runtime.pending = true;
    json_t *answer = world_call(world, "GET", "/instances/acme", NULL, NULL, NULL);
    assert_string_equal(text_at(answer, "body.state"), "failed");
    assert_string_equal(text_at(answer, "body.pending[0].step"), "link_ready");
    assert_string_equal(text_at(answer, "body.pending[0].reason"), "no such device");
    assert_string_equal(text_at(answer, "body.pending[0].retry_at"), "1970-01-12T13:46:40Z");
    json_decref(answer);
    fake_runtime.pending = false;
    fake_runtime.status = -EIO;
    fake_runtime.detail = "broken";
    answer = world_call(world, "PATCH", "/instances/acme", NULL, NULL, "{\"mtu\":1300}");
    assert_int_equal(number_at(answer, "status"), 200);
    assert_string_equal(text_at(answer, "body.pending[0].reason"), "broken");
    json_decref(answer);
}

static void test_audit(void **state)
{
    struct world *world = *state;
    add_named(world, "acme");
    json_decref(world_call(world, "PATCH", "/instances/acme", NULL, NULL, "{\"mtu\":1300}"));
    add_named(world, "beta");
    json_t *answer = world_call(world, "GET", "/audit", "{\"limit\":\"2\"}", NULL, NULL);
    assert_int_equal(json_array_size(at(answer, "body.items")), 2);
    assert_string_equal(text_at(answer, "body.items[0].action"), "instance.add");
    assert_string_equal(text_at(answer, "body.items[1].action"), "instance.set");
    assert_int_equal(number_at(answer, "body.items[1].after.mtu"), 1300);
    assert_true(number_at(answer, "body.items[1].before.mtu") != 1300);
    assert_non_null(strstr(text_at(answer, "body.items[0].who"), "uid"));
    assert_string_equal(text_at(answer, "body.next"), "2");
    json_decref(answer);
    answer = world_call(world, "GET", "/audit", "{\"cursor\":\"2\"}", NULL, NULL);
    assert_int_equal(json_array_size(at(answer, "body.items")), 1);
    assert_true(json_is_null(at(answer, "body.next")));
    json_decref(answer);
    answer = world_call(world, "GET", "/audit/verify", NULL, NULL, NULL);
    assert_true(json_is_true(at(answer, "body.whole")));
    assert_int_equal(number_at(answer, "body.checked"), 3);
    json_decref(answer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_add, setup, teardown),
        cmocka_unit_test_setup_teardown(test_given_networks, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_names, setup, teardown),
        cmocka_unit_test_setup_teardown(test_all_complaints_at_once, setup, teardown),
        cmocka_unit_test_setup_teardown(test_limit, setup, teardown),
        cmocka_unit_test_setup_teardown(test_list_pages, setup, teardown),
        cmocka_unit_test_setup_teardown(test_set, setup, teardown),
        cmocka_unit_test_setup_teardown(test_set_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(test_if_match, setup, teardown),
        cmocka_unit_test_setup_teardown(test_dry_run, setup, teardown),
        cmocka_unit_test_setup_teardown(test_idempotency, setup, teardown),
        cmocka_unit_test_setup_teardown(test_delete, setup, teardown),
        cmocka_unit_test_setup_teardown(test_pending, setup, teardown),
        cmocka_unit_test_setup_teardown(test_audit, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
