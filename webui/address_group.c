/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "webui/address_group.h"

#include <sodium.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "hub/base/text.h"

enum { BUCKETS = 4096, NETWORK_LENGTH6 = 64 };

struct address_groups {
    uint8_t key[crypto_shorthash_KEYBYTES]; /* so that nobody can aim at one bucket */
    struct address_group *buckets[BUCKETS];
};

struct address_groups *address_groups_new(void)
{
    struct address_groups *groups = memory_zero(sizeof(*groups));

    randombytes_buf(groups->key, sizeof(groups->key));
    return groups;
}

struct address_groups *address_groups_free(struct address_groups *groups)
{
    for (size_t i = 0; groups && i < BUCKETS; i++)
        while (groups->buckets[i]) {
            struct address_group *group = groups->buckets[i];

            groups->buckets[i] = group->next;
            free(group);
        }
    free(groups);
    return NULL;
}

static struct address_group **bucket_of(struct address_groups *groups, const struct prefix *prefix)
{
    uint8_t hash[crypto_shorthash_BYTES];

    crypto_shorthash(hash, (const uint8_t *)prefix, sizeof(*prefix), groups->key);
    return &groups->buckets[((unsigned)hash[0] << 8 | hash[1]) % BUCKETS];
}

struct address_group *address_groups_of(struct address_groups *groups,
                                        const struct address *address)
{
    struct prefix prefix = prefix_of_address(address);

    if (address->family == AF_INET6)
        prefix.length = NETWORK_LENGTH6;
    prefix = prefix_network(&prefix);
    struct address_group **bucket = bucket_of(groups, &prefix);
    for (struct address_group *group = *bucket; group; group = group->next)
        if (prefix_equal(&group->prefix, &prefix))
            return group;

    struct address_group *group = memory_zero(sizeof(*group));
    group->prefix = prefix;
    group->next = *bucket;
    *bucket = group;
    return group;
}

void address_groups_leave(struct address_groups *groups, struct address_group *group)
{
    if (group->connections)
        return;
    struct address_group **place = bucket_of(groups, &group->prefix);
    while (*place != group)
        place = &(*place)->next;
    *place = group->next;
    free(group);
}
