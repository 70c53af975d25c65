/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/engine/role_link.h"

#include <errno.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/log.h"
#include "hub/base/text.h"

struct pending {
    struct pending *next;
    struct role_link *link;
    uint32_t request;
    sd_event_source *timer;
    role_link_done done;
    void *data;
};

struct role_link {
    sd_event *event;
    struct channel *channel;
    struct role_link_handlers handlers;
    void *data;
    struct pending *pending; /* oldest first: answers mostly come in that order */
    struct pending **last;
    uint32_t next_request;
};

static struct pending *pending_free(struct pending *pending)
{
    sd_event_source_disable_unref(pending->timer);
    free(pending);
    return NULL;
}

static struct pending *pending_take(struct role_link *link, uint32_t request)
{
    for (struct pending **at = &link->pending; *at; at = &(*at)->next) {
        struct pending *found = *at;

        if (found->request != request)
            continue;
        *at = found->next;
        if (!*at)
            link->last = at;
        return found;
    }
    return NULL;
}

/* Parts of an answer whose end is still to come. */
static bool is_partial(enum verb verb)
{
    return verb == VERB_STATS_PART || verb == VERB_HITS_PART || verb == VERB_PEER_FAILED;
}

static int on_message(struct channel *channel, struct channel_message *message, void *data)
{
    struct role_link *link = data;
    enum verb verb = message->header.verb;
    struct pending *pending;
    int status = 0;

    (void)channel;
    if (message->header.request == 0 || is_partial(verb)) {
        link->handlers.message(link, message, link->data);
        return 0;
    }

    pending = pending_take(link, message->header.request);
    if (!pending) {
        log_debug("%s comes too late, ignoring", verb_name(verb));
        return 0;
    }
    if (verb == VERB_ACK)
        status = ((const struct verb_ack *)message->body)->status;

    role_link_done done = pending->done;
    void *done_data = pending->data;

    pending_free(pending);
    done(status, message, done_data);
    return 0;
}

/* The answers' receivers may look at the link, but not free it. */
static void answer_all(struct role_link *link, int status)
{
    struct pending *pending = TAKE_PTR(link->pending);

    link->last = &link->pending;
    while (pending) {
        struct pending *next = pending->next;

        pending->done(status, NULL, pending->data);
        pending_free(pending);
        pending = next;
    }
}

static void on_closed(struct channel *channel, int error, void *data)
{
    struct role_link *link = data;

    (void)channel;
    if (error < 0)
        log_error("channel broke the rules: %s", strerror(-error));
    answer_all(link, -EPIPE);
    link->handlers.closed(link, link->data);
}

static void on_drained(struct channel *channel, void *data)
{
    struct role_link *link = data;

    (void)channel;
    if (link->handlers.drained)
        link->handlers.drained(link, link->data);
}

static const struct channel_handlers channel_handlers = {
    .message = on_message,
    .closed = on_closed,
    .drained = on_drained,
};

int role_link_new(sd_event *event, int fd, enum role peer,
                  const struct role_link_handlers *handlers, void *data,
                  struct role_link **ret_link)
{
    struct role_link *link = memory_zero(sizeof(*link));
    int r;

    link->event = event;
    link->handlers = *handlers;
    link->data = data;
    link->last = &link->pending;
    link->next_request = 1;
    r = channel_new(event, fd, peer, &channel_handlers, link, &link->channel);
    if (r < 0) {
        free(link);
        return r;
    }
    *ret_link = link;
    return 0;
}

int role_link_gather(struct role_link *link)
{
    return channel_gather(link->channel);
}

struct role_link *role_link_free(struct role_link *link)
{
    if (!link)
        return NULL;
    link->channel = channel_free(link->channel);
    answer_all(link, -ECANCELED);
    free(link);
    return NULL;
}

static int on_timeout(sd_event_source *source, uint64_t now, void *data)
{
    struct pending *late = data;
    struct pending *pending = pending_take(late->link, late->request);
    role_link_done done = pending->done;
    void *done_data = pending->data;

    (void)source;
    (void)now;
    pending_free(pending);
    done(-ETIMEDOUT, NULL, done_data);
    return 0;
}

static int send_verb(struct role_link *link, enum verb verb, uint32_t request,
                     const struct role_link_body *body)
{
    static const struct role_link_body nothing = {.fd = -1};

    if (!link->channel)
        return -ECANCELED;
    if (!body)
        body = &nothing;
    return channel_send(link->channel, verb, request, 0, body->fixed, body->fixed_size, body->tail,
                        body->tail_size, &body->fd, body->fd >= 0 ? 1 : 0);
}

int role_link_call(struct role_link *link, enum verb verb, const struct role_link_body *body,
                   uint64_t timeout_us, role_link_done done, void *data)
{
    struct pending *pending = memory_zero(sizeof(*pending));
    int r;

    pending->link = link;
    pending->request = link->next_request;
    pending->done = done;
    pending->data = data;
    r = sd_event_add_time_relative(link->event, &pending->timer, CLOCK_MONOTONIC, timeout_us, 0,
                                   on_timeout, pending);
    if (r >= 0)
        r = send_verb(link, verb, pending->request, body);
    if (r < 0) {
        pending_free(pending);
        return r;
    }
    link->next_request = link->next_request == UINT32_MAX ? 1 : link->next_request + 1;
    *link->last = pending;
    link->last = &pending->next;
    return 0;
}

int role_link_send(struct role_link *link, enum verb verb, const struct role_link_body *body)
{
    return send_verb(link, verb, 0, body);
}

const char *role_link_detail(int status, const struct channel_message *message)
{
    const struct verb_ack *ack;

    if (message && message->header.verb == VERB_ACK) {
        ack = message->body;
        if (ack->detail[0])
            return ack->detail;
    }
    if (status == -EPIPE)
        return "the process that does it ended";
    if (status == -ETIMEDOUT)
        return "no answer in time";
    return strerror(-status);
}
