/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/cli/columns.h"

const struct column rows_status[] = {
    {"version", "version", NULL},
    {"region", "region", NULL},
    {"public name", "public_name", NULL},
    {"ready", "ready", cell_good_if_true},
    {"up for", "uptime", cell_duration},
    {"WireGuard backend", "backend", NULL},
    {"other forwarding", "forward_other", cell_forwarding},
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

const struct column columns_web_pending[] = {
    {"PENDING", "title", NULL},
    {"WHY", "reason", NULL},
    {0},
};

const struct column columns_role[] = {
    {"PROCESS", "name", NULL},      {"INSTANCE", "instance", NULL},    {"PID", "pid", NULL},
    {"RESTARTS", "restarts", NULL}, {"SANDBOX", "sandbox.text", NULL}, {0},
};

const struct column rows_tls[] = {
    {"source", "source", NULL},
    {"SHA-256", "fingerprint", NULL},
    {"for", "subject", NULL},
    {"signed by", "issuer", NULL},
    {"names", "names", NULL},
    {"valid from", "not_before", NULL},
    {"valid until", "not_after", NULL},
    {"PROBLEM", "warning", NULL},
    {"ACME", "acme.state", cell_state},
    {"  for", "acme.name", NULL},
    {"  why", "acme.reason", NULL},
    {"  last order", "acme.tried_at", NULL},
    {"  next order", "acme.next_at", NULL},
    {0},
};

const struct column columns_settings[] = {
    {"NAME", "name", NULL},       {"VALUE", "value", NULL},   {"WAITING", "pending", NULL},
    {"DEFAULT", "default", NULL}, {"CHANGE", "effect", NULL}, {0},
};

const struct column columns_attention[] = {
    {"LEVEL", "level", cell_level},   {"WHAT", "text", NULL},       {"WHEN", "at", cell_ago},
    {"WHAT WOULD DO", "would", NULL}, {"COMMAND", "command", NULL}, {0},
};

const struct column columns_event[] = {
    {"TIME", "at", NULL},          {"KIND", "kind", NULL}, {"INSTANCE", "", cell_event_instance},
    {"PEER", "", cell_event_peer}, {"TEXT", "text", NULL}, {0},
};

const struct column columns_audit[] = {
    {"NUMBER", "number", NULL},
    {"AT", "at", NULL},
    {"WHO", "who", NULL},
    {"ACTION", "action", NULL},
    {"NAME", "name", NULL},
    {"OBJECT", "object", NULL},
    {0},
};

const struct column rows_verify[] = {
    {"whole", "whole", cell_good_if_true},
    {"entries checked", "checked", NULL},
    {"broken at", "broken_at", NULL},
    {0},
};

const struct column columns_change[] = {
    {"FIELD", "field", NULL},
    {"BEFORE", "before", NULL},
    {"AFTER", "after", NULL},
    {0},
};

const struct column rows_update[] = {
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

const struct column columns_backup[] = {
    {"ID", "id", NULL},
    {"KIND", "kind", NULL},
    {"CREATED", "created_at", NULL},
    {"AGE", "created_at", cell_ago},
    {"SIZE", "bytes", cell_bytes},
    {0},
};

const struct column rows_backup[] = {
    {"id", "id", NULL},
    {"kind", "kind", NULL},
    {"created", "created_at", NULL},
    {"size", "bytes", cell_bytes},
    {0},
};

const struct column rows_backup_key[] = {
    {"set", "set", cell_good_if_true},
    {"since", "created_at", NULL},
    {0},
};

const struct column rows_box[] = {
    {"appliance", "appliance", NULL},
    {"slot", "slot", NULL},
    {"boot", "boot", NULL},
    {"seed", "seed", NULL},
    {0},
};
