/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state is replaced as a whole, at whichever of its steps a process is killed. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "hub/base/state_swap.h"
#include "hub/base/text.h"

/* ---- killed at the n-th step ---- */

static int steps_left = -1; /* -1 = live on */

static void step(void)
{
    if (steps_left >= 0 && steps_left-- == 0)
        _exit(9);
}

#define WRAPPED(name, parameters, ...) \
    int __real_##name parameters; \
    int __wrap_##name parameters; \
    int __wrap_##name parameters \
    { \
        step(); \
        return __real_##name(__VA_ARGS__); \
    }

WRAPPED(renameat, (int from_fd, const char *from, int to_fd, const char *to), from_fd, from, to_fd,
        to)
WRAPPED(unlinkat, (int fd, const char *name, int flags), fd, name, flags)
WRAPPED(fsync, (int fd), fd)

/* Runs it in a process that dies at its n-th step; true when it lived to its end. */
static bool run_until(int (*work)(int state_fd), int state_fd, int steps)
{
    pid_t pid = fork();
    int status;

    if (pid == 0) {
        steps_left = steps;
        _exit(work(state_fd) < 0 ? 1 : 0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) != 1);
    return WEXITSTATUS(status) == 0;
}

/* ---- a state directory ---- */

static char directory[64];
static int state_fd;

static void write_file(const char *name, const char *text)
{
    int fd = openat(state_fd, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
}

static const char *read_file(const char *name)
{
    static char text[64];
    int fd = openat(state_fd, name, O_RDONLY);
    ssize_t size = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);

    text[size > 0 ? size : 0] = 0;
    if (fd < 0)
        return "(none)";
    close(fd);
    return text;
}

static void fill(void)
{
    write_file("warren.db", "old");
    write_file("warren.db-wal", "old log");
    write_file("seal.key", "old key");
    assert_int_equal(state_swap_clear(state_fd), 0);
    write_file("restore/warren.db", "new");
    write_file("restore/seal.key", "new key");
    write_file("restore/obsolete", "aaaaaaaa\n");
    write_file("restore/warren.conf", "[hub]\n");
}

static int open_directory(void **state)
{
    (void)state;
    strcpy(directory, "/tmp/warren-swap-XXXXXX");
    assert_non_null(mkdtemp(directory));
    state_fd = open(directory, O_RDONLY | O_DIRECTORY);
    assert_int_equal(mkdirat(state_fd, "restore", 0700), 0);
    return 0;
}

static int close_directory(void **state)
{
    char command[100];
    (void)state;

    close(state_fd);
    snprintf(command, sizeof(command), "rm -r %s", directory);
    return system(command);
}

static bool is_old(void)
{
    return text_equal(read_file("warren.db"), "old") &&
           text_equal(read_file("warren.db-wal"), "old log") &&
           text_equal(read_file("seal.key"), "old key");
}

static bool is_new(void)
{
    return text_equal(read_file("warren.db"), "new") &&
           text_equal(read_file("warren.db-wal"), "(none)") &&
           text_equal(read_file("seal.key"), "new key") &&
           text_equal(read_file("obsolete"), "aaaaaaaa\n");
}

/* ---- the tests ---- */

static void test_swaps(void **state)
{
    (void)state;
    fill();
    assert_int_equal(state_swap_finish(state_fd), 0);
    assert_true(is_old());
    assert_false(state_swap_is_committed(state_fd));
    assert_int_equal(state_swap_commit(state_fd), 0);
    assert_true(state_swap_is_committed(state_fd));
    assert_true(is_old());
    assert_int_equal(state_swap_clear(state_fd), -EALREADY);
    assert_int_equal(state_swap_finish(state_fd), 0);
    assert_true(is_new());
    assert_false(state_swap_is_committed(state_fd));
    assert_string_equal(read_file("restore/warren.conf"), "[hub]\n");
    assert_int_equal(state_swap_finish(state_fd), 0);
    assert_true(is_new());
    assert_int_equal(state_swap_clear(state_fd), 0);
    assert_string_equal(read_file("restore/warren.conf"), "(none)");
}

static void test_killed_while_committing(void **state)
{
    int steps = 0, old = 0, new = 0;
    bool lived;
    (void)state;

    do {
        fill();
        lived = run_until(state_swap_commit, state_fd, steps++);
        assert_true(is_old());
        /* The next start. */
        assert_int_equal(state_swap_finish(state_fd), 0);
        assert_true(is_old() != is_new());
        old += is_old();
        new += is_new();
    } while (!lived);
    assert_true(old >= 6 && new >= 2);
}

static void test_killed_while_finishing(void **state)
{
    int steps = 0;
    bool lived;
    (void)state;

    do {
        fill();
        assert_int_equal(state_swap_commit(state_fd), 0);
        lived = run_until(state_swap_finish, state_fd, steps++);
        assert_int_equal(state_swap_finish(state_fd), 0);
        assert_true(is_new());
    } while (!lived);
    assert_true(steps >= 10);
}

/* Killed again and again, each time one step further. */
static void test_killed_many_times(void **state)
{
    (void)state;
    fill();
    assert_int_equal(state_swap_commit(state_fd), 0);
    for (int steps = 0; !run_until(state_swap_finish, state_fd, steps); steps++)
        ;
    assert_true(is_new());
}

/* A log that is staged with its database, as after an update that is taken back. */
static void test_staged_log(void **state)
{
    int steps = 0;
    bool lived;
    (void)state;

    do {
        fill();
        write_file("restore/warren.db-wal", "new log");
        assert_int_equal(state_swap_commit(state_fd), 0);
        lived = run_until(state_swap_finish, state_fd, steps++);
        assert_int_equal(state_swap_finish(state_fd), 0);
        assert_string_equal(read_file("warren.db"), "new");
        assert_string_equal(read_file("warren.db-wal"), "new log");
    } while (!lived);
}

static void test_follows_no_link(void **state)
{
    (void)state;
    assert_int_equal(unlinkat(state_fd, "restore", AT_REMOVEDIR), 0);
    assert_int_equal(state_swap_finish(state_fd), 0);
    assert_int_equal(symlinkat("/etc", state_fd, "restore"), 0);
    assert_true(state_swap_finish(state_fd) < 0);
    assert_true(state_swap_clear(state_fd) < 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_directory, close_directory)
    const struct CMUnitTest tests[] = {
        TEST(test_swaps),
        TEST(test_killed_while_committing),
        TEST(test_killed_while_finishing),
        TEST(test_killed_many_times),
        TEST(test_staged_log),
        TEST(test_follows_no_link),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
