/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Links: they are there and up, with their MTU and addresses; those of nobody go. */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "tunnel/link.h"
#include "tunnel/reconcile_parts.h"

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

bool reconcile_has_link(const struct reconcile *reconcile, unsigned link)
{
    return projection_port(reconcile->wanted, link) != 0;
}

void reconcile_report_wireguard(struct reconcile *reconcile, unsigned link, struct report *report,
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
    uint32_t before = *index;
    char name[LINK_NAME_MAX];

    (void)link_wireguard_name(link, name);
    if (reconcile_has_link(reconcile, link)) {
        reconcile_report_wireguard(reconcile, link, report,
                                   apply_needed_link(reconcile, name,
                                                     wanted_instance(reconcile->wanted)->mtu,
                                                     report->applied, index),
                                   name);
        /* The rules of its own hooks went with the one before. */
        if (*index != before)
            firewall_forget(reconcile->firewall);
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

        if (!wireguard_number(name, &link) || link == 0 || reconcile_has_link(reconcile, link))
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

int reconcile_openvpn_link(struct reconcile *reconcile, unsigned server,
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

int reconcile_addresses(struct reconcile *reconcile, struct verb_applied *applied)
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

void reconcile_links(struct reconcile *reconcile, struct report *report)
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
        report_part(report, reconcile_openvpn_link(reconcile, server, applied),
                    openvpn_server_link(server));
    report_part(report, reconcile_addresses(reconcile, applied), "addresses");
}
