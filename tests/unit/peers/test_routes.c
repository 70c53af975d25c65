/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "peers/routes.h"

/* Sets written as "a b c". */
static struct prefix_set set_of(const char *text)
{
    _cleanup_free_ char *copy = text_duplicate(text ? text : "");
    struct prefix_set set = {0};
    char *rest = NULL;

    for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        struct prefix prefix;

        assert_int_equal(prefix_parse(word, &prefix), 0);
        prefix_set_add(&set, &prefix);
    }
    return set;
}

struct row {
    const char *what;
    const char *tunnel, *advertised, *pushed, *own, *excluded, *dns;
    bool route_all;
    const char *routes;
};

static void check_row(const struct row *row)
{
    _cleanup_prefix_set_ struct prefix_set tunnel = set_of(row->tunnel),
                                           advertised = set_of(row->advertised),
                                           pushed = set_of(row->pushed), own = set_of(row->own),
                                           excluded = set_of(row->excluded), dns = set_of(row->dns),
                                           routes = {0};
    _cleanup_free_ char *text = NULL;
    const struct routes_input input = {.tunnel_networks = &tunnel,
                                       .advertised = &advertised,
                                       .pushed = &pushed,
                                       .own = &own,
                                       .excluded = row->excluded ? &excluded : NULL,
                                       .dns = &dns,
                                       .route_all = row->route_all};

    routes_for_peer(&input, &routes);
    text = prefix_set_format(&routes, " ");
    if (!text_equal(text, row->routes))
        fail_msg("%s: \"%s\", not \"%s\"", row->what, text, row->routes);
}

static void test_rows(void **state)
{
    static const struct row rows[] = {
        {.what = "split tunnel",
         .tunnel = "10.66.0.0/24 fd12::/64",
         .advertised = "192.168.88.0/24 2001:db8:1::/48",
         .pushed = "203.0.113.0/24",
         .routes = "10.66.0.0/24 192.168.88.0/24 203.0.113.0/24 2001:db8:1::/48 fd12::/64"},
        {.what = "smallest cover",
         .tunnel = "10.66.0.0/24",
         .advertised = "10.66.1.0/24 192.168.0.0/24 192.168.1.0/24",
         .pushed = "192.168.0.0/22 192.168.1.128/25",
         .routes = "10.66.0.0/23 192.168.0.0/22"},
        {.what = "a site routes not its own",
         .tunnel = "10.66.0.0/24",
         .advertised = "192.168.88.0/24 192.168.89.0/24",
         .own = "192.168.88.0/24",
         .routes = "10.66.0.0/24 192.168.89.0/24"},
        {.what = "own inside of a pushed one",
         .tunnel = "10.66.0.0/24",
         .pushed = "192.168.0.0/22",
         .own = "192.168.1.0/24",
         .routes = "10.66.0.0/24 192.168.0.0/24 192.168.2.0/23"},
        {.what = "full tunnel",
         .tunnel = "10.66.0.0/24 fd12::/64",
         .advertised = "192.168.88.0/24",
         .route_all = true,
         .routes = "0.0.0.0/0 ::/0"},
        {.what = "full tunnel less a half",
         .tunnel = "10.66.0.0/24",
         .excluded = "128.0.0.0/1 8000::/1",
         .route_all = true,
         .routes = "0.0.0.0/1 ::/1"},
        {.what = "the tunnel is never excluded",
         .tunnel = "10.66.0.0/24",
         .excluded = "0.0.0.0/1 128.0.0.0/1 ::/0",
         .route_all = true,
         .routes = "10.66.0.0/24"},
        {.what = "nor its DNS servers",
         .tunnel = "10.66.0.0/24",
         .excluded = "0.0.0.0/0 ::/0",
         .dns = "9.9.9.9/32 2620:fe::fe/128",
         .route_all = true,
         .routes = "9.9.9.9/32 10.66.0.0/24 2620:fe::fe/128"},
        {.what = "split tunnel less a part",
         .tunnel = "10.66.0.0/24",
         .advertised = "192.168.88.0/24",
         .excluded = "192.168.88.0/25",
         .routes = "10.66.0.0/24 192.168.88.128/25"},
        {.what = "a public server is no reason for a route",
         .tunnel = "10.66.0.0/24",
         .advertised = "192.168.88.0/24",
         .dns = "9.9.9.9/32 192.168.88.53/32",
         .excluded = "192.168.88.0/24",
         .routes = "10.66.0.0/24 192.168.88.53/32"},
        {.what = "a server in the peer's own network stays there",
         .tunnel = "10.66.0.0/24",
         .pushed = "192.168.0.0/16",
         .own = "192.168.0.0/17",
         .dns = "192.168.0.53/32",
         .routes = "10.66.0.0/24 192.168.128.0/17"},
        {.what = "nothing at all", .routes = ""},
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(rows); i++)
        check_row(&rows[i]);
}

static void test_missing_sets(void **state)
{
    _cleanup_prefix_set_ struct prefix_set routes = set_of("192.0.2.0/24");
    const struct routes_input input = {.route_all = true};

    (void)state;
    routes_for_peer(&input, &routes); /* what was in it is gone */
    assert_int_equal(routes.count, 2);
    assert_int_equal(routes.items[0].length, 0);
    assert_int_equal(routes.items[1].length, 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_missing_sets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
