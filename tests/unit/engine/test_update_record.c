/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is remembered of an update, and what each start makes of it. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "hub/base/cleanup.h"
#include "hub/engine/update_record.h"

static void test_text(void **state)
{
    static const struct update_peer peers[] = {
        {"aaaaaaaa", "bbbbbbbb"}, {"cccccccc", "dddddddd"}, {"eeeeeeee", "ffffffff"}};
    struct update_record record = {.state = UPDATE_TRIAL,
                                   .slot = 'b',
                                   .version = "0.2.0",
                                   .from = "0.1.0",
                                   .began_us = 12345678901,
                                   .peers = (struct update_peer *)peers,
                                   .peer_count = 3};
    _cleanup_free_ char *text = update_record_text(&record);
    struct update_record again;
    (void)state;

    assert_int_equal(update_record_parse(text, strlen(text), &again), 0);
    assert_int_equal(again.state, UPDATE_TRIAL);
    assert_int_equal(again.slot, 'b');
    assert_string_equal(again.version, "0.2.0");
    assert_int_equal(again.began_us, 12345678901);
    assert_int_equal(again.peer_count, 3);
    assert_memory_equal(again.peers, peers, sizeof(peers));
    update_record_done(&again);
}

static void test_bad_texts(void **state)
{
    static const char *const bad[] = {
        "state=nonsense\n",
        "state=trial\n",
        "state=trial\nslot=c\nversion=1\n",
        "state=trial\nslot=b\n",
        "state=trial\nslot=b\nversion=1\npeer=aaaaaaaa\n",
        "state=trial\nslot=b\nversion=1\npeer=aaaaaaaa ../../..\n",
        "state=trial\nslot=b\nversion=1\nbegan_us=-1\n",
        "state=trial\nslot=b\nversion=12345678901234567890123456789012345\n",
        "no line",
    };
    struct update_record record;
    (void)state;

    for (size_t i = 0; i < ELEMENTS(bad); i++)
        assert_int_equal(update_record_parse(bad[i], strlen(bad[i]), &record), -EBADMSG);
    /* What a newer program adds is left alone. */
    assert_int_equal(update_record_parse("state=idle\nnew=1\n", 17, &record), 0);
    update_record_done(&record);
}

static void test_file(void **state)
{
    char directory[] = "/tmp/warren-update-XXXXXX";
    struct update_record record = {
        .state = UPDATE_INSTALLED, .slot = 'b', .version = "2", .from = "1"};
    struct update_record read;
    (void)state;

    assert_non_null(mkdtemp(directory));
    assert_int_equal(update_record_read(directory, &read), 0);
    assert_int_equal(read.state, UPDATE_IDLE);
    assert_int_equal(update_record_write(directory, &record), 0);
    assert_int_equal(update_record_read(directory, &read), 0);
    assert_int_equal(read.state, UPDATE_INSTALLED);
    update_record_done(&read);
    record.state = UPDATE_IDLE;
    assert_int_equal(update_record_write(directory, &record), 0);
    assert_int_equal(rmdir(directory), 0);
}

/* Every state, started in either slot, for every reason. The update is in b. */
static void test_starts(void **state)
{
    static const struct {
        enum update_state state;
        char slot;
        const char *kind;
        enum update_start start;
    } cases[] = {
        {UPDATE_IDLE, 'a', "kept", UPDATE_START_PLAIN},
        {UPDATE_IDLE, 'b', "fallback", UPDATE_START_PLAIN},
        {UPDATE_FAILED, 'a', "kept", UPDATE_START_PLAIN},
        {UPDATE_INSTALLED, 'a', "kept", UPDATE_START_PLAIN},
        {UPDATE_INSTALLED, 'b', "trial", UPDATE_START_TRIAL},
        {UPDATE_INSTALLED, 'b', "fallback", UPDATE_START_CONFIRMED},
        {UPDATE_INSTALLED, 'a', "fallback", UPDATE_START_PLAIN},
        {UPDATE_REBOOTING, 'b', "trial", UPDATE_START_TRIAL},
        {UPDATE_REBOOTING, 'b', "kept", UPDATE_START_CONFIRMED},
        {UPDATE_REBOOTING, 'a', "kept", UPDATE_START_BACK},
        {UPDATE_REBOOTING, 'a', "fallback", UPDATE_START_BACK},
        {UPDATE_TRIAL, 'b', "trial", UPDATE_START_ON_TRIAL},
        {UPDATE_TRIAL, 'b', "kept", UPDATE_START_CONFIRMED},
        {UPDATE_TRIAL, 'a', "kept", UPDATE_START_BACK},
        {UPDATE_TRIAL, 'a', "fallback", UPDATE_START_BACK},
        {UPDATE_TRIAL, 0, "", UPDATE_START_PLAIN},
    };
    (void)state;

    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        struct update_record record = {.state = cases[i].state, .slot = 'b'};
        assert_int_equal(update_record_start(&record, cases[i].slot, cases[i].kind),
                         cases[i].start);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_bad_texts),
        cmocka_unit_test(test_file),
        cmocka_unit_test(test_starts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
