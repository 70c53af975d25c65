/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rows of sessions. The engine has all of them in memory, too. */
#pragma once

#include <stdint.h>

#include "hub/base/address.h"
#include "hub/base/text.h"
#include "hub/base/token.h"
#include "hub/store/store.h"

enum { SESSION_METHOD_SIZE = 24 };

struct session_row {
    char id[ID_MAX], admin_id[ID_MAX];
    struct token_hash hash;
    char from[ADDRESS_TEXT_MAX];
    char method[SESSION_METHOD_SIZE]; /* "password", "password+totp", "password+recovery",
                                         "passkey", "setup" */
    int64_t created_at, last_used_at, ends_at;
};

typedef int (*session_each)(const struct session_row *row, void *data);

int session_store_list(struct store *store, session_each each, void *data);
int session_store_add(struct store *store, const struct session_row *row);
int session_store_note_use(struct store *store, const char *id, int64_t at);
/* -ENOENT. */
int session_store_delete(struct store *store, const char *id);
/* All of an admin's but one (may be ""). */
int session_store_delete_others(struct store *store, const char *admin_id, const char *kept_id);
/* All of everybody's, and the links for setting up, of a state that is restored: what was ended
 * since must not come back. In a transaction. */
int session_store_clear(struct store *store);
