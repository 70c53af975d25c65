/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/cli/show_identity.h"

#include "hub/base/cleanup.h"
#include "hub/cli/cell.h"
#include "hub/cli/shell_quote.h"
#include "hub/cli/table.h"

static const struct column admin_columns[] = {
    {"NAME", "name", NULL},
    {"ID", "id", NULL},
    {"ROLE", "role", NULL},
    {"INSTANCES", "instances", NULL},
    {"ENABLED", "enabled", cell_good_if_true},
    {"APP", "totp", NULL},
    {"PASSKEYS", "passkeys", NULL},
    {"SIGNED IN", "last_sign_in", cell_ago},
    {0},
};

static const struct column admin_rows[] = {
    {"name", "name", NULL},
    {"id", "id", NULL},
    {"role", "role", NULL},
    {"instances", "instances", NULL},
    {"enabled", "enabled", cell_good_if_true},
    {"authenticator app", "totp", NULL},
    {"recovery codes left", "recovery_codes", NULL},
    {"passkeys", "passkeys", NULL},
    {"last sign-in", "last_sign_in", cell_ago},
    {"created", "created_at", NULL},
    {"updated", "updated_at", NULL},
    {"etag", "etag", NULL},
    {0},
};

static const struct column session_columns[] = {
    {"ID", "id", NULL},
    {"ADMIN", "admin", NULL},
    {"FROM", "from", NULL},
    {"METHOD", "method", NULL},
    {"SIGNED IN", "created_at", cell_ago},
    {"USED", "last_used_at", cell_ago},
    {"ENDS", "ends_at", NULL},
    {0},
};

static const struct column caller_rows[] = {
    {"who", "who", NULL},
    {"role", "role", NULL},
    {"instances", "instances", NULL},
    {"from", "from", NULL},
    {"session ends", "session.ends_at", NULL},
    {0},
};

static const struct column passkey_columns[] = {
    {"ID", "id", NULL},
    {"NAME", "name", NULL},
    {"ADDED", "created_at", cell_ago},
    {"USED", "last_used_at", cell_ago},
    {0},
};

static const struct column token_columns[] = {
    {"ID", "id", NULL},
    {"NAME", "name", NULL},
    {"ADMIN", "admin", NULL},
    {"ROLE", "role", NULL},
    {"INSTANCES", "instances", NULL},
    {"SOURCES", "sources", NULL},
    {"EXPIRES", "expires_at", NULL},
    {"USED", "last_used_at", cell_ago},
    {"FROM", "last_used_from", NULL},
    {0},
};

static const struct column link_rows[] = {
    {"link", "link", NULL},
    {"holds until", "ends_at", NULL},
    {0},
};

static const struct column secret_rows[] = {
    {"secret", "secret", NULL},
    {"for the app", "uri", NULL},
    {0},
};

static const char *text_of(const json_t *body, const char *field)
{
    const char *text = json_string_value(json_object_get(body, field));

    return text ? text : "";
}

static void show_list(const struct screen *screen, const struct column *columns, const json_t *body,
                      const char *none)
{
    const json_t *items = json_object_get(body, "items");

    if (json_array_size(items) == 0)
        screen_say(screen, "%s", none);
    else
        table_print(screen, columns, items);
}

static void show_setup(const struct screen *screen, const json_t *body)
{
    screen_say(screen, "%s",
               json_is_true(json_object_get(body, "needed"))
                   ? "There is no owner yet: warren setup link"
                   : "There is an owner: others are made by admins, or here: warren admin add");
}

static void show_recovery_codes(const struct screen *screen, const json_t *body)
{
    size_t index;
    json_t *code;

    screen_say(screen, "Codes for when the app is lost, each for one sign-in. They are not shown "
                       "again:");
    json_array_foreach(json_object_get(body, "recovery_codes"), index, code)
        screen_say(screen, "  %s", json_string_value(code));
}

static void show_secret(const struct screen *screen, const struct request *request,
                        const json_t *body)
{
    _cleanup_free_ char *name = shell_quote(request->parameters[0]);

    table_print_object(screen, secret_rows, body);
    screen_say(screen, "Then: warren admin totp confirm %s", name);
}

static void show_token(const struct screen *screen, const json_t *body)
{
    screen_say(screen,
               "token \"%s\" of %s (%s), until %s. It is not shown again:", text_of(body, "name"),
               text_of(body, "admin"), text_of(body, "role"),
               *text_of(body, "expires_at") ? text_of(body, "expires_at") : "it is deleted");
    screen_say(screen, "%s", text_of(body, "token"));
}

void show_identity(const struct screen *screen, const struct request *request, const json_t *body)
{
    const enum api_route_id id = request->route->id;

    if (id == ROUTE_ADMIN_LIST)
        show_list(screen, admin_columns, body,
                  "There are no admins yet: warren setup link, or warren admin add NAME --role "
                  "owner");
    else if (id == ROUTE_ADMIN_GET)
        table_print_object(screen, admin_rows, body);
    else if (id == ROUTE_ADMIN_ADD)
        screen_say(screen, "admin \"%s\" added (%s)", text_of(body, "name"), text_of(body, "role"));
    else if (id == ROUTE_ADMIN_SET)
        screen_say(screen, "admin \"%s\" changed", text_of(body, "name"));
    else if (id == ROUTE_ADMIN_DELETE)
        screen_say(screen, "admin \"%s\" deleted, with all sessions and tokens",
                   text_of(body, "name"));
    else if (id == ROUTE_ADMIN_PASSWORD)
        screen_say(screen, "admin \"%s\" has a new password; all of the sessions ended",
                   text_of(body, "name"));
    else if (id == ROUTE_ADMIN_TOTP_BEGIN)
        show_secret(screen, request, body);
    else if (id == ROUTE_ADMIN_TOTP_CONFIRM || id == ROUTE_ADMIN_TOTP_RECOVERY)
        show_recovery_codes(screen, body);
    else if (id == ROUTE_ADMIN_TOTP_DELETE)
        screen_say(screen, "admin \"%s\" has no authenticator app any more", text_of(body, "name"));
    else if (id == ROUTE_ADMIN_PASSKEY_LIST)
        show_list(screen, passkey_columns, body, "There are no passkeys.");
    else if (id == ROUTE_ADMIN_PASSKEY_DELETE)
        screen_say(screen, "passkey \"%s\" deleted", text_of(body, "name"));
    else if (id == ROUTE_SESSION_GET)
        table_print_object(screen, caller_rows, body);
    else if (id == ROUTE_SESSION_LIST)
        show_list(screen, session_columns, body, "Nobody is signed in.");
    else if (id == ROUTE_SESSION_DELETE)
        screen_say(screen, "%s was signed out there", text_of(body, "admin"));
    else if (id == ROUTE_TOKEN_LIST)
        show_list(screen, token_columns, body, "There are no tokens.");
    else if (id == ROUTE_TOKEN_ADD)
        show_token(screen, body);
    else if (id == ROUTE_TOKEN_DELETE)
        screen_say(screen, "token \"%s\" deleted", text_of(body, "name"));
    else if (id == ROUTE_SETUP_GET)
        show_setup(screen, body);
    else if (id == ROUTE_SETUP_LINK)
        table_print_object(screen, link_rows, body);
}
