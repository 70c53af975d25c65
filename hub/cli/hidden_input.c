/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/cli/hidden_input.h"

#include <signal.h>
#include <stddef.h>
#include <termios.h>
#include <unistd.h>

#include "hub/base/cleanup.h"

static const int endings[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM};

static struct sigaction before[ELEMENTS(endings)];
static struct termios shown;
static volatile sig_atomic_t hidden_fd = -1;

/* The signal is what it was before by now: the program ends by it when this returns. */
static void show_and_end(int number)
{
    (void)tcsetattr(hidden_fd, TCSAFLUSH, &shown);
    (void)raise(number);
}

void hidden_input_begin(int fd)
{
    struct sigaction show = {.sa_handler = show_and_end, .sa_flags = (int)SA_RESETHAND};
    struct termios hidden;

    if (tcgetattr(fd, &shown) < 0)
        return;
    hidden_fd = fd;
    for (size_t i = 0; i < ELEMENTS(endings); i++) {
        (void)sigaction(endings[i], NULL, &before[i]);
        if (before[i].sa_handler == SIG_DFL)
            (void)sigaction(endings[i], &show, NULL);
    }
    hidden = shown;
    hidden.c_lflag &= ~(tcflag_t)ECHO;
    hidden.c_cc[VSUSP] = _POSIX_VDISABLE;
    (void)tcsetattr(fd, TCSAFLUSH, &hidden);
}

void hidden_input_end(void)
{
    if (hidden_fd < 0)
        return;
    (void)tcsetattr(hidden_fd, TCSAFLUSH, &shown);
    for (size_t i = 0; i < ELEMENTS(endings); i++)
        (void)sigaction(endings[i], &before[i], NULL);
    hidden_fd = -1;
}
