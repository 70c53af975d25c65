/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tunnel/reconcile.h"

#include <errno.h>
#include <linux/netlink.h>
#include <malloc.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/log.h"
#include "hub/base/role.h"
#include "tunnel/instance_sysctl.h"
#include "tunnel/policy_rule.h"
#include "tunnel/reconcile_parts.h"

/* Whose packets go to the uplink whatever a tenant routes. */
static void find_openvpn_user(struct reconcile *reconcile)
{
    const struct passwd *user = getpwnam(role_row(ROLE_OPENVPN)->user);

    reconcile->has_openvpn_user = user != NULL;
    if (user)
        reconcile->openvpn_user = user->pw_uid;
}

int reconcile_new(reconcile_peer_failed failed, void *data, struct reconcile **ret_reconcile)
{
    struct reconcile *reconcile = memory_zero(sizeof(*reconcile));
    int r;

    reconcile->failed = failed;
    reconcile->data = data;
    find_openvpn_user(reconcile);
    r = netlink_open(NETLINK_ROUTE, &reconcile->netlink);
    if (r == 0)
        r = firewall_new(NFT_SET_CLIENT4, NFT_SET_SERVED, true, &reconcile->firewall);
    if (r < 0) {
        reconcile_free(reconcile);
        return r;
    }
    *ret_reconcile = reconcile;
    return 0;
}

struct reconcile *reconcile_free(struct reconcile *reconcile)
{
    if (!reconcile)
        return NULL;
    netlink_free(reconcile->netlink);
    firewall_free(reconcile->firewall);
    for (size_t link = 0; link < reconcile->wireguard_count; link++)
        wireguard_free(reconcile->wireguard[link]);
    free(reconcile->wireguard);
    link_indexes_done(&reconcile->links.wireguard);
    link_indexes_done(&reconcile->links.openvpn);
    wanted_free(reconcile->wanted);
    free(reconcile);
    return NULL;
}

void reconcile_set_wireguard(struct reconcile *reconcile, unsigned link,
                             struct wireguard *wireguard)
{
    size_t count = (size_t)link + 1;

    if (count > reconcile->wireguard_count) {
        if (!wireguard)
            return;
        reconcile->wireguard =
            reallocarray(reconcile->wireguard, count, sizeof(reconcile->wireguard[0]));
        if (!reconcile->wireguard)
            abort();
        for (size_t i = reconcile->wireguard_count; i < count; i++)
            reconcile->wireguard[i] = NULL;
        reconcile->wireguard_count = count;
    }
    wireguard_free(reconcile->wireguard[link]);
    reconcile->wireguard[link] = wireguard;
}

struct wireguard *reconcile_wireguard(struct reconcile *reconcile, unsigned link)
{
    return link < reconcile->wireguard_count ? reconcile->wireguard[link] : NULL;
}

unsigned reconcile_wireguard_count(const struct reconcile *reconcile)
{
    return (unsigned)reconcile->wireguard_count;
}

void reconcile_set_wanted(struct reconcile *reconcile, struct wanted *wanted)
{
    firewall_want_rules(reconcile->firewall, wanted_rules(wanted),
                        wanted_instance(wanted)->flags & INSTANCE_DENY);
    wanted_free(reconcile->wanted);
    reconcile->wanted = wanted;
    firewall_forget(reconcile->firewall);
    reconcile->told_links = true;
}

struct wanted *reconcile_wanted(struct reconcile *reconcile)
{
    return reconcile->wanted;
}

void reconcile_forget(struct reconcile *reconcile)
{
    firewall_forget(reconcile->firewall);
}

const struct nft_sets *reconcile_sets(const struct reconcile *reconcile)
{
    return firewall_sets(reconcile->firewall);
}

uint32_t reconcile_port(const struct reconcile *reconcile)
{
    return netlink_port(reconcile->netlink);
}

/* ---- routes and rules ---- */

static int apply_routes(struct reconcile *reconcile, struct verb_applied *applied)
{
    _cleanup_routes_ struct routes wanted = {0};
    _cleanup_routes_ struct routes observed = {0};
    _cleanup_route_changes_ struct route_changes changes = {0};
    int64_t now = clock_milliseconds();
    size_t position = 0;
    const struct wanted_peer *peer;
    int r;

    r = routes_read(reconcile->netlink, &observed);
    if (r < 0)
        return r;
    projection_routes(reconcile->wanted, &reconcile->links, &wanted);
    while ((peer = wanted_next(reconcile->wanted, &position)))
        if (wanted_peer_is_live(peer, now))
            projection_peer_routes(reconcile->wanted, peer, peer, &reconcile->links, &wanted);
    routes_sort(&wanted);
    routes_diff(&wanted, &observed, &changes);
    applied->writes += (uint32_t)changes.count;
    applied->added += changes.added;
    applied->changed += changes.changed;
    applied->removed += changes.removed;
    return routes_write(reconcile->netlink, &changes);
}

/* OpenVPN's encrypted packets go to the uplink, whatever a tenant routes. */
static int apply_policy(struct reconcile *reconcile, struct verb_applied *applied)
{
    struct policy_rule rule = {.user = reconcile->openvpn_user, .table = ROUTE_TABLE_OUTER};
    bool needed = projection_has_openvpn(reconcile->wanted);
    uint32_t writes = 0;
    int r;

    if (needed && !reconcile->has_openvpn_user)
        return -ENOENT;
    r = policy_rule_apply(reconcile->netlink, needed ? &rule : NULL, &writes);
    applied->changed += writes;
    applied->writes += writes;
    return r;
}

void reconcile_want_fast(struct reconcile *reconcile)
{
    struct fast_path_spec spec;

    projection_fast_path(reconcile->wanted, &reconcile->links, &spec);
    firewall_want_fast(reconcile->firewall, &spec);
}

static int apply_firewall(struct reconcile *reconcile, struct verb_applied *applied)
{
    _cleanup_nft_elements_ struct nft_elements elements = {0};
    _cleanup_buf_ struct buf text = {0};
    _cleanup_nft_translations_ struct nft_translations translations = {0};
    struct firewall_rules rules = {.base = &text, .translations = &translations};
    int64_t now = clock_milliseconds();
    size_t position = 0;
    size_t overlapping;
    const struct wanted_peer *peer;

    projection_base(reconcile->wanted, &text);
    projection_translations(reconcile->wanted, &reconcile->links, &translations);
    firewall_want_rules(reconcile->firewall, wanted_rules(reconcile->wanted),
                        wanted_instance(reconcile->wanted)->flags & INSTANCE_DENY);
    reconcile_want_fast(reconcile);
    if (firewall_is_known(reconcile->firewall, &rules))
        return 0;
    projection_elements(reconcile->wanted, &elements);
    while ((peer = wanted_next(reconcile->wanted, &position)))
        if (wanted_peer_is_live(peer, now))
            projection_peer_elements(reconcile->wanted, peer, peer, &elements);
    overlapping = nft_elements_sort(&elements);
    if (overlapping > 0)
        log_warning("%zu networks overlap those of other peers, ignoring", overlapping);
    return firewall_apply(reconcile->firewall, &rules, &elements, applied);
}

int reconcile_mend_rules(struct reconcile *reconcile)
{
    struct verb_applied applied = {0};

    return apply_firewall(reconcile, &applied);
}

static uint32_t count_live(const struct wanted *wanted)
{
    int64_t now = clock_milliseconds();
    size_t position = 0;
    uint32_t count = 0;
    const struct wanted_peer *peer;

    while ((peer = wanted_next(wanted, &position)))
        count += wanted_peer_is_live(peer, now);
    return count;
}

void reconcile_all(struct reconcile *reconcile, struct verb_applied *ret_applied)
{
    struct verb_applied *applied = ret_applied;
    struct report report = {.applied = applied};
    int r;

    *applied = (struct verb_applied){.peers = count_live(reconcile->wanted)};
    reconcile_links(reconcile, &report);
    reconcile_devices(reconcile, &report);
    report_part(&report, apply_routes(reconcile, applied), "routes");
    report_part(&report, apply_policy(reconcile, applied), "the way of OpenVPN's own packets");
    /* Last: whoever the rules let in is there. What they no longer let in goes at the same time
     * from everywhere, and without its route a packet does not get far. */
    r = apply_firewall(reconcile, applied);
    report_part(&report, r, "rules");
    /* Nothing is forwarded before they stand. */
    if (r == 0)
        report_part(&report, instance_sysctl_apply(&reconcile->links, applied),
                    "settings of the namespace");
    /* The states of thousands of peers are gone; so should be their memory. */
    malloc_trim(0);
}

/* ---- rules of the firewall ---- */

struct rule_table *reconcile_rule_table(struct reconcile *reconcile)
{
    return firewall_rules(reconcile->firewall);
}

int reconcile_rules(struct reconcile *reconcile, struct rule *removed, bool *ret_look)
{
    bool disturbed = false;
    int r = firewall_change_rules(reconcile->firewall, removed, &disturbed);

    rule_free(removed);
    if (r < 0) {
        log_debug("rules not written: %s, looking at all", strerror(-r));
        firewall_forget(reconcile->firewall);
        r = reconcile_mend_rules(reconcile);
    }
    if (disturbed)
        firewall_forget(reconcile->firewall);
    *ret_look = disturbed || r < 0;
    return r;
}
