/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The names that events carry beside the ids. */
#pragma once

#include <jansson.h>

/* An event_names; `data` is the engine. */
void event_names_add(const char *instance_id, const char *peer_id, json_t *event, void *data);
