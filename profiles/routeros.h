/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A script for RouterOS 7 that makes a router a site peer, over WireGuard or OpenVPN, and can be
 * run again and again. */
#pragma once

#include "profiles/profile.h"

void routeros_write(const struct profile_facts *facts, struct buf *ret_text);
