/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/cli/show.h"

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "hub/cli/cell.h"
#include "hub/cli/columns.h"
#include "hub/cli/show_change.h"
#include "hub/cli/show_explain.h"
#include "hub/cli/show_identity.h"
#include "hub/cli/show_traffic.h"

static void show_list(const struct screen *screen, const struct column *columns, const json_t *body,
                      const char *none)
{
    const json_t *items = json_object_get(body, "items");

    if (json_array_size(items) == 0)
        screen_say(screen, "%s", none);
    else
        table_print(screen, columns, items);
}

/* ---- what is more than a table ---- */

static void show_box(const struct screen *screen, const json_t *body)
{
    size_t index;
    json_t *problem;

    table_print_object(screen, rows_box, body);
    json_array_foreach(json_object_get(body, "problems"), index, problem)
        screen_say(screen, "PROBLEM: %s", json_string_value(problem));
}

static void show_status(const struct screen *screen, const json_t *body)
{
    const char *trouble = json_string_value(json_object_get(body, "roles_problem"));

    const json_t *pending = json_object_get(json_object_get(body, "web"), "pending");

    table_print_object(screen, rows_status, body);
    fputc('\n', screen->stream);
    if (json_array_size(pending)) {
        table_print(screen, columns_web_pending, pending);
        fputc('\n', screen->stream);
    }
    if (trouble)
        screen_say(screen, "%s", trouble);
    table_print(screen, columns_role, json_object_get(body, "roles"));
}

static void show_wish(const struct screen *screen, const json_t *body)
{
    screen_say(screen, "The box will: %s", json_string_value(json_object_get(body, "wish")));
}

/* Columns whose widths are not known beforehand: names that are longer push the rest. */
void show_event(const struct screen *screen, const json_t *event)
{
    static const size_t widths[] = {20, 18, 14, 14};
    _cleanup_buf_ struct buf line = {0};

    for (size_t i = 0; columns_event[i].title; i++) {
        const struct column *column = &columns_event[i];
        size_t start = line.length;

        (column->write ? column->write : cell_plain)(cell_value(event, column->path), &line);
        if (i == ELEMENTS(widths))
            break;
        for (size_t width = screen_width(line.data + start); width < widths[i]; width++)
            buf_add_char(&line, ' ');
        buf_add_text(&line, "  ");
    }
    screen_say(screen, "%s", line.data);
}

/* Of a flow that was tried with the change. */
static void show_tried(const struct screen *screen, const json_t *finding)
{
    const json_t *position = json_object_get(finding, "position");

    if (json_is_integer(position))
        screen_say(screen, "The flow would be: %s, by rule %lld", cell_text(finding, "action"),
                   (long long)json_integer_value(position));
    else if (finding) {
        _cleanup_buf_ struct buf reason = {0};

        cell_reason(json_object_get(finding, "reason"), &reason);
        screen_say(screen, "The flow would be: %s (%s)", cell_text(finding, "action"), reason.data);
    }
}

void show_dry_run(const struct screen *screen, const json_t *body)
{
    const json_t *changes = json_object_get(body, "changes");
    const json_t *would = json_object_get(body, "would");
    const char *restart = json_string_value(json_object_get(would, "restart"));
    const char *notice = json_string_value(json_object_get(would, "notice"));

    if (json_array_size(changes) == 0) {
        screen_say(screen, "Nothing would be changed.");
        show_tried(screen, json_object_get(body, "finding"));
        return;
    }
    screen_say(screen, "This would be changed (nothing is):");
    json_t *apart = changes_apart(changes);
    table_print(screen, columns_change, apart);
    json_decref(apart);
    show_tried(screen, json_object_get(body, "finding"));
    if (restart)
        screen_say(screen, "%s", restart);
    if (notice)
        screen_say(screen, "%s", notice);
}

static void show_acme(const struct screen *screen, const json_t *body)
{
    screen_say(screen, "a certificate for %s is being ordered: warren tls show",
               cell_text(body, "name"));
}

/* ---- the table ---- */

/* One of: a list, one object, a text, a function with as much as it needs. */
struct show {
    const struct column *columns;
    const char *none; /* said when the list is empty */
    const struct column *rows;
    const char *text;
    void (*write)(const struct screen *screen, const json_t *body);
    void (*write_asked)(const struct screen *screen, const struct request *request,
                        const json_t *body);
    void (*write_done)(const struct screen *screen, const struct request *request,
                       const json_t *body, const char *done);
    const char *done;
    bool elsewhere; /* it is said where it is done */
};

static const struct show shows[ROUTE_COUNT] = {
    [ROUTE_STATUS_GET] = {.write = show_status},
    [ROUTE_SETTINGS_LIST] = {columns_settings, "no settings"},
    [ROUTE_SETTINGS_SET] = {.write = show_settings_set},
    [ROUTE_API_GET] = {.elsewhere = true}, /* always as JSON: run.c */
    [ROUTE_TLS_GET] = {.rows = rows_tls},
    [ROUTE_TLS_SELF_SIGNED] = {.rows = rows_tls},
    [ROUTE_TLS_IMPORT] = {.rows = rows_tls},
    [ROUTE_TLS_ACME] = {.write = show_acme},
    [ROUTE_TLS_CHALLENGE] = {.rows = rows_file},

    [ROUTE_INSTANCE_LIST] = {columns_instance, "There are no instances yet: warren instance add "
                                               "NAME --hostname LABEL"},
    [ROUTE_INSTANCE_ADD] = {.rows = rows_instance},
    [ROUTE_INSTANCE_GET] = {.rows = rows_instance},
    [ROUTE_INSTANCE_SET] = {.write_asked = show_instance_set},
    [ROUTE_INSTANCE_DELETE] = {.write_asked = show_deleted},

    [ROUTE_PEER_LIST] = {columns_peer, "There are no such peers."},
    [ROUTE_PEER_ADD] = {.write_asked = show_peer_added},
    [ROUTE_PEER_GET] = {.rows = rows_peer},
    [ROUTE_PEER_SET] = {.write_asked = show_peer_set},
    [ROUTE_PEER_DELETE] = {.write_asked = show_deleted},
    [ROUTE_PEER_ENABLE] = {.write_done = show_peer_change, .done = "enabled"},
    [ROUTE_PEER_DISABLE] = {.write_done = show_peer_change, .done = "disabled"},
    [ROUTE_PEER_REKEY] = {.write_asked = show_peer_rekeyed},
    [ROUTE_PEER_FORGET_KEY] = {.write_done = show_peer_change,
                               .done = "alone holds its private key now; the hub has forgotten it"},

    [ROUTE_PROFILE_LIST] = {columns_profile, "no formats"},
    [ROUTE_PROFILE_GET] = {.elsewhere = true}, /* written as it is: profile_file.c */

    [ROUTE_FIREWALL_LIST] = {columns_rule, "There are no rules: what no rule matches is as the "
                                           "instance's firewall_default says."},
    [ROUTE_FIREWALL_ADD] = {.write_done = show_rule, .done = "added"},
    [ROUTE_FIREWALL_TEST] = {.rows = rows_finding},
    [ROUTE_FIREWALL_GET] = {.rows = rows_rule},
    [ROUTE_FIREWALL_SET] = {.write_done = show_rule, .done = "changed"},
    [ROUTE_FIREWALL_MOVE] = {.write_done = show_rule, .done = "moved"},
    [ROUTE_FIREWALL_ENABLE] = {.write_done = show_rule, .done = "enabled"},
    [ROUTE_FIREWALL_DISABLE] = {.write_done = show_rule, .done = "disabled"},
    [ROUTE_FIREWALL_DELETE] = {.write_done = show_rule, .done = "deleted"},
    [ROUTE_FIREWALL_CHECK_LIST] = {columns_check, "Nothing is expected of the firewall yet."},
    [ROUTE_FIREWALL_CHECK_ADD] = {.write = show_check_added},
    [ROUTE_FIREWALL_CHECK_RUN] = {columns_check, "Nothing is expected of the firewall yet."},
    [ROUTE_FIREWALL_CHECK_DELETE] = {.write_done = show_by_id, .done = "deleted"},

    [ROUTE_USER_LIST] = {columns_user, "There are no users yet: warren user add NAME"},
    [ROUTE_USER_ADD] = {.write_done = show_user, .done = "added"},
    [ROUTE_USER_GET] = {.rows = rows_user},
    [ROUTE_USER_SET] = {.write_done = show_user, .done = "changed"},
    [ROUTE_USER_DELETE] = {.write_done = show_user, .done = "deleted"},
    [ROUTE_USER_ENABLE] = {.write_done = show_user, .done = "enabled"},
    [ROUTE_USER_DISABLE] = {.write_done = show_user, .done = "disabled"},
    [ROUTE_USER_PEERS] = {columns_user_peer, "No peer is the user's."},

    [ROUTE_LINK_LIST] = {columns_link, "There are no one-time links."},
    [ROUTE_LINK_ADD] = {.write = show_link_added},
    [ROUTE_LINK_DELETE] = {.write_done = show_by_id, .done = "deleted"},
    [ROUTE_LINK_OPEN] = {.write = show_link_opened},
    [ROUTE_LINK_FILE] = {.rows = rows_file},

    [ROUTE_TRAFFIC_GET] = {.write = show_traffic},
    [ROUTE_ATTENTION_LIST] = {columns_attention, "Nothing needs attention."},
    [ROUTE_EXPLAIN_GET] = {.write = show_explain},

    [ROUTE_BACKUP_LIST] = {columns_backup,
                           "There are no backups here: warren backup create -o FILE"},
    [ROUTE_BACKUP_ADD] = {.elsewhere = true}, /* backup_command.c, as what follows */
    [ROUTE_BACKUP_UPLOAD] = {.elsewhere = true},
    [ROUTE_BACKUP_KEY_GET] = {.rows = rows_backup_key},
    [ROUTE_BACKUP_KEY_SET] = {.elsewhere = true},
    [ROUTE_BACKUP_KEY_DELETE] = {.text = "The hub makes no backups by itself any more; those that "
                                         "are here stay."},
    [ROUTE_BACKUP_GET] = {.rows = rows_backup},
    [ROUTE_BACKUP_FETCH] = {.elsewhere = true},
    [ROUTE_BACKUP_RESTORE] = {.elsewhere = true},
    [ROUTE_BACKUP_DELETE] = {.write_done = show_by_id, .done = "deleted"},

    [ROUTE_UPDATE_GET] = {.rows = rows_update},
    [ROUTE_UPDATE_INSTALL] = {.elsewhere = true}, /* backup_command.c */
    [ROUTE_UPDATE_REBOOT] = {.rows = rows_update},
    [ROUTE_UPDATE_CONFIRM] = {.rows = rows_update},
    [ROUTE_UPDATE_ROLLBACK] = {.rows = rows_update},
    [ROUTE_BOX_GET] = {.write = show_box},
    [ROUTE_BOX_WISH] = {.write = show_wish},

    [ROUTE_EVENTS_FOLLOW] = {columns_event, "Nothing happened since the hub was started."},
    [ROUTE_AUDIT_LIST] = {columns_audit, "Nothing was changed yet."},
    [ROUTE_AUDIT_VERIFY] = {.rows = rows_verify},

    [ROUTE_SETUP_GET] = {.write = show_setup},
    [ROUTE_SETUP_LINK] = {.rows = rows_setup},
    [ROUTE_SESSION_GET] = {.rows = rows_caller},
    [ROUTE_SESSION_LIST] = {columns_session, "Nobody is signed in."},
    [ROUTE_SESSION_DELETE] = {.write = show_signed_out},
    [ROUTE_ADMIN_LIST] = {columns_admin, "There are no admins yet: warren setup link, or warren "
                                         "admin add NAME --role owner"},
    [ROUTE_ADMIN_ADD] = {.write = show_admin_added},
    [ROUTE_ADMIN_GET] = {.rows = rows_admin},
    [ROUTE_ADMIN_SET] = {.write_done = show_by_name, .done = "changed"},
    [ROUTE_ADMIN_DELETE] = {.write_done = show_by_name,
                            .done = "deleted, with all sessions and tokens"},
    [ROUTE_ADMIN_PASSWORD] = {.write_done = show_by_name,
                              .done = "has a new password; all of the sessions ended"},
    [ROUTE_ADMIN_TOTP_BEGIN] = {.write_asked = show_totp_secret},
    [ROUTE_ADMIN_TOTP_CONFIRM] = {.write = show_recovery_codes},
    [ROUTE_ADMIN_TOTP_RECOVERY] = {.write = show_recovery_codes},
    [ROUTE_ADMIN_TOTP_DELETE] = {.write = show_totp_deleted},
    [ROUTE_ADMIN_PASSKEY_LIST] = {columns_passkey, "There are no passkeys."},
    [ROUTE_ADMIN_PASSKEY_DELETE] = {.write_done = show_by_name, .done = "deleted"},
    [ROUTE_TOKEN_LIST] = {columns_token, "There are no tokens."},
    [ROUTE_TOKEN_ADD] = {.write = show_token},
    [ROUTE_TOKEN_DELETE] = {.write_done = show_by_name, .done = "deleted"},
};

bool show_is_known(enum api_route_id id)
{
    const struct show *show = &shows[id];

    return show->columns || show->rows || show->text || show->write || show->write_asked ||
           show->write_done || show->elsewhere;
}

void show_answer(const struct screen *screen, const struct request *request, const json_t *body)
{
    const struct show *show = &shows[request->route->id];

    if (show->columns)
        show_list(screen, show->columns, body, show->none);
    else if (show->rows)
        table_print_object(screen, show->rows, body);
    else if (show->text)
        screen_say(screen, "%s", show->text);
    else if (show->write)
        show->write(screen, body);
    else if (show->write_asked)
        show->write_asked(screen, request, body);
    else if (show->write_done)
        show->write_done(screen, request, body, show->done);
}
