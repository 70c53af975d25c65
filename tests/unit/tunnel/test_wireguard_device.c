/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A real device, wireguard-go's or the kernel's: see backend.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "tests/unit/tunnel/backend.h"
#include "tests/unit/tunnel/wireguard_go.h"

#define NAME "wgt0"

static bool have_world;

static int enter_world(void **state)
{
    (void)state;
    have_world = wireguard_go_enter_world();
    return 0;
}

struct device {
    pid_t pid;
    bool is_lost;
    struct wireguard *wireguard;
    struct wireguard_state wanted;
};

static int start(void **state)
{
    struct device *device = calloc(1, sizeof(*device));

    *state = device;
    if (have_world)
        device->wireguard = backend_start(NAME, &device->pid);
    return 0;
}

static int stop(void **state)
{
    struct device *device = *state;

    if (device->wireguard && !device->is_lost)
        backend_stop(NAME, device->pid);
    wireguard_free(device->wireguard);
    wireguard_state_done(&device->wanted);
    free(device);
    return 0;
}

struct refused {
    size_t count;
    struct key keys[8];
    int errors[8];
};

static void on_failed(const struct key *public_key, int error, void *data)
{
    struct refused *refused = data;

    assert_true(refused->count < ELEMENTS(refused->keys));
    refused->keys[refused->count] = *public_key;
    refused->errors[refused->count++] = error;
}

/* Reads, writes the difference, answers how much that was. */
static int apply(struct device *device, struct refused *refused, size_t *ret_count)
{
    _cleanup_wireguard_state_ struct wireguard_state observed = {0};
    _cleanup_(wireguard_changes_done) struct wireguard_changes changes = {0};

    wireguard_state_sort(&device->wanted);
    assert_int_equal(wireguard_read(device->wireguard, &observed), 0);
    wireguard_diff(&device->wanted, &observed, &changes);
    *ret_count = changes.count + changes.set_listen_port + changes.set_private_key;
    return wireguard_write(device->wireguard, &device->wanted, &changes, on_failed, refused);
}

static void apply_all(struct device *device, size_t count)
{
    struct refused refused = {0};
    size_t written;

    assert_int_equal(apply(device, &refused, &written), 0);
    assert_int_equal(written, count);
    assert_int_equal(refused.count, 0);
    assert_int_equal(apply(device, &refused, &written), 0);
    assert_int_equal(written, 0);
}

static struct wireguard_peer *add_peer(struct device *device, unsigned number, size_t room)
{
    struct wireguard_peer *peer = wireguard_state_add(&device->wanted, room);

    peer->public_key = (struct key){{(uint8_t)number, 9, 9}};
    return peer;
}

static void add_prefix(struct wireguard_peer *peer, const char *text)
{
    assert_int_equal(prefix_parse(text, &peer->allowed[peer->allowed_count++]), 0);
}

#define NEED_WORLD(state) \
    struct device *device = *(state); \
    if (!device->wireguard) \
    skip()

static void test_a_thousand_peers(void **state)
{
    NEED_WORLD(state);
    _cleanup_wireguard_state_ struct wireguard_state observed = {0};

    wireguard_go_make_peers(&device->wanted, 1000);
    key_make_private(&device->wanted.private_key);
    device->wanted.has_private_key = true;
    device->wanted.listen_port = 51999;
    apply_all(device, 1002);

    assert_int_equal(wireguard_read(device->wireguard, &observed), 0);
    assert_int_equal(observed.listen_port, 51999);
    assert_true(key_equal(&observed.private_key, &device->wanted.private_key));
    assert_int_equal(observed.peer_count, 1000);
    for (size_t i = 0; i < observed.peer_count; i++) {
        const struct wireguard_peer *a = &observed.peers[i], *b = &device->wanted.peers[i];

        assert_true(key_equal(&a->public_key, &b->public_key));
        assert_true(key_equal(&a->preshared_key, &b->preshared_key));
        assert_int_equal(a->keepalive, b->keepalive);
        assert_int_equal(a->allowed_count, 2);
        assert_true(prefix_equal(&a->allowed[0], &b->allowed[0]));
        assert_true(prefix_equal(&a->allowed[1], &b->allowed[1]));
        assert_int_equal(a->handshake_at, 0);
    }
}

static void test_every_kind_of_change(void **state)
{
    NEED_WORLD(state);
    struct wireguard_peer *peer;

    add_peer(device, 1, 2);
    add_peer(device, 2, 2);
    add_peer(device, 3, 2);
    peer = device->wanted.peers;
    add_prefix(&peer[0], "10.0.0.1/32");
    add_prefix(&peer[1], "10.0.0.2/32");
    add_prefix(&peer[1], "192.168.88.77/24");
    add_prefix(&peer[2], "10.0.0.3/32");
    peer[0].keepalive = 25;
    key_make_preshared(&peer[1].preshared_key);
    assert_int_equal(endpoint_parse("[2001:db8::7]:4500", &peer[2].endpoint), 0);
    apply_all(device, 3);

    /* Takes away, adds, moves a prefix to the peer that is written before and after. */
    peer[0].keepalive = 0;
    peer[1].preshared_key = (struct key){0};
    peer[1].allowed_count = 1;
    add_prefix(&peer[0], "192.168.88.0/24");
    apply_all(device, 2);
    peer[0].allowed_count = 1;
    add_prefix(&peer[2], "192.168.88.0/24");
    apply_all(device, 2);

    /* One peer goes, and its prefixes pass to another in the same set of changes. */
    struct prefix moved = peer[2].allowed[1];
    device->wanted.peer_count = 2;
    peer[1].allowed[peer[1].allowed_count++] = moved;
    apply_all(device, 2);
}

static void test_an_endpoint_is_set_and_then_left_alone(void **state)
{
    NEED_WORLD(state);
    struct wireguard_peer *peer = add_peer(device, 1, 0);
    _cleanup_wireguard_state_ struct wireguard_state observed = {0};
    char text[ENDPOINT_TEXT_MAX];

    assert_int_equal(endpoint_parse("192.0.2.1:4500", &peer->endpoint), 0);
    apply_all(device, 1);
    assert_int_equal(endpoint_parse("192.0.2.2:4500", &peer->endpoint), 0);
    peer->keepalive = 7;
    apply_all(device, 1);
    assert_int_equal(wireguard_read(device->wireguard, &observed), 0);
    assert_string_equal(endpoint_format(&observed.peers[0].endpoint, text), "192.0.2.1:4500");
}

/* More than one request can hold. */
static void test_a_peer_with_many_prefixes(void **state)
{
    NEED_WORLD(state);
    struct wireguard_peer *peer;

    add_peer(device, 1, 0);
    peer = add_peer(device, 2, 1000);
    for (unsigned i = 0; i < 1000; i++)
        peer->allowed[peer->allowed_count++] = (struct prefix){
            .address = {AF_INET6, {0xfd, 1, (uint8_t)(i >> 8), (uint8_t)i, [15] = 1}},
            .length = 128,
        };
    add_peer(device, 3, 0);
    apply_all(device, 3);
    peer = &device->wanted.peers[1];
    peer->allowed_count = 999;
    apply_all(device, 1);
    peer->allowed_count = 1000;
    apply_all(device, 1);
}

static void test_bad_peers_do_not_keep_others_out(void **state)
{
    NEED_WORLD(state);
    _cleanup_wireguard_state_ struct wireguard_state observed = {0};
    struct refused refused = {0};
    size_t written;

    wireguard_go_make_peers(&device->wanted, 100);
    wireguard_state_sort(&device->wanted);
    device->wanted.peers[17].allowed[0].length = 40;
    device->wanted.peers[99].allowed[0].address.family = 77;
    assert_int_equal(apply(device, &refused, &written), -EINVAL);
    assert_int_equal(refused.count, 2);
    assert_int_equal(refused.errors[0], -EINVAL);
    assert_true(key_equal(&refused.keys[0], &device->wanted.peers[17].public_key));
    assert_true(key_equal(&refused.keys[1], &device->wanted.peers[99].public_key));

    assert_int_equal(wireguard_read(device->wireguard, &observed), 0);
    assert_int_equal(observed.peer_count, 98);
    assert_null(wireguard_state_find(&observed, &refused.keys[0]));
}

static void test_a_taken_port_does_not_keep_peers_out(void **state)
{
    NEED_WORLD(state);
    struct refused refused = {0};
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(51998)};
    _cleanup_close_ int taken = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    size_t written;

    assert_int_equal(bind(taken, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(system("ip link set " NAME " up"), 0);
    add_peer(device, 1, 0);
    device->wanted.listen_port = 51998;
    assert_int_equal(apply(device, &refused, &written), -EADDRINUSE);
    assert_int_equal(refused.count, 0);
    assert_int_equal(apply(device, &refused, &written), -EADDRINUSE);
    assert_int_equal(written, 1);
}

static void test_a_lost_device_is_told(void **state)
{
    NEED_WORLD(state);
    struct wireguard_state observed = {0};
    struct wireguard_change item = {.what = WIREGUARD_ADD};
    struct wireguard_changes changes = {.items = &item, .count = 1};
    struct refused refused = {0};
    int lost = device->pid ? -EPIPE : -ENODEV;

    item.peer = add_peer(device, 1, 0);
    assert_int_equal(wireguard_read(device->wireguard, &observed), 0);
    wireguard_state_done(&observed);
    backend_stop(NAME, device->pid);
    device->is_lost = true;
    assert_int_equal(
        wireguard_write(device->wireguard, &device->wanted, &changes, on_failed, &refused), lost);
    assert_int_equal(wireguard_read(device->wireguard, &observed), lost);
    assert_int_equal(refused.count, 0);
}

#define WITH_DEVICE(function) cmocka_unit_test_setup_teardown(function, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_DEVICE(test_a_thousand_peers),
        WITH_DEVICE(test_every_kind_of_change),
        WITH_DEVICE(test_an_endpoint_is_set_and_then_left_alone),
        WITH_DEVICE(test_a_peer_with_many_prefixes),
        WITH_DEVICE(test_bad_peers_do_not_keep_others_out),
        WITH_DEVICE(test_a_taken_port_does_not_keep_peers_out),
        WITH_DEVICE(test_a_lost_device_is_told),
    };

    return cmocka_run_group_tests(tests, enter_world, NULL);
}
