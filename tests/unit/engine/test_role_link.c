/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "hub/engine/role_link.h"

/* The engine's end under test, and a worker's end played by the test. */
struct fixture {
    sd_event *event;
    struct role_link *link;
    struct channel *worker;
    struct channel_header asked[8];
    unsigned asked_count;
    int answers[8];
    unsigned answer_count;
    unsigned closed;
};

static int worker_message(struct channel *channel, struct channel_message *message, void *data)
{
    struct fixture *fixture = data;

    (void)channel;
    fixture->asked[fixture->asked_count++] = message->header;
    return 0;
}

static void worker_closed(struct channel *channel, int error, void *data)
{
    (void)channel;
    (void)error;
    (void)data;
}

static void link_message(struct role_link *link, struct channel_message *message, void *data)
{
    (void)link;
    (void)message;
    (void)data;
}

static void link_closed(struct role_link *link, void *data)
{
    struct fixture *fixture = data;

    fixture->closed++;
    fixture->link = role_link_free(link);
}

static void note_answer(int status, struct channel_message *message, void *data)
{
    struct fixture *fixture = data;

    (void)message;
    fixture->answers[fixture->answer_count++] = status;
}

static int set_up(void **state)
{
    static const struct channel_handlers worker_handlers = {worker_message, worker_closed, NULL};
    static const struct role_link_handlers link_handlers = {link_message, link_closed, NULL};
    struct fixture *fixture = memory_zero(sizeof(*fixture));
    int fds[2];

    assert_true(sd_event_new(&fixture->event) >= 0);
    assert_int_equal(channel_pair(fds), 0);
    assert_int_equal(channel_new(fixture->event, fds[0], ROLE_ENGINE, &worker_handlers, fixture,
                                 &fixture->worker),
                     0);
    assert_int_equal(
        role_link_new(fixture->event, fds[1], ROLE_NET, &link_handlers, fixture, &fixture->link),
        0);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    role_link_free(fixture->link);
    channel_free(fixture->worker);
    sd_event_unref(fixture->event);
    free(fixture);
    return 0;
}

static void run(struct fixture *fixture)
{
    while (sd_event_run(fixture->event, 50 * 1000) > 0)
        ;
}

static void answers_find_their_requests_in_any_order(void **state)
{
    struct fixture *fixture = *state;

    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(
            role_link_call(fixture->link, VERB_RESYNC, NULL, 5000000, note_answer, fixture), 0);
    run(fixture);
    assert_int_equal(fixture->asked_count, 3);
    channel_acknowledge(fixture->worker, &fixture->asked[2], -ENODEV, "third");
    channel_acknowledge(fixture->worker, &fixture->asked[0], 0, NULL);
    channel_acknowledge(fixture->worker, &fixture->asked[1], -EINVAL, "second");
    run(fixture);
    assert_int_equal(fixture->answer_count, 3);
    assert_int_equal(fixture->answers[0], -ENODEV);
    assert_int_equal(fixture->answers[1], 0);
    assert_int_equal(fixture->answers[2], -EINVAL);
}

static void a_late_answer_is_dropped(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(
        role_link_call(fixture->link, VERB_RESYNC, NULL, 20 * 1000, note_answer, fixture), 0);
    run(fixture);
    assert_int_equal(fixture->answer_count, 1);
    assert_int_equal(fixture->answers[0], -ETIMEDOUT);
    channel_acknowledge(fixture->worker, &fixture->asked[0], 0, NULL);
    run(fixture);
    assert_int_equal(fixture->answer_count, 1);
}

static void a_role_that_ends_answers_all(void **state)
{
    struct fixture *fixture = *state;

    role_link_call(fixture->link, VERB_RESYNC, NULL, 5000000, note_answer, fixture);
    role_link_call(fixture->link, VERB_RESYNC, NULL, 5000000, note_answer, fixture);
    fixture->worker = channel_free(fixture->worker);
    run(fixture);
    assert_int_equal(fixture->answer_count, 2);
    assert_int_equal(fixture->answers[0], -EPIPE);
    assert_int_equal(fixture->answers[1], -EPIPE);
    assert_int_equal(fixture->closed, 1);
    assert_null(fixture->link);
}

static void freeing_answers_what_is_pending(void **state)
{
    struct fixture *fixture = *state;

    role_link_call(fixture->link, VERB_RESYNC, NULL, 5000000, note_answer, fixture);
    fixture->link = role_link_free(fixture->link);
    assert_int_equal(fixture->answer_count, 1);
    assert_int_equal(fixture->answers[0], -ECANCELED);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(answers_find_their_requests_in_any_order),
        TEST(a_late_answer_is_dropped),
        TEST(a_role_that_ends_answers_all),
        TEST(freeing_answers_what_is_pending),
    };

    return cmocka_run_group_tests_name("role_link", tests, NULL, NULL);
}
