/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "tunnel/openvpn_command.h"

static struct prefix prefix_of(const char *text)
{
    struct prefix prefix;

    assert_int_equal(prefix_parse(text, &prefix), 0);
    return prefix;
}

static struct address address_of(const char *text)
{
    struct address address;

    assert_int_equal(address_parse(text, &address), 0);
    return address;
}

static struct openvpn_grant sample(void)
{
    return (struct openvpn_grant){
        .cid = 18446744073709551615u,
        .kid = 4294967295u,
        .address4 = prefix_of("10.66.0.2/24"),
        .address6 = prefix_of("fd66::2/64"),
        .hub4 = address_of("10.66.0.1"),
        .hub6 = address_of("fd66::1"),
    };
}

static void test_grant(void **state)
{
    _cleanup_prefix_set_ struct prefix_set behind = {0}, routes = {0};
    _cleanup_buf_ struct buf commands = {0};
    struct openvpn_grant grant = sample();
    const struct address dns[] = {address_of("9.9.9.9"), address_of("2620:fe::fe")};
    struct dns_entry domains[] = {{.name = "acme.example.net"}, {.name = "corp_1.example"}};
    struct dns_list search = {.items = domains, .count = 2};
    const struct prefix all[] = {prefix_of("192.168.88.0/24"), prefix_of("10.1.2.3/32"),
                                 prefix_of("2001:db8::/48")};

    (void)state;
    for (size_t i = 0; i < ELEMENTS(all); i++) {
        prefix_set_add(&behind, &all[i]);
        prefix_set_add(&routes, &all[ELEMENTS(all) - 1 - i]);
    }
    grant.behind = &behind;
    grant.routes = &routes;
    grant.dns = dns;
    grant.dns_count = 2;
    grant.search = &search;
    grant.redirect = grant.block_outside_dns = true;
    assert_int_equal(openvpn_command_grant(&grant, &commands), 0);
    assert_string_equal(commands.data, "client-auth 18446744073709551615 4294967295\n"
                                       "ifconfig-push 10.66.0.2 255.255.255.0\n"
                                       "push \"topology subnet\"\n"
                                       "push \"route-gateway 10.66.0.1\"\n"
                                       "ifconfig-ipv6-push fd66::2/64 fd66::1\n"
                                       "iroute 192.168.88.0 255.255.255.0\n"
                                       "iroute 10.1.2.3 255.255.255.255\n"
                                       "iroute-ipv6 2001:db8::/48\n"
                                       "push \"route-ipv6 2001:db8::/48\"\n"
                                       "push \"route 10.1.2.3 255.255.255.255\"\n"
                                       "push \"route 192.168.88.0 255.255.255.0\"\n"
                                       "push \"dhcp-option DNS 9.9.9.9\"\n"
                                       "push \"dhcp-option DNS6 2620:fe::fe\"\n"
                                       "push \"dhcp-option DOMAIN acme.example.net\"\n"
                                       "push \"dhcp-option DOMAIN-SEARCH corp_1.example\"\n"
                                       "push \"block-outside-dns\"\n"
                                       "push \"redirect-gateway def1 ipv6\"\n"
                                       "END\n");
    prefix_set_done(&behind);
    prefix_set_done(&routes);
}

static void test_grant_of_one_family(void **state)
{
    _cleanup_buf_ struct buf commands = {0};
    struct openvpn_grant grant = sample();

    (void)state;
    grant.cid = grant.kid = 0;
    grant.redirect = true;
    grant.address6 = (struct prefix){0};
    assert_int_equal(openvpn_command_grant(&grant, &commands), 0);
    assert_string_equal(commands.data,
                        "client-auth 0 0\n"
                        "ifconfig-push 10.66.0.2 255.255.255.0\n"
                        "push \"topology subnet\"\n"
                        "push \"route-gateway 10.66.0.1\"\n"
                        "push \"ifconfig-ipv6 fd77:6172:7265:6e::2/64 fd77:6172:7265:6e::1\"\n"
                        "push \"block-ipv6\"\n"
                        "push \"redirect-gateway def1 ipv6\"\n"
                        "END\n");
    buf_clear(&commands);
    grant.address4 = (struct prefix){0};
    grant.address6 = prefix_of("fd66::2/64");
    assert_int_equal(openvpn_command_grant(&grant, &commands), 0);
    assert_string_equal(commands.data, "client-auth 0 0\n"
                                       "ifconfig-ipv6-push fd66::2/64 fd66::1\n"
                                       "push \"redirect-gateway def1 ipv6 !ipv4\"\n"
                                       "END\n");
}

/* ---- what is refused ---- */

static void no_address(struct openvpn_grant *grant)
{
    grant->address4 = grant->address6 = (struct prefix){0};
}

static void other_family(struct openvpn_grant *grant)
{
    grant->address4 = grant->address6;
}

static void no_family(struct openvpn_grant *grant)
{
    grant->address4.address.family = 99;
}

static void long_length(struct openvpn_grant *grant)
{
    grant->address4.length = 33;
}

static void hub_elsewhere(struct openvpn_grant *grant)
{
    grant->hub4 = address_of("10.67.0.1");
}

static void no_hub(struct openvpn_grant *grant)
{
    grant->hub6 = (struct address){0};
}

static void bad_dns(struct openvpn_grant *grant)
{
    static const struct address dns = {.family = 1};

    grant->dns = &dns;
    grant->dns_count = 1;
}

static void default_route(struct openvpn_grant *grant)
{
    static struct prefix prefix = {.address = {.family = AF_INET}};
    static const struct prefix_set set = {&prefix, 1, 1};

    grant->routes = &set;
}

static void host_bits(struct openvpn_grant *grant)
{
    static struct prefix prefix = {.address = {.family = AF_INET, .bytes = {10, 0, 0, 1}},
                                   .length = 24};
    static const struct prefix_set set = {&prefix, 1, 1};

    grant->behind = &set;
}

static void test_refused(void **state)
{
    static void (*const changes[])(struct openvpn_grant *) = {
        no_address, other_family, no_family, long_length,   hub_elsewhere,
        no_hub,     bad_dns,      host_bits, default_route,
    };
    static const char *const domains[] = {
        "",
        ".",
        "a..b",
        ".a",
        "a.",
        "a b",
        "a\"b",
        "a\nEND",
        "Acme",
        "a\\b",
        "a\tb",
        "\xc3\xa4",
        "a$b",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "192.0.2.1",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa."
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa."
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa."
        "examplesx",
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(changes) + ELEMENTS(domains); i++) {
        _cleanup_buf_ struct buf commands = {0};
        struct openvpn_grant grant = sample();
        struct dns_entry domain = {0};
        struct dns_list search = {.items = &domain, .count = 1};

        grant.search = &search;
        text_copy(domain.name, sizeof(domain.name), "acme.net");
        if (i < ELEMENTS(changes))
            changes[i](&grant);
        else
            text_copy(domain.name, sizeof(domain.name), domains[i - ELEMENTS(changes)]);
        if (openvpn_command_grant(&grant, &commands) != -EINVAL)
            fail_msg("%zu: %s", i, commands.data);
        assert_int_equal(commands.length, 0);
    }
}

static void test_others(void **state)
{
    _cleanup_buf_ struct buf commands = {0};

    (void)state;
    openvpn_command_grant_again(1, 2, &commands);
    openvpn_command_wake(1, 2, &commands);
    for (enum openvpn_denial denial = 0; denial < OPENVPN_DENIAL_COUNT; denial++)
        openvpn_command_deny(3, 4, denial, &commands);
    openvpn_command_kill(5, OPENVPN_KILL_RESTART, &commands);
    openvpn_command_kill(5, OPENVPN_KILL_HALT, &commands);
    openvpn_command_hold_release(&commands);
    openvpn_command_state_on(&commands);
    openvpn_command_byte_count(2, &commands);
    openvpn_command_status(&commands);
    assert_string_equal(
        commands.data,
        "client-auth-nt 1 2\n"
        "client-pending-auth 1 2 \"\" 60\n"
        "client-deny 3 4 \"unknown\" \"unknown, or a wrong password\"\n"
        "client-deny 3 4 \"disabled\" \"disabled\"\n"
        "client-deny 3 4 \"expired\" \"expired\"\n"
        "client-deny 3 4 \"not for this server\" \"not for this server\"\n"
        "client-deny 3 4 \"the hub is not ready\" \"TEMP[backoff 2,advance no]:not ready yet\"\n"
        "client-kill 5\nclient-kill 5 HALT\nhold release\nstate on\nbytecount 2\nstatus 3\n");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_grant),
        cmocka_unit_test(test_grant_of_one_family),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
