/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tunnel/nft_set.h"

static void add(struct nft_elements *elements, enum nft_set set, const char *text, int64_t expires)
{
    struct prefix prefix;

    assert_int_equal(prefix_parse(text, &prefix), 0);
    nft_elements_add_prefix(elements, set, &prefix, expires);
}

static void test_prefix_is_an_interval(void **state)
{
    _cleanup_nft_elements_ struct nft_elements elements = {0};
    static const uint8_t first[] = {192, 168, 88, 0};
    static const uint8_t last[] = {192, 168, 88, 255};

    (void)state;
    add(&elements, NFT_SET_SITE4, "192.168.88.0/24", 0);
    add(&elements, NFT_SET_SITE4, "fd00::/64", 0);
    assert_int_equal(elements.items[0].set, NFT_SET_SITE4);
    assert_memory_equal(elements.items[0].first, first, sizeof(first));
    assert_memory_equal(elements.items[0].last, last, sizeof(last));
    assert_int_equal(elements.items[1].set, NFT_SET_SITE6);
    assert_int_equal(elements.items[1].last[15], 0xff);
}

static void test_overlapping_ones_go(void **state)
{
    _cleanup_nft_elements_ struct nft_elements elements = {0};

    (void)state;
    add(&elements, NFT_SET_SITE4, "10.1.2.0/24", 0);
    add(&elements, NFT_SET_SITE4, "10.1.0.0/16", 0);
    add(&elements, NFT_SET_SITE4, "10.2.0.0/16", 0);
    add(&elements, NFT_SET_CLIENT4, "10.1.2.0/32", 0);
    add(&elements, NFT_SET_CLIENT4, "10.1.2.0/32", 7000);
    assert_int_equal(nft_elements_sort(&elements), 2);
    assert_int_equal(elements.count, 3);
    assert_int_equal(elements.items[0].set, NFT_SET_CLIENT4);
    assert_int_equal(elements.items[2].first[1], 2);
}

static void test_uplinks_of_one_address(void **state)
{
    _cleanup_nft_elements_ struct nft_elements elements = {0};
    struct address address;

    (void)state;
    assert_int_equal(address_parse("169.254.1.2", &address), 0);
    nft_elements_add_uplink(&elements, "wru-aaaaaaaa", &address);
    nft_elements_add_uplink(&elements, "wru-bbbbbbbb", &address);
    assert_int_equal(nft_elements_sort(&elements), 0);
    assert_int_equal(elements.count, 2);
    assert_int_equal(elements.items[0].first[16], 169);
}

static void diff_expiry(int64_t wanted_at, int64_t observed_at, size_t expected)
{
    _cleanup_nft_elements_ struct nft_elements wanted = {0};
    _cleanup_nft_elements_ struct nft_elements observed = {0};
    _cleanup_nft_changes_ struct nft_changes changes = {0};

    add(&wanted, NFT_SET_CLIENT4, "10.66.0.2/32", wanted_at);
    add(&observed, NFT_SET_CLIENT4, "10.66.0.2/32", observed_at);
    nft_elements_diff(&wanted, &observed, 2000, &changes);
    /* A renewal is a removal and an addition. */
    assert_int_equal(changes.added_count, expected);
    assert_int_equal(changes.removed_count, expected);
}

static void test_expiry(void **state)
{
    (void)state;
    diff_expiry(0, 0, 0);
    diff_expiry(100000, 101999, 0);
    diff_expiry(101999, 100000, 0);
    diff_expiry(100000, 102001, 1);
    diff_expiry(0, 1000, 1);
    diff_expiry(1000, 0, 1);
}

static void test_diff(void **state)
{
    _cleanup_nft_elements_ struct nft_elements wanted = {0};
    _cleanup_nft_elements_ struct nft_elements observed = {0};
    _cleanup_nft_changes_ struct nft_changes changes = {0};

    (void)state;
    add(&wanted, NFT_SET_SITE4, "10.1.0.0/16", 0);
    add(&wanted, NFT_SET_SITE4, "10.2.0.0/16", 0);
    add(&observed, NFT_SET_SITE4, "10.1.0.0/24", 0); /* begins alike, ends elsewhere */
    add(&observed, NFT_SET_SITE4, "10.3.0.0/16", 0);
    nft_elements_sort(&wanted);
    nft_elements_sort(&observed);
    nft_elements_diff(&wanted, &observed, 0, &changes);
    assert_int_equal(changes.added_count, 2);
    assert_int_equal(changes.removed_count, 2);
    assert_ptr_equal(changes.removed[1], &observed.items[1]);
}

static void add_port(struct nft_elements *elements, uint16_t port, const char *value)
{
    struct address address;

    assert_int_equal(address_parse(value, &address), 0);
    nft_elements_add_port(elements, NFT_MAP_PUBLISHED4, 17, port, &address);
}

/* What a port leads to is no end of an interval, and where it changes the port leads elsewhere. */
static void test_ports(void **state)
{
    _cleanup_nft_elements_ struct nft_elements wanted = {0};
    _cleanup_nft_elements_ struct nft_elements observed = {0};
    _cleanup_nft_changes_ struct nft_changes changes = {0};
    static const uint8_t key[16] = {17, [4] = 1194 >> 8, 1194 & 0xff};

    (void)state;
    for (unsigned port = 1; port <= 300; port++)
        add_port(&wanted, (uint16_t)(port + 1193), "169.254.1.2");
    add_port(&wanted, 1194, "169.254.1.2");
    assert_int_equal(nft_elements_sort(&wanted), 1);
    assert_memory_equal(wanted.items[0].first, key, sizeof(key));
    assert_int_equal(wanted.items[0].first[16], 169);
    wanted.count = 2;
    add_port(&observed, 1194, "169.254.1.2");
    add_port(&observed, 1195, "169.254.9.2");
    add_port(&observed, 4000, "169.254.9.2");
    nft_elements_sort(&observed);
    nft_elements_diff(&wanted, &observed, 0, &changes);
    assert_int_equal(changes.added_count, 1);
    assert_int_equal(changes.removed_count, 2);
    /* Others' stay, but for the one that is in the way. */
    nft_changes_keep_others(&changes);
    assert_int_equal(changes.added_count, 1);
    assert_int_equal(changes.removed_count, 1);
    assert_ptr_equal(changes.removed[0], &observed.items[1]);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_prefix_is_an_interval),
        cmocka_unit_test(test_overlapping_ones_go),
        cmocka_unit_test(test_uplinks_of_one_address),
        cmocka_unit_test(test_expiry),
        cmocka_unit_test(test_diff),
        cmocka_unit_test(test_ports),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
