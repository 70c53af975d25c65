/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/base/port_use.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "hub/base/buf.h"
#include "hub/base/cleanup.h"

enum { FILE_MAX = 16 * 1024 * 1024, TCP_STATE_LISTEN = 0x0a };

static int digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* So many hexadecimal digits at `text`; -1: they are not. */
static int hex(const char *text, const char *end, size_t digits)
{
    int number = 0;

    if ((size_t)(end - text) < digits)
        return -1;
    for (size_t i = 0; i < digits; i++) {
        int digit = digit_of(text[i]);
        if (digit < 0)
            return -1;
        number = number << 4 | digit;
    }
    return number;
}

/* The next word from *place on; false: there is none. */
static bool word(const char **place, const char *end, const char **ret_end)
{
    while (*place < end && **place == ' ')
        (*place)++;
    *ret_end = *place;
    while (*ret_end < end && **ret_end != ' ')
        (*ret_end)++;
    return *ret_end > *place;
}

/* "   0: 0100007F:0277 00000000:0000 0A ..." */
static void add_line(uint8_t *ports, bool tcp, const char *line, const char *end)
{
    const char *words[4], *ends[4];

    for (size_t i = 0; i < ELEMENTS(words); i++) {
        words[i] = i ? ends[i - 1] : line;
        if (!word(&words[i], end, &ends[i]))
            return;
    }
    const char *colon = memchr(words[1], ':', (size_t)(ends[1] - words[1]));
    int port = colon ? hex(colon + 1, ends[1], 4) : -1;

    if (port < 0 || (tcp && hex(words[3], ends[3], 2) != TCP_STATE_LISTEN))
        return;
    ports[port / 8] |= (uint8_t)(1u << port % 8);
}

void port_use_add(struct port_use *use, bool tcp, const char *text, size_t size)
{
    const char *end = text + size;

    while (text < end) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        const char *line_end = newline ? newline : end;

        add_line(tcp ? use->tcp : use->udp, tcp, text, line_end);
        text = line_end + 1;
    }
}

static void read_file(struct port_use *use, bool tcp, const char *path)
{
    _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
    _cleanup_buf_ struct buf text = {0};
    char bytes[16384];
    ssize_t size;

    while (fd >= 0 && text.length < FILE_MAX && (size = read(fd, bytes, sizeof(bytes))) > 0)
        buf_add(&text, bytes, (size_t)size);
    if (text.length > 0)
        port_use_add(use, tcp, text.data, text.length);
}

void port_use_read(struct port_use *ret_use)
{
    memset(ret_use, 0, sizeof(*ret_use));
    read_file(ret_use, false, "/proc/self/net/udp");
    read_file(ret_use, false, "/proc/self/net/udp6");
    read_file(ret_use, true, "/proc/self/net/tcp");
    read_file(ret_use, true, "/proc/self/net/tcp6");
}

static bool is_set(const uint8_t *ports, uint16_t port)
{
    return ports[port / 8] & 1u << port % 8;
}

bool port_use_udp(const struct port_use *use, uint16_t port)
{
    return is_set(use->udp, port);
}

bool port_use_tcp(const struct port_use *use, uint16_t port)
{
    return is_set(use->tcp, port);
}
