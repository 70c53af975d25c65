/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hub's account with an authority, and how the last order ended: one row, its key sealed. */
#pragma once

#include <stdint.h>

#include "hub/store/store.h"

enum { ACME_KEY_MAX = 1024 };

struct acme_row {
    char key[ACME_KEY_MAX]; /* PEM; "" = none was made yet */
    char directory[256];    /* where it is registered; "" = nowhere */
    char contact[128];
    uint32_t failures; /* one after the other */
    char words[400];   /* of the last one */
    int64_t tried_at;  /* 0 = never */
    int64_t next_at;   /* not before; 0 = at any time */
};
void acme_row_done(struct acme_row *row); /* wipes */

int acme_store_get(struct store *store, struct acme_row *ret_row); /* -ENOENT: none yet */
int acme_store_put(struct store *store, const struct acme_row *row);
