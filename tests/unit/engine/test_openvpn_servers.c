/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An instance's OpenVPN servers, with OpenVPN played on their management sockets. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "hub/base/cleanup.h"
#include "hub/engine/openvpn_keys.h"
#include "hub/pki/pki.h"
#include "runtime_world.h"

/* ---- rows ---- */

static struct instance add_instance(struct runtime_world *world)
{
    struct instance instance = fixture_instance(1);

    instance.openvpn_transports = OPENVPN_TRANSPORT_UDP;
    fixture_add_instance(world->fixture, &instance);
    return instance;
}

static struct peer add_peer(struct runtime_world *world, const struct instance *instance,
                            unsigned number, enum peer_login login)
{
    struct peer peer = fixture_peer(instance, number);
    _cleanup_instance_openvpn_ struct instance_openvpn keys = {0};
    _cleanup_peer_openvpn_ struct peer_openvpn row = {0};
    struct store *store = world->fixture->store;
    const char *column;

    peer.protocol = PROTOCOL_OPENVPN;
    peer.login = login;
    peer.has_preshared_key = false;
    world->engine.store = store;
    assert_int_equal(store_begin(store), 0);
    assert_int_equal(openvpn_keys_prepare(&world->engine, &peer, &keys), 0);
    assert_int_equal(openvpn_keys_issue(&keys, &peer, &row), 0);
    assert_int_equal(peer_store_add(store, &peer, &column), 0);
    assert_int_equal(openvpn_store_put_peer(store, &row), 0);
    assert_int_equal(store_commit(store), 0);
    return peer;
}

static void change_peer(struct runtime_world *world, struct peer *peer)
{
    struct store *store = world->fixture->store;
    const char *column;

    assert_int_equal(store_begin(store), 0);
    assert_int_equal(peer_store_update(store, peer, &column), 0);
    assert_int_equal(store_commit(store), 0);
    runtime_peer_changed(world->engine.runtimes, peer->instance_id, peer->id, NULL, NULL, NULL);
}

static bool is_connected(struct runtime_world *world, const struct peer *peer)
{
    struct peer_view view;

    runtime_peer_view(world->engine.runtimes, peer->instance_id, peer->id, &view);
    return view.liveness.connected;
}

static struct openvpn_server_view
view_of(struct runtime_world *world, const struct instance *instance, enum openvpn_server server)
{
    struct openvpn_server_view view;

    assert_true(runtime_openvpn_view(world->engine.runtimes, instance->id, server, &view));
    return view;
}

/* ---- OpenVPN, played ---- */

#define RUN_UNTIL(world, condition) \
    for (uint64_t end_ = clock_monotonic_us() + 10 * 1000 * 1000; \
         !(condition) && clock_monotonic_us() < end_;) \
    assert_true(sd_event_run((world)->engine.event, 20 * 1000) >= 0)

static void say(struct runtime_world *world, enum openvpn_server server, const char *text)
{
    assert_int_equal(send(world->management[server], text, strlen(text), MSG_NOSIGNAL),
                     (ssize_t)strlen(text));
    world_turn(world);
}

/* All that was said to it since the last time. */
static const char *hear(struct runtime_world *world, enum openvpn_server server)
{
    static char text[16384];
    ssize_t size;

    world_turn(world);
    size = recv(world->management[server], text, sizeof(text) - 1, MSG_DONTWAIT);
    text[size > 0 ? size : 0] = 0;
    return text;
}

#define assert_heard(world, server, words) \
    do { \
        const char *heard_ = hear(world, server); \
        if (!strstr(heard_, words)) \
            fail_msg("not heard: %s; but: %s", words, heard_); \
    } while (0)

static const char *digest_text(const struct peer *peer)
{
    static char text[3 * KEY_SIZE];

    for (size_t i = 0; i < KEY_SIZE; i++)
        sprintf(text + 3 * i, "%02x%s", peer->public_key.bytes[i], i + 1 < KEY_SIZE ? ":" : "");
    return text;
}

static void say_client(struct runtime_world *world, enum openvpn_server server, const char *what,
                       const char *environment)
{
    char text[4096];

    snprintf(text, sizeof(text), ">CLIENT:%s\r\n%s>CLIENT:ENV,END\r\n", what, environment);
    say(world, server, text);
}

static void say_connect(struct runtime_world *world, unsigned cid, const struct peer *peer,
                        const char *user_name)
{
    char what[64], environment[1024];

    snprintf(what, sizeof(what), "CONNECT,%u,1", cid);
    snprintf(environment, sizeof(environment),
             ">CLIENT:ENV,tls_digest_sha256_0=%s\r\n>CLIENT:ENV,untrusted_ip=192.0.2.7\r\n"
             ">CLIENT:ENV,untrusted_port=4711\r\n>CLIENT:ENV,username=%s\r\n",
             digest_text(peer), user_name);
    say_client(world, OPENVPN_UDP, what, environment);
}

static void connect_peer(struct runtime_world *world, unsigned cid, const struct peer *peer)
{
    char what[64];

    say_connect(world, cid, peer, "");
    snprintf(what, sizeof(what), "ESTABLISHED,%u", cid);
    say_client(world, OPENVPN_UDP, what,
               ">CLIENT:ENV,trusted_ip=192.0.2.7\r\n>CLIENT:ENV,trusted_port=4711\r\n");
}

static const char greeting[] =
    ">INFO:OpenVPN Management Interface Version 5 -- type 'help' for more info\r\n"
    ">HOLD:Waiting for hold release:0\r\n";

/* An instance with a peer, its server let go. */
static struct instance start(struct runtime_world *world, struct peer *ret_peer)
{
    struct instance instance = add_instance(world);

    *ret_peer = add_peer(world, &instance, 1, LOGIN_CERTIFICATE);
    world_start(world);
    RUN_UNTIL(world, world->management[OPENVPN_UDP] >= 0);
    say(world, OPENVPN_UDP, greeting);
    assert_true(world_wait(world, instance.id, INSTANCE_ACTIVE));
    world_turn(world);
    assert_heard(world, OPENVPN_UDP, "hold release");
    world_forget(world);
    return instance;
}

/* ---- tests ---- */

static void without_a_peer_of_it_there_is_no_server(void **state)
{
    struct runtime_world *world = *state;
    struct instance instance = add_instance(world);

    world_start(world);
    assert_true(world_wait(world, instance.id, INSTANCE_ACTIVE));
    assert_int_equal(world_heard(world, VERB_OPENVPN_OPEN), 0);
    assert_int_equal(view_of(world, &instance, OPENVPN_UDP).port, 0);
}

static void the_servers_are_those_that_its_peers_need(void **state)
{
    struct runtime_world *world = *state;
    struct peer peer;
    struct instance instance = start(world, &peer);
    struct peer router;

    assert_string_equal(view_of(world, &instance, OPENVPN_UDP).state, "ready");
    assert_int_equal(view_of(world, &instance, OPENVPN_UDP).port, 1194);
    assert_string_equal(view_of(world, &instance, OPENVPN_TCP).state, "off");
    assert_string_equal(view_of(world, &instance, OPENVPN_LEGACY).state, "off");

    router = add_peer(world, &instance, 2, LOGIN_PASSWORD);
    runtime_peer_changed(world->engine.runtimes, instance.id, router.id, NULL, NULL, NULL);
    RUN_UNTIL(world, world->management[OPENVPN_LEGACY] >= 0);
    say(world, OPENVPN_LEGACY, greeting);
    assert_string_equal(view_of(world, &instance, OPENVPN_LEGACY).state, "ready");
    assert_int_equal(view_of(world, &instance, OPENVPN_LEGACY).port, 1195);
    /* Both workers are told which ports are let in. */
    assert_true(world_heard(world, VERB_UPLINK_SET) > 0);
    assert_true(world_heard(world, VERB_INSTANCE_SET) > 0);

    router.enabled = false;
    change_peer(world, &router);
    world_turn(world);
    assert_string_equal(view_of(world, &instance, OPENVPN_LEGACY).state, "ready");
    assert_int_equal(store_begin(world->fixture->store), 0);
    assert_int_equal(peer_store_delete(world->fixture->store, instance.id, router.id), 0);
    assert_int_equal(store_commit(world->fixture->store), 0);
    runtime_peer_changed(world->engine.runtimes, instance.id, router.id, &router.public_key, NULL,
                         NULL);
    world_turn(world);
    assert_string_equal(view_of(world, &instance, OPENVPN_LEGACY).state, "off");
    assert_int_equal(world_heard(world, VERB_OPENVPN_CLOSE), 1);
    peer_done(&router);
    peer_done(&peer);
}

static void a_peer_is_let_in_by_its_certificate(void **state)
{
    struct runtime_world *world = *state;
    struct peer peer;
    struct instance instance = start(world, &peer);
    struct peer_view view;

    say_connect(world, 0, &peer, "");
    assert_int_equal(world->worker.server, OPENVPN_UDP);
    assert_heard(world, OPENVPN_UDP, "client-auth 0 1\n");
    assert_false(is_connected(world, &peer));
    say_client(world, OPENVPN_UDP, "ESTABLISHED,0",
               ">CLIENT:ENV,trusted_ip=192.0.2.7\r\n>CLIENT:ENV,trusted_port=4711\r\n");
    assert_true(is_connected(world, &peer));
    say(world, OPENVPN_UDP, ">BYTECOUNT_CLI:0,913,1984\r\n");
    runtime_peer_view(world->engine.runtimes, instance.id, peer.id, &view);
    assert_int_equal(view.endpoint.port, 4711);
    say_client(world, OPENVPN_UDP, "DISCONNECT,0",
               ">CLIENT:ENV,bytes_received=1000\r\n>CLIENT:ENV,bytes_sent=2000\r\n");
    assert_false(is_connected(world, &peer));
    assert_int_equal(world->worker.server, OPENVPN_NOT_CONNECTED);
    peer_done(&peer);
}

/* OpenVPN would look at the answer a second later; but an old client must not be bothered. */
static void a_grant_is_looked_at_at_once(void **state)
{
    static const struct {
        const char *protocol;
        bool woken;
    } clients[] = {{"990", true}, {"16", true}, {"2", false}, {"many", false}};
    struct runtime_world *world = *state;
    struct peer peer;

    (void)start(world, &peer);
    for (unsigned i = 0; i < ELEMENTS(clients); i++) {
        char what[64], environment[512];
        const char *heard, *grant, *wake;

        snprintf(what, sizeof(what), "CONNECT,%u,1", i);
        snprintf(environment, sizeof(environment),
                 ">CLIENT:ENV,tls_digest_sha256_0=%s\r\n>CLIENT:ENV,IV_PROTO=%s\r\n",
                 digest_text(&peer), clients[i].protocol);
        say_client(world, OPENVPN_UDP, what, environment);
        heard = hear(world, OPENVPN_UDP);
        grant = strstr(heard, "client-auth ");
        wake = strstr(heard, "client-pending-auth ");
        assert_non_null(grant);
        assert_int_equal(wake != NULL, clients[i].woken);
        assert_true(!wake || wake > grant);
    }
    peer_done(&peer);
}

static void who_is_nobody_is_refused(void **state)
{
    struct runtime_world *world = *state;
    struct peer peer;
    struct instance instance = start(world, &peer);
    struct peer other = add_peer(world, &instance, 2, LOGIN_CERTIFICATE);
    struct peer stranger = peer;

    stranger.public_key.bytes[5] ^= 1;
    say_connect(world, 1, &stranger, "");
    assert_heard(world, OPENVPN_UDP, "client-deny 1 1");
    /* The right certificate under another peer's name. */
    say_connect(world, 2, &peer, other.id);
    assert_heard(world, OPENVPN_UDP, "client-deny 2 1");
    say_connect(world, 3, &peer, peer.id);
    assert_heard(world, OPENVPN_UDP, "client-auth 3 1");
    say_client(world, OPENVPN_UDP, "CONNECT,4,1", ">CLIENT:ENV,username=x\r\n");
    assert_heard(world, OPENVPN_UDP, "client-deny 4 1");
    peer.expires = true;
    peer.expires_at = clock_seconds() - 1;
    change_peer(world, &peer);
    say_connect(world, 5, &peer, "");
    assert_heard(world, OPENVPN_UDP, "client-deny 5 1");
    peer_done(&other);
    peer_done(&peer);
}

static void a_disabled_peer_is_cut(void **state)
{
    struct runtime_world *world = *state;
    struct peer peer;
    struct instance instance = start(world, &peer);
    struct peer other = add_peer(world, &instance, 2, LOGIN_CERTIFICATE);

    runtime_peer_changed(world->engine.runtimes, instance.id, other.id, NULL, NULL, NULL);
    connect_peer(world, 7, &peer);
    connect_peer(world, 8, &other);
    (void)hear(world, OPENVPN_UDP);
    peer.enabled = false;
    change_peer(world, &peer);
    assert_heard(world, OPENVPN_UDP, "client-kill 7");
    assert_false(is_connected(world, &peer));
    assert_true(is_connected(world, &other));
    assert_false(told_has(&world->worker.wanted, &peer.public_key));
    say_connect(world, 9, &peer, "");
    assert_heard(world, OPENVPN_UDP, "client-deny 9 1");
    /* A name is nothing that a session hangs on; a network behind it is. */
    strcpy(other.name, "renamed");
    change_peer(world, &other);
    assert_string_equal(hear(world, OPENVPN_UDP), "");
    other.is_site = true;
    fixture_add_subnet(&other, "192.168.7.0/24");
    change_peer(world, &other);
    assert_heard(world, OPENVPN_UDP, "client-kill 8");
    peer_done(&other);
    peer_done(&peer);
}

static void a_new_session_ends_the_old_one(void **state)
{
    struct runtime_world *world = *state;
    struct peer peer;

    (void)start(world, &peer);
    connect_peer(world, 1, &peer);
    (void)hear(world, OPENVPN_UDP);
    connect_peer(world, 2, &peer);
    assert_heard(world, OPENVPN_UDP, "client-kill 1");
    say_client(world, OPENVPN_UDP, "DISCONNECT,1", "");
    assert_true(is_connected(world, &peer));
    peer_done(&peer);
}

/* The engine was away: who is connected stays so, before anything is applied. */
/* Its client began anew in the middle: the same number is asked about twice. */
static void who_is_asked_about_twice_is_let_in_twice(void **state)
{
    struct runtime_world *world = *state;
    struct peer peer;
    struct instance instance = start(world, &peer);
    const char *heard;

    (void)instance;
    say_connect(world, 1, &peer, "");
    assert_heard(world, OPENVPN_UDP, "client-auth 1 1");
    say_connect(world, 1, &peer, "");
    heard = hear(world, OPENVPN_UDP);
    assert_non_null(strstr(heard, "client-auth 1 1"));
    assert_null(strstr(heard, "client-kill"));
    peer_done(&peer);
}

static void who_is_connected_is_found_again(void **state)
{
    struct runtime_world *world = *state;
    struct instance instance = add_instance(world);
    struct peer peer = add_peer(world, &instance, 1, LOGIN_CERTIFICATE);
    struct peer_openvpn row;
    char name[OPENVPN_KEYS_NAME_MAX], text[2048];

    assert_int_equal(openvpn_store_find_peer(world->fixture->store, peer.id, &row), 0);
    openvpn_keys_peer_name(&peer, &row, name);
    world->openvpn_adopted = true;
    world_start(world);
    RUN_UNTIL(world, world->management[OPENVPN_UDP] >= 0);
    assert_heard(world, OPENVPN_UDP, "status 3");
    assert_int_equal(world_heard(world, VERB_APPLY_END), 0);
    snprintf(text, sizeof(text),
             "TITLE\tOpenVPN 2.6.14\r\nTIME\t2026-01-01 00:00:00\t1767225600\r\n"
             "HEADER\tCLIENT_LIST\tCommon Name\tReal Address\tVirtual Address\tVirtual IPv6 "
             "Address\tBytes Received\tBytes Sent\tConnected Since\tConnected Since "
             "(time_t)\tUsername\tClient ID\tPeer ID\tData Channel Cipher\r\n"
             "CLIENT_LIST\t%s\t192.0.2.7:4711\t10.66.0.2\t\t100\t200\t2026-01-01 "
             "00:00:00\t1767225600\tUNDEF\t3\t0\tAES-256-GCM\r\n"
             "CLIENT_LIST\tUNDEF\t192.0.2.8:4711\t\t\t100\t200\t2026-01-01 "
             "00:00:00\t1767225600\tUNDEF\t4\t1\t\r\n"
             "CLIENT_LIST\t%.8s-9\t192.0.2.9:4711\t10.66.0.2\t\t100\t200\t2026-01-01 "
             "00:00:00\t1767225600\tUNDEF\t5\t2\tAES-256-GCM\r\n"
             "END\r\n",
             name, peer.id);
    say(world, OPENVPN_UDP, text);
    assert_true(world_wait(world, instance.id, INSTANCE_ACTIVE));
    assert_true(is_connected(world, &peer));
    assert_int_equal(world->worker.server, OPENVPN_UDP);
    say(world, OPENVPN_UDP, "");
    assert_heard(world, OPENVPN_UDP, "client-kill 4");
    peer_done(&peer);
}

static void nonsense_and_an_end_amid_a_line_are_survived(void **state)
{
    static const char *const words[] = {"\x01garbage without a meaning\n", ">CLIENT:CONNECT,x\n",
                                        ">CLIENT:CONNECT,0,1\n>CLIENT:ENV,half a li"};
    struct runtime_world *world = *state;
    struct peer peer;
    struct instance instance = start(world, &peer);

    for (size_t i = 0; i < ELEMENTS(words); i++) {
        unsigned opened = world_heard(world, VERB_OPENVPN_OPEN);

        (void)!send(world->management[OPENVPN_UDP], words[i], strlen(words[i]), MSG_NOSIGNAL);
        if (i == 2)
            shutdown(world->management[OPENVPN_UDP], SHUT_RDWR);
        world->openvpn_adopted = true;
        RUN_UNTIL(world, world_heard(world, VERB_OPENVPN_OPEN) > opened);
        say(world, OPENVPN_UDP, "END\r\n");
        assert_string_equal(view_of(world, &instance, OPENVPN_UDP).state, "ready");
    }
    peer_done(&peer);
}

static void a_server_that_ends_is_started_again(void **state)
{
    struct runtime_world *world = *state;
    struct peer peer;
    struct instance instance = start(world, &peer);
    struct verb_openvpn_id gone = {.server = OPENVPN_UDP};

    connect_peer(world, 1, &peer);
    assert_true(is_connected(world, &peer));
    memcpy(gone.id, instance.id, ID_LENGTH);
    assert_int_equal(
        channel_send_plain(world->warrend.channel, VERB_OPENVPN_GONE, 0, 0, &gone, sizeof(gone)),
        0);
    world_turn(world);
    assert_false(is_connected(world, &peer));
    RUN_UNTIL(world, world_heard(world, VERB_OPENVPN_OPEN) > 0);
    world_turn(world);
    say(world, OPENVPN_UDP, greeting);
    assert_string_equal(view_of(world, &instance, OPENVPN_UDP).state, "ready");
    connect_peer(world, 0, &peer);
    assert_true(is_connected(world, &peer));
    peer_done(&peer);
}

/* As if the servers' certificate had been made long ago. */
static void age_certificate(struct runtime_world *world, const struct instance *instance)
{
    struct store *store = world->fixture->store;
    _cleanup_instance_openvpn_ struct instance_openvpn row = {0};
    _cleanup_(pki_identity_wipe) struct pki_identity ca = {0}, server = {0};
    int64_t then = clock_seconds() - PKI_SERVER_LIFETIME * 3 / 4;

    assert_int_equal(openvpn_store_find_instance(store, instance->id, &row), 0);
    assert_int_equal(
        pki_certificate_read(row.ca_certificate.bytes, row.ca_certificate.size, &ca.certificate),
        0);
    assert_int_equal(pki_key_read(row.ca_key.bytes, row.ca_key.size, &ca.key), 0);
    assert_int_equal(pki_issue_server(&ca, "hub", NULL, PKI_ECDSA_P256, then, &server), 0);
    row.certificate.size = server.certificate.size;
    memcpy(row.certificate.bytes, server.certificate.der, server.certificate.size);
    row.key.size = server.key.size;
    memcpy(row.key.bytes, server.key.der, server.key.size);
    assert_int_equal(store_begin(store), 0);
    assert_int_equal(openvpn_store_put_instance(store, &row), 0);
    assert_int_equal(store_commit(store), 0);
}

static void a_certificate_is_renewed_before_it_ends(void **state)
{
    struct runtime_world *world = *state;
    struct instance instance = add_instance(world);
    struct peer peer = add_peer(world, &instance, 1, LOGIN_CERTIFICATE);
    _cleanup_instance_openvpn_ struct instance_openvpn before = {0}, after = {0};
    struct store *store = world->fixture->store;
    struct pki_certificate certificate, authority;
    bool renewed;

    assert_int_equal(openvpn_keys_renew(&world->engine, instance.id, &renewed), 0);
    assert_false(renewed);
    age_certificate(world, &instance);
    assert_int_equal(openvpn_store_find_instance(store, instance.id, &before), 0);
    assert_int_equal(store_begin(store), 0);
    assert_int_equal(openvpn_keys_renew(&world->engine, instance.id, &renewed), 0);
    assert_int_equal(store_commit(store), 0);
    assert_true(renewed);
    assert_int_equal(openvpn_store_find_instance(store, instance.id, &after), 0);
    /* What profiles hold is as it was, and the new one is of the same authority. */
    assert_int_equal(before.ca_certificate.size, after.ca_certificate.size);
    assert_memory_equal(before.ca_certificate.bytes, after.ca_certificate.bytes,
                        after.ca_certificate.size);
    assert_memory_not_equal(before.certificate.bytes, after.certificate.bytes, 300);
    assert_int_equal(
        pki_certificate_read(after.certificate.bytes, after.certificate.size, &certificate), 0);
    assert_int_equal(
        pki_certificate_read(after.ca_certificate.bytes, after.ca_certificate.size, &authority), 0);
    assert_true(pki_is_of(&certificate, &authority));
    assert_int_equal(openvpn_keys_renew(&world->engine, instance.id, &renewed), 0);
    assert_false(renewed);
    peer_done(&peer);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, runtime_world_open, runtime_world_close)
    const struct CMUnitTest tests[] = {
        TEST(without_a_peer_of_it_there_is_no_server),
        TEST(the_servers_are_those_that_its_peers_need),
        TEST(a_peer_is_let_in_by_its_certificate),
        TEST(a_grant_is_looked_at_at_once),
        TEST(who_is_nobody_is_refused),
        TEST(a_disabled_peer_is_cut),
        TEST(a_new_session_ends_the_old_one),
        TEST(who_is_asked_about_twice_is_let_in_twice),
        TEST(who_is_connected_is_found_again),
        TEST(nonsense_and_an_end_amid_a_line_are_survived),
        TEST(a_server_that_ends_is_started_again),
        TEST(a_certificate_is_renewed_before_it_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
