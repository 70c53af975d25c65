/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/engine/expiry.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "hub/base/log.h"
#include "hub/engine/event_log.h"
#include "hub/engine/runtime.h"
#include "hub/store/audit_store.h"

enum {
    AT_ONCE_MAX = 64,  /* peers taken out before others have their turn */
    LOOK_AGAIN_S = 60, /* the clock may be set: never sleep for longer */
    RETRY_S = 5,       /* the store could not be written */
    SECOND_US = 1000 * 1000,
};

struct expiry {
    struct engine *engine;
    sd_event_source *timer;
};

struct due {
    char peer_id[ID_MAX], instance_id[ID_MAX];
};

struct due_list {
    struct due items[AT_ONCE_MAX];
    size_t count;
};

static int note_due(const struct peer *peer, void *data)
{
    struct due_list *list = data;

    if (list->count == AT_ONCE_MAX)
        return 1;
    text_copy(list->items[list->count].peer_id, ID_MAX, peer->id);
    text_copy(list->items[list->count].instance_id, ID_MAX, peer->instance_id);
    list->count++;
    return 0;
}

static int store_expired(struct engine *engine, struct peer *peer)
{
    char object[64], before[64], at[TIME_TEXT_MAX];
    const char *column;
    struct audit_entry entry = {
        .who = "hub",
        .from = "timer",
        .action = "peer.expire",
        .object = object,
        .name = peer->name,
        .before = before,
        .after = "{\"enabled\":false,\"expired\":true}",
    };
    int r;

    snprintf(object, sizeof(object), "instance/%s/peer/%s", peer->instance_id, peer->id);
    snprintf(before, sizeof(before), "{\"enabled\":true,\"expires_at\":\"%s\"}",
             time_format(peer->expires_at, at));
    r = store_begin(engine->store);
    if (r < 0)
        return r;
    peer->enabled = false;
    peer->expired = true;
    peer_store_update(engine->store, peer, &column);
    audit_store_add(engine->store, &entry);
    return store_commit(engine->store);
}

static int take_out(struct engine *engine, const struct due *due)
{
    _cleanup_peer_ struct peer peer = {0};
    int r = peer_store_find(engine->store, due->instance_id, due->peer_id, &peer);

    if (r < 0)
        return r;
    r = store_expired(engine, &peer);
    if (r < 0) {
        log_error("peer %s has expired but can't be marked so: %s", peer.id, strerror(-r));
        return r;
    }
    event_log_add(engine->events, "peer.expired", peer.instance_id, peer.id, NULL, "has expired");
    runtime_peer_changed(engine->runtimes, peer.instance_id, peer.id, NULL, NULL, NULL);
    runtime_dns_changed(engine->runtimes, peer.instance_id, peer.host);
    return 0;
}

static void arm(struct expiry *expiry, int64_t seconds)
{
    sd_event_source_set_time_relative(expiry->timer, (uint64_t)seconds * SECOND_US);
    sd_event_source_set_enabled(expiry->timer, SD_EVENT_ONESHOT);
}

void expiry_rearm(struct expiry *expiry)
{
    int64_t next = 0, wait;
    int r = peer_store_next_expiry(expiry->engine->store, &next);

    if (r < 0 || next == 0) {
        sd_event_source_set_enabled(expiry->timer, SD_EVENT_OFF);
        return;
    }
    wait = next - clock_seconds();
    if (wait < 0)
        wait = 0;
    arm(expiry, wait < LOOK_AGAIN_S ? wait : LOOK_AGAIN_S);
}

static int on_time(sd_event_source *source, uint64_t now, void *data)
{
    struct expiry *expiry = data;
    struct due_list due = {0};
    int r = peer_store_expired(expiry->engine->store, clock_seconds(), note_due, &due);

    (void)source;
    (void)now;
    for (size_t i = 0; i < due.count && r >= 0; i++)
        r = take_out(expiry->engine, &due.items[i]);
    if (r < 0)
        arm(expiry, RETRY_S);
    else
        expiry_rearm(expiry);
    return 0;
}

int expiry_new(struct engine *engine, struct expiry **ret_expiry)
{
    struct expiry *expiry = memory_zero(sizeof(*expiry));
    int r;

    expiry->engine = engine;
    r = sd_event_add_time_relative(engine->event, &expiry->timer, CLOCK_MONOTONIC, 0, 0, on_time,
                                   expiry);
    if (r < 0) {
        free(expiry);
        return r;
    }
    *ret_expiry = expiry;
    return 0;
}

struct expiry *expiry_free(struct expiry *expiry)
{
    if (!expiry)
        return NULL;
    sd_event_source_disable_unref(expiry->timer);
    free(expiry);
    return NULL;
}
