/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/engine/event_log.h"

#include <stdarg.h>
#include <stdio.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"

enum { RING_SIZE = 4096 };

struct event_follower {
    struct event_log *log; /* NULL: the log is gone */
    struct event_follower *next;
    event_follow follow;
    void *data;
    bool dead; /* freed amid a round; swept at its end */
};

struct event_log {
    char *ring[RING_SIZE]; /* event `id` at id % RING_SIZE, as text: a quarter of the memory */
    uint64_t first, next;  /* ids: first kept, next to be given */
    struct event_follower *followers;
    event_names names; /* NULL: events have ids alone */
    void *names_data;
    unsigned rounds; /* under way; adding an event from a follower nests them */
};

struct event_log *event_log_new(void)
{
    struct event_log *log = memory_zero(sizeof *log);
    /* Ids grow on over a restart, so that "after" keeps its meaning. */
    log->next = log->first = (uint64_t)clock_seconds() << 20;
    return log;
}

void event_log_name_with(struct event_log *log, event_names names, void *data)
{
    log->names = names;
    log->names_data = data;
}

static void sweep(struct event_log *log)
{
    for (struct event_follower **link = &log->followers; *link;) {
        struct event_follower *follower = *link;
        if (!follower->dead) {
            link = &follower->next;
            continue;
        }
        *link = follower->next;
        free(follower);
    }
}

struct event_log *event_log_free(struct event_log *log)
{
    if (!log)
        return NULL;
    sweep(log);
    for (struct event_follower *follower = log->followers; follower; follower = follower->next)
        follower->log = NULL;
    for (size_t i = 0; i < RING_SIZE; i++)
        free(log->ring[i]);
    free(log);
    return NULL;
}

static json_t *make_event(uint64_t id, const char *kind, const char *instance_id,
                          const char *peer_id, const char *text)
{
    char at[TIME_TEXT_MAX];
    json_t *string = json_string(text); /* NULL: not UTF-8 */
    return json_pack("{s:I,s:s,s:s,s:s?,s:s?,s:o}", "id", (json_int_t)id, "at",
                     time_format(clock_seconds(), at), "kind", kind, "instance_id", instance_id,
                     "peer_id", peer_id, "text", string ? string : json_string(kind));
}

void event_log_add(struct event_log *log, const char *kind, const char *instance_id,
                   const char *peer_id, json_t *fields, const char *text, ...)
{
    char line[400];
    va_list arguments;
    va_start(arguments, text);
    vsnprintf(line, sizeof line, text, arguments);
    va_end(arguments);

    json_t *event = make_event(log->next, kind, instance_id, peer_id, line);
    json_object_update_missing(event, fields);
    json_decref(fields);
    if (log->names)
        log->names(instance_id, peer_id, event, log->names_data);
    if (log->next - log->first == RING_SIZE)
        log->first++;
    free(log->ring[log->next % RING_SIZE]);
    log->ring[log->next++ % RING_SIZE] = json_dumps(event, JSON_COMPACT);

    log->rounds++;
    for (struct event_follower *follower = log->followers; follower; follower = follower->next)
        if (!follower->dead)
            follower->follow(event, follower->data);
    if (--log->rounds == 0)
        sweep(log);
    json_decref(event);
}

struct event_follower *event_log_follow(struct event_log *log, uint64_t after, event_follow follow,
                                        void *data)
{
    struct event_follower *follower = memory_zero(sizeof *follower);
    *follower = (struct event_follower){.log = log, .follow = follow, .data = data};
    log->rounds++;
    uint64_t from = after < log->first ? log->first : after == UINT64_MAX ? log->next : after + 1;
    for (uint64_t id = from; id < log->next; id++) {
        json_t *event = json_loads(log->ring[id % RING_SIZE], 0, NULL);
        follow(event, data);
        json_decref(event);
    }
    follower->next = log->followers;
    log->followers = follower;
    log->rounds--;
    return follower;
}

struct event_follower *event_follower_free(struct event_follower *follower)
{
    if (!follower)
        return NULL;
    if (!follower->log) {
        free(follower);
        return NULL;
    }
    follower->dead = true;
    if (follower->log->rounds == 0)
        sweep(follower->log);
    return NULL;
}
