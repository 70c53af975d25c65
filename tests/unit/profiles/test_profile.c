/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "tests/unit/profiles/sample.h"

/* ---- file names ---- */

static void test_file_names(void **state)
{
    static const struct {
        const char *instance, *peer, *conf, *rsc;
    } rows[] = {
        {"acme", "laptop", "acme-laptop.conf", "acme-laptop.rsc"},
        {"Acme GmbH", "Anna's iPhone", "acme-gm-anna-s.conf", "acme-gmbh-anna-s-iphone.rsc"},
        {"abcdefghijklmno", "x", "abcdefghijklm-x.conf", "abcdefghijklmno-x.rsc"},
        {"abc", "abcdefghijklmno", "abc-abcdefghijk.conf", "abc-abcdefghijklmno.rsc"},
        {"株式会社", "..", "acmeacm-laptop2.conf", "acmeacme-laptop22.rsc"},
        {"../../etc", "a/b", "etc-a-b.conf", "etc-a-b.rsc"},
        {"a b c", "- -", "a-b-c-laptop22.conf", "a-b-c-laptop22.rsc"},
    };
    struct profile_facts facts;

    (void)state;
    sample_client(&facts);
    for (size_t i = 0; i < ELEMENTS(rows); i++) {
        _cleanup_free_ char *conf = NULL, *rsc = NULL;

        facts.instance_name = rows[i].instance;
        facts.peer_name = rows[i].peer;
        conf = profile_file_name(&facts, profile_format_find("wg-quick"));
        rsc = profile_file_name(&facts, profile_format_find("routeros"));
        assert_string_equal(conf, rows[i].conf);
        assert_string_equal(rsc, rows[i].rsc);
    }
    sample_done(&facts);
}

static void test_file_names_are_link_names(void **state)
{
    struct profile_facts facts;

    (void)state;
    sample_client(&facts);
    srandom(5);
    for (int round = 0; round < 20000; round++) {
        char instance[64] = "", peer[64] = "";
        _cleanup_free_ char *name = NULL;
        size_t stem;

        for (long left = random() % 40; left > 0; left--)
            strncat(instance, &"aB3 -.\xff"[random() % 7], 1);
        for (long left = random() % 40; left > 0; left--)
            strncat(peer, &"aB3 -.\xff"[random() % 7], 1);
        facts.instance_name = instance;
        facts.peer_name = peer;
        name = profile_file_name(&facts, profile_format_find("wg-quick"));
        stem = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-");
        assert_true(stem >= 3 && stem <= 15);
        assert_string_equal(name + stem, ".conf");
        assert_true(name[0] != '-' && name[stem - 1] != '-');
    }
    sample_done(&facts);
}

/* ---- digests ---- */

static void change_host(struct profile_facts *facts)
{
    facts->endpoint_host = "vpn2.example.net";
}

static void change_port(struct profile_facts *facts)
{
    facts->endpoint_port++;
}

static void change_hub_key(struct profile_facts *facts)
{
    facts->hub_public_key.bytes[7] ^= 1;
}

static void change_private_key(struct profile_facts *facts)
{
    facts->private_key.bytes[7] ^= 1;
}

static void change_preshared_key(struct profile_facts *facts)
{
    facts->preshared_key.bytes[7] ^= 1;
}

static void drop_preshared_key(struct profile_facts *facts)
{
    facts->has_preshared_key = false;
}

static void change_address(struct profile_facts *facts)
{
    facts->addresses[0].address.bytes[3]++;
}

static void drop_address(struct profile_facts *facts)
{
    facts->address_count--;
}

static void change_routes(struct profile_facts *facts)
{
    sample_route(facts, "0.0.0.0/0 ::/0");
}

static void change_route_length(struct profile_facts *facts)
{
    facts->allowed.items[1].length++;
}

static void change_dns(struct profile_facts *facts)
{
    facts->dns_count--;
}

static void drop_search(struct profile_facts *facts)
{
    facts->search = NULL;
}

static void change_mtu(struct profile_facts *facts)
{
    facts->mtu = 1380;
}

static void change_keepalive(struct profile_facts *facts)
{
    facts->keepalive = 0;
}

/* The device has them no matter how they are called here. */
static void change_names(struct profile_facts *facts)
{
    facts->instance_name = "other";
    facts->peer_name = "other";
    facts->hub_name = "other";
}

/* Forgetting the private key changes nothing for the device that has it. */
static void forget_key(struct profile_facts *facts)
{
    key_public(&facts->private_key, &facts->public_key);
    facts->has_private_key = false;
    facts->private_key = (struct key){0};
}

static void test_digests(void **state)
{
    static const struct {
        void (*change)(struct profile_facts *facts);
        unsigned aspects;
    } rows[] = {
        {change_host, 1u << PROFILE_ASPECT_ENDPOINT},
        {change_port, 1u << PROFILE_ASPECT_ENDPOINT},
        {change_hub_key, 1u << PROFILE_ASPECT_HUB_KEY},
        {change_private_key, 1u << PROFILE_ASPECT_KEYS},
        {change_preshared_key, 1u << PROFILE_ASPECT_KEYS},
        {drop_preshared_key, 1u << PROFILE_ASPECT_KEYS},
        {change_address, 1u << PROFILE_ASPECT_ADDRESSES},
        {drop_address, 1u << PROFILE_ASPECT_ADDRESSES},
        {change_routes, 1u << PROFILE_ASPECT_ROUTES},
        {change_route_length, 1u << PROFILE_ASPECT_ROUTES},
        {change_dns, 1u << PROFILE_ASPECT_DNS},
        {drop_search, 1u << PROFILE_ASPECT_DNS},
        {change_mtu, 1u << PROFILE_ASPECT_MTU},
        {change_keepalive, 1u << PROFILE_ASPECT_KEEPALIVE},
        {change_names, 0},
        {forget_key, 0},
    };
    struct profile_digest before, after;
    struct profile_facts facts;

    (void)state;
    for (size_t i = 0; i < ELEMENTS(rows); i++) {
        sample_client(&facts);
        memset(&before, 0x55, sizeof(before));
        profile_digest_of(&facts, &before);
        rows[i].change(&facts);
        profile_digest_of(&facts, &after);
        sample_done(&facts);
        if (profile_digest_compare(&before, &after) != rows[i].aspects)
            fail_msg("change %zu: aspects %x", i, profile_digest_compare(&before, &after));
    }
}

/* What was stored before MTU and keepalive were told apart. */
static void test_old_digest(void **state)
{
    struct profile_digest before, after, old;
    const size_t old_size = (size_t)PROFILE_ASPECT_MTU * 16;
    struct profile_facts facts;

    (void)state;
    sample_client(&facts);
    profile_digest_of(&facts, &before);
    assert_true(profile_digest_load(&before, old_size, &old));
    assert_false(profile_digest_load(&before, old_size - 1, &old));
    assert_int_equal(profile_digest_compare(&old, &before), 0);
    change_keepalive(&facts);
    profile_digest_of(&facts, &after);
    sample_done(&facts);
    assert_int_equal(profile_digest_compare(&old, &after), 1u << PROFILE_ASPECT_MTU_OR_KEEPALIVE);
    assert_true(profile_digest_load(&before, sizeof(before), &old));
    assert_int_equal(profile_digest_compare(&old, &after), 1u << PROFILE_ASPECT_KEEPALIVE);
}

/* ---- digests of OpenVPN ---- */

static void change_udp_port(struct profile_facts *facts)
{
    facts->openvpn.ports[OPENVPN_UDP]++;
}

static void drop_tcp(struct profile_facts *facts)
{
    facts->openvpn.ports[OPENVPN_TCP] = 0;
}

static void change_legacy_port(struct profile_facts *facts)
{
    facts->openvpn.ports[OPENVPN_LEGACY]++;
}

static void change_ca(struct profile_facts *facts)
{
    facts->openvpn.ca.size--;
}

static void change_server_name(struct profile_facts *facts)
{
    facts->openvpn.server_name = "other";
}

static void change_certificate(struct profile_facts *facts)
{
    facts->openvpn.certificate.data = facts->openvpn.ca.data;
}

static void change_tls_crypt_key(struct profile_facts *facts)
{
    facts->openvpn.tls_crypt_key.size--;
}

static void forget_openvpn_key(struct profile_facts *facts)
{
    facts->openvpn.key = (struct profile_bytes){0};
}

static void change_user_name(struct profile_facts *facts)
{
    facts->openvpn.user_name = "other";
}

static void change_password(struct profile_facts *facts)
{
    facts->openvpn.password = "other";
}

static void exclude(struct profile_facts *facts)
{
    sample_exclude(facts, "192.168.1.0/24");
}

static void test_openvpn_digests(void **state)
{
    static const struct {
        void (*change)(struct profile_facts *facts);
        unsigned certificate, password; /* aspects of either */
    } rows[] = {
        {change_host, 1u << PROFILE_ASPECT_ENDPOINT, 1u << PROFILE_ASPECT_ENDPOINT},
        {change_port, 0, 0},
        {change_udp_port, 1u << PROFILE_ASPECT_ENDPOINT, 0},
        {drop_tcp, 1u << PROFILE_ASPECT_ENDPOINT, 0},
        {change_legacy_port, 0, 1u << PROFILE_ASPECT_ENDPOINT},
        {change_hub_key, 0, 0},
        {change_ca, 1u << PROFILE_ASPECT_HUB_KEY, 1u << PROFILE_ASPECT_HUB_KEY},
        {change_server_name, 1u << PROFILE_ASPECT_HUB_KEY, 0},
        {change_certificate, 1u << PROFILE_ASPECT_KEYS, 0},
        {change_tls_crypt_key, 1u << PROFILE_ASPECT_KEYS, 0},
        {forget_openvpn_key, 0, 0},
        {change_user_name, 0, 1u << PROFILE_ASPECT_KEYS},
        {change_password, 0, 1u << PROFILE_ASPECT_KEYS},
        /* the server says these at each connect */
        {change_address, 0, 0},
        {change_dns, 0, 0},
        {change_routes, 0, 1u << PROFILE_ASPECT_ROUTES},
        {exclude, 1u << PROFILE_ASPECT_ROUTES, 0},
        {change_mtu, 1u << PROFILE_ASPECT_MTU, 1u << PROFILE_ASPECT_MTU},
        {change_keepalive, 0, 0},
        {change_names, 0, 0},
    };
    struct profile_digest before, after;
    struct profile_facts facts;

    (void)state;
    for (size_t i = 0; i < 2 * ELEMENTS(rows); i++) {
        bool password = i % 2;
        unsigned wanted = password ? rows[i / 2].password : rows[i / 2].certificate;

        password ? sample_password(&facts) : sample_certificate(&facts);
        memset(&before, 0x55, sizeof(before));
        profile_digest_of(&facts, &before);
        if (!password || (rows[i / 2].change != change_dns))
            rows[i / 2].change(&facts);
        profile_digest_of(&facts, &after);
        sample_done(&facts);
        if (profile_digest_compare(&before, &after) != wanted)
            fail_msg("change %zu: aspects %x", i / 2, profile_digest_compare(&before, &after));
    }
}

static void test_reasons(void **state)
{
    (void)state;
    for (unsigned i = 0; i < PROFILE_ASPECT_COUNT; i++)
        assert_non_null(strstr(profile_aspect_reason((enum profile_aspect)i), "changed"));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_file_names),      cmocka_unit_test(test_file_names_are_link_names),
        cmocka_unit_test(test_digests),         cmocka_unit_test(test_old_digest),
        cmocka_unit_test(test_openvpn_digests), cmocka_unit_test(test_reasons),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
