/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a backup says of itself, first of all that is in it. */
#pragma once

#include "hub/backup/backup_head.h"
#include "hub/base/buf.h"
#include "hub/engine/engine.h"

#define BACKUP_MANIFEST "manifest.json"
enum { BACKUP_MANIFEST_MAX = 64 * 1024 };

/* A new text. */
char *backup_manifest_text(const struct engine *engine, int64_t created_at);
/* The configuration as the file has it, or as it is in force where that has errors. */
void backup_manifest_config(const struct engine *engine, struct buf *ret_text);

/* A new reference; NULL and a reason when it is none, or of a newer program. */
json_t *backup_manifest_parse(const char *text, size_t size, uint32_t schema_version,
                              char reason[static BACKUP_REASON_MAX]);
