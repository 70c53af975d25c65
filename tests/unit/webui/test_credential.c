/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "hub/base/cleanup.h"
#include "webui/credential.h"

#define SESSION "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"

static struct http_head head;
static struct credential credential;
static const char *wrong;

static void set(enum http_field field, const char *value)
{
    head.fields[field] = (struct http_text){value, value ? strlen(value) : 0};
}

static int kind_of(const char *cookie, const char *authorization)
{
    head = (struct http_head){0};
    set(HTTP_COOKIE, cookie);
    set(HTTP_AUTHORIZATION, authorization);
    return credential_take(&head, &credential, &wrong) ? (int)credential.kind : -1;
}

static void sessions_are_found(void **state)
{
    (void)state;
    assert_int_equal(kind_of(NULL, NULL), WEB_CREDENTIAL_NONE);
    assert_int_equal(kind_of("a=b; __Host-warren=" SESSION "; c=d", NULL), WEB_CREDENTIAL_SESSION);
    for (uint8_t i = 0; i < WEB_SESSION_SIZE; i++)
        assert_int_equal(credential.session[i], i);
    assert_int_equal(kind_of("__Host-warren=" SESSION, NULL), WEB_CREDENTIAL_SESSION);
    assert_int_equal(kind_of("x__Host-warren=" SESSION, NULL), WEB_CREDENTIAL_NONE);
    assert_int_equal(kind_of("__host-warren=" SESSION, NULL), WEB_CREDENTIAL_NONE);
    assert_int_equal(kind_of("__Host-warren=" SESSION "A", NULL), WEB_CREDENTIAL_NONE);
    assert_int_equal(kind_of("__Host-warren=AAAA", NULL), WEB_CREDENTIAL_NONE);
    assert_int_equal(kind_of("__Host-warren=", NULL), WEB_CREDENTIAL_NONE);
    assert_int_equal(kind_of("__Host-warren=\"" SESSION "\"", NULL), WEB_CREDENTIAL_NONE);
    assert_int_equal(kind_of("", NULL), WEB_CREDENTIAL_NONE);
    assert_int_equal(kind_of(";;; ;", NULL), WEB_CREDENTIAL_NONE);
    assert_int_equal(kind_of("__Host-warren=" SESSION "; __Host-warren=" SESSION, NULL), -1);
    assert_int_equal(kind_of("__Host-warren=x; __Host-warren=" SESSION, NULL), -1);
}

static void tokens_are_found(void **state)
{
    char longest[7 + WEB_TOKEN_MAX + 1] = "Bearer ";

    (void)state;
    assert_int_equal(kind_of(NULL, "Bearer wrn_abc"), WEB_CREDENTIAL_TOKEN);
    assert_string_equal(credential.token, "wrn_abc");
    assert_int_equal(kind_of("__Host-warren=" SESSION, "bearer x"), WEB_CREDENTIAL_TOKEN);
    assert_int_equal(kind_of("__Host-warren=" SESSION, "Basic x"), WEB_CREDENTIAL_NONE);
    assert_int_equal(kind_of(NULL, "Bearer "), WEB_CREDENTIAL_NONE);
    assert_int_equal(kind_of(NULL, "Bearer a b"), WEB_CREDENTIAL_NONE);
    assert_int_equal(kind_of(NULL, "Bearer \xc3\xa4"), WEB_CREDENTIAL_NONE);
    memset(longest + 7, 'a', WEB_TOKEN_MAX - 1);
    assert_int_equal(kind_of(NULL, longest), WEB_CREDENTIAL_TOKEN);
    longest[7 + WEB_TOKEN_MAX - 1] = 'a';
    assert_int_equal(kind_of(NULL, longest), WEB_CREDENTIAL_NONE);
}

static void changes_come_from_our_own_page(void **state)
{
    static const struct {
        enum http_method method;
        const char *cookie, *token, *site, *origin;
        bool allowed;
    } cases[] = {
        {HTTP_GET, SESSION, NULL, "cross-site", "https://evil.example", true},
        {HTTP_POST, SESSION, NULL, NULL, NULL, false},
        {HTTP_POST, SESSION, NULL, "same-origin", NULL, true},
        {HTTP_POST, SESSION, NULL, "same-origin", "https://hub.example", true},
        {HTTP_POST, SESSION, NULL, "same-origin", "https://evil.example", false},
        {HTTP_POST, SESSION, NULL, "same-site", NULL, false},
        {HTTP_POST, SESSION, NULL, "cross-site", NULL, false},
        {HTTP_POST, SESSION, NULL, "none", NULL, false},
        {HTTP_POST, SESSION, NULL, NULL, "https://hub.example", true},
        {HTTP_POST, SESSION, NULL, NULL, "https://HUB.example", true},
        {HTTP_POST, SESSION, NULL, NULL, "http://hub.example", false},
        {HTTP_POST, SESSION, NULL, NULL, "https://hub.example.evil", false},
        {HTTP_POST, SESSION, NULL, NULL, "https://hub.exampl", false},
        {HTTP_POST, SESSION, NULL, NULL, "null", false},
        {HTTP_DELETE, SESSION, NULL, "cross-site", NULL, false},
        {HTTP_PATCH, SESSION, NULL, NULL, NULL, false},
        /* Signing somebody in as somebody else is a change too. */
        {HTTP_POST, NULL, NULL, "cross-site", NULL, false},
        {HTTP_POST, NULL, NULL, NULL, "https://evil.example", false},
        {HTTP_POST, NULL, NULL, NULL, NULL, true},
        {HTTP_POST, SESSION, "Bearer a", "cross-site", NULL, true},
    };
    char cookie[100];

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        snprintf(cookie, sizeof(cookie), "__Host-warren=%s", SESSION);
        assert_true(kind_of(cases[i].cookie ? cookie : NULL, cases[i].token) >= 0);
        head.method = cases[i].method;
        set(HTTP_HOST, "hub.example");
        set(HTTP_SEC_FETCH_SITE, cases[i].site);
        set(HTTP_ORIGIN, cases[i].origin);
        if (!credential_check_origin(&head, &credential) != cases[i].allowed)
            print_error("case %zu\n", i);
        assert_int_equal(!credential_check_origin(&head, &credential), cases[i].allowed);
    }
}

static void bodies_are_json(void **state)
{
    (void)state;
    head = (struct http_head){.method = HTTP_POST, .body_size = 2};
    assert_non_null(credential_check_content(&head));
    set(HTTP_CONTENT_TYPE, "text/plain");
    assert_non_null(credential_check_content(&head));
    set(HTTP_CONTENT_TYPE, "application/jsonp");
    assert_non_null(credential_check_content(&head));
    set(HTTP_CONTENT_TYPE, "Application/JSON; charset=utf-8");
    assert_null(credential_check_content(&head));
    /* Of nothing, none; but a form that is empty is still a form. */
    head = (struct http_head){.method = HTTP_POST};
    assert_null(credential_check_content(&head));
    set(HTTP_CONTENT_TYPE, "application/x-www-form-urlencoded");
    assert_non_null(credential_check_content(&head));
    head = (struct http_head){.method = HTTP_DELETE};
    assert_null(credential_check_content(&head));
    head.body_size = 2;
    assert_non_null(credential_check_content(&head));
    head = (struct http_head){.method = HTTP_GET};
    assert_null(credential_check_content(&head));
}

static void cookies_are_written_as_they_are_read(void **state)
{
    char text[CREDENTIAL_COOKIE_MAX];
    uint8_t session[WEB_SESSION_SIZE];

    (void)state;
    memset(session, 0xff, sizeof(session));
    credential_cookie(session, UINT32_MAX, text);
    assert_non_null(
        strstr(text, "; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=4294967295"));
    *strchr(text, ';') = 0;
    assert_int_equal(kind_of(text, NULL), WEB_CREDENTIAL_SESSION);
    assert_memory_equal(credential.session, session, sizeof(session));
    credential_cookie(session, 0, text);
    assert_null(strstr(text, "Max-Age"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sessions_are_found),
        cmocka_unit_test(tokens_are_found),
        cmocka_unit_test(changes_come_from_our_own_page),
        cmocka_unit_test(bodies_are_json),
        cmocka_unit_test(cookies_are_written_as_they_are_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
