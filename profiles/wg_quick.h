/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The file that wg-quick and the WireGuard apps read. Kept short, since it also goes into QRs. */
#pragma once

#include "profiles/profile.h"

void wg_quick_write(const struct profile_facts *facts, struct buf *ret_text);
