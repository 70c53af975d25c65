/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "webui/credential.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { SESSION_TEXT_MAX = 44 }; /* base64url of 32 bytes, and its end */

/* ---- the cookie ---- */

static bool starts_with(struct http_text text, const char *start)
{
    return text.size >= strlen(start) && memcmp(text.at, start, strlen(start)) == 0;
}

static void take_session(struct http_text value, struct credential *credential)
{
    size_t size = 0;

    if (sodium_base642bin(credential->session, sizeof(credential->session), value.at, value.size,
                          NULL, &size, NULL, sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0 &&
        size == sizeof(credential->session))
        credential->kind = WEB_CREDENTIAL_SESSION;
}

/* "a=1; __Host-warren=...; b=2" */
static bool take_cookies(struct http_text cookies, struct credential *credential,
                         const char **ret_wrong)
{
    static const char start[] = CREDENTIAL_COOKIE "=";
    unsigned count = 0;

    while (cookies.size) {
        const char *end = memchr(cookies.at, ';', cookies.size);
        struct http_text pair = {cookies.at, end ? (size_t)(end - cookies.at) : cookies.size};

        cookies.at += pair.size + (end ? 1 : 0);
        cookies.size -= pair.size + (end ? 1 : 0);
        while (pair.size && pair.at[0] == ' ') {
            pair.at++;
            pair.size--;
        }
        if (!starts_with(pair, start))
            continue;
        if (count++) {
            *ret_wrong = "the session's cookie is there twice";
            return false;
        }
        pair.at += strlen(start);
        pair.size -= strlen(start);
        take_session(pair, credential);
    }
    return true;
}

/* ---- the token ---- */

static bool is_token_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c && strchr("-._~+/=", c));
}

static bool take_token(struct http_text value, struct credential *credential)
{
    static const char scheme[] = "bearer ";

    if (value.size <= strlen(scheme) || strncasecmp(value.at, scheme, strlen(scheme)) != 0)
        return false;
    value.at += strlen(scheme);
    value.size -= strlen(scheme);
    if (value.size >= sizeof(credential->token))
        return false;
    for (size_t i = 0; i < value.size; i++)
        if (!is_token_character(value.at[i]))
            return false;
    memcpy(credential->token, value.at, value.size);
    credential->token[value.size] = 0;
    credential->kind = WEB_CREDENTIAL_TOKEN;
    return true;
}

bool credential_take(const struct http_head *head, struct credential *ret_credential,
                     const char **ret_wrong)
{
    struct http_text cookies = head->fields[HTTP_COOKIE];
    struct http_text authorization = head->fields[HTTP_AUTHORIZATION];

    *ret_credential = (struct credential){.kind = WEB_CREDENTIAL_NONE};
    if (authorization.at) {
        (void)take_token(authorization, ret_credential);
        return true;
    }
    return !cookies.at || take_cookies(cookies, ret_credential, ret_wrong);
}

/* ---- where it comes from ---- */

static bool is_change(const struct http_head *head)
{
    return head->method != HTTP_GET && head->method != HTTP_HEAD;
}

static bool is_own_origin(struct http_text origin, struct http_text host)
{
    static const char scheme[] = "https://";

    return host.at && origin.size == strlen(scheme) + host.size && starts_with(origin, scheme) &&
           strncasecmp(origin.at + strlen(scheme), host.at, host.size) == 0;
}

const char *credential_check_origin(const struct http_head *head,
                                    const struct credential *credential)
{
    struct http_text site = head->fields[HTTP_SEC_FETCH_SITE];
    struct http_text origin = head->fields[HTTP_ORIGIN];

    if (!is_change(head) || credential->kind == WEB_CREDENTIAL_TOKEN)
        return NULL;
    if (site.at && !http_text_is(site, "same-origin"))
        return "another site's page made this request";
    if (origin.at && !is_own_origin(origin, head->fields[HTTP_HOST]))
        return "another site's page made this request";
    if (credential->kind == WEB_CREDENTIAL_SESSION && !site.at && !origin.at)
        return "the browser does not say which page made this request";
    return NULL;
}

const char *credential_check_content(const struct http_head *head)
{
    struct http_text type = head->fields[HTTP_CONTENT_TYPE];

    if (!is_change(head) || (head->body_size == 0 && !type.at))
        return NULL;
    return http_list_has(type, "application/json") ? NULL
                                                   : "the Content-Type must be application/json";
}

void credential_cookie(const uint8_t session[static WEB_SESSION_SIZE], uint32_t seconds,
                       char ret_text[static CREDENTIAL_COOKIE_MAX])
{
    char value[SESSION_TEXT_MAX], age[32] = "";

    sodium_bin2base64(value, sizeof(value), session, WEB_SESSION_SIZE,
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    if (seconds)
        snprintf(age, sizeof(age), "; Max-Age=%u", seconds);
    snprintf(ret_text, CREDENTIAL_COOKIE_MAX,
             CREDENTIAL_COOKIE "=%s; Path=/; Secure; HttpOnly; SameSite=Strict%s", value, age);
    sodium_memzero(value, sizeof(value));
}
