/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The whole way of a packet from one end to another, step by step: what holds, where it breaks, and
 * what would mend it. Plain facts in, steps out. Nothing is sent.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hub/base/buf.h"
#include "hub/base/prefix_set.h"
#include "peers/firewall.h"

/* ---- facts ---- */

/* What an address is to an instance. */
enum explain_place {
    EXPLAIN_HUB,      /* the hub's own tunnel address */
    EXPLAIN_TUNNEL,   /* a peer's tunnel address */
    EXPLAIN_SUBNET,   /* behind a site */
    EXPLAIN_PUSHED,   /* a public network that every client may reach through the hub */
    EXPLAIN_INTERNET, /* anything else that is public */
    EXPLAIN_FREE,     /* of the tunnel networks, and no peer has it */
    EXPLAIN_PRIVATE,  /* private, and no peer advertises it */
    EXPLAIN_FENCED,   /* no packet to it leaves the hub: the hub itself, metadata, multicast */
};

/* A peer's profile as it was handed out, and whether it leads to the other end. */
struct explain_profile {
    bool issued;
    bool covers;       /* one handed out now would */
    bool excluded;     /* it was made with --exclude of the other end */
    bool stale_access; /* its keys, addresses or the hub's name and port are no longer true */
    bool stale_routes; /* its routes are no longer those of one handed out now */
    bool stale_mtu;    /* nor is its MTU */
    bool unsure_mtu;   /* its MTU or its keepalive: nobody noted which */
    bool older;        /* than the last change of what makes it lead to the other end */
    bool surely_older; /* than the other end itself: its routes can't hold it */
};

struct explain_peer {
    const char *id, *name;
    const struct prefix_set *subnets;
    bool is_site, is_openvpn, enabled, route_all;
    bool time_is_over;
    bool connected;
    int64_t last_seen;       /* 0 = never */
    int64_t last_handshake;  /* of WireGuard; 0 = never */
    int64_t connected_since; /* of OpenVPN: its routes are of then */
    uint16_t keepalive;      /* 0 = off */
    bool certificate_is_over;
    const char *server;         /* of OpenVPN: the one it uses or would use; NULL = all are off */
    const char *server_failure; /* "" = it runs */
    bool over_tcp;
    struct explain_profile profile;
};

struct explain_end {
    enum explain_place place;
    struct address address;
    struct prefix network;    /* of a subnet or a pushed network */
    struct explain_peer peer; /* of EXPLAIN_TUNNEL and EXPLAIN_SUBNET */
    /* Of EXPLAIN_PRIVATE: the site with the nearest network; name NULL = none is near. */
    struct explain_peer nearest;
    struct prefix nearest_network;
    struct address
        seen; /* as others see it, where it is of the nearest's own LAN; family 0 = not */
};

struct explain_firewall {
    struct firewall_verdict verdict;
    uint64_t position;
    const char *rule_id, *rule; /* with FIREWALL_BY_RULE: "deny any to site:office" */
};

/* Ends behind a mapped subnet; family 0: it is not mapped. */
struct explain_mapping {
    struct address from, to; /* as the site's own LAN knows them */
};

struct explain_facts {
    const char *instance; /* its name */
    const char *state;    /* "active" */
    const char *pending;  /* "" or what it waits for */
    bool is_active;
    bool has_uplink;
    uint16_t mtu;
    int64_t now;
    uint8_t protocol;
    uint16_t port;
    struct explain_end from, to;
    struct explain_firewall firewall;
    struct explain_mapping mapping;
};

/* ---- steps ---- */

enum explain_holds { EXPLAIN_YES, EXPLAIN_NO, EXPLAIN_UNKNOWN };
const char *explain_holds_name(enum explain_holds holds);

struct explain_step {
    const char *name;  /* "source_connected" */
    const char *title; /* "source connected" */
    enum explain_holds holds;
    struct buf text;    /* one line for people */
    struct buf mend;    /* what would mend it; empty = nothing is to be mended */
    struct buf command; /* and the command of the hub that does, for a shell; empty = none */
};

enum { EXPLAIN_STEPS_MAX = 20 };
struct explanation {
    struct explain_step steps[EXPLAIN_STEPS_MAX]; /* those that the way has */
    size_t count;
    const struct explain_step *broken; /* the first that does not hold; NULL = all hold */
};

void explain(const struct explain_facts *facts, struct explanation *ret_explanation);
void explanation_done(struct explanation *explanation);
