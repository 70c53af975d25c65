/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "api_world.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "fake_hash.h"
#include "fake_runtime.h"
#include "hub/base/buf.h"
#include "hub/base/cleanup.h"
#include "hub/base/log.h"
#include "hub/base/text.h"
#include "hub/engine/attempts.h"
#include "hub/engine/challenges.h"
#include "hub/engine/hash_door.h"
#include "hub/engine/identity.h"
#include "hub/engine/setup_link.h"

static struct sockaddr_un socket_address(const struct world *world)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s/api.sock", world->directory);
    return address;
}

static void listen_on(struct world *world)
{
    struct sockaddr_un address = socket_address(world);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(fd, 128), 0);
    assert_int_equal(api_server_new(&world->engine, fd, &world->engine.api), 0);
}

static void open_store(struct engine *engine)
{
    char reason[256];
    _cleanup_close_ int directory = open(engine->state_directory, O_RDONLY | O_DIRECTORY);
    assert_int_equal(seal_open(directory, "seal.key", &engine->seal), 0);
    assert_int_equal(store_open(engine->state_directory, engine->seal, &engine->store, reason), 0);
    assert_int_equal(hub_store_get(engine->store, &engine->hub), 0);
}

static void open_identity(struct engine *engine)
{
    fake_hash = (struct fake_hash){};
    engine->hash = hash_door_new(engine);
    engine->challenges = challenges_new();
    assert_int_equal(identity_new(engine, &engine->identity), 0);
    assert_int_equal(attempts_new(engine, &engine->attempts), 0);
    assert_int_equal(setup_link_prepare(engine), 0);
}

static void close_identity(struct engine *engine)
{
    engine->attempts = attempts_free(engine->attempts);
    engine->streams_look = sd_event_source_disable_unref(engine->streams_look);
    engine->identity = identity_free(engine->identity);
    engine->challenges = challenges_free(engine->challenges);
    engine->hash = hash_door_free(engine->hash);
}

void world_restart_identity(struct world *world)
{
    close_identity(&world->engine);
    open_identity(&world->engine);
}

struct world *world_new(void)
{
    struct world *world = memory_zero(sizeof *world);
    struct engine *engine = &world->engine;
    fake_runtime = (struct fake_runtime){};
    setenv("WARREN_LOG", "error", 0);
    setenv("WARREN_CHECK_ANSWERS", "abort", 0);
    setenv("WARREN_CHECK_ANSWERS", "abort", 1);
    log_open("test");
    snprintf(world->directory, sizeof world->directory, "/tmp/warren-api-XXXXXX");
    assert_non_null(mkdtemp(world->directory));
    snprintf(engine->state_directory, sizeof engine->state_directory, "%s", world->directory);
    snprintf(engine->config_path, sizeof engine->config_path, "%s/warren.conf", world->directory);
    assert_true(sd_event_new(&engine->event) >= 0);
    settings_init(&engine->settings);
    snprintf(engine->settings.region, sizeof engine->settings.region, "eu-1");
    snprintf(engine->settings.public_name, sizeof engine->settings.public_name, "vpn.example.net");
    engine->events = event_log_new();
    engine->started_at = clock_seconds();
    open_store(engine);
    open_identity(engine);
    listen_on(world);
    world->fd = world_connect(world);
    return world;
}

void world_free(struct world *world)
{
    _cleanup_free_ char *command = text_format("rm -r %s", world->directory);
    close(world->fd);
    api_server_free(world->engine.api);
    close_identity(&world->engine);
    json_decref(world->engine.attention);
    event_log_free(world->engine.events);
    store_free(world->engine.store);
    seal_free(world->engine.seal);
    settings_done(&world->engine.settings);
    sd_event_unref(world->engine.event);
    assert_int_equal(system(command), 0);
    free(world);
}

int world_connect(struct world *world)
{
    struct sockaddr_un address = socket_address(world);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

void world_turn(struct world *world)
{
    while (sd_event_run(world->engine.event, 0) > 0)
        ;
}

void world_send(struct world *world, int fd, const char *text)
{
    size_t size = strlen(text);
    while (size) {
        ssize_t sent = send(fd, text, size, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0) {
            assert_int_equal(errno, EAGAIN);
            world_turn(world);
            continue;
        }
        text += sent;
        size -= (size_t)sent;
    }
}

/* Takes what is there up to a newline; 0: the end, -1: nothing yet. */
static ssize_t take_some(int fd, struct buf *line, bool *ret_whole)
{
    char bytes[16384];
    ssize_t size = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT | MSG_PEEK);
    if (size <= 0)
        return size == 0 || errno == ECONNRESET ? 0 : -1;
    const char *end = memchr(bytes, '\n', (size_t)size);
    size_t wanted = end ? (size_t)(end - bytes) + 1 : (size_t)size;
    buf_add(line, bytes, wanted);
    *ret_whole = end != NULL;
    return recv(fd, bytes, wanted, MSG_DONTWAIT);
}

json_t *world_receive(struct world *world, int fd)
{
    _cleanup_buf_ struct buf line = {};
    bool whole = false;
    for (int idle = 0; idle < 1000 && !whole;) {
        ssize_t size = take_some(fd, &line, &whole);
        if (size == 0)
            return NULL;
        if (size < 0) {
            idle++;
            assert_true(sd_event_run(world->engine.event, 1000) >= 0);
        }
    }
    if (!whole)
        fail_msg("no answer came");
    json_t *answer = json_loads(line.data, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(answer);
    return answer;
}

json_t *world_call(struct world *world, const char *method, const char *path, const char *query,
                   const char *headers, const char *body)
{
    _cleanup_free_ char *line = text_format(
        "{\"method\":\"%s\",\"path\":\"/api/v1%s\",\"query\":%s,\"headers\":%s,"
        "\"body\":%s}\n",
        method, path, query ? query : "null", headers ? headers : "null", body ? body : "null");
    world_send(world, world->fd, line);
    return world_receive(world, world->fd);
}

const json_t *at(const json_t *answer, const char *where)
{
    _cleanup_free_ char *copy = text_duplicate(where);
    char *rest = copy;
    for (char *part; answer && (part = strsep(&rest, ".["));) {
        if (part[strlen(part) - 1] == ']')
            answer = json_array_get(answer, (size_t)atoi(part));
        else
            answer = json_object_get(answer, part);
    }
    return answer;
}

const char *text_at(const json_t *answer, const char *where)
{
    const char *text = json_string_value(at(answer, where));
    return text ? text : "(none)";
}

int number_at(const json_t *answer, const char *where)
{
    const json_t *number = at(answer, where);
    return json_is_integer(number) ? (int)json_integer_value(number) : -1;
}
