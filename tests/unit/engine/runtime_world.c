/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runtime_world.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "hub/base/cleanup.h"
#include "hub/base/log.h"

/* ---- what workers keep ---- */

bool told_has(const struct told *told, const struct key *key)
{
    for (unsigned i = 0; i < told->count; i++)
        if (key_equal(&told->peers[i], key))
            return true;
    return false;
}

static void told_remove(struct told *told, const struct key *key)
{
    for (unsigned i = 0; i < told->count; i++)
        if (key_equal(&told->peers[i], key))
            told->peers[i--] = told->peers[--told->count];
}

static void told_put(struct told *told, const struct key *key)
{
    told_remove(told, key);
    if (told->count < KNOWN_MAX)
        told->peers[told->count++] = *key;
}

/* As tunnel/instance_worker.c does it: between APPLY_BEGIN and APPLY_END peers are put aside. */
static void take_in(struct player *player, enum verb verb, const void *body)
{
    const struct verb_instance *instance = body;
    const struct key *key = body; /* both verbs of peers begin with it */
    struct told *told = player->staging ? &player->staged : &player->wanted;

    if (verb == VERB_APPLY_BEGIN) {
        player->staging = true;
        player->staged = (struct told){.flags = instance->flags};
    } else if (verb == VERB_APPLY_END && player->staging) {
        player->staging = false;
        player->wanted = player->staged;
    } else if (verb == VERB_INSTANCE_SET) {
        player->wanted.flags = instance->flags;
    } else if (verb == VERB_PEER_SET) {
        told_put(told, key);
        player->server = ((const struct verb_peer *)body)->server;
    } else if (verb == VERB_PEER_REMOVE) {
        told_remove(told, key);
    }
}

/* ---- answers ---- */

static const struct channel_handlers handlers;

static struct player *player_of_id(struct runtime_world *world, const char *id)
{
    return *id ? &world->worker : &world->root;
}

static void say_hello(struct player *player)
{
    struct runtime_world *world = player->world;
    bool is_root = player == &world->root;
    struct verb_hello hello = {
        .role = is_root ? ROLE_NET_ROOT : ROLE_NET,
        .kernel_wireguard = is_root && world->kernel_wireguard,
    };

    assert_int_equal(channel_send_plain(player->channel, VERB_HELLO, 0, 0, &hello, sizeof(hello)),
                     0);
}

static void open_worker(struct runtime_world *world, const struct heard *heard, int status)
{
    struct verb_status opened = {.status = status};
    struct player *player = player_of_id(world, heard->id);
    _cleanup_close_ int netns = open("/dev/null", O_RDWR | O_CLOEXEC);
    int pair[2], fds[2];

    if (status == 0) {
        assert_int_equal(channel_pair(pair), 0);
        channel_free(player->channel);
        *player = (struct player){.world = world};
        assert_int_equal(channel_new(world->engine.event, pair[0], ROLE_ENGINE, &handlers, player,
                                     &player->channel),
                         0);
        fds[0] = pair[1];
        fds[1] = netns;
    }
    assert_int_equal(channel_send(world->warrend.channel, VERB_NET_OPENED, heard->header.request, 0,
                                  &opened, sizeof(opened), NULL, 0, fds, status == 0 ? 2 : 0),
                     0);
    if (status == 0) {
        close(pair[1]);
        say_hello(player);
    }
}

static void open_wireguard(struct runtime_world *world, const struct heard *heard, int status)
{
    struct verb_wireguard_opened opened = {.status = status, .adopted = world->wireguard_adopted};
    _cleanup_close_ int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

    assert_int_equal(channel_send(world->warrend.channel, VERB_WIREGUARD_OPENED,
                                  heard->header.request, 0, &opened, sizeof(opened), NULL, 0, &fd,
                                  status == 0 ? 1 : 0),
                     0);
}

static void open_openvpn(struct runtime_world *world, const struct heard *heard, int status)
{
    struct verb_openvpn_opened opened = {.status = status, .adopted = world->openvpn_adopted};
    int pair[2] = {-1, -1};

    if (status == 0) {
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
        cleanup_close(&world->management[heard->server]);
        world->management[heard->server] = pair[0];
    }
    assert_int_equal(channel_send(world->warrend.channel, VERB_OPENVPN_OPENED,
                                  heard->header.request, 0, &opened, sizeof(opened), NULL, 0,
                                  &pair[1], status == 0 ? 1 : 0),
                     0);
    cleanup_close(&pair[1]);
}

static void say_applied(struct runtime_world *world, const struct heard *heard, int status)
{
    struct verb_applied applied = {.status = status, .peers = heard->by->wanted.count};

    applied.link_missing = world->link_missing;
    world->link_missing = false;
    channel_send_plain(heard->by->channel, VERB_APPLIED, heard->header.request, 0, &applied,
                       sizeof(applied));
}

static void answer(struct runtime_world *world, const struct heard *heard, int status)
{
    struct verb_status end = {.status = status};

    if (!heard->by->channel || heard->header.request == 0)
        return;
    if (heard->verb == VERB_NET_OPEN)
        open_worker(world, heard, status);
    else if (heard->verb == VERB_WIREGUARD_OPEN)
        open_wireguard(world, heard, status);
    else if (heard->verb == VERB_OPENVPN_OPEN)
        open_openvpn(world, heard, status);
    else if (heard->verb == VERB_APPLY_END || heard->verb == VERB_RESYNC)
        say_applied(world, heard, status);
    else if (heard->verb == VERB_STATS)
        channel_send_plain(heard->by->channel, VERB_STATS_END, heard->header.request, 0, &end,
                           sizeof(end));
    else
        channel_acknowledge(heard->by->channel, &heard->header, status, "as the test wants it");
}

static bool begins_with_id(enum verb verb)
{
    return verb == VERB_NET_OPEN || verb == VERB_NET_CLOSE || verb == VERB_WIREGUARD_OPEN ||
           verb == VERB_OPENVPN_OPEN || verb == VERB_OPENVPN_CLOSE || verb == VERB_LINK_SET ||
           verb == VERB_UPLINK_SET || verb == VERB_UPLINK_REMOVE;
}

static int on_message(struct channel *channel, struct channel_message *message, void *data)
{
    struct player *player = data;
    struct runtime_world *world = player->world;
    struct heard heard = {message->header.verb, player, message->header, "", 0};

    (void)channel;
    if (begins_with_id(heard.verb))
        memcpy(heard.id, message->body, ID_LENGTH);
    if (heard.verb == VERB_OPENVPN_OPEN || heard.verb == VERB_OPENVPN_CLOSE)
        heard.server = ((const struct verb_openvpn_id *)message->body)->server;
    if (heard.verb == VERB_LINK_SET)
        world->links = ((const struct verb_link *)message->body)->more;
    if (world->heard_count < HEARD_MAX)
        world->heard[world->heard_count++] = heard;
    if (heard.verb == VERB_APPLY_END)
        player->applies++;
    take_in(player, heard.verb, message->body);
    if (!world->mute[heard.verb])
        answer(world, &heard, world->fail[heard.verb]);
    return 0;
}

static void on_closed(struct channel *channel, int error, void *data)
{
    struct player *player = data;

    (void)channel;
    assert_int_equal(error, 0);
    world_kill(player);
}

static const struct channel_handlers handlers = {.message = on_message, .closed = on_closed};

void world_kill(struct player *player)
{
    player->channel = channel_free(player->channel);
}

void world_answer(struct runtime_world *world, enum verb verb, int status)
{
    for (unsigned i = world->heard_count; i-- > 0;) {
        if (world->heard[i].verb != verb)
            continue;
        answer(world, &world->heard[i], status);
        return;
    }
    fail_msg("%s was not heard", verb_name(verb));
}

/* ---- life ---- */

static void on_gone(const char *instance_id, void *data)
{
    (void)instance_id;
    (void)data;
}

static void on_wireguard_gone(const char *instance_id, unsigned link, void *data)
{
    (void)runtime_wireguard_gone(((struct runtime_world *)data)->engine.runtimes, instance_id,
                                 link);
}

static void on_openvpn_gone(const char *instance_id, unsigned server, void *data)
{
    runtime_openvpn_gone(((struct runtime_world *)data)->engine.runtimes, instance_id, server);
}

static void on_dns_gone(const char *instance_id, void *data)
{
    runtime_dns_gone(((struct runtime_world *)data)->engine.runtimes, instance_id);
}

static void on_reload(void *data)
{
    runtimes_settings_changed(((struct runtime_world *)data)->engine.runtimes);
}

void world_start(struct runtime_world *world)
{
    static const struct supervisor_handlers supervisor_handlers = {
        on_gone, on_wireguard_gone, on_openvpn_gone, on_dns_gone, on_reload};
    struct engine *engine = &world->engine;
    int pair[2];

    assert_true(sd_event_new(&engine->event) >= 0);
    engine->store = world->fixture->store;
    assert_int_equal(hub_store_get(engine->store, &engine->hub), 0);
    engine->events = event_log_new();
    assert_int_equal(channel_pair(pair), 0);
    world->warrend.world = world->root.world = world->worker.world = world;
    assert_int_equal(channel_new(engine->event, pair[0], ROLE_ENGINE, &handlers, &world->warrend,
                                 &world->warrend.channel),
                     0);
    assert_int_equal(runtimes_new(engine, &engine->runtimes), 0);
    assert_int_equal(
        supervisor_new(engine, pair[1], &supervisor_handlers, world, &engine->supervisor), 0);
    assert_int_equal(runtimes_start(engine->runtimes), 0);
}

void world_stop(struct runtime_world *world)
{
    struct engine *engine = &world->engine;

    if (!engine->event)
        return;
    engine->supervisor = supervisor_free(engine->supervisor);
    engine->runtimes = runtimes_free(engine->runtimes);
    engine->events = event_log_free(engine->events);
    world_kill(&world->warrend);
    world_kill(&world->root);
    world_kill(&world->worker);
    engine->event = sd_event_unref(engine->event);
}

int runtime_world_open(void **state)
{
    struct runtime_world *world = memory_zero(sizeof(*world));
    void *fixture;

    setenv("WARREN_LOG", "emergency", 0);
    log_open("test");
    if (fixture_open(&fixture) < 0)
        return -1;
    world->fixture = fixture;
    world->kernel_wireguard = true;
    for (size_t i = 0; i < OPENVPN_SERVER_COUNT; i++)
        world->management[i] = -1;
    settings_init(&world->engine.settings);
    *state = world;
    return 0;
}

int runtime_world_close(void **state)
{
    struct runtime_world *world = *state;
    void *fixture = world->fixture;

    world_stop(world);
    for (size_t i = 0; i < OPENVPN_SERVER_COUNT; i++)
        cleanup_close(&world->management[i]);
    settings_done(&world->engine.settings);
    free(world);
    return fixture_close(&fixture);
}

/* ---- looking on ---- */

void world_turn(struct runtime_world *world)
{
    while (sd_event_run(world->engine.event, 30 * 1000) > 0)
        ;
}

bool world_wait(struct runtime_world *world, const char *id, enum instance_state state)
{
    uint64_t end = clock_monotonic_us() + 10 * 1000 * 1000;
    struct instance_view view;

    while (clock_monotonic_us() < end) {
        if (runtime_view(world->engine.runtimes, id, &view) && view.state == state)
            return true;
        assert_true(sd_event_run(world->engine.event, 20 * 1000) >= 0);
    }
    return false;
}

unsigned world_heard(const struct runtime_world *world, enum verb verb)
{
    unsigned count = 0;

    for (unsigned i = 0; i < world->heard_count; i++)
        count += world->heard[i].verb == verb;
    return count;
}

static bool is_of_dns(enum verb verb)
{
    return verb == VERB_DNS_BEGIN || verb == VERB_DNS_SERVERS || verb == VERB_DNS_RECORDS ||
           verb == VERB_DNS_END;
}

static const char *verbs(const struct runtime_world *world, bool of_dns, char text[static 1024])
{
    *text = 0;
    for (unsigned i = 0; i < world->heard_count; i++) {
        if (world->heard[i].verb == VERB_STATS || is_of_dns(world->heard[i].verb) != of_dns ||
            strlen(text) > 900)
            continue;
        if (*text)
            strcat(text, " ");
        strcat(text, verb_name(world->heard[i].verb));
    }
    return text;
}

const char *world_verbs(const struct runtime_world *world, char text[static 1024])
{
    return verbs(world, false, text);
}

const char *world_dns_verbs(const struct runtime_world *world, char text[static 1024])
{
    return verbs(world, true, text);
}

void world_forget(struct runtime_world *world)
{
    world->heard_count = 0;
}
