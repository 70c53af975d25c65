/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the tenants' flows to the internet come from on the hub's addresses: nothing listens there.
 * Macros, as they become text of rules. */
#pragma once

#define UPLINK_PORT_FIRST 10000
#define UPLINK_PORT_LAST 19999
