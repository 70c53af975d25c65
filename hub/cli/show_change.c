/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/cli/show_change.h"

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "hub/cli/cell.h"
#include "hub/cli/shell_quote.h"

static void show_deleted(const struct screen *screen, const struct request *request,
                         const json_t *body)
{
    const char *name = json_string_value(json_object_get(body, "name"));
    bool going = json_is_false(json_object_get(body, "deleted"));

    screen_say(screen, "%s \"%s\" %s", request->route->noun,
               name ? name : request->parameters[request->route->id == ROUTE_PEER_DELETE],
               going ? "is being deleted" : "deleted");
}

/* "warren profile show 'Acme Ltd' laptop"; `name` NULL = as it was asked for */
static char *peer_command(const char *command, const struct request *request, const char *name)
{
    _cleanup_free_ char *instance = shell_quote(request->parameters[0]);
    _cleanup_free_ char *peer = shell_quote(name ? name : request->parameters[1]);

    return text_format("warren %s %s %s", command, instance, peer);
}

static void show_pending(const struct screen *screen, const json_t *body, const char *command)
{
    const json_t *pending = json_object_get(body, "pending");
    _cleanup_buf_ struct buf steps = {0};

    if (json_array_size(pending) == 0)
        return;
    cell_pending(pending, &steps);
    screen_say(screen, "Not done yet: %s; see: %s", steps.data, command);
}

static void show_peer_pending(const struct screen *screen, const struct request *request,
                              const json_t *body)
{
    const char *name = json_string_value(json_object_get(body, "name"));
    _cleanup_free_ char *look = peer_command("peer show", request, name);

    show_pending(screen, body, look);
}

/* Of the form that a peer of this kind is most likely to take. */
static const char *profile_options(const json_t *peer)
{
    const char *type = json_string_value(json_object_get(peer, "type"));
    const char *login = json_string_value(json_object_get(peer, "login"));

    if (login && text_equal(login, "certificate"))
        return " -o profile.ovpn";
    return type && text_equal(type, "site") ? " --format routeros" : " --qr ansi";
}

static void show_peer_added(const struct screen *screen, const struct request *request,
                            const json_t *body)
{
    const char *name = json_string_value(json_object_get(body, "name"));
    const char *type = json_string_value(json_object_get(body, "type"));
    _cleanup_free_ char *profile = NULL;
    _cleanup_buf_ struct buf addresses = {0};

    if (!name)
        return;
    cell_plain(json_object_get(body, "addresses"), &addresses);
    screen_say(screen, "%s \"%s\" added: %s", type ? type : "peer", name, addresses.data);
    show_peer_pending(screen, request, body);
    profile = peer_command("profile show", request, name);
    screen_say(screen, "Its profile: %s%s", profile, profile_options(body));
}

static void show_peer_change(const struct screen *screen, const struct request *request,
                             const json_t *body, const char *done)
{
    const char *name = json_string_value(json_object_get(body, "name"));

    screen_say(screen, "peer \"%s\" %s", name ? name : request->parameters[1], done);
    show_peer_pending(screen, request, body);
}

static void show_peer_set(const struct screen *screen, const struct request *request,
                          const json_t *body)
{
    const char *name = json_string_value(json_object_get(body, "name"));
    _cleanup_free_ char *enable = peer_command("peer enable", request, name);
    _cleanup_free_ char *profile = peer_command("profile show", request, name);

    show_peer_change(screen, request, body, "changed");
    if (json_is_true(json_object_get(body, "profile_stale")))
        screen_say(screen, "Its profile is another one now: %s", profile);
    if (json_object_get(request->body, "expires_in") &&
        json_is_false(json_object_get(body, "enabled")))
        screen_say(screen, "It is not enabled: %s", enable);
}

static void show_peer_rekeyed(const struct screen *screen, const struct request *request,
                              const json_t *body)
{
    const char *name = json_string_value(json_object_get(body, "name"));
    _cleanup_free_ char *profile = peer_command("profile show", request, name);
    _cleanup_free_ char *done =
        text_format("has new keys; its old profile has stopped working: %s", profile);

    show_peer_change(screen, request, body, done);
}

static void show_instance_set(const struct screen *screen, const struct request *request,
                              const json_t *body)
{
    const char *name = json_string_value(json_object_get(body, "name"));
    _cleanup_free_ char *word = shell_quote(name ? name : request->parameters[0]);
    _cleanup_free_ char *look = text_format("warren instance show %s", word);

    screen_say(screen, "instance \"%s\" changed", name ? name : request->parameters[0]);
    show_pending(screen, body, look);
}

/* ---- the firewall ---- */

static const char *text_of(const json_t *body, const char *field)
{
    const char *text = json_string_value(json_object_get(body, field));

    return text ? text : "";
}

static void show_rule(const struct screen *screen, const struct request *request,
                      const json_t *body, const char *done)
{
    _cleanup_free_ char *instance = shell_quote(request->parameters[0]);
    _cleanup_free_ char *look =
        text_format("warren firewall show %s %s", instance, text_of(body, "id"));
    _cleanup_buf_ struct buf ports = {0};
    bool has_ports = json_array_size(json_object_get(body, "ports")) > 0;

    cell_plain(json_object_get(body, "ports"), &ports);
    screen_say(screen, "rule %lld (%s) %s: %s from %s to %s, %s%s%s",
               (long long)json_integer_value(json_object_get(body, "position")),
               text_of(body, "id"), done, text_of(body, "action"), text_of(body, "from"),
               text_of(body, "to"), text_of(body, "protocol"), has_ports ? " " : "",
               has_ports ? ports.data : "");
    show_pending(screen, body, look);
}

static void show_check_added(const struct screen *screen, const json_t *body)
{
    screen_say(screen, "check %s added: %s from %s to %s is expected", text_of(body, "id"),
               text_of(body, "expect"), text_of(body, "from"), text_of(body, "to"));
    if (json_is_false(json_object_get(body, "holds")))
        screen_say(screen, "It does not hold now; once it does, a change that breaks it is "
                           "refused.");
}

/* ---- users ---- */

static void show_user_peers(const struct screen *screen, const json_t *list, const char *field)
{
    json_t *item;
    size_t index;

    json_array_foreach((json_t *)list, index, item)
    {
        screen_say(screen, "  peer \"%s\" of \"%s\": %s", text_of(item, "name"),
                   text_of(item, "instance"), text_of(item, field));
    }
}

static void show_user(const struct screen *screen, const struct request *request,
                      const json_t *body, const char *done)
{
    const char *name = json_string_value(json_object_get(body, "name"));
    _cleanup_free_ char *word = shell_quote(name ? name : request->parameters[0]);
    _cleanup_free_ char *look = text_format("warren user peers %s", word);

    screen_say(screen, "user \"%s\" %s", name ? name : request->parameters[0], done);
    show_user_peers(screen, json_object_get(body, "peers_changed"), "done");
    show_user_peers(screen, json_object_get(body, "peers_left"), "why");
    show_pending(screen, body, look);
}

/* ---- one-time links ---- */

static void show_link_added(const struct screen *screen, const json_t *body)
{
    const char *url = json_string_value(json_object_get(body, "url"));
    long long uses = json_integer_value(json_object_get(body, "uses"));

    screen_say(screen, "link %s for \"%s\" made: it can be opened %lld time%s, until %s",
               text_of(body, "id"), text_of(body, "peer"), uses, uses == 1 ? "" : "s",
               text_of(body, "expires_at"));
    if (url)
        screen_say(screen, "%s", url);
}

static void show_settings_set(const struct screen *screen, const json_t *body)
{
    const char *restart = json_string_value(json_object_get(body, "restart"));
    const char *notice = json_string_value(json_object_get(body, "notice"));
    json_t *item;
    size_t index;

    json_array_foreach(json_object_get(body, "items"), index, item)
    {
        const char *pending = json_string_value(json_object_get(item, "pending"));
        const char *value = pending ? pending : text_of(item, "value");
        screen_say(screen, "%s %s %s", text_of(item, "name"), pending ? "will be" : "is",
                   *value ? value : "empty");
    }
    if (restart)
        screen_say(screen, "%s", restart);
    if (notice)
        screen_say(screen, "%s", notice);
}

void show_change(const struct screen *screen, const struct request *request, const json_t *body)
{
    switch (request->route->id) {
    case ROUTE_SETTINGS_SET:
        show_settings_set(screen, body);
        return;
    case ROUTE_TLS_ACME:
        screen_say(screen, "a certificate for %s is being ordered: warren tls show",
                   text_of(body, "name"));
        return;
    case ROUTE_INSTANCE_SET:
        show_instance_set(screen, request, body);
        return;
    case ROUTE_PEER_ADD:
        show_peer_added(screen, request, body);
        return;
    case ROUTE_PEER_SET:
        show_peer_set(screen, request, body);
        return;
    case ROUTE_PEER_ENABLE:
        show_peer_change(screen, request, body, "enabled");
        return;
    case ROUTE_PEER_DISABLE:
        show_peer_change(screen, request, body, "disabled");
        return;
    case ROUTE_PEER_REKEY:
        show_peer_rekeyed(screen, request, body);
        return;
    case ROUTE_PEER_FORGET_KEY:
        show_peer_change(screen, request, body,
                         "alone holds its private key now; the hub has forgotten it");
        return;
    case ROUTE_INSTANCE_DELETE:
    case ROUTE_PEER_DELETE:
        show_deleted(screen, request, body);
        return;
    case ROUTE_FIREWALL_ADD:
        show_rule(screen, request, body, "added");
        return;
    case ROUTE_FIREWALL_SET:
        show_rule(screen, request, body, "changed");
        return;
    case ROUTE_FIREWALL_MOVE:
        show_rule(screen, request, body, "moved");
        return;
    case ROUTE_FIREWALL_ENABLE:
        show_rule(screen, request, body, "enabled");
        return;
    case ROUTE_FIREWALL_DISABLE:
        show_rule(screen, request, body, "disabled");
        return;
    case ROUTE_FIREWALL_DELETE:
        show_rule(screen, request, body, "deleted");
        return;
    case ROUTE_FIREWALL_CHECK_ADD:
        show_check_added(screen, body);
        return;
    case ROUTE_FIREWALL_CHECK_DELETE:
        screen_say(screen, "check %s deleted", text_of(body, "id"));
        return;
    case ROUTE_USER_ADD:
        show_user(screen, request, body, "added");
        return;
    case ROUTE_USER_SET:
        show_user(screen, request, body, "changed");
        return;
    case ROUTE_USER_ENABLE:
        show_user(screen, request, body, "enabled");
        return;
    case ROUTE_USER_DISABLE:
        show_user(screen, request, body, "disabled");
        return;
    case ROUTE_USER_DELETE:
        show_user(screen, request, body, "deleted");
        return;
    case ROUTE_LINK_ADD:
        show_link_added(screen, body);
        return;
    case ROUTE_LINK_DELETE:
        screen_say(screen, "link %s deleted", text_of(body, "id"));
        return;
    case ROUTE_LINK_LIST:
    case ROUTE_LINK_OPEN:
    case ROUTE_LINK_FILE:
    case ROUTE_ATTENTION_LIST:
    case ROUTE_TRAFFIC_GET:
    case ROUTE_USER_LIST:
    case ROUTE_USER_GET:
    case ROUTE_USER_PEERS:
    case ROUTE_FIREWALL_LIST:
    case ROUTE_FIREWALL_TEST:
    case ROUTE_FIREWALL_GET:
    case ROUTE_FIREWALL_CHECK_LIST:
    case ROUTE_FIREWALL_CHECK_RUN:
    case ROUTE_STATUS_GET:
    case ROUTE_SETTINGS_LIST:
    case ROUTE_API_GET:
    case ROUTE_TLS_GET:
    case ROUTE_TLS_IMPORT:
    case ROUTE_TLS_CHALLENGE:
    case ROUTE_INSTANCE_LIST:
    case ROUTE_INSTANCE_ADD:
    case ROUTE_INSTANCE_GET:
    case ROUTE_PEER_LIST:
    case ROUTE_PEER_GET:
    case ROUTE_PROFILE_LIST:
    case ROUTE_PROFILE_GET:
    case ROUTE_EXPLAIN_GET:
    case ROUTE_UPDATE_GET:
    case ROUTE_UPDATE_INSTALL:
    case ROUTE_UPDATE_REBOOT:
    case ROUTE_UPDATE_CONFIRM:
    case ROUTE_UPDATE_ROLLBACK:
    case ROUTE_BACKUP_LIST:
    case ROUTE_BACKUP_ADD:
    case ROUTE_BACKUP_UPLOAD:
    case ROUTE_BACKUP_KEY_GET:
    case ROUTE_BACKUP_KEY_SET:
    case ROUTE_BACKUP_KEY_DELETE:
    case ROUTE_BACKUP_GET:
    case ROUTE_BACKUP_FETCH:
    case ROUTE_BACKUP_RESTORE:
    case ROUTE_BACKUP_DELETE:
    case ROUTE_BOX_GET:
    case ROUTE_BOX_WISH:
    case ROUTE_EVENTS_FOLLOW:
    case ROUTE_AUDIT_LIST:
    case ROUTE_AUDIT_VERIFY:
    case ROUTE_SETUP_GET:
    case ROUTE_SETUP_FINISH:
    case ROUTE_SETUP_LINK:
    case ROUTE_SESSION_GET:
    case ROUTE_SESSION_ADD:
    case ROUTE_SESSION_END:
    case ROUTE_SESSION_PASSKEY_OPTIONS:
    case ROUTE_SESSION_PASSKEY_ADD:
    case ROUTE_SESSION_LIST:
    case ROUTE_SESSION_DELETE:
    case ROUTE_ADMIN_LIST:
    case ROUTE_ADMIN_ADD:
    case ROUTE_ADMIN_GET:
    case ROUTE_ADMIN_SET:
    case ROUTE_ADMIN_DELETE:
    case ROUTE_ADMIN_PASSWORD:
    case ROUTE_ADMIN_TOTP_BEGIN:
    case ROUTE_ADMIN_TOTP_CONFIRM:
    case ROUTE_ADMIN_TOTP_RECOVERY:
    case ROUTE_ADMIN_TOTP_DELETE:
    case ROUTE_ADMIN_PASSKEY_LIST:
    case ROUTE_ADMIN_PASSKEY_OPTIONS:
    case ROUTE_ADMIN_PASSKEY_ADD:
    case ROUTE_ADMIN_PASSKEY_DELETE:
    case ROUTE_TOKEN_LIST:
    case ROUTE_TOKEN_ADD:
    case ROUTE_TOKEN_DELETE:
    case ROUTE_COUNT:
        return;
    }
}
