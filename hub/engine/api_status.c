/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <cap-ng.h>
#include <errno.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "hub/channel/verbs.h"
#include "hub/engine/api_change.h"
#include "hub/engine/api_handlers.h"
#include "hub/engine/api_json.h"
#include "hub/engine/api_rights.h"
#include "hub/engine/api_tls.h"
#include "hub/engine/backups.h"
#include "hub/engine/identity.h"
#include "hub/engine/runtime.h"
#include "hub/engine/setup_link.h"
#include "hub/engine/web_door.h"
#include "hub/engine/web_tls.h"

/* ---- roles ---- */

static json_t *capabilities_json(uint64_t capabilities)
{
    json_t *list = json_array();
    for (unsigned number = 0; number < 64; number++) {
        const char *name = capabilities >> number & 1 ? capng_capability_to_name(number) : NULL;
        if (name)
            json_array_append_new(list, json_sprintf("cap_%s", name));
        else if (capabilities >> number & 1)
            json_array_append_new(list, json_sprintf("cap_%u", number));
    }
    return list;
}

static json_t *sandbox_json(const struct role_view *role)
{
    char text[200];
    const struct sandbox_state *state = &role->sandbox;
    if (!role->has_sandbox)
        return json_null();
    sandbox_describe(state, text, sizeof text);
    return json_pack("{s:s,s:I,s:I,s:o,s:b,s:b,s:i}", "text", text, "uid", (json_int_t)state->uid,
                     "gid", (json_int_t)state->gid, "capabilities",
                     capabilities_json(state->capabilities), "no_new_privs", state->no_new_privs,
                     "seccomp", state->seccomp != 0, "landlock_abi", state->landlock_abi);
}

static json_t *instance_name_json(struct engine *engine, const char *id)
{
    _cleanup_instance_ struct instance instance = {};
    if (!*id || instance_store_find(engine->store, id, &instance) < 0)
        return json_null();
    return json_string(instance.name);
}

static json_t *role_json(struct engine *engine, const struct role_view *role)
{
    return json_pack("{s:s,s:s?,s:o,s:I,s:I,s:o,s:o}", "name", role_name(role->role), "instance_id",
                     *role->instance_id ? role->instance_id : NULL, "instance",
                     instance_name_json(engine, role->instance_id), "pid",
                     (json_int_t)role->sandbox.pid, "restarts", (json_int_t)role->restarts,
                     "started_at", json_time(role->started_at), "sandbox", sandbox_json(role));
}

/* ---- instances and store ---- */

struct state_counts {
    struct engine *engine;
    const struct api_caller *caller;
    int states[INSTANCE_STATE_COUNT];
    int total;
};

static int count_state(const struct instance *instance, void *data)
{
    struct state_counts *counts = data;
    if (!api_caller_sees(counts->caller, instance->id))
        return 0;
    struct instance_view view = {.state = INSTANCE_PENDING};
    (void)runtime_view(counts->engine->runtimes, instance->id, &view);
    counts->states[view.state]++;
    counts->total++;
    return 0;
}

static json_t *instances_json(struct engine *engine, const struct api_caller *caller)
{
    struct state_counts counts = {.engine = engine, .caller = caller};
    (void)instance_store_list(engine->store, NULL, 0, count_state, &counts);
    json_t *object = json_pack("{s:i}", "total", counts.total);
    for (enum instance_state state = 0; state < INSTANCE_STATE_COUNT; state++)
        json_object_set_new(object, instance_state_name(state), json_integer(counts.states[state]));
    return object;
}

static json_t *store_json(struct engine *engine)
{
    struct store_figures figures = {};
    store_figures(engine->store, &figures);
    return json_pack("{s:s,s:I,s:I,s:I}", "directory", engine->state_directory, "bytes",
                     (json_int_t)figures.bytes, "commits", (json_int_t)figures.commits,
                     "schema_version", (json_int_t)figures.schema_version);
}

static json_t *web_json(struct engine *engine)
{
    if (!engine->web || !engine->tls)
        return json_null();
    json_t *object = web_door_json(engine->web);
    json_object_set_new(
        object, "certificate",
        api_tls_warn(engine, web_tls_facts(engine->tls),
                     api_tls_json(web_tls_row(engine->tls)->source, web_tls_facts(engine->tls))));
    return object;
}

static json_t *forwarding_json(struct engine *engine)
{
    uint8_t families = engine_forward_other(engine);
    return json_pack("{s:b,s:b,s:b}", "automatic",
                     engine->settings.forward_other == FORWARD_OTHER_AUTO, "ipv4",
                     (families & FORWARD_IPV4) != 0, "ipv6", (families & FORWARD_IPV6) != 0);
}

/* ---- the answer, when warrend has told of the roles ---- */

struct status_answer {
    struct engine *engine;
    struct api_call *call;
    const struct api_caller *caller;
};

/* The link is for root on the hub itself. */
static json_t *setup_json(struct engine *engine, const struct api_caller *caller)
{
    char link[SETUP_LINK_TEXT_MAX];
    struct token token;
    int64_t ends_at = 0;
    bool shown = api_rights_is_root(caller) && setup_link_get(engine, &token, &ends_at) == 0;

    if (shown)
        setup_link_format(engine, &token, link);
    json_t *setup = json_pack("{s:b,s:s?,s:o}", "needed", !identity_has_owner(engine->identity),
                              "link", shown ? link : NULL, "ends_at", json_time(ends_at));
    if (shown) {
        token_wipe(&token);
        explicit_bzero(link, sizeof link);
    }
    return setup;
}

static void on_roles(int status, const struct role_view *roles, size_t count, void *data)
{
    struct status_answer *answer = data;
    struct engine *engine = answer->engine;
    json_t *list = json_array();
    for (size_t i = 0; status == 0 && i < count; i++)
        if (!*roles[i].instance_id || api_caller_sees(answer->caller, roles[i].instance_id))
            json_array_append_new(list, role_json(engine, &roles[i]));
    const char *public_name = engine->settings.public_name;
    json_t *body = json_pack(
        "{s:s,s:s,s:s?,s:b,s:o,s:I,s:s,s:o,s:s?,s:o,s:o,s:o,s:o,s:s?}", "version", WARREN_VERSION,
        "region", engine->settings.region, "public_name", *public_name ? public_name : NULL,
        "ready", runtimes_settled(engine->runtimes), "started_at", json_time(engine->started_at),
        "uptime", (json_int_t)(clock_seconds() - engine->started_at), "backend",
        runtimes_backend(engine->runtimes), "roles", list, "roles_problem",
        status ? strerror(-status) : NULL, "store", store_json(engine), "instances",
        instances_json(engine, answer->caller), "web", web_json(engine), "backup",
        engine->backups ? backups_status_json(engine->backups) : json_null(), "frozen",
        engine->frozen[0] ? engine->frozen : NULL);
    json_object_set_new(body, "forward_other", forwarding_json(engine));
    json_object_set_new(body, "setup", setup_json(engine, answer->caller));
    api_answer(answer->call, 200, NULL, body);
    free(answer);
}

void api_status_get(struct engine *engine, struct api_call *call, const struct api_request *request)
{
    struct status_answer *answer = memory_zero(sizeof *answer);
    *answer = (struct status_answer){.engine = engine, .call = call, .caller = request->caller};
    runtimes_roles(engine->runtimes, on_roles, answer);
}
