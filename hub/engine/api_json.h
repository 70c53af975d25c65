/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Objects of the API as JSON: first what is declared (the rows: what the audit keeps), then what is
 * live. Never a secret. */
#pragma once

#include "hub/base/buf.h"
#include "hub/engine/engine.h"
#include "peers/firewall.h"

/* null for 0. */
json_t *json_time(int64_t seconds);
/* Groups. */
json_t *json_labels(const char labels[][LABEL_MAX], size_t count);

json_t *instance_facts_json(const struct engine *engine, const struct instance *instance);
/* Adds state, readiness, counts. */
void instance_json_add_live(struct engine *engine, const char *instance_id, json_t *object);
json_t *instance_to_json(struct engine *engine, const struct instance *instance);

json_t *peer_facts_json(const struct engine *engine, const struct instance *instance,
                        const struct peer *peer);
/* Adds figures and what is pending. `failure` is why the last change is not in the kernel yet, NULL
 * when it is. */
void peer_json_add_live(struct engine *engine, const char *instance_id, const char *peer_id,
                        const char *failure, json_t *object);

/* The same as text: members of an object that has begun, the first without a comma before it.
 * `pending` is instance_pending_json() as text. */
void peer_text_add_live(struct engine *engine, const char *instance_id, const char *peer_id,
                        const char *pending, struct buf *out);

/* What an instance's traffic still waits for: [{"step","title","reason","retry_at"}]. */
json_t *instance_pending_json(struct engine *engine, const char *instance_id);

enum { ETAG_MAX = 24 };
const char *etag_format(uint64_t revision, char text[static ETAG_MAX]);
