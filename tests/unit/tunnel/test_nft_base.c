/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The drawn rules against the golden files, and against what the real nft prints of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/tunnel/net_world.h"
#include "tunnel/nft_base.h"
#include "tunnel/nft_translation.h"

static const char *golden_directory;
static bool has_world;

static void draw_translation(enum nft_translation translation, struct buf *text)
{
    static const struct {
        unsigned link;
        const char *real, *mapped;
    } rows[] = {
        {20, "192.168.88.0/24", "10.88.20.0/24"}, {1, "192.168.88.0/24", "10.88.1.0/24"},
        {1, "fd99:88::/64", "fd88:1::/64"},       {1, "192.168.7.5/32", "10.88.7.5/32"},
        {11, "172.16.0.0/12", "10.16.0.0/12"},    {2, "192.168.88.6/31", "10.88.2.8/31"},
        {10, "2001:db8::/33", "fd88::/33"},       {10, "fd99::1/128", "fd77::9/128"},
        {63, "192.168.88.0/24", "10.88.63.0/24"},
    };
    _cleanup_nft_mappings_ struct nft_mappings mappings = {0};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct prefix real, mapped;

        assert_int_equal(prefix_parse(rows[i].real, &real), 0);
        assert_int_equal(prefix_parse(rows[i].mapped, &mapped), 0);
        nft_mappings_add(&mappings, rows[i].link, &real, &mapped);
    }
    nft_translation_draw(translation, &mappings, text);
}

static const char *table_of(const char *name)
{
    if (strcmp(name, "translation_wireguard") == 0)
        return "netdev " NFT_TRANSLATION_TABLE;
    if (strcmp(name, "translation_openvpn") == 0)
        return "inet " NFT_TRANSLATION_TABLE;
    return "inet warren";
}

static void draw(const char *name, struct buf *text)
{
    struct nft_base_instance spec = {.client_to_client = true};

    if (strncmp(name, "translation", 11) == 0) {
        draw_translation(strcmp(name, "translation_openvpn") == 0 ? NFT_TRANSLATION_OPENVPN
                                                                  : NFT_TRANSLATION_WIREGUARD,
                         text);
        return;
    }

    if (strncmp(name, "root", 4) == 0) {
        nft_base_draw_root(strcmp(name, "root_open") == 0   ? FORWARD_BOTH
                           : strcmp(name, "root_ipv4") == 0 ? FORWARD_IPV4
                                                            : 0,
                           text);
        return;
    }
    assert_int_equal(address_parse("10.66.0.1", &spec.hub4), 0);
    if (strcmp(name, "instance_ipv4") != 0)
        assert_int_equal(address_parse("fd66::1", &spec.hub6), 0);
    spec.client_to_client = strcmp(name, "instance_isolated") != 0;
    nft_base_draw_instance(&spec, text);
}

static void read_golden(const char *name, struct buf *text)
{
    char path[512];
    char part[4096];
    size_t size;
    FILE *file;

    snprintf(path, sizeof(path), "%s/%s.nft", golden_directory, name);
    file = fopen(path, "re");
    if (!file)
        fail_msg("%s is missing", path);
    while ((size = fread(part, 1, sizeof(part), file)) > 0)
        buf_add(text, part, size);
    fclose(file);
}

static void test_drawn(void **state)
{
    const char *name = *state;
    _cleanup_buf_ struct buf drawn = {0};
    _cleanup_buf_ struct buf golden = {0};
    static const char *const links[] = {"wg1", "wg2", "wg10", "wg11", "wg20", "wg63"};
    char path[64];
    FILE *file;
    int netns;

    draw(name, &drawn);
    read_golden(name, &golden);
    assert_string_equal(drawn.data, golden.data);
    if (!has_world)
        skip();
    netns = net_world_make(name);
    /* Those that mappings are of. */
    for (unsigned i = 0; i < sizeof(links) / sizeof(links[0]); i++)
        assert_int_equal(
            net_world_run(netns, "ip link add %s type veth peer name other%u", links[i], i), 0);
    snprintf(path, sizeof(path), "/run/%s.nft", name);
    file = fopen(path, "we");
    assert_non_null(file);
    fputs(drawn.data, file);
    fclose(file);
    assert_int_equal(net_world_run(netns, "nft -c -f %s", path), 0);
    assert_int_equal(net_world_run(netns, "nft -f %s && nft -s -t list table %s | diff %s -", path,
                                   table_of(name), path),
                     0);
}

/* As the firewall does it. */
static int apply(struct nft_base *base, const char *text, uint32_t *writes)
{
    if (!nft_base_differs(base, text))
        return 0;
    (*writes)++;
    return nft_base_write(base, text);
}

/* As with an nft that lists rules otherwise than it is told them. */
static void test_other_words(void **state)
{
    _cleanup_buf_ struct buf text = {0};
    struct nft_base *base;
    uint32_t writes = 0;

    (void)state;
    if (!has_world)
        skip();
    draw("instance", &text);
    buf_add_text(&text, "# listed without this\n");
    assert_int_equal(nft_base_new("inet", "warren", NULL, &base), 0);
    assert_int_equal(apply(base, text.data, &writes), 0);
    assert_true(writes > 0);
    writes = 0;
    assert_int_equal(apply(base, text.data, &writes), 0);
    assert_int_equal(writes, 0);
    assert_int_equal(system("nft flush chain inet warren forward"), 0);
    assert_int_equal(apply(base, text.data, &writes), 0);
    assert_true(writes > 0);
    assert_int_equal(system("nft list chain inet warren forward | grep -q to_uplink"), 0);
    nft_base_free(base);
}

/* Nothing to translate: no table; and what somebody else put into it goes. */
static void test_replaced(void **state)
{
    _cleanup_buf_ struct buf text = {0};
    struct nft_base *base;
    uint32_t writes = 0;

    (void)state;
    if (!has_world)
        skip();
    draw("translation_openvpn", &text);
    assert_int_equal(nft_base_new("inet", NFT_TRANSLATION_TABLE, NULL, &base), 0);
    assert_int_equal(nft_base_replace(base, "", &writes), 0);
    assert_int_equal(writes, 0);
    assert_int_equal(nft_base_replace(base, text.data, &writes), 0);
    assert_int_equal(writes, 1);
    assert_int_equal(nft_base_replace(base, text.data, &writes), 0);
    assert_int_equal(writes, 1);
    assert_int_equal(system("nft add chain inet warren_map other"), 0);
    assert_int_equal(nft_base_replace(base, text.data, &writes), 0);
    assert_int_equal(writes, 2);
    assert_int_not_equal(system("nft list chain inet warren_map other 2>/dev/null"), 0);
    assert_int_equal(nft_base_replace(base, "", &writes), 0);
    assert_int_equal(writes, 3);
    assert_int_not_equal(system("nft list table inet warren_map 2>/dev/null"), 0);
    nft_base_free(base);
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(test_drawn, (char *)"instance"),
        cmocka_unit_test_prestate(test_drawn, (char *)"instance_ipv4"),
        cmocka_unit_test_prestate(test_drawn, (char *)"instance_isolated"),
        cmocka_unit_test_prestate(test_drawn, (char *)"root"),
        cmocka_unit_test_prestate(test_drawn, (char *)"root_open"),
        cmocka_unit_test_prestate(test_drawn, (char *)"root_ipv4"),
        cmocka_unit_test_prestate(test_drawn, (char *)"translation_openvpn"),
        cmocka_unit_test_prestate(test_drawn, (char *)"translation_wireguard"),
        cmocka_unit_test(test_other_words),
        cmocka_unit_test(test_replaced),
    };

    if (argc != 2) {
        fprintf(stderr, "Usage: %s GOLDEN-DIRECTORY\n", argv[0]);
        return 2;
    }
    golden_directory = argv[1];
    has_world = net_world_enter(NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
