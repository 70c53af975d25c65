/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "hub/engine/event_log.h"

struct seen {
    struct event_log *log;
    int count;
    uint64_t first, last;
    struct event_follower *self;
    struct event_follower *other; /* freed at the first event */
    bool adds;                    /* adds an event of its own, once */
};

static void on_event(const json_t *event, void *data)
{
    struct seen *seen = data;
    seen->last = (uint64_t)json_integer_value(json_object_get(event, "id"));
    if (!seen->count++)
        seen->first = seen->last;
    seen->self = event_follower_free(seen->self);
    seen->other = event_follower_free(seen->other);
    if (seen->adds) {
        seen->adds = false;
        event_log_add(seen->log, "inner", NULL, NULL, NULL, "inner");
    }
}

static void add(struct event_log *log, int count)
{
    for (int i = 0; i < count; i++)
        event_log_add(log, "test", "inst", NULL, json_pack("{s:i}", "n", i), "event %d", i);
}

static void test_follow(void **state)
{
    struct event_log *log = event_log_new();
    struct seen all = {}, later = {}, none = {};
    (void)state;
    add(log, 3);
    struct event_follower *a = event_log_follow(log, 0, on_event, &all);
    struct event_follower *b = event_log_follow(log, all.first, on_event, &later);
    struct event_follower *c = event_log_follow(log, UINT64_MAX, on_event, &none);
    assert_int_equal(all.count, 3);
    assert_int_equal(later.count, 2);
    assert_int_equal(none.count, 0);
    add(log, 1);
    assert_int_equal(all.count, 4);
    assert_int_equal(later.count, 3);
    assert_int_equal(none.count, 1);
    assert_true(all.last == all.first + 3);
    event_follower_free(a);
    event_follower_free(b);
    event_follower_free(c);
    event_log_free(log);
}

static void test_ring_keeps_the_newest(void **state)
{
    struct event_log *log = event_log_new();
    struct seen seen = {};
    (void)state;
    add(log, 5000);
    struct event_follower *follower = event_log_follow(log, 0, on_event, &seen);
    assert_int_equal(seen.count, 4096);
    assert_true(seen.last == seen.first + 4095);
    event_follower_free(follower);
    event_log_free(log);
}

static void test_freed_amid_a_round(void **state)
{
    struct event_log *log = event_log_new();
    struct seen one = {}, two = {}, three = {};
    (void)state;
    one.self = event_log_follow(log, UINT64_MAX, on_event, &one);
    struct event_follower *last = event_log_follow(log, UINT64_MAX, on_event, &two);
    two.other = event_log_follow(log, UINT64_MAX, on_event, &three);
    add(log, 2);
    assert_int_equal(one.count, 1);
    assert_int_equal(two.count, 2);
    assert_true(three.count <= 1);
    event_follower_free(last);
    event_log_free(log);
}

static void test_added_amid_a_round(void **state)
{
    struct event_log *log = event_log_new();
    struct seen seen = {.log = log, .adds = true}, other = {};
    (void)state;
    struct event_follower *a = event_log_follow(log, UINT64_MAX, on_event, &seen);
    struct event_follower *b = event_log_follow(log, UINT64_MAX, on_event, &other);
    add(log, 1);
    assert_int_equal(seen.count, 2);
    assert_int_equal(other.count, 2);
    event_follower_free(a);
    event_follower_free(b);
    event_log_free(log);
}

/* Holders may be freed after the log. */
static void test_log_goes_first(void **state)
{
    struct event_log *log = event_log_new();
    struct seen seen = {};
    (void)state;
    struct event_follower *follower = event_log_follow(log, UINT64_MAX, on_event, &seen);
    event_log_free(log);
    event_follower_free(follower);
}

static json_t *kept;

static void keep(const json_t *event, void *data)
{
    (void)data;
    json_decref(kept);
    kept = json_incref((json_t *)event);
}

static void test_content(void **state)
{
    struct event_log *log = event_log_new();
    struct event_follower *follower = event_log_follow(log, UINT64_MAX, keep, NULL);
    (void)state;
    event_log_add(log, "peer.added", "aaaaaaaa", "bbbbbbbb", json_pack("{s:s}", "name", "x"),
                  "peer \"%s\" added", "x");
    assert_string_equal(json_string_value(json_object_get(kept, "kind")), "peer.added");
    assert_string_equal(json_string_value(json_object_get(kept, "peer_id")), "bbbbbbbb");
    assert_string_equal(json_string_value(json_object_get(kept, "name")), "x");
    assert_string_equal(json_string_value(json_object_get(kept, "text")), "peer \"x\" added");
    event_log_add(log, "odd", NULL, NULL, NULL, "not UTF-8: \xff");
    assert_string_equal(json_string_value(json_object_get(kept, "text")), "odd");
    json_decref(kept);
    event_follower_free(follower);
    event_log_free(log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_follow),
        cmocka_unit_test(test_ring_keeps_the_newest),
        cmocka_unit_test(test_freed_amid_a_round),
        cmocka_unit_test(test_added_amid_a_round),
        cmocka_unit_test(test_log_goes_first),
        cmocka_unit_test(test_content),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
