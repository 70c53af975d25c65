/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "hub/base/cleanup.h"
#include "webui/poller.h"

enum { SOCKETS = 10 };

/* What a socket's handler saw. */
struct seen {
    unsigned count;
    uint32_t events;
    int close; /* a descriptor that it closes; -1 = none */
};

struct stage {
    sd_event *event;
    struct poller *poller;
    int fds[SOCKETS][2];
    struct seen seen[SOCKETS];
};

static void on_event(uint32_t events, void *data)
{
    struct seen *seen = data;

    seen->count++;
    seen->events = events;
    cleanup_close(&seen->close);
    seen->close = -1;
}

static int open_stage(void **state, unsigned batch)
{
    static struct stage stage;

    stage = (struct stage){0};
    *state = &stage;
    if (sd_event_new(&stage.event) < 0 ||
        poller_new(stage.event, SD_EVENT_PRIORITY_NORMAL, batch, on_event, &stage.poller) < 0)
        return -1;
    for (int i = 0; i < SOCKETS; i++) {
        stage.seen[i].close = -1;
        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, stage.fds[i]) < 0 ||
            poller_add(stage.poller, stage.fds[i][0], EPOLLIN, &stage.seen[i]) < 0)
            return -1;
    }
    return 0;
}

static int open_wide(void **state)
{
    return open_stage(state, 64);
}

static int open_narrow(void **state)
{
    return open_stage(state, 3);
}

static int close_stage(void **state)
{
    struct stage *stage = *state;

    for (int i = 0; i < SOCKETS; i++) {
        cleanup_close(&stage->fds[i][0]);
        cleanup_close(&stage->fds[i][1]);
    }
    poller_free(stage->poller);
    sd_event_unref(stage->event);
    return 0;
}

static void say(struct stage *stage, int which)
{
    assert_int_equal(send(stage->fds[which][1], "x", 1, 0), 1);
}

static unsigned count_all(const struct stage *stage)
{
    unsigned count = 0;

    for (int i = 0; i < SOCKETS; i++)
        count += stage->seen[i].count;
    return count;
}

static void a_turn_serves_all_that_are_ready(void **state)
{
    struct stage *stage = *state;

    assert_int_equal(sd_event_run(stage->event, 0), 0);
    for (int i = 0; i < SOCKETS; i += 2)
        say(stage, i);
    assert_true(sd_event_run(stage->event, 0) > 0);
    for (int i = 0; i < SOCKETS; i++) {
        assert_int_equal(stage->seen[i].count, i % 2 == 0);
        assert_int_equal(stage->seen[i].events, i % 2 == 0 ? EPOLLIN : 0);
    }
}

/* And none of those who wait longer is forgotten for those who were served. */
static void a_turn_serves_a_batch_and_the_next_goes_on(void **state)
{
    struct stage *stage = *state;

    for (int i = 0; i < SOCKETS; i++)
        say(stage, i);
    assert_true(sd_event_run(stage->event, 0) > 0);
    assert_int_equal(count_all(stage), 3);
    for (int turn = 0; turn < 3; turn++)
        assert_true(sd_event_run(stage->event, 0) > 0);
    for (int i = 0; i < SOCKETS; i++)
        assert_in_range(stage->seen[i].count, 1, 2);
}

static void what_is_watched_can_change_and_end(void **state)
{
    struct stage *stage = *state;

    say(stage, 0);
    poller_change(stage->poller, stage->fds[0][0], 0, &stage->seen[0]);
    assert_int_equal(sd_event_run(stage->event, 0), 0);
    poller_change(stage->poller, stage->fds[0][0], EPOLLIN | EPOLLOUT, &stage->seen[0]);
    assert_true(sd_event_run(stage->event, 0) > 0);
    assert_int_equal(stage->seen[0].events, EPOLLIN | EPOLLOUT);
    poller_remove(stage->poller, stage->fds[0][0]);
    assert_int_equal(sd_event_run(stage->event, 0), 0);
    assert_int_equal(poller_add(stage->poller, stage->fds[0][0], EPOLLIN, &stage->seen[0]), 0);
    assert_true(sd_event_run(stage->event, 0) > 0);
}

static void a_socket_that_is_closed_leaves(void **state)
{
    struct stage *stage = *state;

    say(stage, 0);
    say(stage, 1);
    stage->seen[0].close = stage->fds[0][0];
    assert_true(sd_event_run(stage->event, 0) > 0);
    stage->fds[0][0] = -1;
    assert_int_equal(stage->seen[0].count, 1);
    assert_true(sd_event_run(stage->event, 0) > 0);
    assert_int_equal(stage->seen[0].count, 1);
    assert_int_equal(stage->seen[1].count, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_turn_serves_all_that_are_ready, open_wide, close_stage),
        cmocka_unit_test_setup_teardown(a_turn_serves_a_batch_and_the_next_goes_on, open_narrow,
                                        close_stage),
        cmocka_unit_test_setup_teardown(what_is_watched_can_change_and_end, open_wide, close_stage),
        cmocka_unit_test_setup_teardown(a_socket_that_is_closed_leaves, open_wide, close_stage),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
