/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/engine/api_caller.h"
#include "hub/engine/identity.h"

static int refuse(struct problem *problem, int status, const char *type, const char *detail)
{
    problem_set(problem, status, type, "%s", detail);
    return -EACCES;
}

static void take_rights(const struct rights *rights, struct api_caller *caller)
{
    caller->role = (enum api_role)rights->role;
    caller->limited = rights->limited;
    caller->instance_count = rights->limited ? rights->instance_count : 0;
    free(caller->instances);
    caller->instances = NULL;
    if (caller->instance_count) {
        caller->instances = memory_zero(caller->instance_count * ID_MAX);
        memcpy(caller->instances, rights->instances, caller->instance_count * ID_MAX);
    }
}

static void take_session(const struct identity *identity, const struct session_row *session,
                         struct api_caller *caller)
{
    const struct admin *admin = identity_admin(identity, session->admin_id);

    take_rights(&admin->rights, caller);
    snprintf(caller->who, sizeof(caller->who), "admin %s", admin->name);
    memcpy(caller->admin_id, admin->id, ID_MAX);
    memcpy(caller->session_id, session->id, ID_MAX);
}

/* What both the token and its admin may do. */
static void take_token(const struct identity *identity, const struct token_row *token,
                       struct api_caller *caller)
{
    const struct admin *admin = identity_admin(identity, token->admin_id);
    struct rights rights;

    rights_meet(&token->rights, &admin->rights, &rights);
    take_rights(&rights, caller);
    snprintf(caller->who, sizeof(caller->who), "token %s of %s", token->name, admin->name);
    memcpy(caller->admin_id, admin->id, ID_MAX);
    memcpy(caller->token_id, token->id, ID_MAX);
}

static bool may_come_from(const struct token_row *token, const struct address *from)
{
    if (token->source_count == 0)
        return true;
    if (!from || !from->family)
        return false;
    struct prefix host = prefix_of_address(from);
    for (size_t i = 0; i < token->source_count; i++)
        if (prefix_contains(&token->sources[i], &host))
            return true;
    return false;
}

static int find_session(struct engine *engine, const struct web_credential *credential,
                        struct api_caller *caller, struct problem *problem)
{
    struct token token;
    struct token_hash hash;

    memcpy(token.bytes, credential->session, sizeof(token.bytes));
    token_hash(&token, &hash);
    token_wipe(&token);
    const struct session_row *session = identity_use_session(engine->identity, &hash);
    if (!session)
        return refuse(problem, 401, "signed-out",
                      "you are signed out: the session ended, or was ended");
    take_session(engine->identity, session, caller);
    return 0;
}

static int find_token(struct engine *engine, const struct web_credential *credential,
                      const struct address *from, struct api_caller *caller,
                      struct problem *problem)
{
    struct token token;
    struct token_hash hash;

    if (api_token_parse(credential->token, &token) < 0)
        return refuse(problem, 401, "token", "this is no token of this hub: they begin with wrn_");
    token_hash(&token, &hash);
    token_wipe(&token);
    const struct token_row *row = identity_find_token(engine->identity, &hash);
    if (!row)
        return refuse(problem, 401, "token",
                      "this token is not known: it may have been deleted, or have expired");
    if (!may_come_from(row, from))
        return refuse(problem, 403, "source", "this token may not be used from here");
    take_token(engine->identity, row, caller);
    identity_note_token(engine->identity, row, caller->from);
    return 0;
}

int api_caller_find(struct engine *engine, const struct web_credential *credential,
                    const struct address *from, struct api_caller *ret_caller,
                    struct problem *ret_problem)
{
    struct api_caller caller = {.role = API_AUDITOR, .from = "unix socket"};
    int r = -EACCES;

    if (from)
        address_format(from, caller.from);
    switch (credential->kind) {
    case WEB_CREDENTIAL_SESSION:
        r = find_session(engine, credential, &caller, ret_problem);
        break;
    case WEB_CREDENTIAL_TOKEN:
        r = find_token(engine, credential, from, &caller, ret_problem);
        break;
    case WEB_CREDENTIAL_NONE:
    case WEB_CREDENTIAL_KIND_COUNT:
        r = refuse(ret_problem, 401, "sign-in", "sign in first");
        break;
    }
    if (r == 0)
        *ret_caller = caller;
    else
        api_caller_done(&caller);
    return r;
}

int api_caller_renew(struct engine *engine, struct api_caller *caller)
{
    const struct identity *identity = engine->identity;
    const struct session_row *session =
        *caller->session_id ? identity_session(identity, caller->session_id) : NULL;
    const struct token_row *token =
        *caller->token_id ? identity_token(identity, caller->token_id) : NULL;
    const struct admin *admin =
        *caller->admin_id ? identity_admin(identity, caller->admin_id) : NULL;

    if (!*caller->admin_id)
        return 0;
    if (!admin || !admin->enabled)
        return -EACCES;
    if (session)
        take_session(identity, session, caller);
    else if (token && !(token->expires_at && clock_seconds() >= token->expires_at))
        take_token(identity, token, caller);
    else
        return -EACCES;
    return 0;
}

bool api_caller_is_fresh(const struct engine *engine, const struct api_caller *caller)
{
    if (!*caller->admin_id)
        return true;
    const struct session_row *session =
        *caller->session_id ? identity_session(engine->identity, caller->session_id) : NULL;
    return session && clock_seconds() - session->created_at < FRESH_SECONDS;
}
