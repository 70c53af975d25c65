/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files behind reconcile.h share. */
#pragma once

#include "tunnel/firewall.h"
#include "tunnel/netlink.h"
#include "tunnel/projection.h"
#include "tunnel/reconcile.h"
#include "tunnel/report.h"

struct reconcile {
    reconcile_peer_failed failed;
    void *data;
    struct netlink *netlink;
    struct firewall *firewall;
    struct wireguard **wireguard; /* by link */
    size_t wireguard_count;
    struct wanted *wanted;
    struct projection_links links; /* as last seen */
    /* All links were told just now. At other times one that is not wanted may be new: it is made
     * before it is told. */
    bool told_links;
    bool has_openvpn_user;
    uint32_t openvpn_user;
    struct link_set was_down; /* WireGuard's, until its peers were called */
};

struct peer_change {
    const struct wanted_peer *before; /* what the kernel has; NULL = nothing */
    const struct wanted_peer *after;  /* what it shall have; NULL = nothing, expired */
    const struct wanted_peer *holder; /* of its prefixes, unless another peer took them */
};

/* ---- reconcile_link.c ---- */

/* Link 0 is always there. */
bool reconcile_has_link(const struct reconcile *reconcile, unsigned link);
void reconcile_links(struct reconcile *reconcile, struct report *report);
/* An OpenVPN server's: they come with its process, and go. */
int reconcile_openvpn_link(struct reconcile *reconcile, unsigned server,
                           struct verb_applied *applied);
int reconcile_addresses(struct reconcile *reconcile, struct verb_applied *applied);

/* A port that somebody else has is named. */
void reconcile_report_wireguard(struct reconcile *reconcile, unsigned link, struct report *report,
                                int r, const char *what);

/* ---- reconcile_device.c ---- */

void reconcile_devices(struct reconcile *reconcile, struct report *report);
/* The WireGuard peer. */
int reconcile_device_peer(struct reconcile *reconcile, const struct peer_change *change);

/* ---- reconcile.c ---- */

/* An element that the kernel let expire between, or that somebody took away: look, and do the
 * rest. */
int reconcile_mend_rules(struct reconcile *reconcile);
/* As the peers and links are now. */
void reconcile_want_fast(struct reconcile *reconcile);
