/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/api/route_row.h"

static const struct api_field body_session_add[] = {
    FIELD_ADMIN_NAME(NULL, API_REQUIRED),
    FIELD_SECRET("password", API_REQUIRED, "the admin's password"),
    FIELD_SECRET("code", 0, "of the authenticator app, or a recovery code"),
    {}};

static const struct api_field body_session_passkey[] = {
    FIELD_BYTES("id", 1400, "which passkey"),
    FIELD_BYTES("client_data", 6000, "clientDataJSON"),
    FIELD_BYTES("authenticator_data", 11000, "authenticatorData"),
    FIELD_BYTES("signature", 1400, "signature"),
    {}};

const struct api_route api_routes_session[] = {
    ROUTE(ROUTE_SESSION_GET, API_GET, "/api/v1/session", API_AUDITOR),
    .scope = API_SCOPE_HANDLER,
    WORDS("session", "show", "who asks, and what that one may do"),
    ROUTE(ROUTE_SESSION_ADD, API_POST, "/api/v1/session", API_AUDITOR),
    .access = API_ACCESS_PUBLIC,
    .secret = true,
    .body = body_session_add,
    BROWSER("session", "add", "sign in"),
    ROUTE(ROUTE_SESSION_END, API_DELETE, "/api/v1/session", API_AUDITOR),
    .scope = API_SCOPE_HANDLER,
    BROWSER("session", "end", "sign out"),
    ROUTE(ROUTE_SESSION_PASSKEY_OPTIONS, API_POST, "/api/v1/session/passkey/options", API_AUDITOR),
    .access = API_ACCESS_PUBLIC,
    BROWSER("session passkey", "begin", "begin to sign in with a passkey"),
    ROUTE(ROUTE_SESSION_PASSKEY_ADD, API_POST, "/api/v1/session/passkey/verify", API_AUDITOR),
    .access = API_ACCESS_PUBLIC,
    .body = body_session_passkey,
    BROWSER("session passkey", "add", "sign in with a passkey"),
    ROUTE(ROUTE_SESSION_LIST, API_GET, "/api/v1/sessions", API_AUDITOR),
    .scope = API_SCOPE_HANDLER,
    WORDS("session", "list", "who is signed in, from where"),
    ROUTE(ROUTE_SESSION_DELETE, API_DELETE, "/api/v1/sessions/{session}", API_AUDITOR),
    .scope = API_SCOPE_HANDLER,
    .changes = true,
    WORDS("session", "delete", "sign an admin out there, at once"),
    {}};
