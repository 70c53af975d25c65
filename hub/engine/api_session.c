/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Signing in and out, and who is signed in. */
#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/log.h"
#include "hub/engine/api_handlers.h"
#include "hub/engine/api_identity.h"
#include "hub/engine/api_password.h"
#include "hub/engine/api_rights.h"
#include "hub/engine/attempts.h"
#include "hub/engine/event_log.h"
#include "hub/engine/hash_door.h"
#include "hub/engine/sign_in.h"
#include "hub/identity/sign_in_code.h"
#include "hub/identity/totp.h"
#include "hub/store/admin_factor_store.h"
#include "hub/store/audit_store.h"

/* ---- with a password ---- */

struct password_sign_in {
    struct engine *engine;
    struct api_call *call;
    const struct api_request *request;
    struct admin admin; /* id "": there is none of this name */
    struct attempt attempt;
    /* What a code changes when it is used. */
    struct totp_row totp;
    struct token_hash recovery;
    bool recovers;
};

static void password_sign_in_free(struct password_sign_in *state)
{
    sodium_memzero(state, sizeof(*state));
    free(state);
}

/* The same for a wrong name, a wrong password, an admin who is disabled or has no password. */
static void refuse(struct api_call *call)
{
    _cleanup_problem_ struct problem problem = {};

    problem_set(&problem, 401, "sign-in", "name or password is not right");
    api_answer_problem(call, &problem);
}

static void refuse_code(struct api_call *call, bool given)
{
    _cleanup_problem_ struct problem problem = {};

    if (given)
        problem_set(&problem, 401, "code", "the code is not right, or was used already");
    else
        problem_set(&problem, 401, "code-needed",
                    "the code of the authenticator app is needed, or a recovery code");
    api_answer_problem(call, &problem);
}

static int use_totp(struct engine *engine, void *data)
{
    struct password_sign_in *state = data;

    return totp_store_put(engine->store, state->admin.id, &state->totp);
}

static int use_recovery_code(struct engine *engine, void *data)
{
    struct password_sign_in *state = data;

    return recovery_code_store_use(engine->store, state->admin.id, &state->recovery);
}

/* Reads the app's row and looks whether the code fits: 0, -EACCES, or an error of the store. */
static int check_app_code(struct password_sign_in *state, const struct sign_in_code *code)
{
    struct totp_secret secret;
    int r = totp_store_get(state->engine->store, state->admin.id, &state->totp);

    if (r < 0)
        return r;
    memcpy(secret.bytes, state->totp.secret, sizeof(secret.bytes));
    r = totp_check(&secret, code->number, clock_seconds(), state->totp.step, &state->totp.step);
    totp_secret_wipe(&secret);
    return r;
}

/* One that is used up is found in the transaction that uses it: two at once can't both. */
static int check_code(struct password_sign_in *state)
{
    const char *text = json_string_value(json_object_get(state->request->body, "code"));
    struct sign_in_code code;

    if (sign_in_code_parse(text, &code) < 0)
        return -EACCES;
    if (code.kind == SIGN_IN_CODE_TOTP)
        return check_app_code(state, &code);
    state->recovers = true;
    recovery_code_hash(&code.recovery, state->admin.id, &state->recovery);
    sodium_memzero(&code, sizeof(code));
    int r = store_begin(state->engine->store);
    if (r == 0) {
        r = recovery_code_store_use(state->engine->store, state->admin.id, &state->recovery);
        store_rollback(state->engine->store);
    }
    return r == -ENOENT ? -EACCES : r;
}

/* Who guesses often is told to those who look on, once for each time that begins a wait. */
static void tell_refused(struct engine *engine, const struct password_sign_in *state)
{
    const char *from = state->attempt.from;

    if (*state->admin.id)
        event_log_add(engine->events, "admin.refused", NULL, NULL,
                      json_pack("{s:s,s:s}", "admin_id", state->admin.id, "from", from),
                      "many wrong sign-ins as %s, now from %s", state->admin.name, from);
    else
        event_log_add(engine->events, "admin.refused", NULL, NULL, json_pack("{s:s}", "from", from),
                      "many wrong sign-ins from %s", from);
}

static void end_wrong(const struct password_sign_in *state)
{
    if (attempts_end_wrong(state->engine->attempts, &state->attempt))
        tell_refused(state->engine, state);
}

static void finish(struct password_sign_in *state)
{
    struct engine *engine = state->engine;

    attempts_end(engine->attempts, &state->attempt);
    if (!state->admin.has_totp)
        sign_in(engine, state->call, state->request, &state->admin, "password", NULL, NULL);
    else if (state->recovers)
        sign_in(engine, state->call, state->request, &state->admin, "password+recovery",
                use_recovery_code, state);
    else
        sign_in(engine, state->call, state->request, &state->admin, "password+totp", use_totp,
                state);
}

static void finish_with_code(struct password_sign_in *state)
{
    if (!json_object_get(state->request->body, "code")) {
        attempts_end(state->engine->attempts, &state->attempt);
        refuse_code(state->call, false);
        return;
    }
    int r = check_code(state);
    if (r == -EACCES) {
        end_wrong(state);
        refuse_code(state->call, true);
    } else if (r < 0) {
        attempts_end(state->engine->attempts, &state->attempt);
        api_answer_store_error(state->engine, state->call, r);
    } else {
        finish(state);
    }
}

static void on_verified(int status, const char *hash, void *data)
{
    struct password_sign_in *state = data;

    (void)hash;
    if (status == -EACCES) {
        log_info("a sign-in from %s was refused", state->attempt.from);
        end_wrong(state);
        refuse(state->call);
    } else if (status < 0) {
        attempts_end(state->engine->attempts, &state->attempt);
        api_answer_hash_error(state->call, status);
    } else if (state->admin.has_totp) {
        finish_with_code(state);
    } else {
        finish(state);
    }
    password_sign_in_free(state);
}

/* As the store has it now; of one who may not sign in nothing is left but the name asked for. */
static int find_admin(struct engine *engine, const char *name, struct admin *ret_admin)
{
    int r = admin_store_find(engine->store, name, ret_admin);

    if (r == 0 && (!ret_admin->enabled || strcasecmp(ret_admin->name, name) != 0))
        r = -ENOENT; /* by its id nobody signs in */
    if (r == -ENOENT)
        *ret_admin = (struct admin){0};
    return r == -ENOENT ? 0 : r;
}

void api_session_add(struct engine *engine, struct api_call *call,
                     const struct api_request *request)
{
    const char *name = json_string_value(json_object_get(request->body, "name"));
    const char *password = json_string_value(json_object_get(request->body, "password"));
    struct password_sign_in *state = memory_zero(sizeof(*state));

    *state = (struct password_sign_in){.engine = engine, .call = call, .request = request};
    int r = find_admin(engine, name, &state->admin);
    if (r < 0) {
        api_answer_store_error(engine, call, r);
        password_sign_in_free(state);
        return;
    }
    state->attempt = (struct attempt){.name = name, .from = request->caller->from};
    memcpy(state->attempt.admin_id, state->admin.id, ID_MAX);
    uint32_t wait = attempts_wait(engine->attempts, &state->attempt);
    r = wait ? -EAGAIN
             : hash_door_verify(engine->hash, state->admin.password, password, on_verified, state);
    if (r == 0) {
        attempts_begin(engine->attempts, &state->attempt);
        return;
    }
    if (wait)
        api_answer_wait(call, wait);
    else
        api_answer_hash_error(call, r);
    password_sign_in_free(state);
}

/* ---- who am I, sign out ---- */

void api_session_get(struct engine *engine, struct api_call *call,
                     const struct api_request *request)
{
    api_answer(call, 200, NULL, caller_json(engine, request->caller));
}

static int audit_end(struct engine *engine, const struct api_request *request)
{
    _cleanup_free_ char *object =
        text_format("admin/%s/session/%s", request->caller->admin_id, request->caller->session_id);

    return audit_store_add(engine->store, &(struct audit_entry){.who = request->caller->who,
                                                                .from = request->caller->from,
                                                                .action = "session.end",
                                                                .object = object,
                                                                .name = request->caller->who});
}

void api_session_end(struct engine *engine, struct api_call *call,
                     const struct api_request *request)
{
    _cleanup_problem_ struct problem problem = {};
    int r;

    if (!*request->caller->session_id) {
        problem_set(&problem, 409, "no-session", "%s has no session that could end",
                    request->caller->who);
        api_answer_problem(call, &problem);
        return;
    }
    r = store_begin(engine->store);
    if (r == 0)
        r = session_store_delete(engine->store, request->caller->session_id);
    if (r == 0)
        r = audit_end(engine, request);
    if (r == 0)
        r = store_commit(engine->store);
    else if (store_in_transaction(engine->store))
        store_rollback(engine->store);
    if (r < 0 && r != -ENOENT) {
        api_answer_store_error(engine, call, r);
        return;
    }
    identity_reload(engine->identity);
    event_log_add(engine->events, "session.ended", NULL, NULL,
                  json_pack("{s:s,s:s}", "session_id", request->caller->session_id, "admin_id",
                            request->caller->admin_id),
                  "%s signed out", request->caller->who);
    api_session_clear(call);
    api_answer(call, 200, NULL, json_pack("{s:b}", "ended", 1));
}

/* ---- all of them ---- */

static bool may_see(const struct api_caller *caller, const char *admin_id)
{
    return api_rights_is_owner(caller) || text_equal(caller->admin_id, admin_id);
}

void api_session_list(struct engine *engine, struct api_call *call,
                      const struct api_request *request)
{
    json_t *items = json_array();
    const struct session_row *session;

    for (size_t i = 0; (session = identity_session_at(engine->identity, i)); i++)
        if (may_see(request->caller, session->admin_id) &&
            identity_session(engine->identity, session->id)) {
            json_t *item = session_json(engine->identity, session);
            json_object_set_new(item, "current",
                                json_boolean(text_equal(request->caller->session_id, session->id)));
            json_array_append_new(items, item);
        }
    api_answer(call, 200, NULL, json_pack("{s:o,s:n}", "items", items, "next"));
}

void api_session_delete(struct engine *engine, struct api_call *call,
                        const struct api_request *request)
{
    _cleanup_problem_ struct problem problem = {};
    _cleanup_api_change_ struct api_change change = {
        .engine = engine, .call = call, .request = request, .action = "session.delete"};
    const struct session_row *session = identity_session(engine->identity, request->parameters[0]);
    char admin_id[ID_MAX];

    if (!session || !may_see(request->caller, session->admin_id)) {
        problem_set(&problem, 404, "not-found", "there is no session \"%.40s\"",
                    request->parameters[0]);
        api_answer_problem(call, &problem);
        return;
    }
    memcpy(admin_id, session->admin_id, ID_MAX);
    change.before = session_json(engine->identity, session);
    api_change_name_plain(&change, "session", session->id,
                          identity_admin(engine->identity, session->admin_id)->name);
    if (!api_change_begin(&change))
        return;
    int r = session_store_delete(engine->store, session->id);
    if (r < 0 && r != -ENOENT) {
        api_change_fail(&change, r, NULL);
        return;
    }
    if (!api_change_commit(&change, 200))
        return;
    identity_reload(engine->identity);
    event_log_add(
        engine->events, "session.ended", NULL, NULL,
        json_pack("{s:s,s:s}", "session_id", request->parameters[0], "admin_id", admin_id),
        "a session of %s was ended by %s", change.name, request->caller->who);
    if (text_equal(request->caller->session_id, request->parameters[0]))
        api_session_clear(call);
    json_object_set_new(change.before, "deleted", json_true());
    api_answer(call, 200, NULL, json_incref(change.before));
}
