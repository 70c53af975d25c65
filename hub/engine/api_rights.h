/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who may do what: the one place where a route, the caller's role and its instances meet. */
#pragma once

#include "hub/engine/api_server.h"

/* False, and a problem (403, 404). An instance that the caller does not see is one that there is
 * none of. */
bool api_rights_check(struct engine *engine, const struct api_request *request,
                      struct problem *problem);
/* The hub's own affairs, or what belongs to others: of a caller with the role of owner. */
bool api_rights_is_owner(const struct api_caller *caller);
/* Root on the hub itself. */
bool api_rights_is_root(const struct api_caller *caller);
