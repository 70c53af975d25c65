/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One peer's difference, written without looking. */
#include <errno.h>

#include "hub/base/cleanup.h"
#include "tunnel/reconcile_parts.h"

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
            reconcile_openvpn_link(reconcile, peer->server, &applied) == 0)
            (void)reconcile_addresses(reconcile, &applied);
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
    _cleanup_nft_translations_ struct nft_translations translations = {0};

    if (!is_mapped(change->before) && !is_mapped(change->holder))
        return 0;
    projection_translations(reconcile->wanted, &reconcile->links, &translations);
    return firewall_translate(reconcile->firewall, &translations, ret_disturbed);
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
    reconcile_want_fast(reconcile);
    r = peer_translation(reconcile, change, &translated_disturbed);
    if (r == 0)
        r = firewall_change(reconcile->firewall, &changes, ret_disturbed);
    *ret_disturbed |= translated_disturbed;
    return r;
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
    result = reconcile_device_peer(reconcile, &change);
    r = peer_routes(reconcile, &change);
    if (r < 0 && result == 0) {
        *ret_tried = "routes";
        result = r;
    }
    r = peer_rules(reconcile, &change, &disturbed);
    if (r < 0)
        r = reconcile_mend_rules(reconcile);
    if (r < 0 && result == 0) {
        *ret_tried = "rules";
        result = r;
    }
    *ret_look = disturbed || result < 0;
    return result;
}
