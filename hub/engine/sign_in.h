/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A session begins: whatever was shown for it, here it is made, written, told and answered. */
#pragma once

#include "hub/engine/api_server.h"
#include "hub/store/admin_store.h"

/* What else is done in the same transaction: 0 or -errno. */
typedef int (*sign_in_also)(struct engine *engine, void *data);

/* Makes the session, with its audit entry, and answers the call with its value (201), or with what
 * went wrong. A session that the call came with ends. `method` as in session_store.h. */
void sign_in(struct engine *engine, struct api_call *call, const struct api_request *request,
             const struct admin *admin, const char *method, sign_in_also also, void *data);
/* The same for an admin whose sessions all ended, and who goes on with a new one: answers nothing,
 * writes within the transaction that there is, and hands the value to the call. */
int sign_in_renew(struct engine *engine, struct api_call *call, const struct api_request *request,
                  const struct admin *admin, const char *method);
