/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The engine's door to warren-web, which is played here: as it should be, and as one would be that
 * somebody has taken over. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "api_world.h"
#include "fake_runtime.h"
#include "hub/base/buf.h"
#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "hub/channel/channel.h"
#include "hub/engine/web_door.h"

enum { PLACES = 512 };
#define SET_UP_BODY "{\"token\":\"%s\",\"name\":\"anna\",\"password\":\"correct horse battery\"}"

struct answered {
    int count;
    struct verb_web_answer head;
    struct buf body;
};

struct stage {
    struct world *world;
    struct channel *web; /* its end */
    bool closed;
    struct answered answers[PLACES];
    uint32_t order[PLACES]; /* whose last part came when */
    unsigned whole, events;
    size_t event_streams;
    uint8_t session[WEB_SESSION_SIZE];
};

static void take_part(struct stage *stage, uint32_t number, const uint8_t *bytes, size_t size)
{
    struct answered *answer = &stage->answers[number];
    buf_add(&answer->body, bytes, size);
    assert_true(answer->body.length <= answer->head.total_size);
    if (answer->body.length == answer->head.total_size)
        stage->order[stage->whole++ % PLACES] = number;
}

static int on_message(struct channel *channel, struct channel_message *message, void *data)
{
    struct stage *stage = data;
    uint32_t number = message->header.request;
    (void)channel;
    assert_true(number < PLACES);
    if (message->header.verb == VERB_WEB_ANSWER) {
        const struct verb_web_answer *answer = message->body;
        stage->answers[number].count++;
        stage->answers[number].head = *answer;
        take_part(stage, number, answer->blob, answer->blob_size);
    } else if (message->header.verb == VERB_WEB_ANSWER_PART) {
        const struct verb_web_part *part = message->body;
        take_part(stage, number, part->blob, part->blob_size);
    } else {
        assert_int_equal(message->header.verb, VERB_WEB_EVENT);
        stage->events++;
        stage->event_streams = ((const struct verb_web_event *)message->body)->stream_count;
    }
    return 0;
}

static void on_closed(struct channel *channel, int error, void *data)
{
    (void)channel, (void)error;
    ((struct stage *)data)->closed = true;
}

/* The descriptor of the web's end: for one that does not read, or says what it likes. */
static int open_bare(struct stage *stage)
{
    int ends[2];
    assert_int_equal(channel_pair(ends), 0);
    web_door_open(stage->world->engine.web, ends[1]);
    return ends[0];
}

static void open_web(struct stage *stage)
{
    static const struct channel_handlers handlers = {.message = on_message, .closed = on_closed};
    channel_free(stage->web);
    stage->closed = false;
    assert_int_equal(channel_new(stage->world->engine.event, open_bare(stage), ROLE_ENGINE,
                                 &handlers, stage, &stage->web),
                     0);
}

/* ---- asking ---- */

struct ask {
    enum web_method method;
    const char *path;
    const char *body;
    const uint8_t *session;
};

static size_t add(struct verb_web_request *request, const void *bytes, size_t size)
{
    memcpy(request->blob + request->blob_size, bytes, size);
    request->blob_size += (uint32_t)size;
    return size;
}

static const struct verb_web_request *request_of(const struct ask *asked)
{
    static _Alignas(16) uint8_t bytes[4096];
    struct verb_web_request *request = (void *)bytes;
    *request = (struct verb_web_request){.method = (uint8_t)asked->method,
                                         .from = {AF_INET, {192, 0, 2, 1}}};
    if (asked->session) {
        request->credential = WEB_CREDENTIAL_SESSION;
        request->credential_size = (uint16_t)add(request, asked->session, WEB_SESSION_SIZE);
    }
    request->path_size = (uint16_t)add(request, asked->path, strlen(asked->path) + 1);
    request->body_size = asked->body ? (uint32_t)add(request, asked->body, strlen(asked->body)) : 0;
    return request;
}

static void ask(struct stage *stage, uint32_t number, const struct ask *asked)
{
    const struct verb_web_request *request = request_of(asked);
    if (number && number < PLACES) {
        buf_clear(&stage->answers[number].body);
        stage->answers[number].count = 0;
    }
    assert_int_equal(channel_send(stage->web, VERB_WEB_REQUEST, number, 0, request, sizeof *request,
                                  request->blob, request->blob_size, NULL, 0),
                     0);
}

static void say_gone(struct stage *stage, uint32_t number)
{
    assert_int_equal(channel_send_plain(stage->web, VERB_WEB_GONE, number, 0, NULL, 0), 0);
}

static void assert_answered(struct stage *stage, uint32_t number, int status)
{
    world_turn(stage->world);
    assert_int_equal(stage->answers[number].count, 1);
    assert_int_equal(stage->answers[number].head.status, status);
    assert_int_equal(stage->answers[number].body.length, stage->answers[number].head.total_size);
}

static void sign_in(struct stage *stage)
{
    json_t *link = world_call(stage->world, "POST", "/setup/link", NULL, NULL, "{}");
    _cleanup_free_ char *body = text_format(SET_UP_BODY, text_at(link, "body.token"));
    json_decref(link);
    ask(stage, 1, &(struct ask){WEB_POST, "/api/v1/setup", body, NULL});
    assert_answered(stage, 1, 201);
    assert_true(stage->answers[1].head.flags & WEB_ANSWER_SET_SESSION);
    memcpy(stage->session, stage->answers[1].head.session, sizeof stage->session);
}

static int setup(void **state)
{
    struct stage *stage = memory_zero(sizeof *stage);
    stage->world = world_new();
    stage->world->engine.web = web_door_new(&stage->world->engine);
    open_web(stage);
    sign_in(stage);
    *state = stage;
    return 0;
}

static int teardown(void **state)
{
    struct stage *stage = *state;
    channel_free(stage->web);
    web_door_free(stage->world->engine.web);
    world_free(stage->world);
    for (size_t i = 0; i < PLACES; i++)
        buf_done(&stage->answers[i].body);
    free(stage);
    return 0;
}

static int streams(struct stage *stage)
{
    json_t *status = web_door_json(stage->world->engine.web);
    int count = number_at(status, "streams");
    json_decref(status);
    return count;
}

static bool is_connected(struct stage *stage)
{
    json_t *status = web_door_json(stage->world->engine.web);
    bool connected = json_is_true(at(status, "connected"));
    json_decref(status);
    return connected;
}

/* ---- as it should be ---- */

static void test_an_answer(void **state)
{
    struct stage *stage = *state;
    ask(stage, 2, &(struct ask){WEB_GET, "/api/v1/status", NULL, stage->session});
    assert_answered(stage, 2, 200);
    assert_non_null(strstr(stage->answers[2].body.data, "\"region\":\"eu-1\""));
    assert_int_equal(stage->answers[2].head.flags, 0);
    ask(stage, 2, &(struct ask){WEB_GET, "/api/v1/nowhere", NULL, stage->session});
    assert_answered(stage, 2, 404);
    ask(stage, 2, &(struct ask){WEB_POST, "/api/v1/instances", "[]", stage->session});
    assert_answered(stage, 2, 400);
}

static void test_nobody_gets_what_is_public_alone(void **state)
{
    static const uint8_t wrong[WEB_SESSION_SIZE] = {1};
    struct stage *stage = *state;
    ask(stage, 2, &(struct ask){WEB_GET, "/api/v1/status", NULL, NULL});
    ask(stage, 3, &(struct ask){WEB_GET, "/api/v1/status", NULL, wrong});
    ask(stage, 4, &(struct ask){WEB_GET, "/api/v1/setup", NULL, wrong});
    assert_answered(stage, 2, 401);
    assert_answered(stage, 3, 401);
    assert_answered(stage, 4, 200);
}

static void test_many_at_once(void **state)
{
    struct stage *stage = *state;
    for (uint32_t i = 2; i < PLACES; i++)
        ask(stage, i, &(struct ask){WEB_GET, "/api/v1/status", NULL, stage->session});
    for (uint32_t i = 2; i < PLACES; i++)
        assert_answered(stage, i, 200);
    assert_int_equal(fake_runtime.web_restarts, 0);
}

static void test_a_long_answer_comes_in_parts(void **state)
{
    struct stage *stage = *state;
    ask(stage, 2, &(struct ask){WEB_GET, "/api/v1/openapi.json", NULL, stage->session});
    assert_answered(stage, 2, 200);
    assert_true(stage->answers[2].body.length > WEB_PART_MAX);
    json_t *document = json_loadb(stage->answers[2].body.data, stage->answers[2].body.length,
                                  JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(document);
    json_decref(document);
}

static void test_a_stream_begins_and_ends(void **state)
{
    struct stage *stage = *state;
    for (uint32_t i = 2; i < 5; i++)
        ask(stage, i, &(struct ask){WEB_GET, "/api/v1/events", NULL, stage->session});
    world_turn(stage->world);
    assert_int_equal(stage->answers[2].head.flags, WEB_ANSWER_STREAM);
    assert_int_equal(streams(stage), 3);
    event_log_add(stage->world->engine.events, "hub.test", NULL, NULL, NULL, "one for all");
    world_turn(stage->world);
    assert_int_equal(stage->events, 1);
    assert_int_equal(stage->event_streams, 3);
    say_gone(stage, 3);
    say_gone(stage, 3); /* it knows that already */
    say_gone(stage, 77);
    world_turn(stage->world);
    assert_int_equal(streams(stage), 2);
    assert_true(is_connected(stage));
}

/* A change that nobody waits for any more is still made, and its answer goes nowhere. */
static void test_gone_before_the_answer(void **state)
{
    struct stage *stage = *state;
    ask(stage, 2,
        &(struct ask){WEB_POST, "/api/v1/session",
                      "{\"name\":\"anna\",\"password\":\"correct horse battery\"}", NULL});
    say_gone(stage, 2);
    world_turn(stage->world);
    assert_int_equal(stage->answers[2].count, 0);
    ask(stage, 2, &(struct ask){WEB_GET, "/api/v1/status", NULL, stage->session});
    assert_answered(stage, 2, 200);
}

static void test_another_web_takes_over(void **state)
{
    struct stage *stage = *state;
    ask(stage, 2, &(struct ask){WEB_GET, "/api/v1/events", NULL, stage->session});
    ask(stage, 3,
        &(struct ask){WEB_POST, "/api/v1/session",
                      "{\"name\":\"anna\",\"password\":\"correct horse battery\"}", NULL});
    /* So far that it was asked for, and no further. */
    while (streams(stage) == 0)
        assert_true(sd_event_run(stage->world->engine.event, 0) > 0);
    open_web(stage);
    world_turn(stage->world);
    assert_int_equal(streams(stage), 0);
    assert_int_equal(stage->answers[3].count, 0);
    ask(stage, 3, &(struct ask){WEB_GET, "/api/v1/status", NULL, stage->session});
    assert_answered(stage, 3, 200);
    assert_int_equal(fake_runtime.web_restarts, 0);
}

static void test_its_end_ends_its_streams(void **state)
{
    struct stage *stage = *state;
    ask(stage, 2, &(struct ask){WEB_GET, "/api/v1/events", NULL, stage->session});
    world_turn(stage->world);
    stage->web = channel_free(stage->web);
    world_turn(stage->world);
    assert_int_equal(streams(stage), 0);
    assert_false(is_connected(stage));
    assert_int_equal(fake_runtime.web_restarts, 0); /* warrend sees it end by itself */
}

/* ---- as it must not be ---- */

static void assert_given_up(struct stage *stage)
{
    world_turn(stage->world);
    assert_int_equal(fake_runtime.web_restarts, 1);
    assert_false(is_connected(stage));
    assert_int_equal(streams(stage), 0);
    /* The engine lives on, for the next one. */
    open_web(stage);
    ask(stage, 2, &(struct ask){WEB_GET, "/api/v1/status", NULL, stage->session});
    assert_answered(stage, 2, 200);
}

static void test_no_number(void **state)
{
    struct stage *stage = *state;
    ask(stage, 0, &(struct ask){WEB_GET, "/api/v1/status", NULL, stage->session});
    assert_given_up(stage);
}

static void test_a_number_that_is_in_use(void **state)
{
    struct stage *stage = *state;
    ask(stage, 2, &(struct ask){WEB_GET, "/api/v1/events", NULL, stage->session});
    /* The same place, whatever the count. */
    ask(stage, 2 + WEB_CONNECTIONS_MAX,
        &(struct ask){WEB_GET, "/api/v1/events", NULL, stage->session});
    assert_given_up(stage);
}

static void say_raw(int fd, enum verb verb, const void *body, size_t size)
{
    uint8_t bytes[sizeof(struct channel_header) + 512] = {0};
    struct channel_header header = {.verb = verb, .request = 2};
    memcpy(bytes, &header, sizeof header);
    memcpy(bytes + sizeof header, body, size);
    assert_int_equal(send(fd, bytes, sizeof header + size, 0), sizeof header + size);
}

static void test_what_it_may_not_say(void **state)
{
    static const enum verb verbs[] = {VERB_WEB_ANSWER, VERB_HASH_MAKE, VERB_READY, VERB_NET_OPEN,
                                      VERB_COUNT};
    struct stage *stage = *state;
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
        _cleanup_close_ int fd = open_bare(stage);
        fake_runtime.web_restarts = 0;
        say_raw(fd, verbs[i], "", 0);
        assert_given_up(stage);
    }
}

static void test_sizes_that_lie(void **state)
{
    struct stage *stage = *state;
    const struct ask asked = {WEB_GET, "/api/v1/status", "{}", stage->session};
    for (int i = 0; i < 6; i++) {
        _cleanup_close_ int fd = open_bare(stage);
        uint8_t bytes[512];
        struct verb_web_request lie = *request_of(&asked);
        size_t size = sizeof lie + lie.blob_size;
        memcpy(bytes, request_of(&asked), size);
        fake_runtime.web_restarts = 0;
        lie.path_size = (uint16_t)(lie.path_size + (i == 0));
        lie.credential_size = i == 1 ? UINT16_MAX : lie.credential_size;
        lie.body_size += i == 2;
        lie.blob_size += i == 3 ? 100 : 0;
        lie.method = i == 4 ? WEB_METHOD_COUNT : lie.method;
        lie.credential = i == 5 ? WEB_CREDENTIAL_KIND_COUNT : lie.credential;
        memcpy(bytes, &lie, sizeof lie);
        say_raw(fd, VERB_WEB_REQUEST, bytes, size);
        assert_given_up(stage);
    }
}

/* ---- slow ones ---- */

static void test_what_is_read_late_comes_whole_and_in_order(void **state)
{
    struct stage *stage = *state;
    for (uint32_t i = 2; i < 40; i++)
        ask(stage, i, &(struct ask){WEB_GET, "/api/v1/openapi.json", NULL, stage->session});
    stage->whole = 0;
    for (uint32_t i = 2; i < 40; i++)
        assert_answered(stage, i, 200);
    for (uint32_t i = 2; i < 40; i++)
        assert_int_equal(stage->order[i - 2], i);
    assert_int_equal(fake_runtime.web_restarts, 0);
}

/* It asks for more and more and reads nothing: what waits is bounded. */
static void test_what_is_never_read_ends_it(void **state)
{
    struct stage *stage = *state;
    const struct ask asked = {WEB_GET, "/api/v1/openapi.json", NULL, stage->session};
    const struct verb_web_request *request = request_of(&asked);
    uint8_t bytes[sizeof(struct channel_header) + 512];
    _cleanup_close_ int fd = open_bare(stage);
    unsigned said = 0;
    memcpy(bytes + sizeof(struct channel_header), request, sizeof *request + request->blob_size);
    while (fake_runtime.web_restarts == 0 && said < 1000) {
        struct channel_header header = {.verb = VERB_WEB_REQUEST, .request = ++said};
        memcpy(bytes, &header, sizeof header);
        size_t size = sizeof header + sizeof *request + request->blob_size;
        assert_int_equal(send(fd, bytes, size, MSG_NOSIGNAL), size);
        world_turn(stage->world);
    }
    assert_in_range(said, 100, 300); /* of half a MiB each, 64 MiB and what is on its way */
    assert_given_up(stage);
}

#define ON_STAGE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_STAGE(test_an_answer),
        ON_STAGE(test_nobody_gets_what_is_public_alone),
        ON_STAGE(test_many_at_once),
        ON_STAGE(test_a_long_answer_comes_in_parts),
        ON_STAGE(test_a_stream_begins_and_ends),
        ON_STAGE(test_gone_before_the_answer),
        ON_STAGE(test_another_web_takes_over),
        ON_STAGE(test_its_end_ends_its_streams),
        ON_STAGE(test_no_number),
        ON_STAGE(test_a_number_that_is_in_use),
        ON_STAGE(test_what_it_may_not_say),
        ON_STAGE(test_sizes_that_lie),
        ON_STAGE(test_what_is_read_late_comes_whole_and_in_order),
        ON_STAGE(test_what_is_never_read_ends_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
