/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Answers given to requests that carried an Idempotency-Key: kept for a day. */
#pragma once

#include <stdint.h>

#include "hub/store/store.h"

struct kept_answer {
    uint8_t request_hash[32]; /* of method, path and body */
    uint16_t status;
    char *body; /* JSON; owned by the holder */
};

/* `who` and `key` together. -ENOENT. */
int idempotency_store_get(struct store *store, const char *who, const char *key,
                          struct kept_answer *ret_answer);
/* Inside the change's own transaction. Also forgets answers older than a day. */
int idempotency_store_put(struct store *store, const char *who, const char *key,
                          const struct kept_answer *answer);
/* Inside a transaction. */
int idempotency_store_clear(struct store *store);
