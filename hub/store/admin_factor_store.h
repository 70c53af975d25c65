/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an admin shows beside the password: the authenticator app's secret, recovery codes,
 * passkeys. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hub/base/text.h"
#include "hub/base/token.h"
#include "hub/store/store.h"

enum { TOTP_ROW_SECRET_SIZE = 20 };

struct totp_row {
    uint8_t secret[TOTP_ROW_SECRET_SIZE]; /* sealed in the row */
    bool confirmed;
    uint64_t step; /* of the newest code that was used */
};

/* -ENOENT. */
int totp_store_get(struct store *store, const char *admin_id, struct totp_row *ret_row);
/* In the place of the one before. */
int totp_store_put(struct store *store, const char *admin_id, const struct totp_row *row);
/* The recovery codes go with it. -ENOENT. */
int totp_store_delete(struct store *store, const char *admin_id);

/* In the place of those before. */
int recovery_code_store_put(struct store *store, const char *admin_id,
                            const struct token_hash *hashes, size_t count);
/* Takes it out: once. -ENOENT. */
int recovery_code_store_use(struct store *store, const char *admin_id,
                            const struct token_hash *hash);

enum { PASSKEY_ROW_CREDENTIAL_MAX = 1023, PASSKEY_ROW_KEY_MAX = 1024, PASSKEY_ROW_NAME_SIZE = 164 };

struct passkey_row {
    char id[ID_MAX], admin_id[ID_MAX];
    char name[PASSKEY_ROW_NAME_SIZE];
    uint8_t credential[PASSKEY_ROW_CREDENTIAL_MAX];
    size_t credential_size;
    uint8_t public_key[PASSKEY_ROW_KEY_MAX];
    size_t public_key_size;
    uint32_t counter;
    int64_t created_at, last_used_at; /* 0 = never */
};

typedef int (*passkey_each)(const struct passkey_row *row, void *data);

int passkey_store_list(struct store *store, const char *admin_id, passkey_each each, void *data);
/* By the id that the device gave it; by ours, of this admin. -ENOENT. */
int passkey_store_find(struct store *store, const uint8_t *credential, size_t size,
                       struct passkey_row *ret_row);
int passkey_store_get(struct store *store, const char *admin_id, const char *id,
                      struct passkey_row *ret_row);
/* -EEXIST: it is known already. */
int passkey_store_add(struct store *store, const struct passkey_row *row);
int passkey_store_note_use(struct store *store, const char *id, uint32_t counter, int64_t at);
int passkey_store_delete(struct store *store, const char *id);
