/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/api/route_row.h"

#define FIELD_SUBNETS \
    { \
        .name = "subnets", .kind = API_SUBNET, .flags = API_LIST, .maximum = 64, \
        .option = "--subnet", .value = "CIDR[=CIDR]", \
        .help = "network behind the site; REAL=MAPPED where others shall see it as another one, " \
                "as sites do whose networks are the same" \
    }
#define FIELD_KEEPALIVE \
    { \
        .name = "keepalive", .kind = API_NUMBER, .maximum = 65535, .option = "--keepalive", \
        .value = "SECONDS", .help = "persistent keepalive in the profile, 0 = off" \
    }
#define FIELD_EXPIRES \
    { \
        .name = "expires_in", .kind = API_DURATION, .flags = API_NULLABLE, .option = "--expires", \
        .value = "DURATION", .null_word = "never", \
        .help = "how long the peer may be in: 12h, 30d, \"never\"" \
    }
#define FIELD_PUBLIC_KEY \
    { \
        .name = "public_key", .kind = API_KEY, .option = "--public-key", .value = "KEY", \
        .help = "the device's own key: the hub never sees the private one" \
    }
#define FIELD_USER \
    { \
        .name = "user", .kind = API_TEXT, .flags = API_NULLABLE, .minimum = 1, .maximum = 64, \
        .option = "--user", .value = "NAME", .null_word = "none", \
        .help = "the user whose device it is: name or id" \
    }
#define FIELD_GROUPS \
    { \
        .name = "groups", .kind = API_TEXT, .flags = API_LIST, .maximum = 16, .option = "--group", \
        .value = "NAME", .empty_word = "none", .help = "group that rules of the firewall name" \
    }

static const struct api_field query_peers[] = {
    FIELD_LIMIT,
    FIELD_CURSOR,
    {.name = "type",
     .kind = API_CHOICE,
     .choices = "client|site",
     .option = "--client|--site",
     .help = "only clients, or only sites"},
    {.name = "connected",
     .kind = API_BOOL,
     .option = "--connected",
     .value = "yes|no",
     .help = "only those that are connected, or are not"},
    {.name = "enabled",
     .kind = API_BOOL,
     .option = "--enabled",
     .value = "yes|no",
     .help = "only those that are enabled, or are not"},
    {.name = "search",
     .kind = API_TEXT,
     .minimum = 1,
     .maximum = 100,
     .option = "--search",
     .value = "TEXT",
     .help = "only those with the text in name, address, subnet or key"},
    {.name = "user",
     .kind = API_TEXT,
     .minimum = 1,
     .maximum = 64,
     .option = "--user",
     .value = "NAME",
     .help = "only those of a user"},
    {.name = "stale",
     .kind = API_BOOL,
     .option = "--stale",
     .value = "yes|no",
     .help = "only those whose profile is out of date, or is not"},
    {.name = "expiring",
     .kind = API_DURATION,
     .option = "--expiring",
     .value = "DURATION",
     .help = "only those whose time, or whose certificate, is over within so long"},
    {}};

static const struct api_field body_peer_add[] = {
    FIELD_NAME("NAME", API_REQUIRED),
    {.name = "type",
     .kind = API_CHOICE,
     .flags = API_REQUIRED,
     .choices = "client|site",
     .option = "--client|--site",
     .help = "one person's device, or a router with the networks behind it"},
    {.name = "protocol",
     .kind = API_CHOICE,
     .choices = "wireguard|openvpn",
     .option = "--protocol",
     .value = "PROTOCOL",
     .help = "wireguard (default) or openvpn"},
    {.name = "login",
     .kind = API_CHOICE,
     .choices = "certificate|password",
     .option = "--login",
     .value = "LOGIN",
     .help = "how an OpenVPN peer shows who it is: certificate (default), or password, for "
             "MikroTik routers"},
    {.name = "route_all",
     .kind = API_BOOL,
     .option = "--full-tunnel",
     .help = "a client sends all of its traffic through the hub"},
    FIELD_SUBNETS,
    FIELD_USER,
    FIELD_GROUPS,
    FIELD_PUBLIC_KEY,
    {.name = "preshared_key",
     .kind = API_BOOL,
     .option = "--preshared-key",
     .value = "yes|no",
     .help = "a preshared key too (default yes)"},
    FIELD_EXPIRES,
    FIELD_KEEPALIVE,
    {.name = "enabled",
     .kind = API_BOOL,
     .option = "--enabled",
     .value = "yes|no",
     .help = "no: keep it, but do not let it in yet"},
    {}};

static const struct api_field body_peer_set[] = {
    FIELD_NAME("--name", 0),
    FIELD_SUBNETS,
    FIELD_USER,
    FIELD_GROUPS,
    {.name = "route_all",
     .kind = API_BOOL,
     .option = "--full-tunnel",
     .value = "yes|no",
     .help = "a client sends all of its traffic through the hub"},
    FIELD_EXPIRES,
    FIELD_KEEPALIVE,
    {}};

static const struct api_field body_peer_enable[] = {FIELD_EXPIRES, {}};

static const struct api_field body_peer_rekey[] = {FIELD_PUBLIC_KEY, {}};

const struct api_route api_routes_peer[] = {
    ROUTE(ROUTE_PEER_LIST, API_GET, PEERS, API_AUDITOR),
    .query = query_peers,
    WORDS("peer", "list", "the peers of an instance"),
    ROUTE(ROUTE_PEER_ADD, API_POST, PEERS, API_OPERATOR),
    .changes = true,
    .query = api_query_judged,
    .body = body_peer_add,
    WORDS("peer", "add", "add a client or a site to an instance"),
    ROUTE(ROUTE_PEER_GET, API_GET, PEER, API_AUDITOR),
    WORDS("peer", "show", "one peer"),
    ROUTE(ROUTE_PEER_SET, API_PATCH, PEER, API_OPERATOR),
    .changes = true,
    .query = api_query_judged,
    .body = body_peer_set,
    WORDS("peer", "set", "change a peer; what is not given stays"),
    ROUTE(ROUTE_PEER_DELETE, API_DELETE, PEER, API_OPERATOR),
    .changes = true,
    .query = api_query_judged,
    .ask = API_ASK_YES,
    .asks = "This deletes the peer with its keys: its device is out at once, and a new peer needs "
            "a new profile.",
    WORDS("peer", "delete", "delete a peer"),
    ROUTE(ROUTE_PEER_ENABLE, API_POST, PEER "/enable", API_OPERATOR),
    .changes = true,
    .query = api_query_judged,
    .body = body_peer_enable,
    WORDS("peer", "enable", "let a peer in"),
    ROUTE(ROUTE_PEER_DISABLE, API_POST, PEER "/disable", API_OPERATOR),
    .changes = true,
    .query = api_query_judged,
    WORDS("peer", "disable", "shut a peer out, at once, and keep it"),
    ROUTE(ROUTE_PEER_REKEY, API_POST, PEER "/rekey", API_OPERATOR),
    .changes = true,
    .body = body_peer_rekey,
    WORDS("peer", "rekey", "give a peer new keys; its old profile stops to work"),
    ROUTE(ROUTE_PEER_FORGET_KEY, API_POST, PEER "/forget-key", API_OPERATOR),
    .changes = true,
    WORDS("peer", "forget-key", "forget a peer's private key; only its device has it then"),
    {}};
