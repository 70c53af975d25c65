/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tunnel/route.h"

static void add(struct routes *routes, const char *text, uint32_t metric, uint32_t index)
{
    struct route route = {.metric = metric, .index = index};

    assert_int_equal(prefix_parse(text, &route.prefix), 0);
    routes_add(routes, &route);
}

static void test_sort_drops_doubles(void **state)
{
    _cleanup_routes_ struct routes routes = {0};

    (void)state;
    routes_sort(&routes);
    assert_int_equal(routes.count, 0);
    add(&routes, "fd00::/64", 100, 3);
    add(&routes, "10.0.0.0/8", 4096, 0);
    add(&routes, "10.0.0.0/8", 100, 3);
    add(&routes, "10.0.0.0/8", 100, 4);
    routes_sort(&routes);
    assert_int_equal(routes.count, 3);
    assert_int_equal(routes.items[0].metric, 100);
    assert_int_equal(routes.items[1].metric, 4096);
    assert_int_equal(routes.items[2].prefix.length, 64);
}

static void test_same_is_no_change(void **state)
{
    _cleanup_routes_ struct routes routes = {0};
    _cleanup_route_changes_ struct route_changes changes = {0};

    (void)state;
    add(&routes, "10.0.0.0/8", 100, 3);
    add(&routes, "fd00::/64", 100, 3);
    routes_sort(&routes);
    routes_diff(&routes, &routes, &changes);
    assert_int_equal(changes.count, 0);
}

static void test_diff(void **state)
{
    _cleanup_routes_ struct routes wanted = {0};
    _cleanup_routes_ struct routes observed = {0};
    _cleanup_route_changes_ struct route_changes changes = {0};

    (void)state;
    add(&wanted, "10.1.0.0/16", 100, 3);
    add(&wanted, "10.2.0.0/16", 100, 3);
    add(&wanted, "10.4.0.0/16", 100, 3);
    add(&observed, "10.2.0.0/16", 100, 9); /* leads elsewhere */
    add(&observed, "10.3.0.0/16", 100, 3);
    add(&observed, "10.4.0.0/16", 4096, 3); /* another route to the same */
    routes_sort(&wanted);
    routes_sort(&observed);
    routes_diff(&wanted, &observed, &changes);
    assert_int_equal(changes.added, 2);
    assert_int_equal(changes.changed, 1);
    assert_int_equal(changes.removed, 2);
    assert_int_equal(changes.count, 5);
    assert_false(changes.items[1].remove);
    assert_int_equal(changes.items[1].route->index, 3);
    assert_true(changes.items[2].remove);
}

static void test_gateway_counts(void **state)
{
    _cleanup_routes_ struct routes wanted = {0};
    _cleanup_routes_ struct routes observed = {0};
    _cleanup_route_changes_ struct route_changes changes = {0};

    (void)state;
    add(&wanted, "0.0.0.0/0", 100, 3);
    add(&observed, "0.0.0.0/0", 100, 3);
    assert_int_equal(address_parse("169.254.1.1", &wanted.items[0].gateway), 0);
    assert_int_equal(address_parse("169.254.1.9", &observed.items[0].gateway), 0);
    routes_diff(&wanted, &observed, &changes);
    assert_int_equal(changes.changed, 1);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sort_drops_doubles),
        cmocka_unit_test(test_same_is_no_change),
        cmocka_unit_test(test_diff),
        cmocka_unit_test(test_gateway_counts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
