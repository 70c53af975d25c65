/* SPDX-License-Identifier: GPL-2.0-or-later */
/* OpenVPN's servers, up to three per instance, in its namespace. Opened with a struct verb_openvpn
 * as the order; answers VERB_OPENVPN_OPENED. The number is the server's. */
#pragma once

#include "hub/warrend/tenant_process.h"

extern const struct tenant_kind openvpn_process_kind;
