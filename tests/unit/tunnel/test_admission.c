/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/tunnel/net_world.h"
#include "tunnel/admission.h"

static void test_good_ones(void **state)
{
    struct verb_instance instance = net_world_instance(51820);
    _Alignas(16) char space[NET_PEER_SPACE];
    struct verb_peer *peer;
    const char *reason = "";

    (void)state;
    assert_int_equal(admission_check_instance(&instance, &reason), 0);
    peer = net_world_peer(space, 1, PEER_ROUTE_ALL | PEER_EXPIRES);
    assert_int_equal(admission_check_peer(&instance, peer, &reason), 0);
    peer = net_world_peer(space, 1, PEER_IS_SITE);
    net_world_add_subnet(peer, "192.168.88.0/24");
    net_world_add_subnet(peer, "203.0.113.0/24");
    net_world_add_subnet(peer, "2001:db8:5::/48");
    assert_int_equal(admission_check_peer(&instance, peer, &reason), 0);
    peer = net_world_peer(space, 1, PEER_OPENVPN | PEER_EXPIRES);
    for (unsigned server = OPENVPN_UDP; server < OPENVPN_SERVER_COUNT; server++) {
        peer->server = (uint16_t)server;
        assert_int_equal(admission_check_peer(&instance, peer, &reason), 0);
    }
    peer->server = OPENVPN_NOT_CONNECTED;
    assert_int_equal(admission_check_peer(&instance, peer, &reason), 0);
}

static void test_bad_openvpn_peers(void **state)
{
    struct verb_instance instance = net_world_instance(51820);
    _Alignas(16) char space[NET_PEER_SPACE];
    struct verb_peer *peer = net_world_peer(space, 1, PEER_OPENVPN);
    const char *reason = "";

    (void)state;
    peer->server = OPENVPN_SERVER_COUNT;
    assert_int_equal(admission_check_peer(&instance, peer, &reason), -EINVAL);
    assert_string_equal(reason, "the peer is on no OpenVPN server of its link");
    peer->server = OPENVPN_TCP;
    peer->keepalive = 25;
    assert_int_equal(admission_check_peer(&instance, peer, &reason), -EINVAL);
    assert_string_equal(reason, "an OpenVPN peer has nothing of WireGuard");
    peer->keepalive = 0;
    peer->flags |= PEER_HAS_PRESHARED_KEY;
    assert_int_equal(admission_check_peer(&instance, peer, &reason), -EINVAL);
    peer->flags = PEER_HAS_PRESHARED_KEY;
    assert_int_equal(admission_check_peer(&instance, peer, &reason), -EINVAL);
    assert_string_equal(reason, "a WireGuard peer on an OpenVPN server");
}

static void test_published_ports(void **state)
{
    static const struct {
        uint16_t ports[OPENVPN_NUMBER_COUNT];
        int result;
    } tries[] = {
        {{0, 0, 0}, 0},          {{1194, 1194, 1195}, 0},       {{1024, 65535, 0}, 0},
        {{1023, 0, 0}, -EINVAL}, {{0, 22, 0}, -EINVAL},         {{0, 0, 443}, -EINVAL},
        {{9999, 20000, 0}, 0},   {{0, 10000, 0}, -EINVAL},      {{19999, 0, 0}, -EINVAL},
        {{1194, 0, 1194}, 0},    {{1194, 1195, 1195}, -EINVAL},
    };
    const char *reason;

    (void)state;
    for (size_t i = 0; i < sizeof(tries) / sizeof(tries[0]); i++)
        assert_int_equal(admission_check_published(
                             (struct port_span){tries[i].ports, OPENVPN_NUMBER_COUNT}, &reason),
                         tries[i].result);
}

static const struct bad_peer {
    unsigned flags;
    const char *address; /* in place of the first tunnel address */
    const char *subnet;
    const char *reason;
} bad_peers[] = {
    {0x80, NULL, NULL, "the peer has unknown flags"},
    {PEER_IS_SITE | PEER_ROUTE_ALL, NULL, NULL, "a site can't use the uplink"},
    {PEER_HAS_ENDPOINT, NULL, NULL, "the peer's endpoint has no port"},
    {0, "10.66.0.1/32", NULL, "a tunnel address is the hub's own"},
    {0, "10.67.0.2/32", NULL, "a tunnel address is outside of the tunnel network"},
    {0, "10.66.0.0/31", NULL, "a tunnel address is not one address"},
    {0, "fd66::9/128", NULL, "the peer has two tunnel addresses of one family"},
    {0, NULL, "192.168.88.0/24", "a client has no subnets"},
    {PEER_IS_SITE, NULL, "0.0.0.0/0", "a subnet is not a network"},
    {PEER_IS_SITE, NULL, "192.168.88.1/24", "a subnet is not a network"},
    {PEER_IS_SITE, NULL, "::/0", "a subnet is not a network"},
    {PEER_IS_SITE, NULL, "10.66.5.0/24", "a subnet overlaps a tunnel network"},
    {PEER_IS_SITE, NULL, "10.0.0.0/8", "a subnet overlaps a tunnel network"},
    {PEER_IS_SITE, NULL, "fd66::/32", "a subnet overlaps a tunnel network"},
    {PEER_IS_SITE, NULL, "fd99::/64", "a subnet overlaps the uplink"},
    {PEER_IS_SITE, NULL, "169.254.7.0/24", "a subnet can't be behind a peer"},
    {PEER_IS_SITE, NULL, "127.0.0.0/16", "a subnet can't be behind a peer"},
    {PEER_IS_SITE, NULL, "128.0.0.0/1", "a subnet can't be behind a peer"},
    {PEER_IS_SITE, NULL, "fe80::/64", "a subnet can't be behind a peer"},
    {PEER_IS_SITE, NULL, "ff02::/16", "a subnet can't be behind a peer"},
};

static void test_bad_peers(void **state)
{
    struct verb_instance instance = net_world_instance(51820);

    (void)state;
    for (size_t i = 0; i < sizeof(bad_peers) / sizeof(bad_peers[0]); i++) {
        _Alignas(16) char space[NET_PEER_SPACE];
        struct verb_peer *peer = net_world_peer(space, 1, bad_peers[i].flags);
        const char *reason = "let in";
        int r;

        if (bad_peers[i].address)
            assert_int_equal(prefix_parse(bad_peers[i].address, &peer->prefixes[0]), 0);
        if (bad_peers[i].subnet)
            net_world_add_subnet(peer, bad_peers[i].subnet);
        r = admission_check_peer(&instance, peer, &reason);
        assert_string_equal(reason, bad_peers[i].reason);
        assert_int_equal(r, -EINVAL);
    }
}

static void test_bad_expiry(void **state)
{
    static const int64_t times[] = {-1, INT64_MIN, INT64_C(7258118401), INT64_MAX};
    struct verb_instance instance = net_world_instance(51820);

    (void)state;
    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        _Alignas(16) char space[NET_PEER_SPACE];
        struct verb_peer *peer = net_world_peer(space, 1, PEER_EXPIRES);
        const char *reason;

        peer->expires_at = times[i];
        assert_int_equal(admission_check_peer(&instance, peer, &reason), -EINVAL);
    }
}

/* An uplink's networks stand in the hub's own namespace too: any other would draw the hub's traffic
 * into the instance. */
static const struct bad_uplink {
    const char *root, *instance;
} bad_uplinks[] = {
    {"198.51.100.1/30", "198.51.100.2/30"}, {"10.0.0.1/30", "10.0.0.2/30"},
    {"169.254.1.1/24", "169.254.1.2/24"},   {"169.254.169.253/30", "169.254.169.254/30"},
    {"169.254.0.1/30", "169.254.0.2/30"},   {"169.254.1.0/30", "169.254.1.2/30"},
    {"169.254.1.1/30", "169.254.1.3/30"},   {"169.254.1.1/30", "169.254.1.6/30"},
    {"2001:db8::1/126", "2001:db8::2/126"}, {"fd99::1/64", "fd99::2/64"},
    {"fe80::1/126", "fe80::2/126"},         {"169.254.1.2/30", "169.254.1.2/30"},
};

static void test_bad_uplinks(void **state)
{
    struct uplink_addresses good = net_world_instance(51820).uplink;
    const char *reason;

    (void)state;
    assert_int_equal(admission_check_uplink(&good, &reason), 0);
    for (size_t i = 0; i < sizeof(bad_uplinks) / sizeof(bad_uplinks[0]); i++) {
        struct uplink_addresses bad = good;
        bool is_ipv6 = strchr(bad_uplinks[i].root, ':');

        assert_int_equal(prefix_parse(bad_uplinks[i].root, is_ipv6 ? &bad.root6 : &bad.root4), 0);
        assert_int_equal(
            prefix_parse(bad_uplinks[i].instance, is_ipv6 ? &bad.instance6 : &bad.instance4), 0);
        if (admission_check_uplink(&bad, &reason) != -EINVAL)
            fail_msg("let in: %s, %s", bad_uplinks[i].root, bad_uplinks[i].instance);
    }
}

static void test_uplink_network(void **state)
{
    static const char *const bad[] = {"2001:db8::/64", "fd99::/63", "::/0", "fd99::1/64",
                                      "10.0.0.0/24"};
    struct prefix network;
    const char *reason;

    (void)state;
    assert_int_equal(prefix_parse("fd99::/64", &network), 0);
    assert_int_equal(admission_check_uplink_network(&network, &reason), 0);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(prefix_parse(bad[i], &network), 0);
        assert_int_equal(admission_check_uplink_network(&network, &reason), -EINVAL);
    }
}

static void refuse(const struct verb_instance *instance, const char *expected)
{
    const char *reason = "let in";

    (void)admission_check_instance(instance, &reason);
    assert_string_equal(reason, expected);
}

static void test_bad_instances(void **state)
{
    struct verb_instance good = net_world_instance(51820);
    struct verb_instance bad = good;

    (void)state;
    bad.flags = 0x40;
    refuse(&bad, "the instance has unknown flags");
    bad = good;
    bad.backend = 3;
    refuse(&bad, "the instance has no known WireGuard backend");
    bad = good;
    key_wipe(&bad.private_key);
    refuse(&bad, "the instance has no key or no port");
    bad = good;
    bad.mtu = 1279;
    refuse(&bad, "the instance's MTU is not within 1280 and 9000");
    bad = good;
    bad.hub4.length = 32;
    refuse(&bad, "a tunnel network can't be one");
    bad = good;
    bad.hub4 = bad.hub6 = (struct prefix){0};
    refuse(&bad, "the instance has no tunnel network");
    bad = good;
    bad.hub4 = bad.hub6;
    refuse(&bad, "a tunnel network can't be one");
    bad = good;
    bad.uplink.root4 = bad.uplink.instance4;
    refuse(&bad, "the uplink's IPv4 addresses are no pair");
    bad = good;
    bad.uplink.root6.length = 64;
    refuse(&bad, "the uplink's IPv6 addresses are no pair");
    bad = good;
    bad.pushed_count = VERB_PUSHED_MAX + 1;
    refuse(&bad, "too many pushed networks");
}

static void test_bad_ports(void **state)
{
    static const uint16_t same[] = {0, 1194, 1194}, apart[] = {1194, 1194, 1195};
    struct {
        struct verb_instance instance;
        uint16_t ports[3];
    } with = {.instance = net_world_instance(51820)};
    struct verb_instance *bad = &with.instance;
    const char *reason;

    (void)state;
    verb_instance_set_ports(bad, (struct port_span){0}, (struct port_span){apart, 3});
    assert_int_equal(admission_check_instance(bad, &reason), 0);
    verb_instance_set_ports(bad, (struct port_span){0}, (struct port_span){same, 3});
    refuse(bad, "two OpenVPN servers have one port");
    bad->link_count = 4;
    refuse(bad, "there are too many ports");
    bad->link_count = LINK_COUNT + 1;
    bad->port_count = LINK_COUNT + 1;
    refuse(bad, "there are too many ports");
    bad->link_count = 0;
    bad->port_count = OPENVPN_NUMBER_COUNT + 1;
    refuse(bad, "there are too many ports");
}

/* As many sites of one LAN as there may be, and one more. */
static void test_all_links(void **state)
{
    static struct {
        struct verb_instance instance;
        uint16_t ports[LINK_COUNT];
    } with;
    uint16_t links[LINK_COUNT] = {0};
    _Alignas(16) char space[NET_PEER_SPACE];
    struct verb_peer *peer = net_world_peer(space, 1, PEER_IS_SITE);
    const char *reason;

    (void)state;
    for (unsigned link = 1; link < LINK_COUNT; link++)
        links[link] = (uint16_t)(50000 + link);
    with.instance = net_world_instance(51820);
    verb_instance_set_ports(&with.instance, (struct port_span){links, LINK_COUNT},
                            (struct port_span){0});
    assert_int_equal(admission_check_instance(&with.instance, &reason), 0);
    net_world_add_subnet(peer, "10.88.1.0/24");
    net_world_add_subnet(peer, "192.168.88.0/24");
    peer->mapped_count = 1;
    for (unsigned link = 1; link < LINK_COUNT; link++) {
        peer->link = (uint16_t)link;
        assert_int_equal(admission_check_peer(&with.instance, peer, &reason), 0);
    }
    peer->link = LINK_COUNT;
    assert_int_equal(admission_check_peer(&with.instance, peer, &reason), -EINVAL);
    assert_string_equal(reason, "the peer is on no link it could be on");
    peer->link = LINK_COUNT - 1;
    verb_instance_set_ports(&with.instance, (struct port_span){links, LINK_COUNT - 1},
                            (struct port_span){0});
    assert_int_equal(admission_check_peer(&with.instance, peer, &reason), -EINVAL);
    assert_string_equal(reason, "the peer's link is not there");
}

/* ---- rules of the firewall ---- */

static struct verb_filter *good_rule(void)
{
    static _Alignas(8) char rule_space[sizeof(struct verb_filter) + 2 * sizeof(struct prefix)];
    struct verb_filter *rule = (void *)rule_space;

    memset(rule_space, 0, sizeof(rule_space));
    memcpy(rule->id, "abcdefgh", ID_MAX);
    rule->protocol = 6;
    rule->port_count = 2;
    rule->ports[0] = (struct rule_ports){22, 22};
    rule->ports[1] = (struct rule_ports){80, 90};
    rule->flags = RULE_EXPIRES;
    rule->expires_at = 1;
    rule->from_count = 1;
    rule->prefix_count = 2;
    rule->prefixes[0] = (struct prefix){{2, {10, 66, 0, 2}}, 32};
    rule->prefixes[1] = (struct prefix){{2, {192, 168, 1, 0}}, 24};
    return rule;
}

#define REFUSED_RULE(change) \
    do { \
        struct verb_filter *rule = good_rule(); \
        const char *why = NULL; \
        change; \
        assert_true(admission_check_rule(rule, &why) < 0); \
        assert_non_null(why); \
    } while (0)

static void test_rule(void **state)
{
    const char *reason;

    (void)state;
    assert_int_equal(admission_check_rule(good_rule(), &reason), 0);
    REFUSED_RULE(rule->id[0] = '/');
    REFUSED_RULE(rule->after[0] = 'x');
    REFUSED_RULE(rule->flags |= 1 << 7);
    REFUSED_RULE(rule->protocol = 47);
    REFUSED_RULE(rule->protocol = 1);
    REFUSED_RULE(rule->port_count = RULE_PORTS_MAX + 1);
    REFUSED_RULE(rule->ports[0].first = 0);
    REFUSED_RULE(rule->ports[1].last = 79);
    REFUSED_RULE(rule->ports[1].first = 22);
    REFUSED_RULE(rule->expires_at = INT64_MAX);
    REFUSED_RULE(rule->expires_at = -1);
    REFUSED_RULE(rule->from_count = 3);
    REFUSED_RULE(rule->prefixes[0].length = 31; rule->prefixes[0].address.bytes[3] = 3);
    REFUSED_RULE(rule->prefixes[1].length = 33);
    REFUSED_RULE(rule->prefixes[1].address.family = 7);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_ones),
        cmocka_unit_test(test_bad_peers),
        cmocka_unit_test(test_bad_expiry),
        cmocka_unit_test(test_bad_instances),
        cmocka_unit_test(test_bad_ports),
        cmocka_unit_test(test_all_links),
        cmocka_unit_test(test_bad_uplinks),
        cmocka_unit_test(test_uplink_network),
        cmocka_unit_test(test_bad_openvpn_peers),
        cmocka_unit_test(test_published_ports),
        cmocka_unit_test(test_rule),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
