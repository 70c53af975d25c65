/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/engine/api_identity.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "hub/base/text.h"
#include "hub/engine/api_json.h"
#include "hub/engine/api_rights.h"

/* ---- as JSON ---- */

static json_t *instances_json(const struct rights *rights)
{
    if (!rights->limited)
        return json_null();
    json_t *list = json_array();
    for (size_t i = 0; i < rights->instance_count; i++)
        json_array_append_new(list, json_string(rights->instances[i]));
    return list;
}

json_t *admin_json(const struct admin *admin)
{
    return json_pack("{s:s,s:s,s:s,s:o,s:b,s:b,s:I,s:I,s:o,s:o,s:o}", "id", admin->id, "name",
                     admin->name, "role", api_role_name((enum api_role)admin->rights.role),
                     "instances", instances_json(&admin->rights), "enabled", admin->enabled, "totp",
                     admin->has_totp, "passkeys", (json_int_t)admin->passkeys, "recovery_codes",
                     (json_int_t)admin->recovery_codes, "last_sign_in",
                     json_time(admin->last_sign_in), "created_at", json_time(admin->created_at),
                     "updated_at", json_time(admin->updated_at));
}

static const char *admin_name(const struct identity *identity, const char *id)
{
    const struct admin *admin = identity_admin(identity, id);

    return admin ? admin->name : NULL;
}

json_t *session_json(const struct identity *identity, const struct session_row *session)
{
    return json_pack("{s:s,s:s,s:s?,s:s,s:s,s:o,s:o,s:o,s:o}", "id", session->id, "admin_id",
                     session->admin_id, "admin", admin_name(identity, session->admin_id), "from",
                     session->from, "method", session->method, "created_at",
                     json_time(session->created_at), "last_used_at",
                     json_time(session->last_used_at), "ends_at", json_time(session->ends_at),
                     "idle_ends_at", json_time(identity_idle_end(identity, session)));
}

static json_t *sources_json(const struct token_row *token)
{
    json_t *list = json_array();
    char text[PREFIX_TEXT_MAX];

    for (size_t i = 0; i < token->source_count; i++)
        json_array_append_new(list, json_string(prefix_format(&token->sources[i], text)));
    return list;
}

json_t *token_json(const struct identity *identity, const struct token_row *token)
{
    return json_pack("{s:s,s:s,s:s,s:s?,s:s,s:o,s:o,s:o,s:o,s:o,s:s?}", "id", token->id, "name",
                     token->name, "admin_id", token->admin_id, "admin",
                     admin_name(identity, token->admin_id), "role",
                     api_role_name((enum api_role)token->rights.role), "instances",
                     instances_json(&token->rights), "sources", sources_json(token), "expires_at",
                     json_time(token->expires_at), "created_at", json_time(token->created_at),
                     "last_used_at", json_time(token->last_used_at), "last_used_from",
                     *token->last_used_from ? token->last_used_from : NULL);
}

static json_t *caller_instances_json(const struct api_caller *caller)
{
    json_t *list = caller->limited ? json_array() : json_null();

    for (size_t i = 0; i < caller->instance_count; i++)
        json_array_append_new(list, json_string(caller->instances[i]));
    return list;
}

json_t *caller_json(const struct engine *engine, const struct api_caller *caller)
{
    const struct identity *identity = engine->identity;
    const struct admin *admin = identity_admin(identity, caller->admin_id);
    const struct session_row *session =
        *caller->session_id ? identity_session(identity, caller->session_id) : NULL;
    const struct token_row *token =
        *caller->token_id ? identity_token(identity, caller->token_id) : NULL;

    return json_pack("{s:s,s:s,s:b,s:o,s:s,s:b,s:o,s:o,s:o}", "who", caller->who, "role",
                     api_role_name(caller->role), "limited", caller->limited, "instances",
                     caller_instances_json(caller), "from", caller->from, "fresh",
                     api_caller_is_fresh(engine, caller), "admin",
                     admin ? admin_json(admin) : json_null(), "session",
                     session ? session_json(identity, session) : json_null(), "token",
                     token ? token_json(identity, token) : json_null());
}

/* ---- what stands before ---- */

bool api_find_admin(struct engine *engine, struct api_call *call, const struct api_request *request,
                    struct admin *ret_admin)
{
    const char *name = request->parameters[0];
    bool me = text_equal(name, "me");
    int r = me && !*request->caller->admin_id
                ? -ENOENT
                : admin_store_find(engine->store, me ? request->caller->admin_id : name, ret_admin);

    return r == 0 || api_answer_not_found(engine, call, r, "admin", name);
}

bool api_is_own(const struct api_request *request, const struct admin *admin,
                struct problem *problem)
{
    if (text_equal(request->caller->admin_id, admin->id) || api_rights_is_root(request->caller))
        return true;
    problem_set(problem, 403, "forbidden", "this is for admin %s alone", admin->name);
    return false;
}

bool api_is_own_or_owner(const struct api_request *request, const struct admin *admin,
                         struct problem *problem)
{
    if (text_equal(request->caller->admin_id, admin->id) || api_rights_is_owner(request->caller))
        return true;
    problem_set(problem, 403, "forbidden", "this is for admin %s and for owners", admin->name);
    return false;
}

/* ---- rights ---- */

static void read_instance(struct engine *engine, const struct api_caller *caller, const char *name,
                          size_t index, struct rights *rights, struct problem *problem)
{
    _cleanup_instance_ struct instance instance = {};
    char field[40];
    int r = instance_store_find(engine->store, name, &instance);

    snprintf(field, sizeof(field), "instances[%zu]", index);
    if (r < 0 && r != -ENOENT)
        api_store_problem(engine, r, problem);
    else if (r < 0 || !api_caller_sees(caller, instance.id))
        problem_add_field(problem, field, "there is no such instance", NULL);
    else if (!rights_see(rights, instance.id))
        memcpy(rights->instances[rights->instance_count++], instance.id, ID_MAX);
}

static void read_instances(struct engine *engine, const struct api_caller *caller,
                           const json_t *list, struct rights *rights, struct problem *problem)
{
    size_t index;
    json_t *name;

    rights->limited = !json_is_null(list);
    rights->instance_count = 0;
    json_array_foreach((json_t *)list, index, name)
        read_instance(engine, caller, json_string_value(name), index, rights, problem);
}

void api_rights_read(struct engine *engine, const struct api_caller *caller, const json_t *body,
                     struct rights *rights, struct problem *problem)
{
    const char *name = json_string_value(json_object_get(body, "role"));
    const json_t *list = json_object_get(body, "instances");
    enum api_role role;

    if (name && api_role_parse(name, &role) == 0)
        rights->role = (uint8_t)role;
    if (list)
        read_instances(engine, caller, list, rights, problem);
}

void api_change_name_plain(struct api_change *change, const char *noun, const char *id,
                           const char *name)
{
    snprintf(change->object, sizeof(change->object), "%s/%s", noun, id);
    snprintf(change->name, sizeof(change->name), "%s", name);
    change->is_plain = true;
}
