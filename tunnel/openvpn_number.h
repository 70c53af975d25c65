/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers and the like as OpenVPN writes them. All take NULL, for what is not there. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "hub/base/address.h"

/* Decimal digits alone. 0 or -EBADMSG. */
int openvpn_number(const char *text, uint64_t maximum, uint64_t *ret_number);
/* "24" or "255.255.255.0", for an address of this family. 0 or -EBADMSG. */
int openvpn_prefix_length(const char *text, const struct address *address, uint8_t *ret_length);
/* "aa:bb:cc", lower or upper case: how many bytes, -EBADMSG for none, for more than `size` and for
 * anything else. */
int openvpn_hex(const char *text, uint8_t *ret_bytes, size_t size);
/* "192.0.2.1:1194" or "2001:db8::1", whose port is not told. 0 or -EBADMSG. */
int openvpn_real_address(const char *text, struct endpoint *ret_endpoint);
