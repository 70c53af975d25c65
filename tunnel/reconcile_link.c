/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Links: they are there and up, with their MTU and addresses; those of nobody go. */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "tunnel/link.h"
#include "tunnel/reconcile_parts.h"

/* Up without a port, the kernel's link would take any, perhaps one that is another link's. */
static int give_port(struct reconcile *reconcile, unsigned link)
{
    _cleanup_wireguard_state_ struct wireguard_state wanted = {0};
    struct wireguard_changes changes = {.set_listen_port = true};

    if (!reconcile_wireguard(reconcile, link))
        return 0;
    projection_device(reconcile->wanted, link, &wanted);
    return wireguard_write(reconcile_wireguard(reconcile, link), &wanted, &changes, NULL, NULL);
}

static int before_up(struct reconcile *reconcile, const char *name)
{
    unsigned link;

    if (!link_wireguard_parse(name, &link))
        return 0;
    link_set_add(&reconcile->was_down, link);
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

static int apply_wireguard_link(struct reconcile *reconcile, unsigned link,
                                struct verb_applied *applied)
{
    uint32_t mtu = wanted_instance(reconcile->wanted)->mtu;
    uint32_t before = link_indexes_get(&reconcile->links.wireguard, link);
    uint32_t index = 0;
    char name[LINK_NAME_MAX];
    int r = 0;

    if (reconcile_has_link(reconcile, link)) {
        r = apply_needed_link(reconcile, link_wireguard_name(link, name), mtu, applied, &index);
        /* The rules of its own hooks went with the one before. */
        if (index != before)
            firewall_forget(reconcile->firewall);
    } else if (reconcile->told_links) {
        reconcile_set_wireguard(reconcile, link, NULL);
    }
    link_indexes_set(&reconcile->links.wireguard, link, index);
    return r;
}

static void report_wireguard_link(struct reconcile *reconcile, unsigned link, struct report *report,
                                  int r)
{
    char name[LINK_NAME_MAX];

    reconcile_report_wireguard(reconcile, link, report, r, link_wireguard_name(link, name));
}

/* All that is wanted or was. A new wireguard-go has any port until it is told its own: it may be
 * one of another, who is tried once more when all were told. */
static void apply_wireguard_links(struct reconcile *reconcile, struct report *report)
{
    size_t count = projection_link_count(reconcile->wanted);
    struct link_set again = {0};

    if (count < reconcile->links.wireguard.count)
        count = reconcile->links.wireguard.count;
    if (count < reconcile->wireguard_count)
        count = reconcile->wireguard_count;
    for (unsigned link = 0; link < count; link++) {
        int r = apply_wireguard_link(reconcile, link, report->applied);

        if (r == -EADDRINUSE)
            link_set_add(&again, link);
        else
            report_wireguard_link(reconcile, link, report, r);
    }
    for (unsigned link = link_set_next(&again, 0); link < LINK_COUNT;
         link = link_set_next(&again, link + 1))
        report_wireguard_link(reconcile, link, report,
                              apply_wireguard_link(reconcile, link, report->applied));
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

        if (!link_wireguard_parse(name, &link) || link == 0 || reconcile_has_link(reconcile, link))
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
    uint32_t index = 0;
    int r = 0;

    if (port_span_get(verb_instance_openvpn(instance), server))
        r = apply_link(reconcile, openvpn_server_link(server), instance->mtu, applied, &index);
    link_indexes_set(&reconcile->links.openvpn, server, index);
    if (r == -ENODEV)
        applied->openvpn_missing[server / 8] |= (uint8_t)(1 << server % 8);
    return r == -ENODEV ? 0 : r;
}

static void apply_openvpn_links(struct reconcile *reconcile, struct report *report)
{
    size_t count = verb_instance_openvpn(wanted_instance(reconcile->wanted)).count;

    if (count < reconcile->links.openvpn.count)
        count = reconcile->links.openvpn.count;
    for (unsigned server = 0; server < count; server++)
        report_part(report, reconcile_openvpn_link(reconcile, server, report->applied),
                    openvpn_server_link(server));
}

int reconcile_addresses(struct reconcile *reconcile, struct verb_applied *applied)
{
    _cleanup_interface_addresses_ struct interface_addresses wanted = {0};
    _cleanup_interface_addresses_ struct interface_addresses observed = {0};
    const struct link_indexes *wireguard = &reconcile->links.wireguard;
    const struct link_indexes *openvpn = &reconcile->links.openvpn;
    size_t count = 1 + wireguard->count + openvpn->count;
    uint32_t *indexes = memory_zero(count * sizeof(*indexes));
    uint32_t writes = 0;
    int r;

    indexes[0] = reconcile->links.up0;
    for (size_t i = 0; i < wireguard->count; i++)
        indexes[1 + i] = wireguard->items[i];
    for (size_t i = 0; i < openvpn->count; i++)
        indexes[1 + wireguard->count + i] = openvpn->items[i];
    projection_addresses(reconcile->wanted, &reconcile->links, &wanted);
    r = interface_addresses_read(reconcile->netlink, &observed);
    if (r == 0)
        r = interface_addresses_apply(reconcile->netlink, &wanted, &observed, indexes, count,
                                      &writes);
    free(indexes);
    applied->changed += writes;
    applied->writes += writes;
    return r;
}

void reconcile_links(struct reconcile *reconcile, struct report *report)
{
    struct verb_applied *applied = report->applied;
    uint32_t loopback;

    report_part(report, apply_needed_link(reconcile, "lo", 0, applied, &loopback), "lo");
    apply_wireguard_links(reconcile, report);
    if (reconcile->told_links)
        report_part(report, remove_links(reconcile, applied), "links of nobody");
    reconcile->told_links = false;
    report_part(report, apply_needed_link(reconcile, "up0", 0, applied, &reconcile->links.up0),
                "up0");
    apply_openvpn_links(reconcile, report);
    report_part(report, reconcile_addresses(reconcile, applied), "addresses");
}
