/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "hub/base/cleanup.h"
#include "webui/read_ahead.h"

struct wire {
    int fds[2];
    struct read_ahead ahead;
};

static int wire_make(void **state)
{
    static struct wire wire;

    wire = (struct wire){0};
    *state = &wire;
    return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, wire.fds);
}

static int wire_remove(void **state)
{
    struct wire *wire = *state;

    read_ahead_done(&wire->ahead);
    cleanup_close(&wire->fds[0]);
    cleanup_close(&wire->fds[1]);
    return 0;
}

static void say(struct wire *wire, const char *text)
{
    assert_int_equal(send(wire->fds[1], text, strlen(text), 0), strlen(text));
}

static void assert_reads(struct wire *wire, size_t size, const char *text)
{
    char into[64] = "";

    assert_int_equal(read_ahead_receive(&wire->ahead, wire->fds[0], into, size), strlen(text));
    assert_string_equal(into, text);
}

static void assert_empty(struct wire *wire)
{
    char into[8];

    errno = 0;
    assert_int_equal(read_ahead_receive(&wire->ahead, wire->fds[0], into, sizeof(into)), -1);
    assert_int_equal(errno, EAGAIN);
}

static void little_by_little_it_is_read_once(void **state)
{
    struct wire *wire = *state;

    say(wire, "headrecord");
    assert_reads(wire, 4, "head");
    /* It is out of the socket. */
    char byte;
    assert_int_equal(recv(wire->fds[0], &byte, 1, MSG_DONTWAIT | MSG_PEEK), -1);
    assert_reads(wire, 3, "rec");
    assert_reads(wire, 60, "ord");
    assert_null(wire->ahead.kept.data);
}

static void an_empty_socket_is_not_asked_again(void **state)
{
    struct wire *wire = *state;

    say(wire, "one");
    assert_reads(wire, 8, "one");
    say(wire, "two");
    assert_empty(wire);
    read_ahead_ready(&wire->ahead);
    assert_reads(wire, 8, "two");
}

/* What it had before is asked for still: nothing was short. */
static void an_error_says_nothing_of_what_comes(void **state)
{
    struct wire *wire = *state;

    assert_empty(wire);
    say(wire, "one");
    assert_reads(wire, 8, "one");
}

static void the_end_is_seen_behind_what_was_kept(void **state)
{
    struct wire *wire = *state;

    say(wire, "onetwo");
    close(wire->fds[1]);
    wire->fds[1] = -1;
    assert_reads(wire, 3, "one");
    assert_reads(wire, 8, "two");
    read_ahead_ready(&wire->ahead);
    assert_reads(wire, 8, "");
}

static void much_goes_where_it_belongs_at_once(void **state)
{
    static char out[3 * READ_AHEAD_MAX], into[3 * READ_AHEAD_MAX];
    struct wire *wire = *state;
    size_t had = 5;

    for (size_t i = 0; i < sizeof(out); i++)
        out[i] = (char)(i * 7 % 251);
    assert_int_equal(send(wire->fds[1], out, sizeof(out), 0), sizeof(out));
    assert_int_equal(read_ahead_receive(&wire->ahead, wire->fds[0], into, had), had);
    assert_int_equal(wire->ahead.kept.length, READ_AHEAD_MAX - had);
    while (had < sizeof(out)) {
        ssize_t size =
            read_ahead_receive(&wire->ahead, wire->fds[0], into + had, sizeof(into) - had);
        assert_true(size > 0);
        assert_null(wire->ahead.kept.data);
        had += (size_t)size;
    }
    assert_memory_equal(into, out, sizeof(out));
}

#define ON_A_WIRE(test) cmocka_unit_test_setup_teardown(test, wire_make, wire_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_A_WIRE(little_by_little_it_is_read_once),
        ON_A_WIRE(an_empty_socket_is_not_asked_again),
        ON_A_WIRE(an_error_says_nothing_of_what_comes),
        ON_A_WIRE(the_end_is_seen_behind_what_was_kept),
        ON_A_WIRE(much_goes_where_it_belongs_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
