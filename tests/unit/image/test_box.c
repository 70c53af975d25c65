/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
/* After the four that it needs. */
#include <cmocka.h>

#include "hub/base/text.h"
#include "image/box/box.h"

enum { ERRORS_MAX = 8 };

#define KEY "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIII me"

static struct settings_error errors[ERRORS_MAX];

static size_t parse(const char *text, struct box *ret_box)
{
    return box_parse(text, strlen(text), ret_box, errors, ERRORS_MAX);
}

static void a_whole_seed_is_taken(void **state)
{
    struct box box;
    _cleanup_buf_ struct buf network = {0}, servers = {0}, keys = {0};

    (void)state;
    assert_int_equal(
        parse("#warren-seed\n[hub]\nregion = eu\npublic_name = vpn.example.org\n"
              "[network]\ninterface = enp1s0\n"
              "addresses = 203.0.113.7/24, 2001:db8::7/64\n"
              "gateways = 203.0.113.1,2001:db8::1\nname_servers = 192.0.2.53\n"
              "[time]\nservers = time.example.org, 192.0.2.123\n"
              "[ssh]\nkey = " KEY "\nkey = " KEY "\n"
              "[owner]\nsetup_token = YSBzZWVkJ3MgdG9rZW4gaGFzIDMyIGJ5dGVzLCBvaCE\n"
              "[restore]\nfile = hub.backup\npassphrase = a b c\n[wireguard]\nports = 4000-4100\n",
              &box),
        0);
    assert_true(box.has_settings);
    assert_string_equal(box.settings.region, "eu");
    assert_int_equal(box.settings.wireguard_ports.last, 4100);
    assert_string_equal(box.setup_token, "YSBzZWVkJ3MgdG9rZW4gaGFzIDMyIGJ5dGVzLCBvaCE");
    assert_string_equal(box.restore_file, "hub.backup");
    assert_string_equal(box.restore_passphrase, "a b c");
    box_write_network(&box, &network);
    assert_non_null(strstr(network.data, "Name=enp1s0\n"));
    assert_non_null(strstr(network.data, "DHCP=no\n"));
    assert_non_null(strstr(network.data, "Address=2001:db8::7/64\n"));
    assert_non_null(strstr(network.data, "Gateway=203.0.113.1\n"));
    box_write_time(&box, &servers);
    assert_non_null(strstr(servers.data, "NTP=time.example.org 192.0.2.123\n"));
    box_write_keys(&box, &keys);
    assert_string_equal(keys.data, KEY "\n" KEY "\n");
    box_done(&box);
}

static void an_empty_one_says_nothing(void **state)
{
    struct box box;
    _cleanup_buf_ struct buf network = {0};

    (void)state;
    assert_int_equal(parse("# nothing\n\n", &box), 0);
    assert_false(box.has_settings);
    box_write_network(&box, &network);
    assert_int_equal(network.length, 0);
    box_done(&box);
}

static void a_family_without_address_is_left_to_the_network(void **state)
{
    struct box box;
    _cleanup_buf_ struct buf network = {0};

    (void)state;
    assert_int_equal(parse("[network]\naddresses = 203.0.113.7/24\n", &box), 0);
    box_write_network(&box, &network);
    assert_non_null(strstr(network.data, "DHCP=ipv6\n"));
    assert_non_null(strstr(network.data, "IPv6AcceptRA=yes\n"));
    box_done(&box);
}

/* What is wrong, on which line, and how the complaint begins. */
static const struct {
    const char *text;
    unsigned line;
    const char *complaint;
} wrong[] = {
    {"[network]\naddresses = 203.0.113.7\n", 2, "addresses in [network]: '203.0.113.7' is no"},
    {"[network]\naddresses = 10.0.0.1/24,,x\n", 2, "addresses in [network]"},
    {"[network]\ngateways = 10.0.0.1\n", 0, "gateways in [network]: there is no address"},
    {"[network]\ninterface = a b\n", 2, "interface in [network]"},
    {"[network]\ninterface = a/../../b\n", 2, "interface in [network]"},
    {"[network]\nnetmask = 1\n", 2, "no such setting in [network]"},
    {"[network]\nnothing\n", 2, "neither"},
    {"[time]\nservers = a b\n", 2, "servers in [time]"},
    {"[ssh]\nkey = command=\"id\" " KEY "\n", 2, "key in [ssh]"},
    {"[ssh]\nkey = ssh-ed25519 short\n", 2, "key in [ssh]"},
    {"[owner]\nsetup_token = short\n", 2, "setup_token in [owner]: '...' is no token"},
    {"[restore]\nfile = ../etc/shadow\n", 2, "file in [restore]"},
    {"[restore]\nfile = a\nfile = b\n", 3, "file in [restore]: is set in line 2 already"},
    {"[restore]\nfile = a\n", 0, "[restore]: file and passphrase go together"},
    {"[hub]\n\nregoin = eu\n", 3, "regoin in [hub]"},
    {"[nonsense]\na = b\n", 2, "a in [nonsense]"},
    {"stray\n", 1, "neither"},
    {"[network]\naddresses = \x01\n", 2, "the line has bytes"},
};

static void what_is_wrong_is_named_and_nothing_is_taken(void **state)
{
    struct box box;

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_int_not_equal(parse(wrong[i].text, &box), 0);
        if (errors[0].line != wrong[i].line ||
            !text_starts_with(errors[0].text, wrong[i].complaint))
            fail_msg("%s: line %u: %s", wrong[i].text, errors[0].line, errors[0].text);
        assert_int_equal(box.address_count + box.key_count + box.setup_token[0], 0);
        box_done(&box);
    }
}

static void one_error_takes_all_of_it_away(void **state)
{
    struct box box;

    (void)state;
    assert_int_equal(parse("[network]\naddresses = 203.0.113.7/24\n[hub]\nregion = eu\n"
                           "[ssh]\nkey = no\n",
                           &box),
                     1);
    assert_int_equal(box.address_count, 0);
    assert_false(box.has_settings);
    assert_string_equal(box.settings.region, "");
    box_done(&box);
}

static void too_much_is_refused(void **state)
{
    static char text[BOX_SIZE_MAX + 2];
    struct box box;

    (void)state;
    memset(text, '\n', sizeof(text) - 1);
    assert_int_equal(box_parse(text, BOX_SIZE_MAX, &box, errors, ERRORS_MAX), 0);
    box_done(&box);
    assert_int_equal(box_parse(text, BOX_SIZE_MAX + 1, &box, errors, ERRORS_MAX), 1);
    assert_int_equal(box_parse("a\0b", 3, &box, errors, ERRORS_MAX), 1);
}

static void require_unwrapped(const char *text, const char *seed)
{
    _cleanup_buf_ struct buf unwrapped = {0};
    int r = box_unwrap(text, strlen(text), &unwrapped);

    assert_int_equal(r == 0, seed != NULL);
    if (seed)
        assert_string_equal(unwrapped.data, seed);
}

static void user_data_is_unwrapped(void **state)
{
    (void)state;
    require_unwrapped("#warren-seed\n[hub]\n", "#warren-seed\n[hub]\n");
    require_unwrapped("#cloud-config\npackages: [a]\nwarren_seed: |\n  [hub]\n  region = eu\n\n"
                      "  # more\nruncmd: [b]\n",
                      "[hub]\nregion = eu\n\n# more\n");
    require_unwrapped("#cloud-config\r\nwarren_seed: |\r\n    [hub]\r\n", "[hub]\n");
    require_unwrapped("#cloud-config\nwarren_seed: |\nno indent\n", NULL);
    require_unwrapped("#cloud-config\npackages: [a]\n", NULL);
    require_unwrapped("\xEF\xBB\xBF#warren-seed\n[hub]\n", "#warren-seed\n[hub]\n");
    require_unwrapped("#!/bin/sh\nwarren_seed: |\n  [hub]\n", NULL);
    require_unwrapped("", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_seed_is_taken),
        cmocka_unit_test(an_empty_one_says_nothing),
        cmocka_unit_test(a_family_without_address_is_left_to_the_network),
        cmocka_unit_test(what_is_wrong_is_named_and_nothing_is_taken),
        cmocka_unit_test(one_error_takes_all_of_it_away),
        cmocka_unit_test(too_much_is_refused),
        cmocka_unit_test(user_data_is_unwrapped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
