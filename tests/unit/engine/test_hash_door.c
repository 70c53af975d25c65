/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The way to warren-hash, which is played here: one thing at a time, few that wait, none lost. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "hub/base/cleanup.h"
#include "hub/channel/channel.h"
#include "hub/engine/event_log.h"
#include "hub/engine/hash_door.h"

struct world {
    struct engine engine;
    struct channel *hash; /* its end */
    int asked;            /* messages that it got and did not answer yet */
    struct channel_header header;
    enum verb verb;
    char password[VERB_PASSWORD_MAX], checked[VERB_HASH_MAX];
    struct verb_hash_derive derive;
};

static struct {
    int count, status;
    char hash[VERB_HASH_MAX];
} answer;

static int on_message(struct channel *channel, struct channel_message *message, void *data)
{
    struct world *world = data;
    (void)channel;
    world->asked++;
    world->header = message->header;
    world->verb = message->header.verb;
    if (world->verb == VERB_HASH_MAKE) {
        const struct verb_password *asked = message->body;
        memcpy(world->password, asked->password, sizeof world->password);
    } else if (world->verb == VERB_HASH_DERIVE) {
        world->derive = *(const struct verb_hash_derive *)message->body;
    } else {
        const struct verb_hash_verify *asked = message->body;
        memcpy(world->password, asked->password, sizeof world->password);
        memcpy(world->checked, asked->hash, sizeof world->checked);
    }
    return 0;
}

static void on_closed(struct channel *channel, int error, void *data)
{
    (void)channel, (void)error, (void)data;
}

static void open_hash(struct world *world)
{
    static const struct channel_handlers handlers = {.message = on_message, .closed = on_closed};
    int ends[2];
    assert_int_equal(channel_pair(ends), 0);
    world->hash = channel_free(world->hash);
    world->asked = 0;
    assert_int_equal(
        channel_new(world->engine.event, ends[0], ROLE_ENGINE, &handlers, world, &world->hash), 0);
    hash_door_opened(world->engine.hash, ends[1]);
}

static int setup(void **state)
{
    struct world *world = memory_zero(sizeof *world);
    memset(&answer, 0, sizeof answer);
    assert_true(sd_event_new(&world->engine.event) >= 0);
    world->engine.events = event_log_new();
    world->engine.hash = hash_door_new(&world->engine);
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;
    hash_door_free(world->engine.hash);
    channel_free(world->hash);
    event_log_free(world->engine.events);
    sd_event_unref(world->engine.event);
    free(world);
    return 0;
}

static void turn(struct world *world)
{
    while (sd_event_run(world->engine.event, 0) > 0)
        ;
}

static void on_done(int status, const char *hash, void *data)
{
    (void)data;
    answer.count++;
    answer.status = status;
    snprintf(answer.hash, sizeof answer.hash, "%s", hash ? hash : "");
}

static void acknowledge(struct world *world, int status)
{
    world->asked--;
    channel_acknowledge(world->hash, &world->header, status, NULL);
    turn(world);
}

static void test_make(void **state)
{
    struct world *world = *state;
    struct verb_hash_made made = {.hash = "$argon2id$x"};
    open_hash(world);
    assert_int_equal(hash_door_make(world->engine.hash, "correct horse", on_done, NULL), 0);
    turn(world);
    assert_int_equal(world->verb, VERB_HASH_MAKE);
    assert_string_equal(world->password, "correct horse");
    assert_int_equal(answer.count, 0);
    channel_send_plain(world->hash, VERB_HASH_MADE, world->header.request, 0, &made, sizeof made);
    turn(world);
    assert_int_equal(answer.count, 1);
    assert_int_equal(answer.status, 0);
    assert_string_equal(answer.hash, "$argon2id$x");
}

static void test_verify(void **state)
{
    struct world *world = *state;
    open_hash(world);
    assert_int_equal(hash_door_verify(world->engine.hash, "$argon2id$x", "secret", on_done, NULL),
                     0);
    turn(world);
    assert_int_equal(world->verb, VERB_HASH_VERIFY);
    assert_string_equal(world->checked, "$argon2id$x");
    acknowledge(world, 0);
    assert_int_equal(answer.status, 0);
    hash_door_verify(world->engine.hash, "$argon2id$x", "other", on_done, NULL);
    turn(world);
    acknowledge(world, -EACCES);
    assert_int_equal(answer.count, 2);
    assert_int_equal(answer.status, -EACCES);
}

/* Where there is no admin it is asked all the same, and whatever it says it is no. */
static void test_nobody(void **state)
{
    struct world *world = *state;
    char longest[1000];
    open_hash(world);
    hash_door_verify(world->engine.hash, NULL, "secret", on_done, NULL);
    turn(world);
    assert_int_equal(world->asked, 1);
    assert_int_equal(strncmp(world->checked, "$argon2id$v=19$m=65536,t=6,p=1$", 31), 0);
    acknowledge(world, 0);
    assert_int_equal(answer.status, -EACCES);
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = 0;
    hash_door_verify(world->engine.hash, "$argon2id$x", longest, on_done, NULL);
    turn(world);
    assert_int_equal(world->asked, 1);
    acknowledge(world, 0);
    assert_int_equal(answer.count, 2);
    assert_int_equal(answer.status, -EACCES);
    assert_int_equal(hash_door_make(world->engine.hash, longest, on_done, NULL), -EINVAL);
}

static void test_one_at_a_time_and_few(void **state)
{
    struct world *world = *state;
    open_hash(world);
    for (int i = 0; i < 1 + HASH_WAITING_MAX; i++)
        assert_int_equal(hash_door_verify(world->engine.hash, "h", "p", on_done, NULL), 0);
    assert_int_equal(hash_door_verify(world->engine.hash, "h", "p", on_done, NULL), -EBUSY);
    turn(world);
    for (int i = 0; i < 1 + HASH_WAITING_MAX; i++) {
        assert_int_equal(world->asked, 1);
        acknowledge(world, 0);
    }
    assert_int_equal(answer.count, 1 + HASH_WAITING_MAX);
    assert_int_equal(world->asked, 0);
}

/* It dies: what it worked on is answered, what waits is for the next one. */
static void test_killed(void **state)
{
    struct world *world = *state;
    open_hash(world);
    hash_door_verify(world->engine.hash, "h", "first", on_done, NULL);
    hash_door_verify(world->engine.hash, "h", "second", on_done, NULL);
    turn(world);
    assert_string_equal(world->password, "first");
    world->hash = channel_free(world->hash);
    turn(world);
    assert_int_equal(answer.count, 1);
    assert_int_equal(answer.status, -EPIPE);
    open_hash(world);
    turn(world);
    assert_string_equal(world->password, "second");
    acknowledge(world, 0);
    assert_int_equal(answer.count, 2);
    assert_int_equal(answer.status, 0);
}

static void test_ends_with_some_waiting(void **state)
{
    struct world *world = *state;
    open_hash(world);
    for (int i = 0; i < 3; i++)
        hash_door_verify(world->engine.hash, "h", "p", on_done, NULL);
    world->engine.hash = hash_door_free(world->engine.hash);
    assert_int_equal(answer.count, 3);
    assert_int_equal(answer.status, -ECANCELED);
}

static struct {
    int count, status;
    uint8_t key[64];
} derived;

static void on_key(int status, const struct backup_key *key, void *data)
{
    (void)data;
    derived.count++;
    derived.status = status;
    assert_int_equal(key != NULL, status == 0);
    if (key)
        memcpy(derived.key, key, sizeof derived.key);
}

static void answer_derived(struct world *world, int status)
{
    struct verb_hash_derived body = {.status = status};
    if (status == 0)
        memset(body.key, 7, sizeof body.key);
    world->asked--;
    channel_send_plain(world->hash, VERB_HASH_DERIVED, world->header.request,
                       world->header.generation, &body, sizeof body);
    turn(world);
}

static void test_derive(void **state)
{
    static const struct backup_kdf kdf = {.operations = 4, .memory_kib = 65536, .salt = {1, 2, 3}};
    struct world *world = *state;
    uint8_t sevens[64];
    char longest[BACKUP_PASSPHRASE_MAX + 2];
    memset(sevens, 7, sizeof sevens);
    memset(&derived, 0, sizeof derived);
    open_hash(world);
    assert_int_equal(hash_door_derive(world->engine.hash, "correct horse", &kdf, on_key, NULL), 0);
    assert_int_equal(hash_door_make(world->engine.hash, "secret", on_done, NULL), 0);
    turn(world);
    assert_int_equal(world->verb, VERB_HASH_DERIVE);
    assert_string_equal(world->derive.passphrase, "correct horse");
    assert_int_equal(world->derive.operations, 4);
    assert_int_equal(world->derive.memory_kib, 65536);
    assert_memory_equal(world->derive.salt, kdf.salt, sizeof kdf.salt);
    answer_derived(world, 0);
    assert_int_equal(derived.count, 1);
    assert_int_equal(derived.status, 0);
    assert_memory_equal(derived.key, sevens, sizeof sevens);
    assert_int_equal(world->verb, VERB_HASH_MAKE);
    acknowledge(world, -EINVAL);
    hash_door_derive(world->engine.hash, "correct horse", &kdf, on_key, NULL);
    turn(world);
    answer_derived(world, -ENOMEM);
    assert_int_equal(derived.status, -ENOMEM);
    /* An answer of another kind is none. */
    hash_door_derive(world->engine.hash, "correct horse", &kdf, on_key, NULL);
    turn(world);
    acknowledge(world, 0);
    assert_int_equal(derived.count, 3);
    assert_int_equal(derived.status, -EBADMSG);
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = 0;
    assert_int_equal(hash_door_derive(world->engine.hash, longest, &kdf, on_key, NULL), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_make, setup, teardown),
        cmocka_unit_test_setup_teardown(test_verify, setup, teardown),
        cmocka_unit_test_setup_teardown(test_nobody, setup, teardown),
        cmocka_unit_test_setup_teardown(test_one_at_a_time_and_few, setup, teardown),
        cmocka_unit_test_setup_teardown(test_derive, setup, teardown),
        cmocka_unit_test_setup_teardown(test_killed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_ends_with_some_waiting, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
