/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Each route, asked by each role, with and without limits to instances, by a session and by a
 * token. What is expected stands here once more, by hand: a new route without a decision fails.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "api_world.h"
#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "hub/engine/identity.h"
#include "hub/engine/web_tls.h"

enum kind {
    UNDECIDED,
    PUBLIC,   /* anybody */
    INSTANCE, /* who has the role, for the instances it sees */
    HUB,      /* who has the role and no limit */
    OWN,      /* who has the role; the handler shows what is the caller's */
};
enum { STALE = 1, FRESH = 2 }; /* does it take a sign-in of a short while ago */

static const struct decision {
    enum kind kind;
    enum api_role role;
    int fresh;
} decisions[ROUTE_COUNT] = {
    [ROUTE_STATUS_GET] = {OWN, API_AUDITOR, STALE},
    [ROUTE_SETTINGS_LIST] = {HUB, API_AUDITOR, STALE},
    [ROUTE_SETTINGS_SET] = {HUB, API_OWNER, STALE}, /* the wizard comes right after the set-up */
    [ROUTE_INSTANCE_LIST] = {OWN, API_AUDITOR, STALE},
    [ROUTE_INSTANCE_ADD] = {HUB, API_OPERATOR, STALE},
    [ROUTE_INSTANCE_GET] = {INSTANCE, API_AUDITOR, STALE},
    [ROUTE_INSTANCE_SET] = {INSTANCE, API_OPERATOR, STALE},
    [ROUTE_INSTANCE_DELETE] = {INSTANCE, API_OPERATOR, STALE},
    [ROUTE_PEER_LIST] = {INSTANCE, API_AUDITOR, STALE},
    [ROUTE_PEER_ADD] = {INSTANCE, API_OPERATOR, STALE},
    [ROUTE_PEER_GET] = {INSTANCE, API_AUDITOR, STALE},
    [ROUTE_PEER_SET] = {INSTANCE, API_OPERATOR, STALE},
    [ROUTE_PEER_DELETE] = {INSTANCE, API_OPERATOR, STALE},
    [ROUTE_PEER_ENABLE] = {INSTANCE, API_OPERATOR, STALE},
    [ROUTE_PEER_DISABLE] = {INSTANCE, API_OPERATOR, STALE},
    [ROUTE_PEER_REKEY] = {INSTANCE, API_OPERATOR, STALE},
    [ROUTE_PEER_FORGET_KEY] = {INSTANCE, API_OPERATOR, STALE},
    [ROUTE_PROFILE_LIST] = {INSTANCE, API_AUDITOR, STALE},
    [ROUTE_PROFILE_GET] = {INSTANCE, API_OPERATOR, STALE},
    [ROUTE_FIREWALL_LIST] = {INSTANCE, API_AUDITOR, STALE},
    [ROUTE_FIREWALL_ADD] = {INSTANCE, API_OPERATOR, STALE},
    [ROUTE_FIREWALL_TEST] = {INSTANCE, API_AUDITOR, STALE},
    [ROUTE_FIREWALL_GET] = {INSTANCE, API_AUDITOR, STALE},
    [ROUTE_FIREWALL_SET] = {INSTANCE, API_OPERATOR, STALE},
    [ROUTE_FIREWALL_MOVE] = {INSTANCE, API_OPERATOR, STALE},
    [ROUTE_FIREWALL_ENABLE] = {INSTANCE, API_OPERATOR, STALE},
    [ROUTE_FIREWALL_DISABLE] = {INSTANCE, API_OPERATOR, STALE},
    [ROUTE_FIREWALL_DELETE] = {INSTANCE, API_OPERATOR, STALE},
    [ROUTE_FIREWALL_CHECK_LIST] = {INSTANCE, API_AUDITOR, STALE},
    [ROUTE_FIREWALL_CHECK_ADD] = {INSTANCE, API_OPERATOR, STALE},
    [ROUTE_FIREWALL_CHECK_RUN] = {INSTANCE, API_AUDITOR, STALE},
    [ROUTE_FIREWALL_CHECK_DELETE] = {INSTANCE, API_OPERATOR, STALE},
    [ROUTE_USER_LIST] = {HUB, API_AUDITOR, STALE},
    [ROUTE_USER_ADD] = {HUB, API_OPERATOR, STALE},
    [ROUTE_USER_GET] = {HUB, API_AUDITOR, STALE},
    [ROUTE_USER_SET] = {HUB, API_OPERATOR, STALE},
    [ROUTE_USER_DELETE] = {HUB, API_OPERATOR, STALE},
    [ROUTE_USER_ENABLE] = {HUB, API_OPERATOR, STALE},
    [ROUTE_USER_DISABLE] = {HUB, API_OPERATOR, STALE},
    [ROUTE_USER_PEERS] = {HUB, API_AUDITOR, STALE},
    [ROUTE_LINK_LIST] = {OWN, API_AUDITOR, STALE},
    [ROUTE_LINK_ADD] = {INSTANCE, API_OPERATOR, STALE},
    [ROUTE_LINK_DELETE] = {OWN, API_OPERATOR, STALE},
    [ROUTE_LINK_OPEN] = {PUBLIC, API_AUDITOR, STALE},
    [ROUTE_LINK_FILE] = {PUBLIC, API_AUDITOR, STALE},
    [ROUTE_TRAFFIC_GET] = {OWN, API_AUDITOR, STALE},
    [ROUTE_ATTENTION_LIST] = {OWN, API_AUDITOR, STALE},
    [ROUTE_EXPLAIN_GET] = {INSTANCE, API_AUDITOR, STALE},
    [ROUTE_EVENTS_FOLLOW] = {OWN, API_AUDITOR, STALE},
    [ROUTE_AUDIT_LIST] = {OWN, API_AUDITOR, STALE},
    [ROUTE_AUDIT_VERIFY] = {HUB, API_AUDITOR, STALE},
    [ROUTE_API_GET] = {OWN, API_AUDITOR, STALE},
    [ROUTE_BACKUP_LIST] = {HUB, API_AUDITOR, STALE},
    [ROUTE_BACKUP_ADD] = {HUB, API_OWNER, STALE},
    [ROUTE_BACKUP_UPLOAD] = {HUB, API_OWNER, STALE},
    [ROUTE_BACKUP_KEY_GET] = {HUB, API_AUDITOR, STALE},
    [ROUTE_BACKUP_KEY_SET] = {HUB, API_OWNER, FRESH},
    [ROUTE_BACKUP_KEY_DELETE] = {HUB, API_OWNER, FRESH},
    [ROUTE_BACKUP_GET] = {HUB, API_AUDITOR, STALE},
    [ROUTE_BACKUP_FETCH] = {HUB, API_OWNER, FRESH},
    [ROUTE_BACKUP_RESTORE] = {HUB, API_OWNER, FRESH},
    [ROUTE_BACKUP_DELETE] = {HUB, API_OWNER, STALE},
    [ROUTE_BOX_GET] = {HUB, API_AUDITOR, STALE},
    [ROUTE_BOX_WISH] = {HUB, API_OWNER, FRESH},
    [ROUTE_UPDATE_GET] = {HUB, API_AUDITOR, STALE},
    [ROUTE_UPDATE_INSTALL] = {HUB, API_OWNER, STALE},
    [ROUTE_UPDATE_REBOOT] = {HUB, API_OWNER, FRESH},
    [ROUTE_UPDATE_CONFIRM] = {HUB, API_OWNER, STALE},
    [ROUTE_UPDATE_ROLLBACK] = {HUB, API_OWNER, STALE},
    [ROUTE_TLS_GET] = {HUB, API_AUDITOR, STALE},
    [ROUTE_TLS_SELF_SIGNED] = {HUB, API_OWNER, FRESH},
    [ROUTE_TLS_IMPORT] = {HUB, API_OWNER, FRESH},
    [ROUTE_TLS_ACME] = {HUB, API_OWNER, STALE},
    [ROUTE_TLS_CHALLENGE] = {PUBLIC, API_AUDITOR, STALE},
    [ROUTE_SETUP_GET] = {PUBLIC, API_AUDITOR, STALE},
    [ROUTE_SETUP_FINISH] = {PUBLIC, API_AUDITOR, STALE},
    [ROUTE_SETUP_LINK] = {HUB, API_OWNER, STALE},
    [ROUTE_SESSION_GET] = {OWN, API_AUDITOR, STALE},
    [ROUTE_SESSION_ADD] = {PUBLIC, API_AUDITOR, STALE},
    [ROUTE_SESSION_END] = {OWN, API_AUDITOR, STALE},
    [ROUTE_SESSION_PASSKEY_OPTIONS] = {PUBLIC, API_AUDITOR, STALE},
    [ROUTE_SESSION_PASSKEY_ADD] = {PUBLIC, API_AUDITOR, STALE},
    [ROUTE_SESSION_LIST] = {OWN, API_AUDITOR, STALE},
    [ROUTE_SESSION_DELETE] = {OWN, API_AUDITOR, STALE},
    [ROUTE_ADMIN_LIST] = {OWN, API_AUDITOR, STALE},
    [ROUTE_ADMIN_ADD] = {HUB, API_OWNER, FRESH},
    [ROUTE_ADMIN_GET] = {OWN, API_AUDITOR, STALE},
    [ROUTE_ADMIN_SET] = {HUB, API_OWNER, FRESH},
    [ROUTE_ADMIN_DELETE] = {HUB, API_OWNER, FRESH},
    [ROUTE_ADMIN_PASSWORD] = {OWN, API_AUDITOR, STALE}, /* with the present one */
    [ROUTE_ADMIN_TOTP_BEGIN] = {OWN, API_AUDITOR, FRESH},
    [ROUTE_ADMIN_TOTP_CONFIRM] = {OWN, API_AUDITOR, FRESH},
    [ROUTE_ADMIN_TOTP_RECOVERY] = {OWN, API_AUDITOR, FRESH},
    [ROUTE_ADMIN_TOTP_DELETE] = {OWN, API_AUDITOR, FRESH},
    [ROUTE_ADMIN_PASSKEY_LIST] = {OWN, API_AUDITOR, STALE},
    [ROUTE_ADMIN_PASSKEY_OPTIONS] = {OWN, API_AUDITOR, FRESH},
    [ROUTE_ADMIN_PASSKEY_ADD] = {OWN, API_AUDITOR, FRESH},
    [ROUTE_ADMIN_PASSKEY_DELETE] = {OWN, API_AUDITOR, FRESH},
    [ROUTE_TOKEN_LIST] = {OWN, API_AUDITOR, STALE},
    [ROUTE_TOKEN_ADD] = {OWN, API_AUDITOR, FRESH},
    [ROUTE_TOKEN_DELETE] = {OWN, API_AUDITOR, STALE},
};

/* Who asks. */
enum limit { UNLIMITED, SEES_IT, SEES_ANOTHER, LIMIT_COUNT };
enum credential { FRESH_SESSION, OLD_SESSION, TOKEN, CREDENTIAL_COUNT };

struct asker {
    enum api_role role;
    enum limit limit;
    enum credential credential;
};

static char instance_id[ID_MAX], another_id[ID_MAX];

static void add_instance(struct world *world, const char *name, char ret_id[static ID_MAX])
{
    _cleanup_free_ char *body = text_format("{\"name\":\"%s\",\"hostname\":\"%s\"}", name, name);
    json_t *answer = world_call(world, "POST", "/instances", NULL, NULL, body);
    assert_int_equal(number_at(answer, "status"), 201);
    snprintf(ret_id, ID_MAX, "%s", text_at(answer, "body.id"));
    json_decref(answer);
}

static int setup(void **state)
{
    struct world *world = world_new();
    assert_int_equal(web_tls_new(&world->engine, &world->engine.tls), 0);
    add_instance(world, "acme", instance_id);
    add_instance(world, "beta", another_id);
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;
    world->engine.tls = web_tls_free(world->engine.tls);
    world_free(world);
    return 0;
}

static struct rights rights_of(const struct asker *asker)
{
    struct rights rights = {.role = (uint8_t)asker->role, .limited = asker->limit != UNLIMITED};
    if (rights.limited) {
        rights.instance_count = 1;
        memcpy(rights.instances[0], asker->limit == SEES_IT ? instance_id : another_id, ID_MAX);
    }
    return rights;
}

/* A new admin each time, whose credential is the header's value. */
static void make_asker(struct world *world, const struct asker *asker, char header[static 100])
{
    struct store *store = world->engine.store;
    int64_t now = clock_seconds();
    struct admin admin = {.enabled = true, .rights = rights_of(asker)};
    struct token token;
    char text[API_TOKEN_TEXT_MAX];
    id_make(admin.id);
    snprintf(admin.name, sizeof admin.name, "x%s", admin.id);
    snprintf(admin.password, sizeof admin.password, "fake:old password here");
    assert_int_equal(admin_store_add(store, &admin), 0);
    token_make(&token);
    if (asker->credential == TOKEN) {
        struct token_row row = {.name = "t", .rights = admin.rights, .created_at = now};
        id_make(row.id);
        memcpy(row.admin_id, admin.id, ID_MAX);
        token_hash(&token, &row.hash);
        assert_int_equal(token_store_add(store, &row), 0);
        snprintf(header, 100, "{\"authorization\":\"Bearer %s\"}", api_token_format(&token, text));
    } else {
        int64_t age = asker->credential == OLD_SESSION ? FRESH_SECONDS + 5 : 0;
        struct session_row row = {.from = "192.0.2.1",
                                  .method = "password",
                                  .created_at = now - age,
                                  .last_used_at = now,
                                  .ends_at = now + 600};
        id_make(row.id);
        memcpy(row.admin_id, admin.id, ID_MAX);
        token_hash(&token, &row.hash);
        assert_int_equal(session_store_add(store, &row), 0);
        snprintf(header, 100, "{\"authorization\":\"Session %s\"}", token_format(&token, text));
    }
    identity_reload(world->engine.identity);
}

/* The route's path for this asker: the instance, itself, and nothing that there is. */
static void fill_path(const struct api_route *route, char path[static 200])
{
    const char *from = route->path + strlen("/api/v1");
    char *to = path;
    while (*from) {
        if (*from != '{') {
            *to++ = *from++;
            continue;
        }
        size_t length = strcspn(from, "}") + 1;
        const char *value = strncmp(from, "{instance}", length) == 0 ? instance_id
                            : strncmp(from, "{admin}", length) == 0  ? "me"
                                                                     : "nothing";
        to = stpcpy(to, value);
        from += length;
    }
    *to = 0;
}

static json_t *ask(struct world *world, const struct api_route *route, const char *header)
{
    char path[200];
    const char *query = route->changes                     ? "{\"dry_run\":\"1\"}"
                        : route->id == ROUTE_EVENTS_FOLLOW ? "{\"follow\":\"no\"}"
                                                           : NULL;
    fill_path(route, path);
    return world_call(world, api_method_name(route->method), path, query, header, NULL);
}

/* "" when it came past the gate, whatever the handler said. */
static const char *gate_of(json_t *answer)
{
    static char type[40];
    int status = number_at(answer, "status");
    const char *slash = strrchr(text_at(answer, "body.type"), '/');
    snprintf(type, sizeof type, "%s", slash ? slash + 1 : "");
    if (status == 404 && strstr(text_at(answer, "body.detail"), "there is no instance"))
        snprintf(type, sizeof type, "no-instance");
    else if (status != 401 && status != 403)
        *type = 0;
    json_decref(answer);
    return type;
}

static const char *expected(const struct decision *decision, const struct asker *asker)
{
    if (decision->kind == PUBLIC)
        return "";
    if (asker->role < decision->role)
        return "forbidden";
    if (decision->kind == HUB && asker->limit != UNLIMITED)
        return "forbidden";
    if (decision->kind == INSTANCE && asker->limit == SEES_ANOTHER)
        return "no-instance";
    if (decision->fresh == FRESH && asker->credential != FRESH_SESSION)
        return asker->credential == TOKEN ? "person" : "sign-in-again";
    return "";
}

static void test_every_route_is_decided(void **state)
{
    (void)state;
    for (int i = 0; i < ROUTE_COUNT; i++) {
        const struct api_route *route = api_route(i);
        bool has_instance = strstr(route->path, "{instance}") != NULL;
        if (decisions[i].kind == UNDECIDED)
            fail_msg("who may %s %s is not decided: write it down here, and give the route a scope",
                     api_method_name(route->method), route->path);
        assert_int_equal(route->access == API_ACCESS_PUBLIC, decisions[i].kind == PUBLIC);
        assert_int_equal(route->role, decisions[i].role);
        assert_int_equal(route->fresh, decisions[i].fresh == FRESH);
        assert_int_equal(has_instance, decisions[i].kind == INSTANCE);
        if (decisions[i].kind == HUB || decisions[i].kind == OWN)
            assert_int_equal(route->scope,
                             decisions[i].kind == HUB ? API_SCOPE_HUB : API_SCOPE_HANDLER);
    }
}

static void check_route(struct world *world, const struct api_route *route,
                        const struct asker *asker)
{
    const char *wanted = expected(&decisions[route->id], asker);
    char header[100];
    make_asker(world, asker, header);
    const char *gate = gate_of(ask(world, route, header));
    /* What is public answers by itself; what is the caller's alone may still say no to a token. */
    if (decisions[route->id].kind == PUBLIC ||
        (route->id == ROUTE_ADMIN_PASSWORD && asker->credential == TOKEN))
        return;
    if (!text_equal(gate, wanted))
        fail_msg("%s %s by %s, limit %d, credential %d: \"%s\" instead of \"%s\"",
                 api_method_name(route->method), route->path, api_role_name(asker->role),
                 asker->limit, asker->credential, gate, wanted);
}

static void test_matrix(void **state)
{
    struct world *world = *state;
    for (int i = 0; i < ROUTE_COUNT; i++)
        for (int role = API_AUDITOR; role <= API_OWNER; role++)
            for (int limit = 0; limit < LIMIT_COUNT; limit++)
                for (int credential = 0; credential < CREDENTIAL_COUNT; credential++)
                    check_route(world, api_route(i),
                                &(struct asker){(enum api_role)role, (enum limit)limit,
                                                (enum credential)credential});
}

/* Nobody has what is public, and no more. */
static void test_nobody(void **state)
{
    struct world *world = *state;
    static const char *const headers[] = {
        "{\"authorization\":\"Session AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}",
        "{\"authorization\":\"Session nonsense\"}",
        "{\"authorization\":\"Bearer wrn_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}",
        "{\"authorization\":\"Bearer nonsense\"}",
        "{\"authorization\":\"Basic cm9vdDo=\"}",
    };
    for (int i = 0; i < ROUTE_COUNT; i++)
        for (size_t j = 0; j < ELEMENTS(headers); j++) {
            json_t *answer = ask(world, api_route(i), headers[j]);
            int status = number_at(answer, "status");
            json_decref(answer);
            if (decisions[i].kind != PUBLIC)
                assert_int_equal(status, 401);
            else
                assert_int_not_equal(status, 500);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_route_is_decided),
        cmocka_unit_test_setup_teardown(test_matrix, setup, teardown),
        cmocka_unit_test_setup_teardown(test_nobody, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
