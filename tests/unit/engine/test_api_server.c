/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines, connections, streams: the socket itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

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

static const char status_line[] = "{\"method\":\"GET\",\"path\":\"/api/v1/status\"}\n";

static void expect(struct world *world, int fd, int status)
{
    json_t *answer = world_receive(world, fd);
    assert_non_null(answer);
    assert_int_equal(number_at(answer, "status"), status);
    json_decref(answer);
}

static void test_status(void **state)
{
    struct world *world = *state;
    json_t *answer = world_call(world, "GET", "/status", NULL, NULL, NULL);
    assert_int_equal(number_at(answer, "status"), 200);
    assert_string_equal(text_at(answer, "body.region"), "eu-1");
    assert_true(json_is_true(at(answer, "body.ready")));
    assert_int_equal(json_array_size(at(answer, "body.roles")), 2);
    assert_int_equal(number_at(answer, "body.roles[0].sandbox.uid"), 997);
    assert_string_equal(text_at(answer, "body.roles[1].sandbox.capabilities[0]"), "cap_net_admin");
    assert_int_equal(number_at(answer, "body.instances.total"), 0);
    json_decref(answer);
}

static void test_bad_lines(void **state)
{
    static const struct {
        const char *line;
        int status;
    } cases[] = {
        {"\n", 400},
        {"hello\n", 400},
        {"{}\n", 400},
        {"{\"method\":\"GET\",\"path\":\"/nowhere\"}\n", 404},
        {"{\"method\":\"PUT\",\"path\":\"/api/v1/status\"}\n", 405},
        {"{\"method\":\"GET\",\"path\":\"/api/v1/status\",\"query\":{\"x\":\"1\"}}\n", 422},
        {"{\"method\":\"GET\",\"path\":\"/api/v1/status\",\"body\":{\"x\":1}}\n", 422},
        {"{\"method\":\"GET\",\"path\":\"/api/v1/instances/x\"}\n", 404},
        {"{\"method\":\"GET\",\"path\":\"/api/v1/status\",\"query\":{\"dry_run\":\"1\"}}\n", 422},
    };
    struct world *world = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        world_send(world, world->fd, cases[i].line);
        expect(world, world->fd, cases[i].status);
    }
    world_send(world, world->fd, status_line); /* the connection lives on */
    expect(world, world->fd, 200);
}

static void test_in_pieces_and_together(void **state)
{
    struct world *world = *state;
    for (const char *c = status_line; *c; c++) {
        world_send(world, world->fd, (char[]){*c, 0});
        world_turn(world);
    }
    expect(world, world->fd, 200);
    world_send(world, world->fd, "{}\n{}\n{}\n");
    world_send(world, world->fd, status_line);
    for (int i = 0; i < 3; i++)
        expect(world, world->fd, 400);
    expect(world, world->fd, 200);
}

static void test_too_long(void **state)
{
    struct world *world = *state;
    _cleanup_free_ char *line = malloc(API_REQUEST_MAX + 2);
    memset(line, 'x', API_REQUEST_MAX + 1);
    line[API_REQUEST_MAX + 1] = 0;
    world_send(world, world->fd, line);
    expect(world, world->fd, 413);
    assert_null(world_receive(world, world->fd));
}

static void test_longest(void **state)
{
    struct world *world = *state;
    _cleanup_free_ char *line = malloc(API_REQUEST_MAX + 2);
    size_t size = sizeof status_line - 2; /* without newline and 0 */
    memset(line, ' ', API_REQUEST_MAX);
    memcpy(line, status_line, size);
    line[API_REQUEST_MAX] = '\n';
    line[API_REQUEST_MAX + 1] = 0;
    world_send(world, world->fd, line);
    expect(world, world->fd, 200);
}

/* An asker that has shut its sending side down still gets its answer. */
static void test_half_closed(void **state)
{
    struct world *world = *state;
    world_send(world, world->fd, status_line);
    shutdown(world->fd, SHUT_WR);
    expect(world, world->fd, 200);
    assert_null(world_receive(world, world->fd));
}

static void test_too_many(void **state)
{
    struct world *world = *state;
    int fds[64];
    for (size_t i = 0; i < 64; i++) {
        fds[i] = world_connect(world);
        world_turn(world);
    }
    expect(world, fds[63], 503);
    assert_null(world_receive(world, fds[63]));
    close(fds[0]);
    world_turn(world);
    int again = world_connect(world);
    world_send(world, again, status_line);
    expect(world, again, 200);
    close(again);
    for (size_t i = 1; i < 64; i++)
        close(fds[i]);
    world_turn(world);
}

static const char add_line[] =
    "{\"method\":\"POST\",\"path\":\"/api/v1/instances\",\"body\":{\"name\":\"acme\",\"hostname\":"
    "\"acme\"}}\n";
static const char set_line[] =
    "{\"method\":\"PATCH\",\"path\":\"/api/v1/instances/acme\",\"body\":{\"mtu\":1400}}\n";

/* The next line waits until the one in flight has its answer. */
static void test_one_at_a_time(void **state)
{
    struct world *world = *state;
    world_send(world, world->fd, add_line);
    expect(world, world->fd, 201);
    fake_runtime.hold = true;
    world_send(world, world->fd, set_line);
    world_send(world, world->fd, status_line);
    world_turn(world);
    char c;
    assert_true(recv(world->fd, &c, 1, MSG_DONTWAIT) < 0);
    fake_runtime_release();
    json_t *answer = world_receive(world, world->fd);
    assert_int_equal(number_at(answer, "body.mtu"), 1400);
    json_decref(answer);
    answer = world_receive(world, world->fd);
    assert_non_null(at(answer, "body.version"));
    json_decref(answer);
}

/* A change goes on when its asker is gone. */
static void test_gone_amid_a_call(void **state)
{
    struct world *world = *state;
    int fd = world_connect(world);
    world_send(world, world->fd, add_line);
    expect(world, world->fd, 201);
    fake_runtime.hold = true;
    world_send(world, fd, set_line);
    world_turn(world);
    close(fd);
    world_turn(world);
    fake_runtime_release();
    fake_runtime.hold = false;
    json_t *answer = world_call(world, "GET", "/instances/acme", NULL, NULL, NULL);
    assert_int_equal(number_at(answer, "body.mtu"), 1400);
    json_decref(answer);
}

static void test_follow_events(void **state)
{
    struct world *world = *state;
    int fd = world_connect(world);
    world_send(world, fd, "{\"method\":\"GET\",\"path\":\"/api/v1/events\"}\n");
    expect(world, fd, 200);
    world_send(world, world->fd, add_line);
    expect(world, world->fd, 201);
    json_t *event = world_receive(world, fd);
    assert_string_equal(text_at(event, "event.kind"), "instance.added");
    assert_string_equal(text_at(event, "event.instance"), "acme");
    json_decref(event);
    close(fd);
    world_turn(world);
    event_log_add(world->engine.events, "test", NULL, NULL, NULL, "nobody reads");
    world_turn(world);
    json_t *answer = world_call(world, "GET", "/events", "{\"follow\":\"no\"}", NULL, NULL);
    assert_int_equal(json_array_size(at(answer, "body.items")), 2);
    _cleanup_free_ char *after =
        text_format("{\"follow\":\"no\",\"after\":\"%lld\"}",
                    (long long)json_integer_value(at(answer, "body.items[0].id")));
    json_decref(answer);
    answer = world_call(world, "GET", "/events", after, NULL, NULL);
    assert_int_equal(json_array_size(at(answer, "body.items")), 1);
    assert_string_equal(text_at(answer, "body.items[0].kind"), "test");
    json_decref(answer);
}

/* A follower that reads nothing is shut out; others and the hub go on. */
static void test_slow_reader(void **state)
{
    struct world *world = *state;
    int fd = world_connect(world);
    _cleanup_free_ char *text = memory_zero(300);
    memset(text, 'x', 299);
    world_send(world, fd, "{\"method\":\"GET\",\"path\":\"/api/v1/events\"}\n");
    expect(world, fd, 200);
    for (int i = 0; i < 60000; i++)
        event_log_add(world->engine.events, "test", NULL, NULL, NULL, "%s", text);
    world_turn(world);
    world_send(world, world->fd, status_line);
    expect(world, world->fd, 200);
    size_t lines = 0;
    for (json_t *event; (event = world_receive(world, fd)); lines++)
        json_decref(event);
    assert_true(lines < 60000);
    close(fd);
}

static void test_settings(void **state)
{
    struct world *world = *state;
    json_t *answer = world_call(world, "GET", "/settings", NULL, NULL, NULL), *item;
    size_t i, found = 0;
    assert_true(json_array_size(at(answer, "body.items")) == settings_count);
    json_array_foreach((json_t *)at(answer, "body.items"), i, item)
    {
        if (strcmp(text_at(item, "key"), "public_name") == 0) {
            assert_string_equal(text_at(item, "value"), "vpn.example.net");
            found++;
        }
    }
    assert_int_equal(found, 1);
    json_decref(answer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_status, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bad_lines, setup, teardown),
        cmocka_unit_test_setup_teardown(test_in_pieces_and_together, setup, teardown),
        cmocka_unit_test_setup_teardown(test_too_long, setup, teardown),
        cmocka_unit_test_setup_teardown(test_longest, setup, teardown),
        cmocka_unit_test_setup_teardown(test_half_closed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_too_many, setup, teardown),
        cmocka_unit_test_setup_teardown(test_one_at_a_time, setup, teardown),
        cmocka_unit_test_setup_teardown(test_gone_amid_a_call, setup, teardown),
        cmocka_unit_test_setup_teardown(test_follow_events, setup, teardown),
        cmocka_unit_test_setup_teardown(test_slow_reader, setup, teardown),
        cmocka_unit_test_setup_teardown(test_settings, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
