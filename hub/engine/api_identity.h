/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Admins, sessions and tokens as the API shows them, and what all routes about them share. */
#pragma once

#include "hub/engine/api_change.h"
#include "hub/engine/api_server.h"
#include "hub/engine/identity.h"

json_t *admin_json(const struct admin *admin);
json_t *session_json(const struct identity *identity, const struct session_row *session);
json_t *token_json(const struct identity *identity, const struct token_row *token);
/* Who asks, and what that one may do. */
json_t *caller_json(const struct engine *engine, const struct api_caller *caller);

/* By id or name, or "me". False: answered (404, 500). */
bool api_find_admin(struct engine *engine, struct api_call *call, const struct api_request *request,
                    struct admin *ret_admin);
/* The admin whom the caller is: false and a problem for others, an owner among them. On the hub
 * itself root may be anybody. */
bool api_is_own(const struct api_request *request, const struct admin *admin,
                struct problem *problem);
/* The same, and an owner too. */
bool api_is_own_or_owner(const struct api_request *request, const struct admin *admin,
                         struct problem *problem);

/* "role" and "instances" of a body into rights; complaints for instances that there are none of. */
void api_rights_read(struct engine *engine, const struct api_caller *caller, const json_t *body,
                     struct rights *rights, struct problem *problem);

/* Names what is changed: "admin/ID". */
void api_change_name_plain(struct api_change *change, const char *noun, const char *id,
                           const char *name);
