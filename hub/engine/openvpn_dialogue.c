/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/engine/openvpn_dialogue.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"

enum {
    READ_SIZE = 64 * 1024,
    UNREAD_MAX = 4 * 1024 * 1024,
    PATIENCE_US = 15 * 1000 * 1000,
};

struct openvpn_dialogue {
    sd_event_source *io;
    sd_event_source *patience; /* armed while answers are awaited */
    struct openvpn_management *management;
    struct buf out;
    unsigned awaited; /* answers */
    struct openvpn_dialogue_handlers handlers;
    void *data;
    int fd;
};

struct openvpn_dialogue *openvpn_dialogue_free(struct openvpn_dialogue *dialogue)
{
    if (!dialogue)
        return NULL;
    sd_event_source_disable_unref(dialogue->io);
    sd_event_source_disable_unref(dialogue->patience);
    openvpn_management_free(dialogue->management);
    buf_done(&dialogue->out);
    close(dialogue->fd);
    free(dialogue);
    return NULL;
}

static void end(struct openvpn_dialogue *dialogue, int error)
{
    dialogue->io = sd_event_source_disable_unref(dialogue->io);
    dialogue->patience = sd_event_source_disable_unref(dialogue->patience);
    dialogue->handlers.closed(error, dialogue->data);
}

/* ---- patience ---- */

static void be_patient(struct openvpn_dialogue *dialogue)
{
    if (dialogue->awaited == 0) {
        (void)sd_event_source_set_enabled(dialogue->patience, SD_EVENT_OFF);
        return;
    }
    (void)sd_event_source_set_time_relative(dialogue->patience, PATIENCE_US);
    (void)sd_event_source_set_enabled(dialogue->patience, SD_EVENT_ONESHOT);
}

static int on_impatient(sd_event_source *source, uint64_t now, void *data)
{
    (void)source;
    (void)now;
    end(data, -ETIMEDOUT);
    return 0;
}

/* ---- reading ---- */

static bool is_answer(enum openvpn_event_kind kind)
{
    return kind == OPENVPN_EVENT_SUCCESS || kind == OPENVPN_EVENT_ERROR ||
           kind == OPENVPN_EVENT_END;
}

static int take_in(struct openvpn_dialogue *dialogue, const char *data, size_t size)
{
    struct openvpn_event event;
    int r;

    while ((r = openvpn_management_next(dialogue->management, &data, &size, &event)) > 0) {
        if (is_answer(event.kind) && dialogue->awaited > 0) {
            dialogue->awaited--;
            be_patient(dialogue);
        }
        dialogue->handlers.event(&event, dialogue->data);
    }
    return r;
}

/* One read a turn: a server that talks without end leaves others their turn. */
static int read_some(struct openvpn_dialogue *dialogue)
{
    static char data[READ_SIZE];
    ssize_t size = recv(dialogue->fd, data, sizeof(data), MSG_DONTWAIT);
    int r;

    if (size < 0)
        return errno == EAGAIN || errno == EINTR ? 0 : -EPIPE;
    if (size == 0)
        return -EPIPE;
    r = take_in(dialogue, data, (size_t)size);
    sodium_memzero(data, (size_t)size); /* passwords come this way */
    return r;
}

/* ---- writing ---- */

static void watch(struct openvpn_dialogue *dialogue)
{
    (void)sd_event_source_set_io_events(dialogue->io,
                                        EPOLLIN | (dialogue->out.length > 0 ? EPOLLOUT : 0));
}

static int write_some(struct openvpn_dialogue *dialogue)
{
    ssize_t size;

    if (dialogue->out.length == 0)
        return 0;
    size =
        send(dialogue->fd, dialogue->out.data, dialogue->out.length, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (size < 0)
        return errno == EAGAIN || errno == EINTR ? 0 : -EPIPE;
    buf_consume(&dialogue->out, (size_t)size);
    return dialogue->out.length > UNREAD_MAX ? -ENOBUFS : 0;
}

static int on_io(sd_event_source *source, int fd, uint32_t revents, void *data)
{
    struct openvpn_dialogue *dialogue = data;
    int r = 0;

    (void)source;
    (void)fd;
    if (revents & (EPOLLIN | EPOLLHUP | EPOLLERR))
        r = read_some(dialogue);
    if (r == 0)
        r = write_some(dialogue);
    if (r < 0)
        end(dialogue, r);
    else
        watch(dialogue);
    return 0;
}

struct buf *openvpn_dialogue_commands(struct openvpn_dialogue *dialogue, unsigned count)
{
    bool was_quiet = dialogue->awaited == 0;

    dialogue->awaited += count;
    if (was_quiet)
        be_patient(dialogue);
    if (dialogue->io)
        (void)sd_event_source_set_io_events(dialogue->io, EPOLLIN | EPOLLOUT);
    return &dialogue->out;
}

/* ---- life ---- */

static int add_sources(struct openvpn_dialogue *dialogue, sd_event *event)
{
    int r = sd_event_add_io(event, &dialogue->io, dialogue->fd, EPOLLIN, on_io, dialogue);

    if (r >= 0)
        r = sd_event_add_time_relative(event, &dialogue->patience, CLOCK_MONOTONIC, PATIENCE_US, 0,
                                       on_impatient, dialogue);
    if (r >= 0)
        r = sd_event_source_set_enabled(dialogue->patience, SD_EVENT_OFF);
    return r;
}

int openvpn_dialogue_new(sd_event *event, int fd, const struct openvpn_dialogue_handlers *handlers,
                         void *data, struct openvpn_dialogue **ret_dialogue)
{
    struct openvpn_dialogue *dialogue = memory_zero(sizeof(*dialogue));
    int r;

    dialogue->fd = fd;
    dialogue->handlers = *handlers;
    dialogue->data = data;
    dialogue->management = openvpn_management_new();
    r = add_sources(dialogue, event);
    if (r < 0) {
        openvpn_dialogue_free(dialogue);
        return r;
    }
    *ret_dialogue = dialogue;
    return 0;
}
