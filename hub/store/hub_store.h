/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hub's own row: what is drawn at random once. */
#pragma once

#include "hub/base/address.h"
#include "hub/store/store.h"

struct hub_row {
    struct prefix ula; /* a random /48 of fd00::/8 (RFC 4193), made with the database */
    int64_t created_at;
};

/* Makes the row when there is none: part of store_open(). */
int hub_store_make(struct store *store);
int hub_store_get(struct store *store, struct hub_row *ret_row);
