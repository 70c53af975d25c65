/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The first owner: made in a browser, with a link that only the hub itself shows. */
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/log.h"
#include "hub/engine/api_handlers.h"
#include "hub/engine/api_identity.h"
#include "hub/engine/api_json.h"
#include "hub/engine/api_password.h"
#include "hub/engine/attempts.h"
#include "hub/engine/event_log.h"
#include "hub/engine/hash_door.h"
#include "hub/engine/setup_link.h"
#include "hub/engine/sign_in.h"
#include "hub/identity/password_rule.h"
#include "hub/store/audit_store.h"
#include "hub/store/sign_in_store.h"

void api_setup_get(struct engine *engine, struct api_call *call, const struct api_request *request)
{
    api_answer(call, 200, NULL,
               json_pack("{s:b,s:b,s:s}", "needed", !identity_has_owner(engine->identity),
                         "signed_in", request->caller->admin_id[0] != 0, "region",
                         engine->settings.region));
}

/* ---- the link ---- */

static bool refuse_with_owner(struct engine *engine, struct api_call *call)
{
    _cleanup_problem_ struct problem problem = {};

    if (!identity_has_owner(engine->identity))
        return false;
    problem_set(&problem, 409, "set-up",
                "there is an owner already; one who is locked out gets a new password by: warren "
                "admin password NAME");
    api_answer_problem(call, &problem);
    return true;
}

static void answer_link(struct engine *engine, struct api_call *call, struct token *token,
                        int64_t ends_at)
{
    char text[TOKEN_TEXT_MAX], link[SETUP_LINK_TEXT_MAX];

    setup_link_format(engine, token, link);
    api_answer(call, 200, NULL,
               json_pack("{s:s,s:s,s:o}", "link", link, "token", token_format(token, text),
                         "ends_at", json_time(ends_at)));
    token_wipe(token);
    sodium_memzero(text, sizeof(text));
    sodium_memzero(link, sizeof(link));
}

void api_setup_link(struct engine *engine, struct api_call *call, const struct api_request *request)
{
    _cleanup_api_change_ struct api_change change = {
        .engine = engine, .call = call, .request = request, .action = "setup.link"};
    bool renew = json_is_true(json_object_get(request->body, "renew"));
    struct token token;
    int64_t ends_at;

    if (refuse_with_owner(engine, call))
        return;
    if (!renew && setup_link_get(engine, &token, &ends_at) == 0) {
        answer_link(engine, call, &token, ends_at);
        return;
    }
    api_change_name_plain(&change, "hub", "setup", "set-up link");
    if (!api_change_begin(&change))
        return;
    int r = setup_link_make(engine, &token, &ends_at);
    if (r < 0) {
        api_change_fail(&change, r, NULL);
        return;
    }
    change.after = json_pack("{s:o}", "ends_at", json_time(ends_at));
    if (api_change_commit(&change, 200))
        answer_link(engine, call, &token, ends_at);
    token_wipe(&token);
}

/* ---- the owner ---- */

struct setup {
    struct engine *engine;
    struct api_call *call;
    const struct api_request *request;
    struct token token;
    struct admin admin;
};

static void setup_free(struct setup *setup)
{
    sodium_memzero(setup, sizeof(*setup));
    free(setup);
}

static bool token_holds(struct engine *engine, const struct token *token)
{
    struct token wanted;
    int64_t ends_at;
    bool holds = setup_link_get(engine, &wanted, &ends_at) == 0 &&
                 sodium_memcmp(wanted.bytes, token->bytes, sizeof(wanted.bytes)) == 0;

    token_wipe(&wanted);
    return holds;
}

static int write_owner(struct engine *engine, void *data)
{
    struct setup *setup = data;
    json_t *after = admin_json(&setup->admin);
    _cleanup_free_ char *text = json_dumps(after, JSON_COMPACT);
    char object[48];

    json_decref(after);
    snprintf(object, sizeof(object), "admin/%s", setup->admin.id);
    int r = admin_store_add(engine->store, &setup->admin);
    if (r == 0)
        r = setup_link_store_delete(engine->store);
    if (r == 0)
        r = audit_store_add(engine->store,
                            &(struct audit_entry){.who = "set-up link",
                                                  .from = setup->request->caller->from,
                                                  .action = "admin.add",
                                                  .object = object,
                                                  .name = setup->admin.name,
                                                  .after = text});
    return r;
}

static void refuse_link(struct api_call *call)
{
    _cleanup_problem_ struct problem problem = {};

    problem_set(&problem, 403, "set-up-link",
                "this set-up link was used, or has ended: \"warren setup link\" on the hub shows "
                "the one that holds");
    api_answer_problem(call, &problem);
}

static void on_hashed(int status, const char *hash, void *data)
{
    struct setup *setup = data;

    if (status < 0) {
        api_answer_hash_error(setup->call, status);
    } else if (!token_holds(setup->engine, &setup->token)) { /* another was faster */
        refuse_link(setup->call);
    } else {
        text_copy(setup->admin.password, sizeof(setup->admin.password), hash);
        log_info("the hub has its first owner: %s", setup->admin.name);
        sign_in(setup->engine, setup->call, setup->request, &setup->admin, "setup", write_owner,
                setup);
    }
    setup_free(setup);
}

static bool check_link(struct engine *engine, struct api_call *call,
                       const struct api_request *request, struct token *ret_token)
{
    const char *text = json_string_value(json_object_get(request->body, "token"));
    const char *from = request->caller->from;
    uint32_t wait = attempts_wait_address(engine->attempts, from);

    if (wait) {
        api_answer_wait(call, wait);
        return false;
    }
    if (token_parse(text, ret_token) == 0 && token_holds(engine, ret_token))
        return true;
    attempts_charge_address(engine->attempts, from);
    refuse_link(call);
    return false;
}

void api_setup_finish(struct engine *engine, struct api_call *call,
                      const struct api_request *request)
{
    _cleanup_problem_ struct problem problem = {};
    const char *password = json_string_value(json_object_get(request->body, "password"));
    struct setup *setup = memory_zero(sizeof(*setup));

    *setup = (struct setup){.engine = engine,
                            .call = call,
                            .request = request,
                            .admin = {.enabled = true, .rights.role = API_OWNER}};
    if (!check_link(engine, call, request, &setup->token)) {
        setup_free(setup);
        return;
    }
    id_make(setup->admin.id);
    api_admin_name_read(request->body, setup->admin.name, &problem);
    api_password_check(password, setup->admin.name, &problem);
    if (problem_is_set(&problem)) {
        api_answer_problem(call, &problem);
        setup_free(setup);
        return;
    }
    int r = hash_door_make(engine->hash, password, on_hashed, setup);
    if (r < 0) {
        api_answer_hash_error(call, r);
        setup_free(setup);
    }
}
