/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "hub/base/cleanup.h"
#include "tunnel/wireguard.h"

static struct key key_of(unsigned number)
{
    struct key key = {.bytes = {(uint8_t)(number >> 8), (uint8_t)number, 7}};

    return key;
}

static struct wireguard_peer *add_peer(struct wireguard_state *state, unsigned number,
                                       const char *const prefixes[])
{
    size_t count = 0;

    while (prefixes[count])
        count++;
    struct wireguard_peer *peer = wireguard_state_add(state, count);
    peer->public_key = key_of(number);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(prefix_parse(prefixes[i], &peer->allowed[peer->allowed_count++]), 0);
    return peer;
}

#define ADD_PEER(state, number, ...) \
    add_peer((state), (number), (const char *const[]){__VA_ARGS__, NULL})

static void assert_change(const struct wireguard_changes *changes, size_t i, unsigned number,
                          unsigned what)
{
    struct key key = key_of(number);

    assert_true(i < changes->count);
    assert_memory_equal(&changes->items[i].peer->public_key, &key, sizeof(key));
    assert_int_equal(changes->items[i].what, what);
}

static void test_state_keeps_what_it_was_given(void **unused)
{
    (void)unused;
    _cleanup_wireguard_state_ struct wireguard_state state = {0};

    for (unsigned i = 0; i < 5000; i++) {
        struct wireguard_peer *peer = wireguard_state_add(&state, i % 7);

        assert_int_equal(peer->allowed_count, 0);
        assert_true(key_is_zero(&peer->public_key));
        peer->public_key = key_of(i * 7919 % 5000);
        for (unsigned j = 0; j < i % 7; j++)
            peer->allowed[peer->allowed_count++] = (struct prefix){
                .address = {AF_INET, {10, (uint8_t)(i >> 8), (uint8_t)i, (uint8_t)(6 - j)}},
                .length = 32,
            };
    }
    wireguard_state_sort(&state);
    for (unsigned i = 0; i < 5000; i++) {
        struct key key = key_of(i * 7919 % 5000);
        struct wireguard_peer *peer = wireguard_state_find(&state, &key);

        assert_non_null(peer);
        assert_int_equal(peer->allowed_count, i % 7);
        for (unsigned j = 0; j < peer->allowed_count; j++) {
            assert_int_equal(peer->allowed[j].address.bytes[1], i >> 8);
            assert_int_equal(peer->allowed[j].address.bytes[2], (uint8_t)i);
            assert_int_equal(peer->allowed[j].address.bytes[3], 7 - peer->allowed_count + j);
        }
    }
    struct key absent = key_of(5000);
    assert_null(wireguard_state_find(&state, &absent));
}

static void test_find_in_an_empty_state(void **unused)
{
    (void)unused;
    struct wireguard_state state = {0};
    struct key key = key_of(1);

    assert_null(wireguard_state_find(&state, &key));
    wireguard_state_sort(&state);
    wireguard_state_done(&state);
}

static void test_sort_masks_and_drops_doubles(void **unused)
{
    (void)unused;
    _cleanup_wireguard_state_ struct wireguard_state state = {0};
    struct wireguard_peer *peer =
        ADD_PEER(&state, 1, "10.0.0.9/24", "fd00::5/64", "10.0.0.7/24", "10.0.0.0/16");
    char text[PREFIX_TEXT_MAX];

    wireguard_state_sort(&state);
    assert_int_equal(peer->allowed_count, 3);
    assert_string_equal(prefix_format(&peer->allowed[0], text), "10.0.0.0/16");
    assert_string_equal(prefix_format(&peer->allowed[1], text), "10.0.0.0/24");
    assert_string_equal(prefix_format(&peer->allowed[2], text), "fd00::/64");
}

static void test_done_leaves_nothing(void **unused)
{
    (void)unused;
    struct wireguard_state state = {.has_private_key = true, .listen_port = 5};

    ADD_PEER(&state, 1, "10.0.0.1/32");
    wireguard_state_done(&state);
    assert_memory_equal(&state, &(struct wireguard_state){0}, sizeof(state));
}

struct pair {
    struct wireguard_state wanted;
    struct wireguard_state observed;
    struct wireguard_changes changes;
};

static int make_pair(void **state)
{
    *state = calloc(1, sizeof(struct pair));
    return *state ? 0 : -1;
}

static int free_pair(void **state)
{
    struct pair *pair = *state;

    wireguard_state_done(&pair->wanted);
    wireguard_state_done(&pair->observed);
    wireguard_changes_done(&pair->changes);
    free(pair);
    return 0;
}

static void diff(struct pair *pair)
{
    wireguard_state_sort(&pair->wanted);
    wireguard_state_sort(&pair->observed);
    wireguard_changes_done(&pair->changes);
    wireguard_diff(&pair->wanted, &pair->observed, &pair->changes);
}

static void test_nothing_to_do(void **state)
{
    struct pair *pair = *state;

    diff(pair);
    assert_int_equal(pair->changes.count, 0);
    ADD_PEER(&pair->wanted, 1, "10.0.0.77/24", "fd00::/64")->keepalive = 25;
    struct wireguard_peer *peer = ADD_PEER(&pair->observed, 1, "fd00::/64", "10.0.0.0/24");
    peer->keepalive = 25;
    peer->endpoint.address.family = AF_INET;
    peer->handshake_at = 7;
    peer->received = 8;
    pair->wanted.listen_port = pair->observed.listen_port = 51820;
    diff(pair);
    assert_int_equal(pair->changes.count, 0);
    assert_false(pair->changes.set_private_key);
    assert_false(pair->changes.set_listen_port);
}

static void test_device(void **state)
{
    struct pair *pair = *state;

    pair->wanted.has_private_key = true;
    pair->wanted.private_key = key_of(5);
    pair->wanted.listen_port = 51820;
    diff(pair);
    assert_true(pair->changes.set_private_key);
    assert_true(pair->changes.set_listen_port);

    pair->observed.has_private_key = true;
    pair->observed.private_key = key_of(6);
    pair->observed.listen_port = 51820;
    diff(pair);
    assert_true(pair->changes.set_private_key);
    assert_false(pair->changes.set_listen_port);

    pair->wanted.has_private_key = false;
    pair->wanted.listen_port = 0;
    diff(pair);
    assert_false(pair->changes.set_private_key);
    assert_false(pair->changes.set_listen_port);
}

static void test_add_says_only_what_is_there(void **state)
{
    struct pair *pair = *state;

    ADD_PEER(&pair->wanted, 1, "10.0.0.1/32");
    struct wireguard_peer *full = ADD_PEER(&pair->wanted, 2, "10.0.0.2/32");
    full->preshared_key = key_of(9);
    full->keepalive = 25;
    assert_int_equal(endpoint_parse("192.0.2.1:7", &full->endpoint), 0);
    diff(pair);
    assert_int_equal(pair->changes.count, 2);
    assert_change(&pair->changes, 0, 1, WIREGUARD_ADD | WIREGUARD_REPLACE_ALLOWED);
    assert_change(&pair->changes, 1, 2,
                  WIREGUARD_ADD | WIREGUARD_REPLACE_ALLOWED | WIREGUARD_SET_PRESHARED |
                      WIREGUARD_SET_ENDPOINT | WIREGUARD_SET_KEEPALIVE);
}

static void test_remove_points_into_observed(void **state)
{
    struct pair *pair = *state;

    ADD_PEER(&pair->observed, 3, "10.0.0.3/32");
    diff(pair);
    assert_int_equal(pair->changes.count, 1);
    assert_change(&pair->changes, 0, 3, WIREGUARD_REMOVE);
    assert_ptr_equal(pair->changes.items[0].peer, &pair->observed.peers[0]);
}

static void test_each_field_alone(void **state)
{
    struct pair *pair = *state;

    for (unsigned i = 1; i <= 6; i++) {
        ADD_PEER(&pair->wanted, i, "10.0.0.0/32", "10.0.1.0/32")->keepalive = 25;
        ADD_PEER(&pair->observed, i, "10.0.0.0/32", "10.0.1.0/32")->keepalive = 25;
    }
    pair->wanted.peers[0].preshared_key = key_of(1);
    pair->observed.peers[1].preshared_key = key_of(1);
    pair->wanted.peers[2].keepalive = 0;
    pair->wanted.peers[3].endpoint.address.family = AF_INET;
    pair->wanted.peers[4].allowed_count = 1;
    pair->observed.peers[5].allowed_count = 1;
    diff(pair);
    assert_int_equal(pair->changes.count, 5);
    assert_change(&pair->changes, 0, 5, WIREGUARD_REPLACE_ALLOWED);
    assert_change(&pair->changes, 1, 1, WIREGUARD_SET_PRESHARED);
    assert_change(&pair->changes, 2, 2, WIREGUARD_SET_PRESHARED);
    assert_change(&pair->changes, 3, 3, WIREGUARD_SET_KEEPALIVE);
    assert_change(&pair->changes, 4, 6, WIREGUARD_ADD_ALLOWED);
}

static void test_a_moving_prefix_leaves_first(void **state)
{
    struct pair *pair = *state;

    ADD_PEER(&pair->wanted, 1, "10.0.0.1/32", "192.168.88.0/24");
    ADD_PEER(&pair->wanted, 9, "10.0.0.9/32");
    ADD_PEER(&pair->observed, 1, "10.0.0.1/32");
    ADD_PEER(&pair->observed, 5, "10.0.0.5/32");
    ADD_PEER(&pair->observed, 9, "10.0.0.9/32", "192.168.88.0/24");
    diff(pair);
    assert_int_equal(pair->changes.count, 3);
    assert_change(&pair->changes, 0, 5, WIREGUARD_REMOVE);
    assert_change(&pair->changes, 1, 9, WIREGUARD_REPLACE_ALLOWED);
    assert_change(&pair->changes, 2, 1, WIREGUARD_ADD_ALLOWED);
}

/* ---- against a model of what WireGuard does with changes ---- */

enum {
    MODEL_PEERS = 12,
    MODEL_PREFIXES = 20,
};

/* As WireGuard has it, a prefix is at one peer or at none. */
struct model {
    struct model_peer {
        bool there;
        uint8_t preshared;
        uint16_t keepalive;
    } peers[MODEL_PEERS];
    int holder[MODEL_PREFIXES];
};

static unsigned below(uint32_t *seed, unsigned limit)
{
    *seed = *seed * 1664525 + 1013904223;
    return (*seed >> 8) % limit;
}

static struct model random_model(uint32_t *seed)
{
    struct model model = {0};

    for (unsigned i = 0; i < MODEL_PEERS; i++) {
        if (below(seed, 3) == 0)
            continue;
        model.peers[i] = (struct model_peer){
            .there = true,
            .preshared = (uint8_t)below(seed, 3),
            .keepalive = (uint16_t)(below(seed, 2) * 25),
        };
    }
    for (unsigned i = 0; i < MODEL_PREFIXES; i++) {
        unsigned peer = below(seed, MODEL_PEERS);

        model.holder[i] = model.peers[peer].there ? (int)peer : -1;
    }
    return model;
}

static void state_of_model(const struct model *model, struct wireguard_state *state)
{
    for (unsigned i = 0; i < MODEL_PEERS; i++) {
        if (!model->peers[i].there)
            continue;
        struct wireguard_peer *peer = wireguard_state_add(state, MODEL_PREFIXES);
        peer->public_key = key_of(i);
        peer->preshared_key.bytes[0] = model->peers[i].preshared;
        peer->keepalive = model->peers[i].keepalive;
        for (unsigned j = 0; j < MODEL_PREFIXES; j++)
            if (model->holder[j] == (int)i)
                peer->allowed[peer->allowed_count++] =
                    (struct prefix){.address = {AF_INET, {10, (uint8_t)j}}, .length = 24};
    }
    wireguard_state_sort(state);
}

static void drop_prefixes(struct model *model, int peer)
{
    for (unsigned i = 0; i < MODEL_PREFIXES; i++)
        if (model->holder[i] == peer)
            model->holder[i] = -1;
}

static void apply(struct model *model, const struct wireguard_change *change)
{
    int number = change->peer->public_key.bytes[1];
    struct model_peer *peer = &model->peers[number];

    if (change->what & WIREGUARD_REMOVE) {
        drop_prefixes(model, number);
        *peer = (struct model_peer){0};
        return;
    }
    assert_true(peer->there != !!(change->what & WIREGUARD_ADD));
    peer->there = true;
    if (change->what & WIREGUARD_SET_PRESHARED)
        peer->preshared = change->peer->preshared_key.bytes[0];
    if (change->what & WIREGUARD_SET_KEEPALIVE)
        peer->keepalive = change->peer->keepalive;
    if (change->what & WIREGUARD_REPLACE_ALLOWED)
        drop_prefixes(model, number);
    if (change->what & (WIREGUARD_REPLACE_ALLOWED | WIREGUARD_ADD_ALLOWED))
        for (uint32_t i = 0; i < change->peer->allowed_count; i++)
            model->holder[change->peer->allowed[i].address.bytes[1]] = number;
}

static void assert_states_equal(const struct wireguard_state *a, const struct wireguard_state *b)
{
    assert_int_equal(a->peer_count, b->peer_count);
    for (size_t i = 0; i < a->peer_count; i++) {
        assert_true(key_equal(&a->peers[i].public_key, &b->peers[i].public_key));
        assert_true(key_equal(&a->peers[i].preshared_key, &b->peers[i].preshared_key));
        assert_int_equal(a->peers[i].keepalive, b->peers[i].keepalive);
        assert_int_equal(a->peers[i].allowed_count, b->peers[i].allowed_count);
        for (uint32_t j = 0; j < a->peers[i].allowed_count; j++)
            assert_true(prefix_equal(&a->peers[i].allowed[j], &b->peers[i].allowed[j]));
    }
}

static void test_changes_lead_to_what_is_wanted(void **unused)
{
    (void)unused;
    for (uint32_t round = 0, seed = 1; round < 3000; round++) {
        struct model have = random_model(&seed), want = random_model(&seed);
        struct pair pair = {0};
        _cleanup_wireguard_state_ struct wireguard_state after = {0};

        state_of_model(&have, &pair.observed);
        state_of_model(&want, &pair.wanted);
        diff(&pair);
        for (size_t i = 0; i < pair.changes.count; i++)
            apply(&have, &pair.changes.items[i]);
        state_of_model(&have, &after);
        assert_states_equal(&after, &pair.wanted);

        wireguard_changes_done(&pair.changes);
        wireguard_diff(&pair.wanted, &after, &pair.changes);
        assert_int_equal(pair.changes.count, 0);
        wireguard_state_done(&pair.observed);
        wireguard_state_done(&pair.wanted);
        wireguard_changes_done(&pair.changes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_state_keeps_what_it_was_given),
        cmocka_unit_test(test_find_in_an_empty_state),
        cmocka_unit_test(test_sort_masks_and_drops_doubles),
        cmocka_unit_test(test_done_leaves_nothing),
        cmocka_unit_test_setup_teardown(test_nothing_to_do, make_pair, free_pair),
        cmocka_unit_test_setup_teardown(test_device, make_pair, free_pair),
        cmocka_unit_test_setup_teardown(test_add_says_only_what_is_there, make_pair, free_pair),
        cmocka_unit_test_setup_teardown(test_remove_points_into_observed, make_pair, free_pair),
        cmocka_unit_test_setup_teardown(test_each_field_alone, make_pair, free_pair),
        cmocka_unit_test_setup_teardown(test_a_moving_prefix_leaves_first, make_pair, free_pair),
        cmocka_unit_test(test_changes_lead_to_what_is_wanted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
