/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tokens for programs: each belongs to an admin, may do no more than that one, and ends with it. */
#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "hub/engine/api_handlers.h"
#include "hub/engine/api_identity.h"
#include "hub/engine/api_rights.h"
#include "hub/engine/event_log.h"

#define LIFETIME_DEFAULT (90 * INT64_C(86400))

static bool may_see(const struct api_caller *caller, const struct token_row *token)
{
    return api_rights_is_owner(caller) || text_equal(caller->admin_id, token->admin_id);
}

void api_token_list(struct engine *engine, struct api_call *call, const struct api_request *request)
{
    json_t *items = json_array();
    const struct token_row *token;

    for (size_t i = 0; (token = identity_token_at(engine->identity, i)); i++)
        if (may_see(request->caller, token))
            json_array_append_new(items, token_json(engine->identity, token));
    api_answer(call, 200, NULL, json_pack("{s:o,s:n}", "items", items, "next"));
}

/* ---- add ---- */

/* The caller; on the hub itself whom the body names. */
static const struct admin *find_holder(struct engine *engine, const struct api_request *request,
                                       struct problem *problem)
{
    const char *name = json_string_value(json_object_get(request->body, "admin"));
    struct admin admin;

    if (*request->caller->admin_id) {
        const struct admin *own = identity_admin(engine->identity, request->caller->admin_id);
        if (name && !text_equal(name, "me") && !text_equal(name, own->id) &&
            strcasecmp(name, own->name) != 0)
            problem_add_field(problem, "admin", "tokens are made for oneself", own->name);
        return own;
    }
    if (!api_rights_is_root(request->caller))
        problem_set(problem, 403, "forbidden", "this takes root, or an admin who is signed in");
    else if (!name)
        problem_add_field(problem, "admin", "is missing: a token belongs to an admin", NULL);
    else if (admin_store_find(engine->store, name, &admin) < 0)
        problem_add_field(problem, "admin", "there is no such admin", NULL);
    else
        return identity_admin(engine->identity, admin.id);
    return NULL;
}

static void read_sources(const json_t *list, struct token_row *row, struct problem *problem)
{
    char field[32], would[PREFIX_TEXT_MAX];
    size_t index;
    json_t *text;

    json_array_foreach((json_t *)list, index, text)
    {
        struct prefix *prefix = &row->sources[row->source_count++];
        if (prefix_parse(json_string_value(text), prefix) < 0 || !prefix_has_host_bits(prefix))
            continue;
        struct prefix network = prefix_network(prefix);
        snprintf(field, sizeof(field), "sources[%zu]", index);
        problem_add_field(problem, field, "is not written as its network address",
                          prefix_format(&network, would));
    }
}

static void read_expiry(const json_t *body, struct token_row *row)
{
    const json_t *expires = json_object_get(body, "expires_in");
    int64_t seconds = LIFETIME_DEFAULT;

    if (json_is_null(expires))
        return; /* never */
    if (expires)
        (void)duration_parse(json_string_value(expires), &seconds);
    row->expires_at = row->created_at + seconds;
}

static void read_name(const json_t *body, struct token_row *row, struct problem *problem)
{
    const char *name = json_string_value(json_object_get(body, "name"));
    size_t characters = 0;

    if (!text_is_printable(name, &characters) || characters == 0 ||
        text_copy(row->name, sizeof(row->name), name) < 0)
        problem_add_field(problem, "name", "must be printable text of at most 40 bytes", NULL);
}

/* No more than the holder and the caller. */
static void read_rights(struct engine *engine, const struct api_request *request,
                        const struct admin *holder, struct token_row *row, struct problem *problem)
{
    api_rights_read(engine, request->caller, request->body, &row->rights, problem);
    if (row->rights.role > holder->rights.role || row->rights.role > request->caller->role)
        problem_add_field(problem, "role", "is above that of the token's admin",
                          api_role_name((enum api_role)holder->rights.role));
    for (size_t i = 0; i < row->rights.instance_count; i++)
        if (!rights_see(&holder->rights, row->rights.instances[i]))
            problem_add_field(problem, "instances", "one of them is none of the token's admin",
                              NULL);
    rights_meet(&row->rights, &holder->rights, &row->rights);
}

static void check_room(struct engine *engine, const struct admin *holder, struct problem *problem)
{
    const struct token_row *token;
    size_t count = 0;

    for (size_t i = 0; (token = identity_token_at(engine->identity, i)); i++)
        count += text_equal(token->admin_id, holder->id);
    if (count >= TOKENS_OF_ADMIN_MAX)
        problem_set(problem, 409, "limit", "%s has %zu tokens, as many as can be", holder->name,
                    count);
}

static bool read_token(struct engine *engine, const struct api_request *request,
                       struct token_row *row, struct problem *problem)
{
    const struct admin *holder = find_holder(engine, request, problem);

    row->created_at = clock_seconds();
    id_make(row->id);
    read_name(request->body, row, problem);
    read_expiry(request->body, row);
    read_sources(json_object_get(request->body, "sources"), row, problem);
    if (holder) {
        memcpy(row->admin_id, holder->id, ID_MAX);
        read_rights(engine, request, holder, row, problem);
        check_room(engine, holder, problem);
    }
    return !problem_is_set(problem);
}

void api_token_add(struct engine *engine, struct api_call *call, const struct api_request *request)
{
    _cleanup_problem_ struct problem problem = {};
    _cleanup_(token_wipe) struct token token;
    _cleanup_api_change_ struct api_change change = {
        .engine = engine, .call = call, .request = request, .action = "token.add"};
    struct token_row row = {0};
    char text[API_TOKEN_TEXT_MAX];

    token_make(&token);
    token_hash(&token, &row.hash);
    if (!read_token(engine, request, &row, &problem)) {
        api_answer_problem(call, &problem);
        return;
    }
    api_change_name_plain(&change, "token", row.id, row.name);
    if (!api_change_begin(&change))
        return;
    int r = token_store_add(engine->store, &row);
    if (r < 0) {
        api_change_fail(&change, r, "name");
        return;
    }
    change.after = token_json(engine->identity, &row);
    if (!api_change_commit(&change, 201))
        return;
    identity_reload(engine->identity);
    event_log_add(engine->events, "token.added", NULL, NULL,
                  json_pack("{s:s,s:s}", "token_id", row.id, "admin_id", row.admin_id),
                  "token \"%s\" added by %s", row.name, request->caller->who);
    json_object_set_new(change.after, "token", json_string(api_token_format(&token, text)));
    api_answer(call, 201, NULL, json_incref(change.after));
    sodium_memzero(text, sizeof(text));
}

/* ---- delete ---- */

/* By id; by name of the caller's own. */
/* By its id, or by its name: the caller's own first, else the only one of all that the caller sees.
 * NULL: *ret_count says how many have the name. */
static const struct token_row *find_token(struct engine *engine, const struct api_caller *caller,
                                          const char *id_or_name, size_t *ret_count)
{
    const struct token_row *token = identity_token(engine->identity, id_or_name), *found = NULL;

    *ret_count = 0;
    if (token)
        return may_see(caller, token) ? token : NULL;
    for (size_t i = 0; (token = identity_token_at(engine->identity, i)); i++) {
        if (strcasecmp(token->name, id_or_name) != 0 || !may_see(caller, token))
            continue;
        if (text_equal(token->admin_id, caller->admin_id))
            return token;
        found = token;
        (*ret_count)++;
    }
    return *ret_count == 1 ? found : NULL;
}

void api_token_delete(struct engine *engine, struct api_call *call,
                      const struct api_request *request)
{
    _cleanup_problem_ struct problem problem = {};
    _cleanup_api_change_ struct api_change change = {
        .engine = engine, .call = call, .request = request, .action = "token.delete"};
    size_t count;
    const struct token_row *token =
        find_token(engine, request->caller, request->parameters[0], &count);
    char id[ID_MAX], admin_id[ID_MAX];

    if (!token) {
        if (count > 1)
            problem_set(&problem, 409, "conflict",
                        "%zu tokens are called \"%.60s\": say which by its id", count,
                        request->parameters[0]);
        else
            problem_set(&problem, 404, "not-found", "there is no token \"%.60s\"",
                        request->parameters[0]);
        api_answer_problem(call, &problem);
        return;
    }
    memcpy(id, token->id, ID_MAX);
    memcpy(admin_id, token->admin_id, ID_MAX);
    change.before = token_json(engine->identity, token);
    api_change_name_plain(&change, "token", id, token->name);
    if (!api_change_begin(&change))
        return;
    int r = token_store_delete(engine->store, id);
    if (r < 0 && r != -ENOENT) {
        api_change_fail(&change, r, NULL);
        return;
    }
    if (!api_change_commit(&change, 200))
        return;
    identity_reload(engine->identity);
    event_log_add(engine->events, "token.deleted", NULL, NULL,
                  json_pack("{s:s,s:s}", "token_id", id, "admin_id", admin_id),
                  "token \"%s\" deleted by %s", change.name, request->caller->who);
    json_object_set_new(change.before, "deleted", json_true());
    api_answer(call, 200, NULL, json_incref(change.before));
}
