/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A script for RouterOS 7 that makes a router a site peer, and can be run again and again. */
#pragma once

#include "profiles/profile.h"

void routeros_write(const struct profile_facts *facts, struct buf *ret_text);
/* Adds `value` as one quoted word of a RouterOS script: printable ASCII, no '?' (the console's
 * help key, also in pasted text), no '$' that would be a variable. */
void routeros_quote(struct buf *text, const char *value);
