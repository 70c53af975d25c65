/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The engine's share of a connect over OpenVPN: from a CONNECT on the management socket to its
 * client-auth, with 1,000 peers in a store on disk, of which 200 are sites with networks that every
 * grant routes to. OpenVPN, warrend and the workers are played in the same thread, so that what
 * they do is in the figures.
 */
#include <errno.h>
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "hub/base/buf.h"
#include "hub/base/cleanup.h"
#include "hub/engine/openvpn_keys.h"
#include "tests/unit/engine/runtime_world.h"

enum {
    PEERS = 1000,
    SITES = 200,
    SAMPLES = 2000,
    STORM = 100,
    STORMS = 20,
    PATIENCE_US = 10 * 1000 * 1000,
};

static const double aim_ms = 5;

/* What OpenVPN is told. */
struct said {
    struct buf unread;
    unsigned grants, kills, routes; /* so far */
    unsigned unanswered;            /* commands without their SUCCESS */
    bool granting;                  /* amid the lines of a client-auth */
};

struct bench {
    struct runtime_world *world;
    struct instance instance;
    struct key digests[PEERS];
    uint64_t cid; /* the newest */
    struct said said;
};

static void require(bool held, const char *what)
{
    if (held)
        return;
    fprintf(stderr, "openvpn_connect: %s\n", what);
    exit(1);
}

/* ---- the store ---- */

/* No two of them are neighbours, or they would be one route. */
static void add_networks(struct peer *peer, unsigned number)
{
    char text[PREFIX_TEXT_MAX];

    snprintf(text, sizeof(text), "10.%u.%u.0/24", 100 + number / 100, number % 100 * 2);
    fixture_add_subnet(peer, text);
    snprintf(text, sizeof(text), "fd99:%x::/64", number + 1);
    fixture_add_subnet(peer, text);
}

static void add_peer(struct bench *bench, unsigned number)
{
    struct store *store = bench->world->fixture->store;
    _cleanup_peer_ struct peer peer = fixture_peer(&bench->instance, number + 1);
    _cleanup_instance_openvpn_ struct instance_openvpn keys = {0};
    _cleanup_peer_openvpn_ struct peer_openvpn row = {0};
    const char *column;

    peer.protocol = PROTOCOL_OPENVPN;
    peer.has_preshared_key = false;
    if (number < SITES)
        add_networks(&peer, number);
    assert_int_equal(openvpn_keys_prepare(&bench->world->engine, &peer, &keys), 0);
    assert_int_equal(openvpn_keys_issue(&keys, &peer, &row), 0);
    assert_int_equal(peer_store_add(store, &peer, &column), 0);
    assert_int_equal(openvpn_store_put_peer(store, &row), 0);
    bench->digests[number] = peer.public_key;
}

static void fill(struct bench *bench)
{
    struct store *store = bench->world->fixture->store;

    bench->instance = fixture_instance(1);
    bench->instance.network4 = fixture_prefix("10.64.0.0/16");
    bench->instance.openvpn_transports = OPENVPN_TRANSPORT_UDP;
    fixture_add_instance(bench->world->fixture, &bench->instance);
    bench->world->engine.store = store;
    assert_int_equal(store_begin(store), 0);
    for (unsigned i = 0; i < PEERS; i++)
        add_peer(bench, i);
    assert_int_equal(store_commit(store), 0);
}

/* ---- OpenVPN, played ---- */

static int management(const struct bench *bench)
{
    return bench->world->management[OPENVPN_UDP];
}

static void take_line(struct said *said, const char *line)
{
    if (said->granting) {
        said->routes += strncmp(line, "push \"route", 11) == 0;
        if (strcmp(line, "END") != 0)
            return;
        said->granting = false;
        said->grants++;
        said->unanswered++;
    } else if (strncmp(line, "client-auth ", 12) == 0) {
        said->granting = true;
    } else {
        require(strncmp(line, "client-deny ", 12) != 0, "a peer was refused");
        said->kills += strncmp(line, "client-kill ", 12) == 0;
        said->unanswered++;
    }
}

static void hear(struct bench *bench)
{
    struct said *said = &bench->said;
    char data[16384], *end;
    ssize_t size;

    while ((size = recv(management(bench), data, sizeof(data), MSG_DONTWAIT)) > 0)
        buf_add(&said->unread, data, (size_t)size);
    require(size < 0 && errno == EAGAIN, "the engine hung up");
    size = 0;
    while ((end = memchr(said->unread.data + size, '\n', said->unread.length - (size_t)size))) {
        *end = 0;
        take_line(said, said->unread.data + size);
        size = end + 1 - said->unread.data;
    }
    buf_consume(&said->unread, (size_t)size);
}

/* Until all is quiet. */
static void turn(struct bench *bench)
{
    while (sd_event_run(bench->world->engine.event, 0) > 0)
        ;
    hear(bench);
}

/* Says it and runs the engine until it has let in so many; 0: what takes. */
static uint64_t say_until(struct bench *bench, const struct buf *text, unsigned grants)
{
    uint64_t start = clock_monotonic_us();
    size_t at = 0;

    while (at < text->length || bench->said.grants < grants) {
        ssize_t size = at < text->length ? send(management(bench), text->data + at,
                                                text->length - at, MSG_DONTWAIT | MSG_NOSIGNAL)
                                         : 0;

        require(size >= 0 || errno == EAGAIN, "the engine hung up");
        at += size > 0 ? (size_t)size : 0;
        require(sd_event_run(bench->world->engine.event, 1000) >= 0, "sd_event_run");
        hear(bench);
        require(clock_monotonic_us() - start < PATIENCE_US, "the engine does not answer");
    }
    return clock_monotonic_us() - start;
}

/* What an OpenVPN 2.6 tells of a client of its kind. */
static void add_connect(struct bench *bench, unsigned number, struct buf *text)
{
    const struct key *digest = &bench->digests[number];

    buf_printf(text,
               ">CLIENT:CONNECT,%llu,1\r\n"
               ">CLIENT:ENV,n_clients=%u\r\n"
               ">CLIENT:ENV,IV_VER=2.6.14\r\n"
               ">CLIENT:ENV,IV_PLAT=linux\r\n"
               ">CLIENT:ENV,IV_TCPNL=1\r\n"
               ">CLIENT:ENV,IV_MTU=1600\r\n"
               ">CLIENT:ENV,IV_NCP=2\r\n"
               ">CLIENT:ENV,IV_CIPHERS=AES-256-GCM:CHACHA20-POLY1305\r\n"
               ">CLIENT:ENV,IV_PROTO=990\r\n"
               ">CLIENT:ENV,IV_LZO_STUB=1\r\n"
               ">CLIENT:ENV,IV_COMP_STUB=1\r\n"
               ">CLIENT:ENV,IV_COMP_STUBv2=1\r\n"
               ">CLIENT:ENV,untrusted_ip=192.0.2.%u\r\n"
               ">CLIENT:ENV,untrusted_port=%u\r\n"
               ">CLIENT:ENV,common_name=abcdefgh-1\r\n"
               ">CLIENT:ENV,password=\r\n"
               ">CLIENT:ENV,username=\r\n"
               ">CLIENT:ENV,tls_serial_hex_0=5a:11:c0:3e:91:07:ab:44:1d:20:5e:9f:02:cd:88:%02x\r\n"
               ">CLIENT:ENV,tls_serial_0=119743215790284530011879126633217450%u\r\n",
               (unsigned long long)bench->cid++, number, 1 + number % 250, 20000 + number,
               number % 256, number);
    buf_add_text(text, ">CLIENT:ENV,tls_digest_sha256_0=");
    for (size_t i = 0; i < KEY_SIZE; i++)
        buf_printf(text, "%s%02x", i ? ":" : "", digest->bytes[i]);
    buf_add_text(text, "\r\n"
                       ">CLIENT:ENV,tls_digest_0=0e:5a:a1:f3:2b:8c:66:19:d7:40:92:ec:5f:38:bb:01"
                       ":7d:c4:26:90\r\n"
                       ">CLIENT:ENV,tls_id_0=CN=abcdefgh-1\r\n"
                       ">CLIENT:ENV,X509_0_CN=abcdefgh-1\r\n"
                       ">CLIENT:ENV,tls_serial_hex_1=40:5b:ee:11:90:a3:21:6c:7d:02:9e:14:c5:f8"
                       ":73:66\r\n"
                       ">CLIENT:ENV,tls_id_1=CN=acme CA\r\n"
                       ">CLIENT:ENV,X509_1_CN=acme CA\r\n"
                       ">CLIENT:ENV,remote_port_1=1194\r\n"
                       ">CLIENT:ENV,local_port_1=1194\r\n"
                       ">CLIENT:ENV,proto_1=udp6\r\n"
                       ">CLIENT:ENV,daemon_pid=4711\r\n"
                       ">CLIENT:ENV,daemon_start_time=1767225600\r\n"
                       ">CLIENT:ENV,daemon_log_redirect=0\r\n"
                       ">CLIENT:ENV,daemon=0\r\n"
                       ">CLIENT:ENV,verb=0\r\n"
                       ">CLIENT:ENV,config=stdin\r\n"
                       ">CLIENT:ENV,ifconfig_local=10.64.0.1\r\n"
                       ">CLIENT:ENV,ifconfig_netmask=255.255.0.0\r\n"
                       ">CLIENT:ENV,script_context=init\r\n"
                       ">CLIENT:ENV,tun_mtu=1420\r\n"
                       ">CLIENT:ENV,dev=ovpn0\r\n"
                       ">CLIENT:ENV,dev_type=tun\r\n"
                       ">CLIENT:ENV,redirect_gateway=0\r\n"
                       ">CLIENT:ENV,END\r\n");
}

/* Its commands are answered, the tunnels of the newest `count` stand. */
static void settle(struct bench *bench, unsigned count)
{
    _cleanup_buf_ struct buf text = {0};

    turn(bench);
    for (; bench->said.unanswered > 0; bench->said.unanswered--)
        buf_add_text(&text, "SUCCESS: command succeeded\r\n");
    for (unsigned i = count; i > 0; i--)
        buf_printf(&text,
                   ">CLIENT:ESTABLISHED,%llu\r\n>CLIENT:ENV,trusted_ip=192.0.2.7\r\n"
                   ">CLIENT:ENV,trusted_port=4711\r\n>CLIENT:ENV,END\r\n",
                   (unsigned long long)(bench->cid - i));
    (void)say_until(bench, &text, 0);
    turn(bench);
}

static void start(struct bench *bench)
{
    static char greeting[] =
        ">INFO:OpenVPN Management Interface Version 5 -- type 'help' for more info\r\n"
        ">HOLD:Waiting for hold release:0\r\n";
    const struct buf text = {.data = greeting, .length = strlen(greeting)};
    uint64_t end = clock_monotonic_us() + PATIENCE_US;

    world_start(bench->world);
    while (management(bench) < 0 && clock_monotonic_us() < end)
        require(sd_event_run(bench->world->engine.event, 20 * 1000) >= 0, "sd_event_run");
    require(management(bench) >= 0, "the server is not opened");
    (void)say_until(bench, &text, 0);
    require(world_wait(bench->world, bench->instance.id, INSTANCE_ACTIVE), "not active");
    settle(bench, 0);
}

/* ---- measuring ---- */

static int compare(const void *one, const void *two)
{
    double difference = *(const double *)one - *(const double *)two;

    return difference < 0 ? -1 : difference > 0;
}

static double quantile(double *sorted, size_t count, double part)
{
    return sorted[(size_t)(part * (double)(count - 1) + 0.5)];
}

/* Milliseconds until the last of `count` that come at once is let in. */
static double connect_at_once(struct bench *bench, unsigned count)
{
    _cleanup_buf_ struct buf text = {0};
    unsigned first = randombytes_uniform(PEERS), before = bench->said.grants;
    uint64_t taken;

    for (unsigned i = 0; i < count; i++)
        add_connect(bench, (first + i * 7) % PEERS, &text);
    taken = say_until(bench, &text, before + count);
    require(bench->said.grants == before + count, "one was let in twice");
    settle(bench, count);
    return (double)taken / 1000;
}

static double print_row(const char *what, double *times, size_t count)
{
    double p99;

    qsort(times, count, sizeof(*times), compare);
    p99 = quantile(times, count, 0.99);
    printf("%s: p50 %.2f ms, p99 %.2f ms, max %.2f ms of %zu\n", what, quantile(times, count, 0.5),
           p99, times[count - 1], count);
    return p99;
}

static bool measure(struct bench *bench)
{
    static double times[SAMPLES], last[STORMS];
    double p99;

    for (size_t i = 0; i < SAMPLES; i++)
        times[i] = connect_at_once(bench, 1);
    p99 = print_row("CONNECT to client-auth", times, SAMPLES);
    for (size_t i = 0; i < STORMS; i++)
        last[i] = connect_at_once(bench, STORM);
    (void)print_row("the last client-auth of 100 CONNECTs at once", last, STORMS);
    /* All routed to all sites but their own. */
    require(bench->said.routes >= bench->said.grants * (2 * SITES - 2), "routes were left out");
    printf("%-58s %9.2f ms %9.2f ms%s\n", "OpenVPN connect, engine's share, 1,000 peers, p99", p99,
           aim_ms, p99 > aim_ms ? " MISSED" : "");
    return p99 <= aim_ms;
}

int main(void)
{
    static struct bench bench;
    void *state;
    bool held;

    setenv("WARREN_LOG", "error", 0);
    require(runtime_world_open(&state) == 0, "no world");
    bench.world = state;
    fill(&bench);
    start(&bench);
    held = measure(&bench);
    buf_done(&bench.said.unread);
    runtime_world_close(&state);
    return !held;
}
