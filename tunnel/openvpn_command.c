/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tunnel/openvpn_command.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/socket.h>

#include "hub/base/cleanup.h"

/* An address that nobody has, for clients without a tunnel address of IPv6: what they send to IPv6
 * then goes to their own link, which refuses it, instead of past the tunnel. */
#define NOWHERE6 "fd77:6172:7265:6e::2/64 fd77:6172:7265:6e::1"

/* ---- is it as the header says ---- */

static bool tunnel_fits(const struct prefix *address, const struct address *hub, uint8_t family)
{
    if (address->address.family == 0)
        return true;
    return address->address.family == family && prefix_valid(address) && address->length > 0 &&
           hub->family == family && prefix_contains_address(address, hub);
}

static bool networks_fit(const struct prefix_set *networks)
{
    for (size_t i = 0; networks && i < networks->count; i++) {
        const struct prefix *network = &networks->items[i];

        if (!prefix_valid(network) || network->length == 0 || prefix_has_host_bits(network))
            return false;
    }
    return true;
}

static bool domains_fit(const struct dns_list *domains)
{
    for (size_t i = 0; domains && i < domains->count; i++) {
        const char *name = domains->items[i].name;

        if (!dns_name_valid(name) || strlen(name) >= OPENVPN_DOMAIN_MAX)
            return false;
    }
    return true;
}

static bool grant_fits(const struct openvpn_grant *grant)
{
    if (grant->address4.address.family == 0 && grant->address6.address.family == 0)
        return false;
    if (!tunnel_fits(&grant->address4, &grant->hub4, AF_INET) ||
        !tunnel_fits(&grant->address6, &grant->hub6, AF_INET6))
        return false;
    for (size_t i = 0; i < grant->dns_count; i++) {
        if (grant->dns[i].family != AF_INET && grant->dns[i].family != AF_INET6)
            return false;
    }
    return networks_fit(grant->behind) && networks_fit(grant->routes) && domains_fit(grant->search);
}

/* ---- what it becomes ---- */

static void add_addresses(struct buf *commands, const struct openvpn_grant *grant)
{
    char address[PREFIX_TEXT_MAX], other[ADDRESS_TEXT_MAX];

    if (grant->address4.address.family) {
        buf_printf(commands, "ifconfig-push %s %s\n",
                   address_format(&grant->address4.address, address),
                   prefix_mask_format(&grant->address4, other));
        buf_printf(commands, "push \"topology subnet\"\npush \"route-gateway %s\"\n",
                   address_format(&grant->hub4, other));
    }
    if (grant->address6.address.family)
        buf_printf(commands, "ifconfig-ipv6-push %s %s\n", prefix_format(&grant->address6, address),
                   address_format(&grant->hub6, other));
}

/* `word` and `end` around each: an iroute, or a route that is pushed. */
static void add_networks(struct buf *commands, const struct prefix_set *networks, const char *word,
                         const char *end)
{
    char text[PREFIX_TEXT_MAX], mask[ADDRESS_TEXT_MAX];

    for (size_t i = 0; networks && i < networks->count; i++) {
        const struct prefix *network = &networks->items[i];

        if (network->address.family == AF_INET6)
            buf_printf(commands, "%s-ipv6 %s%s\n", word, prefix_format(network, text), end);
        else
            buf_printf(commands, "%s %s %s%s\n", word, address_format(&network->address, text),
                       prefix_mask_format(network, mask), end);
    }
}

static void add_dns(struct buf *commands, const struct openvpn_grant *grant)
{
    char address[ADDRESS_TEXT_MAX];

    for (size_t i = 0; i < grant->dns_count; i++)
        buf_printf(commands, "push \"dhcp-option DNS%s %s\"\n",
                   grant->dns[i].family == AF_INET6 ? "6" : "",
                   address_format(&grant->dns[i], address));
    /* The first is the link's own. */
    for (size_t i = 0; grant->search && i < grant->search->count; i++)
        buf_printf(commands, "push \"dhcp-option %s %s\"\n", i ? "DOMAIN-SEARCH" : "DOMAIN",
                   grant->search->items[i].name);
    if (grant->block_outside_dns)
        buf_add_text(commands, "push \"block-outside-dns\"\n");
}

/* def1: two halves, beside the device's own default route, which it keeps. */
static void add_redirect(struct buf *commands, const struct openvpn_grant *grant)
{
    if (!grant->redirect)
        return;
    if (grant->address6.address.family == 0)
        buf_add_text(commands, "push \"ifconfig-ipv6 " NOWHERE6 "\"\npush \"block-ipv6\"\n");
    buf_printf(commands, "push \"redirect-gateway def1 ipv6%s\"\n",
               grant->address4.address.family ? "" : " !ipv4");
}

int openvpn_command_grant(const struct openvpn_grant *grant, struct buf *commands)
{
    if (!grant_fits(grant))
        return -EINVAL;
    buf_printf(commands, "client-auth %" PRIu64 " %" PRIu32 "\n", grant->cid, grant->kid);
    add_addresses(commands, grant);
    add_networks(commands, grant->behind, "iroute", "");
    add_networks(commands, grant->routes, "push \"route", "\"");
    add_dns(commands, grant);
    add_redirect(commands, grant);
    buf_add_text(commands, "END\n");
    return 0;
}

void openvpn_command_grant_again(uint64_t cid, uint32_t kid, struct buf *commands)
{
    buf_printf(commands, "client-auth-nt %" PRIu64 " %" PRIu32 "\n", cid, kid);
}

/* As long as the client would wait anyway, in seconds. */
void openvpn_command_wake(uint64_t cid, uint32_t kid, struct buf *commands)
{
    buf_printf(commands, "client-pending-auth %" PRIu64 " %" PRIu32 " \"\" 60\n", cid, kid);
}

/* ---- the others ---- */

/* For OpenVPN's log, and for the client's. */
static const struct {
    const char *log, *client;
} denials[OPENVPN_DENIAL_COUNT] = {
    [OPENVPN_DENY_UNKNOWN] = {"unknown", "unknown, or a wrong password"},
    [OPENVPN_DENY_DISABLED] = {"disabled", "disabled"},
    [OPENVPN_DENY_EXPIRED] = {"expired", "expired"},
    [OPENVPN_DENY_PLACE] = {"not for this server", "not for this server"},
    [OPENVPN_DENY_LATER] = {"the hub is not ready", "TEMP[backoff 2,advance no]:not ready yet"},
};

void openvpn_command_deny(uint64_t cid, uint32_t kid, enum openvpn_denial denial,
                          struct buf *commands)
{
    buf_printf(commands, "client-deny %" PRIu64 " %" PRIu32 " \"%s\" \"%s\"\n", cid, kid,
               denials[denial].log, denials[denial].client);
}

void openvpn_command_kill(uint64_t cid, enum openvpn_kill kill, struct buf *commands)
{
    buf_printf(commands, "client-kill %" PRIu64 "%s\n", cid,
               kill == OPENVPN_KILL_HALT ? " HALT" : "");
}

void openvpn_command_hold_release(struct buf *commands)
{
    buf_add_text(commands, "hold release\n");
}

void openvpn_command_state_on(struct buf *commands)
{
    buf_add_text(commands, "state on\n");
}

void openvpn_command_byte_count(unsigned seconds, struct buf *commands)
{
    buf_printf(commands, "bytecount %u\n", seconds);
}

void openvpn_command_status(struct buf *commands)
{
    buf_add_text(commands, "status 3\n");
}
