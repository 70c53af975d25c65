/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The groups that peers are in by themselves. Inside of peer_store's own calls. */
#pragma once

#include "hub/store/peer_store.h"

enum label_kind { LABEL_GROUP = 1 }; /* kept in the database; 0 was a user, before there were any */

int peer_label_list(struct store *store, struct peer *peer);
int peer_label_put(struct store *store, const struct peer *peer);

/* The peers of the instance that are in the group, by themselves or by their user. */
typedef int (*peer_label_each)(const char *peer_id, void *data);
int peer_label_holders(struct store *store, const char *instance_id, const char *label,
                       peer_label_each each, void *data);
