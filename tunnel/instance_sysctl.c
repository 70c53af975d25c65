/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tunnel/instance_sysctl.h"

#include <errno.h>
#include <stdio.h>

#include "hub/base/cleanup.h"
#include "tunnel/link.h"
#include "tunnel/sysctl.h"

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
static int want_link_sysctls(const struct projection_links *links, uint32_t *ret_writes)
{
    char name[LINK_NAME_MAX];
    int r = 0;

    for (unsigned link = 1; link < links->wireguard.count && r == 0; link++)
        if (links->wireguard.items[link])
            r = want_link_sysctl(link_wireguard_name(link, name), ret_writes);
    for (unsigned server = OPENVPN_SERVER_COUNT; server < links->openvpn.count && r == 0; server++)
        if (links->openvpn.items[server])
            r = want_link_sysctl(openvpn_server_link(server), ret_writes);
    return r;
}

int instance_sysctl_apply(const struct projection_links *links, struct verb_applied *applied)
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
        result = want_link_sysctls(links, &writes);
    applied->changed += writes;
    applied->writes += writes;
    return result;
}
