/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An instance, and a peer of it, that a query names: fields like others, which are refused by their
 * names. */
#pragma once

#include "hub/engine/api_server.h"

/* What is not named stays as it is. False: answered (422, 500). */
bool api_place_read(struct engine *engine, struct api_call *call, const struct api_request *request,
                    struct instance *ret_instance, struct peer *ret_peer);
