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

static const char *golden_directory;
static bool has_world;

static void draw(const char *name, struct buf *text)
{
    struct nft_base_instance spec = {.client_to_client = true};

    if (strncmp(name, "root", 4) == 0) {
        nft_base_draw_root(strcmp(name, "root_open") == 0, text);
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
    char path[64];
    FILE *file;
    int netns;

    draw(name, &drawn);
    read_golden(name, &golden);
    assert_string_equal(drawn.data, golden.data);
    if (!has_world)
        skip();
    netns = net_world_make(name);
    snprintf(path, sizeof(path), "/run/%s.nft", name);
    file = fopen(path, "we");
    assert_non_null(file);
    fputs(drawn.data, file);
    fclose(file);
    assert_int_equal(net_world_run(netns, "nft -c -f %s", path), 0);
    assert_int_equal(net_world_run(netns,
                                   "nft -f %s && nft -s -t list table inet warren | diff %s -",
                                   path, path),
                     0);
}

/* As with an nft that lists rules otherwise than it is told them. */
static void test_other_words(void **state)
{
    _cleanup_buf_ struct buf text = {0};
    struct nft_base *base;
    uint32_t writes = 0;
    bool renewed;

    (void)state;
    if (!has_world)
        skip();
    draw("instance", &text);
    buf_add_text(&text, "# listed without this\n");
    assert_int_equal(nft_base_new("warren", &base), 0);
    assert_int_equal(nft_base_apply(base, text.data, &renewed, &writes), 0);
    assert_true(writes > 0);
    writes = 0;
    assert_int_equal(nft_base_apply(base, text.data, &renewed, &writes), 0);
    assert_int_equal(writes, 0);
    assert_int_equal(system("nft flush chain inet warren forward"), 0);
    assert_int_equal(nft_base_apply(base, text.data, &renewed, &writes), 0);
    assert_true(writes > 0);
    assert_int_equal(system("nft list chain inet warren forward | grep -q to_uplink"), 0);
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
        cmocka_unit_test(test_other_words),
    };

    if (argc != 2) {
        fprintf(stderr, "Usage: %s GOLDEN-DIRECTORY\n", argv[0]);
        return 2;
    }
    golden_directory = argv[1];
    has_world = net_world_enter(NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
