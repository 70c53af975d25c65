/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "hub/api/answer.h"

/* ---- the tables keep their own rules ---- */

static void check_object_rows(const struct api_object *object)
{
    for (const struct api_member *member = object->members; member->name; member++) {
        if (!member->help || !*member->help)
            fail_msg("member %s of %s has no help", member->name, object->help);
        assert_true((member->value == VALUE_CHOICE) == (member->choices != NULL));
        assert_true((member->value == VALUE_OBJECT) == (member->object != NULL));
        assert_false(member->flags & MEMBER_LIST && member->flags & MEMBER_MAP);
        assert_true(!(member->flags & MEMBER_LAST) || member->flags & MEMBER_LIVE);
        assert_string_not_equal(member->name, "deleted");
        json_t *example = api_member_example(member, VARIANT_WHOLE);
        if (!example)
            fail_msg("the example of %s is no JSON", member->name);
        json_decref(example);
        if (member->object)
            check_object_rows(member->object);
    }
}

static void test_each_route_has_an_answer(void **state)
{
    (void)state;
    for (int i = 0; i < ROUTE_COUNT; i++) {
        const struct api_route_answer *answer = &api_route_answers[i];
        const struct api_route *route = api_route(i);
        if (!answer->object && answer->shape != SHAPE_FREE && answer->shape != SHAPE_RAW)
            fail_msg("%s %s says not what it answers with: answer.h tells how",
                     api_method_name(route->method), route->path);
        if (!answer->object)
            continue;
        assert_non_null(answer->object->name);
        check_object_rows(answer->object);
    }
}

/* The document knows an object by its name. */
static void note_names(const struct api_object *object, json_t *names)
{
    json_int_t address = (json_int_t)(uintptr_t)object;
    json_t *known = object->name ? json_object_get(names, object->name) : NULL;
    if (known && json_integer_value(known) != address)
        fail_msg("two objects are called %s", object->name);
    if (object->name)
        json_object_set_new(names, object->name, json_integer(address));
    for (const struct api_member *member = object->members; member->name && !known; member++)
        if (member->object)
            note_names(member->object, names);
}

static void test_names_are_unique(void **state)
{
    json_t *names = json_object();
    (void)state;
    note_names(&api_object_problem, names);
    for (int i = 0; i < ROUTE_COUNT; i++)
        if (api_route_answers[i].object)
            note_names(api_route_answers[i].object, names);
    json_decref(names);
}

static json_t *parse(const char *text)
{
    json_t *value = json_loads(text, 0, NULL);
    if (!value)
        fail_msg("no JSON object: %s", text);
    return value;
}

static void test_examples_of_requests(void **state)
{
    (void)state;
    for (int i = 0; i < ROUTE_COUNT; i++) {
        const struct api_route_answer *answer = &api_route_answers[i];
        const struct api_route *route = api_route(i);
        _cleanup_problem_ struct problem problem = {};
        if ((route->body != NULL) != (answer->body != NULL))
            fail_msg("%s: a body needs an example, no body needs none", route->path);
        json_t *body = parse(answer->body ? answer->body : "{}");
        json_t *query = parse(answer->query ? answer->query : "{}");
        bool fits = api_fields_check(route->body, body, route->method == API_PATCH, &problem) &&
                    api_fields_check(route->query, query, false, &problem);
        if (!fits)
            fail_msg("%s: its example is refused: %s", route->path, problem.detail);
        json_decref(body);
        json_decref(query);
    }
}

/* ---- the check ---- */

static json_t *page(json_t *item)
{
    return json_pack("{s:[o],s:n}", "items", item, "next");
}

static json_t *example_of(const struct api_route_answer *answer)
{
    switch (answer->shape) {
    case SHAPE_OBJECT:
        return api_object_example(answer->object, VARIANT_WHOLE);
    case SHAPE_LIST:
    case SHAPE_STREAM:
        return page(api_object_example(answer->object, VARIANT_WHOLE));
    case SHAPE_DELETED:
        return api_object_example(answer->object, VARIANT_DELETED);
    case SHAPE_FREE:
    case SHAPE_RAW:
        return json_object();
    }
    return NULL;
}

static void test_examples_pass(void **state)
{
    (void)state;
    for (int i = 0; i < ROUTE_COUNT; i++) {
        char wrong[API_ANSWER_WRONG_MAX];
        if (api_route_answers[i].shape == SHAPE_RAW)
            continue;
        json_t *body = example_of(&api_route_answers[i]);
        if (!api_answer_check(api_route(i), false, api_answer_status(&api_route_answers[i]), body,
                              wrong))
            fail_msg("%s: %s", api_route(i)->path, wrong);
        json_decref(body);
    }
}

static void test_dry_runs_pass(void **state)
{
    char wrong[API_ANSWER_WRONG_MAX];
    json_t *body = json_pack("{s:o,s:[]}", "would",
                             api_object_example(&api_object_peer, VARIANT_DECLARED), "changes");
    (void)state;
    assert_true(api_answer_check(api_route(ROUTE_PEER_ADD), true, 200, body, wrong));
    assert_false(api_answer_check(api_route(ROUTE_PEER_DELETE), true, 200, body, wrong));
    assert_false(api_answer_check(api_route(ROUTE_PEER_ADD), true, 201, body, wrong));
    json_object_set_new(body, "would", json_null());
    assert_false(api_answer_check(api_route(ROUTE_PEER_ADD), true, 200, body, wrong));
    assert_true(api_answer_check(api_route(ROUTE_PEER_DELETE), true, 200, body, wrong));
    json_decref(body);
}

static bool holds(const struct api_route *route, int status, const json_t *body)
{
    char wrong[API_ANSWER_WRONG_MAX] = "";
    bool fits = api_answer_check(route, false, status, body, wrong);
    assert_true(fits == !*wrong);
    return fits;
}

/* Each member of an object, taken away and turned into something else, is missed. */
static void test_every_member_counts(void **state)
{
    const struct api_route *route = api_route(ROUTE_PEER_GET);
    json_t *whole = api_object_example(&api_object_peer, VARIANT_WHOLE), *value;
    const char *name;
    (void)state;
    json_object_foreach(whole, name, value)
    {
        json_t *copy = json_deep_copy(whole);
        json_object_del(copy, name);
        assert_false(holds(route, 200, copy));
        json_object_set_new(copy, name, json_real(0.5));
        assert_false(holds(route, 200, copy));
        json_decref(copy);
    }
    json_object_set_new(whole, "private_key", json_string("x"));
    assert_false(holds(route, 200, whole));
    json_decref(whole);
}

static void test_wrong_values(void **state)
{
    static const struct {
        const char *member, *value;
    } cases[] = {
        {"id", "\"ABCDEFGH\""},
        {"id", "\"short\""},
        {"name", "null"},
        {"type", "\"router\""},
        {"type", "\"\""},
        {"created_at", "\"2026-05-04 09:30:00Z\""},
        {"created_at", "\"2026-05-04T09:30:00\""},
        {"created_at", "\"2026-05-04T09:30:00Z \""},
        {"addresses", "[\"10.66.0.2/24\"]"},
        {"addresses", "null"},
        {"subnets", "[\"10.66.0.2\"]"},
        {"public_key", "\"abc\""},
        {"mapped", "[{\"real\": \"10.0.0.0/8\"}]"},
        {"mapped", "[[]]"},
        {"rx_bytes", "-1"},
        {"rx_bytes", "\"1\""},
        {"connected", "1"},
        {"pending", "{}"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_t *peer = api_object_example(&api_object_peer, VARIANT_WHOLE);
        json_object_set_new(peer, cases[i].member,
                            json_loads(cases[i].value, JSON_DECODE_ANY, NULL));
        if (holds(api_route(ROUTE_PEER_GET), 200, peer))
            fail_msg("%s = %s passes", cases[i].member, cases[i].value);
        json_decref(peer);
    }
}

static void test_says_where(void **state)
{
    char wrong[API_ANSWER_WRONG_MAX];
    json_t *body = page(api_object_example(&api_object_instance, VARIANT_WHOLE));
    json_t *openvpn = json_object_get(json_array_get(json_object_get(body, "items"), 0), "openvpn");
    (void)state;
    json_object_set_new(json_object_get(json_object_get(openvpn, "servers"), "udp"), "state",
                        json_string("odd"));
    assert_false(api_answer_check(api_route(ROUTE_INSTANCE_LIST), false, 200, body, wrong));
    assert_string_equal(wrong, "items[0].openvpn.servers.udp.state: \"odd\" is not of its kind");
    json_decref(body);
}

static void test_statuses(void **state)
{
    json_t *problem = api_object_example(&api_object_problem, VARIANT_WHOLE);
    json_t *peer = api_object_example(&api_object_peer, VARIANT_WHOLE);
    json_t *gone = api_object_example(&api_object_instance, VARIANT_DELETED);
    (void)state;
    assert_true(holds(api_route(ROUTE_PEER_GET), 404, problem));
    assert_true(holds(NULL, 404, problem));
    assert_false(holds(NULL, 200, peer));
    assert_false(holds(api_route(ROUTE_PEER_GET), 404, peer));
    assert_false(holds(api_route(ROUTE_PEER_GET), 201, peer));
    assert_false(holds(api_route(ROUTE_PEER_ADD), 200, peer));
    assert_true(holds(api_route(ROUTE_PEER_ADD), 201, peer));
    assert_true(holds(api_route(ROUTE_INSTANCE_DELETE), 200, gone));
    assert_true(holds(api_route(ROUTE_INSTANCE_DELETE), 202, gone));
    json_object_del(gone, "deleted");
    assert_false(holds(api_route(ROUTE_INSTANCE_DELETE), 200, gone));
    json_decref(problem);
    json_decref(peer);
    json_decref(gone);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_route_has_an_answer),
        cmocka_unit_test(test_names_are_unique),
        cmocka_unit_test(test_examples_of_requests),
        cmocka_unit_test(test_examples_pass),
        cmocka_unit_test(test_dry_runs_pass),
        cmocka_unit_test(test_every_member_counts),
        cmocka_unit_test(test_wrong_values),
        cmocka_unit_test(test_says_where),
        cmocka_unit_test(test_statuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
