/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A terminal shows what is typed as before, however a question for a secret ended. */
#include <pty.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include <utmp.h>

#include <cmocka.h>

#include "hub/cli/hidden_input.h"

enum { PATIENCE = 1000 }; /* of 10 ms */

static struct termios settings_of(int keyboard)
{
    struct termios settings;

    assert_int_equal(tcgetattr(keyboard, &settings), 0);
    return settings;
}

static void ask(void)
{
    char byte;

    hidden_input_begin(STDIN_FILENO);
    if (read(STDIN_FILENO, &byte, 1) == 1)
        hidden_input_end();
    _exit(0);
}

/* Somebody who is asked types `keys`; how the program ended. */
static int type(const char *keys)
{
    struct termios before, after;
    int keyboard, terminal, status, tries = 0;
    pid_t child;

    assert_int_equal(openpty(&keyboard, &terminal, NULL, NULL, NULL), 0);
    before = settings_of(terminal);
    child = fork();
    assert_true(child >= 0);
    if (child == 0 && login_tty(terminal) == 0)
        ask();
    while (settings_of(keyboard).c_lflag & ECHO) {
        assert_true(tries++ < PATIENCE);
        usleep(10000);
    }
    assert_int_equal(write(keyboard, keys, 2), 2);
    assert_int_equal(waitpid(child, &status, 0), child);
    after = settings_of(keyboard);
    close(keyboard);
    close(terminal);
    assert_true(after.c_lflag & ECHO);
    assert_int_equal(after.c_cc[VSUSP], before.c_cc[VSUSP]);
    return status;
}

static void test_answered(void **state)
{
    int status = type("x\n");

    (void)state;
    assert_true(WIFEXITED(status));
}

static void test_interrupted(void **state)
{
    int status = type("x\003"); /* Ctrl-C */

    (void)state;
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGINT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answered),
        cmocka_unit_test(test_interrupted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
