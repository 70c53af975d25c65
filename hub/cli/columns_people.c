/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/cli/columns.h"

const struct column columns_user[] = {
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

const struct column rows_user[] = {
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

const struct column columns_user_peer[] = {
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

const struct column columns_link[] = {
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

const struct column rows_file[] = {
    {"file", "file_name", NULL},
    {"media type", "media_type", NULL},
    {"size", "size", cell_bytes},
    {0},
};

const struct column columns_admin[] = {
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

const struct column rows_admin[] = {
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

const struct column columns_session[] = {
    {"ID", "id", NULL},
    {"ADMIN", "admin", NULL},
    {"FROM", "from", NULL},
    {"METHOD", "method", NULL},
    {"SIGNED IN", "created_at", cell_ago},
    {"USED", "last_used_at", cell_ago},
    {"ENDS", "ends_at", NULL},
    {0},
};

const struct column rows_caller[] = {
    {"who", "who", NULL},
    {"role", "role", NULL},
    {"instances", "instances", NULL},
    {"from", "from", NULL},
    {"session ends", "session.ends_at", NULL},
    {0},
};

const struct column columns_passkey[] = {
    {"ID", "id", NULL},
    {"NAME", "name", NULL},
    {"ADDED", "created_at", cell_ago},
    {"USED", "last_used_at", cell_ago},
    {0},
};

const struct column columns_token[] = {
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

const struct column rows_setup[] = {
    {"link", "link", NULL},
    {"holds until", "ends_at", NULL},
    {0},
};

const struct column rows_secret[] = {
    {"secret", "secret", NULL},
    {"for the app", "uri", NULL},
    {0},
};
