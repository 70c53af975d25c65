/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "webui/poller.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"

enum { BATCH_MAX = 64 };

struct poller {
    int fd;
    sd_event_source *source;
    unsigned batch;
    poller_handler *handler;
};

static int on_ready(sd_event_source *source, int fd, uint32_t ready, void *data)
{
    const struct poller *poller = data;
    struct epoll_event events[BATCH_MAX];
    int count = epoll_wait(fd, events, (int)poller->batch, 0);

    (void)source, (void)ready;
    for (int i = 0; i < count; i++)
        poller->handler(events[i].events, events[i].data.ptr);
    return 0;
}

int poller_new(sd_event *event, int64_t priority, unsigned batch, poller_handler *handler,
               struct poller **ret_poller)
{
    struct poller *poller = memory_zero(sizeof(*poller));

    poller->batch = batch < BATCH_MAX ? batch : BATCH_MAX;
    poller->handler = handler;
    poller->fd = epoll_create1(EPOLL_CLOEXEC);
    int r = poller->fd < 0 ? -errno : 0;
    if (r >= 0)
        r = sd_event_add_io(event, &poller->source, poller->fd, EPOLLIN, on_ready, poller);
    if (r >= 0)
        r = sd_event_source_set_priority(poller->source, priority);
    if (r < 0) {
        poller_free(poller);
        return r;
    }
    *ret_poller = poller;
    return 0;
}

struct poller *poller_free(struct poller *poller)
{
    if (!poller)
        return NULL;
    sd_event_source_disable_unref(poller->source);
    cleanup_close(&poller->fd);
    free(poller);
    return NULL;
}

int poller_add(struct poller *poller, int fd, uint32_t events, void *data)
{
    struct epoll_event event = {.events = events, .data.ptr = data};

    return epoll_ctl(poller->fd, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

void poller_change(struct poller *poller, int fd, uint32_t events, void *data)
{
    struct epoll_event event = {.events = events, .data.ptr = data};

    (void)epoll_ctl(poller->fd, EPOLL_CTL_MOD, fd, &event);
}

void poller_remove(struct poller *poller, int fd)
{
    (void)epoll_ctl(poller->fd, EPOLL_CTL_DEL, fd, NULL);
}
