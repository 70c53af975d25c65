/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <wireguard.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "tunnel/wireguard_device.h"
#include "tunnel/wireguard_kernel.h"

static struct key key_of(uint8_t byte)
{
    struct key key;

    memset(&key, byte, sizeof(key));
    return key;
}

static void test_the_device(void **unused)
{
    (void)unused;
    struct wireguard_state wanted = {.private_key = key_of(3), .listen_port = 51820};
    struct key key = key_of(3);
    wg_device *device =
        wireguard_kernel_build("wg0", &wanted, WIREGUARD_DEVICE_PRIVATE_KEY, NULL, 0);

    assert_string_equal(device->name, "wg0");
    assert_int_equal(device->flags, WGDEVICE_HAS_PRIVATE_KEY);
    assert_memory_equal(device->private_key, &key, sizeof(key));
    assert_null(device->first_peer);
    wireguard_kernel_wipe(device);

    device = wireguard_kernel_build("wg0", &wanted, WIREGUARD_DEVICE_LISTEN_PORT, NULL, 0);
    assert_int_equal(device->flags, WGDEVICE_HAS_LISTEN_PORT);
    assert_int_equal(device->listen_port, 51820);
    assert_true(wg_key_is_zero(device->private_key));
    wireguard_kernel_wipe(device);

    device = wireguard_kernel_build("wg0", NULL, 0, NULL, 0);
    assert_int_equal(device->flags, 0);
    wireguard_kernel_wipe(device);
    wireguard_kernel_wipe(NULL);
}

static struct wireguard_peer *add_peer(struct wireguard_state *state, uint8_t number)
{
    struct wireguard_peer *peer = wireguard_state_add(state, 2);

    peer->public_key = key_of(number);
    peer->preshared_key = key_of((uint8_t)(number + 100));
    peer->keepalive = 25;
    assert_int_equal(prefix_parse("10.0.0.0/24", &peer->allowed[peer->allowed_count++]), 0);
    assert_int_equal(prefix_parse("fd00::/64", &peer->allowed[peer->allowed_count++]), 0);
    return peer;
}

static void test_a_peer_to_add(void **unused)
{
    (void)unused;
    _cleanup_wireguard_state_ struct wireguard_state wanted = {0};
    struct wireguard_peer *peer = add_peer(&wanted, 1);
    struct wireguard_change change = {
        .peer = peer,
        .what = WIREGUARD_ADD | WIREGUARD_REPLACE_ALLOWED | WIREGUARD_SET_PRESHARED |
                WIREGUARD_SET_KEEPALIVE | WIREGUARD_SET_ENDPOINT,
    };

    assert_int_equal(endpoint_parse("192.0.2.1:4500", &peer->endpoint), 0);
    wg_device *device = wireguard_kernel_build("wg0", NULL, 0, &change, 1);
    wg_peer *built = device->first_peer;

    assert_non_null(built);
    assert_ptr_equal(device->last_peer, built);
    assert_null(built->next_peer);
    assert_int_equal(built->flags, WGPEER_HAS_PUBLIC_KEY | WGPEER_REPLACE_ALLOWEDIPS |
                                       WGPEER_HAS_PRESHARED_KEY |
                                       WGPEER_HAS_PERSISTENT_KEEPALIVE_INTERVAL);
    assert_memory_equal(built->public_key, &peer->public_key, KEY_SIZE);
    assert_memory_equal(built->preshared_key, &peer->preshared_key, KEY_SIZE);
    assert_int_equal(built->persistent_keepalive_interval, 25);
    assert_int_equal(built->endpoint.addr4.sin_family, AF_INET);
    assert_int_equal(ntohs(built->endpoint.addr4.sin_port), 4500);
    assert_int_equal(ntohl(built->endpoint.addr4.sin_addr.s_addr), 0xc0000201);

    wg_allowedip *allowed = built->first_allowedip;
    assert_int_equal(allowed->family, AF_INET);
    assert_int_equal(allowed->cidr, 24);
    assert_int_equal(ntohl(allowed->ip4.s_addr), 0x0a000000);
    allowed = allowed->next_allowedip;
    assert_ptr_equal(allowed, built->last_allowedip);
    assert_int_equal(allowed->family, AF_INET6);
    assert_int_equal(allowed->cidr, 64);
    assert_int_equal(allowed->ip6.s6_addr[0], 0xfd);
    assert_null(allowed->next_allowedip);
    wireguard_kernel_wipe(device);
}

/* What a change does not name is not said. */
static void test_flags_of_changes(void **unused)
{
    (void)unused;
    static const struct {
        unsigned what;
        unsigned flags;
        unsigned allowed;
    } samples[] = {
        {WIREGUARD_REMOVE, WGPEER_REMOVE_ME, 0},
        {WIREGUARD_SET_PRESHARED, WGPEER_HAS_PRESHARED_KEY, 0},
        {WIREGUARD_SET_KEEPALIVE, WGPEER_HAS_PERSISTENT_KEEPALIVE_INTERVAL, 0},
        {WIREGUARD_REPLACE_ALLOWED, WGPEER_REPLACE_ALLOWEDIPS, 2},
        {WIREGUARD_ADD_ALLOWED, 0, 2},
    };
    _cleanup_wireguard_state_ struct wireguard_state wanted = {0};
    struct wireguard_change changes[ELEMENTS(samples)];
    wg_peer *peer;
    size_t i = 0;

    add_peer(&wanted, 1);
    assert_int_equal(endpoint_parse("[fd00::1]:4500", &wanted.peers[0].endpoint), 0);
    for (size_t j = 0; j < ELEMENTS(samples); j++)
        changes[j] = (struct wireguard_change){.peer = wanted.peers, .what = samples[j].what};
    wg_device *device = wireguard_kernel_build("wg0", NULL, 0, changes, ELEMENTS(changes));
    wg_for_each_peer(device, peer)
    {
        wg_allowedip *allowed;
        unsigned count = 0;

        wg_for_each_allowedip(peer, allowed) count++;
        assert_int_equal(peer->flags, WGPEER_HAS_PUBLIC_KEY | samples[i].flags);
        assert_int_equal(count, samples[i].allowed);
        assert_int_equal(peer->endpoint.addr.sa_family, 0);
        assert_int_equal(wg_key_is_zero(peer->preshared_key),
                         samples[i].what != WIREGUARD_SET_PRESHARED);
        i++;
    }
    assert_int_equal(i, ELEMENTS(samples));
    wireguard_kernel_wipe(device);
}

static void test_there_and_back(void **unused)
{
    (void)unused;
    _cleanup_wireguard_state_ struct wireguard_state wanted = {
        .has_private_key = true, .private_key = key_of(9), .listen_port = 51820};
    _cleanup_wireguard_state_ struct wireguard_state observed = {0};
    _cleanup_(wireguard_changes_done) struct wireguard_changes changes = {0}, after = {0};

    add_peer(&wanted, 3);
    add_peer(&wanted, 1)->keepalive = 0;
    assert_int_equal(endpoint_parse("[fd00::1]:4500", &wanted.peers[0].endpoint), 0);
    assert_int_equal(endpoint_parse("192.0.2.1:4501", &wanted.peers[1].endpoint), 0);
    wireguard_state_sort(&wanted);
    wireguard_diff(&wanted, &observed, &changes);

    wg_device *device = wireguard_kernel_build(
        "wg0", &wanted, WIREGUARD_DEVICE_PRIVATE_KEY | WIREGUARD_DEVICE_LISTEN_PORT, changes.items,
        changes.count);
    device->first_peer->rx_bytes = 5;
    device->first_peer->tx_bytes = 6;
    device->first_peer->last_handshake_time.tv_sec = 7;
    wireguard_kernel_convert(device, &observed);
    wireguard_kernel_wipe(device);

    wireguard_diff(&wanted, &observed, &after);
    assert_int_equal(after.count, 0);
    assert_false(after.set_private_key);
    assert_false(after.set_listen_port);
    assert_int_equal(observed.peers[0].received, 5);
    assert_int_equal(observed.peers[0].sent, 6);
    assert_int_equal(observed.peers[0].handshake_at, 7);
    for (size_t i = 0; i < 2; i++) {
        assert_true(
            address_equal(&observed.peers[i].endpoint.address, &wanted.peers[i].endpoint.address));
        assert_int_equal(observed.peers[i].endpoint.port, wanted.peers[i].endpoint.port);
    }
}

/* A kernel without the module, and one with it but without the link. */
static void test_no_device(void **unused)
{
    (void)unused;
    struct wireguard *wireguard = NULL;
    int r = wireguard_open_kernel("wgnone0", &wireguard);

    assert_true(r == -ENOTSUP || r == -ENODEV || r == -EPERM);
    assert_null(wireguard);
    assert_int_equal(wireguard_open_kernel("a name that no link can have", &wireguard), -ENODEV);
    assert_null(wireguard);
}

/* The library may begin a dump once per call; see tunnel/wireguard_kernel.c. */
static void test_an_interrupted_dump_does_not_go_on_for_ever(void **unused)
{
    (void)unused;
    void *wireguard_embeddable_calloc(size_t count, size_t size);
    void *other = wireguard_embeddable_calloc(1, sizeof(wg_peer));

    assert_non_null(other);
    free(other);
    errno = 0;
    assert_null(wireguard_embeddable_calloc(1, sizeof(wg_device)));
    assert_int_equal(errno, EINTR);
    assert_null(wireguard_embeddable_calloc(1, sizeof(wg_device)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_device),
        cmocka_unit_test(test_a_peer_to_add),
        cmocka_unit_test(test_flags_of_changes),
        cmocka_unit_test(test_there_and_back),
        cmocka_unit_test(test_no_device),
        cmocka_unit_test(test_an_interrupted_dump_does_not_go_on_for_ever),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
