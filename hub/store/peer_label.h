/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What peers are called by: their user, the groups they are in. Inside of peer_store's own calls.
 */
#pragma once

#include "hub/store/peer_store.h"

enum label_kind { LABEL_USER, LABEL_GROUP }; /* kept in the database: never renumbered */

int peer_label_list(struct store *store, struct peer *peer);
int peer_label_put(struct store *store, const struct peer *peer);

/* The peers of the instance that have the label. */
typedef int (*peer_label_each)(const char *peer_id, void *data);
int peer_label_holders(struct store *store, const char *instance_id, enum label_kind kind,
                       const char *label, peer_label_each each, void *data);
