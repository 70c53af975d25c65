/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From the set-up link to signed in; what ends a session; what may not be done, or not once more.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>
#include <sodium.h>

#include "api_world.h"
#include "fake_hash.h"
#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "hub/engine/event_log.h"
#include "hub/engine/identity.h"
#include "hub/identity/totp.h"
#include "hub/store/admin_factor_store.h"
#include "tests/unit/identity/passkey_device.h"

#define PASSWORD "correct horse battery"
#define NOBODY "{\"authorization\":\"Session none\"}"

static int setup(void **state)
{
    *state = world_new();
    return 0;
}

static int teardown(void **state)
{
    world_free(*state);
    return 0;
}

static int status_of(json_t *answer)
{
    int status = number_at(answer, "status");
    json_decref(answer);
    return status;
}

/* With somebody's session; "" = root on the socket. */
static json_t *as(struct world *world, const char *session, const char *method, const char *path,
                  const char *body)
{
    char header[120] = "";
    if (*session)
        snprintf(header, sizeof header, "{\"authorization\":\"%s %s\"}",
                 strncmp(session, "wrn_", 4) == 0 ? "Bearer" : "Session", session);
    return world_call(world, method, path, NULL, *header ? header : NULL, body);
}

static int status_as(struct world *world, const char *session, const char *method, const char *path,
                     const char *body)
{
    return status_of(as(world, session, method, path, body));
}

static const char *type_of(const json_t *answer)
{
    const char *slash = strrchr(text_at(answer, "body.type"), '/');
    return slash ? slash + 1 : "";
}

static void add_admin(struct world *world, const char *name, const char *role, const char *more)
{
    _cleanup_free_ char *body = text_format(
        "{\"name\":\"%s\",\"role\":\"%s\",\"password\":\"" PASSWORD "\"%s}", name, role, more);
    assert_int_equal(status_as(world, "", "POST", "/admins", body), 201);
}

static json_t *try_sign_in(struct world *world, const char *name, const char *password,
                           const char *code)
{
    _cleanup_free_ char *body =
        text_format("{\"name\":\"%s\",\"password\":\"%s\"%s%s%s}", name, password,
                    code ? ",\"code\":\"" : "", code ? code : "", code ? "\"" : "");
    return world_call(world, "POST", "/session", NULL, NOBODY, body);
}

static void sign_in(struct world *world, const char *name, char session[static 44])
{
    json_t *answer = try_sign_in(world, name, PASSWORD, NULL);
    assert_int_equal(number_at(answer, "status"), 201);
    snprintf(session, 44, "%s", text_at(answer, "session"));
    json_decref(answer);
}

/* ---- set-up ---- */

static void finish_setup(struct world *world, const char *token, const char *password, int expected)
{
    _cleanup_free_ char *body =
        text_format("{\"token\":\"%s\",\"name\":\"anna\",\"password\":\"%s\"}", token, password);
    assert_int_equal(status_of(world_call(world, "POST", "/setup", NULL, NOBODY, body)), expected);
}

static void test_setup(void **state)
{
    struct world *world = *state;
    char token[64];
    json_t *answer = world_call(world, "GET", "/setup", NULL, NOBODY, NULL);
    assert_true(json_is_true(at(answer, "body.needed")));
    json_decref(answer);
    answer = as(world, "", "POST", "/setup/link", NULL);
    assert_int_equal(number_at(answer, "status"), 200);
    snprintf(token, sizeof token, "%s", text_at(answer, "body.token"));
    assert_string_equal(strchr(text_at(answer, "body.link"), '#') + 1, token);
    assert_int_equal(strncmp(text_at(answer, "body.link"), "https://vpn.example.net/setup#", 30),
                     0);
    json_decref(answer);
    answer = as(world, "", "GET", "/status", NULL);
    assert_non_null(strstr(text_at(answer, "body.setup.link"), token));
    json_decref(answer);

    finish_setup(world, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", PASSWORD, 403);
    finish_setup(world, "nonsense", PASSWORD, 403);
    finish_setup(world, token, "short", 422);
    /* It outlives a new start. */
    world_restart_identity(world);
    finish_setup(world, token, PASSWORD, 201);
    finish_setup(world, token, PASSWORD, 403);
    answer = world_call(world, "GET", "/setup", NULL, NOBODY, NULL);
    assert_true(json_is_false(at(answer, "body.needed")));
    json_decref(answer);
    assert_int_equal(status_as(world, "", "POST", "/setup/link", NULL), 409);
    answer = as(world, "", "GET", "/admins/anna", NULL);
    assert_string_equal(text_at(answer, "body.role"), "owner");
    json_decref(answer);
}

static void test_new_setup_link_ends_the_old_one(void **state)
{
    struct world *world = *state;
    char first[64];
    json_t *answer = as(world, "", "POST", "/setup/link", NULL);
    snprintf(first, sizeof first, "%s", text_at(answer, "body.token"));
    json_decref(answer);
    answer = as(world, "", "POST", "/setup/link", "{\"renew\":true}");
    assert_int_equal(number_at(answer, "status"), 200);
    assert_string_not_equal(text_at(answer, "body.token"), first);
    finish_setup(world, first, PASSWORD, 403);
    finish_setup(world, text_at(answer, "body.token"), PASSWORD, 201);
    json_decref(answer);
}

/* ---- signing in ---- */

static void test_sign_in_and_out(void **state)
{
    struct world *world = *state;
    char session[44], other[44];
    add_admin(world, "anna", "owner", "");
    sign_in(world, "ANNA", session);
    sign_in(world, "anna", other);
    assert_string_not_equal(session, other);
    json_t *answer = as(world, session, "GET", "/session", NULL);
    assert_string_equal(text_at(answer, "body.who"), "admin anna");
    assert_string_equal(text_at(answer, "body.role"), "owner");
    assert_string_equal(text_at(answer, "body.session.method"), "password");
    assert_true(json_is_true(at(answer, "body.fresh")));
    json_decref(answer);
    answer = as(world, session, "GET", "/sessions", NULL);
    assert_int_equal(json_array_size(at(answer, "body.items")), 2);
    json_decref(answer);
    assert_int_equal(status_as(world, session, "DELETE", "/session", NULL), 200);
    /* Whoever stole it has nothing. */
    answer = as(world, session, "GET", "/session", NULL);
    assert_int_equal(number_at(answer, "status"), 401);
    assert_string_equal(type_of(answer), "signed-out");
    json_decref(answer);
    assert_int_equal(status_as(world, other, "GET", "/session", NULL), 200);
    /* The hub's own socket has no session. */
    assert_int_equal(status_as(world, "", "DELETE", "/session", NULL), 409);
}

/* A wrong name, a wrong password, an admin who is disabled: one answer, and as much work. */
static void test_one_answer(void **state)
{
    struct world *world = *state;
    static const struct {
        const char *name, *password;
    } tries[] = {{"anna", "wrong"}, {"nobody", PASSWORD}, {"carl", PASSWORD}};
    json_t *first = NULL;
    add_admin(world, "anna", "owner", "");
    add_admin(world, "carl", "operator", "");
    assert_int_equal(status_as(world, "", "PATCH", "/admins/carl", "{\"enabled\":false}"), 200);
    for (size_t i = 0; i < ELEMENTS(tries); i++) {
        fake_hash.asked = 0;
        json_t *answer = try_sign_in(world, tries[i].name, tries[i].password, NULL);
        assert_int_equal(number_at(answer, "status"), 401);
        assert_int_equal(fake_hash.asked, 1);
        if (!first)
            first = answer;
        else {
            assert_true(json_equal(first, answer));
            json_decref(answer);
        }
    }
    json_decref(first);
}

static void test_an_id_is_no_name(void **state)
{
    struct world *world = *state;
    add_admin(world, "anna", "owner", "");
    json_t *admin = as(world, "", "GET", "/admins/anna", NULL);
    assert_int_equal(status_of(try_sign_in(world, text_at(admin, "body.id"), PASSWORD, NULL)), 401);
    json_decref(admin);
}

static void test_brute_force(void **state)
{
    struct world *world = *state;
    int answered = 0;
    add_admin(world, "anna", "owner", "");
    for (int i = 0; i < 20; i++)
        answered += status_of(try_sign_in(world, "anna", "wrong", NULL)) == 401;
    assert_in_range(answered, 5, 7);
    json_t *answer = try_sign_in(world, "anna", PASSWORD, NULL);
    assert_int_equal(number_at(answer, "status"), 429);
    assert_string_equal(type_of(answer), "wait");
    json_decref(answer);
    /* Others see that somebody tries. */
    answer = world_call(world, "GET", "/events", "{\"after\":\"0\",\"follow\":\"no\"}", NULL, NULL);
    bool told = false;
    size_t index;
    json_t *event;
    json_array_foreach((json_t *)at(answer, "body.items"), index, event) told |=
        text_equal(text_at(event, "kind"), "admin.refused");
    assert_true(told);
    json_decref(answer);
}

static void test_hash_is_busy_or_dies(void **state)
{
    struct world *world = *state;
    char session[44];
    add_admin(world, "anna", "owner", "");
    fake_hash.refuses = -EBUSY;
    for (int i = 0; i < 10; i++)
        assert_int_equal(status_of(try_sign_in(world, "anna", PASSWORD, NULL)), 503);
    fake_hash = (struct fake_hash){.fails = -EPIPE};
    for (int i = 0; i < 10; i++)
        assert_int_equal(status_of(try_sign_in(world, "anna", PASSWORD, NULL)), 503);
    /* Nobody is charged for that. */
    fake_hash = (struct fake_hash){};
    sign_in(world, "anna", session);
}

/* ---- the authenticator app ---- */

static uint64_t step_now(void)
{
    return (uint64_t)clock_seconds() / TOTP_STEP_SECONDS;
}

static void code_at(struct world *world, uint64_t step, char code[static 8])
{
    struct admin admin;
    struct totp_row row;
    struct totp_secret secret;
    assert_int_equal(admin_store_find(world->engine.store, "anna", &admin), 0);
    assert_int_equal(totp_store_get(world->engine.store, admin.id, &row), 0);
    memcpy(secret.bytes, row.secret, sizeof secret.bytes);
    snprintf(code, 8, "%06u", totp_code(&secret, step) % 1000000);
}

static json_t *set_up_app(struct world *world, const char *session, uint64_t step)
{
    char code[8], body[40];
    json_t *answer = as(world, session, "POST", "/admins/me/totp", NULL);
    assert_int_equal(number_at(answer, "status"), 201);
    assert_int_equal(strlen(text_at(answer, "body.secret")), 32);
    assert_non_null(strstr(text_at(answer, "body.uri"), text_at(answer, "body.secret")));
    assert_non_null(strstr(text_at(answer, "body.qr"), "<svg"));
    json_decref(answer);
    assert_int_equal(
        status_as(world, session, "POST", "/admins/me/totp/confirm", "{\"code\":\"abc\"}"), 422);
    code_at(world, step, code);
    snprintf(body, sizeof body, "{\"code\":\"%s\"}", code);
    answer = as(world, session, "POST", "/admins/me/totp/confirm", body);
    assert_int_equal(number_at(answer, "status"), 200);
    assert_int_equal(json_array_size(at(answer, "body.recovery_codes")), 10);
    return answer;
}

static void test_app(void **state)
{
    struct world *world = *state;
    char session[44], code[8];
    uint64_t step = step_now();
    add_admin(world, "anna", "owner", "");
    sign_in(world, "anna", session);
    json_t *codes = set_up_app(world, session, step - 1);
    assert_int_equal(status_as(world, session, "POST", "/admins/me/totp", NULL), 409);

    json_t *answer = try_sign_in(world, "anna", PASSWORD, NULL);
    assert_int_equal(number_at(answer, "status"), 401);
    assert_string_equal(type_of(answer), "code-needed");
    json_decref(answer);
    /* The code that confirmed is used up, and so is each after it was used. */
    code_at(world, step - 1, code);
    assert_int_equal(status_of(try_sign_in(world, "anna", PASSWORD, code)), 401);
    code_at(world, step, code);
    assert_int_equal(status_of(try_sign_in(world, "anna", "wrong", code)), 401);
    answer = try_sign_in(world, "anna", PASSWORD, code);
    assert_int_equal(number_at(answer, "status"), 201);
    assert_string_equal(text_at(answer, "body.session.method"), "password+totp");
    json_decref(answer);
    assert_int_equal(status_of(try_sign_in(world, "anna", PASSWORD, code)), 401);
    /* A recovery code, once. */
    const char *recovery = text_at(codes, "body.recovery_codes[3]");
    answer = try_sign_in(world, "anna", PASSWORD, recovery);
    assert_int_equal(number_at(answer, "status"), 201);
    assert_int_equal(number_at(answer, "body.admin.recovery_codes"), 9);
    json_decref(answer);
    assert_int_equal(status_of(try_sign_in(world, "anna", PASSWORD, recovery)), 401);
    json_decref(codes);
}

static void test_recovery_codes_anew(void **state)
{
    struct world *world = *state;
    char session[44];
    uint64_t step = step_now();
    add_admin(world, "anna", "owner", "");
    sign_in(world, "anna", session);
    assert_int_equal(status_as(world, session, "POST", "/admins/me/totp/recovery", NULL), 409);
    json_t *before = set_up_app(world, session, step - 1);
    /* One that was not confirmed has none either; another admin's are its own. */
    add_admin(world, "ben", "owner", "");
    assert_int_equal(status_as(world, session, "POST", "/admins/ben/totp/recovery", NULL), 403);
    json_t *after = as(world, session, "POST", "/admins/me/totp/recovery", NULL);
    assert_int_equal(number_at(after, "status"), 200);
    assert_int_equal(json_array_size(at(after, "body.recovery_codes")), 10);
    for (size_t i = 0; i < 10; i++)
        for (size_t k = 0; k < 10; k++)
            assert_false(json_equal(json_array_get(at(before, "body.recovery_codes"), i),
                                    json_array_get(at(after, "body.recovery_codes"), k)));
    assert_int_equal(
        status_of(try_sign_in(world, "anna", PASSWORD, text_at(before, "body.recovery_codes[0]"))),
        401);
    json_t *answer = try_sign_in(world, "anna", PASSWORD, text_at(after, "body.recovery_codes[9]"));
    assert_int_equal(number_at(answer, "status"), 201);
    assert_int_equal(number_at(answer, "body.admin.recovery_codes"), 9);
    json_decref(answer);
    /* The app's secret is as it was. */
    char code[8];
    code_at(world, step, code);
    assert_int_equal(status_of(try_sign_in(world, "anna", PASSWORD, code)), 201);
    json_decref(before);
    json_decref(after);
}

static void test_app_of_others(void **state)
{
    struct world *world = *state;
    char anna[44], carl[44];
    add_admin(world, "anna", "owner", "");
    add_admin(world, "carl", "operator", "");
    sign_in(world, "anna", anna);
    sign_in(world, "carl", carl);
    json_decref(set_up_app(world, anna, step_now()));
    assert_int_equal(status_as(world, carl, "DELETE", "/admins/anna/totp", NULL), 403);
    assert_int_equal(status_as(world, anna, "POST", "/admins/carl/totp", NULL), 403);
    assert_int_equal(status_as(world, carl, "POST", "/admins/me/totp", NULL), 201);
    /* What was begun and not confirmed asks for nothing; an owner takes it away. */
    sign_in(world, "carl", carl);
    assert_int_equal(status_as(world, anna, "DELETE", "/admins/carl/totp", NULL), 200);
    assert_int_equal(status_as(world, anna, "DELETE", "/admins/me/totp", NULL), 200);
    sign_in(world, "anna", anna);
}

/* ---- passkeys ---- */

#define ORIGIN "https://vpn.example.net"

static void challenge_of(const json_t *answer, uint8_t challenge[static PASSKEY_CHALLENGE_SIZE])
{
    const char *text = text_at(answer, "body.challenge");
    size_t size = 0;
    assert_int_equal(number_at(answer, "status"), 200);
    assert_int_equal(sodium_base642bin(challenge, PASSKEY_CHALLENGE_SIZE, text, strlen(text), NULL,
                                       &size, NULL, sodium_base64_VARIANT_URLSAFE_NO_PADDING),
                     0);
    assert_int_equal(size, PASSKEY_CHALLENGE_SIZE);
}

static json_t *as_text(const void *bytes, size_t size)
{
    char text[2000];
    return json_string(sodium_bin2base64(text, sizeof text, bytes, size,
                                         sodium_base64_VARIANT_URLSAFE_NO_PADDING));
}

static char *passkey_body(const struct device *device, const struct said *said, bool is_new)
{
    json_t *body =
        json_pack("{s:o,s:o,s:o}", "id", as_text(device->credential, sizeof device->credential),
                  "client_data", as_text(said->client_data, strlen(said->client_data)),
                  "authenticator_data", as_text(said->data, said->size));
    if (is_new) {
        json_object_set_new(body, "name", json_string("phone"));
        json_object_set_new(body, "public_key",
                            as_text(device->public_key, device->public_key_size));
    } else {
        json_object_set_new(body, "signature", as_text(said->signature, said->signature_size));
    }
    char *text = json_dumps(body, JSON_COMPACT);
    json_decref(body);
    return text;
}

static void add_passkey(struct world *world, const char *session, const struct device *device)
{
    uint8_t challenge[PASSKEY_CHALLENGE_SIZE];
    struct said said = {0};
    json_t *answer = as(world, session, "POST", "/admins/me/passkeys/options", NULL);
    challenge_of(answer, challenge);
    assert_string_equal(text_at(answer, "body.relying_party.id"), "vpn.example.net");
    json_decref(answer);
    say_client_data(&said, "webauthn.create", ORIGIN, challenge);
    say_credential(&said, device, "vpn.example.net");
    _cleanup_free_ char *body = passkey_body(device, &said, true);
    assert_int_equal(status_as(world, session, "POST", "/admins/me/passkeys", body), 201);
    /* The challenge is used up. */
    assert_int_equal(status_as(world, session, "POST", "/admins/me/passkeys", body), 422);
}

static json_t *passkey_sign_in(struct world *world, const struct device *device, uint8_t flags,
                               uint32_t counter)
{
    uint8_t challenge[PASSKEY_CHALLENGE_SIZE];
    struct said said = {0};
    json_t *answer = world_call(world, "POST", "/session/passkey/options", NULL, NOBODY, NULL);
    challenge_of(answer, challenge);
    json_decref(answer);
    say_client_data(&said, "webauthn.get", ORIGIN, challenge);
    say_data(&said, "vpn.example.net", flags, counter);
    say_signature(&said, device);
    _cleanup_free_ char *body = passkey_body(device, &said, false);
    answer = world_call(world, "POST", "/session/passkey/verify", NULL, NOBODY, body);
    assert_int_equal(
        status_of(world_call(world, "POST", "/session/passkey/verify", NULL, NOBODY, body)), 401);
    return answer;
}

static void test_passkey(void **state)
{
    struct world *world = *state;
    struct device device, stranger;
    char session[44], path[60];
    device_init(&device, GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1));
    device_init(&stranger, GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1));
    add_admin(world, "anna", "owner", "");
    sign_in(world, "anna", session);
    add_passkey(world, session, &device);
    json_t *answer = passkey_sign_in(world, &device, 0x05, 1);
    assert_int_equal(number_at(answer, "status"), 201);
    assert_string_equal(text_at(answer, "body.session.method"), "passkey");
    assert_int_equal(status_as(world, text_at(answer, "session"), "GET", "/session", NULL), 200);
    json_decref(answer);
    /* Without having asked who it is; with a counter that stands still; one that is not known. */
    assert_int_equal(status_of(passkey_sign_in(world, &device, 0x01, 2)), 401);
    world_restart_identity(world); /* what was guessed from here is forgotten */
    assert_int_equal(status_of(passkey_sign_in(world, &device, 0x05, 1)), 401);
    world_restart_identity(world);
    assert_int_equal(status_of(passkey_sign_in(world, &stranger, 0x05, 9)), 401);
    world_restart_identity(world);
    answer = as(world, session, "GET", "/admins/me/passkeys", NULL);
    assert_string_equal(text_at(answer, "body.items[0].name"), "phone");
    snprintf(path, sizeof path, "/admins/me/passkeys/%s", text_at(answer, "body.items[0].id"));
    json_decref(answer);
    assert_int_equal(status_as(world, "", "PATCH", "/admins/anna", "{\"enabled\":true}"), 200);
    assert_int_equal(status_as(world, session, "DELETE", path, NULL), 200);
    assert_int_equal(status_of(passkey_sign_in(world, &device, 0x05, 7)), 401);
    device_done(&device);
    device_done(&stranger);
}

/* An address is no name. */
static void test_passkeys_need_a_name(void **state)
{
    struct world *world = *state;
    snprintf(world->engine.settings.public_name, sizeof world->engine.settings.public_name,
             "192.0.2.1");
    assert_int_equal(
        status_of(world_call(world, "POST", "/session/passkey/options", NULL, NOBODY, NULL)), 409);
}

/* ---- sessions ---- */

static void test_sessions_end(void **state)
{
    struct world *world = *state;
    char session[44];
    add_admin(world, "anna", "owner", "");
    sign_in(world, "anna", session);
    world_restart_identity(world);
    assert_int_equal(status_as(world, session, "GET", "/session", NULL), 200);
    /* Not used for too long. */
    world->engine.settings.session_idle = 0;
    assert_int_equal(status_as(world, session, "GET", "/session", NULL), 401);
    world->engine.settings.session_idle = 1800;
    world->engine.settings.session_lifetime = 0;
    sign_in(world, "anna", session);
    assert_int_equal(status_as(world, session, "GET", "/session", NULL), 401);
}

static void test_end_somebodys_session(void **state)
{
    struct world *world = *state;
    char anna[44], carl[44], path[40];
    add_admin(world, "anna", "owner", "");
    add_admin(world, "carl", "operator", "");
    sign_in(world, "anna", anna);
    sign_in(world, "carl", carl);
    json_t *mine = as(world, carl, "GET", "/sessions", NULL);
    json_t *all = as(world, anna, "GET", "/sessions", NULL);
    assert_int_equal(json_array_size(at(mine, "body.items")), 1);
    assert_int_equal(json_array_size(at(all, "body.items")), 2);
    assert_true(json_is_true(at(mine, "body.items[0].current")));
    /* Carl's own; Anna's he does not even see. */
    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "/sessions/%s",
                 text_at(all, i ? "body.items[1].id" : "body.items[0].id"));
        bool own = text_equal(text_at(mine, "body.items[0].id"), path + 10);
        if (!own)
            assert_int_equal(status_as(world, carl, "DELETE", path, NULL), 404);
    }
    snprintf(path, sizeof path, "/sessions/%s", text_at(mine, "body.items[0].id"));
    assert_int_equal(status_as(world, anna, "DELETE", path, NULL), 200);
    assert_int_equal(status_as(world, carl, "GET", "/session", NULL), 401);
    assert_int_equal(status_as(world, anna, "GET", "/session", NULL), 200);
    json_decref(mine);
    json_decref(all);
}

static void test_many_sessions(void **state)
{
    struct world *world = *state;
    char first[44], session[44];
    add_admin(world, "anna", "owner", "");
    sign_in(world, "anna", first);
    for (int i = 0; i < SESSIONS_OF_ADMIN_MAX; i++)
        sign_in(world, "anna", session);
    assert_int_equal(status_as(world, first, "GET", "/session", NULL), 401);
    json_t *answer = as(world, session, "GET", "/sessions", NULL);
    assert_int_equal(json_array_size(at(answer, "body.items")), SESSIONS_OF_ADMIN_MAX);
    json_decref(answer);
}

/* A stream that was opened before tells nothing any more, and is closed. */
static void test_stream_ends_with_the_session(void **state)
{
    struct world *world = *state;
    char session[44];
    int fd = world_connect(world);
    add_admin(world, "anna", "owner", "");
    sign_in(world, "anna", session);
    _cleanup_free_ char *line = text_format("{\"method\":\"GET\",\"path\":\"/api/v1/events\","
                                            "\"headers\":{\"authorization\":\"Session %s\"}}\n",
                                            session);
    world_send(world, fd, line);
    json_decref(world_receive(world, fd));
    event_log_add(world->engine.events, "role.ended", NULL, NULL, NULL, "first");
    json_t *event = world_receive(world, fd);
    assert_string_equal(text_at(event, "event.text"), "first");
    json_decref(event);
    assert_int_equal(status_as(world, session, "DELETE", "/session", NULL), 200);
    event_log_add(world->engine.events, "role.ended", NULL, NULL, NULL, "second");
    world_turn(world);
    char rest[10];
    assert_int_equal(recv(fd, rest, sizeof rest, MSG_DONTWAIT), 0);
    close(fd);
}

/* ---- admins ---- */

static void test_password(void **state)
{
    struct world *world = *state;
    char session[44], other[44];
    add_admin(world, "anna", "owner", "");
    sign_in(world, "anna", session);
    sign_in(world, "anna", other);
    assert_int_equal(status_as(world, session, "POST", "/admins/me/password",
                               "{\"password\":\"another good one\"}"),
                     422);
    assert_int_equal(
        status_as(world, session, "POST", "/admins/me/password",
                  "{\"password\":\"another good one\",\"current_password\":\"wrong\"}"),
        422);
    json_t *answer =
        as(world, session, "POST", "/admins/me/password",
           "{\"password\":\"another good one\",\"current_password\":\"" PASSWORD "\"}");
    assert_int_equal(number_at(answer, "status"), 200);
    assert_int_equal(status_as(world, session, "GET", "/session", NULL), 401);
    assert_int_equal(status_as(world, other, "GET", "/session", NULL), 401);
    assert_int_equal(status_as(world, text_at(answer, "session"), "GET", "/session", NULL), 200);
    json_decref(answer);
    assert_int_equal(status_of(try_sign_in(world, "anna", PASSWORD, NULL)), 401);
    assert_int_equal(status_of(try_sign_in(world, "anna", "another good one", NULL)), 201);
    /* On the hub itself nobody asks for the present one. */
    assert_int_equal(
        status_as(world, "", "POST", "/admins/anna/password", "{\"password\":\"" PASSWORD "\"}"),
        200);
    sign_in(world, "anna", session);
}

static void test_last_owner(void **state)
{
    struct world *world = *state;
    static const char *const changes[] = {"{\"role\":\"operator\"}", "{\"enabled\":false}"};
    char session[44];
    add_admin(world, "anna", "owner", "");
    add_admin(world, "carl", "operator", "");
    sign_in(world, "anna", session);
    for (size_t i = 0; i < ELEMENTS(changes); i++) {
        json_t *answer = as(world, session, "PATCH", "/admins/anna", changes[i]);
        assert_int_equal(number_at(answer, "status"), 409);
        assert_string_equal(type_of(answer), "last-owner");
        json_decref(answer);
    }
    assert_int_equal(status_as(world, session, "DELETE", "/admins/anna", NULL), 409);
    assert_int_equal(status_as(world, "", "DELETE", "/admins/anna", NULL), 409);
    /* One who is disabled does not count. */
    assert_int_equal(status_as(world, session, "PATCH", "/admins/carl",
                               "{\"role\":\"owner\",\"enabled\":false}"),
                     200);
    assert_int_equal(status_as(world, session, "DELETE", "/admins/anna", NULL), 409);
    assert_int_equal(status_as(world, session, "PATCH", "/admins/carl", "{\"enabled\":true}"), 200);
    assert_int_equal(status_as(world, session, "DELETE", "/admins/me", NULL), 200);
    assert_int_equal(status_as(world, session, "GET", "/session", NULL), 401);
}

static void test_nobody_raises_himself(void **state)
{
    struct world *world = *state;
    char session[44];
    add_admin(world, "anna", "owner", "");
    add_admin(world, "carl", "operator", "");
    sign_in(world, "carl", session);
    assert_int_equal(status_as(world, session, "PATCH", "/admins/me", "{\"role\":\"owner\"}"), 403);
    assert_int_equal(status_as(world, session, "POST", "/admins",
                               "{\"name\":\"dora\",\"role\":\"auditor\",\"password\":\"" PASSWORD
                               "\"}"),
                     403);
    assert_int_equal(status_as(world, session, "POST", "/admins/anna/password",
                               "{\"password\":\"another good one\"}"),
                     403);
    assert_int_equal(
        status_as(world, session, "POST", "/tokens", "{\"name\":\"ci\",\"role\":\"owner\"}"), 422);
    /* What an owner takes away is gone at once. */
    assert_int_equal(status_as(world, "", "PATCH", "/admins/carl", "{\"role\":\"auditor\"}"), 200);
    json_t *answer = as(world, session, "GET", "/session", NULL);
    assert_string_equal(text_at(answer, "body.role"), "auditor");
    json_decref(answer);
    assert_int_equal(status_as(world, "", "PATCH", "/admins/carl", "{\"enabled\":false}"), 200);
    assert_int_equal(status_as(world, session, "GET", "/session", NULL), 401);
}

static void test_admins_refused(void **state)
{
    struct world *world = *state;
    static const char *const bodies[] = {
        "{\"name\":\"a\",\"role\":\"auditor\",\"password\":\"" PASSWORD "\"}",
        "{\"name\":\"root\",\"role\":\"auditor\",\"password\":\"" PASSWORD "\"}",
        "{\"name\":\"dora\",\"role\":\"king\",\"password\":\"" PASSWORD "\"}",
        "{\"name\":\"dora\",\"role\":\"auditor\",\"password\":\"short\"}",
        "{\"name\":\"dora\",\"role\":\"auditor\"}",
        "{\"name\":\"dora\",\"role\":\"owner\",\"instances\":[],\"password\":\"" PASSWORD "\"}",
        "{\"name\":\"dora\",\"role\":\"auditor\",\"instances\":[\"nope\"],\"password\":\"" PASSWORD
        "\"}",
    };
    for (size_t i = 0; i < ELEMENTS(bodies); i++) {
        json_t *answer = as(world, "", "POST", "/admins", bodies[i]);
        _cleanup_free_ char *text = json_dumps(answer, 0);
        assert_int_equal(number_at(answer, "status"), 422);
        assert_null(strstr(text, "short\"")); /* no secret is repeated */
        json_decref(answer);
    }
    add_admin(world, "dora", "auditor", "");
    json_t *answer = as(world, "", "POST", "/admins",
                        "{\"name\":\"DORA\",\"role\":\"auditor\",\"password\":\"" PASSWORD "\"}");
    assert_int_equal(number_at(answer, "status"), 409);
    json_decref(answer);
}

static void test_dry_run(void **state)
{
    struct world *world = *state;
    json_t *answer =
        world_call(world, "POST", "/admins", "{\"dry_run\":\"1\"}", NULL,
                   "{\"name\":\"anna\",\"role\":\"owner\",\"password\":\"" PASSWORD "\"}");
    assert_int_equal(number_at(answer, "status"), 200);
    assert_string_equal(text_at(answer, "body.would.name"), "anna");
    json_decref(answer);
    assert_int_equal(fake_hash.asked, 0);
    assert_int_equal(status_as(world, "", "GET", "/admins/anna", NULL), 404);
}

/* ---- limits ---- */

static void add_instance(struct world *world, const char *name)
{
    _cleanup_free_ char *body = text_format("{\"name\":\"%s\",\"hostname\":\"%s\"}", name, name);
    assert_int_equal(status_as(world, "", "POST", "/instances", body), 201);
}

static void assert_one(json_t *answer, const char *where, const char *wanted)
{
    assert_int_equal(number_at(answer, "status"), 200);
    assert_int_equal(json_array_size(at(answer, "body.items")), 1);
    assert_string_equal(text_at(answer, where), wanted);
    json_decref(answer);
}

static void test_limited(void **state)
{
    struct world *world = *state;
    char session[44];
    add_instance(world, "acme");
    add_instance(world, "beta");
    add_admin(world, "anna", "owner", "");
    add_admin(world, "carl", "operator", ",\"instances\":[\"beta\"]");
    sign_in(world, "carl", session);
    assert_one(as(world, session, "GET", "/instances", NULL), "body.items[0].name", "beta");
    assert_one(as(world, session, "GET", "/admins", NULL), "body.items[0].name", "carl");
    assert_one(as(world, session, "GET", "/audit", NULL), "body.items[0].name", "beta");
    char header[100];
    snprintf(header, sizeof header, "{\"authorization\":\"Session %s\"}", session);
    assert_one(
        world_call(world, "GET", "/events", "{\"after\":\"0\",\"follow\":\"no\"}", header, NULL),
        "body.items[0].instance", "beta");
    assert_int_equal(status_as(world, session, "GET", "/instances/acme", NULL), 404);
    assert_int_equal(status_as(world, session, "GET", "/instances/beta", NULL), 200);
    assert_int_equal(status_as(world, session, "GET", "/admins/anna", NULL), 404);
    json_t *answer = as(world, session, "GET", "/status", NULL);
    assert_int_equal(number_at(answer, "body.instances.total"), 1);
    assert_true(json_is_null(at(answer, "body.setup.link")));
    json_decref(answer);
    /* The instance goes, and the rights with it: nothing is seen, not everything. */
    assert_int_equal(status_as(world, "", "DELETE", "/instances/beta", NULL) / 100, 2);
    answer = as(world, session, "GET", "/instances", NULL);
    for (size_t i = 0; i < json_array_size(at(answer, "body.items")); i++)
        assert_string_not_equal(
            json_string_value(json_object_get(json_array_get(at(answer, "body.items"), i), "name")),
            "acme");
    json_decref(answer);
}

/* ---- tokens ---- */

static void add_token(struct world *world, const char *session, const char *body,
                      char token[static 48])
{
    json_t *answer = as(world, session, "POST", "/tokens", body);
    assert_int_equal(number_at(answer, "status"), 201);
    snprintf(token, 48, "%s", text_at(answer, "body.token"));
    assert_int_equal(strncmp(token, "wrn_", 4), 0);
    json_decref(answer);
}

static void test_tokens(void **state)
{
    struct world *world = *state;
    char session[44], token[48], other[48];
    add_admin(world, "anna", "owner", "");
    sign_in(world, "anna", session);
    add_token(world, session, "{\"name\":\"ci\",\"role\":\"auditor\"}", token);
    assert_int_equal(
        status_as(world, session, "POST", "/tokens", "{\"name\":\"CI\",\"role\":\"auditor\"}"),
        409);
    json_t *answer = as(world, token, "GET", "/session", NULL);
    assert_string_equal(text_at(answer, "body.who"), "token ci of anna");
    assert_string_equal(text_at(answer, "body.role"), "auditor");
    json_decref(answer);
    assert_int_equal(status_as(world, token, "POST", "/instances", "{}"), 403);
    assert_int_equal(
        status_as(world, token, "POST", "/tokens", "{\"name\":\"x\",\"role\":\"auditor\"}"), 403);
    /* It is listed without itself. */
    answer = as(world, session, "GET", "/tokens", NULL);
    _cleanup_free_ char *text = json_dumps(answer, 0);
    assert_null(strstr(text, token));
    assert_string_equal(text_at(answer, "body.items[0].last_used_from"), "unix socket");
    json_decref(answer);
    /* Sources are networks; this socket is in none. */
    add_token(world, session,
              "{\"name\":\"far\",\"role\":\"auditor\",\"sources\":[\"192.0.2.0/24\"]}", other);
    answer = as(world, other, "GET", "/session", NULL);
    assert_int_equal(number_at(answer, "status"), 403);
    assert_string_equal(type_of(answer), "source");
    json_decref(answer);
    assert_int_equal(
        status_as(world, session, "POST", "/tokens",
                  "{\"name\":\"y\",\"role\":\"auditor\",\"sources\":[\"192.0.2.1/24\"]}"),
        422);
    assert_int_equal(status_as(world, session, "DELETE", "/tokens/ci", NULL), 200);
    assert_int_equal(status_as(world, token, "GET", "/session", NULL), 401);
}

static void test_token_expires_and_goes_with_its_admin(void **state)
{
    struct world *world = *state;
    char session[44], token[48], other[48];
    add_admin(world, "anna", "owner", "");
    add_admin(world, "carl", "operator", "");
    sign_in(world, "carl", session);
    add_token(world, session, "{\"name\":\"a\",\"role\":\"operator\",\"expires_in\":\"1s\"}",
              token);
    add_token(world, session, "{\"name\":\"b\",\"role\":\"operator\",\"expires_in\":null}", other);
    assert_int_equal(status_as(world, other, "GET", "/session", NULL), 200);
    for (int i = 0; i < 30 && status_as(world, token, "GET", "/session", NULL) == 200; i++)
        usleep(100 * 1000);
    assert_int_equal(status_as(world, token, "GET", "/session", NULL), 401);
    /* The lesser of both roles. */
    assert_int_equal(status_as(world, "", "PATCH", "/admins/carl", "{\"role\":\"auditor\"}"), 200);
    json_t *answer = as(world, other, "GET", "/session", NULL);
    assert_string_equal(text_at(answer, "body.role"), "auditor");
    json_decref(answer);
    assert_int_equal(status_as(world, "", "DELETE", "/admins/carl", NULL), 200);
    assert_int_equal(status_as(world, other, "GET", "/session", NULL), 401);
    answer = as(world, "", "GET", "/tokens", NULL);
    assert_int_equal(json_array_size(at(answer, "body.items")), 0);
    json_decref(answer);
}

static void test_token_on_the_hub_needs_an_admin(void **state)
{
    struct world *world = *state;
    char token[48];
    add_admin(world, "anna", "operator", "");
    assert_int_equal(
        status_as(world, "", "POST", "/tokens", "{\"name\":\"ci\",\"role\":\"auditor\"}"), 422);
    assert_int_equal(status_as(world, "", "POST", "/tokens",
                               "{\"name\":\"ci\",\"role\":\"owner\",\"admin\":\"anna\"}"),
                     422);
    add_token(world, "", "{\"name\":\"ci\",\"role\":\"operator\",\"admin\":\"anna\"}", token);
    assert_int_equal(status_as(world, token, "GET", "/session", NULL), 200);
}

/* ---- what is written ---- */

static void test_no_secret_is_written(void **state)
{
    struct world *world = *state;
    char session[44], token[48];
    add_admin(world, "anna", "owner", "");
    sign_in(world, "anna", session);
    add_token(world, session, "{\"name\":\"ci\",\"role\":\"auditor\"}", token);
    json_t *codes = set_up_app(world, session, step_now());
    json_t *app = as(world, "", "GET", "/admins/anna", NULL);
    json_t *kept =
        world_call(world, "POST", "/admins", NULL, "{\"idempotency-key\":\"k\"}",
                   "{\"name\":\"carl\",\"role\":\"auditor\",\"password\":\"" PASSWORD "\"}");
    assert_int_equal(number_at(kept, "status"), 201);
    static const char *const paths[] = {"/audit", "/admins", "/sessions", "/tokens"};
    for (size_t i = 0; i < ELEMENTS(paths); i++) {
        json_t *answer = as(world, "", "GET", paths[i], NULL);
        _cleanup_free_ char *text = json_dumps(answer, 0);
        assert_null(strstr(text, "horse"));
        assert_null(strstr(text, session));
        assert_null(strstr(text, token + 4));
        assert_null(strstr(text, text_at(codes, "body.recovery_codes[0]")));
        json_decref(answer);
    }
    /* Neither the audit's chain nor who did it from where is missing. */
    json_t *answer = as(world, "", "GET", "/audit", NULL);
    assert_string_equal(text_at(answer, "body.items[1].action"), "admin.totp-confirm");
    assert_string_equal(text_at(answer, "body.items[1].who"), "admin anna");
    json_decref(answer);
    answer = as(world, "", "GET", "/audit/verify", NULL);
    assert_true(json_is_true(at(answer, "body.whole")));
    json_decref(answer);
    json_decref(codes);
    json_decref(app);
    json_decref(kept);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_setup),
        TEST(test_new_setup_link_ends_the_old_one),
        TEST(test_sign_in_and_out),
        TEST(test_one_answer),
        TEST(test_an_id_is_no_name),
        TEST(test_brute_force),
        TEST(test_hash_is_busy_or_dies),
        TEST(test_app),
        TEST(test_recovery_codes_anew),
        TEST(test_app_of_others),
        TEST(test_passkey),
        TEST(test_passkeys_need_a_name),
        TEST(test_sessions_end),
        TEST(test_end_somebodys_session),
        TEST(test_many_sessions),
        TEST(test_stream_ends_with_the_session),
        TEST(test_password),
        TEST(test_last_owner),
        TEST(test_nobody_raises_himself),
        TEST(test_admins_refused),
        TEST(test_dry_run),
        TEST(test_limited),
        TEST(test_tokens),
        TEST(test_token_expires_and_goes_with_its_admin),
        TEST(test_token_on_the_hub_needs_an_admin),
        TEST(test_no_secret_is_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
