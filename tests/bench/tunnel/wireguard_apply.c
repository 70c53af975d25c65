/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Applies many peers from cold, against `wg setconf` with the same ones, each to a device that was
 * just made: see backend.h. Run as root. */
#include <malloc.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "tests/unit/tunnel/backend.h"
#include "tests/unit/tunnel/wireguard_go.h"

#define CONFIGURATION "/run/bench.conf"
enum { ROUNDS = 3 };

/* Of the device of the moment. */
static char name[16];

struct figures {
    double setconf;
    double apply; /* read, difference and write */
    double write; /* the write alone */
    double read;
    double resync; /* read and difference when there is nothing to do */
    size_t state_bytes;
    size_t changes_after;
};

static void fail(const char *what)
{
    fprintf(stderr, "wireguard_apply: %s failed\n", what);
    exit(1);
}

static double since(uint64_t begin)
{
    return (double)(clock_monotonic_us() - begin) / 1000;
}

static struct wireguard *start_device(pid_t *ret_pid)
{
    static unsigned number;

    (void)snprintf(name, sizeof(name), "wgbench%u", number++);
    return backend_start(name, ret_pid);
}

/* The kernel's is left to the end of this namespace: it takes peers away one by one, and longer
 * than all the rest. */
static void stop_device(pid_t pid)
{
    if (pid)
        backend_stop(name, pid);
}

static size_t memory_in_use(void)
{
    struct mallinfo2 info = mallinfo2();

    return info.uordblks + info.hblkhd;
}

static void write_configuration(const struct wireguard_state *wanted)
{
    FILE *file = fopen(CONFIGURATION, "we");
    char text[PREFIX_TEXT_MAX], more[PREFIX_TEXT_MAX], key[KEY_BASE64_MAX];

    if (!file)
        fail(CONFIGURATION);
    fprintf(file, "[Interface]\nListenPort = %u\nPrivateKey = %s\n", wanted->listen_port,
            key_format_base64(&wanted->private_key, key));
    for (size_t i = 0; i < wanted->peer_count; i++) {
        const struct wireguard_peer *peer = &wanted->peers[i];

        fprintf(file, "[Peer]\nPublicKey = %s\n", key_format_base64(&peer->public_key, key));
        fprintf(file, "PresharedKey = %s\n", key_format_base64(&peer->preshared_key, key));
        fprintf(file, "AllowedIPs = %s, %s\n", prefix_format(&peer->allowed[0], text),
                prefix_format(&peer->allowed[1], more));
        if (peer->keepalive)
            fprintf(file, "PersistentKeepalive = %u\n", peer->keepalive);
    }
    if (fclose(file) != 0)
        fail(CONFIGURATION);
}

static double time_setconf(void)
{
    char *arguments[] = {"wg", "setconf", name, CONFIGURATION, NULL}, *none[] = {NULL};
    int status;
    pid_t daemon, pid;
    struct wireguard *wireguard = start_device(&daemon);
    uint64_t begin;
    double taken;

    wireguard_free(wireguard);
    begin = clock_monotonic_us();
    if (posix_spawn(&pid, "/usr/bin/wg", NULL, NULL, arguments, none) != 0 ||
        waitpid(pid, &status, 0) < 0 || status != 0)
        fail("wg setconf");
    taken = since(begin);
    stop_device(daemon);
    return taken;
}

static void measure_round(const struct wireguard_state *wanted, struct figures *figures)
{
    _cleanup_wireguard_state_ struct wireguard_state cold = {0}, observed = {0};
    _cleanup_(wireguard_changes_done) struct wireguard_changes changes = {0}, after = {0};
    pid_t daemon;
    struct wireguard *wireguard = start_device(&daemon);
    uint64_t begin, write_begin;

    begin = clock_monotonic_us();
    if (wireguard_read(wireguard, &cold) < 0)
        fail("wireguard_read");
    wireguard_diff(wanted, &cold, &changes);
    write_begin = clock_monotonic_us();
    if (wireguard_write(wireguard, wanted, &changes, NULL, NULL) < 0)
        fail("wireguard_write");
    figures->write = since(write_begin);
    figures->apply = since(begin);

    size_t before = memory_in_use();
    begin = clock_monotonic_us();
    if (wireguard_read(wireguard, &observed) < 0)
        fail("wireguard_read");
    figures->read = since(begin);
    figures->state_bytes = memory_in_use() - before;
    wireguard_diff(wanted, &observed, &after);
    figures->resync = since(begin);
    figures->changes_after = after.count + after.set_listen_port + after.set_private_key;
    wireguard_free(wireguard);
    stop_device(daemon);
}

static void keep_best(struct figures *best, const struct figures *figures)
{
    if (best->setconf == 0 || figures->setconf < best->setconf)
        best->setconf = figures->setconf;
    if (best->apply == 0 || figures->apply < best->apply) {
        double setconf = best->setconf;

        *best = *figures;
        best->setconf = setconf;
    }
}

static void measure(unsigned count)
{
    _cleanup_wireguard_state_ struct wireguard_state wanted = {.listen_port = 51990};
    struct figures best = {0};

    wireguard_go_make_peers(&wanted, count);
    /* As the hub writes them. Keepalives cost wireguard-go far more than the writing, on both
     * sides. */
    for (size_t i = 0; i < wanted.peer_count; i++)
        wanted.peers[i].keepalive = 0;
    wireguard_state_sort(&wanted);
    key_make_private(&wanted.private_key);
    wanted.has_private_key = true;
    write_configuration(&wanted);
    for (unsigned i = 0; i < ROUNDS; i++) {
        struct figures figures = {0};

        figures.setconf = time_setconf();
        measure_round(&wanted, &figures);
        if (figures.changes_after > 0)
            fail("reading back what was written");
        keep_best(&best, &figures);
    }
    printf("%6u %12.1f %10.1f %10.1f %7.2f %9.1f %9.1f %10zu\n", count, best.setconf, best.apply,
           best.write, best.apply / best.setconf, best.read, best.resync, best.state_bytes / count);
}

int main(void)
{
    static const unsigned sizes[] = {1000, 10000};

    if (!wireguard_go_enter_world())
        return 77;
    printf("%s, best of %d, in ms; `ratio` is apply to setconf\n",
           backend_is_kernel() ? "the kernel's WireGuard" : "wireguard-go", ROUNDS);
    printf("%6s %12s %10s %10s %7s %9s %9s %10s\n", "peers", "wg setconf", "apply", "write",
           "ratio", "read", "resync", "bytes/peer");
    for (size_t i = 0; i < ELEMENTS(sizes); i++)
        measure(sizes[i]);
    return 0;
}
