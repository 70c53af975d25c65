/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Passkeys: made by an admin who is signed in; whoever has one and shows who it is signs in with it
 * alone. */
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/log.h"
#include "hub/base/text.h"
#include "hub/engine/api_handlers.h"
#include "hub/engine/api_identity.h"
#include "hub/engine/api_json.h"
#include "hub/engine/api_password.h"
#include "hub/engine/attempts.h"
#include "hub/engine/challenges.h"
#include "hub/engine/event_log.h"
#include "hub/engine/setting_needed.h"
#include "hub/engine/sign_in.h"
#include "hub/identity/passkey.h"
#include "hub/settings/host_name.h"
#include "hub/store/admin_factor_store.h"

enum { PASSKEYS_OF_ADMIN_MAX = 16, BYTES_MAX = 8192, ORIGIN_MAX = 300 };

/* ---- whose page it is ---- */

/* Passkeys are of a name: there are none for an address. */
static bool find_relying_party(const struct engine *engine, struct problem *problem)
{
    struct address address;

    if (host_name_valid(engine->settings.public_name) &&
        address_parse(engine->settings.public_name, &address) < 0)
        return true;
    setting_needed(engine, NEEDS_NAME_FOR_PASSKEYS, problem);
    return false;
}

static void format_origin(const struct engine *engine, char text[static ORIGIN_MAX])
{
    const struct settings *settings = &engine->settings;

    if (settings->https_port == 443)
        snprintf(text, ORIGIN_MAX, "https://%s", settings->public_name);
    else
        snprintf(text, ORIGIN_MAX, "https://%s:%u", settings->public_name, settings->https_port);
}

/* ---- bytes as text ---- */

static json_t *bytes_json(const uint8_t *bytes, size_t size)
{
    char text[2 * PASSKEY_CREDENTIAL_MAX];

    return json_string(sodium_bin2base64(text, sizeof(text), bytes, size,
                                         sodium_base64_VARIANT_URLSAFE_NO_PADDING));
}

struct field_bytes {
    uint8_t data[BYTES_MAX];
    size_t size;
};

static struct bytes bytes_of(const struct field_bytes *field)
{
    return (struct bytes){field->data, field->size};
}

static void read_bytes(const json_t *body, const char *name, struct field_bytes *ret_bytes,
                       struct problem *problem)
{
    const char *text = json_string_value(json_object_get(body, name));

    if (sodium_base642bin(ret_bytes->data, sizeof(ret_bytes->data), text, strlen(text), NULL,
                          &ret_bytes->size, NULL, sodium_base64_VARIANT_URLSAFE_NO_PADDING) < 0)
        problem_add_field(problem, name, "is not base64url without padding", NULL);
}

/* The challenge that the browser says it answers: looked up before all is checked with it. */
static bool find_challenge(const struct field_bytes *client_data,
                           uint8_t ret_challenge[static PASSKEY_CHALLENGE_SIZE])
{
    size_t size = 0;
    json_t *root = json_loadb((const char *)client_data->data, client_data->size,
                              JSON_REJECT_DUPLICATES, NULL);
    const char *text = json_string_value(json_object_get(root, "challenge"));
    bool found = text &&
                 sodium_base642bin(ret_challenge, PASSKEY_CHALLENGE_SIZE, text, strlen(text), NULL,
                                   &size, NULL, sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0 &&
                 size == PASSKEY_CHALLENGE_SIZE;

    json_decref(root);
    return found;
}

static bool take_challenge(struct engine *engine, const char *owner,
                           const struct field_bytes *client_data,
                           uint8_t ret_challenge[static PASSKEY_CHALLENGE_SIZE])
{
    return find_challenge(client_data, ret_challenge) &&
           challenges_take(engine->challenges, owner, clock_seconds(), ret_challenge);
}

/* ---- list and delete ---- */

static json_t *passkey_json(const struct passkey_row *row)
{
    return json_pack("{s:s,s:s,s:s,s:o,s:o}", "id", row->id, "admin_id", row->admin_id, "name",
                     row->name, "created_at", json_time(row->created_at), "last_used_at",
                     json_time(row->last_used_at));
}

static int add_item(const struct passkey_row *row, void *data)
{
    return json_array_append_new(data, passkey_json(row));
}

static bool find_shared(struct engine *engine, struct api_call *call,
                        const struct api_request *request, struct admin *ret_admin)
{
    _cleanup_problem_ struct problem problem = {};

    if (!api_find_admin(engine, call, request, ret_admin))
        return false;
    if (api_is_own_or_owner(request, ret_admin, &problem))
        return true;
    api_answer_problem(call, &problem);
    return false;
}

void api_passkey_list(struct engine *engine, struct api_call *call,
                      const struct api_request *request)
{
    json_t *items;
    struct admin admin;

    if (!find_shared(engine, call, request, &admin))
        return;
    items = json_array();
    int r = passkey_store_list(engine->store, admin.id, add_item, items);
    if (r < 0) {
        json_decref(items);
        api_answer_store_error(engine, call, r);
        return;
    }
    api_answer(call, 200, NULL, json_pack("{s:o,s:n}", "items", items, "next"));
}

static void tell(struct engine *engine, const struct api_request *request,
                 const struct admin *admin, const char *name, const char *done)
{
    event_log_add(engine->events, "admin.changed", NULL, NULL,
                  json_pack("{s:s,s:s}", "admin_id", admin->id, "admin", admin->name),
                  "admin \"%s\": passkey \"%s\" %s by %s", admin->name, name, done,
                  request->caller->who);
}

void api_passkey_delete(struct engine *engine, struct api_call *call,
                        const struct api_request *request)
{
    _cleanup_problem_ struct problem problem = {};
    _cleanup_api_change_ struct api_change change = {
        .engine = engine, .call = call, .request = request, .action = "admin.passkey-delete"};
    struct passkey_row row;
    struct admin admin;

    if (!find_shared(engine, call, request, &admin))
        return;
    int r = passkey_store_get(engine->store, admin.id, request->parameters[1], &row);
    if (r < 0) {
        if (r == -ENOENT)
            problem_set(&problem, 404, "not-found", "%s has no passkey \"%.40s\"", admin.name,
                        request->parameters[1]);
        else
            api_store_problem(engine, r, &problem);
        api_answer_problem(call, &problem);
        return;
    }
    change.before = passkey_json(&row);
    api_change_name_plain(&change, "admin", admin.id, row.name);
    if (!api_change_begin(&change))
        return;
    r = passkey_store_delete(engine->store, row.id);
    if (r < 0) {
        api_change_fail(&change, r, NULL);
        return;
    }
    if (!api_change_commit(&change, 200))
        return;
    identity_reload(engine->identity);
    tell(engine, request, &admin, row.name, "taken away");
    json_object_set_new(change.before, "deleted", json_true());
    api_answer(call, 200, NULL, json_incref(change.before));
}

/* ---- a new one ---- */

static bool find_own(struct engine *engine, struct api_call *call,
                     const struct api_request *request, struct admin *ret_admin)
{
    _cleanup_problem_ struct problem problem = {};

    if (!api_find_admin(engine, call, request, ret_admin))
        return false;
    if (api_is_own(request, ret_admin, &problem) && find_relying_party(engine, &problem) &&
        ret_admin->passkeys >= PASSKEYS_OF_ADMIN_MAX)
        problem_set(&problem, 409, "limit", "%s has %u passkeys, as many as can be",
                    ret_admin->name, ret_admin->passkeys);
    if (!problem_is_set(&problem))
        return true;
    api_answer_problem(call, &problem);
    return false;
}

static int add_excluded(const struct passkey_row *row, void *data)
{
    return json_array_append_new(data, bytes_json(row->credential, row->credential_size));
}

/* What navigator.credentials.create() wants, but for bytes, which are base64url. */
void api_passkey_options(struct engine *engine, struct api_call *call,
                         const struct api_request *request)
{
    uint8_t challenge[PASSKEY_CHALLENGE_SIZE];
    struct admin admin;
    json_t *excluded;

    if (!find_own(engine, call, request, &admin))
        return;
    excluded = json_array();
    int r = passkey_store_list(engine->store, admin.id, add_excluded, excluded);
    if (r < 0) {
        json_decref(excluded);
        api_answer_store_error(engine, call, r);
        return;
    }
    challenges_make(engine->challenges, admin.id, clock_seconds(), challenge);
    api_answer(call, 200, NULL,
               json_pack("{s:o,s:{s:s,s:s},s:{s:o,s:s},s:[i,i,i],s:o,s:i,s:s}", "challenge",
                         bytes_json(challenge, sizeof(challenge)), "relying_party", "id",
                         engine->settings.public_name, "name", "Warren", "user", "id",
                         bytes_json((const uint8_t *)admin.id, ID_LENGTH), "name", admin.name,
                         "algorithms", -7, -8, -257, "exclude", excluded, "timeout",
                         CHALLENGE_SECONDS * 1000, "user_verification", "required"));
}

struct new_passkey {
    struct field_bytes id, client_data, data, public_key;
};

static bool read_new(struct engine *engine, const struct api_request *request,
                     const struct admin *admin, struct passkey_row *row, struct problem *problem)
{
    _cleanup_free_ struct new_passkey *said = memory_zero(sizeof(*said));
    const char *name = json_string_value(json_object_get(request->body, "name"));
    uint8_t challenge[PASSKEY_CHALLENGE_SIZE];
    char origin[ORIGIN_MAX];
    struct passkey_facts facts;
    const char *wrong = "the challenge was answered already, or is too old: begin again";

    read_bytes(request->body, "id", &said->id, problem);
    read_bytes(request->body, "client_data", &said->client_data, problem);
    read_bytes(request->body, "authenticator_data", &said->data, problem);
    read_bytes(request->body, "public_key", &said->public_key, problem);
    if (!text_is_printable(name, NULL) || text_copy(row->name, sizeof(row->name), name) < 0)
        problem_add_field(problem, "name", "must be printable text", NULL);
    if (problem_is_set(problem))
        return false;
    format_origin(engine, origin);
    const struct passkey_expected expected = {.relying_party = engine->settings.public_name,
                                              .origin = origin,
                                              .challenge = challenge,
                                              .user_verified = true};
    if (!take_challenge(engine, admin->id, &said->client_data, challenge) ||
        passkey_check_new(&expected, bytes_of(&said->id), bytes_of(&said->client_data),
                          bytes_of(&said->data), bytes_of(&said->public_key), &facts, &wrong) < 0) {
        problem_set(problem, 422, "passkey", "%s", wrong);
        return false;
    }
    row->counter = facts.counter;
    row->credential_size = facts.credential.size;
    memcpy(row->credential, facts.credential.data, facts.credential.size);
    row->public_key_size = said->public_key.size;
    memcpy(row->public_key, said->public_key.data, said->public_key.size);
    return true;
}

void api_passkey_add(struct engine *engine, struct api_call *call,
                     const struct api_request *request)
{
    _cleanup_problem_ struct problem problem = {};
    _cleanup_api_change_ struct api_change change = {
        .engine = engine, .call = call, .request = request, .action = "admin.passkey-add"};
    struct passkey_row row = {.created_at = clock_seconds()};
    struct admin admin;

    if (!find_own(engine, call, request, &admin))
        return;
    id_make(row.id);
    memcpy(row.admin_id, admin.id, ID_MAX);
    if (!read_new(engine, request, &admin, &row, &problem)) {
        api_answer_problem(call, &problem);
        return;
    }
    change.after = passkey_json(&row);
    api_change_name_plain(&change, "admin", admin.id, row.name);
    if (!api_change_begin(&change))
        return;
    int r = passkey_store_add(engine->store, &row);
    if (r < 0) {
        api_change_fail(&change, r, "id");
        return;
    }
    if (!api_change_commit(&change, 201))
        return;
    identity_reload(engine->identity);
    tell(engine, request, &admin, row.name, "added");
    api_answer(call, 201, NULL, json_incref(change.after));
}

/* ---- signing in ---- */

/* Nobody is named: the device knows whose it is. */
void api_session_passkey_options(struct engine *engine, struct api_call *call,
                                 const struct api_request *request)
{
    _cleanup_problem_ struct problem problem = {};
    uint8_t challenge[PASSKEY_CHALLENGE_SIZE];

    if (!find_relying_party(engine, &problem)) {
        api_answer_problem(call, &problem);
        return;
    }
    challenges_make(engine->challenges, request->caller->from, clock_seconds(), challenge);
    api_answer(call, 200, NULL,
               json_pack("{s:o,s:s,s:i,s:s}", "challenge", bytes_json(challenge, sizeof(challenge)),
                         "relying_party", engine->settings.public_name, "timeout",
                         CHALLENGE_SECONDS * 1000, "user_verification", "required"));
}

struct passkey_sign_in {
    struct field_bytes id, client_data, data, signature;
    struct passkey_row row;
    struct passkey_facts facts;
};

static int note_use(struct engine *engine, void *data)
{
    const struct passkey_sign_in *said = data;

    return passkey_store_note_use(engine->store, said->row.id, said->facts.counter,
                                  clock_seconds());
}

/* 0 and whose it is; -EACCES. What exactly is wrong is for the log, not for who tries. */
static int verify(struct engine *engine, const struct api_request *request,
                  struct passkey_sign_in *said, struct admin *ret_admin)
{
    uint8_t challenge[PASSKEY_CHALLENGE_SIZE];
    char origin[ORIGIN_MAX];
    const char *wrong = "no challenge of ours, or an old one";

    format_origin(engine, origin);
    const struct passkey_expected expected = {.relying_party = engine->settings.public_name,
                                              .origin = origin,
                                              .challenge = challenge,
                                              .user_verified = true};
    bool known = take_challenge(engine, request->caller->from, &said->client_data, challenge);
    int r = known ? passkey_store_find(engine->store, said->id.data, said->id.size, &said->row)
                  : -EACCES;
    if (r == -ENOENT)
        wrong = "no passkey that is known";
    if (r == 0)
        r = passkey_check_signature(&expected, bytes_of(&said->client_data), bytes_of(&said->data),
                                    bytes_of(&said->signature),
                                    (struct bytes){said->row.public_key, said->row.public_key_size},
                                    said->row.counter, &said->facts, &wrong);
    if (r == 0)
        r = admin_store_find(engine->store, said->row.admin_id, ret_admin);
    if (r == 0 && !ret_admin->enabled) {
        wrong = "its admin is disabled";
        r = -EACCES;
    }
    if (r < 0)
        log_info("a passkey from %s was refused: %s", request->caller->from, wrong);
    return r < 0 ? -EACCES : 0;
}

static void read_sign_in(const struct api_request *request, struct passkey_sign_in *said,
                         struct problem *problem)
{
    read_bytes(request->body, "id", &said->id, problem);
    read_bytes(request->body, "client_data", &said->client_data, problem);
    read_bytes(request->body, "authenticator_data", &said->data, problem);
    read_bytes(request->body, "signature", &said->signature, problem);
}

void api_session_passkey_add(struct engine *engine, struct api_call *call,
                             const struct api_request *request)
{
    _cleanup_problem_ struct problem problem = {};
    _cleanup_free_ struct passkey_sign_in *said = memory_zero(sizeof(*said));
    uint32_t wait = attempts_wait_address(engine->attempts, request->caller->from);
    struct admin admin;

    if (wait) {
        api_answer_wait(call, wait);
        return;
    }
    if (find_relying_party(engine, &problem))
        read_sign_in(request, said, &problem);
    if (!problem_is_set(&problem) && verify(engine, request, said, &admin) < 0) {
        attempts_charge_address(engine->attempts, request->caller->from);
        problem_set(&problem, 401, "passkey", "this passkey does not sign in here");
    }
    if (problem_is_set(&problem))
        api_answer_problem(call, &problem);
    else
        sign_in(engine, call, request, &admin, "passkey", note_use, said);
}
