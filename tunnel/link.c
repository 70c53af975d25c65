/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tunnel/link.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <string.h>

static int parse_netns_number(const struct nlmsghdr *message, void *data)
{
    const struct nlattr *attribute;

    mnl_attr_for_each(attribute, message,
                      sizeof(struct rtgenmsg)) if (mnl_attr_get_type(attribute) == NETNSA_NSID) *
        (int32_t *)data = (int32_t)mnl_attr_get_u32(attribute);
    return 0;
}

static int get_netns_number(struct netlink *netlink, int netns_fd, int32_t *ret_number)
{
    uint8_t space[NETLINK_REQUEST_MAX];
    struct rtgenmsg family = {.rtgen_family = AF_UNSPEC};
    struct nlmsghdr *request = netlink_request(space, RTM_GETNSID, 0, &family, sizeof(family));

    *ret_number = -1;
    mnl_attr_put_u32(request, NETNSA_FD, (uint32_t)netns_fd);
    return netlink_talk(netlink, request, parse_netns_number, ret_number);
}

int link_netns_number(struct netlink *netlink, int netns_fd, int32_t *ret_number)
{
    uint8_t space[NETLINK_REQUEST_MAX];
    struct rtgenmsg family = {.rtgen_family = AF_UNSPEC};
    struct nlmsghdr *request;
    int r;

    r = get_netns_number(netlink, netns_fd, ret_number);
    if (r < 0 || *ret_number >= 0)
        return r;
    request = netlink_request(space, RTM_NEWNSID, 0, &family, sizeof(family));
    mnl_attr_put_u32(request, NETNSA_FD, (uint32_t)netns_fd);
    mnl_attr_put_u32(request, NETNSA_NSID, (uint32_t)-1);
    r = netlink_talk(netlink, request, NULL, NULL);
    if (r < 0 && r != -EEXIST)
        return r;
    r = get_netns_number(netlink, netns_fd, ret_number);
    return r < 0 ? r : *ret_number < 0 ? -ENOENT : 0;
}

static void parse_kind(const struct nlattr *nest, struct link_info *info)
{
    const struct nlattr *attribute;

    mnl_attr_for_each_nested(attribute,
                             nest) if (mnl_attr_get_type(attribute) == IFLA_INFO_KIND &&
                                       mnl_attr_get_payload_len(attribute) <= sizeof(info->kind))
        strncpy(info->kind, mnl_attr_get_str(attribute), sizeof(info->kind) - 1);
}

static int parse_link(const struct nlmsghdr *message, void *data)
{
    const struct ifinfomsg *link = mnl_nlmsg_get_payload(message);
    struct link_info *info = data;
    const struct nlattr *attribute;

    *info = (struct link_info){
        .index = (uint32_t)link->ifi_index,
        .up = link->ifi_flags & IFF_UP,
        .peer_netns = -1,
    };
    mnl_attr_for_each(attribute, message, sizeof(*link))
    {
        uint16_t type = mnl_attr_get_type(attribute);

        if (type == IFLA_MTU)
            info->mtu = mnl_attr_get_u32(attribute);
        else if (type == IFLA_LINKINFO)
            parse_kind(attribute, info);
        else if (type == IFLA_LINK_NETNSID)
            info->peer_netns = (int32_t)mnl_attr_get_u32(attribute);
    }
    return 0;
}

static struct nlmsghdr *named_request(void *space, uint16_t type, uint16_t flags, int32_t netns,
                                      const char *name)
{
    struct ifinfomsg family = {.ifi_family = AF_UNSPEC};
    struct nlmsghdr *request = netlink_request(space, type, flags, &family, sizeof(family));

    if (netns != LINK_HERE)
        mnl_attr_put_u32(request, IFLA_TARGET_NETNSID, (uint32_t)netns);
    mnl_attr_put_strz(request, IFLA_IFNAME, name);
    return request;
}

int link_get(struct netlink *netlink, int32_t netns, const char *name, struct link_info *ret_info)
{
    uint8_t space[NETLINK_REQUEST_MAX];
    struct link_info info = {0};
    int r;

    r = netlink_talk(netlink, named_request(space, RTM_GETLINK, 0, netns, name), parse_link, &info);
    if (r == 0)
        *ret_info = info;
    return r;
}

int link_remove(struct netlink *netlink, int32_t netns, const char *name)
{
    uint8_t space[NETLINK_REQUEST_MAX];

    return netlink_talk(netlink, named_request(space, RTM_DELLINK, 0, netns, name), NULL, NULL);
}

int link_set_up(struct netlink *netlink, uint32_t index)
{
    uint8_t space[NETLINK_REQUEST_MAX];
    struct ifinfomsg family = {.ifi_index = (int)index, .ifi_flags = IFF_UP, .ifi_change = IFF_UP};

    return netlink_talk(netlink, netlink_request(space, RTM_NEWLINK, 0, &family, sizeof(family)),
                        NULL, NULL);
}

int link_set_mtu(struct netlink *netlink, uint32_t index, uint32_t mtu)
{
    uint8_t space[NETLINK_REQUEST_MAX];
    struct ifinfomsg family = {.ifi_index = (int)index};
    struct nlmsghdr *request = netlink_request(space, RTM_NEWLINK, 0, &family, sizeof(family));

    mnl_attr_put_u32(request, IFLA_MTU, mtu);
    return netlink_talk(netlink, request, NULL, NULL);
}

int link_move(struct netlink *netlink, const char *name, int netns_fd, const char *new_name)
{
    uint8_t space[NETLINK_REQUEST_MAX];
    struct ifinfomsg family = {0};
    struct link_info info;
    struct nlmsghdr *request;
    int r;

    r = link_get(netlink, LINK_HERE, name, &info);
    if (r < 0)
        return r;
    family.ifi_index = (int)info.index;
    request = netlink_request(space, RTM_NEWLINK, 0, &family, sizeof(family));
    mnl_attr_put_u32(request, IFLA_NET_NS_FD, (uint32_t)netns_fd);
    mnl_attr_put_strz(request, IFLA_IFNAME, new_name);
    return netlink_talk(netlink, request, NULL, NULL);
}

int link_add_veth(struct netlink *netlink, const char *name, const char *peer_name, int netns_fd)
{
    uint8_t space[NETLINK_REQUEST_MAX];
    struct nlmsghdr *request =
        named_request(space, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, LINK_HERE, name);
    struct nlattr *info = mnl_attr_nest_start(request, IFLA_LINKINFO);
    struct nlattr *data;
    struct nlattr *peer;

    mnl_attr_put_str(request, IFLA_INFO_KIND, "veth");
    data = mnl_attr_nest_start(request, IFLA_INFO_DATA);
    peer = mnl_attr_nest_start(request, VETH_INFO_PEER);
    mnl_nlmsg_put_extra_header(request, sizeof(struct ifinfomsg));
    mnl_attr_put_strz(request, IFLA_IFNAME, peer_name);
    mnl_attr_put_u32(request, IFLA_NET_NS_FD, (uint32_t)netns_fd);
    mnl_attr_nest_end(request, peer);
    mnl_attr_nest_end(request, data);
    mnl_attr_nest_end(request, info);
    return netlink_talk(netlink, request, NULL, NULL);
}

static struct nlmsghdr *wireguard_request(void *space, const char *name)
{
    struct nlmsghdr *request =
        named_request(space, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, LINK_HERE, name);
    struct nlattr *info = mnl_attr_nest_start(request, IFLA_LINKINFO);

    mnl_attr_put_str(request, IFLA_INFO_KIND, "wireguard");
    mnl_attr_nest_end(request, info);
    return request;
}

int link_add_wireguard(struct netlink *netlink, const char *name, int netns_fd)
{
    uint8_t space[NETLINK_REQUEST_MAX];
    struct nlmsghdr *request = wireguard_request(space, name);

    mnl_attr_put_u32(request, IFLA_NET_NS_FD, (uint32_t)netns_fd);
    return netlink_talk(netlink, request, NULL, NULL);
}

int link_probe_wireguard(struct netlink *netlink, bool *ret_can)
{
    static const char name[] = "wr-probe";
    uint8_t space[NETLINK_REQUEST_MAX];
    int r = netlink_talk(netlink, wireguard_request(space, name), NULL, NULL);

    if (r < 0 && r != -EOPNOTSUPP && r != -EEXIST)
        return r;
    *ret_can = r != -EOPNOTSUPP;
    if (*ret_can)
        r = link_remove(netlink, LINK_HERE, name);
    return r == -EOPNOTSUPP ? 0 : r;
}
