/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/engine/api_rights.h"

#include <errno.h>
#include <string.h>

#include "hub/engine/api_change.h"

static bool check_role(const struct api_request *request, struct problem *problem)
{
    const struct api_caller *caller = request->caller;

    if (caller->role >= request->route->role)
        return true;
    problem_set(problem, 403, "forbidden", "%s needs the role %s; %s has the role %s",
                api_method_name(request->route->method), api_role_name(request->route->role),
                caller->who, api_role_name(caller->role));
    return false;
}

/* Only those who are limited cost a look at the store. */
static bool check_instance(struct engine *engine, const struct api_request *request,
                           struct problem *problem)
{
    _cleanup_instance_ struct instance instance = {};
    const char *name = request->parameters[0];
    int r = instance_store_find(engine->store, name, &instance);

    if (r == 0 && api_caller_sees(request->caller, instance.id))
        return true;
    if (r == 0 || r == -ENOENT)
        problem_set(problem, 404, "not-found", "there is no instance \"%.100s\"", name);
    else
        api_store_problem(engine, r, problem);
    return false;
}

static bool check_limits(struct engine *engine, const struct api_request *request,
                         struct problem *problem)
{
    if (!request->caller->limited || request->route->scope == API_SCOPE_HANDLER)
        return true;
    if (strstr(request->route->path, "{instance}"))
        return check_instance(engine, request, problem);
    problem_set(problem, 403, "forbidden",
                "%s may do things with some instances; this is about the whole hub",
                request->caller->who);
    return false;
}

static bool check_fresh(struct engine *engine, const struct api_request *request,
                        struct problem *problem)
{
    if (!request->route->fresh || api_caller_is_fresh(engine, request->caller))
        return true;
    if (*request->caller->token_id)
        problem_set(problem, 403, "person",
                    "this takes a person who is signed in: no token can do it");
    else
        problem_set(problem, 403, "sign-in-again",
                    "this takes a sign-in of a short while ago: sign in again, then do it");
    return false;
}

bool api_rights_check(struct engine *engine, const struct api_request *request,
                      struct problem *problem)
{
    return check_role(request, problem) && check_limits(engine, request, problem) &&
           check_fresh(engine, request, problem);
}

bool api_rights_is_owner(const struct api_caller *caller)
{
    return caller->role == API_OWNER && !caller->limited;
}

bool api_rights_is_root(const struct api_caller *caller)
{
    return !*caller->admin_id && caller->role == API_OWNER;
}
