/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "tunnel/wireguard.h"

DEFINE_CLEANUP(struct wireguard *, wireguard_free, cleanup_wireguard)
#define _cleanup_wireguard_ _cleanup_(cleanup_wireguard)

/* Doubles that misbehave as a real wireguard-go does not. */

static struct wireguard *open_double(int *ret_other)
{
    struct wireguard *wireguard;
    int fds[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
    assert_int_equal(wireguard_open_userspace(fds[0], &wireguard), 0);
    *ret_other = fds[1];
    return wireguard;
}

static void say(int fd, const char *text)
{
    assert_int_equal(send(fd, text, strlen(text), 0), strlen(text));
}

static void test_nonsense_ends_the_connection(void **unused)
{
    (void)unused;
    static const char *const nonsense[] = {
        "\n\n", "hello\n\n", "errno=0\n\nerrno=0\n\n", "errno=zero\n\n", "public_key=00\n\n",
    };

    for (size_t i = 0; i < ELEMENTS(nonsense); i++) {
        _cleanup_close_ int other = -1;
        _cleanup_wireguard_ struct wireguard *wireguard = open_double(&other);
        struct wireguard_state observed = {0};

        say(other, nonsense[i]);
        assert_int_equal(wireguard_read(wireguard, &observed), -EBADMSG);
        assert_int_equal(wireguard_read(wireguard, &observed), -EPIPE);
    }
}

static void test_what_it_reports_is_passed_on(void **unused)
{
    (void)unused;
    _cleanup_close_ int other = -1;
    _cleanup_wireguard_ struct wireguard *wireguard = open_double(&other);
    struct wireguard_state observed = {0};

    say(other, "errno=-5\n\n");
    assert_int_equal(wireguard_read(wireguard, &observed), -EIO);
    say(other, "listen_port=7\nerrno=0\n\n");
    assert_int_equal(wireguard_read(wireguard, &observed), 0);
    assert_int_equal(observed.listen_port, 7);
}

static void test_an_answer_without_end_is_given_up(void **unused)
{
    (void)unused;
    _cleanup_close_ int other = -1;
    _cleanup_wireguard_ struct wireguard *wireguard = open_double(&other);
    struct wireguard_state observed = {0};
    uint64_t begin = clock_monotonic_us(), taken;

    say(other, "listen_port=1\n");
    assert_int_equal(wireguard_read(wireguard, &observed), -ETIMEDOUT);
    taken = clock_monotonic_us() - begin;
    assert_in_range(taken, 4900000, 6500000);
    assert_int_equal(wireguard_read(wireguard, &observed), -EPIPE);
}

static void *flood(void *data)
{
    static char text[1 << 20];
    int fd = *(int *)data;

    memset(text, 'a', sizeof(text));
    while (send(fd, text, sizeof(text), MSG_NOSIGNAL) > 0)
        ;
    return NULL;
}

static void test_a_flood_is_bounded(void **unused)
{
    (void)unused;
    _cleanup_close_ int other = -1;
    struct wireguard *wireguard = open_double(&other);
    struct wireguard_state observed = {0};
    pthread_t thread;

    assert_int_equal(pthread_create(&thread, NULL, flood, &other), 0);
    assert_int_equal(wireguard_read(wireguard, &observed), -EBADMSG);
    wireguard_free(wireguard);
    pthread_join(thread, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nonsense_ends_the_connection),
        cmocka_unit_test(test_what_it_reports_is_passed_on),
        cmocka_unit_test(test_an_answer_without_end_is_given_up),
        cmocka_unit_test(test_a_flood_is_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
