/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A subnet behind a site: "192.168.88.0/24", or "192.168.88.0/24=10.88.1.0/24", which others see as
 * the second while the site's own router and LAN know the first alone. Pure.
 */
#pragma once

#include "peers/rules.h"

struct subnet {
    struct prefix real;   /* on the site's own LAN */
    struct prefix mapped; /* as others see it: the same where it is not mapped */
};

enum { SUBNET_TEXT_MAX = 2 * PREFIX_TEXT_MAX };

/* -EINVAL. Host bits are kept. */
int subnet_parse(const char *text, struct subnet *ret_subnet);
const char *subnet_format(const struct subnet *subnet, char text[static SUBNET_TEXT_MAX]);
bool subnet_is_mapped(const struct subnet *subnet);

/* What others see of what is both in `network` and, on the LAN, in `real`. False: nothing is. */
bool subnet_seen(const struct subnet *subnet, const struct prefix *network,
                 struct prefix *ret_seen);

/* What others see obeys rule_subnet(); the real prefix is of the same family and length, and may be
 * any but those that no site has, the tunnel network and the hub's own address. */
bool rule_mapped_subnet(const struct subnet *subnet, const struct subnet_context *context,
                        struct complaint *ret_complaint);

/* A prefix that `real` may be mapped to: the first private one of its length that overlaps nothing
 * of `taken`. False: there is none. */
bool subnet_offer(const struct prefix *real, const struct prefix_set *taken,
                  struct prefix *ret_mapped);
