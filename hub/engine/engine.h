/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of the engine share. One of it exists; parts reach each other through it. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "hub/base/seal.h"
#include "hub/channel/verbs.h"
#include "hub/settings/settings.h"
#include "hub/store/hub_store.h"
#include "hub/store/instance_store.h"
#include "hub/store/peer_store.h"
#include "hub/store/store.h"

struct acme;
struct api_server;
struct attempts;
struct challenges;
struct backups;
struct event_log;
struct event_stream;
struct hash_door;
struct identity;
struct link_guard;
struct runtimes;
struct supervisor;
struct traffic;
struct update;
struct web_door;
struct web_tls;

struct engine {
    sd_event *event;
    struct settings settings;
    char config_path[256];
    char state_directory[256];
    struct seal *seal;
    struct store *store;
    struct hub_row hub;
    struct event_log *events;      /* event_log.h */
    struct supervisor *supervisor; /* supervisor.h: the channel to warrend */
    struct runtimes *runtimes;     /* runtime.h: instances in the kernel */
    struct traffic *traffic;       /* traffic.h */
    struct api_server *api;        /* api_server.h */
    json_t *attention;             /* as it was told last; NULL = not yet */
    uint64_t attention_until;      /* clock_monotonic_us(): as it is, until then */
    struct link_guard *link_guard; /* link_guard.h; NULL until somebody comes with a link */
    struct hash_door *hash;        /* hash_door.h: the channel to warren-hash */
    struct identity *identity;     /* identity.h: admins, sessions and tokens in memory */
    struct attempts *attempts;     /* attempts.h: who guessed how often */
    struct challenges *challenges; /* challenges.h: of passkeys */
    struct web_tls *tls;           /* web_tls.h: what the web shows itself as */
    struct acme *acme;             /* acme.h: the authority that signs it */
    struct web_door *web;          /* web_door.h: the channel to warren-web */
    struct update *update;         /* update.h */
    struct backups *backups;       /* backups.h */
    struct event_stream *streams;  /* api_events.c: those who follow events */
    sd_event_source *streams_look; /* at whether they still may */
    uint8_t forwarded;             /* before the hub came; of enum forward_family */
    char frozen[160];              /* why no change is taken; "" = changes are taken */
    sd_event_source *ending;       /* engine_start_again() was called: ends the loop soon */
    int64_t started_at;
};

/* As an exit status: start me again, nothing is wrong (hub/warrend/engine_process.c). */
enum { ENGINE_EXIT_AGAIN = 75 };
/* Ends the loop with it, once the answers under way have gone out. */
void engine_start_again(struct engine *engine);

/* What the setting means on this machine: of enum forward_family. */
static inline uint8_t engine_forward_other(const struct engine *engine)
{
    switch ((enum forward_other)engine->settings.forward_other) {
    case FORWARD_OTHER_AUTO:
        return engine->forwarded;
    case FORWARD_OTHER_YES:
        return FORWARD_BOTH;
    case FORWARD_OTHER_NO:
        return 0;
    }
    return 0;
}
