/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One question over plain HTTP. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "hub/base/address.h"
#include "hub/base/buf.h"

/* Port 80 of an IPv4 address, from a port that root alone can have if that is asked for. Blocks;
 * answers -errno, or 0 with what came until the end, `max` bytes at most. */
int box_ask(const struct address *address, bool reserved_port, const char *request, size_t max,
            struct buf *ret_answer);
