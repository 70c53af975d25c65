/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An admin's authenticator app: a secret for it, the first code that shows it has it, recovery
 * codes. */
#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "hub/base/buf.h"
#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "hub/engine/api_handlers.h"
#include "hub/engine/api_identity.h"
#include "hub/engine/event_log.h"
#include "hub/identity/sign_in_code.h"
#include "hub/identity/totp.h"
#include "hub/store/admin_factor_store.h"
#include "profiles/qr.h"

static void tell(struct engine *engine, const struct api_request *request,
                 const struct admin *admin, const char *done)
{
    event_log_add(engine->events, "admin.changed", NULL, NULL,
                  json_pack("{s:s,s:s}", "admin_id", admin->id, "admin", admin->name),
                  "admin \"%s\": %s by %s", admin->name, done, request->caller->who);
}

static bool find_own(struct engine *engine, struct api_call *call,
                     const struct api_request *request, struct admin *ret_admin)
{
    _cleanup_problem_ struct problem problem = {};

    if (!api_find_admin(engine, call, request, ret_admin))
        return false;
    if (api_is_own(request, ret_admin, &problem))
        return true;
    api_answer_problem(call, &problem);
    return false;
}

static bool begin(struct api_change *change, const struct admin *admin)
{
    api_change_name_plain(change, "admin", admin->id, admin->name);
    change->after = json_pack("{s:s,s:s}", "admin_id", admin->id, "admin", admin->name);
    return api_change_begin(change);
}

/* ---- begin ---- */

static void answer_secret(struct engine *engine, struct api_call *call, const struct admin *admin,
                          const struct totp_secret *secret)
{
    char text[TOTP_SECRET_TEXT_MAX], uri[TOTP_URI_MAX], issuer[100];
    _cleanup_buf_ struct buf image = {0};
    size_t bytes;

    snprintf(issuer, sizeof(issuer), "Warren %.80s", engine->settings.region);
    totp_uri(secret, issuer, admin->name, uri);
    (void)qr_draw(uri, strlen(uri), QR_SVG, &image, &bytes);
    api_answer(call, 201, NULL,
               json_pack("{s:s,s:s,s:s,s:s,s:s?}", "admin_id", admin->id, "admin", admin->name,
                         "secret", totp_secret_format(secret, text), "uri", uri, "qr", image.data));
    sodium_memzero(text, sizeof(text));
    sodium_memzero(uri, sizeof(uri));
    if (image.data)
        sodium_memzero(image.data, image.size);
}

void api_admin_totp_begin(struct engine *engine, struct api_call *call,
                          const struct api_request *request)
{
    _cleanup_problem_ struct problem problem = {};
    _cleanup_(totp_secret_wipe) struct totp_secret secret = {0};
    _cleanup_api_change_ struct api_change change = {
        .engine = engine, .call = call, .request = request, .action = "admin.totp-begin"};
    struct totp_row row = {0};
    struct admin admin;

    if (!find_own(engine, call, request, &admin))
        return;
    if (admin.has_totp) { /* or there would be none until the new one is confirmed */
        problem_set(&problem, 409, "totp",
                    "there is an authenticator app already: delete it first");
        api_answer_problem(call, &problem);
        return;
    }
    totp_secret_make(&secret);
    memcpy(row.secret, secret.bytes, sizeof(row.secret));
    if (!begin(&change, &admin))
        return;
    int r = totp_store_put(engine->store, admin.id, &row);
    sodium_memzero(&row, sizeof(row));
    if (r < 0) {
        api_change_fail(&change, r, NULL);
        return;
    }
    if (api_change_commit(&change, 201))
        answer_secret(engine, call, &admin, &secret);
}

/* ---- confirm ---- */

static json_t *make_recovery_codes(const char *admin_id,
                                   struct token_hash hashes[static RECOVERY_CODE_COUNT])
{
    json_t *list = json_array();

    for (size_t i = 0; i < RECOVERY_CODE_COUNT; i++) {
        char text[RECOVERY_CODE_TEXT_MAX];
        struct recovery_code code;

        recovery_code_make(&code);
        recovery_code_hash(&code, admin_id, &hashes[i]);
        json_array_append_new(list, json_string(recovery_code_format(&code, text)));
        sodium_memzero(&code, sizeof(code));
        sodium_memzero(text, sizeof(text));
    }
    return list;
}

/* Does the code show that the app has the secret? Marks the row as confirmed. */
static void check_first_code(const struct api_request *request, struct totp_row *row,
                             struct problem *problem)
{
    const char *text = json_string_value(json_object_get(request->body, "code"));
    struct totp_secret secret;
    struct sign_in_code code;

    memcpy(secret.bytes, row->secret, sizeof(secret.bytes));
    if (row->confirmed)
        problem_set(problem, 409, "totp", "the authenticator app is confirmed already");
    else if (sign_in_code_parse(text, &code) < 0 || code.kind != SIGN_IN_CODE_TOTP)
        problem_add_field(problem, "code", "is not six digits", NULL);
    else if (totp_check(&secret, code.number, clock_seconds(), 0, &row->step) < 0)
        problem_add_field(problem, "code",
                          "is not what the app should show now: is the device's clock right?",
                          NULL);
    else
        row->confirmed = true;
    totp_secret_wipe(&secret);
}

/* Those from before end. `row` NULL: the app stays as it is. */
static void write_codes(struct api_change *change, struct admin *admin, const struct totp_row *row,
                        const char *done)
{
    struct engine *engine = change->engine;
    struct token_hash hashes[RECOVERY_CODE_COUNT];
    json_t *codes = make_recovery_codes(admin->id, hashes);
    int r = row ? totp_store_put(engine->store, admin->id, row) : 0;

    if (r == 0)
        r = recovery_code_store_put(engine->store, admin->id, hashes, RECOVERY_CODE_COUNT);
    if (r < 0) {
        api_change_fail(change, r, NULL);
        json_decref(codes);
        return;
    }
    admin->has_totp = true;
    admin->recovery_codes = RECOVERY_CODE_COUNT;
    if (!api_change_commit(change, 200)) {
        json_decref(codes);
        return;
    }
    identity_reload(engine->identity);
    tell(engine, change->request, admin, done);
    api_answer(change->call, 200, NULL,
               json_pack("{s:s,s:s,s:o}", "admin_id", admin->id, "admin", admin->name,
                         "recovery_codes", codes));
}

void api_admin_totp_confirm(struct engine *engine, struct api_call *call,
                            const struct api_request *request)
{
    _cleanup_problem_ struct problem problem = {};
    _cleanup_api_change_ struct api_change change = {
        .engine = engine, .call = call, .request = request, .action = "admin.totp-confirm"};
    struct totp_row row = {0};
    struct admin admin;

    if (!find_own(engine, call, request, &admin))
        return;
    int r = totp_store_get(engine->store, admin.id, &row);
    if (r == 0)
        check_first_code(request, &row, &problem);
    else if (r == -ENOENT)
        problem_set(&problem, 409, "totp", "no authenticator app was begun: begin with one");
    else
        api_store_problem(engine, r, &problem);
    if (problem_is_set(&problem))
        api_answer_problem(call, &problem);
    else if (begin(&change, &admin))
        write_codes(&change, &admin, &row, "authenticator app set up");
    sodium_memzero(&row, sizeof(row));
}

/* ---- new recovery codes ---- */

void api_admin_totp_recovery(struct engine *engine, struct api_call *call,
                             const struct api_request *request)
{
    _cleanup_problem_ struct problem problem = {};
    _cleanup_api_change_ struct api_change change = {
        .engine = engine, .call = call, .request = request, .action = "admin.totp-recovery"};
    struct admin admin;

    if (!find_own(engine, call, request, &admin))
        return;
    if (!admin.has_totp) {
        problem_set(&problem, 409, "totp",
                    "there is no authenticator app: its recovery codes come with it");
        api_answer_problem(call, &problem);
        return;
    }
    if (begin(&change, &admin))
        write_codes(&change, &admin, NULL, "recovery codes made anew");
}

/* ---- delete ---- */

void api_admin_totp_delete(struct engine *engine, struct api_call *call,
                           const struct api_request *request)
{
    _cleanup_problem_ struct problem problem = {};
    _cleanup_api_change_ struct api_change change = {
        .engine = engine, .call = call, .request = request, .action = "admin.totp-delete"};
    struct admin admin;

    if (!api_find_admin(engine, call, request, &admin))
        return;
    if (!api_is_own_or_owner(request, &admin, &problem)) {
        api_answer_problem(call, &problem);
        return;
    }
    if (!api_if_match(call, request, admin.revision))
        return;
    api_change_name_plain(&change, "admin", admin.id, admin.name);
    change.before = admin_json(&admin);
    if (!api_change_begin(&change))
        return;
    int r = totp_store_delete(engine->store, admin.id);
    if (r < 0 && r != -ENOENT) {
        api_change_fail(&change, r, NULL);
        return;
    }
    admin.has_totp = false;
    admin.recovery_codes = 0;
    change.after = admin_json(&admin);
    if (!api_change_commit(&change, 200))
        return;
    identity_reload(engine->identity);
    tell(engine, request, &admin, "authenticator app taken away");
    api_answer(call, 200, NULL, json_incref(change.after));
}
