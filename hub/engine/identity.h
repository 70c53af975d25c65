/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Admins, sessions and API tokens in memory, as the store has them: who calls is found without a
 * disk. When something was used last is written once a minute.
 */
#pragma once

#include "hub/engine/engine.h"
#include "hub/store/admin_store.h"
#include "hub/store/session_store.h"
#include "hub/store/token_store.h"

struct identity;

enum {
    ADMINS_MAX = 500,
    SESSIONS_OF_ADMIN_MAX = 32, /* the oldest ends */
    TOKENS_OF_ADMIN_MAX = 64,
    FRESH_SECONDS = 15 * 60, /* after a sign-in: what others must not do with a session left open */
};

int identity_new(struct engine *engine, struct identity **ret_identity);
struct identity *identity_free(struct identity *identity);

/* Reads all anew: after each commit that changed any of it. What can't be read is nobody's. */
void identity_reload(struct identity *identity);
/* Grows whenever it was read anew: what was found before may no longer hold. */
uint64_t identity_generation(const struct identity *identity);

/* NULL: unknown, ended, expired, or of an admin who is disabled. Notes the use. Borrowed until the
 * next reload. */
const struct session_row *identity_use_session(struct identity *identity,
                                               const struct token_hash *hash);
const struct token_row *identity_find_token(struct identity *identity,
                                            const struct token_hash *hash);
void identity_note_token(struct identity *identity, const struct token_row *row, const char *from);

/* By id; NULL = none. Borrowed until the next reload. */
const struct admin *identity_admin(const struct identity *identity, const char *id);
const struct session_row *identity_session(const struct identity *identity, const char *id);
const struct token_row *identity_token(const struct identity *identity, const char *id);
/* The n-th, oldest first; NULL = no more. */
const struct session_row *identity_session_at(const struct identity *identity, size_t index);
const struct token_row *identity_token_at(const struct identity *identity, size_t index);

size_t identity_admin_count(const struct identity *identity);
bool identity_has_owner(const struct identity *identity);
/* When an unused session ends. */
int64_t identity_idle_end(const struct identity *identity, const struct session_row *session);
