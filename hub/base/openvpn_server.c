/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/base/openvpn_server.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "hub/base/text.h"

static const char *const kinds[OPENVPN_SERVER_COUNT] = {
    [OPENVPN_UDP] = "udp",
    [OPENVPN_TCP] = "tcp",
    [OPENVPN_LEGACY] = "legacy",
};

/* Written at the first question. */
static struct {
    char name[12], link[LINK_NAME_MAX];
} words[OPENVPN_NUMBER_COUNT];

unsigned openvpn_server_number(unsigned link, enum openvpn_server kind)
{
    return link * OPENVPN_SERVER_COUNT + kind;
}

enum openvpn_server openvpn_server_kind(unsigned number)
{
    return (enum openvpn_server)(number % OPENVPN_SERVER_COUNT);
}

unsigned openvpn_server_link_of(unsigned number)
{
    return number / OPENVPN_SERVER_COUNT;
}

const char *openvpn_server_name(unsigned number)
{
    unsigned link = openvpn_server_link_of(number);
    const char *kind = kinds[openvpn_server_kind(number)];

    if (link == 0 || number >= OPENVPN_NUMBER_COUNT)
        return link == 0 ? kind : "";
    (void)snprintf(words[number].name, sizeof(words[number].name), "%s-%u", kind, link);
    return words[number].name;
}

bool openvpn_server_parse(const char *name, unsigned *ret_number)
{
    size_t length = strcspn(name, "-");
    uint64_t link = 0;

    if (name[length] && text_parse_u64(name + length + 1, 1, LINK_COUNT - 1, &link))
        return false;
    for (unsigned kind = 0; kind < OPENVPN_SERVER_COUNT; kind++)
        if (strlen(kinds[kind]) == length && strncmp(name, kinds[kind], length) == 0) {
            *ret_number = openvpn_server_number((unsigned)link, (enum openvpn_server)kind);
            return true;
        }
    return false;
}

const char *openvpn_server_link(unsigned number)
{
    if (number >= OPENVPN_NUMBER_COUNT)
        return "";
    (void)snprintf(words[number].link, sizeof(words[number].link), "ovpn%u", number);
    return words[number].link;
}

uint8_t openvpn_server_protocol(unsigned number)
{
    return openvpn_server_kind(number) == OPENVPN_UDP ? IPPROTO_UDP : IPPROTO_TCP;
}
