/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rows of one-time links. They outlive their peer: who opens one is told what became of it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "hub/base/key.h"
#include "hub/base/text.h"
#include "hub/store/store.h"

enum { LINK_HASH_SIZE = 32, LINK_MADE_BY_MAX = 96 };

struct one_time_link {
    char id[ID_MAX];
    uint8_t token_hash[LINK_HASH_SIZE];
    bool has_pin;
    uint8_t pin_hash[LINK_HASH_SIZE];
    char instance_id[ID_MAX];
    char peer_id[ID_MAX];
    struct key identity; /* the peer's public_key when the link was made */
    bool direct;         /* its file is to be had without opening it */
    uint32_t uses, used;
    uint32_t wrong_pins;
    uint32_t refusals; /* that the audit tells of */
    char made_by[LINK_MADE_BY_MAX];
    int64_t created_at, expires_at;
    int64_t opened_at;  /* last; 0 = never */
    uint32_t downloads; /* since then */
};

int one_time_link_find(struct store *store, const char *id, struct one_time_link *ret_link);
int one_time_link_find_hash(struct store *store, const uint8_t hash[static LINK_HASH_SIZE],
                            struct one_time_link *ret_link);
typedef int (*one_time_link_each)(const struct one_time_link *link, void *data);
/* Newest first, those made before `before` (and, made in the same second, with a lower id); NULL =
 * from the newest. */
int one_time_link_list(struct store *store, const struct one_time_link *before,
                       one_time_link_each each, void *data);
/* Those of a peer that can still be opened. */
int one_time_link_count_open(struct store *store, const char *peer_id, int64_t now,
                             uint32_t *ret_count);
int one_time_link_add(struct store *store, const struct one_time_link *link);
/* What opening it changes: used, wrong_pins, refusals, opened_at, downloads. */
int one_time_link_update(struct store *store, const struct one_time_link *link);
int one_time_link_delete(struct store *store, const char *id);
/* Those of a peer that are in a QR code. */
int one_time_link_delete_direct(struct store *store, const char *peer_id);
/* Those whose time was over before `before`. */
int one_time_link_purge(struct store *store, int64_t before);
