/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rows of API tokens. The engine has all of them in memory, too. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "hub/base/address.h"
#include "hub/base/token.h"
#include "hub/store/rights.h"

enum { TOKEN_NAME_SIZE = 41, TOKEN_SOURCES_MAX = 16 };

struct token_row {
    char id[ID_MAX], admin_id[ID_MAX];
    char name[TOKEN_NAME_SIZE];
    struct token_hash hash;
    struct rights rights;
    struct prefix sources[TOKEN_SOURCES_MAX]; /* networks it may be used from */
    size_t source_count;                      /* 0 = any */
    int64_t expires_at;                       /* 0 = never */
    int64_t created_at;
    int64_t last_used_at; /* 0 = never */
    char last_used_from[ADDRESS_TEXT_MAX];
};

typedef int (*token_each)(const struct token_row *row, void *data);

int token_store_list(struct store *store, token_each each, void *data);
/* -EEXIST: the admin has one of this name. */
int token_store_add(struct store *store, const struct token_row *row);
int token_store_note_use(struct store *store, const char *id, int64_t at, const char *from);
/* -ENOENT. */
int token_store_delete(struct store *store, const char *id);
