/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is remembered of sign-ins: guesses at an account, the addresses it is known from, and the
 * link by which the first owner is made. */
#pragma once

#include <stdint.h>

#include "hub/base/address.h"
#include "hub/base/text.h"
#include "hub/base/token.h"
#include "hub/store/store.h"

struct attempt_row {
    char admin_id[ID_MAX];
    uint32_t failures;
    int64_t failed_at, decayed_at;
};

typedef int (*attempt_each)(const struct attempt_row *row, void *data);
int attempt_store_list(struct store *store, attempt_each each, void *data);
/* Without failures it goes. */
int attempt_store_put(struct store *store, const struct attempt_row *row);

enum { KNOWN_ADDRESSES_MAX = 16 }; /* of an admin; the oldest goes */

/* 0, or -ENOENT. `address` is that of a host, or of its network. */
int known_address_store_find(struct store *store, const char *admin_id, const char *address,
                             int64_t not_before);
int known_address_store_put(struct store *store, const char *admin_id, const char *address,
                            int64_t at);

struct setup_link_row {
    struct token token; /* sealed in the row */
    int64_t ends_at;
};

/* -ENOENT. */
int setup_link_store_get(struct store *store, struct setup_link_row *ret_row);
int setup_link_store_put(struct store *store, const struct setup_link_row *row);
int setup_link_store_delete(struct store *store);
