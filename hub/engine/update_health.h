/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is what is on trial healthy? */
#pragma once

#include "hub/engine/engine.h"
#include "hub/engine/update_record.h"

/* True when it is, and who was connected has been again `since` then; else what it waits for. */
bool update_is_healthy(struct engine *engine, const struct update_record *record, int64_t since,
                       char *waiting_for, size_t size);
/* Adds those that are connected now. */
void update_note_connected(struct engine *engine, struct update_record *record);
