/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/engine/event_names.h"

#include "hub/engine/engine.h"

static void add(json_t *event, const char *field, const char *name)
{
    if (!json_object_get(event, field))
        json_object_set_new(event, field, json_string(name));
}

void event_names_add(const char *instance_id, const char *peer_id, json_t *event, void *data)
{
    struct engine *engine = data;
    _cleanup_instance_ struct instance instance = {0};
    _cleanup_peer_ struct peer peer = {0};

    if (!instance_id)
        return;
    if (instance_store_find(engine->store, instance_id, &instance) == 0)
        add(event, "instance", instance.name);
    if (peer_id && peer_store_find(engine->store, instance_id, peer_id, &peer) == 0)
        add(event, "peer", peer.name);
}
