/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "hub/engine/figures.h"

static struct key key_of(unsigned number)
{
    struct key key = {0};

    memcpy(key.bytes, &number, sizeof(number));
    key.bytes[31] = 7;
    return key;
}

static const char *id_of(unsigned number, char id[static ID_MAX])
{
    snprintf(id, ID_MAX, "p%07u", number % 10000000);
    return id;
}

static struct verb_peer_stats stats_of(unsigned number, int64_t handshake, uint64_t received)
{
    return (struct verb_peer_stats){
        .public_key = key_of(number),
        .endpoint = {.address = {.family = AF_INET, .bytes = {192, 0, 2, 1}}, .port = 4000},
        .received = received,
        .sent = received * 2,
        .handshake_at = handshake,
    };
}

static void finds_each_of_many_by_key_and_id(void **state)
{
    struct figures *figures = figures_new();
    char id[ID_MAX];

    (void)state;
    for (unsigned i = 0; i < 5000; i++) {
        struct key key = key_of(i);

        figures_track(figures, id_of(i, id), 1, &key, 0);
    }
    assert_int_equal(figures_count(figures), 5000);
    for (unsigned i = 0; i < 5000; i++) {
        struct verb_peer_stats stats = stats_of(i, 1000, 100 + i);

        assert_non_null(figures_sample(figures, &stats, 1001));
        assert_int_equal(figures_find(figures, id_of(i, id))->liveness.received_total, 100 + i);
    }
    assert_int_equal(figures_connected(figures), 5000);
    assert_null(figures_find(figures, "nosuchid"));
    figures_free(figures);
}

static void counts_on_after_the_link_was_made_anew(void **state)
{
    struct figures *figures = figures_new();
    struct key key = key_of(1);
    struct verb_peer_stats stats = stats_of(1, 1000, 500);

    (void)state;
    figures_track(figures, "peer0001", 1, &key, 0);
    figures_sample(figures, &stats, 1001);
    figures_link_renewed(figures, 0);
    stats = stats_of(1, 1010, 700);
    figures_sample(figures, &stats, 1011);
    assert_int_equal(figures_find(figures, "peer0001")->liveness.received_total, 1200);
    figures_free(figures);
}

static void a_new_key_counts_from_zero_and_the_old_one_is_unknown(void **state)
{
    struct figures *figures = figures_new();
    struct key old = key_of(1), new = key_of(2);
    struct verb_peer_stats stats = stats_of(1, 1000, 500);

    (void)state;
    figures_track(figures, "peer0001", 1, &old, 0);
    figures_sample(figures, &stats, 1001);
    figures_track(figures, "peer0001", 1, &new, 0);
    assert_null(figures_sample(figures, &stats, 1002));
    stats = stats_of(2, 1003, 10);
    figures_sample(figures, &stats, 1004);
    assert_int_equal(figures_find(figures, "peer0001")->liveness.received_total, 510);
    figures_free(figures);
}

static void an_untracked_peer_is_not_connected_but_keeps_its_totals(void **state)
{
    struct figures *figures = figures_new();
    struct key key = key_of(1);
    struct verb_peer_stats stats = stats_of(1, 1000, 500);

    (void)state;
    figures_track(figures, "peer0001", 1, &key, 0);
    figures_sample(figures, &stats, 1001);
    figures_untrack(figures, "peer0001");
    assert_false(figures_find(figures, "peer0001")->liveness.connected);
    assert_int_equal(figures_find(figures, "peer0001")->liveness.received_total, 500);
    assert_null(figures_sample(figures, &stats, 1002));
    figures_track(figures, "peer0001", 1, &key, 0);
    assert_non_null(figures_sample(figures, &stats, 1002));
    assert_int_equal(figures_find(figures, "peer0001")->liveness.received_total, 1000);
    figures_free(figures);
}

static void the_last_reading_of_a_peer_that_leaves_counts(void **state)
{
    struct figures *figures = figures_new();
    struct key key = key_of(1);
    struct verb_peer_stats stats = stats_of(1, 1000, 500);
    const struct figure *figure;

    (void)state;
    stats.endpoint.port = 4711;
    assert_int_equal(address_parse("192.0.2.1", &stats.endpoint.address), 0);
    figures_track(figures, "peer0001", 1, &key, 0);
    figures_leave(figures, "peer0001");
    assert_null(figures_sample(figures, &stats, 1001)); /* it does not get connected any more */
    figure = figures_find(figures, "peer0001");
    assert_false(figure->liveness.connected);
    assert_int_equal(figure->liveness.received_total, 500);
    assert_int_equal(figure->endpoint.port, 4711);
    /* With the end of the reading it is gone; made anew it counts from zero. */
    figures_age(figures, 1001, NULL, NULL);
    stats.received = 900;
    assert_null(figures_sample(figures, &stats, 1002));
    assert_int_equal(figure->liveness.received_total, 500);
    figures_track(figures, "peer0001", 1, &key, 0);
    stats.received = 50;
    assert_non_null(figures_sample(figures, &stats, 1003));
    assert_int_equal(figures_find(figures, "peer0001")->liveness.received_total, 550);
    figures_free(figures);
}

static void a_peer_that_leaves_may_come_back_before_the_reading_ends(void **state)
{
    struct figures *figures = figures_new();
    struct key key = key_of(1);
    struct verb_peer_stats stats = stats_of(1, 1000, 500);

    (void)state;
    figures_track(figures, "peer0001", 1, &key, 0);
    figures_leave(figures, "peer0001");
    figures_track(figures, "peer0001", 1, &key, 0);
    figures_age(figures, 1001, NULL, NULL);
    assert_non_null(figures_sample(figures, &stats, 1002));
    assert_true(figures_find(figures, "peer0001")->liveness.connected);
    figures_free(figures);
}

/* Peers come and go at random: who is known by id and by key is who should be. */
static void peers_that_come_and_go_are_found_by_id_and_by_key(void **state)
{
    enum { PEERS = 200 };
    struct figures *figures = figures_new();
    bool known[PEERS] = {false}, keyed[PEERS] = {false};
    char id[ID_MAX];

    (void)state;
    srandom(1);
    for (unsigned round = 0; round < 20000; round++) {
        unsigned at = (unsigned)random() % PEERS, action = (unsigned)random() % 3;
        unsigned look = (unsigned)random() % PEERS;
        struct key key = key_of(at + 1);
        struct verb_peer_stats stats = stats_of(look + 1, 0, round);

        id_of(at, id);
        if (action == 0)
            figures_track(figures, id, 1, &key, 0);
        else if (action == 1)
            figures_untrack(figures, id);
        else
            figures_forget(figures, id);
        keyed[at] = action == 0;
        known[at] = action == 0 || (action == 1 && known[at]);

        id_of(look, id);
        assert_int_equal(figures_find(figures, id) != NULL, known[look]);
        figures_sample(figures, &stats, 1000);
        if (keyed[look])
            assert_int_equal(figures_find(figures, id)->liveness.received_seen, round);
        else if (known[look])
            assert_int_equal(figures_find(figures, id)->liveness.received_seen, 0);
    }
    figures_free(figures);
}

static void count_changed(const struct figure *figure, void *data)
{
    assert_false(figure->liveness.connected);
    ++*(unsigned *)data;
}

static void a_silent_peer_grows_old(void **state)
{
    struct figures *figures = figures_new();
    struct key key = key_of(1);
    struct verb_peer_stats stats = stats_of(1, 1000, 500);
    unsigned changed = 0;

    (void)state;
    figures_track(figures, "peer0001", 1, &key, 0);
    figures_sample(figures, &stats, 1001);
    figures_age(figures, 1001 + LIVENESS_HANDSHAKE_FRESH - 10, count_changed, &changed);
    assert_int_equal(changed, 0);
    figures_age(figures, 1001 + 2 * LIVENESS_HANDSHAKE_FRESH, count_changed, &changed);
    assert_int_equal(changed, 1);
    figures_age(figures, 1002 + 2 * LIVENESS_HANDSHAKE_FRESH, count_changed, &changed);
    assert_int_equal(changed, 1);
    figures_free(figures);
}

static void a_forgotten_peer_leaves_the_others_findable(void **state)
{
    struct figures *figures = figures_new();
    char id[ID_MAX];

    (void)state;
    for (unsigned i = 0; i < 100; i++) {
        struct key key = key_of(i);

        figures_track(figures, id_of(i, id), 1, &key, 0);
    }
    for (unsigned i = 0; i < 100; i += 2)
        figures_forget(figures, id_of(i, id));
    assert_int_equal(figures_count(figures), 50);
    for (unsigned i = 0; i < 100; i++)
        assert_int_equal(figures_find(figures, id_of(i, id)) != NULL, i % 2);
    figures_free(figures);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(peers_that_come_and_go_are_found_by_id_and_by_key),
        cmocka_unit_test(finds_each_of_many_by_key_and_id),
        cmocka_unit_test(counts_on_after_the_link_was_made_anew),
        cmocka_unit_test(a_new_key_counts_from_zero_and_the_old_one_is_unknown),
        cmocka_unit_test(an_untracked_peer_is_not_connected_but_keeps_its_totals),
        cmocka_unit_test(the_last_reading_of_a_peer_that_leaves_counts),
        cmocka_unit_test(a_peer_that_leaves_may_come_back_before_the_reading_ends),
        cmocka_unit_test(a_silent_peer_grows_old),
        cmocka_unit_test(a_forgotten_peer_leaves_the_others_findable),
    };

    return cmocka_run_group_tests_name("figures", tests, NULL, NULL);
}
