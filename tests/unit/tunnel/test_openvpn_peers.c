/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Both workers with peers of OpenVPN: its links are tuns whose packets this test carries between an
 * instance and devices, as OpenVPN would, but without a source check of its own. */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

#include <cmocka.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "tests/unit/tunnel/net_world.h"

#define ID "abcdefgh"
#define OTHER_ID "bbbbbbbb"
enum { PORT = 51820, UDP_PORT = 1194, LEGACY_PORT = 1195 };

/* The hub with an instance, the internet, two devices: one for each of two servers. */
static struct world {
    int hub, instance_ns, other_ns, internet;
    int devices[2];
    pid_t carriers[2];
    struct net_worker *root, *worker;
    struct verb_instance instance;
    uint16_t ports[OPENVPN_SERVER_COUNT]; /* behind it: verb_instance_openvpn() */
} world;

static const char *echo_server;
static char space[NET_PEER_SPACE];

/* A link that was just attached to takes a moment. */
static bool reaches(unsigned device, const char *address)
{
    return net_world_run(world.devices[device], "ping -n -c 1 -w 4 -i 0.2 %s >/dev/null 2>&1",
                         address) == 0;
}

static bool pings(unsigned device, const char *arguments)
{
    return net_world_pings(world.devices[device], arguments);
}

static const struct verb_applied *resync(struct net_worker *worker)
{
    if (net_worker_ask(worker, VERB_RESYNC, NULL, 0, -1) != 0)
        fail_msg("%s", net_worker_applied(worker)->detail);
    return net_worker_applied(worker);
}

/* Its own repairs are told unasked. */
static void let_settle(struct net_worker *worker)
{
    while (net_worker_receive(worker, 700))
        continue;
}

/* ---- what the engine does ---- */

/* Device 0 is peer 1, a site with a network; device 1 is peer 2, a client. */
static struct verb_peer *peer(unsigned device, uint16_t server, unsigned flags)
{
    struct verb_peer *made =
        net_world_peer(space, device + 1, PEER_OPENVPN | (device == 0 ? PEER_IS_SITE : 0) | flags);

    made->server = server;
    if (device == 0)
        net_world_add_subnet(made, "192.168.88.0/24");
    return made;
}

static int set_peer(const struct verb_peer *one)
{
    return net_worker_ask(world.worker, VERB_PEER_SET, one, net_world_peer_size(one), -1);
}

static int set_uplink(const char *id, int netns, const uint16_t ports[static OPENVPN_SERVER_COUNT])
{
    struct {
        struct verb_uplink uplink;
        uint16_t ports[OPENVPN_SERVER_COUNT];
    } message = {
        {.port_count = OPENVPN_SERVER_COUNT, .addresses = world.instance.uplink},
    };
    struct uplink_addresses *addresses = &message.uplink.addresses;

    (void)text_copy(message.uplink.id, sizeof(message.uplink.id), id);
    memcpy(message.ports, ports, sizeof(message.ports));
    if (netns == world.other_ns) {
        addresses->root4.address.bytes[3] += 4;
        addresses->instance4.address.bytes[3] += 4;
        addresses->root6.address.bytes[15] += 4;
        addresses->instance6.address.bytes[15] += 4;
    }
    return net_worker_ask(world.root, VERB_UPLINK_SET, &message,
                          sizeof(message.uplink) + sizeof(message.ports), netns);
}

static int set_instance(void)
{
    return net_worker_ask(world.worker, VERB_INSTANCE_SET, &world.instance,
                          verb_instance_size(&world.instance), -1);
}

static void apply(void)
{
    const struct verb_peer *one;

    net_worker_send(world.worker, VERB_APPLY_BEGIN, 0, &world.instance,
                    verb_instance_size(&world.instance), -1);
    for (unsigned device = 0; device < 2; device++) {
        one = peer(device, OPENVPN_NOT_CONNECTED, 0);
        net_worker_send(world.worker, VERB_PEER_SET, 0, one, net_world_peer_size(one), -1);
    }
    if (net_worker_ask(world.worker, VERB_APPLY_END, NULL, 0, -1) != 0)
        fail_msg("%s", net_worker_applied(world.worker)->detail);
}

/* ---- links ---- */

static int open_tun(int netns, const char *name)
{
    struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI};
    int fd;

    if (setns(netns, CLONE_NEWNET) < 0)
        return -1;
    fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
    (void)text_copy(request.ifr_name, sizeof(request.ifr_name), name);
    return fd < 0 || ioctl(fd, TUNSETIFF, &request) < 0 ? -1 : fd;
}

static void carry(struct pollfd *from, const struct pollfd *to)
{
    char packet[2048];
    ssize_t size;

    if (from->revents & (POLLERR | POLLHUP))
        _exit(0);
    while ((size = read(from->fd, packet, sizeof(packet))) > 0)
        if (write(to->fd, packet, (size_t)size) != size)
            return;
}

static void start_carrier(unsigned device, enum openvpn_server server)
{
    int ready[2];
    char byte;

    assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
    world.carriers[device] = fork();
    assert_true(world.carriers[device] >= 0);
    if (world.carriers[device] == 0) {
        struct pollfd ends[2] = {{.events = POLLIN}, {.events = POLLIN}};

        prctl(PR_SET_PDEATHSIG, SIGKILL);
        ends[0].fd = open_tun(world.instance_ns, openvpn_server_link(server));
        ends[1].fd = open_tun(world.devices[device], "tun0");
        if (ends[0].fd < 0 || ends[1].fd < 0 || write(ready[1], "", 1) != 1)
            _exit(1);
        while (poll(ends, 2, -1) > 0) {
            carry(&ends[0], &ends[1]);
            carry(&ends[1], &ends[0]);
        }
        _exit(0);
    }
    close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    assert_int_equal(net_world_run(world.devices[device],
                                   "ip addr replace 10.66.0.%u/32 dev tun0 && "
                                   "ip addr replace fd66::%u/128 dev tun0 nodad && "
                                   "ip link set tun0 up mtu 1420 && "
                                   "ip route replace default dev tun0 && "
                                   "ip -6 route replace default dev tun0",
                                   device + 2, device + 2),
                     0);
}

static void stop_carrier(unsigned device)
{
    kill(world.carriers[device], SIGKILL);
    waitpid(world.carriers[device], NULL, 0);
}

/* ---- the world ---- */

static void start_root(void)
{
    struct verb_root root = {.uplink6 = {{AF_INET6, {0xfd, 0x99}}, 64}};

    world.root = net_worker_start(world.hub, NULL);
    assert_int_equal(net_worker_ask(world.root, VERB_ROOT_SET, &root, sizeof(root), -1), 0);
}

static void start_wireguard(void)
{
    struct verb_link link = {.id = ID, .backend = WIREGUARD_USERSPACE};
    int fd;

    net_world_must(world.hub,
                   "LOG_LEVEL=silent wireguard-go -f wrg-" ID " >/dev/null 2>&1 </dev/null &");
    fd = net_world_connect_wireguard("wrg-" ID);
    assert_true(fd >= 0);
    assert_int_equal(
        net_worker_ask(world.root, VERB_LINK_SET, &link, sizeof(link), world.instance_ns), 0);
    close(fd);
}

static void start_worker(void)
{
    int fd = net_world_connect_wireguard("wrg-" ID);

    assert_true(fd >= 0);
    world.worker = net_worker_start(world.instance_ns, ID);
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
    world.other_ns = net_world_make("wr-" OTHER_ID);
    world.internet = net_world_make("internet");
    world.devices[0] = net_world_make("device0");
    world.devices[1] = net_world_make("device1");
    net_world_must(world.hub, "ip link add to-internet type veth peer name eth0 netns internet && "
                              "ip addr add 198.51.100.1/24 dev to-internet && "
                              "ip addr add 192.168.77.1/24 dev to-internet && "
                              "ip addr add 2001:db8::1/64 dev to-internet nodad && "
                              "ip link set to-internet up");
    net_world_must(world.internet,
                   "ip addr add 198.51.100.2/24 dev eth0 && "
                   "ip addr add 192.168.77.2/24 dev eth0 && "
                   "ip addr add 2001:db8::2/64 dev eth0 nodad && ip link set eth0 up");
    start_root();
    start_wireguard();
    assert_int_equal(set_uplink(ID, world.instance_ns, (uint16_t[3]){0}), 0);
    start_worker();
    return 0;
}

/* ---- the tests: links and peers ---- */

static void test_off_there_is_nothing_of_it(void **state)
{
    (void)state;
    apply();
    assert_int_equal(net_worker_applied(world.worker)->peers, 2);
    assert_int_equal(net_worker_applied(world.worker)->openvpn_missing[0], 0);
    net_world_must(world.instance_ns, "! ip rule | grep -q 'lookup 87'");
    net_world_must(world.instance_ns, "! nft list set inet warren served | grep -q elements");
    assert_int_equal(resync(world.worker)->writes, 0);
}

static void test_missing_links_are_told_and_stop_nothing(void **state)
{
    (void)state;
    verb_instance_set_ports(
        &world.instance, (struct port_span){0},
        (struct port_span){(const uint16_t[]){UDP_PORT, UDP_PORT, LEGACY_PORT}, 3});
    assert_int_equal(set_instance(), 0);
    assert_int_equal(resync(world.worker)->openvpn_missing[0], 7);
    assert_int_equal(net_worker_applied(world.worker)->link_missing, 0);
    assert_int_equal(net_worker_applied(world.worker)->writes, 0);
    net_world_must(world.instance_ns, "ip rule | grep -q '^87:.*uidrange .* lookup 87'");
    net_world_must(world.instance_ns, "ip -6 rule | grep -q '^87:.*uidrange .* lookup 87'");
    net_world_must(world.instance_ns,
                   "ip route show table 87 | grep -q 'default via 169.254.1.1 dev up0'");
    net_world_must(world.instance_ns,
                   "ip -6 route show table 87 | grep -q 'default via fd99::1 dev up0'");
    net_world_must(world.instance_ns, "nft get element inet warren served "
                                      "'{ udp . 1194, tcp . 1194, tcp . 1195 }' >/dev/null");
    assert_int_equal(set_peer(peer(1, OPENVPN_TCP, 0)), -ENODEV);
    assert_int_equal(set_peer(peer(1, OPENVPN_NOT_CONNECTED, 0)), 0);
}

static void test_a_link_that_appears_is_taken_up(void **state)
{
    (void)state;
    net_world_must(world.instance_ns, "ip tuntap add dev ovpn0 mode tun");
    net_world_must(world.instance_ns,
                   "for i in $(seq 30); do sleep 0.1; "
                   "ip addr show dev ovpn0 | grep -q fd66 && exit 0; done; exit 1");
    /* Which is no drift to be told. */
    assert_false(net_worker_receive(world.worker, 700));
    assert_int_equal(resync(world.worker)->openvpn_missing[0], 6);
    net_world_must(world.instance_ns, "ip link show dev ovpn0 up | grep -q 'mtu 1420'");
    net_world_must(world.instance_ns, "ip addr show dev ovpn0 | grep -q 'inet 10.66.0.1/32'");
    net_world_must(world.instance_ns, "ip addr show dev ovpn0 | grep -q 'inet6 fd66::1/128'");
    let_settle(world.worker);
    assert_int_equal(resync(world.worker)->writes, 0);
}

static void test_a_connected_peer_is_reached(void **state)
{
    (void)state;
    start_carrier(0, OPENVPN_UDP);
    assert_false(pings(0, "10.66.0.1"));
    assert_int_equal(set_peer(peer(0, OPENVPN_UDP, 0)), 0);
    assert_true(reaches(0, "10.66.0.1"));
    assert_true(reaches(0, "fd66::1"));
    net_world_must(world.instance_ns, "ip route show | grep -q '^192.168.88.0/24 dev ovpn0'");
    let_settle(world.worker);
    assert_int_equal(resync(world.worker)->writes, 0);
}

/* The link is not older than the peer: nobody has to wait for the next look. */
static void test_a_peer_of_a_new_link_is_set_at_once(void **state)
{
    (void)state;
    net_world_must(world.instance_ns, "ip tuntap add dev ovpn1 mode tun");
    assert_int_equal(set_peer(peer(1, OPENVPN_TCP, 0)), 0);
    start_carrier(1, OPENVPN_TCP);
    assert_true(reaches(1, "10.66.0.1"));
    net_world_must(world.devices[0], "ip addr add 192.168.88.1/32 dev lo");
    assert_true(reaches(1, "192.168.88.1"));
    assert_true(reaches(1, "10.66.0.2"));
    assert_true(reaches(1, "fd66::2"));
    let_settle(world.worker);
    assert_int_equal(resync(world.worker)->writes, 0);
}

static void test_a_peer_moves_between_servers(void **state)
{
    (void)state;
    stop_carrier(0);
    net_world_must(world.instance_ns, "ip tuntap add dev ovpn2 mode tun");
    assert_int_equal(set_peer(peer(0, OPENVPN_LEGACY, 0)), 0);
    start_carrier(0, OPENVPN_LEGACY);
    assert_true(reaches(0, "10.66.0.1"));
    net_world_must(world.instance_ns, "ip route show | grep -q '^192.168.88.0/24 dev ovpn2'");
    assert_int_equal(set_peer(peer(0, OPENVPN_NOT_CONNECTED, 0)), 0);
    assert_false(pings(0, "10.66.0.1"));
    net_world_must(world.devices[1], "ping -n -c 1 -W 1 10.66.0.2 | grep -q Unreachable");
    stop_carrier(0);
    assert_int_equal(set_peer(peer(0, OPENVPN_UDP, 0)), 0);
    start_carrier(0, OPENVPN_UDP);
    assert_true(reaches(0, "10.66.0.1"));
    let_settle(world.worker);
    assert_int_equal(resync(world.worker)->writes, 0);
}

/* OpenVPN looks at sources itself; this is for a server that was broken into, and for links. */
static void test_no_source_of_another_link(void **state)
{
    static const char spoofed[] = "nft list counter inet warren spoofed | "
                                  "sed -n 's/.*packets \\([0-9]*\\).*/\\1/p'";
    struct verb_peer *wireguard = net_world_peer(space, 9, 0);
    char command[512];

    (void)state;
    assert_int_equal(set_peer(wireguard), 0);
    (void)snprintf(command, sizeof(command), "%s >/run/before", spoofed);
    net_world_must(world.instance_ns, command);
    /* Of an OpenVPN peer elsewhere, of a WireGuard peer, of the network behind a site; IPv6 too. */
    net_world_must(world.devices[1],
                   "ip addr add 10.66.0.2/32 dev tun0 && ip addr add 10.66.0.10/32 dev tun0 && "
                   "ip addr add 192.168.88.9/32 dev tun0 && "
                   "ip addr add fd66::2/128 dev tun0 nodad");
    assert_false(pings(1, "-I 10.66.0.2 10.66.0.1"));
    assert_false(pings(1, "-I 10.66.0.10 10.66.0.1"));
    assert_false(pings(1, "-I 192.168.88.9 10.66.0.1"));
    assert_false(pings(1, "-I fd66::2 fd66::1"));
    (void)snprintf(command, sizeof(command), "test $(%s) -ge $(($(cat /run/before) + 4))", spoofed);
    net_world_must(world.instance_ns, command);
    net_world_must(world.devices[1],
                   "ip addr del 10.66.0.2/32 dev tun0 && ip addr del 10.66.0.10/32 dev tun0 && "
                   "ip addr del 192.168.88.9/32 dev tun0 && "
                   "ip addr del fd66::2/128 dev tun0");
    assert_true(reaches(1, "10.66.0.1"));
    assert_int_equal(net_worker_ask(world.worker, VERB_PEER_REMOVE, &wireguard->public_key,
                                    sizeof(wireguard->public_key), -1),
                     0);
}

static void test_clients_of_two_servers_may_be_kept_apart(void **state)
{
    struct verb_peer *client = net_world_peer(space, 1, PEER_OPENVPN);

    (void)state;
    client->server = OPENVPN_UDP;
    assert_int_equal(set_peer(client), 0);
    assert_true(reaches(1, "10.66.0.2"));
    world.instance.flags = 0;
    assert_int_equal(set_instance(), 0);
    assert_false(pings(1, "10.66.0.2"));
    assert_true(reaches(1, "10.66.0.1"));
    world.instance.flags = INSTANCE_CLIENT_TO_CLIENT;
    assert_int_equal(set_instance(), 0);
    assert_true(reaches(1, "10.66.0.2"));
    assert_int_equal(set_peer(peer(0, OPENVPN_UDP, 0)), 0);
}

static void test_full_tunnel(void **state)
{
    (void)state;
    assert_false(pings(1, "198.51.100.2"));
    assert_int_equal(set_peer(peer(1, OPENVPN_TCP, PEER_ROUTE_ALL)), 0);
    assert_true(reaches(1, "198.51.100.2"));
    assert_int_equal(set_peer(peer(1, OPENVPN_TCP, 0)), 0);
    assert_false(pings(1, "198.51.100.2"));
}

/* Somebody in there, begun in the background. */
static void until_listening(int ns, unsigned port)
{
    char command[200];

    (void)snprintf(command, sizeof(command),
                   "for i in $(seq 100); do ss -Hltn sport = :%u | grep -q . && exit 0; sleep 0.1; "
                   "done; exit 1",
                   port);
    net_world_must(ns, command);
}

static void test_segments_fit_both_ways(void **state)
{
    (void)state;
    net_world_must(world.instance_ns,
                   "nft list chain inet warren forward | grep -q 'maxseg size set rt mtu'");
    net_world_must(world.devices[0], "python3 -c '\n"
                                     "import socket\n"
                                     "s = socket.create_server((\"192.168.88.1\", 7777))\n"
                                     "s.accept()[0].recv(1)' &");
    until_listening(world.devices[0], 7777);
    /* The device's own link says more than the tunnel takes. */
    net_world_must(world.devices[1], "ip link set tun0 mtu 1500");
    net_world_must(world.devices[1], "python3 -c '\n"
                                     "import socket\n"
                                     "s = socket.create_connection((\"192.168.88.1\", 7777), 3)\n"
                                     "assert s.getsockopt(6, 2) <= 1380, s.getsockopt(6, 2)'");
    net_world_must(world.devices[1], "ip link set tun0 mtu 1420");
}

/* ---- the tests: ports of the hub ---- */

/* What the instance's server says of who asked: "" when nobody answers. */
static bool is_asked_from(const char *hub, const char *protocol, const char *source)
{
    return net_world_run(
               world.internet,
               "python3 -c '\n"
               "import socket, sys\n"
               "kind = socket.SOCK_DGRAM if \"%s\" == \"udp\" else socket.SOCK_STREAM\n"
               "s = socket.socket(socket.AF_INET6 if \":\" in \"%s\" else socket.AF_INET, kind)\n"
               "s.settimeout(1)\n"
               "s.bind((\"%s\", 0))\n"
               "s.connect((\"%s\", %u))\n"
               "s.send(b\"hello\")\n"
               "said = s.recv(100).decode().removeprefix(\"::ffff:\")\n"
               "sys.exit(said != \"%s\")' 2>/dev/null",
               protocol, hub, source, hub, UDP_PORT, source) == 0;
}

static void test_published_ports_lead_inside(void **state)
{
    static const uint16_t ports[] = {UDP_PORT, UDP_PORT, LEGACY_PORT};
    char command[512];

    (void)state;
    (void)snprintf(command, sizeof(command), "python3 %s %u 64998 &", echo_server, UDP_PORT);
    net_world_must(world.instance_ns, command);
    until_listening(world.instance_ns, UDP_PORT);
    assert_false(is_asked_from("198.51.100.1", "udp", "198.51.100.2"));
    assert_int_equal(set_uplink(ID, world.instance_ns, ports), 0);
    assert_true(is_asked_from("198.51.100.1", "udp", "198.51.100.2"));
    assert_true(is_asked_from("198.51.100.1", "tcp", "198.51.100.2"));
    assert_true(is_asked_from("2001:db8::1", "udp", "2001:db8::2"));
    assert_true(is_asked_from("2001:db8::1", "tcp", "2001:db8::2"));
    /* From a private network, whose addresses are unreachable to tenants. */
    assert_true(is_asked_from("192.168.77.1", "udp", "192.168.77.2"));
    assert_true(is_asked_from("192.168.77.1", "tcp", "192.168.77.2"));
    assert_int_equal(resync(world.root)->writes, 0);
}

/* A site advertises the network that a client's outer address is of. */
static void test_a_tenants_routes_are_not_for_the_servers(void **state)
{
    struct verb_peer *site = peer(0, OPENVPN_UDP, 0);

    (void)state;
    net_world_add_subnet(site, "198.51.100.0/24");
    net_world_add_subnet(site, "2001:db8::/64");
    assert_int_equal(set_peer(site), 0);
    net_world_must(world.instance_ns, "ip route get 198.51.100.2 | grep -q ovpn0");
    assert_true(is_asked_from("198.51.100.1", "udp", "198.51.100.2"));
    assert_true(is_asked_from("198.51.100.1", "tcp", "198.51.100.2"));
    assert_true(is_asked_from("2001:db8::1", "udp", "2001:db8::2"));
    assert_true(is_asked_from("2001:db8::1", "tcp", "2001:db8::2"));
    assert_int_equal(set_peer(peer(0, OPENVPN_UDP, 0)), 0);
}

static void test_servers_learn_what_fits_the_way(void **state)
{
    (void)state;
    net_world_must(world.hub, "ip link set to-internet mtu 1300");
    net_world_must(world.internet, "python3 -c '\n"
                                   "import socket, sys\n"
                                   "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
                                   "s.settimeout(1)\n"
                                   "s.connect((\"198.51.100.1\", 1194))\n"
                                   "for i in range(4):\n"
                                   "    s.send(b\"big\")\n"
                                   "    try:\n"
                                   "        sys.exit(s.recv(2000) != b\"too big\")\n"
                                   "    except TimeoutError:\n"
                                   "        pass\n"
                                   "sys.exit(1)'");
    net_world_must(world.hub, "ip link set to-internet mtu 1500");
    let_settle(world.root);
}

static void test_nothing_else_comes_in(void **state)
{
    (void)state;
    /* Ports that are served, from inside: only the uplink leads to them. */
    net_world_must(world.devices[1],
                   "! python3 -c 'import socket; "
                   "socket.create_connection((\"10.66.0.1\", 1194), 1)' 2>/dev/null");
    /* Past the map, straight to the uplink's address. */
    net_world_must(world.internet, "ip route add 169.254.1.0/30 via 198.51.100.1");
    assert_false(is_asked_from("169.254.1.2", "udp", "198.51.100.2"));
    net_world_must(world.internet, "ip route del 169.254.1.0/30");
    /* A tenant does not come back in by the hub's address. */
    net_world_must(world.instance_ns,
                   "! python3 -c 'import socket; "
                   "socket.create_connection((\"198.51.100.1\", 1194), 1)' 2>/dev/null");
}

static void test_what_is_published_no_longer_ends(void **state)
{
    static const uint16_t ports[] = {UDP_PORT, UDP_PORT, LEGACY_PORT};
    int status;
    pid_t pid;

    (void)state;
    /* A flow that goes on says when it was cut. */
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        _exit(net_world_run(world.internet, "python3 -c '\n"
                                            "import socket, sys, time\n"
                                            "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
                                            "s.settimeout(0.5)\n"
                                            "s.connect((\"198.51.100.1\", 1194))\n"
                                            "s.send(b\"x\"); s.recv(100)\n"
                                            "open(\"/run/flows\", \"w\").close()\n"
                                            "while True:\n"
                                            "    s.send(b\"x\")\n"
                                            "    try:\n"
                                            "        s.recv(100)\n"
                                            "    except OSError:\n"
                                            "        sys.exit(0)\n"
                                            "    time.sleep(0.05)' 2>/dev/null"));
    net_world_must(world.hub,
                   "for i in $(seq 50); do test -e /run/flows && exit 0; sleep 0.1; done; exit 1");
    assert_int_equal(set_uplink(ID, world.instance_ns, (uint16_t[3]){0}), 0);
    net_world_sleep_ms(1500);
    assert_int_equal(waitpid(pid, &status, WNOHANG), pid);
    assert_int_equal(status, 0);
    assert_false(is_asked_from("198.51.100.1", "udp", "198.51.100.2"));
    assert_int_equal(set_uplink(ID, world.instance_ns, ports), 0);
    assert_true(is_asked_from("198.51.100.1", "udp", "198.51.100.2"));
}

static void test_a_port_leads_to_one_instance(void **state)
{
    static const struct {
        uint16_t ports[OPENVPN_SERVER_COUNT];
        int error;
    } tries[] = {
        {{UDP_PORT, 0, 0}, -EADDRINUSE},
        {{0, LEGACY_PORT, 0}, -EADDRINUSE},
        {{0, 0, UDP_PORT}, -EADDRINUSE},
        {{0, 2000, 2000}, -EADDRINUSE},
        {{443, 0, 0}, -EINVAL},
        {{0, 22, 0}, -EINVAL},
        {{10000, 0, 0}, -EINVAL},
        {{LEGACY_PORT, 0, 0}, 0}, /* UDP and TCP of one number are two ports */
        {{2000, 2000, 2001}, 0},
        {{0, 0, 0}, 0},
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(tries); i++) {
        int r = set_uplink(OTHER_ID, world.other_ns, tries[i].ports);

        if (r != tries[i].error)
            fail_msg("try %zu: %d, not %d", i, r, tries[i].error);
    }
    assert_true(is_asked_from("198.51.100.1", "udp", "198.51.100.2"));
    assert_int_equal(resync(world.root)->writes, 0);
}

/* What an earlier worker published, for an instance that the engine has not told of. */
static void test_untold_ports_are_left_alone(void **state)
{
    static const uint16_t ports[] = {UDP_PORT, UDP_PORT, LEGACY_PORT};
    static const char untold[] =
        "nft get element inet warren published4 '{ udp . 4000 : 169.254.9.2 }' "
        ">/dev/null 2>&1";

    (void)state;
    net_worker_kill(TAKE_PTR(world.root));
    net_world_must(world.hub,
                   "ip link add wru-zzzzzzzz type veth peer name stray && "
                   "nft add element inet warren published4 '{ udp . 4000 : 169.254.9.2 }' && "
                   "nft delete element inet warren published4 '{ udp . 1194 : 169.254.1.2 }' && "
                   "nft add element inet warren published4 '{ udp . 1194 : 169.254.9.2 }'");
    start_root();
    (void)resync(world.root);
    net_world_must(world.hub, untold);
    assert_true(is_asked_from("198.51.100.1", "tcp", "198.51.100.2"));
    /* But not where it is in the way. */
    assert_int_equal(set_uplink(ID, world.instance_ns, ports), 0);
    assert_true(is_asked_from("198.51.100.1", "udp", "198.51.100.2"));
    assert_int_equal(set_uplink(OTHER_ID, world.other_ns, (uint16_t[3]){0}), 0);
    net_world_must(world.hub, untold);
    net_world_must(world.hub, "ip link del wru-zzzzzzzz");
    (void)resync(world.root);
    assert_int_not_equal(net_world_run(world.hub, "%s", untold), 0);
    assert_true(is_asked_from("198.51.100.1", "udp", "198.51.100.2"));
    assert_int_equal(resync(world.root)->writes, 0);
}

/* ---- the tests: drift, expiry, the end ---- */

static const struct drift {
    const char *command;
    const char *then; /* succeeds once it is mended */
} drifts[] =
    {
        {"ip rule del priority 87", "ip rule | grep -q '^87:.*lookup 87'"},
        {"ip -6 rule del priority 87", "ip -6 rule | grep -q '^87:.*lookup 87'"},
        {"ip rule add priority 50 protocol 87 lookup 99", "! ip rule | grep -q 'lookup 99'"},
        {"ip rule del priority 87 && ip rule add priority 87 protocol 87 uidrange 0-0 lookup 87",
         "ip rule | grep -q 'uidrange 6[0-9]*-6[0-9]* lookup 87' && test $(ip rule | grep -c 87:) "
         "= 1"},
        {"ip route flush table 87", "ip route show table 87 | grep -q default"},
        {"ip route add 10.1.0.0/16 dev lo table 87 proto 87 metric 100",
         "! ip route show table 87 | grep -q 10.1"},
        {"nft delete element inet warren served '{ udp . 1194 }'",
         "nft get element inet warren served '{ udp . 1194 }'"},
        {"ip link set ovpn0 down", "ip route show | grep -q '^192.168.88.0/24 dev ovpn0'"},
        {"ip addr flush dev ovpn1", "ip addr show dev ovpn1 | grep -q 'inet 10.66.0.1/32'"},
        {"ip link set ovpn1 mtu 1300", "ip link show dev ovpn1 | grep -q 'mtu 1420'"},
        {"ip route del 192.168.88.0/24", "ip route show | grep -q '^192.168.88.0/24 dev ovpn0'"},
},
  root_drifts[] = {
      {"nft delete element inet warren published '{ udp . 1194 }'",
       "nft get element inet warren published '{ udp . 1194 }'"},
      {"nft delete element inet warren published4 '{ udp . 1194 : 169.254.1.2 }'",
       "nft get element inet warren published4 '{ udp . 1194 : 169.254.1.2 }'"},
      {"nft delete element inet warren published6 '{ tcp . 1195 : fd99::2 }' && "
       "nft add element inet warren published6 '{ tcp . 1195 : fd99::9 }'",
       "nft list map inet warren published6 | grep -q 'tcp . 1195 : fd99::2' && "
       "! nft list map inet warren published6 | grep -q fd99::9"},
      {"nft add element inet warren published4 '{ tcp . 22 : 169.254.1.2 }'",
       "! nft list map inet warren published4 | grep -q 'tcp . 22 '"},
      {"nft flush chain inet warren publish", "nft list chain inet warren publish | grep -q dnat"},
};

static void mend(int netns, struct net_worker *worker, const struct drift *drift)
{
    net_world_must(netns, drift->command);
    if (!net_worker_receive(worker, 3000) || worker->header.request != 0 ||
        net_worker_applied(worker)->writes == 0 || net_worker_applied(worker)->status != 0)
        fail_msg("not seen: %s", drift->command);
    if (net_world_run(netns, "(%s) >/dev/null", drift->then) != 0)
        fail_msg("not mended: %s", drift->command);
    while (net_worker_receive(worker, 500))
        assert_int_equal(net_worker_applied(worker)->status, 0);
    if (resync(worker)->writes != 0)
        fail_msg("not at rest after: %s", drift->command);
}

static void test_drift(void **state)
{
    (void)state;
    let_settle(world.worker);
    let_settle(world.root);
    for (size_t i = 0; i < ELEMENTS(drifts); i++)
        mend(world.instance_ns, world.worker, &drifts[i]);
    for (size_t i = 0; i < ELEMENTS(root_drifts); i++)
        mend(world.hub, world.root, &root_drifts[i]);
    assert_true(reaches(1, "192.168.88.1"));
    assert_true(is_asked_from("198.51.100.1", "udp", "198.51.100.2"));
}

static void test_a_lost_link_is_told(void **state)
{
    (void)state;
    net_world_must(world.instance_ns, "ip link del ovpn0");
    assert_true(net_worker_receive(world.worker, 3000));
    assert_int_equal(net_worker_applied(world.worker)->openvpn_missing[0], 1 << OPENVPN_UDP);
    assert_int_equal(net_worker_applied(world.worker)->status, 0);
    assert_int_equal(net_worker_applied(world.worker)->link_missing, 0);
    waitpid(world.carriers[0], NULL, 0);
    assert_int_equal(set_peer(peer(0, OPENVPN_UDP, 0)), -ENODEV);
    assert_true(reaches(1, "10.66.0.1"));
    net_world_must(world.instance_ns, "ip tuntap add dev ovpn0 mode tun");
    start_carrier(0, OPENVPN_UDP);
    let_settle(world.worker);
    assert_true(reaches(1, "192.168.88.1"));
    assert_int_equal(resync(world.worker)->writes, 0);
}

static void test_a_new_worker_writes_nothing(void **state)
{
    const struct verb_peer *one;

    (void)state;
    net_worker_kill(TAKE_PTR(world.worker));
    start_worker();
    net_worker_send(world.worker, VERB_APPLY_BEGIN, 0, &world.instance,
                    verb_instance_size(&world.instance), -1);
    for (unsigned device = 0; device < 2; device++) {
        one = peer(device, device == 0 ? OPENVPN_UDP : OPENVPN_TCP, 0);
        net_worker_send(world.worker, VERB_PEER_SET, 0, one, net_world_peer_size(one), -1);
    }
    assert_int_equal(net_worker_ask(world.worker, VERB_APPLY_END, NULL, 0, -1), 0);
    assert_int_equal(net_worker_applied(world.worker)->writes, 0);
    assert_true(reaches(1, "192.168.88.1"));
}

static void test_expiry_is_the_kernels(void **state)
{
    struct verb_peer *client = peer(1, OPENVPN_TCP, PEER_EXPIRES);

    (void)state;
    client->expires_at = clock_seconds() + 3;
    assert_int_equal(set_peer(client), 0);
    assert_true(reaches(1, "192.168.88.1"));
    net_worker_kill(TAKE_PTR(world.worker));
    assert_true(reaches(1, "192.168.88.1"));
    net_world_sleep_ms(3500);
    assert_false(pings(1, "10.66.0.1"));
    assert_false(pings(1, "192.168.88.1"));
    start_worker();
    apply();
    let_settle(world.worker);
}

static void test_off_again_it_leaves_nothing(void **state)
{
    (void)state;
    verb_instance_set_ports(&world.instance, (struct port_span){0}, (struct port_span){0});
    assert_int_equal(set_instance(), 0);
    net_world_must(world.instance_ns, "! ip rule | grep -q 'lookup 87'");
    net_world_must(world.instance_ns, "! ip -6 rule | grep -q 'lookup 87'");
    net_world_must(world.instance_ns, "test -z \"$(ip route show table 87 2>/dev/null)\"");
    net_world_must(world.instance_ns, "! nft list set inet warren served | grep -q elements");
    let_settle(world.worker);
    assert_int_equal(resync(world.worker)->writes, 0);
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
        cmocka_unit_test(test_off_there_is_nothing_of_it),
        cmocka_unit_test(test_missing_links_are_told_and_stop_nothing),
        cmocka_unit_test(test_a_link_that_appears_is_taken_up),
        cmocka_unit_test(test_a_connected_peer_is_reached),
        cmocka_unit_test(test_a_peer_of_a_new_link_is_set_at_once),
        cmocka_unit_test(test_a_peer_moves_between_servers),
        cmocka_unit_test(test_no_source_of_another_link),
        cmocka_unit_test(test_clients_of_two_servers_may_be_kept_apart),
        cmocka_unit_test(test_full_tunnel),
        cmocka_unit_test(test_segments_fit_both_ways),
        cmocka_unit_test(test_published_ports_lead_inside),
        cmocka_unit_test(test_a_tenants_routes_are_not_for_the_servers),
        cmocka_unit_test(test_servers_learn_what_fits_the_way),
        cmocka_unit_test(test_nothing_else_comes_in),
        cmocka_unit_test(test_what_is_published_no_longer_ends),
        cmocka_unit_test(test_a_port_leads_to_one_instance),
        cmocka_unit_test(test_untold_ports_are_left_alone),
        cmocka_unit_test(test_drift),
        cmocka_unit_test(test_a_lost_link_is_told),
        cmocka_unit_test(test_a_new_worker_writes_nothing),
        cmocka_unit_test(test_expiry_is_the_kernels),
        cmocka_unit_test(test_off_again_it_leaves_nothing),
    };

    if (argc != 3) {
        fprintf(stderr, "Usage: %s WARREN-NET ECHO-SERVER\n", argv[0]);
        return 2;
    }
    echo_server = argv[2];
    if (!net_world_enter(argv[1]))
        return 77;
    return cmocka_run_group_tests(tests, build_world, tear_down_world);
}
