/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>
#include <sys/socket.h>

#include "hub/base/cleanup.h"
#include "hub/engine/instance_spec.h"

static struct prefix prefix(const char *text)
{
    struct prefix prefix = {0};

    assert_int_equal(prefix_parse(text, &prefix), 0);
    return prefix;
}

static void assert_prefix(const struct prefix *found, const char *expected)
{
    char text[PREFIX_TEXT_MAX];

    assert_string_equal(prefix_format(found, text), expected);
}

static void first_slots_have_the_addresses_of_the_design(void **state)
{
    struct prefix ula = prefix("fd12:3456:789a::/48");
    struct uplink_addresses addresses;

    (void)state;
    uplink_addresses_of(1, &ula, &addresses);
    assert_prefix(&addresses.root4, "169.254.1.1/30");
    assert_prefix(&addresses.instance4, "169.254.1.2/30");
    assert_prefix(&addresses.root6, "fd12:3456:789a:ffff::5/126");
    assert_prefix(&addresses.instance6, "fd12:3456:789a:ffff::6/126");
    uplink_addresses_of(2, &ula, &addresses);
    assert_prefix(&addresses.root4, "169.254.1.5/30");
}

static void no_slot_touches_metadata_or_leaves_link_local(void **state)
{
    struct prefix ula = prefix("fd12:3456:789a::/48");
    struct prefix metadata = prefix("169.254.169.0/24");
    struct prefix usable = prefix("169.254.0.0/16"), last = prefix("169.254.255.0/24");
    struct address before = {0};

    (void)state;
    for (uint32_t slot = 1; slot <= SLOT_MAX; slot++) {
        struct uplink_addresses addresses;

        uplink_addresses_of(slot, &ula, &addresses);
        assert_false(prefix_contains_address(&metadata, &addresses.root4.address));
        assert_false(prefix_contains_address(&last, &addresses.instance4.address));
        assert_true(prefix_contains_address(&usable, &addresses.instance4.address));
        assert_true(address_compare(&before, &addresses.root4.address) < 0);
        before = addresses.instance4.address;
    }
}

static void a_peer_has_its_host_number_in_both_families(void **state)
{
    struct instance instance = {.network4 = prefix("10.66.3.0/24"),
                                .network6 = prefix("fd12::/64")};
    struct peer peer = {.host = 7, .is_site = true, .expires = true, .expires_at = 99};
    struct prefix subnet = prefix("192.168.88.0/24");
    struct endpoint none = {0};
    struct peer_spec spec;

    (void)state;
    prefix_set_add(&peer.subnets, &subnet);
    prefix_set_add(&peer.real_subnets, &subnet);
    peer_spec_make(&instance, &peer, &none, OPENVPN_NOT_CONNECTED, &spec);
    assert_int_equal(spec.fixed.tunnel_count, 2);
    assert_int_equal(spec.fixed.prefix_count, 3);
    assert_prefix(&spec.prefixes[0], "10.66.3.7/32");
    assert_prefix(&spec.prefixes[1], "fd12::7/128");
    assert_prefix(&spec.prefixes[2], "192.168.88.0/24");
    assert_int_equal(spec.fixed.flags, PEER_IS_SITE | PEER_EXPIRES);
    prefix_set_done(&peer.subnets);
    prefix_set_done(&peer.real_subnets);
}

static void the_hub_takes_the_first_address_with_the_networks_length(void **state)
{
    struct instance instance = {.network4 = prefix("10.66.3.0/24"), .port = 51820, .mtu = 1420};
    struct prefix ula = prefix("fd12:3456:789a::/48");
    const uint16_t links[] = {0, 51821}, openvpn[] = {1194, 0, 1195};
    struct instance_spec spec;

    (void)state;
    instance.slot = 1;
    instance_spec_make(&instance, &ula, WIREGUARD_USERSPACE,
                       (struct port_span){links, ELEMENTS(links)},
                       (struct port_span){openvpn, ELEMENTS(openvpn)}, &spec);
    assert_true(port_span_equal(verb_instance_links(&spec.fixed),
                                (struct port_span){links, ELEMENTS(links)}));
    assert_true(port_span_equal(verb_instance_openvpn(&spec.fixed),
                                (struct port_span){openvpn, ELEMENTS(openvpn)}));
    assert_prefix(&spec.fixed.hub4, "10.66.3.1/24");
    assert_int_equal(spec.fixed.hub6.address.family, 0);
    assert_int_equal(spec.fixed.backend, WIREGUARD_USERSPACE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_slots_have_the_addresses_of_the_design),
        cmocka_unit_test(no_slot_touches_metadata_or_leaves_link_local),
        cmocka_unit_test(a_peer_has_its_host_number_in_both_families),
        cmocka_unit_test(the_hub_takes_the_first_address_with_the_networks_length),
    };

    return cmocka_run_group_tests_name("instance_spec", tests, NULL, NULL);
}
