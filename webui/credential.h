/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a request shows who makes it with, and whether a browser was led to make it: pure. */
#pragma once

#include "hub/channel/verbs.h"
#include "webui/http_head.h"

#define CREDENTIAL_COOKIE "__Host-warren"

struct credential {
    enum web_credential_kind kind;
    union {
        uint8_t session[WEB_SESSION_SIZE];
        char token[WEB_TOKEN_MAX];
    };
};

/* A bearer token counts more than a cookie. What is no session and no token of ours is none; the
 * cookie twice is refused: false, with why. */
bool credential_take(const struct http_head *head, struct credential *ret_credential,
                     const char **ret_wrong);

/* A change must come from our own page, or from somebody who has a token and no browser. NULL, or
 * why not. */
const char *credential_check_origin(const struct http_head *head,
                                    const struct credential *credential);
/* Is the body what it must be? NULL, or why not. */
const char *credential_check_content(const struct http_head *head);

enum { CREDENTIAL_COOKIE_MAX = 160 };
/* The value of Set-Cookie; `seconds` 0 = until the browser ends. */
void credential_cookie(const uint8_t session[static WEB_SESSION_SIZE], uint32_t seconds,
                       char ret_text[static CREDENTIAL_COOKIE_MAX]);
#define CREDENTIAL_COOKIE_GONE \
    CREDENTIAL_COOKIE "=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0"
