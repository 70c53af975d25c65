/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The real openvpn takes every server's configuration, waits, and opens its port and its link. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "tests/unit/tunnel/openvpn_world.h"

static struct openvpn_world_hub hub;

/* ---- what is refused ---- */

static void no_port(struct openvpn_config *config)
{
    config->port = 0;
}

static void no_such_server(struct openvpn_config *config)
{
    config->server = (enum openvpn_server)OPENVPN_NUMBER_COUNT;
}

static void small_mtu(struct openvpn_config *config)
{
    config->mtu = 1279;
}

static void large_mtu(struct openvpn_config *config)
{
    config->mtu = 1501;
}

static void no_address(struct openvpn_config *config)
{
    config->hub4 = config->hub6 = (struct prefix){0};
}

static void swapped_addresses(struct openvpn_config *config)
{
    struct prefix hub4 = config->hub4;

    config->hub4 = config->hub6;
    config->hub6 = hub4;
}

static void whole_length(struct openvpn_config *config)
{
    config->hub4.length = 32;
}

static void no_length(struct openvpn_config *config)
{
    config->hub6.length = 0;
}

static void no_ca(struct openvpn_config *config)
{
    config->ca.size = 0;
}

static void no_certificate(struct openvpn_config *config)
{
    config->certificate.data = NULL;
}

static void large_key(struct openvpn_config *config)
{
    config->key.size = 4097;
}

static void short_tls_crypt_key(struct openvpn_config *config)
{
    config->tls_crypt_key.size = 127;
}

static void tls_crypt_on_legacy(struct openvpn_config *config)
{
    config->server = OPENVPN_LEGACY;
}

static void no_path(struct openvpn_config *config)
{
    config->management_path = NULL;
}

static void relative_path(struct openvpn_config *config)
{
    config->management_path = "m.sock";
}

static void path_with_a_line(struct openvpn_config *config)
{
    config->management_path = "/run/x\nup /bin/sh";
}

static void path_with_a_space(struct openvpn_config *config)
{
    config->management_path = "/run/x y";
}

static void long_path(struct openvpn_config *config)
{
    static char path[110];

    memset(path, 'a', sizeof(path) - 1);
    path[0] = '/';
    config->management_path = path;
}

static void test_refused(void **state)
{
    static void (*const changes[])(struct openvpn_config *) = {
        no_port,          no_such_server,      small_mtu,
        large_mtu,        no_address,          swapped_addresses,
        whole_length,     no_length,           no_ca,
        no_certificate,   large_key,           short_tls_crypt_key,
        no_path,          tls_crypt_on_legacy, relative_path,
        path_with_a_line, path_with_a_space,   long_path,
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(changes); i++) {
        _cleanup_buf_ struct buf text = {0};
        struct openvpn_config config = openvpn_world_config(&hub, OPENVPN_UDP);

        assert_int_equal(openvpn_config_format(&config, &text), 0);
        buf_clear(&text);
        changes[i](&config);
        assert_int_equal(openvpn_config_format(&config, &text), -EINVAL);
        assert_int_equal(text.length, 0);
    }
}

/* ---- what it says ---- */

static void test_words(void **state)
{
    static const struct {
        enum openvpn_server server;
        const char *words;
        bool there;
    } rows[] = {
        {OPENVPN_UDP, "\nproto udp6\n", true},
        {OPENVPN_UDP, "\nexplicit-exit-notify 1\n", true},
        {OPENVPN_UDP, "\nverify-client-cert require\n", true},
        {OPENVPN_UDP, "\n<tls-crypt-v2>\n", true},
        {OPENVPN_UDP, "\ntls-version-min 1.2\n", true},
        {OPENVPN_UDP, "\nifconfig 10.66.0.1 255.255.255.0\n", true},
        {OPENVPN_UDP, "\nifconfig-ipv6 fd66::1/64 ", true},
        {OPENVPN_UDP, "\nmanagement-client-user root\n", true},
        {OPENVPN_UDP, "\nhand-window 86400\n", true},
        {OPENVPN_UDP, "\nverb 0\n", true},
        {OPENVPN_UDP, "mark", false},
        {OPENVPN_UDP, "AES-256-CBC", false},
        {OPENVPN_UDP, "\ndev ovpn0\n", true},
        {OPENVPN_TCP, "\nproto tcp6-server\n", true},
        {OPENVPN_TCP, "explicit-exit-notify", false},
        {OPENVPN_TCP, "\nverify-client-cert require\n", true},
        {OPENVPN_TCP, "\n<tls-crypt-v2>\n", true},
        {OPENVPN_TCP, "\ndev ovpn1\n", true},
        {OPENVPN_LEGACY, "\nproto tcp6-server\n", true},
        {OPENVPN_LEGACY, "\nverify-client-cert none\n", true},
        {OPENVPN_LEGACY, "\nusername-as-common-name\n", true},
        {OPENVPN_LEGACY, "\nauth SHA1\n", true},
        {OPENVPN_LEGACY, "\ndata-ciphers-fallback AES-256-CBC\n", true},
        {OPENVPN_LEGACY, "tls-crypt", false},
        {OPENVPN_LEGACY, "\ndev ovpn2\n", true},
        {OPENVPN_LEGACY, "\nscript-security 0\n", true},
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(rows); i++) {
        _cleanup_buf_ struct buf text = {0};
        struct openvpn_config config = openvpn_world_config(&hub, rows[i].server);

        assert_int_equal(openvpn_config_format(&config, &text), 0);
        if ((strstr(text.data, rows[i].words) != NULL) != rows[i].there)
            fail_msg("%s in %s", rows[i].words, openvpn_server_name(rows[i].server));
    }
}

/* ---- openvpn takes it ---- */

static void as_it_is(struct openvpn_config *config)
{
    (void)config;
}

static void ipv4_alone(struct openvpn_config *config)
{
    config->hub6 = (struct prefix){0};
    config->mtu = OPENVPN_MTU_MIN;
}

static void ipv6_alone(struct openvpn_config *config)
{
    config->hub4 = (struct prefix){0};
    config->mtu = OPENVPN_MTU_IPV6_MIN;
}

/* Of the legacy server one is due: it asks for no certificate. */
static size_t count_warnings(const char *log, enum openvpn_server server)
{
    size_t count = 0;

    for (const char *p = log; (p = strstr(p, "WARNING")); p++)
        count += server != OPENVPN_LEGACY || !strstr(p, "--verify-client-cert none");
    return count;
}

static void test_openvpn_takes_it(void **state)
{
    static void (*const changes[])(struct openvpn_config *) = {as_it_is, ipv4_alone, ipv6_alone};

    (void)state;
    for (enum openvpn_server server = 0; server < OPENVPN_SERVER_COUNT; server++) {
        for (size_t i = 0; i < ELEMENTS(changes); i++) {
            struct openvpn_world_server run;
            struct openvpn_config config = openvpn_world_config(&hub, server);
            const char *name = openvpn_server_name(server);
            _cleanup_free_ char *log = NULL;

            changes[i](&config);
            if (!openvpn_world_serve(&config, &run))
                fail_msg("%s, change %zu, does not wait: %s", name, i, openvpn_world_log(name));
            assert_string_equal(run.event.text, "Waiting for hold release:0");
            assert_int_equal(if_nametoindex(openvpn_server_link(server)), 0);
            if (!openvpn_world_release(&run))
                fail_msg("%s, change %zu, does not serve: %s", name, i, openvpn_world_log(name));
            assert_true(if_nametoindex(openvpn_server_link(server)) != 0);
            log = openvpn_world_log(name);
            if (count_warnings(log, server) > 0 || strstr(log, "DEPRECATED"))
                fail_msg("%s, change %zu: %s", name, i, log);
            openvpn_world_server_stop(&run);
            assert_int_equal(if_nametoindex(openvpn_server_link(server)), 0);
        }
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_openvpn_takes_it),
    };

    if (!openvpn_world_enter())
        return 77;
    openvpn_world_hub_init(&hub);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
