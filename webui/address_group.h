/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who connects from one address, or from one IPv6 network of length 64, which is one household's.
 */
#pragma once

#include <stddef.h>

#include "hub/base/address.h"

struct address_groups;
struct connection;

struct address_group {
    struct address_group *next;
    struct prefix prefix;
    unsigned connections;
    unsigned in_flight;                 /* requests that the engine has */
    struct connection *oldest, *newest; /* by their last use */
};

struct address_groups *address_groups_new(void);
struct address_groups *address_groups_free(struct address_groups *groups);
/* The group of an address, made when there is none. */
struct address_group *address_groups_of(struct address_groups *groups,
                                        const struct address *address);
/* Forgets it when nobody is in it any more. */
void address_groups_leave(struct address_groups *groups, struct address_group *group);
