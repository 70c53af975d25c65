/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/cli/show.h"

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "hub/cli/show_change.h"
#include "hub/cli/show_explain.h"
#include "hub/cli/show_identity.h"
#include "hub/cli/show_traffic.h"
#include "hub/cli/table.h"

static const struct column instance_columns[] = {
    {"NAME", "name", NULL},
    {"ID", "id", NULL},
    {"HOSTNAME", "hostname", NULL},
    {"STATE", "state", cell_state},
    {"NETWORKS", "networks", NULL},
    {"PORT", "wireguard.port", NULL},
    {"PEERS", "peers.total", NULL},
    {"CONNECTED", "peers.connected", NULL},
    {0},
};

static const struct column instance_rows[] = {
    {"name", "name", NULL},
    {"id", "id", NULL},
    {"state", "state", cell_state},
    {"ready", "ready", cell_ready},
    {"pending", "pending", cell_pending},
    {"hostname", "hostname", NULL},
    {"public name", "public_name", NULL},
    {"region", "region", NULL},
    {"networks", "networks", NULL},
    {"hub's addresses", "hub_addresses", NULL},
    {"pushed routes", "pushed_routes", NULL},
    {"DNS", "public_dns", cell_dns},
    {"DNS domain", "dns_domain", NULL},
    {"search domains", "domains", NULL},
    {"DNS records", "dns_custom", NULL},
    {"split DNS", "split_dns", NULL},
    {"client to client", "client_to_client", NULL},
    {"firewall's default", "firewall_default", NULL},
    {"MTU", "mtu", NULL},
    {"WireGuard port", "wireguard.port", NULL},
    {"WireGuard key", "wireguard.public_key", NULL},
    {"WireGuard backend", "wireguard.backend", NULL},
    {"OpenVPN", "openvpn.transports", NULL},
    {"OpenVPN port", "openvpn.port", NULL},
    {"  udp", "openvpn.servers.udp.state", NULL},
    {"  tcp", "openvpn.servers.tcp.state", NULL},
    {"  legacy", "openvpn.servers.legacy.state", NULL},
    {"  legacy port", "openvpn.servers.legacy.port", NULL},
    {"peers", "peers.total", NULL},
    {"peers enabled", "peers.enabled", NULL},
    {"peers connected", "peers.connected", NULL},
    {"last resync", "resync.at", cell_ago},
    {"writes of it", "resync.writes", NULL},
    {"created", "created_at", NULL},
    {"updated", "updated_at", NULL},
    {"etag", "etag", NULL},
    {0},
};

static const struct column peer_columns[] = {
    {"NAME", "name", NULL},
    {"ID", "id", NULL},
    {"TYPE", "type", NULL},
    {"PROTOCOL", "protocol", NULL},
    {"ENABLED", "", cell_enabled},
    {"ADDRESSES", "addresses", NULL},
    {"SUBNETS", "subnets", NULL},
    {"CONNECTED", "connected", cell_connected},
    {"FROM", "connected_from", NULL},
    {"SEEN", "last_seen", cell_ago},
    {"RECEIVED", "rx_bytes", cell_bytes},
    {"SENT", "tx_bytes", cell_bytes},
    {0},
};

static const struct column peer_rows[] = {
    {"name", "name", NULL},
    {"id", "id", NULL},
    {"instance", "instance_id", NULL},
    {"DNS name", "dns_name", NULL},
    {"type", "type", NULL},
    {"protocol", "protocol", NULL},
    {"login", "login", NULL},
    {"enabled", "enabled", NULL},
    {"expired", "expired", cell_bad_if_true},
    {"expires", "expires_at", NULL},
    {"addresses", "addresses", NULL},
    {"subnets", "subnets", NULL},
    {"mapped", "mapped", cell_mapped},
    {"user", "user", NULL},
    {"groups", "groups", NULL},
    {"groups of the user", "user_groups", NULL},
    {"disabled with user", "disabled_with_user", cell_bad_if_true},
    {"full tunnel", "route_all", NULL},
    {"public key", "public_key", NULL},
    {"certificate", "certificate.fingerprint", NULL},
    {"certificate ends", "certificate.expires_at", NULL},
    {"private key held", "private_key_held", NULL},
    {"preshared key", "preshared_key", NULL},
    {"keepalive", "keepalive", NULL},
    {"connected", "connected", cell_connected},
    {"connected since", "connected_since", NULL},
    {"connected from", "connected_from", NULL},
    {"last handshake", "last_handshake", cell_ago},
    {"last seen", "last_seen", cell_ago},
    {"received", "rx_bytes", cell_bytes},
    {"sent", "tx_bytes", cell_bytes},
    {"profile issued", "profile_issued_at", NULL},
    {"profile stale", "profile_stale", cell_bad_if_true},
    {"stale because", "profile_stale_reasons", NULL},
    {"pending", "pending", cell_pending},
    {"created", "created_at", NULL},
    {"updated", "updated_at", NULL},
    {"etag", "etag", NULL},
    {0},
};

static const struct column rule_columns[] = {
    {"POSITION", "position", NULL},
    {"ID", "id", NULL},
    {"ACTION", "action", cell_action},
    {"FROM", "from", NULL},
    {"TO", "to", NULL},
    {"PROTOCOL", "protocol", NULL},
    {"PORTS", "ports", NULL},
    {"DIRECTION", "direction", NULL},
    {"ENABLED", "", cell_enabled},
    {"EXPIRES", "expires_at", cell_ago},
    {"HITS", "hits", NULL},
    {"COMMENT", "comment", NULL},
    {0},
};

static const struct column rule_rows[] = {
    {"position", "position", NULL},
    {"id", "id", NULL},
    {"action", "action", cell_action},
    {"from", "from", NULL},
    {"to", "to", NULL},
    {"protocol", "protocol", NULL},
    {"ports", "ports", NULL},
    {"direction", "direction", NULL},
    {"enabled", "enabled", NULL},
    {"expired", "expired", cell_bad_if_true},
    {"expires", "expires_at", NULL},
    {"hits", "hits", NULL},
    {"comment", "comment", NULL},
    {"pending", "pending", cell_pending},
    {"created", "created_at", NULL},
    {"updated", "updated_at", NULL},
    {"etag", "etag", NULL},
    {0},
};

static const struct column user_columns[] = {
    {"NAME", "name", NULL},
    {"ID", "id", NULL},
    {"EMAIL", "email", NULL},
    {"GROUPS", "groups", NULL},
    {"ENABLED", "enabled", NULL},
    {"PEERS", "peers.total", NULL},
    {"CONNECTED", "peers.connected", NULL},
    {"NOTE", "note", NULL},
    {0},
};

static const struct column user_rows[] = {
    {"name", "name", NULL},
    {"id", "id", NULL},
    {"email", "email", NULL},
    {"groups", "groups", NULL},
    {"note", "note", NULL},
    {"enabled", "enabled", NULL},
    {"peers", "peers.total", NULL},
    {"peers enabled", "peers.enabled", NULL},
    {"peers connected", "peers.connected", NULL},
    {"created", "created_at", NULL},
    {"updated", "updated_at", NULL},
    {"etag", "etag", NULL},
    {0},
};

static const struct column user_peer_columns[] = {
    {"INSTANCE", "instance", NULL},
    {"NAME", "name", NULL},
    {"ID", "id", NULL},
    {"TYPE", "type", NULL},
    {"PROTOCOL", "protocol", NULL},
    {"ENABLED", "", cell_enabled},
    {"ADDRESSES", "addresses", NULL},
    {"CONNECTED", "connected", cell_connected},
    {"SEEN", "last_seen", cell_ago},
    {"RECEIVED", "rx_bytes", cell_bytes},
    {"SENT", "tx_bytes", cell_bytes},
    {0},
};

static const struct column link_columns[] = {
    {"ID", "id", NULL},
    {"INSTANCE", "instance", NULL},
    {"PEER", "peer", NULL},
    {"STATE", "state", NULL},
    {"USES LEFT", "uses_left", NULL},
    {"PIN", "pin", NULL},
    {"EXPIRES", "expires_at", cell_ago},
    {"OPENED", "opened_at", cell_ago},
    {"MADE BY", "made_by", NULL},
    {0},
};

static const struct column opened_rows[] = {
    {"instance", "instance.name", NULL},
    {"peer", "peer.name", NULL},
    {"type", "peer.type", NULL},
    {"protocol", "peer.protocol", NULL},
    {"uses left", "uses_left", NULL},
    {"valid until", "valid_until", NULL},
    {"import by", "openvpn_import_url", NULL},
    {0},
};

static const struct column file_rows[] = {
    {"file", "file_name", NULL},
    {"media type", "media_type", NULL},
    {"size", "size", cell_bytes},
    {0},
};

static const struct column attention_columns[] = {
    {"LEVEL", "level", cell_level},   {"WHAT", "text", NULL},       {"WHEN", "at", cell_ago},
    {"WHAT WOULD DO", "would", NULL}, {"COMMAND", "command", NULL}, {0},
};

static const struct column finding_rows[] = {
    {"action", "action", cell_action},
    {"because of", "reason", NULL},
    {"rule", "rule", NULL},
    {"at position", "position", NULL},
    {"from", "from_address", NULL},
    {"to", "to_address", NULL},
    {"pairs allowed", "allowed", NULL},
    {"pairs denied", "denied", NULL},
    {0},
};

static const struct column check_columns[] = {
    {"ID", "id", NULL},
    {"EXPECTED", "expect", cell_action},
    {"FROM", "from", NULL},
    {"TO", "to", NULL},
    {"PROTOCOL", "protocol", NULL},
    {"PORT", "port", NULL},
    {"HOLDS", "holds", cell_good_if_true},
    {"IS", "finding.action", cell_action},
    {"BECAUSE OF", "finding.reason", NULL},
    {"RULE", "finding.rule", NULL},
    {0},
};

static const struct column profile_columns[] = {
    {"FORMAT", "format", NULL},         {"TITLE", "title", NULL},
    {"FILE", "file_name", NULL},        {"QR", "fits_qr", NULL},
    {"ISSUED", "issued_at", NULL},      {"STALE", "stale", cell_bad_if_true},
    {"BECAUSE", "stale_reasons", NULL}, {0},
};

static const struct column settings_columns[] = {
    {"NAME", "name", NULL},       {"VALUE", "value", NULL},   {"WAITING", "pending", NULL},
    {"DEFAULT", "default", NULL}, {"CHANGE", "effect", NULL}, {0},
};

static const struct column event_columns[] = {
    {"TIME", "at", NULL},          {"KIND", "kind", NULL}, {"INSTANCE", "", cell_event_instance},
    {"PEER", "", cell_event_peer}, {"TEXT", "text", NULL}, {0},
};

static const struct column audit_columns[] = {
    {"NUMBER", "number", NULL},
    {"AT", "at", NULL},
    {"WHO", "who", NULL},
    {"ACTION", "action", NULL},
    {"NAME", "name", NULL},
    {"OBJECT", "object", NULL},
    {0},
};

static const struct column verify_rows[] = {
    {"whole", "whole", cell_good_if_true},
    {"entries checked", "checked", NULL},
    {"broken at", "broken_at", NULL},
    {0},
};

static const struct column update_rows[] = {
    {"from an image", "available", NULL},
    {"version", "version", NULL},
    {"slot", "slot", NULL},
    {"started as", "boot", NULL},
    {"update", "state", cell_state},
    {"its version", "update_version", NULL},
    {"its slot", "update_slot", NULL},
    {"on trial until", "until", NULL},
    {"waits for", "waiting_for", NULL},
    {"problem", "problem", NULL},
    {0},
};

static const struct column backup_columns[] = {
    {"ID", "id", NULL},
    {"KIND", "kind", NULL},
    {"CREATED", "created_at", NULL},
    {"AGE", "created_at", cell_ago},
    {"SIZE", "bytes", cell_bytes},
    {0},
};

static const struct column backup_rows[] = {
    {"id", "id", NULL},
    {"kind", "kind", NULL},
    {"created", "created_at", NULL},
    {"size", "bytes", cell_bytes},
    {0},
};

static const struct column backup_key_rows[] = {
    {"set", "set", cell_good_if_true},
    {"since", "created_at", NULL},
    {0},
};

static const struct column box_rows[] = {
    {"appliance", "appliance", NULL},
    {"slot", "slot", NULL},
    {"boot", "boot", NULL},
    {"seed", "seed", NULL},
    {0},
};

static const struct column status_rows[] = {
    {"version", "version", NULL},
    {"region", "region", NULL},
    {"public name", "public_name", NULL},
    {"ready", "ready", cell_good_if_true},
    {"up for", "uptime", cell_duration},
    {"WireGuard backend", "backend", NULL},
    {"instances", "instances.total", NULL},
    {"  active", "instances.active", NULL},
    {"  provisioning", "instances.provisioning", NULL},
    {"  pending", "instances.pending", NULL},
    {"  failed", "instances.failed", NULL},
    {"set-up link", "setup.link", NULL},
    {"state directory", "store.directory", NULL},
    {"database", "store.bytes", cell_bytes},
    {"commits", "store.commits", NULL},
    {"schema", "store.schema_version", NULL},
    {"web", "web.connected", cell_good_if_true},
    {"  certificate", "web.certificate.source", NULL},
    {"  SHA-256", "web.certificate.fingerprint", NULL},
    {"  valid until", "web.certificate.not_after", NULL},
    {"backup key", "backup.key", NULL},
    {"last backup", "backup.last", cell_ago},
    {"backups", "backup.bytes", cell_bytes},
    {"backup problem", "backup.problem", NULL},
    {"changes refused", "frozen", NULL},
    {0},
};

static const struct column tls_rows[] = {
    {"source", "source", NULL},
    {"SHA-256", "fingerprint", NULL},
    {"for", "subject", NULL},
    {"signed by", "issuer", NULL},
    {"names", "names", NULL},
    {"valid from", "not_before", NULL},
    {"valid until", "not_after", NULL},
    {"ACME", "acme.state", cell_state},
    {"  for", "acme.name", NULL},
    {"  why", "acme.reason", NULL},
    {"  last order", "acme.tried_at", NULL},
    {"  next order", "acme.next_at", NULL},
    {0},
};

static const struct column web_pending_columns[] = {
    {"PENDING", "title", NULL},
    {"WHY", "reason", NULL},
    {0},
};

static const struct column role_columns[] = {
    {"PROCESS", "name", NULL},      {"INSTANCE", "instance", NULL},    {"PID", "pid", NULL},
    {"RESTARTS", "restarts", NULL}, {"SANDBOX", "sandbox.text", NULL}, {0},
};

static const struct column change_columns[] = {
    {"FIELD", "field", NULL},
    {"BEFORE", "before", NULL},
    {"AFTER", "after", NULL},
    {0},
};

static void show_list(const struct screen *screen, const struct column *columns, const json_t *body,
                      const char *none)
{
    const json_t *items = json_object_get(body, "items");

    if (json_array_size(items) == 0)
        screen_say(screen, "%s", none);
    else
        table_print(screen, columns, items);
}

static void show_box(const struct screen *screen, const json_t *body)
{
    size_t index;
    json_t *problem;

    table_print_object(screen, box_rows, body);
    json_array_foreach(json_object_get(body, "problems"), index, problem)
        screen_say(screen, "PROBLEM: %s", json_string_value(problem));
}

static void show_status(const struct screen *screen, const json_t *body)
{
    const char *trouble = json_string_value(json_object_get(body, "roles_problem"));

    const json_t *pending = json_object_get(json_object_get(body, "web"), "pending");

    table_print_object(screen, status_rows, body);
    fputc('\n', screen->stream);
    if (json_array_size(pending)) {
        table_print(screen, web_pending_columns, pending);
        fputc('\n', screen->stream);
    }
    if (trouble)
        screen_say(screen, "%s", trouble);
    table_print(screen, role_columns, json_object_get(body, "roles"));
}

static void show_verify(const struct screen *screen, const json_t *body)
{
    table_print_object(screen, verify_rows, body);
}

/* Columns whose widths are not known beforehand: names that are longer push the rest. */
void show_event(const struct screen *screen, const json_t *event)
{
    static const size_t widths[] = {20, 18, 14, 14};
    _cleanup_buf_ struct buf line = {0};

    for (size_t i = 0; event_columns[i].title; i++) {
        const struct column *column = &event_columns[i];
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

void show_dry_run(const struct screen *screen, const json_t *body)
{
    const json_t *changes = json_object_get(body, "changes");
    const json_t *would = json_object_get(body, "would");
    const char *restart = json_string_value(json_object_get(would, "restart"));
    const char *notice = json_string_value(json_object_get(would, "notice"));

    if (json_array_size(changes) == 0) {
        screen_say(screen, "Nothing would be changed.");
        return;
    }
    screen_say(screen, "This would be changed (nothing is):");
    table_print(screen, change_columns, changes);
    if (restart)
        screen_say(screen, "%s", restart);
    if (notice)
        screen_say(screen, "%s", notice);
}

void show_answer(const struct screen *screen, const struct request *request, const json_t *body)
{
    switch (request->route->id) {
    case ROUTE_STATUS_GET:
        show_status(screen, body);
        return;
    case ROUTE_TLS_GET:
    case ROUTE_TLS_IMPORT:
        table_print_object(screen, tls_rows, body);
        return;
    case ROUTE_TLS_ACME:
        show_change(screen, request, body);
        return;
    case ROUTE_TLS_CHALLENGE:
        table_print_object(screen, file_rows, body);
        return;
    case ROUTE_SETTINGS_LIST:
        show_list(screen, settings_columns, body, "no settings");
        return;
    case ROUTE_SETTINGS_SET:
        show_change(screen, request, body);
        return;
    case ROUTE_INSTANCE_LIST:
        show_list(screen, instance_columns, body,
                  "There are no instances yet: warren instance add NAME --hostname LABEL");
        return;
    case ROUTE_INSTANCE_ADD:
    case ROUTE_INSTANCE_GET:
        table_print_object(screen, instance_rows, body);
        return;
    case ROUTE_PEER_LIST:
        show_list(screen, peer_columns, body, "There are no such peers.");
        return;
    case ROUTE_PEER_GET:
        table_print_object(screen, peer_rows, body);
        return;
    case ROUTE_INSTANCE_SET:
    case ROUTE_INSTANCE_DELETE:
    case ROUTE_PEER_ADD:
    case ROUTE_PEER_SET:
    case ROUTE_PEER_ENABLE:
    case ROUTE_PEER_DISABLE:
    case ROUTE_PEER_REKEY:
    case ROUTE_PEER_FORGET_KEY:
    case ROUTE_PEER_DELETE:
        show_change(screen, request, body);
        return;
    case ROUTE_FIREWALL_LIST:
        show_list(screen, rule_columns, body,
                  "There are no rules: what no rule matches is as the "
                  "instance's firewall_default says.");
        return;
    case ROUTE_FIREWALL_GET:
        table_print_object(screen, rule_rows, body);
        return;
    case ROUTE_FIREWALL_TEST:
        table_print_object(screen, finding_rows, body);
        return;
    case ROUTE_FIREWALL_CHECK_LIST:
    case ROUTE_FIREWALL_CHECK_RUN:
        show_list(screen, check_columns, body, "Nothing is expected of the firewall yet.");
        return;
    case ROUTE_FIREWALL_ADD:
    case ROUTE_FIREWALL_SET:
    case ROUTE_FIREWALL_MOVE:
    case ROUTE_FIREWALL_ENABLE:
    case ROUTE_FIREWALL_DISABLE:
    case ROUTE_FIREWALL_DELETE:
    case ROUTE_FIREWALL_CHECK_ADD:
    case ROUTE_FIREWALL_CHECK_DELETE:
        show_change(screen, request, body);
        return;
    case ROUTE_USER_LIST:
        show_list(screen, user_columns, body, "There are no users yet: warren user add NAME");
        return;
    case ROUTE_USER_GET:
        table_print_object(screen, user_rows, body);
        return;
    case ROUTE_USER_PEERS:
        show_list(screen, user_peer_columns, body, "No peer is the user's.");
        return;
    case ROUTE_USER_ADD:
    case ROUTE_USER_SET:
    case ROUTE_USER_ENABLE:
    case ROUTE_USER_DISABLE:
    case ROUTE_USER_DELETE:
        show_change(screen, request, body);
        return;
    case ROUTE_LINK_LIST:
        show_list(screen, link_columns, body, "There are no one-time links.");
        return;
    case ROUTE_LINK_OPEN:
        table_print_object(screen, opened_rows, body);
        return;
    case ROUTE_LINK_FILE:
        table_print_object(screen, file_rows, body);
        return;
    case ROUTE_LINK_ADD:
    case ROUTE_LINK_DELETE:
        show_change(screen, request, body);
        return;
    case ROUTE_PROFILE_LIST:
        show_list(screen, profile_columns, body, "no formats");
        return;
    case ROUTE_ATTENTION_LIST:
        show_list(screen, attention_columns, body, "Nothing needs attention.");
        return;
    case ROUTE_TRAFFIC_GET:
        show_traffic(screen, body);
        return;
    case ROUTE_EXPLAIN_GET:
        show_explain(screen, body);
        return;
    case ROUTE_EVENTS_FOLLOW:
        show_list(screen, event_columns, body, "Nothing happened since the hub was started.");
        return;
    case ROUTE_AUDIT_LIST:
        show_list(screen, audit_columns, body, "Nothing was changed yet.");
        return;
    case ROUTE_AUDIT_VERIFY:
        show_verify(screen, body);
        return;
    case ROUTE_UPDATE_GET:
    case ROUTE_UPDATE_REBOOT:
    case ROUTE_UPDATE_CONFIRM:
    case ROUTE_UPDATE_ROLLBACK:
        table_print_object(screen, update_rows, body);
        return;
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
        show_identity(screen, request, body);
        return;
    case ROUTE_BACKUP_LIST:
        show_list(screen, backup_columns, body,
                  "There are no backups here: warren backup create -o FILE");
        return;
    case ROUTE_BACKUP_GET:
        table_print_object(screen, backup_rows, body);
        return;
    case ROUTE_BACKUP_KEY_GET:
        table_print_object(screen, backup_key_rows, body);
        return;
    case ROUTE_BACKUP_DELETE:
        screen_say(screen, "backup %s deleted", json_string_value(json_object_get(body, "id")));
        return;
    case ROUTE_BACKUP_KEY_DELETE:
        screen_say(screen,
                   "The hub makes no backups by itself any more; those that are here stay.");
        return;
    case ROUTE_BOX_GET:
        show_box(screen, body);
        return;
    case ROUTE_BOX_WISH:
        screen_say(screen, "The box will: %s", json_string_value(json_object_get(body, "wish")));
        return;
    case ROUTE_BACKUP_ADD: /* said where they are done: backup_command.c */
    case ROUTE_BACKUP_FETCH:
    case ROUTE_BACKUP_UPLOAD:
    case ROUTE_BACKUP_RESTORE:
    case ROUTE_BACKUP_KEY_SET:
    case ROUTE_UPDATE_INSTALL:
        return;
    case ROUTE_PROFILE_GET: /* written as it is: profile_file.c */
    case ROUTE_API_GET:     /* always as JSON: run.c */
    case ROUTE_COUNT:
        return;
    }
}
