/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rows of the firewall's rules and their hits. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hub/base/text.h"
#include "hub/store/store.h"

enum { FIREWALL_ROW_VALUE_MAX = 68, FIREWALL_ROW_PORTS_MAX = 200, FIREWALL_ROW_COMMENT_MAX = 404 };

/* A kind (peers/firewall.h) and a peer's or a user's id, a label or a network. */
struct firewall_row_end {
    uint8_t kind;
    char value[FIREWALL_ROW_VALUE_MAX];
};

struct firewall_row {
    char id[ID_MAX];
    char instance_id[ID_MAX];
    int64_t order; /* grows along the rules, with gaps */
    bool allow;
    bool both;
    uint8_t protocol;
    char ports[FIREWALL_ROW_PORTS_MAX]; /* "80 443 8000-8080" */
    struct firewall_row_end from, to;
    bool expires;
    int64_t expires_at;
    bool enabled;
    char comment[FIREWALL_ROW_COMMENT_MAX];
    int64_t created_at, updated_at;
    uint64_t revision;
    uint64_t hits; /* read along, not written with the row */
};

typedef int (*firewall_each)(const struct firewall_row *row, void *data);

/* -ENOENT. */
int firewall_store_find(struct store *store, const char *instance_id, const char *id,
                        struct firewall_row *ret_row);
/* The rule at a position, from 1 on; -ENOENT. */
int firewall_store_at(struct store *store, const char *instance_id, uint64_t position,
                      struct firewall_row *ret_row);
int firewall_store_position(struct store *store, const struct firewall_row *row,
                            uint64_t *ret_position);
/* In their order, those after `after`, at most `limit` (0 = all). */
int firewall_store_list(struct store *store, const char *instance_id, int64_t after, unsigned limit,
                        firewall_each each, void *data);
/* Those with an end of the kind and value. */
int firewall_store_naming(struct store *store, const char *instance_id, uint8_t kind,
                          const char *value, firewall_each each, void *data);
/* Those with an end of the kind. */
int firewall_store_of_kind(struct store *store, const char *instance_id, uint8_t kind,
                           firewall_each each, void *data);
/* The id of the enabled rule before it, "" = there is none. */
int firewall_store_before(struct store *store, const struct firewall_row *row,
                          char ret_id[static ID_MAX]);
int firewall_store_count(struct store *store, const char *instance_id, uint64_t *ret_count);
/* Those that are enabled and have an end of a kind whose value is an id that nobody has. */
struct firewall_id_kinds {
    uint8_t peer, site, user;
};
int firewall_store_count_of_nobody(struct store *store, const char *instance_id,
                                   const struct firewall_id_kinds *kinds, uint64_t *ret_count);

/* An order that puts a rule at `position` (from 1 on; beyond the last: at the end), whether or not
 * the rule `except_id` (may be NULL) is among the others. May number all rules anew. */
int firewall_store_make_order(struct store *store, const char *instance_id, uint64_t position,
                              const char *except_id, int64_t *ret_order);
/* Times and revision are filled in. */
int firewall_store_add(struct store *store, struct firewall_row *row);
int firewall_store_update(struct store *store, struct firewall_row *row);
int firewall_store_delete(struct store *store, const char *instance_id, const char *id);

/* The kernel counts `seen` now; less than at the last reading: it began anew. */
int firewall_store_put_hits(struct store *store, const char *rule_id, uint64_t seen);
