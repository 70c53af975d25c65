/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Taking an instance's namespace down: its worker, its wireguard-go, then the namespace, which a
 * child removes so that the loop is not held up. */
#pragma once

#include "hub/warrend/engine_process.h"

/* Acknowledges when nothing is left, or with what went wrong. */
void net_close(struct supervisor *supervisor, const char *id, const struct engine_request *request);
