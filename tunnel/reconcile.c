/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tunnel/reconcile.h"

#include <errno.h>
#include <linux/netlink.h>
#include <malloc.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/log.h"
#include "hub/base/role.h"
#include "hub/base/text.h"
#include "tunnel/firewall.h"
#include "tunnel/link.h"
#include "tunnel/policy_rule.h"
#include "tunnel/projection.h"
#include "tunnel/report.h"
#include "tunnel/sysctl.h"

#define CALL_TIME_US (10 * UINT64_C(1000000))

struct reconcile {
    reconcile_peer_failed failed;
    void *data;
    struct netlink *netlink;
    struct firewall *firewall;
    struct wireguard *wireguard[LINK_COUNT];
    struct wanted *wanted;
    struct projection_links links; /* as last seen */
    /* All links were told just now. At other times one that is not wanted may be new: it is made
     * before it is told. */
    bool told_links;
    bool has_openvpn_user;
    uint32_t openvpn_user;
    uint64_t was_down; /* 1 << link: WireGuard's, until its peers were called */
};

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
    for (unsigned link = 0; link < LINK_COUNT; link++)
        wireguard_free(reconcile->wireguard[link]);
    wanted_free(reconcile->wanted);
    free(reconcile);
    return NULL;
}

void reconcile_set_wireguard(struct reconcile *reconcile, unsigned link,
                             struct wireguard *wireguard)
{
    wireguard_free(reconcile->wireguard[link]);
    reconcile->wireguard[link] = wireguard;
}

struct wireguard *reconcile_wireguard(struct reconcile *reconcile, unsigned link)
{
    return reconcile->wireguard[link];
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

/* ---- links ---- */

/* Up without a port, the kernel's link would take any, perhaps one that is another instance's. */
static int give_port(struct reconcile *reconcile, unsigned link)
{
    _cleanup_wireguard_state_ struct wireguard_state wanted = {0};
    struct wireguard_changes changes = {.set_listen_port = true};

    if (wanted_instance(reconcile->wanted)->backend != WIREGUARD_KERNEL ||
        !reconcile->wireguard[link])
        return 0;
    projection_device(reconcile->wanted, link, &wanted);
    return wireguard_write(reconcile->wireguard[link], &wanted, &changes, NULL, NULL);
}

static bool wireguard_number(const char *name, unsigned *ret_link)
{
    uint64_t link;

    if (!text_starts_with(name, "wg") || text_parse_u64(name + 2, 0, LINK_COUNT - 1, &link))
        return false;
    *ret_link = (unsigned)link;
    return true;
}

static int before_up(struct reconcile *reconcile, const char *name)
{
    unsigned link;

    if (!wireguard_number(name, &link))
        return 0;
    reconcile->was_down |= UINT64_C(1) << link;
    return give_port(reconcile, link);
}

/* -ENODEV: there is none. */
static int apply_link(struct reconcile *reconcile, const char *name, uint32_t mtu,
                      struct verb_applied *applied, uint32_t *ret_index)
{
    struct link_info info;
    uint32_t writes = 0;
    int r = link_get(reconcile->netlink, LINK_HERE, name, &info);

    *ret_index = 0;
    if (r < 0)
        return r;
    *ret_index = info.index;
    if (mtu && info.mtu != mtu) {
        r = link_set_mtu(reconcile->netlink, info.index, mtu);
        writes++;
    }
    if (r == 0 && !info.up) {
        r = before_up(reconcile, name);
        if (r == 0)
            r = link_set_up(reconcile->netlink, info.index);
        writes++;
    }
    applied->changed += writes;
    applied->writes += writes;
    return r;
}

static int apply_needed_link(struct reconcile *reconcile, const char *name, uint32_t mtu,
                             struct verb_applied *applied, uint32_t *ret_index)
{
    int r = apply_link(reconcile, name, mtu, applied, ret_index);

    if (r == -ENODEV)
        applied->link_missing = 1;
    return r;
}

/* Link 0 is always there. */
static bool has_link(const struct reconcile *reconcile, unsigned link)
{
    return projection_port(reconcile->wanted, link) != 0;
}

/* A port that somebody else has is named. */
static void report_wireguard(struct reconcile *reconcile, unsigned link, struct report *report,
                             int r, const char *what)
{
    char taken[80];

    (void)snprintf(taken, sizeof(taken), "UDP port %u is taken by another program on this machine",
                   projection_port(reconcile->wanted, link));
    report_part(report, r, r == -EADDRINUSE ? taken : what);
}

static void apply_wireguard_link(struct reconcile *reconcile, unsigned link, struct report *report)
{
    uint32_t *index = &reconcile->links.wireguard[link];
    char name[LINK_NAME_MAX];

    (void)link_wireguard_name(link, name);
    if (has_link(reconcile, link)) {
        report_wireguard(reconcile, link, report,
                         apply_needed_link(reconcile, name, wanted_instance(reconcile->wanted)->mtu,
                                           report->applied, index),
                         name);
        return;
    }
    *index = 0;
    if (reconcile->told_links)
        reconcile_set_wireguard(reconcile, link, NULL);
}

/* Links that no peer has any more. One of wireguard-go's ends it. */
static int remove_links(struct reconcile *reconcile, struct verb_applied *applied)
{
    struct if_nameindex *links = if_nameindex();
    int result = links ? 0 : -errno;

    for (size_t i = 0; links && links[i].if_name; i++) {
        const char *name = links[i].if_name;
        unsigned link;
        int r;

        if (!wireguard_number(name, &link) || link == 0 || has_link(reconcile, link))
            continue;
        r = link_remove(reconcile->netlink, LINK_HERE, name);
        applied->writes += r == 0;
        applied->removed += r == 0;
        if (result == 0 && r != -ENODEV)
            result = r;
    }
    if (links)
        if_freenameindex(links);
    return result;
}

/* They come with OpenVPN's processes, and go. */
static int apply_openvpn_link(struct reconcile *reconcile, unsigned server,
                              struct verb_applied *applied)
{
    const struct verb_instance *instance = wanted_instance(reconcile->wanted);
    uint32_t *index = &reconcile->links.openvpn[server];
    int r;

    *index = 0;
    if (!instance->openvpn_ports[server])
        return 0;
    r = apply_link(reconcile, openvpn_server_link(server), instance->mtu, applied, index);
    if (r == -ENODEV)
        applied->openvpn_missing[server / 8] |= (uint8_t)(1 << server % 8);
    return r == -ENODEV ? 0 : r;
}

static const struct sysctl_row {
    const char *name;
    int value;
} sysctl_rows[] = {
    {"ipv4/ip_forward", 1},
    {"ipv6/conf/all/forwarding", 1},
    /* The rules are stricter. A server's client may come from a network that is unreachable here.
     */
    {"ipv4/conf/all/rp_filter", 0},
    {"ipv4/conf/all/send_redirects", 0},
    /* The resolver has no capability. As warrend sets it: else each would mend the other's. */
    {"ipv4/ip_unprivileged_port_start", 53},
};
/* Of links that may be missing. */
static const struct sysctl_row link_sysctl_rows[] = {
    {"ipv4/conf/wg0/send_redirects", 0}, /* two peers of one link are no neighbours */
    {"ipv4/conf/ovpn0/send_redirects", 0}, {"ipv4/conf/ovpn1/send_redirects", 0},
    {"ipv4/conf/ovpn2/send_redirects", 0}, {"ipv4/conf/wg0/rp_filter", 0},
    {"ipv4/conf/ovpn0/rp_filter", 0},      {"ipv4/conf/ovpn1/rp_filter", 0},
    {"ipv4/conf/ovpn2/rp_filter", 0},      {"ipv4/conf/up0/rp_filter", 0},
    {"ipv6/conf/up0/accept_ra", 0},
};

static int want_link_sysctl(const char *link, uint32_t *ret_writes)
{
    static const char *const settings[] = {"send_redirects", "rp_filter"};
    int result = 0;

    for (size_t i = 0; i < ELEMENTS(settings); i++) {
        char name[64];
        int r;

        (void)snprintf(name, sizeof(name), "ipv4/conf/%s/%s", link, settings[i]);
        r = sysctl_want(name, 0, ret_writes);
        if (result == 0 && r != -ENOENT)
            result = r;
    }
    return result;
}

/* Of the devices beside link 0's. */
static int want_link_sysctls(const struct reconcile *reconcile, uint32_t *ret_writes)
{
    const struct projection_links *links = &reconcile->links;
    char name[LINK_NAME_MAX];
    int r = 0;

    for (unsigned link = 1; link < LINK_COUNT && r == 0; link++)
        if (links->wireguard[link])
            r = want_link_sysctl(link_wireguard_name(link, name), ret_writes);
    for (unsigned server = OPENVPN_SERVER_COUNT; server < OPENVPN_NUMBER_COUNT && r == 0; server++)
        if (links->openvpn[server])
            r = want_link_sysctl(openvpn_server_link(server), ret_writes);
    return r;
}

static int apply_sysctls(const struct reconcile *reconcile, struct verb_applied *applied)
{
    uint32_t writes = 0;
    int result = 0;

    for (size_t i = 0; i < ELEMENTS(sysctl_rows); i++) {
        int r = sysctl_want(sysctl_rows[i].name, sysctl_rows[i].value, &writes);

        if (result == 0)
            result = r;
    }
    for (size_t i = 0; i < ELEMENTS(link_sysctl_rows); i++) {
        int r = sysctl_want(link_sysctl_rows[i].name, link_sysctl_rows[i].value, &writes);

        if (result == 0 && r != -ENOENT)
            result = r;
    }
    if (result == 0)
        result = want_link_sysctls(reconcile, &writes);
    applied->changed += writes;
    applied->writes += writes;
    return result;
}

static int apply_addresses(struct reconcile *reconcile, struct verb_applied *applied)
{
    _cleanup_interface_addresses_ struct interface_addresses wanted = {0};
    _cleanup_interface_addresses_ struct interface_addresses observed = {0};
    uint32_t indexes[1 + LINK_COUNT + OPENVPN_NUMBER_COUNT] = {reconcile->links.up0};
    uint32_t writes = 0;
    int r;

    memcpy(&indexes[1], reconcile->links.wireguard, sizeof(reconcile->links.wireguard));
    memcpy(&indexes[1 + LINK_COUNT], reconcile->links.openvpn, sizeof(reconcile->links.openvpn));
    projection_addresses(reconcile->wanted, &reconcile->links, &wanted);
    r = interface_addresses_read(reconcile->netlink, &observed);
    if (r == 0)
        r = interface_addresses_apply(reconcile->netlink, &wanted, &observed, indexes,
                                      ELEMENTS(indexes), &writes);
    applied->changed += writes;
    applied->writes += writes;
    return r;
}

static void apply_links(struct reconcile *reconcile, struct report *report)
{
    struct verb_applied *applied = report->applied;
    uint32_t loopback;

    report_part(report, apply_needed_link(reconcile, "lo", 0, applied, &loopback), "lo");
    for (unsigned link = 0; link < LINK_COUNT; link++)
        apply_wireguard_link(reconcile, link, report);
    if (reconcile->told_links)
        report_part(report, remove_links(reconcile, applied), "links of nobody");
    reconcile->told_links = false;
    report_part(report, apply_needed_link(reconcile, "up0", 0, applied, &reconcile->links.up0),
                "up0");
    for (unsigned server = 0; server < OPENVPN_NUMBER_COUNT; server++)
        report_part(report, apply_openvpn_link(reconcile, server, applied),
                    openvpn_server_link(server));
    report_part(report, apply_addresses(reconcile, applied), "addresses");
}

/* ---- WireGuard ---- */

static void add_keepalive(struct wireguard_changes *changes, const struct wireguard_peer *peer)
{
    changes->items = reallocarray(changes->items, changes->count + 1, sizeof(*changes->items));
    if (!changes->items)
        abort();
    changes->items[changes->count++] =
        (struct wireguard_change){.peer = peer, .what = WIREGUARD_SET_KEEPALIVE};
    changes->size = changes->count;
}

static void begin_call(struct wanted_peer *peer, struct wireguard_peer *target,
                       struct wireguard_change *change)
{
    if (!(change->what & WIREGUARD_ADD) || target->endpoint.address.family == AF_UNSPEC ||
        target->keepalive > 0)
        return;
    target->keepalive = PROJECTION_CALL_KEEPALIVE;
    change->what |= WIREGUARD_SET_KEEPALIVE;
    peer->calling_until = clock_monotonic_us() + CALL_TIME_US;
}

/* Changes point into `state`, which is ours to write. */
static void begin_calls(struct wanted *wanted, struct wireguard_state *state,
                        struct wireguard_changes *changes)
{
    for (size_t i = 0; i < changes->count; i++) {
        struct wireguard_change *change = &changes->items[i];

        if (change->what & WIREGUARD_ADD)
            begin_call(wanted_find(wanted, &change->peer->public_key),
                       &state->peers[change->peer - state->peers], change);
    }
}

/* The kernel forgets every session of a link that goes down, and the devices go on with theirs
 * until their own timers tell them, after 15 s. It still knows where they are. */
static void call_again(struct wanted *wanted, struct wireguard_state *state,
                       const struct wireguard_state *observed, struct wireguard_changes *changes)
{
    for (size_t i = 0; i < state->peer_count; i++) {
        struct wireguard_peer *peer = &state->peers[i];
        const struct wireguard_peer *there = wireguard_state_find(observed, &peer->public_key);

        if (there && there->endpoint.address.family != AF_UNSPEC && there->keepalive == 0 &&
            peer->keepalive == 0) {
            peer->keepalive = PROJECTION_CALL_KEEPALIVE;
            wanted_find(wanted, &peer->public_key)->calling_until =
                clock_monotonic_us() + CALL_TIME_US;
            add_keepalive(changes, peer);
        }
    }
}

struct failures {
    struct reconcile *reconcile;
    uint32_t count;
};

static void peer_refused(const struct key *public_key, int error, void *data)
{
    struct failures *failures = data;

    failures->count++;
    failures->reconcile->failed(public_key, error, failures->reconcile->data);
}

static void count_changes(const struct wireguard_changes *changes, struct verb_applied *applied)
{
    uint32_t device = (uint32_t)changes->set_private_key + changes->set_listen_port;

    applied->writes += (uint32_t)changes->count + device;
    applied->changed += device;
    for (size_t i = 0; i < changes->count; i++) {
        if (changes->items[i].what & WIREGUARD_REMOVE)
            applied->removed++;
        else if (changes->items[i].what & WIREGUARD_ADD)
            applied->added++;
        else
            applied->changed++;
    }
}

static int apply_wireguard(struct reconcile *reconcile, unsigned link, struct verb_applied *applied)
{
    _cleanup_wireguard_state_ struct wireguard_state wanted = {0};
    _cleanup_wireguard_state_ struct wireguard_state observed = {0};
    _cleanup_(wireguard_changes_done) struct wireguard_changes changes = {0};
    struct failures failures = {.reconcile = reconcile};
    int64_t now = clock_milliseconds();
    size_t position = 0;
    const struct wanted_peer *peer;
    int r;

    if (!reconcile->wireguard[link])
        return -ENODEV;
    r = wireguard_read(reconcile->wireguard[link], &observed);
    if (r < 0)
        return r;
    projection_device(reconcile->wanted, link, &wanted);
    while ((peer = wanted_next(reconcile->wanted, &position)))
        if (wanted_peer_is_live(peer, now))
            projection_peer_device(reconcile->wanted, peer, peer, link, &wanted);
    wireguard_state_sort(&wanted);
    wireguard_diff(&wanted, &observed, &changes);
    begin_calls(reconcile->wanted, &wanted, &changes);
    if (reconcile->was_down & UINT64_C(1) << link)
        call_again(reconcile->wanted, &wanted, &observed, &changes);
    reconcile->was_down &= ~(UINT64_C(1) << link);
    count_changes(&changes, applied);
    r = wireguard_write(reconcile->wireguard[link], &wanted, &changes, peer_refused, &failures);
    applied->failed += failures.count;
    /* Peers that were refused are told one by one; the rest stands. */
    return failures.count > 0 && r != -EPIPE && r != -ENODEV ? 0 : r;
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

static int apply_firewall(struct reconcile *reconcile, struct verb_applied *applied)
{
    _cleanup_nft_elements_ struct nft_elements elements = {0};
    _cleanup_buf_ struct buf text = {0};
    _cleanup_buf_ struct buf translation = {0};
    struct firewall_rules rules = {.base = &text, .translation = &translation};
    int64_t now = clock_milliseconds();
    size_t position = 0;
    size_t overlapping;
    const struct wanted_peer *peer;

    projection_base(reconcile->wanted, &text);
    projection_translation(reconcile->wanted, &translation);
    firewall_want_rules(reconcile->firewall, wanted_rules(reconcile->wanted),
                        wanted_instance(reconcile->wanted)->flags & INSTANCE_DENY);
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
    apply_links(reconcile, &report);
    for (unsigned link = 0; link < LINK_COUNT; link++) {
        if (!has_link(reconcile, link))
            continue;
        r = apply_wireguard(reconcile, link, applied);
        if (r == -EPIPE || r == -ENODEV) {
            r = -ENODEV;
            applied->link_missing = 1;
        }
        report_wireguard(reconcile, link, &report, r, "WireGuard");
    }
    report_part(&report, apply_routes(reconcile, applied), "routes");
    report_part(&report, apply_policy(reconcile, applied), "the way of OpenVPN's own packets");
    /* Last: whoever the rules let in is there. What they no longer let in goes at the same time
     * from everywhere, and without its route a packet does not get far. */
    r = apply_firewall(reconcile, applied);
    report_part(&report, r, "rules");
    /* Nothing is forwarded before they stand. */
    if (r == 0)
        report_part(&report, apply_sysctls(reconcile, applied), "settings of the namespace");
    /* The states of thousands of peers are gone; so should be their memory. */
    malloc_trim(0);
}

/* ---- one peer ---- */

struct peer_change {
    const struct wanted_peer *before; /* what the kernel has; NULL = nothing */
    const struct wanted_peer *after;  /* what it shall have; NULL = nothing, expired */
    const struct wanted_peer *holder; /* of its prefixes, unless another peer took them */
};

static int peer_device(struct reconcile *reconcile, unsigned link, const struct peer_change *change)
{
    _cleanup_wireguard_state_ struct wireguard_state wanted = {0};
    _cleanup_wireguard_state_ struct wireguard_state observed = {0};
    _cleanup_(wireguard_changes_done) struct wireguard_changes changes = {0};
    int r;

    projection_device(reconcile->wanted, link, &wanted);
    projection_device(reconcile->wanted, link, &observed);
    if (change->before)
        projection_peer_device(reconcile->wanted, change->before, change->holder, link, &observed);
    if (change->after)
        projection_peer_device(reconcile->wanted, change->after, change->holder, link, &wanted);
    wireguard_state_sort(&wanted);
    wireguard_state_sort(&observed);
    wireguard_diff(&wanted, &observed, &changes);
    begin_calls(reconcile->wanted, &wanted, &changes);
    if (!reconcile->wireguard[link])
        return -ENODEV;
    r = wireguard_write(reconcile->wireguard[link], &wanted, &changes, NULL, NULL);
    return r == -EPIPE ? -ENODEV : r;
}

static const struct wanted_peer *of_wireguard(const struct wanted_peer *peer)
{
    return peer && wanted_peer_is_wireguard(peer) ? peer : NULL;
}

static int peer_wireguard(struct reconcile *reconcile, const struct peer_change *change)
{
    const struct wanted_peer *before = of_wireguard(change->before);
    const struct wanted_peer *after = of_wireguard(change->after);
    int r = 0;

    /* A link that is no longer wanted goes with all that is in its device. */
    if (before && (!after || after->link != before->link) && has_link(reconcile, before->link))
        r = peer_device(reconcile, before->link, change);
    if (after && r == 0)
        r = peer_device(reconcile, after->link, change);
    return r;
}

/* OpenVPN's link may be newer than the last look. */
static bool find_peer_link(struct reconcile *reconcile, const struct wanted_peer *peer)
{
    struct verb_applied applied = {0};

    if (!peer)
        return true;
    if (!wanted_peer_is_wireguard(peer)) {
        if (peer->server >= OPENVPN_NUMBER_COUNT)
            return true;
        if (!projection_peer_link(peer, &reconcile->links) &&
            apply_openvpn_link(reconcile, peer->server, &applied) == 0)
            (void)apply_addresses(reconcile, &applied);
    }
    return projection_peer_link(peer, &reconcile->links) != 0;
}

static int peer_routes(struct reconcile *reconcile, const struct peer_change *change)
{
    _cleanup_routes_ struct routes wanted = {0};
    _cleanup_routes_ struct routes observed = {0};
    _cleanup_route_changes_ struct route_changes changes = {0};

    if (!find_peer_link(reconcile, change->after))
        return -ENODEV;
    if (change->before)
        projection_peer_routes(reconcile->wanted, change->before, change->holder, &reconcile->links,
                               &observed);
    if (change->after)
        projection_peer_routes(reconcile->wanted, change->after, change->holder, &reconcile->links,
                               &wanted);
    routes_sort(&wanted);
    routes_sort(&observed);
    routes_diff(&wanted, &observed, &changes);
    return routes_write(reconcile->netlink, &changes);
}

static bool is_mapped(const struct wanted_peer *peer)
{
    return peer && peer->mapped_count > 0;
}

static int peer_translation(struct reconcile *reconcile, const struct peer_change *change,
                            bool *ret_disturbed)
{
    _cleanup_buf_ struct buf translation = {0};

    if (!is_mapped(change->before) && !is_mapped(change->holder))
        return 0;
    projection_translation(reconcile->wanted, &translation);
    return firewall_translate(reconcile->firewall, &translation, ret_disturbed);
}

static int peer_rules(struct reconcile *reconcile, const struct peer_change *change,
                      bool *ret_disturbed)
{
    _cleanup_nft_elements_ struct nft_elements wanted = {0};
    _cleanup_nft_elements_ struct nft_elements observed = {0};
    _cleanup_nft_changes_ struct nft_changes changes = {0};
    bool translated_disturbed = false;
    int r;

    /* What expired is gone from the kernel's sets by itself. */
    if (change->before && wanted_peer_is_live(change->before, clock_milliseconds()))
        projection_peer_elements(reconcile->wanted, change->before, change->holder, &observed);
    if (change->after)
        projection_peer_elements(reconcile->wanted, change->after, change->holder, &wanted);
    nft_elements_sort(&wanted);
    nft_elements_sort(&observed);
    nft_elements_diff(&wanted, &observed, 0, &changes);
    r = peer_translation(reconcile, change, &translated_disturbed);
    if (r == 0)
        r = firewall_change(reconcile->firewall, &changes, ret_disturbed);
    *ret_disturbed |= translated_disturbed;
    return r;
}

/* An element that the kernel let expire between, or that somebody took away: look, and do the
 * rest. */
static int mend_rules(struct reconcile *reconcile)
{
    struct verb_applied applied = {0};

    return apply_firewall(reconcile, &applied);
}

int reconcile_peer(struct reconcile *reconcile, const struct wanted_peer *before,
                   struct wanted_peer *after, bool *ret_look, const char **ret_tried)
{
    bool is_live = after && wanted_peer_is_live(after, clock_milliseconds());
    struct peer_change change = {
        .before = before, .after = is_live ? after : NULL, .holder = after ? after : before};
    bool disturbed = false;
    int result;
    int r;

    if (before && after)
        after->calling_until = before->calling_until;
    *ret_tried = "WireGuard peer";
    result = peer_wireguard(reconcile, &change);
    r = peer_routes(reconcile, &change);
    if (r < 0 && result == 0) {
        *ret_tried = "routes";
        result = r;
    }
    r = peer_rules(reconcile, &change, &disturbed);
    if (r < 0)
        r = mend_rules(reconcile);
    if (r < 0 && result == 0) {
        *ret_tried = "rules";
        result = r;
    }
    *ret_look = disturbed || result < 0;
    return result;
}

/* ---- rules of the firewall ---- */

struct rule_table *reconcile_rule_table(struct reconcile *reconcile)
{
    return firewall_rules(reconcile->firewall);
}

int reconcile_rules(struct reconcile *reconcile, struct rule *removed, bool *ret_look)
{
    bool disturbed = false;
    int r = rule_table_change(firewall_rules(reconcile->firewall), removed, &disturbed);

    rule_free(removed);
    if (r < 0) {
        log_debug("rules not written: %s, looking at all", strerror(-r));
        firewall_forget(reconcile->firewall);
        r = mend_rules(reconcile);
    }
    if (disturbed)
        firewall_forget(reconcile->firewall);
    *ret_look = disturbed || r < 0;
    return r;
}

/* ---- calls ---- */

static bool is_over(const struct wanted_peer *peer, uint64_t now)
{
    return peer->calling_until != 0 && peer->calling_until <= now;
}

static void end_calls_of(struct reconcile *reconcile, unsigned link, uint64_t now)
{
    _cleanup_wireguard_state_ struct wireguard_state state = {0};
    _cleanup_(wireguard_changes_done) struct wireguard_changes changes = {0};
    size_t position = 0;
    struct wanted_peer *peer;
    int r;

    while ((peer = wanted_next(reconcile->wanted, &position))) {
        if (peer->link != link || !is_over(peer, now))
            continue;
        peer->calling_until = 0;
        if (wanted_peer_is_live(peer, clock_milliseconds()))
            projection_peer_device(reconcile->wanted, peer, peer, link, &state);
    }
    if (state.peer_count == 0 || !reconcile->wireguard[link])
        return;
    projection_device(reconcile->wanted, link, &state);
    for (size_t i = 0; i < state.peer_count; i++)
        add_keepalive(&changes, &state.peers[i]);
    r = wireguard_write(reconcile->wireguard[link], &state, &changes, NULL, NULL);
    if (r < 0)
        log_warning("keepalive not taken back: %s, ignoring until the next resync", strerror(-r));
}

void reconcile_end_calls(struct reconcile *reconcile, uint64_t *ret_next)
{
    uint64_t now = clock_monotonic_us();
    uint64_t links = 0;
    size_t position = 0;
    const struct wanted_peer *peer;

    *ret_next = 0;
    while (reconcile->wanted && (peer = wanted_next(reconcile->wanted, &position))) {
        if (peer->calling_until > now && (*ret_next == 0 || peer->calling_until < *ret_next))
            *ret_next = peer->calling_until;
        if (is_over(peer, now))
            links |= UINT64_C(1) << peer->link;
    }
    for (unsigned link = 0; link < LINK_COUNT; link++)
        if (links & UINT64_C(1) << link)
            end_calls_of(reconcile, link, now);
}
