/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Host numbers: which are used, which rest, which comes next. */
#pragma once

#include <stdint.h>

#include "hub/store/store.h"

/* A peer with this number was added: counts it, and the number rests no more. */
int peer_host_take(struct store *store, const char *instance_id, uint64_t host);
/* Its peer is gone: the number rests from now. */
int peer_host_release(struct store *store, const char *instance_id, uint64_t host);
