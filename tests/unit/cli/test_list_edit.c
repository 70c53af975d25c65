/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists of an object that are changed and not replaced. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "hub/cli/list_edit.h"

static const char peer[] =
    "{\"groups\":[\"staff\"],\"subnets\":[\"10.88.1.0/24\",\"172.20.0.0/16\"],"
    "\"mapped\":[{\"real\":\"192.168.88.0/24\",\"mapped\":\"10.88.1.0/24\"}]}";
static const char instance[] =
    "{\"public_dns\":null,\"domains\":[],\"dns_custom\":[\"nas=192.168.88.9\",\"tv=192.168.88.7\"],"
    "\"pushed_routes\":[\"192.0.2.0/24\"]}";

struct row {
    enum api_route_id route;
    const char *object;
    const char *name, *value; /* an option and its value; NULL ends them */
    const char *name2, *value2;
    const char *body; /* NULL = refused, with ... */
    const char *error;
};

static const struct row rows[] = {
    {ROUTE_INSTANCE_SET, instance, "--add-dns-record", "x=10.0.0.9", NULL, NULL,
     "{\"dns_custom\":[\"nas=192.168.88.9\",\"tv=192.168.88.7\",\"x=10.0.0.9\"]}", NULL},
    {ROUTE_INSTANCE_SET, instance, "--remove-dns-record", "NAS", NULL, NULL,
     "{\"dns_custom\":[\"tv=192.168.88.7\"]}", NULL},
    {ROUTE_INSTANCE_SET, instance, "--remove-dns-record", "192.168.88.9", "--add-dns-record",
     "nas=10.0.0.9", "{\"dns_custom\":[\"tv=192.168.88.7\",\"nas=10.0.0.9\"]}", NULL},
    {ROUTE_INSTANCE_SET, instance, "--add-dns-record", "tv=192.168.88.7", NULL, NULL,
     "{\"dns_custom\":[\"nas=192.168.88.9\",\"tv=192.168.88.7\"]}", NULL},
    {ROUTE_INSTANCE_SET, instance, "--add-search-domain", "example.com", "--remove-push",
     "192.0.2.0/24", "{\"domains\":[\"example.com\"],\"pushed_routes\":[]}", NULL},
    {ROUTE_INSTANCE_SET, instance, "--remove-dns-record", "radio", NULL, NULL, NULL,
     "\"radio\" is not there; there is: nas=192.168.88.9, tv=192.168.88.7"},
    {ROUTE_INSTANCE_SET, instance, "--add-dns", "9.9.9.9", NULL, NULL, NULL,
     "(it is \"default\"): --dns says one"},
    {ROUTE_PEER_SET, peer, "--add-group", "boss", NULL, NULL, "{\"groups\":[\"staff\",\"boss\"]}",
     NULL},
    {ROUTE_PEER_SET, peer, "--remove-subnet", "172.20.0.0/16", NULL, NULL,
     "{\"subnets\":[\"192.168.88.0/24=10.88.1.0/24\"]}", NULL},
    {ROUTE_PEER_SET, peer, "--remove-subnet", "192.168.88.0/24", "--add-subnet", "10.1.0.0/24",
     "{\"subnets\":[\"172.20.0.0/16\",\"10.1.0.0/24\"]}", NULL},
};

static void take(const struct api_route *route, const char *name, const char *value, json_t *edits)
{
    struct option_match match;
    char error[CLI_ERROR_MAX];

    if (!name)
        return;
    assert_true(option_find(route, name, strlen(name), &match));
    assert_int_not_equal(match.edit, OPTION_REPLACE);
    assert_int_equal(list_edit_take(&match, value, edits, error), 0);
}

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < ELEMENTS(rows); i++) {
        const struct row *row = &rows[i];
        const struct api_route *route = api_route(row->route);
        json_t *edits = json_object(), *body = json_object();
        json_t *object = json_loads(row->object, 0, NULL);
        char error[CLI_ERROR_MAX] = "";

        assert_non_null(object);
        take(route, row->name, row->value, edits);
        take(route, row->name2, row->value2, edits);
        int r = list_edit_apply(route, edits, object, body, error);
        _cleanup_free_ char *text = json_dumps(body, JSON_COMPACT | JSON_SORT_KEYS);

        assert_int_equal(r, row->body ? 0 : -22);
        if (row->body)
            assert_string_equal(text, row->body);
        else if (!strstr(error, row->error))
            fail_msg("\"%s\" does not say \"%s\"", error, row->error);
        json_decref(edits);
        json_decref(body);
        json_decref(object);
    }
}

/* What is made anew has no list yet. */
static void test_only_of_changes(void **state)
{
    struct option_match match;

    (void)state;
    assert_false(option_find(api_route(ROUTE_PEER_ADD), "--add-group", 11, &match));
    assert_false(option_find(api_route(ROUTE_PEER_SET), "--add-name", 10, &match));
    assert_false(option_find(api_route(ROUTE_PEER_SET), "--add-", 6, &match));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_only_of_changes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
