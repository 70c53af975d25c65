/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whom the web shows itself as: one row, its key sealed. */
#pragma once

#include <stdint.h>

#include "hub/store/store.h"

enum { TLS_CHAIN_MAX = 32 * 1024, TLS_KEY_MAX = 4096 };

enum tls_source { TLS_SELF_SIGNED, TLS_IMPORTED, TLS_ACME, TLS_SOURCE_COUNT };

struct tls_row {
    enum tls_source source;
    char chain[TLS_CHAIN_MAX]; /* PEM, its own certificate first */
    char key[TLS_KEY_MAX];     /* PEM */
    int64_t updated_at;
};
void tls_row_done(struct tls_row *row); /* wipes */
#define _cleanup_tls_row_ __attribute__((cleanup(tls_row_done)))

int tls_store_get(struct store *store, struct tls_row *ret_row); /* -ENOENT: none yet */
int tls_store_put(struct store *store, const struct tls_row *row);
