/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/tunnel/net_world.h"
#include "tunnel/projection.h"

enum { PEERS = 700, STEPS = 20000 };

static _Alignas(16) char space[NET_PEER_SPACE];

static struct wanted *make(void)
{
    struct verb_instance instance = net_world_instance(51820);

    return wanted_new(&instance);
}

/* Against an array that says who is in. */
static void test_random_walk(void **state)
{
    struct wanted *wanted = make();
    bool in[PEERS] = {0};
    uint32_t random = 1;
    size_t count = 0;
    size_t position = 0;

    (void)state;
    for (unsigned step = 0; step < STEPS; step++) {
        unsigned i = (random = random * 1664525 + 1013904223) >> 8;
        bool put = i & 1;
        struct verb_peer *peer;
        struct wanted_peer *before;

        i = (i >> 1) % PEERS;
        peer = net_world_peer(space, i, 0);
        before = put ? wanted_put(wanted, wanted_peer_new(peer))
                     : wanted_take(wanted, &peer->public_key);
        assert_int_equal(before != NULL, in[i]);
        if (before)
            assert_memory_equal(&before->public_key, &peer->public_key, KEY_SIZE);
        wanted_peer_free(before);
        in[i] = put;
    }
    for (unsigned i = 0; i < PEERS; i++) {
        struct verb_peer *peer = net_world_peer(space, i, 0);

        assert_int_equal(wanted_find(wanted, &peer->public_key) != NULL, in[i]);
        assert_int_equal(wanted_is_held(wanted, &peer->prefixes[0], NULL), in[i]);
        assert_int_equal(wanted_is_held(wanted, &peer->prefixes[1], NULL), in[i]);
        count += in[i];
    }
    while (wanted_next(wanted, &position))
        count--;
    assert_int_equal(count, 0);
    wanted_free(wanted);
}

static void test_last_claim_holds(void **state)
{
    struct wanted *wanted = make();
    struct verb_peer *peer = net_world_peer(space, 1, 0);
    struct key first_key = peer->public_key;
    struct wanted_peer *second;
    _cleanup_routes_ struct routes routes = {0};
    struct projection_links links = {.wireguard = {(uint32_t[]){3, 5}, 2}, .up0 = 4};

    (void)state;
    peer->link = 1;
    assert_null(wanted_put(wanted, wanted_peer_new(peer)));
    peer->public_key.bytes[0] ^= 1;
    second = wanted_peer_new(peer);
    assert_null(wanted_put(wanted, second));
    assert_false(wanted_is_held(wanted, &peer->prefixes[0], second));
    projection_peer_routes(wanted, wanted_find(wanted, &first_key), wanted_find(wanted, &first_key),
                           &links, &routes);
    assert_int_equal(routes.count, 0);
    projection_peer_routes(wanted, second, second, &links, &routes);
    assert_int_equal(routes.count, 2);
    wanted_peer_free(wanted_take(wanted, &first_key));
    assert_true(wanted_is_held(wanted, &peer->prefixes[0], NULL));
    wanted_free(wanted);
}

/* What a changed peer no longer has must be in the difference. */
static void test_changed_peer_is_seen_whole(void **state)
{
    struct wanted *wanted = make();
    struct verb_peer *peer = net_world_peer(space, 1, PEER_ROUTE_ALL);
    _cleanup_nft_elements_ struct nft_elements elements = {0};
    struct wanted_peer *before;
    struct wanted_peer *after;

    (void)state;
    assert_null(wanted_put(wanted, wanted_peer_new(peer)));
    peer->flags = 0;
    after = wanted_peer_new(peer);
    before = wanted_put(wanted, after);
    projection_peer_elements(wanted, before, after, &elements);
    assert_int_equal(elements.count, 4);
    nft_elements_done(&elements);
    projection_peer_elements(wanted, after, after, &elements);
    assert_int_equal(elements.count, 2);
    wanted_peer_free(before);
    wanted_free(wanted);
}

static size_t count_routes(const struct wanted *wanted, const struct wanted_peer *peer,
                           uint32_t index)
{
    struct projection_links links = {
        .wireguard = {(uint32_t[]){3, 5}, 2}, .openvpn = {(uint32_t[]){7}, 1}, .up0 = 4};
    _cleanup_routes_ struct routes routes = {0};

    projection_peer_routes(wanted, peer, peer, &links, &routes);
    for (size_t i = 0; i < routes.count; i++)
        assert_int_equal(routes.items[i].index, index);
    return routes.count;
}

/* All of link 0 have one route, others one each; unreachable those that are not connected. */
static void test_routes_of_tunnel_addresses(void **state)
{
    struct wanted *wanted = make();
    struct verb_peer *peer = net_world_peer(space, 1, 0);
    struct wanted_peer *one = wanted_peer_new(peer);
    struct projection_links links = {.wireguard = {(uint32_t[]){3}, 1}};
    _cleanup_routes_ struct routes routes = {0}, without = {0};
    size_t found = 0;

    (void)state;
    wanted_put(wanted, one);
    assert_int_equal(count_routes(wanted, one, 3), 0);
    one->link = 1;
    assert_int_equal(count_routes(wanted, one, 5), 2);
    one->flags = PEER_OPENVPN;
    one->server = OPENVPN_UDP;
    assert_int_equal(count_routes(wanted, one, 7), 2);
    one->server = OPENVPN_NOT_CONNECTED;
    assert_int_equal(count_routes(wanted, one, 0), 2);
    projection_routes(wanted, &links, &routes);
    for (size_t i = 0; i < routes.count; i++)
        found += routes.items[i].index == 3;
    assert_int_equal(found, 2);
    link_indexes_set(&links.wireguard, 0, 0);
    projection_routes(wanted, &links, &without);
    assert_int_equal(without.count, routes.count - 2);
    wanted_free(wanted);
}

/* Only WireGuard's. */
static void test_peers_that_expire_are_counted(void **state)
{
    struct wanted *wanted = make();
    struct verb_peer *peer = net_world_peer(space, 1, PEER_EXPIRES);

    (void)state;
    peer->expires_at = 100;
    assert_int_equal(wanted_expiring_count(wanted), 0);
    wanted_peer_free(wanted_put(wanted, wanted_peer_new(peer)));
    wanted_peer_free(wanted_put(wanted, wanted_peer_new(peer)));
    assert_int_equal(wanted_expiring_count(wanted), 1);
    peer->flags |= PEER_OPENVPN;
    wanted_peer_free(wanted_put(wanted, wanted_peer_new(peer)));
    assert_int_equal(wanted_expiring_count(wanted), 0);
    peer->flags = PEER_EXPIRES;
    wanted_peer_free(wanted_put(wanted, wanted_peer_new(peer)));
    assert_int_equal(wanted_expiring_count(wanted), 1);
    wanted_peer_free(wanted_take(wanted, &peer->public_key));
    assert_int_equal(wanted_expiring_count(wanted), 0);
    wanted_free(wanted);
}

static void put_expiring(struct wanted *wanted, uint32_t number)
{
    struct verb_peer *peer = net_world_peer(space, number, PEER_EXPIRES);

    peer->expires_at = 100;
    wanted_peer_free(wanted_put(wanted, wanted_peer_new(peer)));
}

/* Who expires is kept out of it; there can be too many of them. */
static void test_fast_path(void **state)
{
    struct projection_links links = {
        .wireguard = {(uint32_t[]){3, 0, 5}, 3}, .openvpn = {(uint32_t[]){7}, 1}, .up0 = 4};
    struct wanted *wanted = make();
    struct fast_path_spec spec;

    (void)state;
    wanted_peer_free(wanted_put(wanted, wanted_peer_new(net_world_peer(space, 1, 0))));
    projection_fast_path(wanted, &links, &spec);
    for (unsigned link = 0; link < FAST_PATH_LINKS_MAX; link++)
        assert_int_equal(spec.links[link], link_indexes_get(&links.wireguard, link));
    assert_int_equal(spec.expiring.count, 0);
    put_expiring(wanted, 2);
    put_expiring(wanted, 4);
    projection_fast_path(wanted, &links, &spec);
    assert_int_equal(spec.links[2], 5);
    assert_int_equal(spec.expiring.count, 4);
    prefix_set_done(&spec.expiring);
    for (uint32_t i = 2; i < 600; i++)
        put_expiring(wanted, i);
    projection_fast_path(wanted, &links, &spec);
    assert_int_equal(spec.links[0], 0);
    assert_int_equal(spec.expiring.count, 0);
    wanted_free(wanted);
}

static void test_expired_is_not_live(void **state)
{
    struct verb_peer *peer = net_world_peer(space, 1, PEER_EXPIRES);
    struct wanted_peer *wanted;

    (void)state;
    peer->expires_at = 100;
    wanted = wanted_peer_new(peer);
    assert_true(wanted_peer_is_live(wanted, 99999));
    assert_false(wanted_peer_is_live(wanted, 100000));
    wanted->flags = 0;
    assert_true(wanted_peer_is_live(wanted, 100000));
    wanted_peer_free(wanted);
}

static struct prefix prefix(const char *text)
{
    struct prefix prefix = {0};

    assert_int_equal(prefix_parse(text, &prefix), 0);
    return prefix;
}

/* Its own device and router know the real prefix, all else the mapped one. */
static void test_mapped_subnet(void **state)
{
    struct wanted *wanted = make();
    struct verb_peer *peer = net_world_peer(space, 1, PEER_IS_SITE);
    uint32_t tunnel = peer->tunnel_count;
    struct projection_links links = {.wireguard = {(uint32_t[]){3, 5}, 2}, .up0 = 4};
    struct prefix real = prefix("192.168.88.0/24"), mapped = prefix("10.88.1.0/24");
    struct prefix plain = prefix("192.168.7.0/24");
    _cleanup_wireguard_state_ struct wireguard_state device = {0}, other = {0};
    _cleanup_nft_elements_ struct nft_elements elements = {0};
    _cleanup_routes_ struct routes routes = {0};
    _cleanup_nft_translations_ struct nft_translations none = {0}, texts = {0}, without = {0};
    const struct buf *text = &texts.texts[NFT_TRANSLATION_WIREGUARD];
    const struct wanted_peer *one;

    (void)state;
    projection_translations(wanted, &links, &none);
    assert_int_equal(none.texts[NFT_TRANSLATION_WIREGUARD].length, 0);
    peer->link = peer->mapped_count = 1;
    peer->prefixes[tunnel] = mapped;
    peer->prefixes[tunnel + 1] = plain;
    peer->prefixes[tunnel + 2] = real;
    peer->prefix_count = tunnel + 3;
    wanted_peer_free(wanted_put(wanted, wanted_peer_new(peer)));
    one = wanted_find(wanted, &peer->public_key);
    assert_int_equal(one->prefix_count, tunnel + 2);
    assert_true(wanted_is_held(wanted, &mapped, NULL));
    assert_false(wanted_is_held(wanted, &real, NULL));
    projection_peer_device(wanted, one, one, 0, &other);
    assert_int_equal(other.peer_count, 0);
    projection_peer_device(wanted, one, one, 1, &device);
    assert_int_equal(device.peers[0].allowed_count, tunnel + 2);
    assert_true(prefix_equal(&device.peers[0].allowed[tunnel], &real));
    assert_true(prefix_equal(&device.peers[0].allowed[tunnel + 1], &plain));
    projection_peer_routes(wanted, one, one, &links, &routes);
    assert_int_equal(routes.count, tunnel + 2);
    assert_true(prefix_equal(&routes.items[tunnel].prefix, &mapped));
    assert_int_equal(routes.items[tunnel].index, 5);
    projection_peer_elements(wanted, one, one, &elements);
    assert_int_equal(elements.count, tunnel + 2);
    assert_memory_equal(elements.items[tunnel].first, mapped.address.bytes, 4);
    projection_translations(wanted, &links, &texts);
    assert_int_equal(texts.texts[NFT_TRANSLATION_OPENVPN].length, 0);
    assert_non_null(strstr(text->data, "ip saddr 192.168.88.0/24 ip saddr set ip saddr & "
                                       "10.88.1.255 | 10.88.1.0 accept"));
    assert_non_null(strstr(text->data, "ip daddr 10.88.1.0/24 ip daddr set ip daddr & "
                                       "192.168.88.255 | 192.168.88.0 accept"));
    assert_null(strstr(text->data, "192.168.7"));
    /* A link that is missing has no hooks. */
    link_indexes_set(&links.wireguard, 1, 0);
    projection_translations(wanted, &links, &without);
    assert_int_equal(without.texts[NFT_TRANSLATION_WIREGUARD].length, 0);
    /* OpenVPN's are known by name. */
    peer->flags |= PEER_OPENVPN;
    wanted_peer_free(wanted_put(wanted, wanted_peer_new(peer)));
    projection_translations(wanted, &links, &without);
    assert_int_equal(without.texts[NFT_TRANSLATION_WIREGUARD].length, 0);
    assert_non_null(strstr(without.texts[NFT_TRANSLATION_OPENVPN].data, "ovpn3"));
    wanted_free(wanted);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_walk),
        cmocka_unit_test(test_last_claim_holds),
        cmocka_unit_test(test_changed_peer_is_seen_whole),
        cmocka_unit_test(test_routes_of_tunnel_addresses),
        cmocka_unit_test(test_peers_that_expire_are_counted),
        cmocka_unit_test(test_fast_path),
        cmocka_unit_test(test_expired_is_not_live),
        cmocka_unit_test(test_mapped_subnet),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
