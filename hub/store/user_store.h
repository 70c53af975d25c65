/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rows of users, the groups they are in, and which peers are theirs. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hub/base/text.h"
#include "hub/store/store.h"

enum { USER_NAME_MAX = 65, USER_EMAIL_MAX = 255, USER_NOTE_MAX = 404, USER_GROUPS_MAX = 16 };

struct user {
    char id[ID_MAX];
    char name[USER_NAME_MAX];
    char email[USER_EMAIL_MAX]; /* "" = none */
    char note[USER_NOTE_MAX];
    char groups[USER_GROUPS_MAX][65]; /* of the user, and so of all of its peers */
    size_t group_count;
    bool enabled;
    int64_t created_at, updated_at;
    uint64_t revision;
};

/* By id, else by name (case does not matter). -ENOENT. */
int user_store_find(struct store *store, const char *id_or_name, struct user *ret_user);
typedef int (*user_each)(const struct user *user, void *data);
/* By name, those after `after` (NULL = from the start), at most `limit` (0 = all). */
int user_store_list(struct store *store, const char *after, unsigned limit, user_each each,
                    void *data);
/* Times and revision are filled in. -EEXIST with the column in *ret_column ("name"). */
int user_store_add(struct store *store, struct user *user, const char **ret_column);
int user_store_update(struct store *store, struct user *user, const char **ret_column);
/* No peer may be the user's any more. */
int user_store_delete(struct store *store, const char *id);

/* The groups of a user; answers how many in *ret_count. */
int user_store_groups(struct store *store, const char *user_id,
                      char ret_groups[static USER_GROUPS_MAX][65], size_t *ret_count);

/* ---- its peers ---- */

int user_store_count_peers(struct store *store, const char *user_id, uint32_t *ret_total,
                           uint32_t *ret_enabled);
/* Of all instances (NULL) or one, in the order they were added, those after `after_row`, at most
 * `limit` (0 = all). */
typedef int (*user_peer_each)(const char *instance_id, const char *peer_id, uint64_t row,
                              void *data);
int user_store_peers(struct store *store, const char *user_id, const char *instance_id,
                     uint64_t after_row, unsigned limit, user_peer_each each, void *data);
/* The instances whose rules of the firewall name the user or one of its groups are those where it
 * has peers, and no more. */
typedef int (*user_instance_each)(const char *instance_id, void *data);
int user_store_instances(struct store *store, const char *user_id, user_instance_each each,
                         void *data);
