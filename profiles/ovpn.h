/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One file for OpenVPN 2.5 and newer, OpenVPN Connect (OpenVPN 3) and NetworkManager, with all keys
 * in it. Addresses, routes and name servers are not: the server says them at each connect, so that
 * the file stays good whatever changes there.
 */
#pragma once

#include "profiles/profile.h"

void ovpn_write(const struct profile_facts *facts, struct buf *ret_text);
