/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
/* After the four that it needs. */
#include <cmocka.h>

#include "hub/base/cleanup.h"
#include "hub/base/log.h"

/* What is logged while standard error is a pipe. */
static int pipe_fds[2], kept_stderr;

static int begin(void **state)
{
    (void)state;
    kept_stderr = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    return kept_stderr < 0 || pipe2(pipe_fds, O_CLOEXEC | O_NONBLOCK) < 0 ||
           dup2(pipe_fds[1], STDERR_FILENO) < 0;
}

static int end(void **state)
{
    (void)state;
    dup2(kept_stderr, STDERR_FILENO);
    close(kept_stderr);
    close(pipe_fds[0]);
    close(pipe_fds[1]);
    unsetenv("JOURNAL_STREAM");
    unsetenv("WARREN_LOG");
    return 0;
}

static const char *logged(void)
{
    static char text[16384];
    ssize_t size = read(pipe_fds[0], text, sizeof(text) - 1);

    text[size > 0 ? size : 0] = 0;
    return text;
}

static void lines_have_time_and_name(void **state)
{
    (void)state;
    log_open("warren-test");
    log_info("Peer %s added", "x");
    const char *line = logged();
    assert_int_equal(line[4], '-');
    assert_string_equal(line + strlen("2026-01-31T12:00:00Z"), " warren-test: Peer x added\n");
}

static void the_journal_gets_priorities(void **state)
{
    struct stat status;
    char stream[64];

    (void)state;
    assert_int_equal(fstat(STDERR_FILENO, &status), 0);
    snprintf(stream, sizeof(stream), "%ju:%ju", (uintmax_t)status.st_dev, (uintmax_t)status.st_ino);
    setenv("JOURNAL_STREAM", stream, 1);
    log_open("warren-test");
    log_warning("careful");
    assert_string_equal(logged(), "<4>warren-test: careful\n");
    setenv("JOURNAL_STREAM", "1:1", 1);
    log_open("warren-test");
    log_warning("careful");
    assert_int_not_equal(logged()[0], '<');
}

static void levels_are_kept(void **state)
{
    (void)state;
    log_open("warren-test");
    log_debug("quiet");
    assert_string_equal(logged(), "");
    setenv("WARREN_LOG", "debug", 1);
    log_open("warren-test");
    log_debug("loud");
    assert_non_null(strstr(logged(), "loud"));
    setenv("WARREN_LOG", "error", 1);
    log_open("warren-test");
    log_warning("quiet");
    assert_string_equal(logged(), "");
}

static void one_event_is_one_line(void **state)
{
    static char large[10000];

    (void)state;
    log_open("warren-test");
    log_info("name '%s'", "a\n<3>forged\r\x1b[2J");
    const char *line = logged();
    assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
    assert_null(strchr(line, '\x1b'));
    memset(large, 'x', sizeof(large) - 1);
    log_info("%s", large);
    line = logged();
    assert_int_equal(strlen(line), 4095);
    assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(lines_have_time_and_name, begin, end),
        cmocka_unit_test_setup_teardown(the_journal_gets_priorities, begin, end),
        cmocka_unit_test_setup_teardown(levels_are_kept, begin, end),
        cmocka_unit_test_setup_teardown(one_event_is_one_line, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
