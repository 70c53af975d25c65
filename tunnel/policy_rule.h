/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rules that send what one user's processes say to a routing table of its own, whatever the
 * main one holds. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "tunnel/netlink.h"

enum { POLICY_RULE_PRIORITY = 87 };

struct policy_rule {
    uint32_t user;
    uint32_t table;
};

/* For IPv4 and IPv6: this rule stands and no other of Warren's; `rule` NULL = none at all.
 * *ret_writes grows with each write. */
int policy_rule_apply(struct netlink *netlink, const struct policy_rule *rule,
                      uint32_t *ret_writes);
