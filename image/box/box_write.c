/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <sys/socket.h>

#include "image/box/box.h"

static bool has_family(const struct box *box, uint8_t family)
{
    for (size_t i = 0; i < box->address_count; i++) {
        if (box->addresses[i].address.family == family)
            return true;
    }
    return false;
}

/* A family without an address of its own is configured by the network. */
static const char *dhcp(const struct box *box)
{
    bool four = !has_family(box, AF_INET), six = !has_family(box, AF_INET6);

    return four && six ? "yes" : four ? "ipv4" : six ? "ipv6" : "no";
}

void box_write_network(const struct box *box, struct buf *ret_text)
{
    char text[PREFIX_TEXT_MAX];

    if (!box->interface[0] && !box->address_count && !box->name_server_count)
        return;
    buf_add_text(ret_text, "[Match]\n");
    if (box->interface[0])
        buf_printf(ret_text, "Name=%s\n", box->interface);
    else
        buf_add_text(ret_text, "Type=ether\nKind=!*\n");
    buf_printf(ret_text, "\n[Network]\nDHCP=%s\nIPv6AcceptRA=%s\nLLMNR=no\nMulticastDNS=no\n",
               dhcp(box), has_family(box, AF_INET6) ? "no" : "yes");
    for (size_t i = 0; i < box->address_count; i++)
        buf_printf(ret_text, "Address=%s\n", prefix_format(&box->addresses[i], text));
    for (size_t i = 0; i < box->gateway_count; i++)
        buf_printf(ret_text, "Gateway=%s\n", address_format(&box->gateways[i], text));
    for (size_t i = 0; i < box->name_server_count; i++)
        buf_printf(ret_text, "DNS=%s\n", address_format(&box->name_servers[i], text));
    buf_add_text(ret_text, "\n[DHCPv4]\nUseHostname=no\nUseTimezone=no\n");
    buf_add_text(ret_text, "\n[DHCPv6]\nUseHostname=no\n");
}

void box_write_time(const struct box *box, struct buf *ret_text)
{
    if (!box->time_server_count)
        return;
    buf_add_text(ret_text, "[Time]\nNTP=");
    for (size_t i = 0; i < box->time_server_count; i++)
        buf_printf(ret_text, "%s%s", i ? " " : "", box->time_servers[i]);
    buf_add_text(ret_text, "\nFallbackNTP=\n");
}

void box_write_keys(const struct box *box, struct buf *ret_text)
{
    for (size_t i = 0; i < box->key_count; i++)
        buf_printf(ret_text, "%s\n", box->keys[i]);
}
