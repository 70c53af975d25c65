/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An instance's worker with few and with many peers: full apply, no-op resync, one peer added and
 * removed, memory; and with the kernel's WireGuard the full apply of many against `wg setconf` of
 * the same ones. Run as root; takes the path of warren-net. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "hub/channel/datagram.h"
#include "tests/unit/tunnel/backend.h"
#include "tests/unit/tunnel/net_world.h"

#define ID "benchabc"
enum { DELTAS = 200, EXTRA = 20000, MANY = 10000, ROUNDS = 3 };

struct figures {
    double apply, warm, resync, add, remove;
    long memory, peak;
    uint32_t apply_writes, resync_writes;
};

static void fail(const char *what)
{
    fprintf(stderr, "worker_apply: %s failed\n", what);
    exit(1);
}

static double since(uint64_t begin)
{
    return (double)(clock_monotonic_us() - begin) / 1000;
}

static int connect_wireguard(void)
{
    int fd = net_world_connect_wireguard("wrg-" ID);

    if (fd < 0)
        fail("wireguard-go");
    return fd;
}

static void open_links(int hub, int instance, const struct verb_instance *wanted)
{
    struct net_worker *root = net_worker_start(hub, NULL);
    struct verb_root base = {.uplink6 = {{AF_INET6, {0xfd, 0x99}}, 64}};
    struct verb_link link = {.id = ID, .backend = wanted->backend};
    struct verb_uplink uplink = {.id = ID, .addresses = wanted->uplink};

    if (!backend_is_kernel()) {
        net_world_run(hub,
                      "LOG_LEVEL=silent wireguard-go -f wrg-" ID " >/dev/null 2>&1 </dev/null &");
        close(connect_wireguard());
    }
    if (net_worker_ask(root, VERB_ROOT_SET, &base, sizeof(base), -1) != 0 ||
        net_worker_ask(root, VERB_LINK_SET, &link, sizeof(link), instance) != 0 ||
        net_worker_ask(root, VERB_UPLINK_SET, &uplink, sizeof(uplink), instance) != 0)
        fail("links");
    net_worker_kill(root);
}

static void send_all(struct net_worker *worker, const void *data, size_t size)
{
    struct pollfd writable = {.fd = worker->channel_fd, .events = POLLOUT};

    while (send(worker->channel_fd, data, size, MSG_NOSIGNAL) < 0)
        if (errno != EAGAIN || poll(&writable, 1, -1) < 0)
            fail("sending");
}

/* As the engine does: as many as go together. */
static void send_peers(struct net_worker *worker, unsigned count)
{
    static char space[NET_PEER_SPACE];
    struct datagram gathered = {0};

    for (unsigned i = 1; i <= count; i++) {
        struct channel_header header = {.verb = VERB_PEER_SET};
        struct verb_peer *peer = net_world_peer(space, i, PEER_HAS_PRESHARED_KEY);
        const struct iovec parts[] = {{&header, sizeof(header)}, {peer, net_world_peer_size(peer)}};

        if (datagram_add(&gathered, parts, ELEMENTS(parts)))
            continue;
        send_all(worker, gathered.bytes.data, gathered.bytes.length);
        datagram_clear(&gathered);
        (void)datagram_add(&gathered, parts, ELEMENTS(parts));
    }
    send_all(worker, gathered.bytes.data, gathered.bytes.length);
    datagram_done(&gathered);
}

static double apply(struct net_worker *worker, const struct verb_instance *instance, unsigned count)
{
    uint64_t begin = clock_monotonic_us();

    net_worker_send(worker, VERB_APPLY_BEGIN, 0, instance, sizeof(*instance), -1);
    send_peers(worker, count);
    if (net_worker_ask(worker, VERB_APPLY_END, NULL, 0, -1) != 0)
        fail("apply");
    return since(begin);
}

static int compare(const void *a, const void *b)
{
    double left = *(const double *)a;
    double right = *(const double *)b;

    return (left > right) - (left < right);
}

/* Medians over many peers, each added and taken away again. */
static void measure_deltas(struct net_worker *worker, struct figures *figures)
{
    static char space[NET_PEER_SPACE];
    static double add[DELTAS];
    static double removal[DELTAS];

    for (unsigned i = 0; i < DELTAS; i++) {
        struct verb_peer *peer = net_world_peer(space, EXTRA + i, PEER_HAS_PRESHARED_KEY);
        struct verb_peer_key key = {peer->public_key};
        uint64_t begin = clock_monotonic_us();

        if (net_worker_ask(worker, VERB_PEER_SET, peer, net_world_peer_size(peer), -1) != 0)
            fail("add");
        add[i] = since(begin);
        begin = clock_monotonic_us();
        if (net_worker_ask(worker, VERB_PEER_REMOVE, &key, sizeof(key), -1) != 0)
            fail("removal");
        removal[i] = since(begin);
    }
    qsort(add, DELTAS, sizeof(add[0]), compare);
    qsort(removal, DELTAS, sizeof(removal[0]), compare);
    figures->add = add[DELTAS / 2];
    figures->remove = removal[DELTAS / 2];
}

/* In a namespace of its own. */
static struct net_worker *start_worker(const char *name, const struct verb_instance *instance,
                                       int *ret_inside)
{
    char hub_name[32];
    int hub;

    snprintf(hub_name, sizeof(hub_name), "hub-%s", name);
    hub = net_world_make(hub_name);
    *ret_inside = net_world_make("wr-" ID);
    open_links(hub, *ret_inside, instance);
    close(hub);
    return net_worker_start(*ret_inside, ID);
}

static struct figures measure(const char *name, unsigned count)
{
    struct verb_instance instance = net_world_instance(51820);
    struct figures figures = {0};
    int inside;
    struct net_worker *worker = start_worker(name, &instance, &inside);
    const struct verb_applied *applied;
    uint64_t begin;
    int fd;

    applied = (const void *)worker->body;
    if (!backend_is_kernel()) {
        fd = connect_wireguard();
        if (net_worker_ask(worker, VERB_WIREGUARD_SOCKET, &(struct verb_link_number){0},
                           sizeof(struct verb_link_number), fd) != 0)
            fail("socket");
        close(fd);
    }
    figures.apply = apply(worker, &instance, count);
    figures.apply_writes = applied->writes;
    figures.warm = apply(worker, &instance, count);
    begin = clock_monotonic_us();
    if (net_worker_ask(worker, VERB_RESYNC, NULL, 0, -1) != 0)
        fail("resync");
    figures.resync = since(begin);
    figures.resync_writes = applied->writes;
    measure_deltas(worker, &figures);
    figures.memory = net_worker_memory(worker, "VmRSS");
    figures.peak = net_worker_memory(worker, "VmHWM");
    net_worker_kill(worker);
    /* The kernel takes peers away one by one: its link is left to the end of its namespace. */
    if (!backend_is_kernel())
        net_world_run(inside, "ip link del wg0; for i in $(seq 50); do test -e "
                              "/run/wireguard/wrg-" ID ".sock || exit 0; sleep 0.1; done");
    return figures;
}

static double least(double a, double b)
{
    return a == 0 || b < a ? b : a;
}

/* In turn, each to a device that is new; the best of both. */
static void measure_setconf(void)
{
    double whole = 0, setconf = 0;

    for (unsigned round = 0; round < ROUNDS; round++) {
        struct verb_instance instance = net_world_instance(51820);
        char name[16];
        int inside, bare;
        struct net_worker *worker;
        uint64_t begin;

        snprintf(name, sizeof(name), "round%u", round);
        worker = start_worker(name, &instance, &inside);
        whole = least(whole, apply(worker, &instance, MANY));
        net_worker_kill(worker);
        bare = net_world_make("bare");
        if (net_world_run(inside, "wg showconf wg0 >/run/bench.conf") != 0 ||
            net_world_run(bare, "ip link add bare type wireguard") != 0)
            fail("bare link");
        begin = clock_monotonic_us();
        if (net_world_run(bare, "exec wg setconf bare /run/bench.conf") != 0)
            fail("wg setconf");
        setconf = least(setconf, since(begin));
        close(inside);
        close(bare);
    }
    printf("%d peers, best of %d: all in the kernel in %.1f ms, wg setconf %.1f ms, ratio %.2f\n",
           MANY, ROUNDS, whole, setconf, whole / setconf);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        unsigned count;
    } sizes[] = {{"small", 10}, {"middle", 1000}, {"large", MANY}};
    struct figures first = {0};
    struct figures figures = {0};

    if (argc != 2) {
        fprintf(stderr, "Usage: %s WARREN-NET\n", argv[0]);
        return 2;
    }
    if (!net_world_enter(argv[1]))
        return 77;
    printf("with %s\n", backend_is_kernel() ? "the kernel's WireGuard" : "wireguard-go");
    printf("%8s %10s %8s %10s %10s %8s %9s %9s %8s %8s\n", "peers", "apply ms", "writes",
           "again ms", "resync ms", "writes", "add ms", "remove ms", "RSS MB", "peak MB");
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        figures = measure(sizes[i].name, sizes[i].count);
        if (i == 0)
            first = figures;
        printf("%8u %10.1f %8u %10.1f %10.2f %8u %9.3f %9.3f %8.1f %8.1f\n", sizes[i].count,
               figures.apply, figures.apply_writes, figures.warm, figures.resync,
               figures.resync_writes, figures.add, figures.remove, (double)figures.memory / 1024,
               (double)figures.peak / 1024);
        fflush(stdout);
    }
    printf("one peer added among %d takes %.2f times what it takes among 10\n", MANY,
           figures.add / first.add);
    if (backend_is_kernel())
        measure_setconf();
    return figures.resync_writes == 0 ? 0 : 1;
}
