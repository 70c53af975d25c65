/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The addresses of links: wanted, observed, and the difference applied. */
#pragma once

#include "tunnel/netlink.h"

struct interface_address {
    uint32_t index;       /* of the link */
    struct prefix prefix; /* host bits kept */
};

struct interface_addresses {
    struct interface_address *items;
    size_t count, size;
};

void interface_addresses_done(struct interface_addresses *addresses);
void interface_addresses_add(struct interface_addresses *addresses, uint32_t index,
                             const struct prefix *prefix);
/* All addresses of the namespace that somebody gave, not those that links make for themselves. */
int interface_addresses_read(struct netlink *netlink, struct interface_addresses *ret_addresses);
/* Of the links in `indexes`, takes away what is not wanted and adds what is missing. */
int interface_addresses_apply(struct netlink *netlink, const struct interface_addresses *wanted,
                              const struct interface_addresses *observed, const uint32_t *indexes,
                              size_t index_count, uint32_t *ret_writes);

#define _cleanup_interface_addresses_ __attribute__((cleanup(interface_addresses_done)))
