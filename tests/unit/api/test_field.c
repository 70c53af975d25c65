/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "hub/api/route.h"

/* What is wrong with `text` as the body of a route: "field|would" of each complaint, "" = nothing.
 */
static const char *check(enum api_route_id route, bool query, bool partial, const char *text)
{
    static char result[4000];
    _cleanup_problem_ struct problem problem = {};
    json_t *object = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    const json_t *item;
    size_t i;
    *result = 0;
    assert_non_null(object);
    bool ok = query ? api_query_check(api_route(route)->query, object, &problem)
                    : api_fields_check(api_route(route)->body, object, partial, &problem);
    assert_true(ok == (json_array_size(problem.errors) == 0));
    json_array_foreach(problem.errors, i, item)
    {
        const char *would = json_string_value(json_object_get(item, "would"));
        size_t used = strlen(result);
        assert_true(*json_string_value(json_object_get(item, "wrong")));
        snprintf(result + used, sizeof result - used, "%s%s%s%s", i ? "; " : "",
                 json_string_value(json_object_get(item, "field")), would ? "|" : "",
                 would ? would : "");
    }
    json_decref(object);
    return result;
}

static void test_bodies(void **state)
{
    static const struct {
        const char *body, *complaints;
    } cases[] = {
        {"{\"name\":\"acme\",\"hostname\":\"acme\"}", ""},
        {"{\"name\":\"acme\",\"hostname\":\"acme\",\"networks\":[\"10.0.0.0/24\",\"fd00::/64\"],"
         "\"public_dns\":null,\"pushed_routes\":[],\"client_to_client\":true,\"mtu\":1420}",
         ""},
        {"{}", "name; hostname"},
        {"[]", "body|{}"},
        {"{\"name\":\"acme\",\"hostnam\":\"acme\"}", "hostnam|hostname; hostname"},
        {"{\"name\":1,\"hostname\":null}", "name; hostname"},
        {"{\"name\":\"acme\",\"hostname\":\"acme\",\"mtu\":1279}", "mtu|1280"},
        {"{\"name\":\"acme\",\"hostname\":\"acme\",\"mtu\":1501}", "mtu|1500"},
        {"{\"name\":\"acme\",\"hostname\":\"acme\",\"mtu\":1400.0}", "mtu"},
        {"{\"name\":\"acme\",\"hostname\":\"acme\",\"mtu\":\"1400\"}", "mtu|1400"},
        {"{\"name\":\"acme\",\"hostname\":\"acme\",\"mtu\":-9223372036854775808}", "mtu|1280"},
        {"{\"name\":\"acme\",\"hostname\":\"acme\",\"client_to_client\":\"yes\"}",
         "client_to_client|true"},
        {"{\"name\":\"acme\",\"hostname\":\"acme\",\"client_to_client\":0}", "client_to_client"},
        {"{\"name\":\"acme\",\"hostname\":\"acme\",\"networks\":\"10.0.0.0/24\"}", "networks"},
        {"{\"name\":\"acme\",\"hostname\":\"acme\",\"networks\":[\"10.0.0.0\",7]}",
         "networks[0]|10.0.0.0/32; networks[1]"},
        {"{\"name\":\"acme\",\"hostname\":\"acme\",\"networks\":[\"x\",\"x\",\"x\"]}", "networks"},
        {"{\"name\":\"acme\",\"hostname\":\"acme\",\"public_dns\":[\"1.1.1.1/32\"]}",
         "public_dns[0]|1.1.1.1"},
        {"{\"name\":\"acme\",\"hostname\":\"acme\",\"pushed_routes\":null}", "pushed_routes"},
        {"{\"name\":\"acme\",\"hostname\":\"acme\",\"pushed_routes\":[[[[]]]]}",
         "pushed_routes[0]"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(check(ROUTE_INSTANCE_ADD, false, false, cases[i].body),
                            cases[i].complaints);
}

static void test_partial(void **state)
{
    (void)state;
    assert_string_equal(check(ROUTE_INSTANCE_SET, false, true, "{}"), "");
    assert_string_equal(check(ROUTE_INSTANCE_SET, false, true, "{\"nam\":\"x\"}"), "nam|name");
}

static void test_peers(void **state)
{
    static const struct {
        const char *body, *complaints;
    } cases[] = {
        {"{\"name\":\"a\",\"type\":\"client\"}", ""},
        {"{\"name\":\"a\",\"type\":\"clien\"}", "type|client"},
        {"{\"name\":\"a\",\"type\":\"clientsite\"}", "type"},
        {"{\"name\":\"a\",\"type\":\"\"}", "type"},
        {"{\"name\":\"a\"}", "type|client|site"},
        {"{\"name\":\"a\",\"type\":\"client\",\"protocol\":\"ipsec\"}", "protocol"},
        {"{\"name\":\"a\",\"type\":\"client\",\"expires_in\":null}", ""},
        {"{\"name\":\"a\",\"type\":\"client\",\"expires_in\":\"1h30m\"}", ""},
        {"{\"name\":\"a\",\"type\":\"client\",\"expires_in\":\"30\"}", "expires_in|30d"},
        {"{\"name\":\"a\",\"type\":\"client\",\"expires_in\":\"soon\"}",
         "expires_in|90s, 45m, 12h, 30d or 2w"},
        {"{\"name\":\"a\",\"type\":\"client\",\"expires_in\":\"99999d\"}", "expires_in"},
        {"{\"name\":\"a\",\"type\":\"client\",\"expires_in\":30}", "expires_in"},
        {"{\"name\":\"a\",\"type\":\"client\",\"keepalive\":65536}", "keepalive|65535"},
        {"{\"name\":\"a\",\"type\":\"client\",\"keepalive\":0}", ""},
        {"{\"name\":\"\",\"type\":\"client\"}", ""}, /* the rules of names say more */
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(check(ROUTE_PEER_ADD, false, false, cases[i].body),
                            cases[i].complaints);
}

static void test_no_fields(void **state)
{
    (void)state;
    assert_string_equal(check(ROUTE_PEER_DISABLE, false, false, "{}"), "");
    assert_string_equal(check(ROUTE_PEER_DISABLE, false, false, "{\"x\":1}"), "x");
}

static void test_many_complaints_end(void **state)
{
    json_t *object = json_object();
    _cleanup_problem_ struct problem problem = {};
    char name[20];
    (void)state;
    for (int i = 0; i < 5000; i++) {
        snprintf(name, sizeof name, "unknown%d", i);
        json_object_set_new(object, name, json_null());
    }
    assert_false(api_fields_check(api_route(ROUTE_PEER_SET)->body, object, true, &problem));
    assert_int_equal(json_array_size(problem.errors), 100);
    json_decref(object);
}

static void test_strange_names(void **state)
{
    (void)state;
    assert_string_equal(check(ROUTE_PEER_SET, false, true, "{\"a\\nb\":1}"), "(unprintable)");
    assert_string_equal(check(ROUTE_PEER_SET, false, true, "{\"\":1}"), "(unprintable)");
}

static void test_query(void **state)
{
    (void)state;
    assert_string_equal(check(ROUTE_PEER_LIST, true, false,
                              "{\"limit\":\"10\",\"connected\":\"yes\",\"type\":\"site\"}"),
                        "");
    assert_string_equal(check(ROUTE_PEER_LIST, true, false, "{\"limit\":\"0\"}"), "limit|1");
    assert_string_equal(check(ROUTE_PEER_LIST, true, false, "{\"limit\":\"1001\"}"), "limit|1000");
    assert_string_equal(check(ROUTE_PEER_LIST, true, false, "{\"limit\":\"ten\"}"), "limit");
    assert_string_equal(check(ROUTE_PEER_LIST, true, false, "{\"connected\":\"maybe\"}"),
                        "connected");
    assert_string_equal(check(ROUTE_PEER_LIST, true, false, "{\"limt\":\"1\"}"), "limt|limit");
    assert_string_equal(check(ROUTE_STATUS_GET, true, false, "{\"x\":\"1\"}"), "x");
}

static void test_what_is_said(void **state)
{
    static const struct {
        enum api_route_id route;
        const char *name, *text, *detail;
    } cases[] = {
        {ROUTE_PEER_LIST, "limit", "-1", "limit: \"-1\" is not a number from 1 to 1000"},
        {ROUTE_PEER_LIST, "enabled", "2", "enabled: \"2\" is neither yes nor no"},
        {ROUTE_EVENTS_FOLLOW, "after", "-1", "after: \"-1\" is not a whole number"},
        {ROUTE_PROFILE_GET, "format", "pdf",
         "format: \"pdf\" is none of the words that are possible: wg-quick, ovpn, routeros, "
         "routeros6"},
        {ROUTE_PROFILE_GET, "format", "wgquick",
         "format: \"wgquick\" is none of the words that are possible: wg-quick, ovpn, routeros, "
         "routeros6 (would do: wg-quick)"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        _cleanup_problem_ struct problem problem = {};
        json_t *query = json_pack("{s:s}", cases[i].name, cases[i].text);
        assert_false(api_query_check(api_route(cases[i].route)->query, query, &problem));
        assert_string_equal(problem.detail, cases[i].detail);
        json_decref(query);
    }
}

static void test_query_list(void **state)
{
    json_t *query = json_pack("{s:s}", "exclude", "10.0.0.0/8, fd00::/8");
    _cleanup_problem_ struct problem problem = {};
    (void)state;
    assert_true(api_query_check(api_route(ROUTE_PROFILE_GET)->query, query, &problem));
    const json_t *list = json_object_get(query, "exclude");
    assert_int_equal(json_array_size(list), 2);
    assert_string_equal(json_string_value(json_array_get(list, 1)), "fd00::/8");
    json_decref(query);
}

/* A key may be a private one given by mistake: it is never repeated. */
static void test_keys_are_not_repeated(void **state)
{
    _cleanup_problem_ struct problem problem = {};
    json_t *body = json_pack("{s:i}", "public_key", 7);
    (void)state;
    assert_false(api_fields_check(api_route(ROUTE_PEER_REKEY)->body, body, false, &problem));
    json_decref(body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bodies),
        cmocka_unit_test(test_partial),
        cmocka_unit_test(test_peers),
        cmocka_unit_test(test_no_fields),
        cmocka_unit_test(test_many_complaints_end),
        cmocka_unit_test(test_strange_names),
        cmocka_unit_test(test_query),
        cmocka_unit_test(test_what_is_said),
        cmocka_unit_test(test_query_list),
        cmocka_unit_test(test_keys_are_not_repeated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
