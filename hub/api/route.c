/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/api/route.h"

#include <errno.h>

#include "hub/base/acme_challenge.h"
#include "hub/base/text.h"

/* ---- fields that several routes share ---- */

#define FIELD_LIMIT \
    { \
        .name = "limit", .kind = API_NUMBER, .minimum = 1, .maximum = 1000, .option = "--limit", \
        .value = "N", .help = "at most so many" \
    }
#define FIELD_CURSOR \
    { \
        .name = "cursor", .kind = API_TEXT, .minimum = 1, .maximum = 100, \
        .help = "go on where the page before ended" \
    }

#define FIELD_DNS \
    { \
        .name = "public_dns", .kind = API_ADDRESS, .flags = API_LIST | API_NULLABLE, .maximum = 4, \
        .option = "--dns", .value = "IP", .null_word = "default", .empty_word = "none", \
        .help = "name server that the hub asks for clients; \"none\": clients keep their own, " \
                "\"default\": the hub's own choice" \
    }
#define FIELD_DNS_CUSTOM \
    { \
        .name = "dns_custom", .kind = API_NAMED_ADDRESS, .flags = API_LIST, .maximum = 64, \
        .option = "--dns-record", .value = "NAME=IP", .empty_word = "none", \
        .help = "name that the hub's resolver answers with an address" \
    }
#define FIELD_SPLIT_DNS \
    { \
        .name = "split_dns", .kind = API_NAMED_ADDRESS, .flags = API_LIST, .maximum = 64, \
        .option = "--split-dns", .value = "DOMAIN=IP", .empty_word = "none", \
        .help = "name server inside the tunnel for a domain" \
    }
#define FIELD_DOMAINS \
    { \
        .name = "domains", .kind = API_TEXT, .flags = API_LIST, .maximum = 8, \
        .option = "--search-domain", .value = "DOMAIN", .empty_word = "none", \
        .help = "domain that clients search beside the instance's own" \
    }
#define FIELD_PUSHED \
    { \
        .name = "pushed_routes", .kind = API_PREFIX, .flags = API_LIST, .maximum = 64, \
        .option = "--push", .value = "CIDR", .empty_word = "none", \
        .help = "public network that clients reach through the hub" \
    }
#define FIELD_CLIENT_TO_CLIENT \
    { \
        .name = "client_to_client", .kind = API_BOOL, .option = "--client-to-client", \
        .value = "yes|no", .help = "may clients reach each other" \
    }
#define FIELD_MTU \
    { \
        .name = "mtu", .kind = API_NUMBER, .minimum = 1280, .maximum = 1500, .option = "--mtu", \
        .value = "BYTES", .help = "MTU inside the tunnel" \
    }
#define FIELD_OPENVPN \
    { \
        .name = "openvpn_transports", .kind = API_CHOICE, .choices = "udp|tcp|both|none", \
        .option = "--openvpn", .value = "TRANSPORTS", \
        .help = "what OpenVPN peers may connect by: udp, tcp, both (default) or none" \
    }
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
#define FIELD_FIREWALL_DEFAULT \
    { \
        .name = "firewall_default", .kind = API_CHOICE, .choices = "allow|deny", \
        .option = "--firewall-default", .value = "ACTION", \
        .help = "what happens to what no rule of the firewall matches: allow (default) or deny" \
    }
#define FIELD_END(name_, option_, flags_, help_) \
    { \
        .name = name_, .kind = API_TEXT, .flags = flags_, .minimum = 1, .maximum = 80, \
        .option = option_, .value = "END", .help = help_ \
    }
#define FIELD_PROTOCOL(choices_, help_) \
    { \
        .name = "protocol", .kind = API_CHOICE, .choices = choices_, .option = "--protocol", \
        .value = "PROTOCOL", .help = help_ \
    }
#define FIELD_PORT \
    { \
        .name = "port", .kind = API_NUMBER, .minimum = 1, .maximum = 65535, .option = "--port", \
        .value = "PORT", .help = "port that is to be reached" \
    }
#define FIELDS_RULE \
    FIELD_END("from", "--from", 0, \
              "who begins: any (default), peer:NAME, site:NAME (its subnets), user:NAME, " \
              "group:NAME, a network or an address"), \
        FIELD_END("to", "--to", 0, "whom it is for, as --from"), \
        FIELD_PROTOCOL("any|tcp|udp|icmp", "any (default), tcp, udp or icmp"), \
        {.name = "ports", \
         .kind = API_TEXT, \
         .flags = API_LIST, \
         .maximum = 16, \
         .option = "--port", \
         .value = "PORT", \
         .empty_word = "any", \
         .help = "port or range of ports (8000-8080) of tcp or udp"}, \
        {.name = "direction", \
         .kind = API_CHOICE, \
         .choices = "one|both", \
         .option = "--direction", \
         .value = "WHICH", \
         .help = "one (default): flows that --from begins; both: those that --to begins too"}, \
        {.name = "expires_in", \
         .kind = API_DURATION, \
         .flags = API_NULLABLE, \
         .option = "--expires", \
         .value = "DURATION", \
         .null_word = "never", \
         .help = "how long it is to hold: 2h, 30d, \"never\""}, \
    { \
        .name = "comment", .kind = API_TEXT, .flags = API_NULLABLE, .minimum = 1, .maximum = 400, \
        .option = "--comment", .value = "TEXT", .null_word = "none", .help = "why it is there" \
    }
#define FIELD_POSITION(flags_, help_) \
    { \
        .name = "position", .kind = API_NUMBER, .flags = flags_, .minimum = 1, .maximum = 10000, \
        .option = "--position", .value = "N", .help = help_ \
    }
#define FIELD_NAME(option_, flags_) \
    { \
        .name = "name", .kind = API_TEXT, .flags = flags_, .maximum = 256, .option = option_, \
        .value = "NAME", .help = "name for people" \
    }
#define FIELD_HOSTNAME(flags_) \
    { \
        .name = "hostname", .kind = API_TEXT, .flags = flags_, .maximum = 256, \
        .option = "--hostname", .value = "LABEL", .help = "first label of the public name" \
    }

/* Of changes that the saved checks of the firewall are run before. */
#define FIELDS_JUDGED \
    {.name = "force", \
     .kind = API_BOOL, \
     .option = "--force", \
     .help = "even if a saved check of the firewall would no longer hold"}, \
    { \
        .name = "dry_run", .kind = API_BOOL, .help = "only say what would be changed" \
    }
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
#define FIELD_ROLE(flags_, help_) \
    { \
        .name = "role", .kind = API_CHOICE, .flags = flags_, .choices = "owner|operator|auditor", \
        .option = "--role", .value = "ROLE", .help = help_ \
    }
#define FIELD_INSTANCES(help_) \
    { \
        .name = "instances", .kind = API_TEXT, .flags = API_LIST | API_NULLABLE, .maximum = 64, \
        .option = "--instance", .value = "INSTANCE", .null_word = "all", .help = help_ \
    }
#define FIELD_ADMIN_NAME(option_, flags_) \
    { \
        .name = "name", .kind = API_TEXT, .flags = flags_, .minimum = 1, .maximum = 100, \
        .option = option_, .value = "NAME", .help = "what the admin signs in as" \
    }
#define FIELD_SECRET(name_, flags_, help_) \
    { \
        .name = name_, .kind = API_TEXT, .flags = API_SECRET | (flags_), .minimum = 1, \
        .maximum = 1024, .help = help_ \
    }
/* Of a browser: base64url without padding. */
#define FIELD_BYTES(name_, maximum_, help_) \
    { \
        .name = name_, .kind = API_TEXT, .flags = API_REQUIRED, .minimum = 1, .maximum = maximum_, \
        .help = help_ \
    }

/* ---- queries ---- */

static const struct api_field query_page[] = {FIELD_LIMIT, FIELD_CURSOR, {}};

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

static const struct api_field query_links[] = {FIELD_LIMIT,
                                               FIELD_CURSOR,
                                               {.name = "instance",
                                                .kind = API_TEXT,
                                                .minimum = 1,
                                                .maximum = 100,
                                                .option = "--instance",
                                                .value = "INSTANCE",
                                                .help = "only those of an instance"},
                                               {.name = "peer",
                                                .kind = API_TEXT,
                                                .minimum = 1,
                                                .maximum = 100,
                                                .option = "--peer",
                                                .value = "PEER",
                                                .help = "only those of a peer; with --instance"},
                                               {}};

static const struct api_field query_traffic[] = {
    {.name = "instance",
     .kind = API_TEXT,
     .minimum = 1,
     .maximum = 100,
     .option = "INSTANCE",
     .value = "INSTANCE",
     .help = "an instance's; the whole hub's when not given"},
    {.name = "peer",
     .kind = API_TEXT,
     .minimum = 1,
     .maximum = 100,
     .option = "PEER",
     .value = "PEER",
     .help = "a peer's"},
    {.name = "span",
     .kind = API_CHOICE,
     .choices = "hour|day|fortnight|quarter|two-years",
     .option = "--span",
     .value = "SPAN",
     .help = "how far back: hour (default), day, fortnight, quarter or two-years"},
    {}};

static const struct api_field query_profile[] = {
    {.name = "format",
     .kind = API_CHOICE,
     .choices = "wg-quick|ovpn|routeros|routeros6",
     .option = "--format",
     .value = "FORMAT",
     .help = "wg-quick (also for the WireGuard apps), ovpn, routeros (7) or routeros6"},
    {.name = "qr",
     .kind = API_CHOICE,
     .choices = "ansi|svg|png",
     .option = "--qr",
     .value = "STYLE",
     .help = "as a QR code: ansi (for the terminal), svg or png"},
    {.name = "exclude",
     .kind = API_PREFIX,
     .flags = API_LIST,
     .maximum = 32,
     .option = "--exclude",
     .value = "CIDR",
     .help = "network that is to stay outside of the tunnel"},
    {.name = "record",
     .kind = API_BOOL,
     .help = "no: do not remember it as the one to compare with; it is in the audit all the same"},
    {}};

static const struct api_field query_events[] = {
    {.name = "after",
     .kind = API_NUMBER,
     .maximum = INT64_MAX,
     .option = "--after",
     .value = "ID",
     .help = "begin with the event after this one; 0 = all that are kept"},
    {.name = "follow",
     .kind = API_BOOL,
     .help = "no: a list of the events that are kept, and no stream"},
    {.name = "limit",
     .kind = API_NUMBER,
     .minimum = 1,
     .maximum = 1000,
     .help = "of a list: only the newest so many"},
    {}};

static const struct api_field query_audit[] = {
    FIELD_LIMIT,
    FIELD_CURSOR,
    {.name = "object",
     .kind = API_TEXT,
     .minimum = 1,
     .maximum = 100,
     .option = "--object",
     .value = "OBJECT",
     .help = "only changes of an object and what is in it: instance/ID"},
    {}};

static const struct api_field query_judged[] = {FIELDS_JUDGED, {}};

static const struct api_field query_firewall_test[] = {
    FIELD_END("from", "--from", API_REQUIRED, "who begins: a peer, an address or a network"),
    FIELD_END("to", "--to", API_REQUIRED, "whom it is for: a peer, an address or a network"),
    FIELD_PORT,
    FIELD_PROTOCOL("tcp|udp|icmp", "tcp (default with a port), udp, icmp (default without)"),
    {}};

static const struct api_field query_explain[] = {
    FIELD_END("from", "--from", API_REQUIRED, "who begins: a peer, an address or a network"),
    FIELD_END("to", "--to", API_REQUIRED,
              "whom it is for: a peer, site:NAME (what is behind it), an address, a network, or "
              "internet"),
    FIELD_PORT,
    FIELD_PROTOCOL("tcp|udp|icmp", "tcp (default with a port), udp, icmp (default without)"),
    {}};

/* ---- bodies ---- */

static const struct api_field body_instance_add[] = {
    FIELD_NAME("NAME", API_REQUIRED),
    FIELD_HOSTNAME(API_REQUIRED),
    {.name = "networks",
     .kind = API_PREFIX,
     .flags = API_LIST,
     .maximum = 2,
     .option = "--network",
     .value = "CIDR",
     .help = "tunnel network, one of IPv4 and one of IPv6; chosen by the hub when not given"},
    FIELD_DNS,
    FIELD_DNS_CUSTOM,
    FIELD_SPLIT_DNS,
    FIELD_DOMAINS,
    FIELD_PUSHED,
    FIELD_CLIENT_TO_CLIENT,
    FIELD_FIREWALL_DEFAULT,
    FIELD_MTU,
    FIELD_OPENVPN,
    {}};

/* `networks` is there to be refused with a reason. */
static const struct api_field body_instance_set[] = {
    FIELD_NAME("--name", 0),
    FIELD_HOSTNAME(0),
    {.name = "networks",
     .kind = API_PREFIX,
     .flags = API_LIST,
     .maximum = 2,
     .help = "can't be changed: every profile of the instance holds them"},
    FIELD_DNS,
    FIELD_DNS_CUSTOM,
    FIELD_SPLIT_DNS,
    FIELD_DOMAINS,
    FIELD_PUSHED,
    FIELD_CLIENT_TO_CLIENT,
    FIELD_FIREWALL_DEFAULT,
    FIELD_MTU,
    FIELD_OPENVPN,
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

static const struct api_field body_user_add[] = {
    FIELD_NAME("NAME", API_REQUIRED), FIELD_EMAIL, FIELD_USER_GROUPS, FIELD_NOTE, {}};

static const struct api_field body_user_set[] = {
    FIELD_NAME("--name", 0), FIELD_EMAIL, FIELD_USER_GROUPS, FIELD_NOTE, {}};

static const struct api_field body_link_add[] = {
    {.name = "expires_in",
     .kind = API_DURATION,
     .option = "--expires",
     .value = "DURATION",
     .help = "how long it can be opened: 12h, 30d; 7d when not given, 90d at most"},
    {.name = "uses",
     .kind = API_NUMBER,
     .minimum = 1,
     .maximum = 100,
     .option = "--uses",
     .value = "N",
     .help = "how often it can be opened; 3 when not given"},
    {.name = "pin",
     .kind = API_TEXT,
     .minimum = 1,
     .maximum = 64,
     .option = "--pin",
     .value = "PIN",
     .help = "4 to 12 characters that who opens it has to know, told by another way"},
    {}};

static const struct api_field body_link_open[] = {{.name = "token",
                                                   .kind = API_TEXT,
                                                   .flags = API_REQUIRED,
                                                   .minimum = 1,
                                                   .maximum = 64,
                                                   .option = "TOKEN",
                                                   .value = "TOKEN",
                                                   .help = "what stands at the link's end"},
                                                  {.name = "pin",
                                                   .kind = API_TEXT,
                                                   .flags = API_NULLABLE,
                                                   .maximum = 64,
                                                   .option = "--pin",
                                                   .value = "PIN",
                                                   .null_word = "none",
                                                   .help = "the link's PIN, if it has one"},
                                                  {}};

static const struct api_field body_peer_enable[] = {FIELD_EXPIRES, {}};

static const struct api_field body_peer_rekey[] = {FIELD_PUBLIC_KEY, {}};

static const struct api_field body_firewall_add[] = {
    {.name = "action",
     .kind = API_CHOICE,
     .flags = API_REQUIRED,
     .choices = "allow|deny",
     .option = "ACTION",
     .help = "allow or deny"},
    FIELDS_RULE,
    {.name = "enabled",
     .kind = API_BOOL,
     .option = "--enabled",
     .value = "yes|no",
     .help = "no: keep it, but do not apply it yet"},
    FIELD_POSITION(0, "its place among the rules, 1 = the first; the last when not given"),
    {}};

static const struct api_field body_firewall_set[] = {{.name = "action",
                                                      .kind = API_CHOICE,
                                                      .choices = "allow|deny",
                                                      .option = "--action",
                                                      .value = "ACTION",
                                                      .help = "allow or deny"},
                                                     FIELDS_RULE,
                                                     {}};

static const struct api_field body_firewall_move[] = {
    FIELD_POSITION(API_REQUIRED, "its new place among the rules, 1 = the first"), {}};

static const struct api_field body_firewall_check_add[] = {
    {.name = "expect",
     .kind = API_CHOICE,
     .flags = API_REQUIRED,
     .choices = "allow|deny",
     .option = "EXPECTED",
     .help = "allow or deny"},
    FIELD_END("from", "--from", API_REQUIRED, "who begins: a peer, an address or a network"),
    FIELD_END("to", "--to", API_REQUIRED, "whom it is for: a peer, an address or a network"),
    FIELD_PORT,
    FIELD_PROTOCOL("tcp|udp|icmp", "tcp (default with a port), udp, icmp (default without)"),
    {}};

static const struct api_field body_setup_finish[] = {
    FIELD_SECRET("token", API_REQUIRED, "what the set-up link ends in"),
    FIELD_ADMIN_NAME(NULL, API_REQUIRED),
    FIELD_SECRET("password", API_REQUIRED, "at least 12 characters"),
    {}};

static const struct api_field body_setup_link[] = {
    {.name = "renew",
     .kind = API_BOOL,
     .option = "--new",
     .help = "a new link, even if there is one; the one before ends"},
    {}};

static const struct api_field body_session_add[] = {
    FIELD_ADMIN_NAME(NULL, API_REQUIRED),
    FIELD_SECRET("password", API_REQUIRED, "the admin's password"),
    FIELD_SECRET("code", 0, "of the authenticator app, or a recovery code"),
    {}};

static const struct api_field body_session_passkey[] = {
    FIELD_BYTES("id", 1400, "which passkey"),
    FIELD_BYTES("client_data", 6000, "clientDataJSON"),
    FIELD_BYTES("authenticator_data", 11000, "authenticatorData"),
    FIELD_BYTES("signature", 1400, "signature"),
    {}};

static const struct api_field body_admin_add[] = {
    FIELD_ADMIN_NAME("NAME", API_REQUIRED),
    FIELD_ROLE(API_REQUIRED, "owner: everything; operator: all but admins and the hub's own "
                             "affairs; auditor: only looks"),
    FIELD_INSTANCES("an instance that the rights are limited to"),
    FIELD_SECRET("password", API_REQUIRED, "at least 12 characters"),
    {}};

static const struct api_field body_admin_set[] = {
    FIELD_ADMIN_NAME("--name", 0),
    FIELD_ROLE(0, "owner, operator or auditor"),
    FIELD_INSTANCES("an instance that the rights are limited to; \"all\": no limit"),
    {.name = "enabled",
     .kind = API_BOOL,
     .option = "--enabled",
     .value = "yes|no",
     .help = "no: sessions and tokens end, and no sign-in is possible"},
    {}};

static const struct api_field body_admin_password[] = {
    FIELD_SECRET("password", API_REQUIRED, "the new one: at least 12 characters"),
    FIELD_SECRET("current_password", 0, "the present one, of admins who change their own"),
    {}};

static const struct api_field body_totp_confirm[] = {{.name = "code",
                                                      .kind = API_TEXT,
                                                      .flags = API_REQUIRED | API_SECRET,
                                                      .minimum = 1,
                                                      .maximum = 64,
                                                      .help = "what the app shows now"},
                                                     {}};

static const struct api_field body_passkey_add[] = {
    {.name = "name",
     .kind = API_TEXT,
     .flags = API_REQUIRED,
     .minimum = 1,
     .maximum = 160,
     .help = "what the admin calls the device"},
    FIELD_BYTES("id", 1400, "rawId"),
    FIELD_BYTES("client_data", 6000, "clientDataJSON"),
    FIELD_BYTES("authenticator_data", 11000, "getAuthenticatorData()"),
    FIELD_BYTES("public_key", 1400, "getPublicKey()"),
    {}};

static const struct api_field body_token_add[] = {
    {.name = "name",
     .kind = API_TEXT,
     .flags = API_REQUIRED,
     .minimum = 1,
     .maximum = 100,
     .option = "NAME",
     .value = "NAME",
     .help = "what it is for"},
    {.name = "admin",
     .kind = API_TEXT,
     .minimum = 1,
     .maximum = 100,
     .option = "--admin",
     .value = "ADMIN",
     .help = "whose it is; needed on the hub itself, where nobody is signed in"},
    FIELD_ROLE(API_REQUIRED, "what it may do: no more than its admin"),
    FIELD_INSTANCES("an instance that it is limited to"),
    {.name = "expires_in",
     .kind = API_DURATION,
     .flags = API_NULLABLE,
     .option = "--expires",
     .value = "DURATION",
     .null_word = "never",
     .help = "how long it holds: 30d, 12h, \"never\" (default 90d)"},
    {.name = "sources",
     .kind = API_PREFIX,
     .flags = API_LIST,
     .maximum = 16,
     .option = "--source",
     .value = "CIDR",
     .empty_word = "any",
     .help = "network that it may be used from"},
    {}};

/* On the command line, the passphrase is worked on there and never sent. */
#define FIELD_PASSPHRASE \
    { \
        .name = "passphrase", .kind = API_TEXT, .minimum = 8, .maximum = 1024, \
        .help = "what opens the backup" \
    }
#define FIELDS_LOCK \
    FIELD_PASSPHRASE, \
        {.name = "operations", \
         .kind = API_NUMBER, \
         .minimum = 1, \
         .maximum = 16, \
         .help = "instead of a passphrase, what was made of it: cost of argon2id"}, \
        {.name = "memory_kib", \
         .kind = API_NUMBER, \
         .minimum = 8192, \
         .maximum = 262144, \
         .help = "memory of argon2id"}, \
        {.name = "salt", .kind = API_TEXT, .maximum = 32, .help = "16 bytes in base64"}, \
    { \
        .name = "lock", .kind = API_TEXT, .maximum = 96, \
        .help = "64 bytes in base64: public key and secret" \
    }

static const struct api_field body_backup_lock[] = {FIELDS_LOCK, {}};

static const struct api_field body_backup_restore[] = {
    FIELD_PASSPHRASE,
    {.name = "key",
     .kind = API_TEXT,
     .maximum = 96,
     .help = "instead of a passphrase, what was made of it: 64 bytes in base64"},
    {}};

static const struct api_field body_update_install[] = {
    {.name = "offset",
     .kind = API_NUMBER,
     .flags = API_REQUIRED,
     .maximum = INT64_MAX,
     .help = "first byte of the part; 0 begins anew"},
    {.name = "total",
     .kind = API_NUMBER,
     .flags = API_REQUIRED,
     .minimum = 1,
     .maximum = INT64_C(1) << 40,
     .help = "bytes of the whole"},
    {.name = "content",
     .kind = API_TEXT,
     .flags = API_REQUIRED,
     .minimum = 1,
     .maximum = 174764,
     .option = "FILE",
     .value = "FILE",
     .help = "up to 131,072 bytes in base64"},
    {}};

static const struct api_field body_settings_set[] = {
    {.name = "values",
     .kind = API_TEXTS,
     .flags = API_REQUIRED,
     .minimum = 1,
     .maximum = 64,
     .option = "NAME",
     .value = "VALUE",
     .help = "what settings shall be, by their names (section, dot, key), as the file says it"},
    {}};

static const struct api_field body_box_wish[] = {
    {.name = "wish",
     .kind = API_CHOICE,
     .flags = API_REQUIRED,
     .choices = "restart|power-off|factory-reset",
     .option = "WISH",
     .help = "what the box shall do"},
    {.name = "confirm",
     .kind = API_TEXT,
     .maximum = 40,
     .option = "--confirm",
     .value = "TEXT",
     .help = "\"delete everything\", for a factory reset"},
    {}};

static const struct api_field query_backup_fetch[] = {
    {.name = "offset", .kind = API_NUMBER, .maximum = INT64_MAX, .help = "first byte of the part"},
    {}};

static const struct api_field body_backup_upload[] = {
    {.name = "backup", .kind = API_TEXT, .maximum = 8, .help = "the id, from the second part on"},
    {.name = "offset",
     .kind = API_NUMBER,
     .flags = API_REQUIRED,
     .maximum = INT64_MAX,
     .help = "first byte of the part"},
    {.name = "total",
     .kind = API_NUMBER,
     .flags = API_REQUIRED,
     .minimum = 1,
     .maximum = INT64_C(1) << 40,
     .help = "bytes of the whole"},
    {.name = "content",
     .kind = API_TEXT,
     .flags = API_REQUIRED,
     .minimum = 1,
     .maximum = 174764,
     .option = "FILE",
     .value = "FILE",
     .help = "up to 131,072 bytes in base64"},
    {}};

static const struct api_field body_tls_import[] = {
    {.name = "chain",
     .kind = API_TEXT,
     .flags = API_REQUIRED | API_FILE,
     .minimum = 1,
     .maximum = 32767,
     .option = "CHAIN",
     .value = "FILE",
     .help = "the certificate and those that it was signed with, in PEM"},
    {.name = "key",
     .kind = API_TEXT,
     .flags = API_REQUIRED | API_FILE,
     .minimum = 1,
     .maximum = 4095,
     .option = "KEY",
     .value = "FILE",
     .help = "its private key, in PEM, without a password"},
    {}};

/* ---- routes ---- */

#define ADMINS "/api/v1/admins"
#define ADMIN ADMINS "/{admin}"

#define INSTANCES "/api/v1/instances"
#define INSTANCE INSTANCES "/{instance}"
#define PEERS INSTANCE "/peers"
#define PEER PEERS "/{peer}"
#define FIREWALL INSTANCE "/firewall"
#define RULE FIREWALL "/{rule}"
#define CHECKS INSTANCE "/firewall-checks"
#define LINKS "/api/v1/links"
#define USERS "/api/v1/users"
#define USER USERS "/{user}"
#define UPDATE "/api/v1/update"
#define BACKUPS "/api/v1/backups"
#define BACKUP BACKUPS "/{backup}"

#define ROUTE(id_, method_, path_, role_) \
    [id_] = {.id = id_, .method = method_, .path = path_, .role = role_
#define BROWSER(noun_, verb_, help_) \
    .browser = true, .noun = noun_, .verb = verb_, .help = help_ \
    }
#define WORDS(noun_, verb_, help_) \
    .noun = noun_, .verb = verb_, .help = help_ \
    }

const struct api_route api_routes[ROUTE_COUNT] = {
    ROUTE(ROUTE_STATUS_GET, API_GET, "/api/v1/status", API_AUDITOR),
    .scope = API_SCOPE_HANDLER,
    WORDS("status", NULL, "the hub, its processes and their sandboxes"),
    ROUTE(ROUTE_SETTINGS_LIST, API_GET, "/api/v1/settings", API_AUDITOR),
    .scope = API_SCOPE_HUB,
    WORDS("settings", "list", "the settings of the configuration file and their values"),
    ROUTE(ROUTE_SETTINGS_SET, API_PATCH, "/api/v1/settings", API_OWNER),
    .scope = API_SCOPE_HUB,
    .changes = true,
    .body = body_settings_set,
    WORDS("settings", "set", "change a setting, in the configuration file too"),
    ROUTE(ROUTE_API_GET, API_GET, "/api/v1/openapi.json", API_AUDITOR),
    .scope = API_SCOPE_HANDLER,
    WORDS("api", "show", "all that the API can do, as an OpenAPI document"),

    ROUTE(ROUTE_TLS_GET, API_GET, "/api/v1/tls", API_AUDITOR),
    .scope = API_SCOPE_HUB,
    WORDS("tls", "show", "the certificate that the web shows itself with"),
    ROUTE(ROUTE_TLS_IMPORT, API_POST, "/api/v1/tls/import", API_OWNER),
    .scope = API_SCOPE_HUB,
    .fresh = true,
    .secret = true,
    .changes = true,
    .body = body_tls_import,
    WORDS("tls", "import", "have the web show itself with a certificate of your own"),
    ROUTE(ROUTE_TLS_ACME, API_POST, "/api/v1/tls/acme", API_OWNER),
    .scope = API_SCOPE_HUB,
    .changes = true,
    WORDS("tls", "acme", "order a certificate of the authority in [acme], now"),
    ROUTE(ROUTE_TLS_CHALLENGE, API_GET, ACME_CHALLENGE_PATH "{challenge}", API_AUDITOR),
    .scope = API_SCOPE_HANDLER,
    .access = API_ACCESS_PUBLIC,
    WORDS("tls", "challenge", "what the hub answers to an authority at the moment, by its token"),

    ROUTE(ROUTE_INSTANCE_LIST, API_GET, INSTANCES, API_AUDITOR),
    .scope = API_SCOPE_HANDLER,
    .query = query_page,
    WORDS("instance", "list", "all instances"),
    ROUTE(ROUTE_INSTANCE_ADD, API_POST, INSTANCES, API_OPERATOR),
    .scope = API_SCOPE_HUB,
    .changes = true,
    .body = body_instance_add,
    WORDS("instance", "add", "make a new instance"),
    ROUTE(ROUTE_INSTANCE_GET, API_GET, INSTANCE, API_AUDITOR),
    WORDS("instance", "show", "one instance"),
    ROUTE(ROUTE_INSTANCE_SET, API_PATCH, INSTANCE, API_OPERATOR),
    .changes = true,
    .query = query_judged,
    .body = body_instance_set,
    WORDS("instance", "set", "change an instance; what is not given stays"),
    ROUTE(ROUTE_INSTANCE_DELETE, API_DELETE, INSTANCE, API_OPERATOR),
    .changes = true,
    WORDS("instance", "delete", "delete an instance with all of its peers"),

    ROUTE(ROUTE_PEER_LIST, API_GET, PEERS, API_AUDITOR),
    .query = query_peers,
    WORDS("peer", "list", "the peers of an instance"),
    ROUTE(ROUTE_PEER_ADD, API_POST, PEERS, API_OPERATOR),
    .changes = true,
    .query = query_judged,
    .body = body_peer_add,
    WORDS("peer", "add", "add a client or a site to an instance"),
    ROUTE(ROUTE_PEER_GET, API_GET, PEER, API_AUDITOR),
    WORDS("peer", "show", "one peer"),
    ROUTE(ROUTE_PEER_SET, API_PATCH, PEER, API_OPERATOR),
    .changes = true,
    .query = query_judged,
    .body = body_peer_set,
    WORDS("peer", "set", "change a peer; what is not given stays"),
    ROUTE(ROUTE_PEER_DELETE, API_DELETE, PEER, API_OPERATOR),
    .changes = true,
    .query = query_judged,
    WORDS("peer", "delete", "delete a peer"),
    ROUTE(ROUTE_PEER_ENABLE, API_POST, PEER "/enable", API_OPERATOR),
    .changes = true,
    .query = query_judged,
    .body = body_peer_enable,
    WORDS("peer", "enable", "let a peer in"),
    ROUTE(ROUTE_PEER_DISABLE, API_POST, PEER "/disable", API_OPERATOR),
    .changes = true,
    .query = query_judged,
    WORDS("peer", "disable", "shut a peer out, at once, and keep it"),
    ROUTE(ROUTE_PEER_REKEY, API_POST, PEER "/rekey", API_OPERATOR),
    .changes = true,
    .body = body_peer_rekey,
    WORDS("peer", "rekey", "give a peer new keys; its old profile stops to work"),
    ROUTE(ROUTE_PEER_FORGET_KEY, API_POST, PEER "/forget-key", API_OPERATOR),
    .changes = true,
    WORDS("peer", "forget-key", "forget a peer's private key; only its device has it then"),

    ROUTE(ROUTE_PROFILE_LIST, API_GET, PEER "/profiles", API_AUDITOR),
    WORDS("profile", "list", "the formats of a peer's profile, and what was handed out"),
    ROUTE(ROUTE_PROFILE_GET, API_GET, PEER "/profile", API_OPERATOR),
    .query = query_profile,
    WORDS("profile", "show", "a peer's profile, as a file or a QR code"),

    ROUTE(ROUTE_FIREWALL_LIST, API_GET, FIREWALL, API_AUDITOR),
    .query = query_page,
    WORDS("firewall", "list", "the rules of an instance's firewall, in the order they are judged"),
    ROUTE(ROUTE_FIREWALL_ADD, API_POST, FIREWALL, API_OPERATOR),
    .changes = true,
    .query = query_judged,
    .body = body_firewall_add,
    WORDS("firewall", "add", "add a rule to an instance's firewall"),
    ROUTE(ROUTE_FIREWALL_TEST, API_GET, FIREWALL "/test", API_AUDITOR),
    .query = query_firewall_test,
    WORDS("firewall", "test", "would it be allowed, by which rule; nothing is sent"),
    ROUTE(ROUTE_FIREWALL_GET, API_GET, RULE, API_AUDITOR),
    WORDS("firewall", "show", "one rule"),
    ROUTE(ROUTE_FIREWALL_SET, API_PATCH, RULE, API_OPERATOR),
    .changes = true,
    .query = query_judged,
    .body = body_firewall_set,
    WORDS("firewall", "set", "change a rule; what is not given stays"),
    ROUTE(ROUTE_FIREWALL_MOVE, API_POST, RULE "/move", API_OPERATOR),
    .changes = true,
    .query = query_judged,
    .body = body_firewall_move,
    WORDS("firewall", "move", "give a rule another place among the rules"),
    ROUTE(ROUTE_FIREWALL_ENABLE, API_POST, RULE "/enable", API_OPERATOR),
    .changes = true,
    .query = query_judged,
    WORDS("firewall", "enable", "apply a rule"),
    ROUTE(ROUTE_FIREWALL_DISABLE, API_POST, RULE "/disable", API_OPERATOR),
    .changes = true,
    .query = query_judged,
    WORDS("firewall", "disable", "do not apply a rule, and keep it"),
    ROUTE(ROUTE_FIREWALL_DELETE, API_DELETE, RULE, API_OPERATOR),
    .changes = true,
    .query = query_judged,
    WORDS("firewall", "delete", "delete a rule"),

    ROUTE(ROUTE_FIREWALL_CHECK_LIST, API_GET, CHECKS, API_AUDITOR),
    WORDS("firewall check", "list", "what is expected of the firewall, and does it hold"),
    ROUTE(ROUTE_FIREWALL_CHECK_ADD, API_POST, CHECKS, API_OPERATOR),
    .changes = true,
    .body = body_firewall_check_add,
    WORDS("firewall check", "add", "save what is expected; a change that breaks it is refused"),
    ROUTE(ROUTE_FIREWALL_CHECK_RUN, API_GET, CHECKS "/run", API_AUDITOR),
    WORDS("firewall check", "run", "test all that is expected; status 1 if anything fails"),
    ROUTE(ROUTE_FIREWALL_CHECK_DELETE, API_DELETE, CHECKS "/{check}", API_OPERATOR),
    .changes = true,
    WORDS("firewall check", "delete", "expect it no longer"),

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
    .query = query_judged,
    .body = body_user_set,
    WORDS("user", "set", "change a user; what is not given stays"),
    ROUTE(ROUTE_USER_DELETE, API_DELETE, USER, API_OPERATOR),
    .scope = API_SCOPE_HUB,
    .changes = true,
    .query = query_user_delete,
    WORDS("user", "delete", "delete a user; who has peers only with --peers"),
    ROUTE(ROUTE_USER_ENABLE, API_POST, USER "/enable", API_OPERATOR),
    .scope = API_SCOPE_HUB,
    .changes = true,
    .query = query_judged,
    WORDS("user", "enable", "let those of a user's peers in that went out with the user"),
    ROUTE(ROUTE_USER_DISABLE, API_POST, USER "/disable", API_OPERATOR),
    .scope = API_SCOPE_HUB,
    .changes = true,
    .query = query_judged,
    WORDS("user", "disable", "shut all of a user's peers out, at once, and keep them"),
    ROUTE(ROUTE_USER_PEERS, API_GET, USER "/peers", API_AUDITOR),
    .scope = API_SCOPE_HUB,
    .query = query_page,
    WORDS("user", "peers", "a user's peers, of all instances"),

    ROUTE(ROUTE_LINK_LIST, API_GET, LINKS, API_AUDITOR),
    .scope = API_SCOPE_HANDLER,
    .query = query_links,
    WORDS("link", "list", "the one-time links, newest first"),
    ROUTE(ROUTE_LINK_ADD, API_POST, PEER "/links", API_OPERATOR),
    .secret = true,
    .changes = true,
    .body = body_link_add,
    WORDS("link", "add", "make a one-time link, by which a person gets the peer's profile"),
    ROUTE(ROUTE_LINK_DELETE, API_DELETE, LINKS "/{link}", API_OPERATOR),
    .scope = API_SCOPE_HANDLER,
    .changes = true,
    WORDS("link", "delete", "delete a one-time link, so that it can't be opened any more"),
    ROUTE(ROUTE_LINK_OPEN, API_POST, LINKS "/open", API_AUDITOR),
    .scope = API_SCOPE_HANDLER,
    .access = API_ACCESS_PUBLIC,
    .body = body_link_open,
    WORDS("link", "open", "open a one-time link, as its person does; a use of it is gone then"),
    ROUTE(ROUTE_LINK_FILE, API_GET, "/get/{file}", API_AUDITOR),
    .scope = API_SCOPE_HANDLER,
    .access = API_ACCESS_PUBLIC,
    WORDS("link", "file", "the file of a link that was just opened, for apps: TOKEN.ovpn"),

    ROUTE(ROUTE_TRAFFIC_GET, API_GET, "/api/v1/traffic", API_AUDITOR),
    .scope = API_SCOPE_HANDLER,
    .query = query_traffic,
    WORDS("traffic", "show", "how much traffic there was, over time"),

    ROUTE(ROUTE_ATTENTION_LIST, API_GET, "/api/v1/attention", API_AUDITOR),
    .scope = API_SCOPE_HANDLER,
    WORDS("attention", "list", "what needs somebody's attention, and what would do"),

    ROUTE(ROUTE_EXPLAIN_GET, API_GET, INSTANCE "/explain", API_AUDITOR),
    .query = query_explain,
    WORDS("explain", NULL, "the whole way from one end to another: what holds, where it breaks"),

    ROUTE(ROUTE_BACKUP_LIST, API_GET, BACKUPS, API_AUDITOR),
    .scope = API_SCOPE_HUB,
    WORDS("backup", "list", "the backups on this hub"),
    ROUTE(ROUTE_BACKUP_ADD, API_POST, BACKUPS, API_OWNER),
    .scope = API_SCOPE_HUB,
    .secret = true,
    .changes = true,
    .body = body_backup_lock,
    WORDS("backup", "create", "all of the hub in one encrypted file, with -o for you, else here"),
    ROUTE(ROUTE_BACKUP_UPLOAD, API_POST, BACKUPS "/upload", API_OWNER),
    .scope = API_SCOPE_HUB,
    .changes = true,
    .body = body_backup_upload,
    WORDS("backup", "upload", "bring a backup to this hub, a part at a time; restore does it too"),
    ROUTE(ROUTE_BACKUP_KEY_GET, API_GET, BACKUPS "/key", API_AUDITOR),
    .scope = API_SCOPE_HUB,
    WORDS("backup key", "show", "is there a passphrase for the backups that the hub makes itself"),
    ROUTE(ROUTE_BACKUP_KEY_SET, API_POST, BACKUPS "/key", API_OWNER),
    .scope = API_SCOPE_HUB,
    .fresh = true,
    .secret = true,
    .changes = true,
    .body = body_backup_lock,
    WORDS("backup key", "set", "set the passphrase of the backups that the hub makes itself"),
    ROUTE(ROUTE_BACKUP_KEY_DELETE, API_DELETE, BACKUPS "/key", API_OWNER),
    .scope = API_SCOPE_HUB,
    .fresh = true,
    .changes = true,
    WORDS("backup key", "delete", "the hub makes no backups by itself any more"),
    ROUTE(ROUTE_BACKUP_GET, API_GET, BACKUP, API_AUDITOR),
    .scope = API_SCOPE_HUB,
    WORDS("backup", "show", "one backup"),
    ROUTE(ROUTE_BACKUP_FETCH, API_GET, BACKUP "/content", API_OWNER),
    .scope = API_SCOPE_HUB,
    .fresh = true,
    .query = query_backup_fetch,
    WORDS("backup", "fetch", "write a backup of this hub into a file"),
    ROUTE(ROUTE_BACKUP_RESTORE, API_POST, BACKUP "/restore", API_OWNER),
    .scope = API_SCOPE_HUB,
    .fresh = true,
    .secret = true,
    .changes = true,
    .body = body_backup_restore,
    WORDS("backup", "restore", "put a backup, a file or one of this hub, in place of all there is"),
    ROUTE(ROUTE_BACKUP_DELETE, API_DELETE, BACKUP, API_OWNER),
    .scope = API_SCOPE_HUB,
    .changes = true,
    WORDS("backup", "delete", "delete a backup of this hub"),

    ROUTE(ROUTE_UPDATE_GET, API_GET, UPDATE, API_AUDITOR),
    .scope = API_SCOPE_HUB,
    WORDS("update", "show", "which system runs, and how an update of it stands"),
    ROUTE(ROUTE_UPDATE_INSTALL, API_POST, UPDATE "/install", API_OWNER),
    .scope = API_SCOPE_HUB,
    .changes = true,
    .body = body_update_install,
    WORDS("update", "install",
          "check an update and write it into the other slot; nothing restarts"),
    ROUTE(ROUTE_UPDATE_REBOOT, API_POST, UPDATE "/reboot", API_OWNER),
    .scope = API_SCOPE_HUB,
    .fresh = true,
    .changes = true,
    WORDS("update", "reboot", "start the machine again, with the update on trial"),
    ROUTE(ROUTE_UPDATE_CONFIRM, API_POST, UPDATE "/confirm", API_OWNER),
    .scope = API_SCOPE_HUB,
    .changes = true,
    .while_frozen = true,
    WORDS("update", "confirm",
          "keep the update that is on trial; the hub does it when it is healthy"),
    ROUTE(ROUTE_UPDATE_ROLLBACK, API_POST, UPDATE "/rollback", API_OWNER),
    .scope = API_SCOPE_HUB,
    .changes = true,
    .while_frozen = true,
    WORDS("update", "rollback", "go back to the system before, or forget what was installed"),

    ROUTE(ROUTE_BOX_GET, API_GET, "/api/v1/box", API_AUDITOR),
    .scope = API_SCOPE_HUB,
    WORDS("box", "show", "the machine, where it is Warren's own image, and what is wrong with it"),
    ROUTE(ROUTE_BOX_WISH, API_POST, "/api/v1/box/wish", API_OWNER),
    .scope = API_SCOPE_HUB,
    .fresh = true,
    .changes = true,
    .body = body_box_wish,
    WORDS("box", "wish", "restart the box, shut it down, or reset it to its factory state"),

    ROUTE(ROUTE_EVENTS_FOLLOW, API_GET, "/api/v1/events", API_AUDITOR),
    .scope = API_SCOPE_HANDLER,
    .query = query_events,
    WORDS("events", NULL, "what happens, as it happens"),

    ROUTE(ROUTE_AUDIT_LIST, API_GET, "/api/v1/audit", API_AUDITOR),
    .scope = API_SCOPE_HANDLER,
    .query = query_audit,
    WORDS("audit", "list", "who changed what, newest first"),
    ROUTE(ROUTE_AUDIT_VERIFY, API_GET, "/api/v1/audit/verify", API_AUDITOR),
    .scope = API_SCOPE_HUB,
    WORDS("audit", "verify", "is the audit's chain of hashes whole"),

    ROUTE(ROUTE_SETUP_GET, API_GET, "/api/v1/setup", API_AUDITOR),
    .access = API_ACCESS_PUBLIC,
    WORDS("setup", "show", "is there an owner yet"),
    ROUTE(ROUTE_SETUP_FINISH, API_POST, "/api/v1/setup", API_AUDITOR),
    .access = API_ACCESS_PUBLIC,
    .secret = true,
    .body = body_setup_finish,
    BROWSER("setup", "finish", "make the first owner, with the set-up link"),
    ROUTE(ROUTE_SETUP_LINK, API_POST, "/api/v1/setup/link", API_OWNER),
    .scope = API_SCOPE_HUB,
    .secret = true,
    .changes = true,
    .body = body_setup_link,
    WORDS("setup", "link", "the link by which the first owner is made in a browser"),

    ROUTE(ROUTE_SESSION_GET, API_GET, "/api/v1/session", API_AUDITOR),
    .scope = API_SCOPE_HANDLER,
    WORDS("session", "show", "who asks, and what that one may do"),
    ROUTE(ROUTE_SESSION_ADD, API_POST, "/api/v1/session", API_AUDITOR),
    .access = API_ACCESS_PUBLIC,
    .secret = true,
    .body = body_session_add,
    BROWSER("session", "add", "sign in"),
    ROUTE(ROUTE_SESSION_END, API_DELETE, "/api/v1/session", API_AUDITOR),
    .scope = API_SCOPE_HANDLER,
    BROWSER("session", "end", "sign out"),
    ROUTE(ROUTE_SESSION_PASSKEY_OPTIONS, API_POST, "/api/v1/session/passkey/options", API_AUDITOR),
    .access = API_ACCESS_PUBLIC,
    BROWSER("session passkey", "begin", "begin to sign in with a passkey"),
    ROUTE(ROUTE_SESSION_PASSKEY_ADD, API_POST, "/api/v1/session/passkey/verify", API_AUDITOR),
    .access = API_ACCESS_PUBLIC,
    .body = body_session_passkey,
    BROWSER("session passkey", "add", "sign in with a passkey"),
    ROUTE(ROUTE_SESSION_LIST, API_GET, "/api/v1/sessions", API_AUDITOR),
    .scope = API_SCOPE_HANDLER,
    WORDS("session", "list", "who is signed in, from where"),
    ROUTE(ROUTE_SESSION_DELETE, API_DELETE, "/api/v1/sessions/{session}", API_AUDITOR),
    .scope = API_SCOPE_HANDLER,
    .changes = true,
    WORDS("session", "delete", "sign an admin out there, at once"),

    ROUTE(ROUTE_ADMIN_LIST, API_GET, ADMINS, API_AUDITOR),
    .scope = API_SCOPE_HANDLER,
    .query = query_page,
    WORDS("admin", "list", "those who run the hub"),
    ROUTE(ROUTE_ADMIN_ADD, API_POST, ADMINS, API_OWNER),
    .scope = API_SCOPE_HUB,
    .fresh = true,
    .secret = true,
    .changes = true,
    .body = body_admin_add,
    WORDS("admin", "add", "make a new admin; the password is typed, or read from standard input"),
    ROUTE(ROUTE_ADMIN_GET, API_GET, ADMIN, API_AUDITOR),
    .scope = API_SCOPE_HANDLER,
    WORDS("admin", "show", "one admin"),
    ROUTE(ROUTE_ADMIN_SET, API_PATCH, ADMIN, API_OWNER),
    .scope = API_SCOPE_HUB,
    .fresh = true,
    .changes = true,
    .body = body_admin_set,
    WORDS("admin", "set", "change an admin; what is not given stays"),
    ROUTE(ROUTE_ADMIN_DELETE, API_DELETE, ADMIN, API_OWNER),
    .scope = API_SCOPE_HUB,
    .fresh = true,
    .changes = true,
    WORDS("admin", "delete", "delete an admin with all sessions and tokens"),
    ROUTE(ROUTE_ADMIN_PASSWORD, API_POST, ADMIN "/password", API_AUDITOR),
    .scope = API_SCOPE_HANDLER,
    .secret = true,
    .changes = true,
    .body = body_admin_password,
    WORDS("admin", "password", "give an admin a new password; all of the sessions end"),
    ROUTE(ROUTE_ADMIN_TOTP_BEGIN, API_POST, ADMIN "/totp", API_AUDITOR),
    .scope = API_SCOPE_HANDLER,
    .fresh = true,
    .secret = true,
    .changes = true,
    WORDS("admin totp", "begin", "give an admin's authenticator app a secret, to be confirmed"),
    ROUTE(ROUTE_ADMIN_TOTP_CONFIRM, API_POST, ADMIN "/totp/confirm", API_AUDITOR),
    .scope = API_SCOPE_HANDLER,
    .fresh = true,
    .secret = true,
    .changes = true,
    .body = body_totp_confirm,
    WORDS("admin totp", "confirm", "ask for the app's code from now on; prints recovery codes"),
    ROUTE(ROUTE_ADMIN_TOTP_DELETE, API_DELETE, ADMIN "/totp", API_AUDITOR),
    .scope = API_SCOPE_HANDLER,
    .fresh = true,
    .changes = true,
    WORDS("admin totp", "delete", "ask for the password alone from now on"),
    ROUTE(ROUTE_ADMIN_PASSKEY_LIST, API_GET, ADMIN "/passkeys", API_AUDITOR),
    .scope = API_SCOPE_HANDLER,
    WORDS("admin passkey", "list", "an admin's passkeys"),
    ROUTE(ROUTE_ADMIN_PASSKEY_OPTIONS, API_POST, ADMIN "/passkeys/options", API_AUDITOR),
    .scope = API_SCOPE_HANDLER,
    .fresh = true,
    BROWSER("admin passkey", "begin", "begin to make a passkey"),
    ROUTE(ROUTE_ADMIN_PASSKEY_ADD, API_POST, ADMIN "/passkeys", API_AUDITOR),
    .scope = API_SCOPE_HANDLER,
    .fresh = true,
    .changes = true,
    .body = body_passkey_add,
    BROWSER("admin passkey", "add", "take a passkey that a browser made"),
    ROUTE(ROUTE_ADMIN_PASSKEY_DELETE, API_DELETE, ADMIN "/passkeys/{passkey}", API_AUDITOR),
    .scope = API_SCOPE_HANDLER,
    .fresh = true,
    .changes = true,
    WORDS("admin passkey", "delete", "take a passkey away from an admin"),

    ROUTE(ROUTE_TOKEN_LIST, API_GET, "/api/v1/tokens", API_AUDITOR),
    .scope = API_SCOPE_HANDLER,
    WORDS("token", "list", "tokens for programs that use the API"),
    ROUTE(ROUTE_TOKEN_ADD, API_POST, "/api/v1/tokens", API_AUDITOR),
    .scope = API_SCOPE_HANDLER,
    .fresh = true,
    .secret = true,
    .changes = true,
    .body = body_token_add,
    WORDS("token", "add", "make a token; it is shown once"),
    ROUTE(ROUTE_TOKEN_DELETE, API_DELETE, "/api/v1/tokens/{token}", API_AUDITOR),
    .scope = API_SCOPE_HANDLER,
    .changes = true,
    WORDS("token", "delete", "delete a token, at once"),
};

static const char *const method_names[] = {
    [API_GET] = "GET", [API_POST] = "POST", [API_PATCH] = "PATCH", [API_DELETE] = "DELETE"};

static const char *const role_names[] = {
    [API_AUDITOR] = "auditor", [API_OPERATOR] = "operator", [API_OWNER] = "owner"};

const char *api_role_name(enum api_role role)
{
    return role_names[role];
}

int api_role_parse(const char *name, enum api_role *ret_role)
{
    for (enum api_role role = API_AUDITOR; role <= API_OWNER; role++)
        if (text_equal(role_names[role], name)) {
            *ret_role = role;
            return 0;
        }
    return -EINVAL;
}

const char *api_method_name(enum api_method method)
{
    return method_names[method];
}
