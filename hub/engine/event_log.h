/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What happens, as it happens: a ring of the newest events, and those who follow it. */
#pragma once

#include <jansson.h>
#include <stdint.h>

struct event_log;

struct event_log *event_log_new(void);
/* Events get "instance" and "peer", the names for people, from it, unless they bring their own. */
typedef void (*event_names)(const char *instance_id, const char *peer_id, json_t *event,
                            void *data);
void event_log_name_with(struct event_log *log, event_names names, void *data);
struct event_log *event_log_free(struct event_log *log);

/* {"id":17,"at":"...","kind":"peer.connected","instance_id":...,"peer_id":...,"text":"..."}.
 * Steals `fields` (an object or NULL), which are merged in. */
void event_log_add(struct event_log *log, const char *kind, const char *instance_id,
                   const char *peer_id, json_t *fields, const char *text, ...)
    __attribute__((format(printf, 6, 7)));

/* Borrowed reference, valid during the call. */
typedef void (*event_follow)(const json_t *event, void *data);
struct event_follower;
/* Calls for those of the ring newer than `after` (UINT64_MAX = none), then for each new one. */
struct event_follower *event_log_follow(struct event_log *log, uint64_t after, event_follow follow,
                                        void *data);
struct event_follower *event_follower_free(struct event_follower *follower);
