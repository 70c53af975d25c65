/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The engine's end of the channel to warren-web: requests come in, answers and events go out. Lives
 * as long as the engine, whether a warren-web is there or not. */
#pragma once

#include "hub/channel/verbs.h"
#include "hub/engine/engine.h"

struct web_door;

struct web_door *web_door_new(struct engine *engine);
struct web_door *web_door_free(struct web_door *door);

/* A warren-web was started: owns `fd`. What the one before still waited for is dropped. */
void web_door_open(struct web_door *door, int fd);
/* Tells it what to show itself as. */
void web_door_send_tls(struct web_door *door);

/* What warrend said of its ports. */
void web_door_set_listeners(struct web_door *door, const struct verb_web_listeners *list);
/* For the status page: {enabled, connected, streams, listeners, certificate, pending}. */
json_t *web_door_json(const struct web_door *door);
