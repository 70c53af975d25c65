/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rows of admins. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "hub/store/rights.h"

enum { ADMIN_NAME_SIZE = 41, PASSWORD_HASH_SIZE = 128 };

struct admin {
    char id[ID_MAX];
    char name[ADMIN_NAME_SIZE];
    struct rights rights;
    bool enabled;
    char password[PASSWORD_HASH_SIZE]; /* argon2id, with its parameters; "" = none */
    bool has_totp;                     /* confirmed; the secret: admin_factor_store.h */
    uint32_t passkeys, recovery_codes; /* how many are left */
    int64_t last_sign_in;              /* 0 = never */
    int64_t created_at, updated_at;
    uint64_t revision; /* counts changes: the ETag */
};

/* A non-zero answer of `each` stops and is returned. */
typedef int (*admin_each)(const struct admin *admin, void *data);

/* By id, else by name (case does not matter). -ENOENT. */
int admin_store_find(struct store *store, const char *id_or_name, struct admin *ret_admin);
/* By name, those after `after` (NULL = from the start), at most `limit` (0 = all). */
int admin_store_list(struct store *store, const char *after, unsigned limit, admin_each each,
                     void *data);
/* -EEXIST: the name is taken. Times and revision are filled in. */
int admin_store_add(struct store *store, struct admin *admin);
/* Name, rights, enabled and password; revision + 1, updated_at now (written back). */
int admin_store_update(struct store *store, struct admin *admin);
int admin_store_note_sign_in(struct store *store, const char *id, int64_t at);
/* With sessions, tokens and all else that hangs on it. */
int admin_store_delete(struct store *store, const char *id);
/* Admins who are enabled and have the role `role`. */
int admin_store_count(struct store *store, uint8_t role, uint32_t *ret_count);
