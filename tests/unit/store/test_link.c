/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which link a peer with mapped subnets gets, and the ports of links. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/store/link_store.h"
#include "tests/unit/store/fixture.h"

static const struct link_port_range WIREGUARD = {51820, 51899}, OPENVPN = {1194, 1250};

static void map(struct peer *peer, const char *real, const char *mapped)
{
    struct prefix prefixes[] = {fixture_prefix(real), fixture_prefix(mapped)};

    peer->is_site = true;
    prefix_set_add(&peer->real_subnets, &prefixes[0]);
    prefix_set_add(&peer->subnets, &prefixes[1]);
}

static uint8_t choose(struct fixture *fixture, const struct peer *peer)
{
    uint8_t link = 0xff;

    assert_int_equal(link_store_choose(fixture->store, peer, &link), 0);
    return link;
}

static void settle(struct fixture *fixture, const struct instance *instance)
{
    assert_int_equal(store_begin(fixture->store), 0);
    assert_int_equal(link_store_settle(fixture->store, instance->id, WIREGUARD, OPENVPN), 0);
    assert_int_equal(store_commit(fixture->store), 0);
}

/* Adds it on the link it shall have. */
static uint8_t add(struct fixture *fixture, const struct instance *instance, struct peer *peer)
{
    peer->link = choose(fixture, peer);
    fixture_add_peer(fixture, peer);
    settle(fixture, instance);
    return peer->link;
}

static void one_lan_is_once_on_a_link(void **state)
{
    struct fixture *fixture = *state;
    struct instance instance = fixture_instance(1), other = fixture_instance(2);
    static const struct {
        const char *real, *mapped;
        uint8_t link;
    } rows[] = {
        {"10.1.0.0/16", "10.1.0.0/16", 0},
        {"192.168.88.0/24", "10.88.1.0/24", 1},
        {"192.168.88.0/24", "10.88.2.0/24", 2},
        {"192.168.0.0/16", "10.90.0.0/16", 3},  /* overlaps both */
        {"192.168.89.0/24", "10.88.3.0/24", 1}, /* apart from link 1's */
        {"192.168.88.128/25", "10.88.4.0/25", 4},
        {"fd99::/64", "fd88::/64", 1},
        {"10.88.1.0/24", "10.88.5.0/24", 1}, /* what another is seen as is no address on its link */
    };
    struct peer peer;

    fixture_add_instance(fixture, &instance);
    fixture_add_instance(fixture, &other);
    for (unsigned i = 0; i < ELEMENTS(rows); i++) {
        peer = fixture_peer(&instance, i + 1);
        map(&peer, rows[i].real, rows[i].mapped);
        assert_int_equal(add(fixture, &instance, &peer), rows[i].link);
        peer_done(&peer);
    }
    peer = fixture_peer(&other, 1);
    map(&peer, "192.168.88.0/24", "10.88.1.0/24");
    assert_int_equal(choose(fixture, &peer), 1);
    peer_done(&peer);
    instance_done(&instance);
    instance_done(&other);
}

static void a_peer_keeps_its_link_while_it_may(void **state)
{
    struct fixture *fixture = *state;
    struct instance instance = fixture_instance(1);
    struct peer first = fixture_peer(&instance, 1), second = fixture_peer(&instance, 2), found;
    const char *column;

    fixture_add_instance(fixture, &instance);
    map(&first, "192.168.88.0/24", "10.88.1.0/24");
    map(&second, "192.168.88.0/24", "10.88.2.0/24");
    assert_int_equal(add(fixture, &instance, &first), 1);
    assert_int_equal(add(fixture, &instance, &second), 2);
    /* Disabled, it holds no subnet but its place. */
    first.enabled = false;
    assert_int_equal(store_begin(fixture->store), 0);
    assert_int_equal(peer_store_update(fixture->store, &first, &column), 0);
    assert_int_equal(store_commit(fixture->store), 0);
    assert_int_equal(choose(fixture, &second), 2);
    assert_int_equal(peer_store_find(fixture->store, instance.id, first.id, &found), 0);
    assert_int_equal(found.link, 1);
    assert_true(peer_has_mapped(&found));
    assert_true(prefix_set_equal(&found.subnets, &first.subnets));
    assert_true(prefix_set_equal(&found.real_subnets, &first.real_subnets));
    peer_done(&found);
    peer_done(&first);
    peer_done(&second);
    instance_done(&instance);
}

static void links_have_ports_of_their_own(void **state)
{
    struct fixture *fixture = *state;
    struct instance instance = fixture_instance(1);
    struct peer first = fixture_peer(&instance, 1), second = fixture_peer(&instance, 2);
    struct link_openvpn links[LINK_COUNT];
    struct link_ports ports;
    uint16_t all[LINK_COUNT], free_port;

    fixture_add_instance(fixture, &instance); /* it has 51821 */
    map(&first, "192.168.88.0/24", "10.88.1.0/24");
    map(&second, "192.168.88.0/24", "10.88.2.0/24");
    second.protocol = PROTOCOL_OPENVPN;
    second.has_private_key = second.has_preshared_key = false;
    add(fixture, &instance, &first);
    add(fixture, &instance, &second);
    assert_int_equal(link_store_ports(fixture->store, instance.id, all), 0);
    assert_int_equal(all[0], 0);
    assert_int_equal(all[1], 51820);
    assert_int_equal(all[2], 51822);
    assert_int_equal(link_store_find(fixture->store, instance.id, 1, &ports), 0);
    assert_int_equal(ports.openvpn, 0);
    assert_int_equal(link_store_find(fixture->store, instance.id, 2, &ports), 0);
    assert_int_equal(ports.openvpn, 1194);
    assert_int_equal(link_store_find(fixture->store, instance.id, 3, &ports), -ENOENT);
    assert_int_equal(link_store_openvpn(fixture->store, instance.id, links), 0);
    assert_int_equal(links[2].port, 1194);
    assert_int_equal(links[2].certificates, 1);
    assert_int_equal(links[1].certificates + links[1].port, 0);
    /* Others are not given them. */
    assert_int_equal(instance_store_free_port(fixture->store, 51820, 51899, &free_port), 0);
    assert_int_equal(free_port, 51823);
    /* A link without a peer is none. */
    assert_int_equal(store_begin(fixture->store), 0);
    assert_int_equal(peer_store_delete(fixture->store, instance.id, first.id), 0);
    assert_int_equal(store_commit(fixture->store), 0);
    settle(fixture, &instance);
    assert_int_equal(link_store_ports(fixture->store, instance.id, all), 0);
    assert_int_equal(all[1], 0);
    assert_int_equal(all[2], 51822);
    peer_done(&first);
    peer_done(&second);
    instance_done(&instance);
}

static void there_is_an_end_to_links_and_ports(void **state)
{
    struct fixture *fixture = *state;
    struct instance instance = fixture_instance(1);
    struct peer peer;
    uint8_t link = 0;

    fixture_add_instance(fixture, &instance);
    for (unsigned i = 1; i < LINK_COUNT; i++) {
        char mapped[PREFIX_TEXT_MAX];

        peer = fixture_peer(&instance, i);
        snprintf(mapped, sizeof(mapped), "10.88.%u.0/24", i);
        map(&peer, "192.168.88.0/24", mapped);
        assert_int_equal(add(fixture, &instance, &peer), i);
        peer_done(&peer);
    }
    peer = fixture_peer(&instance, LINK_COUNT);
    map(&peer, "192.168.88.0/24", "10.89.0.0/24");
    assert_int_equal(link_store_choose(fixture->store, &peer, &link), -ENOSPC);
    peer_done(&peer);
    assert_int_equal(store_begin(fixture->store), 0);
    peer = fixture_peer(&instance, LINK_COUNT);
    map(&peer, "10.7.0.0/16", "10.9.0.0/16");
    assert_int_equal(link_store_choose(fixture->store, &peer, &link), 0);
    assert_int_equal(link, 1);
    peer_done(&peer);
    store_rollback(fixture->store);
    instance_done(&instance);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, fixture_open, fixture_close)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(one_lan_is_once_on_a_link),
        TEST(a_peer_keeps_its_link_while_it_may),
        TEST(links_have_ports_of_their_own),
        TEST(there_is_an_end_to_links_and_ports),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
