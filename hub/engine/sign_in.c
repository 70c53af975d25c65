/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/engine/sign_in.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/log.h"
#include "hub/engine/api_identity.h"
#include "hub/engine/attempts.h"
#include "hub/engine/event_log.h"
#include "hub/store/audit_store.h"

static void make_session(const struct engine *engine, const struct api_request *request,
                         const struct admin *admin, const char *method, struct token *ret_token,
                         struct session_row *ret_row)
{
    int64_t now = clock_seconds();
    struct session_row row = {
        .created_at = now, .last_used_at = now, .ends_at = now + engine->settings.session_lifetime};

    token_make(ret_token);
    token_hash(ret_token, &row.hash);
    id_make(row.id);
    memcpy(row.admin_id, admin->id, ID_MAX);
    text_copy_cut(row.from, sizeof(row.from), request->caller->from);
    text_copy_cut(row.method, sizeof(row.method), method);
    *ret_row = row;
}

/* Those of the admin that are too many, the oldest first. */
static int end_oldest(struct engine *engine, const char *admin_id)
{
    const struct session_row *session;
    size_t count = 0;
    int r = 0;

    for (size_t i = 0; (session = identity_session_at(engine->identity, i)); i++)
        count += text_equal(session->admin_id, admin_id);
    for (size_t i = 0; r == 0 && count >= SESSIONS_OF_ADMIN_MAX; i++) {
        session = identity_session_at(engine->identity, i);
        if (!session)
            break;
        if (!text_equal(session->admin_id, admin_id))
            continue;
        r = session_store_delete(engine->store, session->id);
        r = r == -ENOENT ? 0 : r;
        count--;
    }
    return r;
}

static int end_present(struct engine *engine, const struct api_caller *caller)
{
    int r = *caller->session_id ? session_store_delete(engine->store, caller->session_id) : 0;

    return r == -ENOENT ? 0 : r;
}

static int add_audit(struct engine *engine, const struct api_request *request,
                     const struct admin *admin, const struct session_row *row)
{
    json_t *after =
        json_pack("{s:s,s:s,s:s}", "admin", admin->name, "method", row->method, "from", row->from);
    _cleanup_free_ char *text = json_dumps(after, JSON_COMPACT);
    char who[96], object[48];

    json_decref(after);
    snprintf(who, sizeof(who), "admin %s", admin->name);
    snprintf(object, sizeof(object), "admin/%s/session/%s", admin->id, row->id);
    return audit_store_add(engine->store, &(struct audit_entry){.who = who,
                                                                .from = request->caller->from,
                                                                .action = "session.add",
                                                                .object = object,
                                                                .name = admin->name,
                                                                .after = text});
}

static int write_session(struct engine *engine, const struct api_request *request,
                         const struct admin *admin, const struct session_row *row)
{
    const struct attempt attempt = {.name = admin->name, .from = request->caller->from};
    struct attempt known = attempt;
    int r = end_present(engine, request->caller);

    memcpy(known.admin_id, admin->id, ID_MAX);
    if (r == 0)
        r = end_oldest(engine, admin->id);
    if (r == 0)
        r = session_store_add(engine->store, row);
    if (r == 0)
        r = admin_store_note_sign_in(engine->store, admin->id, row->created_at);
    if (r == 0)
        r = attempts_know_address(engine->attempts, &known);
    return r == 0 ? add_audit(engine, request, admin, row) : r;
}

static void hand_over(const struct engine *engine, struct api_call *call, struct token *token)
{
    api_session_set(call, token->bytes, (uint32_t)engine->settings.session_lifetime);
    token_wipe(token);
}

static void answer(struct engine *engine, struct api_call *call, const struct api_request *request,
                   const struct admin *admin, const struct session_row *row)
{
    struct api_caller caller = {};

    snprintf(caller.from, sizeof(caller.from), "%s", request->caller->from);
    memcpy(caller.admin_id, admin->id, ID_MAX);
    memcpy(caller.session_id, row->id, ID_MAX);
    (void)api_caller_renew(engine, &caller);
    api_answer(call, 201, NULL, caller_json(engine, &caller));
    api_caller_done(&caller);
}

void sign_in(struct engine *engine, struct api_call *call, const struct api_request *request,
             const struct admin *admin, const char *method, sign_in_also also, void *data)
{
    struct session_row row;
    struct token token;
    int r = store_begin(engine->store);

    make_session(engine, request, admin, method, &token, &row);
    if (r == 0 && also)
        r = also(engine, data);
    if (r == 0)
        r = write_session(engine, request, admin, &row);
    if (r == 0)
        r = store_commit(engine->store);
    else if (store_in_transaction(engine->store))
        store_rollback(engine->store);
    if (r < 0) {
        log_error("a sign-in of %s can't be written: %s", admin->name, strerror(-r));
        token_wipe(&token);
        api_answer_store_error(engine, call, r);
        return;
    }
    identity_reload(engine->identity);
    log_info("admin %s signed in from %s (%s)", admin->name, row.from, row.method);
    event_log_add(engine->events, "admin.signed_in", NULL, NULL,
                  json_pack("{s:s,s:s,s:s,s:s}", "admin_id", admin->id, "admin", admin->name,
                            "from", row.from, "method", row.method),
                  "%s signed in from %s", admin->name, row.from);
    hand_over(engine, call, &token);
    answer(engine, call, request, admin, &row);
}

int sign_in_renew(struct engine *engine, struct api_call *call, const struct api_request *request,
                  const struct admin *admin, const char *method)
{
    struct session_row row;
    struct token token;

    make_session(engine, request, admin, method, &token, &row);
    int r = session_store_add(engine->store, &row);
    if (r == 0)
        hand_over(engine, call, &token);
    token_wipe(&token);
    return r;
}
