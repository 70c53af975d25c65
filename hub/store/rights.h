/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an admin or a token may do, and on which instances. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hub/base/text.h"
#include "hub/store/store.h"

enum { RIGHTS_INSTANCES_MAX = 64 };

struct rights {
    uint8_t role; /* enum api_role */
    bool limited; /* to these instances; none of the hub's own affairs */
    size_t instance_count;
    char instances[RIGHTS_INSTANCES_MAX][ID_MAX];
};

bool rights_see(const struct rights *rights, const char *instance_id);
/* What both allow. */
void rights_meet(const struct rights *a, const struct rights *b, struct rights *ret_rights);

/* The lists of instances; the rest is in the holder's own row. */
enum rights_holder { RIGHTS_OF_ADMIN, RIGHTS_OF_TOKEN };
int rights_store_get(struct store *store, enum rights_holder holder, const char *id,
                     struct rights *rights);
int rights_store_put(struct store *store, enum rights_holder holder, const char *id,
                     const struct rights *rights);
