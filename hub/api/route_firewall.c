/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/api/route_row.h"

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

static const struct api_field query_firewall_test[] = {
    FIELD_END(
        "from", "--from", API_REQUIRED,
        "who begins: a peer, site:NAME, user:NAME, group:NAME, internet, an address or a network"),
    FIELD_END("to", "--to", API_REQUIRED, "whom it is for, as --from"),
    FIELD_PORT,
    FIELD_PROTOCOL("tcp|udp|icmp", "tcp (default with a port), udp, icmp (default without)"),
    {}};

/* Of a change of rules: what they would do to a flow then. */
static const struct api_field query_rule_change[] = {
    FIELDS_JUDGED,
    FIELD_END("test_from", "--test-from", 0,
              "with --dry-run: who begins a flow that is tried with the change, as of a test"),
    FIELD_END("test_to", "--test-to", 0, "whom that flow is for"),
    FIELD_PORT_OF("test_port", "--test-port", "port that it is to reach"),
    FIELD_PROTOCOL_OF("test_protocol", "--test-protocol", "tcp|udp|icmp",
                      "tcp (default with a port), udp, icmp (default without)"),
    {}};

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
    FIELD_END(
        "from", "--from", API_REQUIRED,
        "who begins: a peer, site:NAME, user:NAME, group:NAME, internet, an address or a network"),
    FIELD_END("to", "--to", API_REQUIRED, "whom it is for, as --from"),
    FIELD_PORT,
    FIELD_PROTOCOL("tcp|udp|icmp", "tcp (default with a port), udp, icmp (default without)"),
    {}};

#define FIREWALL INSTANCE "/firewall"
#define RULE FIREWALL "/{rule}"
#define CHECKS INSTANCE "/firewall-checks"

const struct api_route api_routes_firewall[] = {
    ROUTE(ROUTE_FIREWALL_LIST, API_GET, FIREWALL, API_AUDITOR),
    .query = api_query_page,
    WORDS("firewall", "list", "the rules of an instance's firewall, in the order they are judged"),
    ROUTE(ROUTE_FIREWALL_ADD, API_POST, FIREWALL, API_OPERATOR),
    .changes = true,
    .query = query_rule_change,
    .body = body_firewall_add,
    WORDS("firewall", "add", "add a rule to an instance's firewall"),
    ROUTE(ROUTE_FIREWALL_TEST, API_GET, FIREWALL "/test", API_AUDITOR),
    .query = query_firewall_test,
    WORDS("firewall", "test", "would it be allowed, by which rule; nothing is sent"),
    ROUTE(ROUTE_FIREWALL_GET, API_GET, RULE, API_AUDITOR),
    WORDS("firewall", "show", "one rule"),
    ROUTE(ROUTE_FIREWALL_SET, API_PATCH, RULE, API_OPERATOR),
    .changes = true,
    .query = query_rule_change,
    .body = body_firewall_set,
    WORDS("firewall", "set", "change a rule; what is not given stays"),
    ROUTE(ROUTE_FIREWALL_MOVE, API_POST, RULE "/move", API_OPERATOR),
    .changes = true,
    .query = query_rule_change,
    .body = body_firewall_move,
    WORDS("firewall", "move", "give a rule another place among the rules"),
    ROUTE(ROUTE_FIREWALL_ENABLE, API_POST, RULE "/enable", API_OPERATOR),
    .changes = true,
    .query = query_rule_change,
    WORDS("firewall", "enable", "apply a rule"),
    ROUTE(ROUTE_FIREWALL_DISABLE, API_POST, RULE "/disable", API_OPERATOR),
    .changes = true,
    .query = query_rule_change,
    WORDS("firewall", "disable", "do not apply a rule, and keep it"),
    ROUTE(ROUTE_FIREWALL_DELETE, API_DELETE, RULE, API_OPERATOR),
    .changes = true,
    .query = query_rule_change,
    .ask = API_ASK_YES,
    .asks = "This deletes the rule; firewall disable keeps it and does not apply it.",
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
    {}};
