/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Scripts that make a router a site peer over OpenVPN, with user name and password: for RouterOS 7
 * and 6, which have different words for it. IPv4 alone, as RouterOS's OpenVPN client has it. */
#pragma once

#include "profiles/profile.h"

void routeros_openvpn_write(const struct profile_facts *facts, struct buf *ret_text);
void routeros6_write(const struct profile_facts *facts, struct buf *ret_text);
