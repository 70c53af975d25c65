/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tunnel/interface_address.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <stdlib.h>

void interface_addresses_done(struct interface_addresses *addresses)
{
    free(addresses->items);
    *addresses = (struct interface_addresses){0};
}

void interface_addresses_add(struct interface_addresses *addresses, uint32_t index,
                             const struct prefix *prefix)
{
    if (addresses->count == addresses->size) {
        addresses->size = addresses->size ? addresses->size * 2 : 8;
        addresses->items =
            reallocarray(addresses->items, addresses->size, sizeof(*addresses->items));
        if (!addresses->items)
            abort();
    }
    addresses->items[addresses->count++] =
        (struct interface_address){.index = index, .prefix = *prefix};
}

static bool is_link_local6(const struct address *address)
{
    return address->family == AF_INET6 && address->bytes[0] == 0xfe &&
           (address->bytes[1] & 0xc0) == 0x80;
}

static int parse_address(const struct nlmsghdr *message, void *data)
{
    const struct ifaddrmsg *family = mnl_nlmsg_get_payload(message);
    struct interface_addresses *addresses = data;
    struct prefix prefix = {.length = family->ifa_prefixlen};
    bool local = false;
    const struct nlattr *attribute;

    if (family->ifa_family != AF_INET && family->ifa_family != AF_INET6)
        return 0;
    mnl_attr_for_each(attribute, message, sizeof(*family))
    {
        uint16_t type = mnl_attr_get_type(attribute);
        int r = 0;

        /* IFA_LOCAL is the link's own where both are told. */
        if (type == IFA_LOCAL) {
            r = netlink_get_address(attribute, family->ifa_family, &prefix.address);
            local = true;
        } else if (type == IFA_ADDRESS && !local) {
            r = netlink_get_address(attribute, family->ifa_family, &prefix.address);
        }
        if (r < 0)
            return r;
    }
    if (prefix.address.family != AF_UNSPEC && !is_link_local6(&prefix.address))
        interface_addresses_add(addresses, family->ifa_index, &prefix);
    return 0;
}

static void forget_addresses(void *data)
{
    interface_addresses_done(data);
}

int interface_addresses_read(struct netlink *netlink, struct interface_addresses *ret_addresses)
{
    uint8_t space[NETLINK_REQUEST_MAX];
    struct ifaddrmsg family = {.ifa_family = AF_UNSPEC};

    return netlink_dump(netlink, netlink_request(space, RTM_GETADDR, 0, &family, sizeof(family)),
                        parse_address, forget_addresses, ret_addresses);
}

static bool contains(const struct interface_addresses *addresses,
                     const struct interface_address *address)
{
    for (size_t i = 0; i < addresses->count; i++)
        if (addresses->items[i].index == address->index &&
            prefix_equal(&addresses->items[i].prefix, &address->prefix))
            return true;
    return false;
}

static int talk_address(struct netlink *netlink, uint16_t type, uint16_t flags,
                        const struct interface_address *address)
{
    uint8_t space[NETLINK_REQUEST_MAX];
    struct ifaddrmsg family = {
        .ifa_family = address->prefix.address.family,
        .ifa_prefixlen = address->prefix.length,
        .ifa_index = address->index,
    };
    struct nlmsghdr *request = netlink_request(space, type, flags, &family, sizeof(family));

    netlink_put_address(request, IFA_LOCAL, &address->prefix.address);
    netlink_put_address(request, IFA_ADDRESS, &address->prefix.address);
    /* Nobody else can have it: waiting for duplicate detection would only lose packets. */
    if (family.ifa_family == AF_INET6)
        mnl_attr_put_u32(request, IFA_FLAGS, IFA_F_NODAD);
    return netlink_talk(netlink, request, NULL, NULL);
}

static bool is_ours(uint32_t index, const uint32_t *indexes, size_t index_count)
{
    for (size_t i = 0; i < index_count; i++)
        if (indexes[i] == index)
            return true;
    return false;
}

int interface_addresses_apply(struct netlink *netlink, const struct interface_addresses *wanted,
                              const struct interface_addresses *observed, const uint32_t *indexes,
                              size_t index_count, uint32_t *ret_writes)
{
    int result = 0;

    for (size_t i = 0; i < observed->count; i++) {
        const struct interface_address *address = &observed->items[i];
        int r;

        if (!is_ours(address->index, indexes, index_count) || contains(wanted, address))
            continue;
        r = talk_address(netlink, RTM_DELADDR, 0, address);
        (*ret_writes)++;
        if (r < 0 && r != -EADDRNOTAVAIL && result == 0)
            result = r;
    }
    for (size_t i = 0; i < wanted->count; i++) {
        int r;

        if (contains(observed, &wanted->items[i]))
            continue;
        r = talk_address(netlink, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, &wanted->items[i]);
        (*ret_writes)++;
        if (r < 0 && result == 0)
            result = r;
    }
    return result;
}
