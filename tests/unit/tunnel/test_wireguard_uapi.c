/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "tunnel/wireguard.h"
#include "tunnel/wireguard_request.h"
#include "tunnel/wireguard_uapi.h"

#define KEY_A "c2b4f6b0d0b3d9a8f1c3b7e5a49786756453423120101112131415161718191a"
#define KEY_B "00b4f6b0d0b3d9a8f1c3b7e5a49786756453423120101112131415161718191a"
#define ZERO "0000000000000000000000000000000000000000000000000000000000000000"
#define PEER_A "public_key=" KEY_A "\n"
#define PEER_B "public_key=" KEY_B "\n"
#define END "errno=0\n\n"

/* In memory of exactly its size, so that a sanitizer sees a step over the end. */
static int parse(const char *text, size_t size, struct wireguard_state *ret_state)
{
    _cleanup_free_ char *copy = malloc(size ? size : 1);

    memcpy(copy, text, size);
    return wireguard_uapi_parse(copy, size, ret_state);
}

static void test_an_answer(void **unused)
{
    (void)unused;
    static const char text[] = "private_key=" KEY_B "\n"
                               "listen_port=51820\n"
                               "fwmark=77\n" PEER_A "preshared_key=" ZERO "\n"
                               "protocol_version=1\n"
                               "endpoint=[2001:db8::1]:4500\n"
                               "last_handshake_time_sec=1700000000\n"
                               "last_handshake_time_nsec=123\n"
                               "tx_bytes=18446744073709551615\n"
                               "rx_bytes=2\n"
                               "persistent_keepalive_interval=25\n"
                               "allowed_ip=fd00::/64\n"
                               "allowed_ip=10.0.0.2/32\n" PEER_B "preshared_key=" KEY_A "\n"
                               "endpoint=192.0.2.7:1\n" END;
    _cleanup_wireguard_state_ struct wireguard_state state = {0};
    struct key key;
    char line[ENDPOINT_TEXT_MAX];

    assert_int_equal(parse(text, sizeof(text) - 1, &state), 0);
    assert_true(state.has_private_key);
    assert_int_equal(key_parse_hex(KEY_B, &key), 0);
    assert_true(key_equal(&state.private_key, &key));
    assert_int_equal(state.listen_port, 51820);
    assert_int_equal(state.peer_count, 2);

    const struct wireguard_peer *first = &state.peers[0], *second = &state.peers[1];
    assert_true(key_equal(&first->public_key, &key));
    assert_string_equal(endpoint_format(&first->endpoint, line), "192.0.2.7:1");
    assert_int_equal(first->allowed_count, 0);
    assert_int_equal(first->keepalive, 0);
    assert_int_equal(key_parse_hex(KEY_A, &key), 0);
    assert_true(key_equal(&first->preshared_key, &key));
    assert_true(key_equal(&second->public_key, &key));
    assert_true(key_is_zero(&second->preshared_key));
    assert_string_equal(endpoint_format(&second->endpoint, line), "[2001:db8::1]:4500");
    assert_int_equal(second->handshake_at, 1700000000);
    assert_true(second->sent == UINT64_MAX);
    assert_int_equal(second->received, 2);
    assert_int_equal(second->keepalive, 25);
    assert_int_equal(second->allowed_count, 2);
    assert_string_equal(prefix_format(&second->allowed[0], line), "10.0.0.2/32");
    assert_string_equal(prefix_format(&second->allowed[1], line), "fd00::/64");
}

static void test_an_empty_device(void **unused)
{
    (void)unused;
    _cleanup_wireguard_state_ struct wireguard_state state = {0};

    assert_int_equal(parse(END, sizeof(END) - 1, &state), 0);
    assert_false(state.has_private_key);
    assert_int_equal(state.peer_count, 0);
}

static void test_a_zone_is_left_out(void **unused)
{
    (void)unused;
    static const char text[] = PEER_A "endpoint=[fe80::1%eth0]:51820\n" END;
    _cleanup_wireguard_state_ struct wireguard_state state = {0};
    char line[ENDPOINT_TEXT_MAX];

    assert_int_equal(parse(text, sizeof(text) - 1, &state), 0);
    assert_string_equal(endpoint_format(&state.peers[0].endpoint, line), "[fe80::1]:51820");
}

static void test_port_0_is_no_endpoint(void **unused)
{
    (void)unused;
    static const char text[] = PEER_A "endpoint=192.0.2.7:0\n" END;
    static const char rubbish[] = PEER_A "endpoint=somewhere:0\n" END;
    _cleanup_wireguard_state_ struct wireguard_state state = {0}, none = {0};

    assert_int_equal(parse(text, sizeof(text) - 1, &state), 0);
    assert_int_equal(state.peers[0].endpoint.address.family, 0);
    assert_int_equal(parse(rubbish, sizeof(rubbish) - 1, &none), -EBADMSG);
}

static void test_good_ones(void **unused)
{
    (void)unused;
    static const char *const good[] = {
        "some_new_key=what ever it is = \n" END,
        PEER_A "some_new_key=\n" END,
        "listen_port=0\n" END,
        "errno=-0\n\n",
        PEER_A "allowed_ip=0.0.0.0/0\nallowed_ip=::/0\n" END,
        PEER_A "allowed_ip=::ffff:10.0.0.1/128\n" END,
    };

    for (size_t i = 0; i < ELEMENTS(good); i++) {
        _cleanup_wireguard_state_ struct wireguard_state state = {0};

        if (parse(good[i], strlen(good[i]), &state) != 0)
            fail_msg("refused: %s", good[i]);
    }
}

static void test_hostile_ones(void **unused)
{
    (void)unused;
    static const char *const bad[] = {
        "",
        "\n",
        "\n\n",
        "errno=0",
        "errno=0\n",
        "errno=0\n\n\n",
        "errno=0\n\nx",
        "errno=0\nlisten_port=1\n\n",
        "errno=\n\n",
        "errno=-\n\n",
        "errno=--1\n\n",
        "errno=+1\n\n",
        "errno=4096\n\n",
        "errno=99999999999999999999\n\n",
        " errno=0\n\n",
        "errno =0\n\n",
        "=1\n" END,
        "listen_port\n" END,
        "Listen_port=1\n" END,
        "listen port=1\n" END,
        "listen_port=65536\n" END,
        "listen_port=-1\n" END,
        "listen_port=01\n" END,
        "listen_port=1 \n" END,
        "listen_port=1\r\n" END,
        "listen_port=1\n\n" END,
        "private_key=\n" END,
        "private_key=00\n" END,
        "private_key=" KEY_A "00\n" END,
        "private_key=C2b4f6b0d0b3d9a8f1c3b7e5a49786756453423120101112131415161718191a\n" END,
        "private_key=x2b4f6b0d0b3d9a8f1c3b7e5a49786756453423120101112131415161718191a\n" END,
        "public_key=\n" END,
        PEER_A PEER_A END,
        PEER_A PEER_B PEER_A END,
        PEER_A "listen_port=1\n" END,
        PEER_A "private_key=" KEY_B "\n" END,
        "preshared_key=" KEY_B "\n" END,
        "allowed_ip=10.0.0.0/8\n" END,
        "endpoint=1.2.3.4:5\n" END,
        "rx_bytes=1\n" END,
        PEER_A "preshared_key=" KEY_B "0\n" END,
        PEER_A "endpoint=\n" END,
        PEER_A "endpoint=1.2.3.4\n" END,
        PEER_A "endpoint=1.2.3.4:65536\n" END,
        PEER_A "endpoint=1.2.3.4:-1\n" END,
        PEER_A "endpoint=example.org:1\n" END,
        PEER_A "endpoint=%]\n" END,
        PEER_A "endpoint=[%]:1\n" END,
        PEER_A "endpoint=]%:1\n" END,
        PEER_A "endpoint=[fe80::1%eth0:51820\n" END,
        PEER_A "last_handshake_time_sec=9223372036854775808\n" END,
        PEER_A "last_handshake_time_sec=-1\n" END,
        PEER_A "tx_bytes=18446744073709551616\n" END,
        PEER_A "tx_bytes=\n" END,
        PEER_A "rx_bytes=1e3\n" END,
        PEER_A "persistent_keepalive_interval=65536\n" END,
        PEER_A "persistent_keepalive_interval=off\n" END,
        PEER_A "allowed_ip=10.0.0.0\n" END,
        PEER_A "allowed_ip=10.0.0.0/33\n" END,
        PEER_A "allowed_ip=10.0.0.0/-1\n" END,
        PEER_A "allowed_ip=::/129\n" END,
        PEER_A "allowed_ip=10.0.0.0/8,10.1.0.0/16\n" END,
        PEER_A "allowed_ip=fe80::1%eth0/64\n" END,
        PEER_A "allowed_ip=" KEY_A KEY_A KEY_A "\n" END,
        PEER_A,
    };

    for (size_t i = 0; i < ELEMENTS(bad); i++) {
        struct wireguard_state state = {.listen_port = 4711};

        if (parse(bad[i], strlen(bad[i]), &state) != -EBADMSG)
            fail_msg("taken: %s", bad[i]);
        assert_int_equal(state.listen_port, 4711);
        assert_null(state.peers);
    }
}

static void test_a_zero_byte_is_no_end(void **unused)
{
    (void)unused;
    static const char in_value[] = "listen_port=1\0\n" END, in_key[] = "listen\0port=1\n" END,
                      in_number[] = "errno=0\0\n\n";
    struct wireguard_state state = {0};

    assert_int_equal(parse(in_value, sizeof(in_value) - 1, &state), -EBADMSG);
    assert_int_equal(parse(in_key, sizeof(in_key) - 1, &state), -EBADMSG);
    assert_int_equal(parse(in_number, sizeof(in_number) - 1, &state), -EBADMSG);
}

static void test_every_cut(void **unused)
{
    (void)unused;
    static const char text[] = "listen_port=51820\n" PEER_A "preshared_key=" KEY_B "\n"
                               "endpoint=[2001:db8::1]:4500\nallowed_ip=10.0.0.2/32\n" END;

    for (size_t size = 0; size < sizeof(text) - 1; size++) {
        struct wireguard_state state = {0};

        assert_int_equal(parse(text, size, &state), -EBADMSG);
    }
}

static void test_a_reported_error(void **unused)
{
    (void)unused;
    struct wireguard_state state = {0};

    assert_int_equal(parse("errno=-22\n\n", 11, &state), -EINVAL);
    assert_int_equal(parse("errno=98\n\n", 10, &state), -EADDRINUSE);
    assert_int_equal(parse(PEER_A "errno=-5\n\n", sizeof(PEER_A) + 9, &state), -EIO);
}

static void test_status(void **unused)
{
    (void)unused;
    static const struct {
        const char *text;
        int result;
        int error;
    } samples[] = {
        {"errno=0\n\n", 0, 0},
        {"errno=-22\n\n", 0, -EINVAL},
        {"errno=5\n\n", 0, -EIO},
        {"errno=0\n", -EBADMSG, 1},
        {"", -EBADMSG, 1},
        {"\n\n", -EBADMSG, 1},
        {"errno=x\n\n", -EBADMSG, 1},
        {"errnos=0\n\n", -EBADMSG, 1},
        {"err=0\n\n", -EBADMSG, 1},
        {"errno=0\n\n\n", -EBADMSG, 1},
    };

    for (size_t i = 0; i < ELEMENTS(samples); i++) {
        int error = 1;

        assert_int_equal(
            wireguard_uapi_parse_status(samples[i].text, strlen(samples[i].text), &error),
            samples[i].result);
        assert_int_equal(error, samples[i].error);
    }
}

/* ---- requests ---- */

static void assert_request(const struct wireguard_change *change, const char *expected)
{
    struct wireguard_request request = {0};

    wireguard_request_begin(&request);
    assert_int_equal(wireguard_request_add_change(&request, change, 0),
                     change->peer->allowed_count);
    wireguard_request_end(&request);
    assert_int_equal(request.length, strlen(expected));
    assert_memory_equal(request.text, expected, request.length);
    wireguard_request_done(&request);
    assert_int_equal(request.length, 0);
    assert_int_equal(request.text[0], 0);
}

static void test_requests(void **unused)
{
    (void)unused;
    struct prefix prefixes[2];
    struct wireguard_peer peer = {.keepalive = 25, .allowed = prefixes, .allowed_count = 2};
    struct wireguard_change change = {.peer = &peer};

    assert_int_equal(key_parse_hex(KEY_A, &peer.public_key), 0);
    assert_int_equal(endpoint_parse("[2001:db8::1]:4500", &peer.endpoint), 0);
    assert_int_equal(prefix_parse("10.0.0.0/24", &prefixes[0]), 0);
    assert_int_equal(prefix_parse("fd00::/64", &prefixes[1]), 0);

    change.what = WIREGUARD_REMOVE;
    assert_request(&change, "set=1\n" PEER_A "remove=true\n\n");
    change.what = WIREGUARD_SET_PRESHARED;
    assert_request(&change, "set=1\n" PEER_A "update_only=true\npreshared_key=" ZERO "\n\n");
    change.what = WIREGUARD_SET_KEEPALIVE;
    assert_request(&change,
                   "set=1\n" PEER_A "update_only=true\npersistent_keepalive_interval=25\n\n");
    change.what = WIREGUARD_ADD_ALLOWED;
    assert_request(&change, "set=1\n" PEER_A "update_only=true\nallowed_ip=10.0.0.0/24\n"
                            "allowed_ip=fd00::/64\n\n");
    change.what = WIREGUARD_REPLACE_ALLOWED;
    assert_request(&change, "set=1\n" PEER_A "update_only=true\nreplace_allowed_ips=true\n"
                            "allowed_ip=10.0.0.0/24\nallowed_ip=fd00::/64\n\n");
    change.what = WIREGUARD_ADD | WIREGUARD_REPLACE_ALLOWED | WIREGUARD_SET_ENDPOINT;
    assert_request(&change, "set=1\n" PEER_A "replace_allowed_ips=true\n"
                            "endpoint=[2001:db8::1]:4500\nallowed_ip=10.0.0.0/24\n"
                            "allowed_ip=fd00::/64\n\n");
}

/* As many as are said to fit do fit, whatever is in them. */
static void test_requests_stay_in_bounds(void **unused)
{
    (void)unused;
    struct prefix prefixes[100];
    struct wireguard_peer peer = {
        .allowed = prefixes, .keepalive = 65535, .endpoint = {.port = 65535}};
    struct wireguard_change changes[40];
    struct wireguard_request request = {0};

    memset(&peer.endpoint.address, 0xff, sizeof(peer.endpoint.address));
    peer.endpoint.address.family = AF_INET6;
    for (size_t i = 0; i < ELEMENTS(prefixes); i++)
        prefixes[i] = (struct prefix){.address = peer.endpoint.address, .length = 128};
    for (size_t i = 0; i < ELEMENTS(changes); i++)
        changes[i] = (struct wireguard_change){.peer = &peer, .what = ~(unsigned)WIREGUARD_REMOVE};

    for (uint32_t count = 0; count <= 60; count++) {
        peer.allowed_count = count;
        size_t capacity = wireguard_request_capacity(changes, ELEMENTS(changes));

        assert_true(capacity > 0);
        wireguard_request_begin(&request);
        for (size_t i = 0; i < capacity; i++)
            assert_int_equal(wireguard_request_add_change(&request, &changes[i], 0), count);
        wireguard_request_end(&request);
        assert_true(request.length <= WIREGUARD_REQUEST_MAX);
    }

    peer.allowed_count = 100;
    assert_int_equal(wireguard_request_capacity(changes, ELEMENTS(changes)), 0);
    wireguard_request_begin(&request);
    size_t said = wireguard_request_add_change(&request, changes, 0);
    wireguard_request_end(&request);
    assert_in_range(said, 60, 99);
    assert_true(request.length <= WIREGUARD_REQUEST_MAX);
    wireguard_request_begin(&request);
    assert_int_equal(wireguard_request_add_change(&request, changes, said), 100);
    assert_null(strstr(request.text, "replace_allowed_ips"));
    assert_non_null(strstr(request.text, "update_only=true"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_answer),
        cmocka_unit_test(test_an_empty_device),
        cmocka_unit_test(test_a_zone_is_left_out),
        cmocka_unit_test(test_port_0_is_no_endpoint),
        cmocka_unit_test(test_good_ones),
        cmocka_unit_test(test_hostile_ones),
        cmocka_unit_test(test_a_zero_byte_is_no_end),
        cmocka_unit_test(test_every_cut),
        cmocka_unit_test(test_a_reported_error),
        cmocka_unit_test(test_status),
        cmocka_unit_test(test_requests),
        cmocka_unit_test(test_requests_stay_in_bounds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
