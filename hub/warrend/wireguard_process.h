/* SPDX-License-Identifier: GPL-2.0-or-later */
/* wireguard-go, one per instance and link (its number), where the kernel has no WireGuard. It is
 * opened without an order and answers VERB_WIREGUARD_OPENED. */
#pragma once

#include "hub/warrend/tenant_process.h"

extern const struct tenant_kind wireguard_process_kind;
