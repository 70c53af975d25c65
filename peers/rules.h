/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rules of input, as pure functions over plain data: names, labels, networks, subnets, keys.
 * Each answers true, or false with a `struct complaint` for people: what is wrong and what would
 * do.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hub/base/prefix_set.h"

struct complaint {
    char wrong[200]; /* "is not the network address of 10.1.2.3/24" */
    char would[100]; /* the value that would do, "" when there is none: "10.1.2.0/24" */
};

bool rule_instance_name(const char *name, struct complaint *ret_complaint);
bool rule_hostname(const char *label, struct complaint *ret_complaint); /* not uniqueness */
bool rule_peer_name(const char *name, struct complaint *ret_complaint);
/* A person's: any letters, at most 64 bytes of UTF-8. */
bool rule_user_name(const char *name, struct complaint *ret_complaint);
bool rule_email(const char *email, struct complaint *ret_complaint);

/* A tunnel network: private (or ULA), at its network address, IPv4 /8 to /29, IPv6 /48 to /120. */
bool rule_tunnel_network(const struct prefix *network, struct complaint *ret_complaint);

/* What a site's subnet is checked against beside itself. */
struct subnet_context {
    const struct prefix_set *tunnel_networks;
    const struct prefix_set *hub_addresses; /* public ones */
    /* The enabled peer that already has an overlapping subnet, or NULL; `overlapping` is set. */
    const char *other_peer;
    struct prefix overlapping;
};
bool rule_subnet(const struct prefix *subnet, const struct subnet_context *context,
                 struct complaint *ret_complaint);
bool rule_pushed_route(const struct prefix *route, struct complaint *ret_complaint);
bool rule_dns_server(const struct address *server, struct complaint *ret_complaint);
/* A name of the DNS; proposes it in lower case, without a dot at the end. */
bool rule_dns_name(const char *name, struct complaint *ret_complaint);
/* A server of split DNS: in a private network, which never leaves the tunnels. */
bool rule_split_dns_server(const struct address *server, struct complaint *ret_complaint);
bool rule_public_key(const char *text, struct complaint *ret_complaint);
enum { SITE_SUBNETS_MAX = 64, PUSHED_ROUTES_MAX = 64, DNS_SERVERS_MAX = 4 };
