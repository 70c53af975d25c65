/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who calls, and what that one may do. */
#pragma once

#include <stdbool.h>

#include "hub/api/route.h"
#include "hub/base/address.h"
#include "hub/base/text.h"
#include "hub/channel/verbs.h"

struct engine;

struct api_caller {
    char who[96]; /* for the audit: "root (uid 0)", "admin anna", "token ci of anna" */
    enum api_role role;
    char from[ADDRESS_TEXT_MAX];                                 /* "unix socket" of the socket */
    char admin_id[ID_MAX], session_id[ID_MAX], token_id[ID_MAX]; /* "" = none */
    bool limited; /* to these instances; none of the hub's own affairs */
    char (*instances)[ID_MAX];
    size_t instance_count;
};

void api_caller_done(struct api_caller *caller);
#define _cleanup_caller_ __attribute__((cleanup(api_caller_done)))
/* Has the caller any business with this instance? */
bool api_caller_sees(const struct api_caller *caller, const char *instance_id);

/* What a request of the web shows who makes it with. */
struct web_credential {
    enum web_credential_kind kind;
    uint8_t session[WEB_SESSION_SIZE];
    char token[WEB_TOKEN_MAX];
};

/* Whose credential it is: 0, or -EACCES and a problem (401, 403). Without a disk. */
int api_caller_find(struct engine *engine, const struct web_credential *credential,
                    const struct address *from, struct api_caller *ret_caller,
                    struct problem *ret_problem);
/* The same caller as things are now, after sessions, tokens or admins were changed: what it may do
 * may be less. -EACCES: it is nobody any more. Of the unix socket: always the same. */
int api_caller_renew(struct engine *engine, struct api_caller *caller);
/* A person who signed in a short while ago, or one on the hub itself: for what must not be done
 * with a session that was left open, or with a token. */
bool api_caller_is_fresh(const struct engine *engine, const struct api_caller *caller);
