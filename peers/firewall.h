/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The firewall of an instance as pure rules: what a person may write, and what is to happen to a
 * flow. The kernel does the same (tunnel/rule_table.h); scenarios compare the two.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hub/base/prefix_set.h"
#include "peers/rules.h"

/* Kept in the database: never renumbered. */
enum firewall_kind {
    FIREWALL_ANY,
    FIREWALL_PEER,  /* its tunnel addresses and its subnets */
    FIREWALL_SITE,  /* a site's subnets alone */
    FIREWALL_USER,  /* all peers of a user */
    FIREWALL_GROUP, /* all peers of a group */
    FIREWALL_NETWORK,
    FIREWALL_KIND_COUNT,
};

enum {
    FIREWALL_VALUE_MAX = 68, /* the longest of: id, name, label, network */
    FIREWALL_PORTS_MAX = 16,
    FIREWALL_RULES_MAX = 10000, /* of an instance */
    FIREWALL_CHECKS_MAX = 256,
    FIREWALL_COMMENT_MAX = 100, /* characters */
    LABEL_MAX = 65,
    GROUPS_MAX = 16, /* that a peer is in */
};

/* An end as it is written: "any", "peer:NAME", "site:NAME", "user:NAME", "group:LABEL", a network
 * or an address; a word alone is a peer's name. */
struct firewall_name {
    enum firewall_kind kind;
    char value[FIREWALL_VALUE_MAX];
};
bool firewall_name_parse(const char *text, struct firewall_name *ret_name,
                         struct complaint *ret_complaint);
/* "peer:NAME"; `value` is the name of a peer or user, a label or a network. */
char *firewall_name_format(enum firewall_kind kind, const char *value);

struct firewall_ports {
    uint16_t first, last;
};
/* "80", "8000-8080". */
bool firewall_ports_parse(const char *text, struct firewall_ports *ret_ports,
                          struct complaint *ret_complaint);
/* In order, each port once; answers how many ranges are left. */
size_t firewall_ports_sort(struct firewall_ports *ports, size_t count);
enum { FIREWALL_PORTS_TEXT_MAX = 12 };
const char *firewall_ports_format(const struct firewall_ports *ports,
                                  char text[static FIREWALL_PORTS_TEXT_MAX]);

/* A group's label. */
bool rule_label(const char *text, struct complaint *ret_complaint);
bool rule_comment(const char *text, struct complaint *ret_complaint);

/* Protocols by the number of IPv4; ICMP is of both families. 0 = any. */
enum firewall_protocol {
    FIREWALL_PROTOCOL_ANY = 0,
    FIREWALL_ICMP = 1,
    FIREWALL_TCP = 6,
    FIREWALL_UDP = 17,
};
const char *firewall_protocol_name(uint8_t protocol);
bool firewall_protocol_has_ports(uint8_t protocol);
/* -EINVAL when there is no such one. */
int firewall_protocol_parse(const char *text, uint8_t *ret_protocol);

/* ---- judging ---- */

/* A rule with its names turned into networks. */
struct firewall_end {
    bool any;
    struct prefix_set networks; /* without any and without networks it matches nothing */
};

struct firewall_rule {
    bool allow;
    bool both; /* flows begun by either side */
    uint8_t protocol;
    struct firewall_ports ports[FIREWALL_PORTS_MAX];
    size_t port_count; /* 0 = any */
    bool expires;
    int64_t expires_at;
    struct firewall_end from, to;
};
void firewall_rule_done(struct firewall_rule *rule);

/* The first packet of a flow. */
struct firewall_flow {
    struct address from, to; /* of one family */
    uint8_t protocol;
    uint16_t port;
};

/* Who an address belongs to. */
enum firewall_party { FIREWALL_NOBODY, FIREWALL_HUB, FIREWALL_CLIENT, FIREWALL_A_SITE };

struct firewall_scene {
    const struct firewall_rule *rules;
    size_t rule_count;
    bool deny;             /* what no rule matches */
    bool client_to_client; /* what no rule matches, between clients */
    int64_t now;
    /* Of the flow's ends. */
    enum firewall_party from, to;
    bool from_uses_uplink; /* a client that sends everything through the hub */
    bool to_is_pushed;     /* a public network that every client may reach */
    bool to_is_private;    /* nobody has it, and it never leaves by the uplink */
};

enum firewall_reason {
    FIREWALL_BY_RULE,
    FIREWALL_BY_DEFAULT,
    FIREWALL_BETWEEN_CLIENTS, /* the instance keeps clients apart, and no rule says otherwise */
    FIREWALL_NO_SOURCE,       /* no peer has the source's address */
    FIREWALL_NO_DESTINATION,  /* nobody has the destination's */
    FIREWALL_NO_UPLINK,       /* the source may not use the uplink for it */
    FIREWALL_OF_THE_HUB,      /* it is for the hub itself, which the rules are not about */
};
const char *firewall_reason_name(enum firewall_reason reason);

struct firewall_verdict {
    bool allow;
    enum firewall_reason reason;
    size_t rule; /* with FIREWALL_BY_RULE */
};

bool firewall_rule_matches(const struct firewall_rule *rule, const struct firewall_flow *flow,
                           int64_t now);
void firewall_judge(const struct firewall_scene *scene, const struct firewall_flow *flow,
                    struct firewall_verdict *ret_verdict);
/* Never leaves by the uplink: private, shared, link-local. */
bool firewall_is_private(const struct address *address);
