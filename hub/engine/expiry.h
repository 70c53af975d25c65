/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Peers whose time has come are taken out. The kernel has stopped their traffic by itself then. */
#pragma once

#include "hub/engine/engine.h"

struct expiry;

int expiry_new(struct engine *engine, struct expiry **ret_expiry);
struct expiry *expiry_free(struct expiry *expiry);
/* After any change of peers: looks when the next one expires. */
void expiry_rearm(struct expiry *expiry);
