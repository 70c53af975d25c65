/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>
#include <sys/socket.h>

#include "hub/base/cleanup.h"
#include "hub/engine/traffic.h"
#include "hub/store/audit_store.h"
#include "hub/store/link_store.h"
#include "hub/store/traffic_store.h"
#include "runtime_world.h"

/* Runs the loop until it is so, for 10 s at the most. */
#define RUN_UNTIL(world, condition) \
    for (uint64_t end_ = clock_monotonic_us() + 10 * 1000 * 1000; \
         !(condition) && clock_monotonic_us() < end_;) \
    assert_true(sd_event_run((world)->engine.event, 50 * 1000) >= 0)

/* ---- rows ---- */

static struct instance add_instance(struct runtime_world *world, unsigned number)
{
    struct instance instance = fixture_instance(number);

    fixture_add_instance(world->fixture, &instance);
    return instance;
}

static struct peer add_peer(struct runtime_world *world, const struct instance *instance,
                            unsigned number)
{
    struct peer peer = fixture_peer(instance, number);

    fixture_add_peer(world->fixture, &peer);
    return peer;
}

static void update_peer(struct runtime_world *world, struct peer *peer)
{
    struct store *store = world->fixture->store;
    const char *column;

    assert_int_equal(store_begin(store), 0);
    assert_int_equal(peer_store_update(store, peer, &column), 0);
    assert_int_equal(store_commit(store), 0);
}

static void mark_deleting(struct runtime_world *world, const struct instance *instance)
{
    struct store *store = world->fixture->store;

    assert_int_equal(store_begin(store), 0);
    assert_int_equal(instance_store_mark_deleting(store, instance->id), 0);
    assert_int_equal(store_commit(store), 0);
}

static bool has_row(struct runtime_world *world, const struct instance *instance)
{
    _cleanup_instance_ struct instance found = {0};

    return instance_store_find(world->fixture->store, instance->id, &found) == 0;
}

/* ---- answers ---- */

struct answers {
    int status;
    unsigned count;
};

static void note(int status, const char *detail, void *data)
{
    struct answers *answers = data;

    assert_non_null(detail);
    answers->status = status;
    answers->count++;
}

static struct instance_view view_of(struct runtime_world *world, const struct instance *instance)
{
    struct instance_view view;

    assert_true(runtime_view(world->engine.runtimes, instance->id, &view));
    return view;
}

static void tell_peer(struct runtime_world *world, const struct peer *peer, struct answers *answers)
{
    runtime_peer_changed(world->engine.runtimes, peer->instance_id, peer->id, NULL, note, answers);
}

/* An instance with one peer, up and quiet. */
static struct instance start_active(struct runtime_world *world, struct peer *ret_peer)
{
    struct instance instance = add_instance(world, 1);

    *ret_peer = add_peer(world, &instance, 1);
    world_start(world);
    assert_true(world_wait(world, instance.id, INSTANCE_ACTIVE));
    world_turn(world);
    world_forget(world);
    return instance;
}

static void say_wireguard_gone(struct runtime_world *world, const struct instance *instance)
{
    struct verb_net_id id = {0};

    memcpy(id.id, instance->id, ID_LENGTH);
    assert_int_equal(
        channel_send_plain(world->warrend.channel, VERB_WIREGUARD_GONE, 0, 0, &id, sizeof(id)), 0);
}

/* ---- coming up ---- */

static void an_instance_comes_up_step_by_step(void **state)
{
    struct runtime_world *world = *state;
    struct instance instance = add_instance(world, 1);
    struct peer first = add_peer(world, &instance, 1), second = fixture_peer(&instance, 2);
    char text[1024];

    second.enabled = false;
    fixture_add_peer(world->fixture, &second);
    world_start(world);
    assert_int_equal(view_of(world, &instance).state, INSTANCE_PENDING);
    assert_false(runtimes_settled(world->engine.runtimes));
    assert_true(world_wait(world, instance.id, INSTANCE_ACTIVE));
    world_turn(world);
    assert_string_equal(world_verbs(world, text),
                        "NET_OPEN ROOT_SET NET_OPEN LINK_SET UPLINK_SET APPLY_BEGIN PEER_SET "
                        "APPLY_END READY RESYNC");
    for (enum instance_step step = 0; step < STEP_COUNT; step++)
        assert_true(view_of(world, &instance).ready[step]);
    assert_true(told_has(&world->worker.wanted, &first.public_key));
    assert_false(told_has(&world->worker.wanted, &second.public_key));
    assert_true(runtimes_settled(world->engine.runtimes));
}

static void wireguard_go_is_opened_where_the_kernel_has_none(void **state)
{
    struct runtime_world *world = *state;
    struct peer peer;
    struct instance instance;
    char text[1024];

    world->kernel_wireguard = false;
    instance = start_active(world, &peer);
    assert_string_equal(view_of(world, &instance).backend, "userspace");
    say_wireguard_gone(world, &instance);
    world_turn(world);
    assert_string_equal(world_verbs(world, text),
                        "WIREGUARD_OPEN WIREGUARD_SOCKET LINK_SET UPLINK_SET APPLY_BEGIN PEER_SET "
                        "APPLY_END");
    assert_int_equal(view_of(world, &instance).state, INSTANCE_ACTIVE);
}

static void a_step_that_fails_is_told_and_tried_again_ever_later(void **state)
{
    struct runtime_world *world = *state;
    struct instance instance = add_instance(world, 1);
    struct instance_view view;

    world->fail[VERB_UPLINK_SET] = -EBUSY;
    world_start(world);
    assert_true(world_wait(world, instance.id, INSTANCE_FAILED));
    view = view_of(world, &instance);
    assert_int_equal(view.step, STEP_UPLINK);
    assert_string_equal(view.failure, "as the test wants it");
    assert_true(view.ready[STEP_LINK] && !view.ready[STEP_UPLINK]);
    assert_true(view.retry_at - clock_seconds() <= 1);
    assert_true(world_wait(world, instance.id, INSTANCE_PROVISIONING));
    assert_true(world_wait(world, instance.id, INSTANCE_FAILED));
    assert_true(view_of(world, &instance).retry_at - clock_seconds() >= 1);
    assert_int_equal(world_heard(world, VERB_UPLINK_SET), 2);
    /* A change of the instance does not wait for the time. */
    world->fail[VERB_UPLINK_SET] = 0;
    runtime_instance_changed(world->engine.runtimes, instance.id, note, &(struct answers){0});
    world_turn(world);
    assert_int_equal(view_of(world, &instance).state, INSTANCE_ACTIVE);
    assert_string_equal(view_of(world, &instance).failure, "");
}

/* ---- losses ---- */

static void lose_worker_amid(struct runtime_world *world, enum verb step)
{
    struct peer peer;
    struct instance instance = start_active(world, &peer);

    world->mute[step] = true;
    world_kill(&world->worker);
    world_turn(world);
    assert_int_equal(view_of(world, &instance).state, INSTANCE_PROVISIONING);
    world->mute[step] = false;
    world_kill(&world->worker);
    world_turn(world);
    assert_true(world_wait(world, instance.id, INSTANCE_ACTIVE));
    assert_true(told_has(&world->worker.wanted, &peer.public_key));
}

static void a_worker_lost_amid_its_link_is_opened_again(void **state)
{
    struct runtime_world *world = *state;

    lose_worker_amid(world, VERB_LINK_SET);
    /* The answer to what an earlier round asked for comes now. */
    for (unsigned i = 0; i < world->heard_count; i++)
        if (world->heard[i].verb == VERB_LINK_SET) {
            channel_acknowledge(world->root.channel, &world->heard[i].header, -EIO, "late");
            break;
        }
    world_turn(world);
    assert_int_equal(world_heard(world, VERB_LINK_SET), 2);
}

static void a_worker_lost_amid_its_uplink_is_opened_again(void **state)
{
    lose_worker_amid(*state, VERB_UPLINK_SET);
}

static void a_worker_lost_amid_an_apply_is_opened_again(void **state)
{
    lose_worker_amid(*state, VERB_APPLY_END);
}

static void a_worker_that_keeps_ending_is_given_time(void **state)
{
    struct runtime_world *world = *state;
    struct peer peer;
    struct instance instance = start_active(world, &peer);

    for (unsigned i = 0; i < 2; i++) {
        world_kill(&world->worker);
        world_turn(world);
    }
    world_kill(&world->worker);
    assert_true(world_wait(world, instance.id, INSTANCE_FAILED));
    assert_true(view_of(world, &instance).retry_at > 0);
    assert_true(world_wait(world, instance.id, INSTANCE_ACTIVE));
}

static void a_wireguard_go_that_keeps_ending_is_given_time(void **state)
{
    struct runtime_world *world = *state;
    struct peer peer;
    struct instance instance;

    world->kernel_wireguard = false;
    instance = start_active(world, &peer);
    for (unsigned i = 0; i < 5; i++) {
        say_wireguard_gone(world, &instance);
        world_turn(world);
    }
    assert_true(world_heard(world, VERB_WIREGUARD_OPEN) <= 3);
    assert_int_equal(view_of(world, &instance).state, INSTANCE_FAILED);
    assert_true(world_wait(world, instance.id, INSTANCE_ACTIVE));
}

/* Gives the peer a mapped subnet, or takes it away, and tells. */
static void set_mapped(struct runtime_world *world, struct peer *peer, bool mapped,
                       struct answers *answers)
{
    struct prefix real = {{AF_INET, {192, 168, 88}}, 24}, seen = {{AF_INET, {10, 88, 1}}, 24};
    const struct link_port_range wireguard = {51900, 51999}, openvpn = {1194, 1200};
    struct store *store = world->fixture->store;
    const char *column = NULL;

    prefix_set_done(&peer->subnets);
    prefix_set_done(&peer->real_subnets);
    peer->subnets = peer->real_subnets = (struct prefix_set){0};
    peer->is_site = true;
    prefix_set_add(&peer->real_subnets, &real);
    prefix_set_add(&peer->subnets, mapped ? &seen : &real);
    assert_int_equal(store_begin(store), 0);
    assert_int_equal(link_store_choose(store, peer, &peer->link), 0);
    assert_int_equal(peer_store_update(store, peer, &column), 0);
    assert_int_equal(link_store_settle(store, peer->instance_id, wireguard, openvpn), 0);
    assert_int_equal(store_commit(store), 0);
    tell_peer(world, peer, answers);
}

static void a_mapped_peer_brings_its_link_and_takes_it_away(void **state)
{
    struct runtime_world *world = *state;
    struct answers answers = {.status = 1};
    struct instance instance;
    struct peer peer;
    char text[1024];

    world->kernel_wireguard = false;
    instance = start_active(world, &peer);
    set_mapped(world, &peer, true, &answers);
    assert_int_equal(answers.count, 0); /* not before all is applied */
    world_turn(world);
    assert_string_equal(world_verbs(world, text),
                        "WIREGUARD_OPEN WIREGUARD_SOCKET WIREGUARD_OPEN WIREGUARD_SOCKET LINK_SET "
                        "UPLINK_SET APPLY_BEGIN PEER_SET APPLY_END");
    assert_int_equal(answers.count, 1);
    assert_int_equal(answers.status, 0);
    world_forget(world);
    /* Nothing else of its links: one verb. */
    set_mapped(world, &peer, true, &answers);
    world_turn(world);
    assert_string_equal(world_verbs(world, text), "PEER_SET");
    world_forget(world);
    set_mapped(world, &peer, false, &answers);
    world_turn(world);
    assert_string_equal(world_verbs(world, text),
                        "WIREGUARD_CLOSE WIREGUARD_OPEN WIREGUARD_SOCKET LINK_SET UPLINK_SET "
                        "APPLY_BEGIN PEER_SET APPLY_END");
    assert_int_equal(answers.count, 3);
    assert_int_equal(answers.status, 0);
    /* Its wireguard-go's end is what was asked for. */
    assert_false(runtime_wireguard_gone(world->engine.runtimes, instance.id, 1));
    peer_done(&peer);
}

/* More than a word has bits, with a hole: opened one after another, told in portions. */
static void many_links_are_set_one_portion_after_another(void **state)
{
    enum { LINKS = 150, HOLE = 70 };
    const struct link_port_range wireguard = {51900, 52999}, openvpn = {1194, 1200};
    struct runtime_world *world = *state;
    struct instance instance = add_instance(world, 1);
    struct store *store = world->fixture->store;
    struct link_set expected = {0};

    for (unsigned link = 1; link <= LINKS; link++) {
        struct prefix real = {{AF_INET, {192, 168, 88}}, 24};
        struct prefix seen = {{AF_INET, {10, 88, (uint8_t)link}}, 24};
        struct peer peer = fixture_peer(&instance, link);

        peer.is_site = true;
        peer.link = (uint16_t)link;
        prefix_set_add(&peer.real_subnets, &real);
        prefix_set_add(&peer.subnets, &seen);
        if (link != HOLE) {
            fixture_add_peer(world->fixture, &peer);
            link_set_add(&expected, link);
        }
        peer_done(&peer);
    }
    assert_int_equal(store_begin(store), 0);
    assert_int_equal(link_store_settle(store, instance.id, wireguard, openvpn), 0);
    assert_int_equal(store_commit(store), 0);
    world->kernel_wireguard = false;
    world_start(world);
    assert_true(world_wait(world, instance.id, INSTANCE_ACTIVE));
    assert_int_equal(world_heard(world, VERB_WIREGUARD_OPEN), LINKS);
    assert_int_equal(world_heard(world, VERB_WIREGUARD_SOCKET), LINKS);
    assert_int_equal(world_heard(world, VERB_LINK_SET), 3);
    assert_true(link_set_equal(&world->links, &expected));
}

static void a_link_that_fails_is_told(void **state)
{
    struct runtime_world *world = *state;
    struct answers answers = {.status = 1};
    struct instance instance;
    struct peer peer;

    world->kernel_wireguard = false;
    instance = start_active(world, &peer);
    world->fail[VERB_WIREGUARD_OPEN] = -EIO;
    set_mapped(world, &peer, true, &answers);
    world_turn(world);
    assert_int_equal(answers.count, 1);
    assert_int_equal(answers.status, -EINPROGRESS);
    assert_int_equal(view_of(world, &instance).state, INSTANCE_FAILED);
    world->fail[VERB_WIREGUARD_OPEN] = 0;
    assert_true(world_wait(world, instance.id, INSTANCE_ACTIVE));
    assert_int_equal(answers.count, 1);
    peer_done(&peer);
}

static void wireguard_go_lost_amid_an_apply_starts_over(void **state)
{
    struct runtime_world *world = *state;
    struct peer peer;
    struct instance instance;

    world->kernel_wireguard = false;
    instance = start_active(world, &peer);
    world->mute[VERB_APPLY_END] = true;
    say_wireguard_gone(world, &instance);
    world_turn(world);
    assert_int_equal(view_of(world, &instance).state, INSTANCE_PROVISIONING);
    say_wireguard_gone(world, &instance);
    world_turn(world);
    assert_int_equal(world_heard(world, VERB_APPLY_BEGIN), 2);
    world->mute[VERB_APPLY_END] = false;
    world_answer(world, VERB_APPLY_END, 0);
    assert_true(world_wait(world, instance.id, INSTANCE_ACTIVE));
    assert_true(told_has(&world->worker.wanted, &peer.public_key));
}

static void send_stats(struct runtime_world *world, const struct peer *peer, uint64_t received)
{
    struct verb_stats part = {.count = 1};
    struct verb_peer_stats stats = {
        .public_key = peer->public_key,
        .received = received,
        .sent = received,
        .handshake_at = clock_seconds(),
    };

    assert_int_equal(channel_send(world->worker.channel, VERB_STATS_PART, 1, 0, &part, sizeof(part),
                                  &stats, sizeof(stats), NULL, 0),
                     0);
}

static uint64_t received_of(struct runtime_world *world, const struct peer *peer)
{
    struct peer_view view;

    /* What is shown is what is stored: the next reading's end stores it. */
    for (unsigned i = 0; i < 3; i++) {
        unsigned asked = world_heard(world, VERB_STATS);

        RUN_UNTIL(world, world_heard(world, VERB_STATS) > asked);
        world_turn(world);
    }
    runtime_peer_view(world->engine.runtimes, peer->instance_id, peer->id, &view);
    return view.liveness.received_total;
}

static void figures_of_a_link_that_is_gone_are_not_counted_again(void **state)
{
    struct runtime_world *world = *state;
    struct peer peer;
    struct instance instance;

    world->kernel_wireguard = false;
    instance = start_active(world, &peer);
    send_stats(world, &peer, 1000);
    assert_int_equal(received_of(world, &peer), 1000);
    /* Its wireguard-go ends while a reading of the old link is under way. */
    (void)runtime_wireguard_gone(world->engine.runtimes, instance.id, 0);
    send_stats(world, &peer, 1000);
    assert_true(world_wait(world, instance.id, INSTANCE_ACTIVE));
    send_stats(world, &peer, 7);
    assert_int_equal(received_of(world, &peer), 1007);
}

/* Else each poll and each minute would throw away the texts of all peers that the API keeps. */
static void what_is_counted_is_no_change_of_the_store(void **state)
{
    struct runtime_world *world = *state;
    struct traffic *traffic = NULL;
    struct peer peer;
    struct instance instance = start_active(world, &peer);
    struct store *store = world->engine.store;
    const uint64_t version = store_version(store);
    int64_t minute = 0;

    assert_int_equal(traffic_new(&world->engine, &traffic), 0);
    send_stats(world, &peer, 1000);
    assert_int_equal(received_of(world, &peer), 1000);
    send_stats(world, &peer, 3000);
    assert_int_equal(received_of(world, &peer), 3000);
    assert_true(store_version(store) == version);
    traffic_free(traffic);
    assert_int_equal(traffic_store_last_minute(store, &minute), 0);
    assert_true(minute > 0);
    assert_true(store_version(store) == version);
    assert_int_equal(view_of(world, &instance).state, INSTANCE_ACTIVE);
}

static void a_link_that_is_missing_is_made_again(void **state)
{
    struct runtime_world *world = *state;
    struct peer peer;
    struct instance instance = start_active(world, &peer);
    struct answers answers = {0};
    struct verb_applied applied = {.link_missing = 1};

    channel_send_plain(world->worker.channel, VERB_APPLIED, 0, 0, &applied, sizeof(applied));
    world_turn(world);
    assert_int_equal(world_heard(world, VERB_LINK_SET), 1);
    assert_int_equal(view_of(world, &instance).state, INSTANCE_ACTIVE);

    world->link_missing = true;
    runtime_resync(world->engine.runtimes, instance.id, note, &answers);
    world_turn(world);
    assert_int_equal(answers.count, 1);
    assert_int_equal(world_heard(world, VERB_LINK_SET), 2);
    assert_int_equal(view_of(world, &instance).state, INSTANCE_ACTIVE);
}

static void a_new_root_worker_is_told_of_the_uplinks(void **state)
{
    struct runtime_world *world = *state;
    struct peer peer;
    struct instance instance = start_active(world, &peer);
    char text[1024];

    world_kill(&world->root);
    world_turn(world);
    assert_string_equal(world_verbs(world, text), "NET_OPEN ROOT_SET UPLINK_SET");
    assert_int_equal(view_of(world, &instance).state, INSTANCE_ACTIVE);
}

static void a_root_worker_lost_amid_a_step_costs_one_try(void **state)
{
    struct runtime_world *world = *state;
    struct instance instance = add_instance(world, 1);

    world->mute[VERB_LINK_SET] = true;
    world_start(world);
    world_turn(world);
    world->mute[VERB_LINK_SET] = false;
    world_kill(&world->root);
    world_turn(world);
    assert_int_equal(view_of(world, &instance).state, INSTANCE_ACTIVE);
}

static void a_root_worker_that_refuses_new_settings_is_opened_again(void **state)
{
    struct runtime_world *world = *state;
    struct peer peer;
    struct instance instance = start_active(world, &peer);

    world->fail[VERB_ROOT_SET] = -EIO;
    runtimes_settings_changed(world->engine.runtimes);
    world_turn(world);
    runtimes_settings_changed(world->engine.runtimes);
    world->fail[VERB_ROOT_SET] = 0;
    RUN_UNTIL(world, world_heard(world, VERB_UPLINK_SET) > 0);
    world_turn(world);
    assert_int_equal(world_heard(world, VERB_UPLINK_SET), 1);
    assert_int_equal(view_of(world, &instance).state, INSTANCE_ACTIVE);
}

/* ---- changes ---- */

static void a_change_is_answered_when_the_kernel_has_it(void **state)
{
    struct runtime_world *world = *state;
    struct peer peer, other;
    struct instance instance = start_active(world, &peer);
    struct answers answers = {0};
    struct key old_key = peer.public_key;

    world->mute[VERB_PEER_SET] = true;
    other = add_peer(world, &instance, 2);
    tell_peer(world, &other, &answers);
    world_turn(world);
    assert_int_equal(answers.count, 0);
    world_answer(world, VERB_PEER_SET, 0);
    world_turn(world);
    assert_int_equal(answers.count, 1);
    assert_int_equal(answers.status, 0);
    world->mute[VERB_PEER_SET] = false;

    key_make_private(&peer.private_key);
    key_public(&peer.private_key, &peer.public_key);
    update_peer(world, &peer);
    runtime_peer_changed(world->engine.runtimes, instance.id, peer.id, &old_key, note, &answers);
    world_turn(world);
    assert_int_equal(answers.count, 2);
    assert_false(told_has(&world->worker.wanted, &old_key));
    assert_true(told_has(&world->worker.wanted, &peer.public_key));

    other.enabled = false;
    update_peer(world, &other);
    tell_peer(world, &other, &answers);
    world_turn(world);
    assert_int_equal(answers.count, 3);
    assert_false(told_has(&world->worker.wanted, &other.public_key));
}

static void a_change_that_the_worker_refuses_says_why(void **state)
{
    struct runtime_world *world = *state;
    struct peer peer;
    struct answers answers = {0};

    start_active(world, &peer);
    world->fail[VERB_PEER_SET] = -EINVAL;
    tell_peer(world, &peer, &answers);
    world_turn(world);
    assert_int_equal(answers.count, 1);
    assert_int_equal(answers.status, -EINVAL);
}

static void a_change_while_coming_up_is_answered_at_once_and_kept(void **state)
{
    struct runtime_world *world = *state;
    struct instance instance = add_instance(world, 1);
    struct peer peer;
    struct answers answers = {0};

    world->mute[VERB_LINK_SET] = true;
    world_start(world);
    world_turn(world);
    peer = add_peer(world, &instance, 1);
    tell_peer(world, &peer, &answers);
    assert_int_equal(answers.count, 1);
    assert_int_equal(answers.status, -EINPROGRESS);
    world_answer(world, VERB_LINK_SET, 0);
    assert_true(world_wait(world, instance.id, INSTANCE_ACTIVE));
    assert_true(told_has(&world->worker.wanted, &peer.public_key));
}

static void a_change_while_the_worker_ends_is_kept(void **state)
{
    struct runtime_world *world = *state;
    struct peer peer, other;
    struct instance instance = start_active(world, &peer);
    struct answers answers = {0};

    other = add_peer(world, &instance, 2);
    world->mute[VERB_PEER_SET] = true;
    tell_peer(world, &other, &answers);
    world_turn(world);
    world->mute[VERB_PEER_SET] = false;
    world_kill(&world->worker);
    assert_true(world_wait(world, instance.id, INSTANCE_PROVISIONING));
    assert_int_equal(answers.count, 1);
    assert_int_equal(answers.status, -EINPROGRESS);
    assert_true(world_wait(world, instance.id, INSTANCE_ACTIVE));
    assert_true(told_has(&world->worker.wanted, &other.public_key));
}

static void an_answer_that_never_comes_is_given_at_the_end(void **state)
{
    struct runtime_world *world = *state;
    struct peer peer;
    struct answers answers = {0};

    start_active(world, &peer);
    world->mute[VERB_PEER_SET] = true;
    tell_peer(world, &peer, &answers);
    world_turn(world);
    world_stop(world);
    assert_int_equal(answers.count, 1);
    assert_int_equal(answers.status, -EINPROGRESS);
}

static void set_client_to_client(struct runtime_world *world, struct instance *instance, bool on)
{
    struct store *store = world->fixture->store;
    const char *column;

    instance->client_to_client = on;
    assert_int_equal(store_begin(store), 0);
    assert_int_equal(instance_store_update(store, instance, &column), 0);
    assert_int_equal(store_commit(store), 0);
}

/* So many that the channel does not take them all at once. */
static void add_crowd(struct runtime_world *world, const struct instance *instance)
{
    struct store *store = world->fixture->store;
    const char *column;

    assert_int_equal(store_begin(store), 0);
    for (unsigned i = 100; i < 40000; i++) {
        struct peer peer = {.enabled = true, .host = i};

        id_make(peer.id);
        memcpy(peer.instance_id, instance->id, ID_MAX);
        memcpy(peer.name, peer.id, ID_MAX);
        memset(&peer.public_key, 1, sizeof(peer.public_key));
        memcpy(&peer.public_key, &i, sizeof(i));
        assert_int_equal(peer_store_add(store, &peer, &column), 0);
    }
    assert_int_equal(store_commit(store), 0);
}

static void what_is_changed_amid_a_long_apply_ends_up_in_the_kernel(void **state)
{
    struct runtime_world *world = *state;
    struct instance instance = fixture_instance(1);
    struct peer peer;
    struct answers of_instance = {0}, of_peer = {0};

    instance.network4 = fixture_prefix("10.66.0.0/16");
    fixture_add_instance(world->fixture, &instance);
    peer = add_peer(world, &instance, 1);
    add_crowd(world, &instance);
    world_start(world);
    RUN_UNTIL(world, world_heard(world, VERB_APPLY_BEGIN) > 0);
    set_client_to_client(world, &instance, false);
    runtime_instance_changed(world->engine.runtimes, instance.id, note, &of_instance);
    peer.enabled = false;
    update_peer(world, &peer);
    tell_peer(world, &peer, &of_peer);
    assert_true(world_wait(world, instance.id, INSTANCE_ACTIVE));
    assert_false(told_has(&world->worker.wanted, &peer.public_key));
    assert_int_equal(of_peer.count, 1);
    assert_int_equal(of_peer.status, -EINPROGRESS);
    assert_int_equal(of_instance.count, 1);
    assert_int_equal(of_instance.status, -EINPROGRESS);
    RUN_UNTIL(world, world->worker.applies >= 2);
    assert_int_equal(world->worker.wanted.flags & INSTANCE_CLIENT_TO_CLIENT, 0);
}

static void a_missing_link_is_made_again_also_when_the_whole_is_applied(void **state)
{
    struct runtime_world *world = *state;
    struct peer peer;
    struct instance instance = start_active(world, &peer);
    struct answers answers = {0};

    /* No answer in time: the whole is applied again, and finds that the link is gone. */
    world->mute[VERB_PEER_SET] = true;
    tell_peer(world, &peer, &answers);
    RUN_UNTIL(world, answers.count > 0);
    assert_int_equal(answers.status, -EINPROGRESS);
    world->mute[VERB_PEER_SET] = false;
    world->link_missing = true;
    RUN_UNTIL(world, world_heard(world, VERB_LINK_SET) > 0);
    assert_int_equal(world_heard(world, VERB_LINK_SET), 1);
    assert_true(world_wait(world, instance.id, INSTANCE_ACTIVE));
}

/* ---- expiry ---- */

static int count_entry(const struct audit_entry *entry, void *data)
{
    assert_string_equal(entry->action, "peer.expire");
    assert_string_equal(entry->who, "hub");
    ++*(unsigned *)data;
    return 0;
}

static void a_peer_whose_time_has_come_is_taken_out(void **state)
{
    struct runtime_world *world = *state;
    struct peer peer;
    struct instance instance = start_active(world, &peer);
    struct answers answers = {0};
    unsigned entries = 0;
    _cleanup_peer_ struct peer now = {0};

    peer.expires = true;
    peer.expires_at = clock_seconds() + 1;
    update_peer(world, &peer);
    tell_peer(world, &peer, &answers);
    world_turn(world);
    assert_int_equal(answers.status, 0);
    assert_true(told_has(&world->worker.wanted, &peer.public_key));
    RUN_UNTIL(world, world_heard(world, VERB_PEER_REMOVE) > 0);
    assert_false(told_has(&world->worker.wanted, &peer.public_key));
    assert_int_equal(peer_store_find(world->fixture->store, instance.id, peer.id, &now), 0);
    assert_true(now.expired && !now.enabled);
    assert_int_equal(audit_store_list(world->fixture->store, 0, 10, NULL, count_entry, &entries),
                     0);
    assert_int_equal(entries, 1);
}

static void a_peer_that_expires_amid_an_apply_is_not_in_it(void **state)
{
    struct runtime_world *world = *state;
    struct peer peer;
    struct instance instance = start_active(world, &peer);
    struct answers answers = {0};

    world->mute[VERB_APPLY_END] = true;
    world_kill(&world->worker);
    world_turn(world);
    peer.expires = true;
    peer.expires_at = clock_seconds();
    update_peer(world, &peer);
    tell_peer(world, &peer, &answers);
    world_turn(world);
    world->mute[VERB_APPLY_END] = false;
    world_answer(world, VERB_APPLY_END, 0);
    assert_true(world_wait(world, instance.id, INSTANCE_ACTIVE));
    assert_false(told_has(&world->worker.wanted, &peer.public_key));
}

/* ---- deletion ---- */

static void delete (struct runtime_world *world, const struct instance *instance,
                    struct answers *answers)
{
    mark_deleting(world, instance);
    runtime_instance_delete(world->engine.runtimes, instance->id, note, answers);
    world_turn(world);
}

static void deleting_takes_all_away_and_then_the_row(void **state)
{
    struct runtime_world *world = *state;
    struct peer peer;
    struct instance instance = start_active(world, &peer);
    struct instance_view view;
    struct answers answers = {0};
    char text[1024];

    world->mute[VERB_NET_CLOSE] = true;
    delete (world, &instance, &answers);
    assert_int_equal(view_of(world, &instance).state, INSTANCE_DELETING);
    assert_true(has_row(world, &instance));
    assert_int_equal(answers.count, 0);
    world_answer(world, VERB_NET_CLOSE, 0);
    world_turn(world);
    assert_int_equal(answers.count, 1);
    assert_int_equal(answers.status, 0);
    assert_false(has_row(world, &instance));
    assert_false(runtime_view(world->engine.runtimes, instance.id, &view));
    assert_string_equal(world_verbs(world, text), "UPLINK_REMOVE NET_CLOSE");
}

static void a_deletion_that_fails_goes_on_later(void **state)
{
    static const enum verb steps[] = {VERB_UPLINK_REMOVE, VERB_NET_CLOSE};
    struct runtime_world *world = *state;
    struct answers answers = {0};

    world_start(world);
    for (unsigned i = 0; i < ELEMENTS(steps); i++) {
        struct instance instance = add_instance(world, i + 1);

        runtime_instance_added(world->engine.runtimes, instance.id);
        assert_true(world_wait(world, instance.id, INSTANCE_ACTIVE));
        world->fail[steps[i]] = -EBUSY;
        delete (world, &instance, &answers);
        assert_int_equal(answers.count, i + 1);
        assert_int_equal(answers.status, -EINPROGRESS);
        assert_true(view_of(world, &instance).retry_at > 0);
        assert_true(has_row(world, &instance));
        world->fail[steps[i]] = 0;
        RUN_UNTIL(world, !has_row(world, &instance));
        assert_false(has_row(world, &instance));
        assert_int_equal(answers.count, i + 1);
    }
}

static void an_interrupted_deletion_is_taken_up_at_the_next_start(void **state)
{
    static const enum verb steps[] = {VERB_UPLINK_REMOVE, VERB_NET_CLOSE};
    struct runtime_world *world = *state;

    for (unsigned i = 0; i < ELEMENTS(steps); i++) {
        struct answers answers = {0};
        struct instance instance = add_instance(world, i + 1);

        world_start(world);
        assert_true(world_wait(world, instance.id, INSTANCE_ACTIVE));
        world->mute[steps[i]] = true;
        delete (world, &instance, &answers);
        world_stop(world);
        assert_int_equal(answers.count, 1);
        assert_true(has_row(world, &instance));
        world->mute[steps[i]] = false;
        world_forget(world);
        world_start(world);
        RUN_UNTIL(world, !has_row(world, &instance));
        assert_false(has_row(world, &instance));
        assert_int_equal(world_heard(world, VERB_LINK_SET), 0);
        world_stop(world);
    }
}

static void deleting_amid_a_step_and_a_change_answers_both_once(void **state)
{
    struct runtime_world *world = *state;
    struct peer peer;
    struct instance instance = start_active(world, &peer);
    struct answers change = {0}, deletion = {0};

    world->mute[VERB_PEER_SET] = true;
    tell_peer(world, &peer, &change);
    world_turn(world);
    delete (world, &instance, &deletion);
    assert_int_equal(change.count, 1);
    assert_int_equal(change.status, -EINPROGRESS);
    assert_int_equal(deletion.count, 1);
    assert_int_equal(deletion.status, 0);

    instance = add_instance(world, 2);
    world->mute[VERB_LINK_SET] = true;
    runtime_instance_added(world->engine.runtimes, instance.id);
    world_turn(world);
    delete (world, &instance, &deletion);
    assert_int_equal(deletion.count, 2);
    world_answer(world, VERB_LINK_SET, 0);
    world_turn(world);
    assert_int_equal(world_heard(world, VERB_APPLY_BEGIN), 0);
    assert_false(has_row(world, &instance));
}

/* ---- names ---- */

static void say_dns_gone(struct runtime_world *world, const struct instance *instance)
{
    struct verb_net_id id = {0};

    memcpy(id.id, instance->id, ID_LENGTH);
    assert_int_equal(
        channel_send_plain(world->warrend.channel, VERB_DNS_GONE, 0, 0, &id, sizeof(id)), 0);
}

/* As start_active(), with so many peers that have labels. */
static struct instance start_named(struct runtime_world *world, unsigned peers)
{
    struct instance instance = add_instance(world, 1);

    for (unsigned i = 1; i <= peers; i++) {
        struct peer peer = fixture_peer(&instance, i);

        snprintf(peer.dns_label, sizeof(peer.dns_label), "peer%u", i);
        fixture_add_peer(world->fixture, &peer);
    }
    world_start(world);
    assert_true(world_wait(world, instance.id, INSTANCE_ACTIVE));
    world_turn(world);
    return instance;
}

static void names_are_told_as_a_whole_and_then_as_they_change(void **state)
{
    struct runtime_world *world = *state;
    struct instance instance = start_named(world, 20); /* hosts 2 to 21: block 0 */
    char text[1024];

    /* The hub's block is told first, and again with its peers. */
    assert_string_equal(world_dns_verbs(world, text),
                        "DNS_BEGIN DNS_SERVERS DNS_RECORDS DNS_RECORDS DNS_END");
    assert_true(view_of(world, &instance).dns_ready);
    world_forget(world);
    for (unsigned i = 0; i < 5; i++)
        runtime_dns_changed(world->engine.runtimes, instance.id, 64 + i);
    runtime_dns_changed(world->engine.runtimes, instance.id, 200);
    world_turn(world);
    assert_string_equal(world_dns_verbs(world, text), "DNS_RECORDS DNS_RECORDS");
    world_forget(world);
    for (unsigned i = 0; i < 1000; i++)
        runtime_dns_changed(world->engine.runtimes, instance.id, 64 * i);
    world_turn(world);
    /* So many are told as a whole; and those that came meanwhile too. */
    assert_in_range(world_heard(world, VERB_DNS_BEGIN), 1, 2);
    assert_int_equal(world_heard(world, VERB_DNS_END), world_heard(world, VERB_DNS_BEGIN));
    assert_true(view_of(world, &instance).dns_ready);
}

static void a_change_while_all_is_told_is_told_too(void **state)
{
    struct runtime_world *world = *state;
    struct instance instance;
    char text[1024];

    world->mute[VERB_DNS_END] = true;
    instance = start_named(world, 1);
    assert_false(view_of(world, &instance).dns_ready);
    assert_int_equal(view_of(world, &instance).state, INSTANCE_ACTIVE);
    world_forget(world);
    runtime_dns_changed(world->engine.runtimes, instance.id, 9);
    world_turn(world);
    assert_string_equal(world_dns_verbs(world, text), "");
    runtime_instance_changed(world->engine.runtimes, instance.id, note, &(struct answers){0});
    world_turn(world);
    assert_string_equal(world_dns_verbs(world, text), "");
}

static void names_that_cannot_be_served_keep_no_traffic(void **state)
{
    struct runtime_world *world = *state;
    struct instance instance;
    struct instance_view view;

    world->fail[VERB_DNS_END] = -EIO;
    instance = start_named(world, 1);
    view = view_of(world, &instance);
    assert_int_equal(view.state, INSTANCE_ACTIVE);
    assert_false(view.dns_ready);
    assert_string_equal(view.dns_failure, "as the test wants it");
    assert_true(view.dns_retry_at > 0);
    world->fail[VERB_DNS_END] = 0;
    RUN_UNTIL(world, view_of(world, &instance).dns_ready);
    assert_true(view_of(world, &instance).dns_ready);
    assert_string_equal(view_of(world, &instance).dns_failure, "");
    /* A block that can't be written is told anew with all the others. */
    world_forget(world);
    world->fail[VERB_DNS_RECORDS] = -ENOSPC;
    runtime_dns_changed(world->engine.runtimes, instance.id, 2);
    RUN_UNTIL(world, !view_of(world, &instance).dns_ready);
    world->fail[VERB_DNS_RECORDS] = 0;
    RUN_UNTIL(world, view_of(world, &instance).dns_ready);
    assert_true(world_heard(world, VERB_DNS_BEGIN) > 0);
}

static void a_resolver_that_ends_is_started_again(void **state)
{
    struct runtime_world *world = *state;
    struct instance instance = start_named(world, 1);

    world_forget(world);
    say_dns_gone(world, &instance);
    world_turn(world);
    assert_true(view_of(world, &instance).dns_ready);
    assert_int_equal(world_heard(world, VERB_DNS_END), 1);
    assert_int_equal(world_heard(world, VERB_NET_OPEN), 0);
    /* Again and again: it is given time. */
    for (unsigned i = 0; i < 4; i++) {
        say_dns_gone(world, &instance);
        world_turn(world);
    }
    assert_true(world_heard(world, VERB_DNS_END) <= 3);
    assert_int_equal(view_of(world, &instance).state, INSTANCE_ACTIVE);
    RUN_UNTIL(world, view_of(world, &instance).dns_ready);
    assert_true(view_of(world, &instance).dns_ready);
}

static void a_deleted_instance_is_told_nothing_more(void **state)
{
    struct runtime_world *world = *state;
    struct answers answers = {0};
    struct instance instance;

    world->mute[VERB_DNS_END] = true;
    instance = start_named(world, 1);
    mark_deleting(world, &instance);
    runtime_dns_changed(world->engine.runtimes, instance.id, 2);
    runtime_instance_delete(world->engine.runtimes, instance.id, note, &answers);
    world_turn(world);
    assert_int_equal(answers.count, 1);
    assert_false(has_row(world, &instance));
    world_forget(world);
    runtime_dns_changed(world->engine.runtimes, instance.id, 2);
    world_turn(world);
    assert_int_equal(world->heard_count, 0);
}

static void settings_change_all_names(void **state)
{
    struct runtime_world *world = *state;
    struct instance instance = start_named(world, 1);

    world_forget(world);
    runtimes_settings_changed(world->engine.runtimes);
    world_turn(world);
    assert_int_equal(world_heard(world, VERB_DNS_BEGIN), 1);
    assert_true(view_of(world, &instance).dns_ready);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, runtime_world_open, runtime_world_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_instance_comes_up_step_by_step),
        TEST(wireguard_go_is_opened_where_the_kernel_has_none),
        TEST(a_step_that_fails_is_told_and_tried_again_ever_later),
        TEST(a_worker_lost_amid_its_link_is_opened_again),
        TEST(a_worker_lost_amid_its_uplink_is_opened_again),
        TEST(a_worker_lost_amid_an_apply_is_opened_again),
        TEST(a_worker_that_keeps_ending_is_given_time),
        TEST(a_wireguard_go_that_keeps_ending_is_given_time),
        TEST(wireguard_go_lost_amid_an_apply_starts_over),
        TEST(figures_of_a_link_that_is_gone_are_not_counted_again),
        TEST(what_is_counted_is_no_change_of_the_store),
        TEST(a_link_that_is_missing_is_made_again),
        TEST(a_new_root_worker_is_told_of_the_uplinks),
        TEST(a_root_worker_lost_amid_a_step_costs_one_try),
        TEST(a_root_worker_that_refuses_new_settings_is_opened_again),
        TEST(a_change_is_answered_when_the_kernel_has_it),
        TEST(a_change_that_the_worker_refuses_says_why),
        TEST(a_change_while_coming_up_is_answered_at_once_and_kept),
        TEST(a_change_while_the_worker_ends_is_kept),
        TEST(an_answer_that_never_comes_is_given_at_the_end),
        TEST(what_is_changed_amid_a_long_apply_ends_up_in_the_kernel),
        TEST(a_missing_link_is_made_again_also_when_the_whole_is_applied),
        TEST(a_peer_whose_time_has_come_is_taken_out),
        TEST(a_mapped_peer_brings_its_link_and_takes_it_away),
        TEST(many_links_are_set_one_portion_after_another),
        TEST(a_link_that_fails_is_told),
        TEST(a_peer_that_expires_amid_an_apply_is_not_in_it),
        TEST(deleting_takes_all_away_and_then_the_row),
        TEST(a_deletion_that_fails_goes_on_later),
        TEST(an_interrupted_deletion_is_taken_up_at_the_next_start),
        TEST(deleting_amid_a_step_and_a_change_answers_both_once),
        TEST(names_are_told_as_a_whole_and_then_as_they_change),
        TEST(a_change_while_all_is_told_is_told_too),
        TEST(names_that_cannot_be_served_keep_no_traffic),
        TEST(a_resolver_that_ends_is_started_again),
        TEST(a_deleted_instance_is_told_nothing_more),
        TEST(settings_change_all_names),
    };

    return cmocka_run_group_tests_name("runtime", tests, NULL, NULL);
}
