/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rows of what is expected of the firewall, whatever its rules become. */
#pragma once

#include "hub/store/firewall_store.h"

struct firewall_check_row {
    char id[ID_MAX];
    char instance_id[ID_MAX];
    bool allow;
    uint8_t protocol;
    uint16_t port; /* 0 = none */
    struct firewall_row_end from, to;
    int64_t created_at;
};

typedef int (*firewall_check_each)(const struct firewall_check_row *row, void *data);

int firewall_check_store_find(struct store *store, const char *instance_id, const char *id,
                              struct firewall_check_row *ret_row);
int firewall_check_store_list(struct store *store, const char *instance_id,
                              firewall_check_each each, void *data);
int firewall_check_store_count(struct store *store, const char *instance_id, uint64_t *ret_count);
/* created_at is filled in. */
int firewall_check_store_add(struct store *store, struct firewall_check_row *row);
int firewall_check_store_delete(struct store *store, const char *instance_id, const char *id);
