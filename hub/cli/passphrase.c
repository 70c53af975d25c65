/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/cli/passphrase.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "hub/cli/hidden_input.h"

enum { PIPE_PATIENCE_MS = 300 };

static int wrong(char *error, const char *text)
{
    snprintf(error, PASSPHRASE_ERROR_MAX, "%s", text);
    return -EINVAL;
}

/* Byte by byte: what comes after the line is for whoever reads next. */
static int read_line(int fd, char *line, char *error)
{
    size_t length = 0;

    for (;;) {
        char byte;
        ssize_t got = read(fd, &byte, 1);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return wrong(error, "the passphrase can't be read");
        if (got == 0 || byte == '\n')
            break;
        if (byte == 0 || length == BACKUP_PASSPHRASE_MAX)
            return wrong(error, "a passphrase is a line of at most 1024 bytes");
        line[length++] = byte;
    }
    line[length] = 0;
    return 0;
}

static int ask(int fd, const char *question, char *line, char *error)
{
    int r;

    hidden_input_begin(fd);
    dprintf(fd, "%s: ", question);
    r = read_line(fd, line, error);
    hidden_input_end();
    dprintf(fd, "\n");
    return r;
}

static int ask_terminal(int fd, bool is_new, char *passphrase, char *error)
{
    char again[BACKUP_PASSPHRASE_MAX + 1];
    int r = ask(fd, is_new ? "New passphrase of the backup" : "Passphrase of the backup",
                passphrase, error);

    if (r == 0 && is_new) {
        r = ask(fd, "Once more", again, error);
        if (r == 0 && !text_equal(passphrase, again))
            r = wrong(error, "these are two different passphrases");
        explicit_bzero(again, sizeof(again));
    }
    return r;
}

static int read_from(int fd, bool is_new, char *passphrase, char *error)
{
    _cleanup_close_ int terminal = -1;

    if (fd >= 0)
        return read_line(fd, passphrase, error);
    if (!isatty(STDIN_FILENO))
        return read_line(STDIN_FILENO, passphrase, error);
    terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (terminal < 0)
        return wrong(error, "there is no terminal to ask for the passphrase: --passphrase-fd N");
    return ask_terminal(terminal, is_new, passphrase, error);
}

int passphrase_read(int fd, bool is_new, char ret_passphrase[static BACKUP_PASSPHRASE_MAX + 1],
                    char error[static PASSPHRASE_ERROR_MAX])
{
    int r = read_from(fd, is_new, ret_passphrase, error);

    if (r == 0 && strlen(ret_passphrase) < BACKUP_PASSPHRASE_MIN)
        r = wrong(error, "a passphrase has 8 bytes or more");
    return r;
}

bool passphrase_is_piped(void)
{
    struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};
    int bytes = 0;

    return !isatty(STDIN_FILENO) && poll(&in, 1, PIPE_PATIENCE_MS) > 0 &&
           ioctl(STDIN_FILENO, FIONREAD, &bytes) == 0 && bytes > 0;
}
