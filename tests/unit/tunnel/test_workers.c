/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Both workers, a real WireGuard (see backend.h) and real peers; the test plays the engine. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include <cmocka.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "tests/unit/tunnel/backend.h"
#include "tests/unit/tunnel/net_world.h"

#define ID "abcdefgh"
enum { PORT = 51820 };

/* The hub with an instance, the internet, a site with a network behind it, a client. */
static struct world {
    int hub, instance_ns, internet, site, client;
    struct net_worker *root, *worker;
    struct verb_instance instance;
    struct key site_key, client_key;
} world;

static char space[NET_PEER_SPACE];

/* A shell command that finds the hub's device as wg knows it in $device. */
static int run_with_device(const char *command)
{
    bool is_kernel = backend_is_kernel();

    return net_world_run(is_kernel ? world.instance_ns : world.hub, "device=%s; %s",
                         is_kernel ? "wg0" : "wrg-" ID, command);
}

/* ---- what the engine does ---- */

static struct verb_uplink uplink_verb(void)
{
    struct verb_uplink uplink = {.id = ID, .addresses = world.instance.uplink};

    return uplink;
}

/* Made anew, a peer is called: it would else go on for 15 s with a session that is gone. */
static void set_endpoint(struct verb_peer *peer, const char *text)
{
    assert_int_equal(endpoint_parse(text, &peer->endpoint), 0);
    peer->flags |= PEER_HAS_ENDPOINT;
}

static struct verb_peer *site_peer(void)
{
    struct verb_peer *peer = net_world_peer(space, 1, PEER_IS_SITE);

    peer->public_key = world.site_key;
    set_endpoint(peer, "198.51.100.10:51821");
    net_world_add_subnet(peer, "192.168.88.0/24");
    return peer;
}

static struct verb_peer *client_peer(unsigned flags)
{
    struct verb_peer *peer = net_world_peer(space, 2, flags);

    peer->public_key = world.client_key;
    set_endpoint(peer, "198.51.100.14:51821");
    return peer;
}

static int set_peer(const struct verb_peer *peer)
{
    return net_worker_ask(world.worker, VERB_PEER_SET, peer, net_world_peer_size(peer), -1);
}

static void stage_peer(const struct verb_peer *peer)
{
    net_worker_send(world.worker, VERB_PEER_SET, 0, peer, net_world_peer_size(peer), -1);
}

static void apply(void)
{
    net_worker_send(world.worker, VERB_APPLY_BEGIN, 0, &world.instance, sizeof(world.instance), -1);
    stage_peer(site_peer());
    stage_peer(client_peer(0));
    if (net_worker_ask(world.worker, VERB_APPLY_END, NULL, 0, -1) != 0)
        fail_msg("%s", net_worker_applied(world.worker)->detail);
}

static const struct verb_applied *resync(struct net_worker *worker)
{
    if (net_worker_ask(worker, VERB_RESYNC, NULL, 0, -1) != 0)
        fail_msg("%s", net_worker_applied(worker)->detail);
    return net_worker_applied(worker);
}

/* ---- the world ---- */

static void connect_underlay(const char *name, int netns, unsigned number)
{
    assert_int_equal(net_world_run(world.hub,
                                   "ip link add to-%s type veth peer name eth0 netns %s && "
                                   "ip addr add 198.51.100.%u/30 dev to-%s && ip link set to-%s up",
                                   name, name, number * 4 + 1, name, name),
                     0);
    assert_int_equal(net_world_run(netns,
                                   "ip addr add 198.51.100.%u/30 dev eth0 && ip link set eth0 up "
                                   "&& ip route add default via 198.51.100.%u",
                                   number * 4 + 2, number * 4 + 1),
                     0);
}

/* A peer's own device: its socket stays where it was made, as the hub's does. */
static void start_device(int netns, const char *netns_name, const char *link, unsigned host,
                         const char *allowed, struct key *ret_public)
{
    struct key private_key;
    struct key hub_public;
    char base64[2][KEY_BASE64_MAX];
    bool is_kernel = backend_is_kernel();

    key_make_private(&private_key);
    key_public(&private_key, ret_public);
    key_public(&world.instance.private_key, &hub_public);
    key_format_base64(&private_key, base64[0]);
    key_format_base64(&hub_public, base64[1]);
    assert_int_equal(
        net_world_run(netns,
                      "%s %s %s >/dev/null 2>&1 </dev/null && "
                      "echo %s >/run/key-%s && "
                      "wg set %s listen-port 51821 private-key /run/key-%s peer %s endpoint "
                      "$(ip -o -4 route show default | cut -d' ' -f3):%u "
                      "allowed-ips %s persistent-keepalive 25 && "
                      "ip addr add 10.66.0.%u/16 dev %s && ip addr add fd66::%u/64 dev %s nodad && "
                      "ip link set %s up",
                      is_kernel ? "ip link add" : "LOG_LEVEL=silent wireguard-go", link,
                      is_kernel ? "type wireguard" : "", base64[0], netns_name, link, netns_name,
                      base64[1], PORT, allowed, host, link, host, link, link),
        0);
}

static void start_root(void)
{
    struct verb_root root = {.uplink6 = {{AF_INET6, {0xfd, 0x99}}, 64}};

    world.root = net_worker_start(world.hub, NULL);
    assert_int_equal(net_worker_ask(world.root, VERB_ROOT_SET, &root, sizeof(root), -1), 0);
}

static void set_link(void)
{
    struct verb_link link = {.id = ID, .backend = world.instance.backend};

    assert_int_equal(
        net_worker_ask(world.root, VERB_LINK_SET, &link, sizeof(link), world.instance_ns), 0);
}

static void set_uplink(void)
{
    struct verb_uplink uplink = uplink_verb();

    assert_int_equal(
        net_worker_ask(world.root, VERB_UPLINK_SET, &uplink, sizeof(uplink), world.instance_ns), 0);
}

/* In the foreground: the other way it looks for its link once more after it said it was ready. */
static void start_wireguard(void)
{
    int fd;

    if (backend_is_kernel())
        return;
    net_world_must(world.hub,
                   "LOG_LEVEL=silent wireguard-go -f wrg-" ID " >/dev/null 2>&1 </dev/null &");
    fd = net_world_connect_wireguard("wrg-" ID);
    assert_true(fd >= 0);
    close(fd);
}

static void start_worker(void)
{
    int fd;

    world.worker = net_worker_start(world.instance_ns, ID);
    if (backend_is_kernel())
        return;
    fd = net_world_connect_wireguard("wrg-" ID);
    assert_true(fd >= 0);
    assert_int_equal(net_worker_ask(world.worker, VERB_WIREGUARD_SOCKET,
                                    &(struct verb_link_number){0}, sizeof(struct verb_link_number),
                                    fd),
                     0);
    close(fd);
}

static int build_world(void **state)
{
    (void)state;
    world.instance = net_world_instance(PORT);
    world.hub = net_world_make("hub");
    world.instance_ns = net_world_make("wr-" ID);
    world.internet = net_world_make("internet");
    world.site = net_world_make("site");
    world.client = net_world_make("client");
    connect_underlay("internet", world.internet, 1);
    connect_underlay("site", world.site, 2);
    connect_underlay("client", world.client, 3);
    start_device(world.site, "site", "wgs", 2, "10.66.0.0/16,fd66::/64", &world.site_key);
    /* Not all of it: the encrypted packets must not go into the tunnel. */
    start_device(world.client, "client", "wgc", 3,
                 "10.0.0.0/8,192.168.0.0/16,198.51.100.4/30,fd66::/64", &world.client_key);
    net_world_must(world.site, "ip addr add 192.168.88.1/32 dev lo");
    net_world_must(world.client,
                   "ip route add 192.168.0.0/16 dev wgc && ip route add 10.0.0.0/8 dev wgc "
                   "&& ip route add 198.51.100.4/30 dev wgc");
    start_wireguard();
    start_root();
    set_link();
    set_uplink();
    start_worker();
    return 0;
}

/* ---- the tests ---- */

static void test_peers_meet(void **state)
{
    (void)state;
    assert_false(net_world_pings(world.client, "10.66.0.1"));
    apply();
    assert_int_equal(net_worker_applied(world.worker)->peers, 2);
    assert_int_equal(net_worker_applied(world.worker)->failed, 0);
    assert_true(net_world_pings(world.client, "-w 5 10.66.0.1"));
    assert_true(net_world_pings(world.client, "fd66::1"));
    assert_true(net_world_pings(world.client, "-w 5 10.66.0.2"));
    assert_true(net_world_pings(world.client, "fd66::2"));
    assert_true(net_world_pings(world.client, "192.168.88.1"));
}

static void test_resync_writes_nothing(void **state)
{
    const struct verb_applied *root;

    (void)state;
    assert_int_equal(resync(world.worker)->writes, 0);
    assert_int_equal(resync(world.worker)->peers, 2);
    root = resync(world.root);
    assert_int_equal(root->writes, 0);
}

static void test_rules_are_as_drawn(void **state)
{
    (void)state;
    /* A worker that knows nothing finds nothing to write. */
    net_worker_kill(TAKE_PTR(world.worker));
    start_worker();
    apply();
    assert_int_equal(net_worker_applied(world.worker)->writes, 0);
}

static void test_unknown_private_is_unreachable(void **state)
{
    (void)state;
    net_world_must(world.client,
                   "ping -n -c 1 -W 1 10.1.2.3 | grep -q 'From 10.66.0.1 .*Unreachable'");
    net_world_must(world.client,
                   "ping -n -c 1 -W 1 192.168.77.1 | grep -q 'From 10.66.0.1 .*Unreachable'");
}

static void test_address_of_nobody_is_unreachable(void **state)
{
    (void)state;
    net_world_must(world.client,
                   "ping -n -c 1 -W 1 10.66.0.77 | grep -q 'From 10.66.0.1 .*Unreachable'");
    net_world_must(world.client,
                   "ping -n -c 1 -W 1 fd66::77 | grep -q 'From fd66::1 .*unreachable'");
}

static void test_spoofed_source_is_dropped(void **state)
{
    (void)state;
    net_world_must(world.client, "ip addr add 10.66.0.99/32 dev wgc");
    assert_false(net_world_pings(world.client, "-I 10.66.0.99 10.66.0.1"));
    net_world_must(world.client, "ip addr del 10.66.0.99/32 dev wgc");
    /* What WireGuard lets in, the rules do not, without its element. */
    assert_int_equal(run_with_device("wg show $device >/dev/null"), 0);
    assert_true(net_world_pings(world.client, "10.66.0.1"));
}

static void test_split_tunnel_stays_inside(void **state)
{
    (void)state;
    assert_false(net_world_pings(world.client, "198.51.100.6"));
    assert_int_equal(set_peer(client_peer(PEER_ROUTE_ALL)), 0);
    assert_true(net_world_pings(world.client, "198.51.100.6"));
    assert_int_equal(set_peer(client_peer(0)), 0);
    assert_false(net_world_pings(world.client, "198.51.100.6"));
}

static void test_pushed_network(void **state)
{
    struct {
        struct verb_instance instance;
        struct prefix pushed;
    } message = {.instance = world.instance};

    (void)state;
    message.instance.pushed_count = 1;
    assert_int_equal(prefix_parse("198.51.100.4/30", &message.pushed), 0);
    assert_int_equal(net_worker_ask(world.worker, VERB_INSTANCE_SET, &message,
                                    sizeof(struct verb_instance) + sizeof(struct prefix), -1),
                     0);
    assert_true(net_world_pings(world.client, "198.51.100.6"));
    assert_int_equal(net_worker_ask(world.worker, VERB_INSTANCE_SET, &world.instance,
                                    sizeof(world.instance), -1),
                     0);
    assert_false(net_world_pings(world.client, "198.51.100.6"));
}

static void test_remove_and_set(void **state)
{
    struct verb_peer_key key = {world.client_key};

    (void)state;
    assert_int_equal(net_worker_ask(world.worker, VERB_PEER_REMOVE, &key, sizeof(key), -1), 0);
    assert_false(net_world_pings(world.client, "10.66.0.1"));
    assert_int_equal(resync(world.worker)->writes, 0);
    assert_int_equal(net_worker_ask(world.worker, VERB_PEER_REMOVE, &key, sizeof(key), -1), 0);
    assert_int_equal(set_peer(client_peer(0)), 0);
    assert_true(net_world_pings(world.client, "-w 8 10.66.0.1"));
    assert_int_equal(resync(world.worker)->writes, 0);
}

static void test_refused(void **state)
{
    struct verb_peer *peer = client_peer(0);
    const struct verb_ack *ack = (const void *)world.worker->body;

    (void)state;
    peer->prefixes[0].address.bytes[1] = 67;
    assert_int_equal(set_peer(peer), -EINVAL);
    assert_string_equal(ack->detail, "a tunnel address is outside of the tunnel network");
    peer = site_peer();
    net_world_add_subnet(peer, "10.66.7.0/24");
    assert_int_equal(set_peer(peer), -EINVAL);
    assert_int_equal(resync(world.worker)->writes, 0);
}

/* An answer with request 0: the worker mended something by itself. */
static const struct verb_applied *wait_for_repair(struct net_worker *worker)
{
    assert_true(net_worker_receive(worker, 3000));
    assert_int_equal(worker->header.request, 0);
    return net_worker_applied(worker);
}

static const struct drift {
    const char *command;
    const char *then; /* succeeds once it is mended */
    bool by_event;    /* the kernel tells of it */
} drifts[] = {
    {"ip route del 192.168.88.0/24", "ip route show | grep -q '^192.168.88.0/24 dev wg0'", true},
    {"ip route add 10.9.0.0/16 dev wg0 proto 87 metric 100", "! ip route show | grep -q 10.9.0.0",
     true},
    {"ip -6 route del fd66::/64 dev wg0", "ip -6 route show | grep -q '^fd66::/64 dev wg0'", true},
    {"nft delete rule inet warren forward handle $(nft -a list chain inet warren forward | "
     "sed -n 's/.*rt mtu # handle //p')",
     "nft list chain inet warren forward | grep -q 'rt mtu'", true},
    {"nft add chain inet warren other", "! nft list chain inet warren other 2>/dev/null", true},
    {"nft delete element inet warren client4 { 10.66.0.3 }",
     "nft get element inet warren client4 { 10.66.0.3 }", true},
    {"nft add element inet warren full4 { 10.66.0.3 }",
     "! nft get element inet warren full4 { 10.66.0.3 } 2>/dev/null", true},
    {"nft delete element inet warren site4 { 192.168.88.0/24 }",
     "nft get element inet warren site4 { 192.168.88.0/24 }", true},
    {"nft delete table inet warren", "nft list table inet warren", true},
    {"ip addr del 10.66.0.1/32 dev wg0", "ip addr show dev wg0 | grep -q 'inet 10.66.0.1/32'",
     true},
    {"ip link set wg0 down", "ip route show | grep -q '^192.168.88.0/24 dev wg0'", true},
    {"ip link set up0 mtu 1400 && ip addr flush dev up0",
     "ip route show default | grep -q 'via 169.254.1.1'", true},
    {"sysctl -qw net.ipv4.ip_forward=0", "sysctl -n net.ipv4.ip_forward | grep -q 1", false},
};

static void test_drift(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(drifts) / sizeof(drifts[0]); i++) {
        net_world_must(world.instance_ns, drifts[i].command);
        if (drifts[i].by_event) {
            if (wait_for_repair(world.worker)->writes == 0 ||
                net_worker_applied(world.worker)->status != 0)
                fail_msg("%s: %s", drifts[i].command, net_worker_applied(world.worker)->detail);
        } else {
            assert_int_equal(resync(world.worker)->writes, 1);
        }
        if (net_world_run(world.instance_ns, "(%s) >/dev/null", drifts[i].then) != 0)
            fail_msg("not mended: %s", drifts[i].command);
        while (net_worker_receive(world.worker, 500))
            assert_int_equal(net_worker_applied(world.worker)->status, 0);
        if (resync(world.worker)->writes != 0)
            fail_msg("not at rest after: %s", drifts[i].command);
    }
    assert_true(net_world_pings(world.client, "-w 8 192.168.88.1"));
}

static void test_lost_peer_is_mended(void **state)
{
    char base64[KEY_BASE64_MAX];
    char command[128];

    (void)state;
    (void)snprintf(command, sizeof(command), "wg set $device peer %s remove",
                   key_format_base64(&world.client_key, base64));
    assert_int_equal(run_with_device(command), 0);
    assert_int_equal(resync(world.worker)->added, 1);
    assert_int_equal(resync(world.worker)->writes, 0);
}

/* A table that belongs to another process can't be written. */
static void test_no_rules_no_forwarding(void **state)
{
    (void)state;
    net_world_must(world.instance_ns,
                   "rm -f /run/owner; mkfifo /run/owner; nft -i </run/owner >/dev/null & "
                   "exec 9>/run/owner; "
                   "echo 'delete table inet warren; add table inet warren { flags owner; }' >&9; "
                   "sleep 4 &");
    net_world_sleep_ms(1000);
    net_world_must(world.instance_ns, "nft list table inet warren | grep -q owner");
    /* Not before: a look that is still due would set it right. */
    net_world_must(world.instance_ns,
                   "sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0");
    assert_true(net_worker_ask(world.worker, VERB_RESYNC, NULL, 0, -1) < 0);
    net_world_must(world.instance_ns, "sysctl -n net.ipv4.ip_forward | grep -q 0");
    net_world_must(world.instance_ns, "sysctl -n net.ipv6.conf.all.forwarding | grep -q 0");
    net_world_sleep_ms(4000);
    (void)resync(world.worker);
    net_world_must(world.instance_ns, "sysctl -n net.ipv4.ip_forward | grep -q 1");
    assert_true(net_world_pings(world.client, "-w 8 192.168.88.1"));
}

/* An engine gone bad has descriptors of all namespaces, the hub's own among them. */
static void test_namespace_of_another(void **state)
{
    struct verb_link link = {.id = ID, .backend = world.instance.backend};
    struct verb_uplink uplink = uplink_verb();
    const int others[] = {world.hub, world.client, world.root->channel_fd};

    (void)state;
    for (size_t i = 0; i < ELEMENTS(others); i++) {
        assert_int_equal(net_worker_ask(world.root, VERB_LINK_SET, &link, sizeof(link), others[i]),
                         -EXDEV);
        assert_int_equal(
            net_worker_ask(world.root, VERB_UPLINK_SET, &uplink, sizeof(uplink), others[i]),
            -EXDEV);
    }
    assert_int_not_equal(net_world_run(world.hub, "ip link show wg0 2>/dev/null"), 0);
    assert_int_equal(resync(world.root)->writes, 0);
}

static const struct drift root_drifts[] = {
    {"nft delete element inet warren uplink4 { \"wru-" ID "\" . 169.254.1.2 }",
     "nft get element inet warren uplink4 { \"wru-" ID "\" . 169.254.1.2 }", true},
    {"nft flush chain inet warren from_tenant",
     "nft list chain inet warren from_tenant | grep -q fenced", true},
    {"ip addr flush dev wru-" ID, "ip addr show dev wru-" ID " | grep -q 169.254.1.1/30", true},
    {"ip link set wru-" ID " down", "ip link show dev wru-" ID " up | grep -q wru", true},
    {"ip link del wru-" ID, "ip addr show dev wru-" ID " | grep -q 169.254.1.1/30", true},
};

static void test_root_drift(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(root_drifts) / sizeof(root_drifts[0]); i++) {
        net_world_must(world.hub, root_drifts[i].command);
        if (wait_for_repair(world.root)->writes == 0 || net_worker_applied(world.root)->status != 0)
            fail_msg("%s: %s", root_drifts[i].command, net_worker_applied(world.root)->detail);
        if (net_world_run(world.hub, "(%s) >/dev/null", root_drifts[i].then) != 0)
            fail_msg("not mended: %s", root_drifts[i].command);
        while (net_worker_receive(world.root, 500))
            assert_int_equal(net_worker_applied(world.root)->status, 0);
        assert_int_equal(resync(world.root)->writes, 0);
    }
    /* The new uplink makes the instance's worker look, too. */
    while (net_worker_receive(world.worker, 1000))
        continue;
    assert_int_equal(resync(world.worker)->writes, 0);
    assert_int_equal(set_peer(client_peer(PEER_ROUTE_ALL)), 0);
    assert_true(net_world_pings(world.client, "-w 8 198.51.100.6"));
    assert_int_equal(set_peer(client_peer(0)), 0);
}

static void test_fences(void **state)
{
    (void)state;
    /* From inside the instance, past its own rules: not to the hub, not to private networks, not
     * with a source that is not the uplink's. */
    assert_true(net_world_pings(world.instance_ns, "198.51.100.6"));
    assert_false(net_world_pings(world.instance_ns, "169.254.1.1"));
    assert_false(net_world_pings(world.instance_ns, "198.51.100.5"));
    net_world_must(world.hub, "ip addr add 10.20.0.1/24 dev to-internet");
    net_world_must(world.internet, "ip addr add 10.20.0.2/24 dev eth0");
    net_world_must(world.instance_ns, "ip route add 10.20.0.0/24 via 169.254.1.1 dev up0");
    assert_false(net_world_pings(world.instance_ns, "10.20.0.2"));
    net_world_must(world.instance_ns, "ip route del 10.20.0.0/24");
    net_world_must(world.hub, "nft list counters table inet warren | grep -A1 fenced | "
                              "grep -q 'packets [1-9]'");
    assert_false(net_world_pings(world.internet, "-I 198.51.100.6 169.254.1.2"));
    while (net_worker_receive(world.worker, 700))
        continue;
    while (net_worker_receive(world.root, 700))
        continue;
}

/* An address of the internet's, first shown to be reached, and one of a cloud's own. */
static const struct metadata {
    const char *reached, *fenced;
    const char *gateway; /* the instance's, to get past its own routes */
} metadata[] = {
    {"203.0.113.16", "168.63.129.16", "169.254.1.1"},
    {"203.0.113.16", "169.254.169.254", "169.254.1.1"},
    {"203.0.113.16", "100.100.100.200", "169.254.1.1"},
    {"2001:db8:5::fe", "fd00:ec2::254", "fd99::1"},
};

static void test_metadata_is_fenced(void **state)
{
    (void)state;
    net_world_must(world.hub, "ip addr add fdff::1/64 dev to-internet nodad");
    net_world_must(world.internet, "ip addr add fdff::2/64 dev eth0 nodad && "
                                   "ip -6 route add default via fdff::1");
    for (size_t i = 0; i < ELEMENTS(metadata); i++) {
        const char *addresses[] = {metadata[i].reached, metadata[i].fenced};
        const char *internet = strchr(metadata[i].gateway, ':') ? "fdff::2" : "198.51.100.6";

        for (size_t j = 0; j < ELEMENTS(addresses); j++) {
            assert_int_equal(
                net_world_run(world.internet, "ip addr replace %s dev lo", addresses[j]), 0);
            assert_int_equal(
                net_world_run(world.hub, "ip route replace %s via %s", addresses[j], internet), 0);
            assert_int_equal(net_world_run(world.instance_ns, "ip route replace %s via %s dev up0",
                                           addresses[j], metadata[i].gateway),
                             0);
            if (net_world_pings(world.instance_ns, addresses[j]) != (j == 0))
                fail_msg("%s: %s", addresses[j], j == 0 ? "not reached" : "reached");
            assert_int_equal(
                net_world_run(world.instance_ns, "ip route del %s dev up0", addresses[j]), 0);
            assert_int_equal(net_world_run(world.hub, "ip route del %s", addresses[j]), 0);
        }
    }
    net_world_must(world.hub, "ip addr del fdff::1/64 dev to-internet");
    while (net_worker_receive(world.worker, 700))
        continue;
    while (net_worker_receive(world.root, 700))
        continue;
}

static void test_forwarding_of_others(void **state)
{
    struct verb_root root = {.forward_other = FORWARD_BOTH,
                             .uplink6 = {{AF_INET6, {0xfd, 0x99}}, 64}};

    (void)state;
    assert_false(net_world_pings(world.site, "198.51.100.6"));
    assert_int_equal(net_worker_ask(world.root, VERB_ROOT_SET, &root, sizeof(root), -1), 0);
    assert_true(net_world_pings(world.site, "198.51.100.6"));
    root.forward_other = FORWARD_IPV4;
    assert_int_equal(net_worker_ask(world.root, VERB_ROOT_SET, &root, sizeof(root), -1), 0);
    assert_true(net_world_pings(world.site, "198.51.100.6"));
    root.forward_other = FORWARD_IPV6;
    assert_int_equal(net_worker_ask(world.root, VERB_ROOT_SET, &root, sizeof(root), -1), 0);
    assert_false(net_world_pings(world.site, "198.51.100.6"));
    root.forward_other = 0;
    assert_int_equal(net_worker_ask(world.root, VERB_ROOT_SET, &root, sizeof(root), -1), 0);
    assert_false(net_world_pings(world.site, "198.51.100.6"));
    assert_true(net_world_pings(world.instance_ns, "198.51.100.6"));
}

/* A tenant speaks from the instance's own port to somebody who then speaks to that port. */
static void test_tenant_takes_no_port_of_the_hub(void **state)
{
    (void)state;
    net_world_must(world.hub,
                   "nft 'table ip probe { chain input { type filter hook input priority 0; "
                   "udp sport 7777 udp dport 51820 counter; }; }'");
    net_world_must(
        world.instance_ns,
        "python3 -c 'import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); "
        "s.bind((\"\", 51820)); s.sendto(b\"x\", (\"198.51.100.6\", 7777))'");
    net_world_must(
        world.internet,
        "python3 -c 'import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); "
        "s.bind((\"\", 7777)); s.sendto(b\"x\", (\"198.51.100.5\", 51820))'");
    net_world_must(world.hub, "nft list table ip probe | grep -q 'packets 1 '");
    net_world_must(world.hub, "nft delete table ip probe");
    while (net_worker_receive(world.root, 700))
        continue;
}

/* With many instances, a new engine's first resync comes before it told of all. */
static void test_untold_uplink_keeps_its_way_out(void **state)
{
    static const char stray[] = "nft get element inet warren uplink4 "
                                "'{ \"wru-zzzzzzzz\" . 169.254.9.2 }' >/dev/null 2>&1";

    (void)state;
    net_worker_kill(TAKE_PTR(world.root));
    net_world_must(world.hub,
                   "nft add element inet warren uplink4 '{ \"wru-zzzzzzzz\" . 169.254.9.2 }'");
    start_root();
    (void)resync(world.root);
    assert_true(net_world_pings(world.instance_ns, "198.51.100.6"));
    set_link();
    set_uplink();
    net_world_must(world.hub, stray);
    (void)resync(world.root);
    assert_int_not_equal(net_world_run(world.hub, "%s", stray), 0);
    assert_true(net_world_pings(world.instance_ns, "198.51.100.6"));
    assert_int_equal(resync(world.root)->writes, 0);
}

static void test_figures(void **state)
{
    const struct verb_stats *stats = (const void *)world.worker->body;
    bool seen = false;

    (void)state;
    net_worker_send(world.worker, VERB_STATS, 777, NULL, 0, -1);
    do {
        assert_true(net_worker_receive(world.worker, 3000));
        for (uint32_t i = 0; world.worker->header.verb == VERB_STATS_PART && i < stats->count; i++)
            seen |= key_equal(&stats->peers[i].public_key, &world.site_key) &&
                    stats->peers[i].handshake_at > 0 && stats->peers[i].received > 0;
    } while (world.worker->header.verb != VERB_STATS_END);
    assert_int_equal(((const struct verb_status *)world.worker->body)->status, 0);
    assert_true(seen);
}

static void test_call_ends(void **state)
{
    struct verb_peer *peer = net_world_peer(space, 7, PEER_HAS_ENDPOINT);
    struct verb_peer_key key = {peer->public_key};

    (void)state;
    assert_int_equal(endpoint_parse("198.51.100.6:4567", &peer->endpoint), 0);
    assert_int_equal(set_peer(peer), 0);
    assert_int_equal(run_with_device("wg show $device persistent-keepalive | grep -q 25"), 0);
    /* A resync knows that it is meant so. */
    assert_int_equal(resync(world.worker)->writes, 0);
    assert_int_equal(run_with_device("wg show $device persistent-keepalive | grep -q 25"), 0);
    /* After 10 s; a loaded machine is given more. */
    assert_int_equal(run_with_device("for i in $(seq 120); do "
                                     "wg show $device persistent-keepalive | grep -q 25 || exit 0; "
                                     "sleep 0.25; done; exit 1"),
                     0);
    assert_int_equal(resync(world.worker)->writes, 0);
    assert_int_equal(net_worker_ask(world.worker, VERB_PEER_REMOVE, &key, sizeof(key), -1), 0);
}

static void test_prefix_moves(void **state)
{
    struct verb_peer_key key = {world.client_key};
    struct verb_peer *peer = client_peer(0);

    (void)state;
    /* A rekey in the wrong order: the new key first, then the old one goes. */
    peer->public_key.bytes[5] ^= 1;
    assert_int_equal(set_peer(peer), 0);
    assert_int_equal(net_worker_ask(world.worker, VERB_PEER_REMOVE, &key, sizeof(key), -1), 0);
    assert_int_equal(run_with_device("wg show $device allowed-ips | grep -q '10.66.0.3/32'"), 0);
    net_world_must(world.instance_ns,
                   "nft get element inet warren client4 { 10.66.0.3 } >/dev/null");
    assert_int_equal(resync(world.worker)->writes, 0);
    key.public_key = peer->public_key;
    assert_int_equal(net_worker_ask(world.worker, VERB_PEER_REMOVE, &key, sizeof(key), -1), 0);
    assert_int_equal(set_peer(client_peer(0)), 0);
    assert_true(net_world_pings(world.client, "-w 8 10.66.0.1"));
}

static void test_expiry_is_the_kernels(void **state)
{
    struct verb_peer *peer = client_peer(PEER_EXPIRES);

    (void)state;
    peer->expires_at = clock_seconds() + 60;
    assert_int_equal(set_peer(peer), 0);
    peer->expires_at = clock_seconds() + 4;
    assert_int_equal(set_peer(peer), 0);
    assert_int_equal(resync(world.worker)->writes, 0);
    assert_true(net_world_pings(world.client, "10.66.0.1"));
    net_worker_kill(TAKE_PTR(world.worker));
    assert_true(net_world_pings(world.client, "192.168.88.1"));
    net_world_sleep_ms(4500);
    assert_false(net_world_pings(world.client, "10.66.0.1"));
    assert_false(net_world_pings(world.client, "192.168.88.1"));
    start_worker();
    apply();
    assert_true(net_world_pings(world.client, "-w 8 10.66.0.1"));
    /* Removal of what the kernel let expire a moment ago. */
    peer = client_peer(PEER_EXPIRES);
    peer->expires_at = clock_seconds() + 2;
    assert_int_equal(set_peer(peer), 0);
    net_world_sleep_ms(2500);
    assert_int_equal(set_peer(client_peer(0)), 0);
    assert_true(net_world_pings(world.client, "-w 8 10.66.0.1"));
    assert_int_equal(resync(world.worker)->writes, 0);
}

/* A new wireguard-go has any port, here the one of a link that is told its own first. */
static void test_a_port_that_another_link_has_by_chance(void **state)
{
    static const uint16_t ports[] = {0, 51831, 51832};
    struct {
        struct verb_instance instance;
        uint16_t ports[ELEMENTS(ports)];
    } message = {.instance = world.instance};
    struct verb_link link = {.id = ID, .backend = world.instance.backend};

    (void)state;
    if (backend_is_kernel())
        return;
    for (uint16_t number = 1; number < ELEMENTS(ports); number++) {
        struct verb_link_number body = {.link = number};
        char name[LINK_NAME_MAX];
        int fd;

        (void)link_outside_name(ID, number, name);
        net_world_run(world.hub, "LOG_LEVEL=silent wireguard-go -f %s >/dev/null 2>&1 </dev/null &",
                      name);
        fd = net_world_connect_wireguard(name);
        assert_true(fd >= 0);
        assert_int_equal(
            net_worker_ask(world.worker, VERB_WIREGUARD_SOCKET, &body, sizeof(body), fd), 0);
        close(fd);
        link_set_add(&link.more, number);
    }
    net_world_must(world.hub, "wg set wrg-" ID "-2 listen-port 51831");
    assert_int_equal(
        net_worker_ask(world.root, VERB_LINK_SET, &link, sizeof(link), world.instance_ns), 0);
    verb_instance_set_ports(&message.instance, (struct port_span){ports, ELEMENTS(ports)},
                            (struct port_span){0});
    assert_int_equal(net_worker_ask(world.worker, VERB_INSTANCE_SET, &message,
                                    verb_instance_size(&message.instance), -1),
                     0);
    net_world_must(world.hub, "wg show wrg-" ID "-1 listen-port | grep -q 51831");
    net_world_must(world.hub, "wg show wrg-" ID "-2 listen-port | grep -q 51832");
    set_link();
    apply();
    net_world_must(world.instance_ns, "! ip link show wg1 2>/dev/null");
    net_world_must(world.instance_ns, "! ip link show wg2 2>/dev/null");
}

static void test_lost_link_is_told(void **state)
{
    struct verb_net_id id = {.id = ID};

    (void)state;
    net_world_must(world.instance_ns, "ip link del wg0");
    net_world_must(world.hub, "for i in $(seq 50); do test -e /run/wireguard/wrg-" ID
                              ".sock || exit 0; sleep 0.1; done; exit 1");
    assert_int_equal(wait_for_repair(world.worker)->link_missing, 1);
    assert_int_equal(set_peer(client_peer(PEER_ROUTE_ALL)), -ENODEV);
    /* No port is free but the one that it is told. */
    if (backend_is_kernel())
        net_world_must(world.hub, "ip link add wgport type wireguard && "
                                  "wg set wgport listen-port 51900 && ip link set wgport up && "
                                  "sysctl -qw net.ipv4.ip_local_port_range='51900 51900'");
    start_wireguard();
    set_link();
    net_worker_kill(TAKE_PTR(world.worker));
    start_worker();
    apply();
    assert_true(net_world_pings(world.client, "-w 8 10.66.0.1"));
    assert_int_equal(net_worker_ask(world.root, VERB_UPLINK_REMOVE, &id, sizeof(id), -1), 0);
    net_world_must(world.hub, "! ip link show wru-" ID " 2>/dev/null");
    net_world_must(world.hub, "! nft list set inet warren uplink4 | grep -q wru");
    assert_int_equal(resync(world.root)->writes, 0);
}

static void test_ends_with_its_channel(void **state)
{
    (void)state;
    assert_int_equal(net_worker_end(TAKE_PTR(world.worker)), 0);
    assert_int_equal(net_worker_end(TAKE_PTR(world.root)), 0);
    /* What they made stays. */
    net_world_must(world.instance_ns, "ip route show | grep -q '^192.168.88.0/24 dev wg0'");
    assert_true(net_world_pings(world.client, "10.66.0.1"));
}

static int tear_down_world(void **state)
{
    (void)state;
    net_worker_kill(TAKE_PTR(world.worker));
    net_worker_kill(TAKE_PTR(world.root));
    return 0;
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_peers_meet),
        cmocka_unit_test(test_resync_writes_nothing),
        cmocka_unit_test(test_unknown_private_is_unreachable),
        cmocka_unit_test(test_address_of_nobody_is_unreachable),
        cmocka_unit_test(test_spoofed_source_is_dropped),
        cmocka_unit_test(test_split_tunnel_stays_inside),
        cmocka_unit_test(test_pushed_network),
        cmocka_unit_test(test_remove_and_set),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_drift),
        cmocka_unit_test(test_lost_peer_is_mended),
        cmocka_unit_test(test_no_rules_no_forwarding),
        cmocka_unit_test(test_namespace_of_another),
        cmocka_unit_test(test_root_drift),
        cmocka_unit_test(test_fences),
        cmocka_unit_test(test_metadata_is_fenced),
        cmocka_unit_test(test_forwarding_of_others),
        cmocka_unit_test(test_tenant_takes_no_port_of_the_hub),
        cmocka_unit_test(test_untold_uplink_keeps_its_way_out),
        cmocka_unit_test(test_figures),
        cmocka_unit_test(test_call_ends),
        cmocka_unit_test(test_rules_are_as_drawn),
        cmocka_unit_test(test_prefix_moves),
        cmocka_unit_test(test_expiry_is_the_kernels),
        cmocka_unit_test(test_a_port_that_another_link_has_by_chance),
        cmocka_unit_test(test_lost_link_is_told),
        cmocka_unit_test(test_ends_with_its_channel),
    };

    if (argc != 2) {
        fprintf(stderr, "Usage: %s WARREN-NET\n", argv[0]);
        return 2;
    }
    if (!net_world_enter(argv[1]))
        return 77;
    return cmocka_run_group_tests(tests, build_world, tear_down_world);
}
