/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the scripts for RouterOS have in common. Everything that one makes carries the comment
 * "warren:<instance id>:<peer id>" ($wrTag), the link's name is in $wrLink.
 */
#pragma once

#include "profiles/profile.h"

/* Adds `value` as one quoted word of a RouterOS script: printable ASCII, no '?' (the console's
 * help key, also in pasted text), no '$' that would be a variable. */
void routeros_quote(struct buf *text, const char *value);
/* Into a comment, where nothing can be escaped. */
void routeros_add_remark(struct buf *text, const char *value);
void routeros_add_setting(struct buf *text, const char *name,
                          const char *value); /* " name=value" */

/* RouterOS keeps IPv4 and IPv6 apart, with the same words below. */
struct routeros_family {
    uint8_t family;
    const char *menu;
    const char *address_extra;
    const char *ping;
};
enum { ROUTEROS_FAMILIES = 2 };
extern const struct routeros_family routeros_families[ROUTEROS_FAMILIES]; /* IPv4, then IPv6 */

/* Routes to all that is allowed but a default route; takes away what is no longer. */
void routeros_add_routes(struct buf *text, const struct profile_facts *facts,
                         const struct routeros_family *family);
/* Ping to the router, and all to and from what is behind it: the hub says what comes at all. */
void routeros_add_firewall(struct buf *text, const struct routeros_family *family);
/* In comments, how to take it away again: what was made in these menus. */
void routeros_add_tail(struct buf *text, const struct profile_facts *facts,
                       const char *const *menus, size_t count);
