/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tunnel/uplink.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "hub/base/cleanup.h"
#include "hub/base/log.h"
#include "tunnel/link.h"

void uplinks_done(struct uplinks *uplinks)
{
    for (size_t i = 0; i < uplinks->count; i++) {
        cleanup_close(&uplinks->items[i].netns_fd);
        port_list_done(&uplinks->items[i].openvpn_ports);
    }
    free(uplinks->items);
    *uplinks = (struct uplinks){0};
}

struct uplink *uplinks_find(const struct uplinks *uplinks, const char *id)
{
    for (size_t i = 0; i < uplinks->count; i++)
        if (text_equal(uplinks->items[i].id, id))
            return &uplinks->items[i];
    return NULL;
}

struct uplink *uplinks_get(struct uplinks *uplinks, const char *id)
{
    struct uplink *uplink = uplinks_find(uplinks, id);

    if (uplink)
        return uplink;
    if (uplinks->count == uplinks->size) {
        uplinks->size = uplinks->size ? uplinks->size * 2 : 8;
        uplinks->items = reallocarray(uplinks->items, uplinks->size, sizeof(*uplinks->items));
        if (!uplinks->items)
            abort();
    }
    uplink = &uplinks->items[uplinks->count++];
    *uplink = (struct uplink){.netns_fd = -1};
    (void)text_copy(uplink->id, sizeof(uplink->id), id);
    return uplink;
}

void uplinks_remove(struct uplinks *uplinks, const char *id)
{
    struct uplink *uplink = uplinks_find(uplinks, id);

    if (!uplink)
        return;
    cleanup_close(&uplink->netns_fd);
    port_list_done(&uplink->openvpn_ports);
    *uplink = uplinks->items[--uplinks->count];
}

int uplink_check_netns(const char *id, int netns_fd)
{
    char path[sizeof("/run/netns/wr-") + ID_MAX];
    struct stat mounted;
    struct stat given;

    (void)snprintf(path, sizeof(path), "/run/netns/wr-%s", id);
    if (stat(path, &mounted) < 0 || fstat(netns_fd, &given) < 0)
        return -errno;
    return mounted.st_dev == given.st_dev && mounted.st_ino == given.st_ino ? 0 : -EXDEV;
}

void uplink_link_name(const struct uplink *uplink, char name[static IFNAMSIZ])
{
    (void)snprintf(name, IFNAMSIZ, "wru-%s", uplink->id);
}

/* A link of another kind under the name stands in the way. */
static int clear_name(struct netlink *netlink, int32_t netns, const char *name, const char *kind,
                      bool *ret_exists)
{
    struct link_info info;
    int r = link_get(netlink, netns, name, &info);

    *ret_exists = r == 0 && text_equal(info.kind, kind);
    if (r == -ENODEV || *ret_exists)
        return 0;
    if (r < 0)
        return r;
    log_warning("a link of kind \"%s\" stands where %s belongs, taken away", info.kind, name);
    return link_remove(netlink, netns, name);
}

static int apply_link(struct netlink *netlink, const struct uplink *uplink, int32_t netns,
                      unsigned link, uint32_t *ret_writes)
{
    bool is_kernel = uplink->backend == WIREGUARD_KERNEL;
    char name[LINK_NAME_MAX], outside[LINK_NAME_MAX];
    bool exists;
    int r;

    (void)link_wireguard_name(link, name);
    r = clear_name(netlink, netns, name, is_kernel ? "wireguard" : "tun", &exists);
    if (r < 0 || exists)
        return r;
    (*ret_writes)++;
    if (is_kernel)
        return link_add_wireguard(netlink, name, uplink->netns_fd);
    return link_move(netlink, link_outside_name(uplink->id, link, outside), uplink->netns_fd, name);
}

int uplink_apply_wireguard(struct netlink *netlink, const struct uplink *uplink,
                           uint32_t *ret_writes)
{
    int32_t netns;
    int r = link_netns_number(netlink, uplink->netns_fd, &netns);

    if (r == 0)
        r = apply_link(netlink, uplink, netns, 0, ret_writes);
    for (unsigned link = link_set_next(&uplink->more, 0); link < LINK_COUNT && r == 0;
         link = link_set_next(&uplink->more, link + 1))
        r = apply_link(netlink, uplink, netns, link, ret_writes);
    return r;
}

int uplink_apply_veth(struct netlink *netlink, const struct uplink *uplink, uint32_t *ret_index,
                      uint32_t *ret_writes)
{
    char name[IFNAMSIZ];
    struct link_info info;
    int32_t netns;
    int r;

    uplink_link_name(uplink, name);
    r = link_netns_number(netlink, uplink->netns_fd, &netns);
    if (r < 0)
        return r;
    r = link_get(netlink, LINK_HERE, name, &info);
    /* Its other end is in a namespace that was, or is no veth at all. */
    if (r == 0 && (!text_equal(info.kind, "veth") || info.peer_netns != netns)) {
        (*ret_writes)++;
        r = link_remove(netlink, LINK_HERE, name);
        if (r == 0)
            r = -ENODEV;
    }
    if (r == -ENODEV) {
        (*ret_writes)++;
        r = link_add_veth(netlink, name, "up0", uplink->netns_fd);
        if (r == 0)
            r = link_get(netlink, LINK_HERE, name, &info);
    }
    if (r == 0 && !info.up) {
        (*ret_writes)++;
        r = link_set_up(netlink, info.index);
    }
    if (r == 0)
        *ret_index = info.index;
    return r;
}

int uplink_remove_veth(struct netlink *netlink, const struct uplink *uplink)
{
    char name[IFNAMSIZ];
    int r;

    uplink_link_name(uplink, name);
    r = link_remove(netlink, LINK_HERE, name);
    return r == -ENODEV ? 0 : r;
}
