/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/cli/show_identity.h"

#include "hub/base/cleanup.h"
#include "hub/cli/cell.h"
#include "hub/cli/columns.h"
#include "hub/cli/shell_quote.h"

void show_setup(const struct screen *screen, const json_t *body)
{
    screen_say(screen, "%s",
               json_is_true(json_object_get(body, "needed"))
                   ? "There is no owner yet: warren setup link"
                   : "There is an owner: others are made by admins, or here: warren admin add");
}

void show_recovery_codes(const struct screen *screen, const json_t *body)
{
    size_t index;
    json_t *code;

    screen_say(screen, "Codes for when the app is lost, each for one sign-in. They are not shown "
                       "again:");
    json_array_foreach(json_object_get(body, "recovery_codes"), index, code)
        screen_say(screen, "  %s", json_string_value(code));
}

void show_totp_secret(const struct screen *screen, const struct request *request,
                      const json_t *body)
{
    _cleanup_free_ char *name = shell_quote(request->parameters[0]);

    table_print_object(screen, rows_secret, body);
    screen_say(screen, "Then: warren admin totp confirm %s", name);
}

void show_token(const struct screen *screen, const json_t *body)
{
    screen_say(screen,
               "token \"%s\" of %s (%s), until %s. It is not shown again:", cell_text(body, "name"),
               cell_text(body, "admin"), cell_text(body, "role"),
               *cell_text(body, "expires_at") ? cell_text(body, "expires_at") : "it is deleted");
    screen_say(screen, "%s", cell_text(body, "token"));
}

void show_totp_deleted(const struct screen *screen, const json_t *body)
{
    screen_say(screen, "admin \"%s\" has no authenticator app any more", cell_text(body, "name"));
}

void show_admin_added(const struct screen *screen, const json_t *body)
{
    screen_say(screen, "admin \"%s\" added (%s)", cell_text(body, "name"), cell_text(body, "role"));
}

void show_signed_out(const struct screen *screen, const json_t *body)
{
    screen_say(screen, "%s was signed out there", cell_text(body, "admin"));
}
