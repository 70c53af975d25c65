/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/cli/show.h"

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "hub/cli/shell_quote.h"
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
    {"client to client", "client_to_client", NULL},
    {"MTU", "mtu", NULL},
    {"WireGuard port", "wireguard.port", NULL},
    {"WireGuard key", "wireguard.public_key", NULL},
    {"WireGuard backend", "wireguard.backend", NULL},
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
    {"ENABLED", "", cell_enabled},
    {"ADDRESSES", "addresses", NULL},
    {"SUBNETS", "subnets", NULL},
    {"CONNECTED", "connected", cell_connected},
    {"FROM", "connected_from", NULL},
    {"HANDSHAKE", "last_handshake", cell_ago},
    {"RECEIVED", "rx_bytes", cell_bytes},
    {"SENT", "tx_bytes", cell_bytes},
    {0},
};

static const struct column peer_rows[] = {
    {"name", "name", NULL},
    {"id", "id", NULL},
    {"instance", "instance_id", NULL},
    {"type", "type", NULL},
    {"protocol", "protocol", NULL},
    {"enabled", "enabled", NULL},
    {"expired", "expired", cell_bad_if_true},
    {"expires", "expires_at", NULL},
    {"addresses", "addresses", NULL},
    {"subnets", "subnets", NULL},
    {"full tunnel", "route_all", NULL},
    {"public key", "public_key", NULL},
    {"private key held", "private_key_held", NULL},
    {"preshared key", "preshared_key", NULL},
    {"keepalive", "keepalive", NULL},
    {"connected", "connected", cell_connected},
    {"connected since", "connected_since", NULL},
    {"connected from", "connected_from", NULL},
    {"last handshake", "last_handshake", cell_ago},
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

static const struct column profile_columns[] = {
    {"FORMAT", "format", NULL},         {"TITLE", "title", NULL},
    {"FILE", "file_name", NULL},        {"QR", "fits_qr", NULL},
    {"ISSUED", "issued_at", NULL},      {"STALE", "stale", cell_bad_if_true},
    {"BECAUSE", "stale_reasons", NULL}, {0},
};

static const struct column settings_columns[] = {
    {"SECTION", "section", NULL}, {"KEY", "key", NULL},       {"VALUE", "value", NULL},
    {"DEFAULT", "default", NULL}, {"CHANGE", "effect", NULL}, {0},
};

static const struct column event_columns[] = {
    {"AT", "at", NULL},
    {"EVENT", "kind", NULL},
    {"WHAT", "text", NULL},
    {0},
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
    {"state directory", "store.directory", NULL},
    {"database", "store.bytes", cell_bytes},
    {"commits", "store.commits", NULL},
    {"schema", "store.schema_version", NULL},
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

static void say(const struct screen *screen, const char *text)
{
    screen_print(screen, COLOR_NONE, text);
    fputc('\n', screen->stream);
}

static void show_list(const struct screen *screen, const struct column *columns, const json_t *body,
                      const char *none)
{
    const json_t *items = json_object_get(body, "items");

    if (json_array_size(items) == 0)
        say(screen, none);
    else
        table_print(screen, columns, items);
}

static void show_status(const struct screen *screen, const json_t *body)
{
    const char *trouble = json_string_value(json_object_get(body, "roles_problem"));

    table_print_object(screen, status_rows, body);
    fputc('\n', screen->stream);
    if (trouble)
        say(screen, trouble);
    table_print(screen, role_columns, json_object_get(body, "roles"));
}

static void show_verify(const struct screen *screen, const json_t *body)
{
    table_print_object(screen, verify_rows, body);
}

static void show_deleted(const struct screen *screen, const struct request *request,
                         const json_t *body)
{
    const char *name = json_string_value(json_object_get(body, "name"));
    bool going = json_is_false(json_object_get(body, "deleted"));
    _cleanup_free_ char *line =
        text_format("%s \"%s\" %s", request->route->noun,
                    name ? name : request->parameters[request->route->id == ROUTE_PEER_DELETE],
                    going ? "is being deleted" : "deleted");

    say(screen, line);
}

/* "warren profile show 'Acme Ltd' laptop" */
static char *command_on_peer(const char *command, const struct request *request, const char *name)
{
    _cleanup_free_ char *instance = shell_quote(request->parameters[0]);
    _cleanup_free_ char *peer = shell_quote(name);

    return text_format("warren %s %s %s", command, instance, peer);
}

static void show_pending(const struct screen *screen, const json_t *body, const char *command)
{
    const json_t *pending = json_object_get(body, "pending");
    _cleanup_buf_ struct buf steps = {0};
    _cleanup_free_ char *line = NULL;

    if (json_array_size(pending) == 0)
        return;
    cell_pending(pending, &steps);
    line = text_format("Not done yet: %s; see: %s", steps.data, command);
    say(screen, line);
}

static void show_peer_added(const struct screen *screen, const struct request *request,
                            const json_t *body)
{
    const char *name = json_string_value(json_object_get(body, "name"));
    const char *type = json_string_value(json_object_get(body, "type"));
    _cleanup_free_ char *added = NULL, *look = NULL, *profile = NULL, *next = NULL;
    _cleanup_buf_ struct buf addresses = {0};

    if (!name)
        return;
    cell_plain(json_object_get(body, "addresses"), &addresses);
    added = text_format("%s \"%s\" added: %s", type ? type : "peer", name, addresses.data);
    say(screen, added);
    look = command_on_peer("peer show", request, name);
    show_pending(screen, body, look);
    profile = command_on_peer("profile show", request, name);
    next = text_format("Its profile: %s%s", profile,
                       type && text_equal(type, "site") ? " --format routeros" : " --qr ansi");
    say(screen, next);
}

void show_event(const struct screen *screen, const json_t *event)
{
    const char *at = json_string_value(json_object_get(event, "at"));
    const char *kind = json_string_value(json_object_get(event, "kind"));
    const char *text = json_string_value(json_object_get(event, "text"));
    _cleanup_free_ char *line =
        text_format("%s  %-22s %s", at ? at : "", kind ? kind : "", text ? text : "");

    say(screen, line);
}

void show_dry_run(const struct screen *screen, const json_t *body)
{
    const json_t *changes = json_object_get(body, "changes");

    if (json_array_size(changes) == 0) {
        say(screen, "Nothing would be changed.");
        return;
    }
    say(screen, "This would be changed (nothing is):");
    table_print(screen, change_columns, changes);
}

void show_answer(const struct screen *screen, const struct request *request, const json_t *body)
{
    switch (request->route->id) {
    case ROUTE_STATUS_GET:
        show_status(screen, body);
        return;
    case ROUTE_SETTINGS_LIST:
        show_list(screen, settings_columns, body, "no settings");
        return;
    case ROUTE_INSTANCE_LIST:
        show_list(screen, instance_columns, body,
                  "There are no instances yet: warren instance add NAME --hostname LABEL");
        return;
    case ROUTE_INSTANCE_ADD:
    case ROUTE_INSTANCE_GET:
    case ROUTE_INSTANCE_SET:
        table_print_object(screen, instance_rows, body);
        return;
    case ROUTE_PEER_LIST:
        show_list(screen, peer_columns, body, "There are no such peers.");
        return;
    case ROUTE_PEER_ADD:
        show_peer_added(screen, request, body);
        return;
    case ROUTE_PEER_GET:
    case ROUTE_PEER_SET:
    case ROUTE_PEER_ENABLE:
    case ROUTE_PEER_DISABLE:
    case ROUTE_PEER_REKEY:
    case ROUTE_PEER_FORGET_KEY:
        table_print_object(screen, peer_rows, body);
        return;
    case ROUTE_INSTANCE_DELETE:
    case ROUTE_PEER_DELETE:
        show_deleted(screen, request, body);
        return;
    case ROUTE_PROFILE_LIST:
        show_list(screen, profile_columns, body, "no formats");
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
    case ROUTE_PROFILE_GET: /* written as it is: profile_file.c */
    case ROUTE_COUNT:
        return;
    }
}
