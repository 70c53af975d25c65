/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Live figures of peers that outlive a restart: totals, last handshake, last endpoint. */
#pragma once

#include "hub/base/address.h"
#include "hub/base/text.h"
#include "hub/store/store.h"

struct peer_figures {
    char peer_id[ID_MAX];
    uint64_t received_total, sent_total;
    uint64_t received_seen, sent_seen; /* counters of the live link at the last reading */
    int64_t last_handshake;
    int64_t connected_since;  /* 0 = not connected */
    struct endpoint endpoint; /* family 0 = never seen */
    uint16_t link;            /* of the peer; read only */
    uint64_t row;             /* the peer's; read only */
};

typedef int (*figures_each)(const struct peer_figures *figures, void *data);
int figure_store_list(struct store *store, const char *instance_id, figures_each each, void *data);
/* Insert or replace. Inside a transaction of the caller's. */
int figure_store_put(struct store *store, const struct peer_figures *figures);
