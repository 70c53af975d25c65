/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The fast path in a real namespace, where the kernel has flowtables; one that has none does
 * without. */
#include <net/if.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hub/base/cleanup.h"
#include "tests/unit/tunnel/net_world.h"
#include "tunnel/fast_path.h"

static bool has_world;

struct fixture {
    struct nft_sets *sets;
    struct fast_path *path;
    bool has_flowtables;
};

static bool shell(const char *command)
{
    return system(command) == 0;
}

static bool stands(void)
{
    return shell("nft list table inet warren_fast 2>/dev/null | grep -q 'flow add @flows'");
}

/* The flowtable's links wg0, and wg2 if it is there; and who expires. */
static void want(struct fixture *fixture, const char *expiring)
{
    struct fast_path_spec spec = {.links = {if_nametoindex("wg0"), 0, if_nametoindex("wg2")}};
    struct prefix prefix;

    if (expiring) {
        assert_int_equal(prefix_parse(expiring, &prefix), 0);
        prefix_set_add(&spec.expiring, &prefix);
    }
    fast_path_want(fixture->path, &spec);
}

static uint32_t mend(struct fixture *fixture)
{
    struct verb_applied applied = {0};

    assert_int_equal(fast_path_mend(fixture->path, &applied), 0);
    return applied.writes;
}

/* In a transaction that does nothing else. */
static void close_path(struct fixture *fixture)
{
    _cleanup_netlink_batch_ struct netlink_batch batch = {0};

    nft_sets_begin(fixture->sets, &batch);
    fast_path_close(fixture->path, &batch);
    assert_int_equal(nft_sets_commit(fixture->sets, &batch, NULL, NULL), 0);
}

static int set_up(void **state)
{
    struct fixture *fixture = memory_zero(sizeof(*fixture));

    *state = fixture;
    if (!has_world)
        return 0;
    assert_true(shell("nft flush ruleset"));
    assert_true(shell("ip link add wg0 type veth peer name other0"));
    fixture->has_flowtables =
        shell("nft 'add table inet probe; add flowtable inet probe f { hook ingress priority 0; "
              "devices = { wg0 }; }; add chain inet probe c; add rule inet probe c flow add @f' "
              "2>/dev/null");
    (void)shell("nft delete table inet probe 2>/dev/null");
    assert_int_equal(nft_sets_new(&fixture->sets), 0);
    assert_int_equal(nft_sets_look(fixture->sets), 0);
    assert_int_equal(fast_path_new(fixture->sets, &fixture->path), 0);
    want(fixture, NULL);
    fast_path_judge(fixture->path, 1234);
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    if (has_world)
        (void)shell("ip link delete wg0");
    fast_path_free(fixture->path);
    nft_sets_free(fixture->sets);
    free(fixture);
    return 0;
}

static void test_comes_and_goes(void **state)
{
    struct fixture *fixture = *state;

    if (!has_world)
        skip();
    assert_false(fast_path_is_known(fixture->path));
    assert_int_equal(mend(fixture), fixture->has_flowtables);
    assert_true(fast_path_is_known(fixture->path));
    assert_int_equal(stands(), fixture->has_flowtables);
    assert_int_equal(mend(fixture), 0);
    /* With what may end a flow. */
    close_path(fixture);
    assert_false(stands());
    assert_int_equal(fast_path_is_known(fixture->path), !fixture->has_flowtables);
    assert_int_equal(mend(fixture), fixture->has_flowtables);
    /* With its judgement. */
    fast_path_judge(fixture->path, 1235);
    assert_int_equal(mend(fixture), fixture->has_flowtables);
    /* For want of links. */
    fast_path_want(fixture->path, &(struct fast_path_spec){0});
    assert_int_equal(mend(fixture), fixture->has_flowtables);
    assert_false(stands());
    assert_false(shell("nft list table inet warren_fast 2>/dev/null"));
}

static void test_who_expires_is_kept_out(void **state)
{
    struct fixture *fixture = *state;
    const char *kept_out = "nft list table inet warren_fast 2>/dev/null | "
                           "grep -q 'ct original ip daddr { 10.66.0.3 } accept'";

    if (!has_world)
        skip();
    want(fixture, "10.66.0.3/32");
    assert_int_equal(mend(fixture), fixture->has_flowtables);
    assert_int_equal(shell(kept_out), fixture->has_flowtables);
    want(fixture, "fd66::3/128");
    assert_int_equal(mend(fixture), fixture->has_flowtables);
    assert_false(shell(kept_out));
    assert_int_equal(fast_path_look(fixture->path), 0);
    assert_int_equal(mend(fixture), 0);
}

static void test_known_again(void **state)
{
    struct fixture *fixture = *state;

    if (!has_world)
        skip();
    assert_int_equal(mend(fixture), fixture->has_flowtables);
    fast_path_free(fixture->path);
    assert_int_equal(fast_path_new(fixture->sets, &fixture->path), 0);
    want(fixture, NULL);
    fast_path_judge(fixture->path, 1234);
    assert_int_equal(fast_path_look(fixture->path), 0);
    assert_int_equal(fast_path_is_known(fixture->path), fixture->has_flowtables);
    assert_int_equal(mend(fixture), 0);
    /* Somebody else's rule, and one of the own that went. */
    if (fixture->has_flowtables)
        assert_true(shell("nft insert rule inet warren_fast forward accept"));
    assert_int_equal(nft_sets_look(fixture->sets), 0);
    assert_int_equal(fast_path_look(fixture->path), 0);
    assert_int_equal(mend(fixture), fixture->has_flowtables);
    assert_false(shell("nft list table inet warren_fast 2>/dev/null | grep -q '\taccept$'"));
    if (fixture->has_flowtables)
        assert_true(shell("nft flush chain inet warren_fast forward"));
    assert_int_equal(nft_sets_look(fixture->sets), 0);
    assert_int_equal(fast_path_look(fixture->path), 0);
    assert_int_equal(mend(fixture), fixture->has_flowtables);
    assert_int_equal(stands(), fixture->has_flowtables);
}

/* A link more is another flowtable; a link that is not there is refused once, and asked for no
 * more. */
static void test_links(void **state)
{
    struct fixture *fixture = *state;
    struct fast_path_spec spec = {.links = {0, 77}};

    if (!has_world)
        skip();
    assert_int_equal(mend(fixture), fixture->has_flowtables);
    assert_true(shell("ip link add wg2 type veth peer name other2"));
    want(fixture, NULL);
    assert_int_equal(mend(fixture), fixture->has_flowtables);
    assert_int_equal(shell("nft list flowtables 2>/dev/null | grep -q wg2"),
                     fixture->has_flowtables);
    fast_path_want(fixture->path, &spec);
    assert_int_equal(mend(fixture), 0);
    assert_true(fast_path_is_known(fixture->path));
    assert_false(stands());
    assert_true(shell("ip link delete wg2"));
    want(fixture, NULL);
    assert_int_equal(mend(fixture), fixture->has_flowtables);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_comes_and_goes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_who_expires_is_kept_out, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_known_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_links, set_up, tear_down),
    };

    has_world = net_world_enter(NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
