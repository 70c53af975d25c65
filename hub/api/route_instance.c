/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/api/route_row.h"

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
        .help = "what OpenVPN peers may connect by: udp, tcp, both (default) or none", \
        .asked_word = "none", \
        .asks = "This ends the connections of the instance's peers over OpenVPN; their profiles " \
                "lead nowhere until it is on again." \
    }
#define FIELD_FIREWALL_DEFAULT \
    { \
        .name = "firewall_default", .kind = API_CHOICE, .choices = "allow|deny", \
        .option = "--firewall-default", .value = "ACTION", \
        .help = "what happens to what no rule of the firewall matches: allow (default) or deny" \
    }
#define FIELD_HOSTNAME(flags_) \
    { \
        .name = "hostname", .kind = API_TEXT, .flags = flags_, .maximum = 256, \
        .option = "--hostname", .value = "LABEL", .help = "first label of the public name" \
    }

#define FIELDS_CHANGEABLE \
    FIELD_DNS, FIELD_DNS_CUSTOM, FIELD_SPLIT_DNS, FIELD_DOMAINS, FIELD_PUSHED, \
        FIELD_CLIENT_TO_CLIENT, FIELD_FIREWALL_DEFAULT, FIELD_MTU, FIELD_OPENVPN

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
    FIELDS_CHANGEABLE,
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
    FIELDS_CHANGEABLE,
    {}};

const struct api_route api_routes_instance[] = {
    ROUTE(ROUTE_INSTANCE_LIST, API_GET, INSTANCES, API_AUDITOR),
    .scope = API_SCOPE_HANDLER,
    .query = api_query_page,
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
    .query = api_query_judged,
    .body = body_instance_set,
    WORDS("instance", "set", "change an instance; what is not given stays"),
    ROUTE(ROUTE_INSTANCE_DELETE, API_DELETE, INSTANCE, API_OPERATOR),
    .changes = true,
    .ask = API_ASK_NAME,
    .asks = "This deletes the instance with all of its peers; its hostname rests for 30 days, no "
            "instance can take it before.",
    WORDS("instance", "delete", "delete an instance with all of its peers"),
    {}};
