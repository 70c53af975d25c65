/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/api/route_row.h"

#define FIELD_EMAIL \
    { \
        .name = "email", .kind = API_TEXT, .flags = API_NULLABLE, .minimum = 1, .maximum = 254, \
        .option = "--email", .value = "ADDRESS", .null_word = "none", .help = "mail address" \
    }
#define FIELD_NOTE \
    { \
        .name = "note", .kind = API_TEXT, .flags = API_NULLABLE, .minimum = 1, .maximum = 400, \
        .option = "--note", .value = "TEXT", .null_word = "none", .help = "for people" \
    }
#define FIELD_USER_GROUPS \
    { \
        .name = "groups", .kind = API_TEXT, .flags = API_LIST, .maximum = 16, .option = "--group", \
        .value = "NAME", .empty_word = "none", \
        .help = "group that all of the user's peers are in, for rules of the firewall" \
    }

static const struct api_field query_users[] = {
    FIELD_LIMIT,
    FIELD_CURSOR,
    {.name = "search",
     .kind = API_TEXT,
     .minimum = 1,
     .maximum = 100,
     .option = "--search",
     .value = "TEXT",
     .help = "only those with the text in name, mail address, group or note"},
    {}};

static const struct api_field query_user_delete[] = {
    FIELDS_JUDGED,
    {.name = "peers",
     .kind = API_CHOICE,
     .choices = "keep|disable|delete",
     .option = "--peers",
     .value = "WHAT",
     .help = "what becomes of the user's peers: keep (as nobody's), disable (and keep) or delete"},
    {}};

static const struct api_field body_user_add[] = {
    FIELD_NAME("NAME", API_REQUIRED), FIELD_EMAIL, FIELD_USER_GROUPS, FIELD_NOTE, {}};

static const struct api_field body_user_set[] = {
    FIELD_NAME("--name", 0), FIELD_EMAIL, FIELD_USER_GROUPS, FIELD_NOTE, {}};

#define USERS "/api/v1/users"
#define USER USERS "/{user}"

const struct api_route api_routes_user[] = {
    ROUTE(ROUTE_USER_LIST, API_GET, USERS, API_AUDITOR),
    .scope = API_SCOPE_HUB,
    .query = query_users,
    WORDS("user", "list", "the people whose peers there are"),
    ROUTE(ROUTE_USER_ADD, API_POST, USERS, API_OPERATOR),
    .scope = API_SCOPE_HUB,
    .changes = true,
    .body = body_user_add,
    WORDS("user", "add", "add a user, whose peers can be"),
    ROUTE(ROUTE_USER_GET, API_GET, USER, API_AUDITOR),
    .scope = API_SCOPE_HUB,
    WORDS("user", "show", "one user"),
    ROUTE(ROUTE_USER_SET, API_PATCH, USER, API_OPERATOR),
    .scope = API_SCOPE_HUB,
    .changes = true,
    .query = api_query_judged,
    .body = body_user_set,
    WORDS("user", "set", "change a user; what is not given stays"),
    ROUTE(ROUTE_USER_DELETE, API_DELETE, USER, API_OPERATOR),
    .scope = API_SCOPE_HUB,
    .changes = true,
    .query = query_user_delete,
    .ask = API_ASK_YES,
    .asks = "This deletes the user; --peers says what becomes of the peers.",
    WORDS("user", "delete", "delete a user; who has peers only with --peers"),
    ROUTE(ROUTE_USER_ENABLE, API_POST, USER "/enable", API_OPERATOR),
    .scope = API_SCOPE_HUB,
    .changes = true,
    .query = api_query_judged,
    WORDS("user", "enable", "let those of a user's peers in that went out with the user"),
    ROUTE(ROUTE_USER_DISABLE, API_POST, USER "/disable", API_OPERATOR),
    .scope = API_SCOPE_HUB,
    .changes = true,
    .query = api_query_judged,
    WORDS("user", "disable", "shut all of a user's peers out, at once, and keep them"),
    ROUTE(ROUTE_USER_PEERS, API_GET, USER "/peers", API_AUDITOR),
    .scope = API_SCOPE_HUB,
    .query = api_query_page,
    WORDS("user", "peers", "a user's peers, of all instances"),
    {}};
