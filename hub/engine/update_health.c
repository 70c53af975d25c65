/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/engine/update_health.h"

#include <stdio.h>
#include <stdlib.h>

#include "hub/base/cleanup.h"
#include "hub/engine/runtime.h"

/* ---- who is connected ---- */

struct noting {
    struct engine *engine;
    struct update_record *record;
    const char *instance_id;
    size_t room;
};

static int note_peer(uint64_t row, const char *id, void *data)
{
    struct noting *noting = data;
    struct update_record *record = noting->record;
    struct peer_view view;

    (void)row;
    runtime_peer_view(noting->engine->runtimes, noting->instance_id, id, &view);
    if (!view.liveness.connected)
        return 0;
    if (record->peer_count == noting->room) {
        noting->room = noting->room ? 2 * noting->room : 64;
        record->peers = reallocarray(record->peers, noting->room, sizeof(*record->peers));
        if (!record->peers)
            abort();
    }
    text_copy(record->peers[record->peer_count].instance_id, ID_MAX, noting->instance_id);
    text_copy(record->peers[record->peer_count].peer_id, ID_MAX, id);
    record->peer_count++;
    return 0;
}

static int note_instance(const struct instance *instance, void *data)
{
    struct noting *noting = data;

    noting->instance_id = instance->id;
    return peer_store_list_ids(noting->engine->store, instance->id, 0, 0, note_peer, noting);
}

void update_note_connected(struct engine *engine, struct update_record *record)
{
    struct noting noting = {.engine = engine, .record = record};

    free(record->peers);
    record->peers = NULL;
    record->peer_count = 0;
    (void)instance_store_list(engine->store, NULL, 0, note_instance, &noting);
}

/* ---- is it well ---- */

struct looking {
    struct engine *engine;
    unsigned instances, active;
};

static int look_at(const struct instance *instance, void *data)
{
    struct looking *looking = data;
    struct instance_view view = {.state = INSTANCE_PENDING};

    if (instance->deleting)
        return 0;
    (void)runtime_view(looking->engine->runtimes, instance->id, &view);
    looking->instances++;
    looking->active += view.state == INSTANCE_ACTIVE;
    return 0;
}

/* What the store remembers of before the start is not enough: it has to have come again. */
static bool is_back(const struct peer_view *view, int64_t since)
{
    return view->liveness.connected && (view->has_server || view->liveness.last_handshake >= since);
}

static size_t count_back(struct engine *engine, const struct update_record *record, int64_t since)
{
    size_t back = 0;

    for (size_t i = 0; i < record->peer_count; i++) {
        struct peer_view view;

        runtime_peer_view(engine->runtimes, record->peers[i].instance_id, record->peers[i].peer_id,
                          &view);
        back += is_back(&view, since);
    }
    return back;
}

bool update_is_healthy(struct engine *engine, const struct update_record *record, int64_t since,
                       char *waiting_for, size_t size)
{
    struct looking looking = {.engine = engine};
    size_t back = count_back(engine, record, since), needed;

    (void)instance_store_list(engine->store, NULL, 0, look_at, &looking);
    if (looking.active < looking.instances) {
        snprintf(waiting_for, size, "%u of %u instances are active", looking.active,
                 looking.instances);
        return false;
    }
    needed = (record->peer_count * engine->settings.update_peers_back + 99) / 100;
    if (back < needed) {
        snprintf(waiting_for, size,
                 "%zu of the %zu peers that were connected before are again; %zu are enough", back,
                 record->peer_count, needed);
        return false;
    }
    waiting_for[0] = 0;
    return true;
}
