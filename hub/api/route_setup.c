/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/api/route_row.h"

static const struct api_field body_setup_finish[] = {
    FIELD_SECRET("token", API_REQUIRED, "what the set-up link ends in"),
    FIELD_ADMIN_NAME(NULL, API_REQUIRED),
    FIELD_SECRET("password", API_REQUIRED, "at least 12 characters"),
    {}};

static const struct api_field body_setup_link[] = {
    {.name = "renew",
     .kind = API_BOOL,
     .option = "--new",
     .help = "a new link, even if there is one; the one before ends"},
    {}};

const struct api_route api_routes_setup[] = {
    ROUTE(ROUTE_SETUP_GET, API_GET, "/api/v1/setup", API_AUDITOR),
    .access = API_ACCESS_PUBLIC,
    WORDS("setup", "show", "is there an owner yet"),
    ROUTE(ROUTE_SETUP_FINISH, API_POST, "/api/v1/setup", API_AUDITOR),
    .access = API_ACCESS_PUBLIC,
    .secret = true,
    .body = body_setup_finish,
    BROWSER("setup", "finish", "make the first owner, with the set-up link"),
    ROUTE(ROUTE_SETUP_LINK, API_POST, "/api/v1/setup/link", API_OWNER),
    .scope = API_SCOPE_HUB,
    .secret = true,
    .changes = true,
    .body = body_setup_link,
    WORDS("setup", "link", "the link by which the first owner is made in a browser"),
    {}};
