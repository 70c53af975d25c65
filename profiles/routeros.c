/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Everything that the script makes carries the comment "warren:<instance id>:<peer id>" and is
 * found by it again: what is missing is added, the rest is set. All of it stands in one block,
 * because in a pasted text each line outside of a block has its own local variables. Variables
 * start with "wr": names of RouterOS's own properties would be taken for those.
 */
#include "profiles/routeros.h"

#include <string.h>
#include <sys/socket.h>

#include "hub/base/cleanup.h"
#include "profiles/routeros_openvpn.h"
#include "profiles/routeros_script.h"

static void add_key(struct buf *text, const char *name, const struct key *key)
{
    char base64[KEY_BASE64_MAX];

    routeros_add_setting(text, name, key_format_base64(key, base64));
    explicit_bzero(base64, sizeof(base64));
}

static void add_head(struct buf *text, const struct profile_facts *facts)
{
    buf_add_text(text, "# ");
    routeros_add_remark(text, facts->instance_name);
    buf_add_text(text, ": ");
    routeros_add_remark(text, facts->peer_name);
    buf_add_text(text, ", WireGuard by ");
    routeros_add_remark(text, facts->hub_name);
    buf_add_text(text, "\n# For RouterOS 7. Paste it into a terminal, or upload it and /import it."
                       "\n# Running it again is harmless.\n{\n:local wrTag ");
    buf_printf(text, "\"warren:%s:%s\"\n", facts->instance_id, facts->peer_id);
    buf_add_text(text, ":if ([:pick [/system resource get version] 0 2] = \"6.\") do={ "
                       ":error \"RouterOS 6 has no WireGuard\" }\n");
}

static void add_link(struct buf *text, const struct profile_facts *facts)
{
    buf_add_text(text, "# the link\n"
                       ":if ([:len [/interface wireguard find where comment=$wrTag]] = 0) do={ "
                       "/interface wireguard add name=");
    buf_printf(text, "\"wr-%s\" comment=$wrTag }\n", facts->instance_id);
    buf_add_text(text, "/interface wireguard set [find where comment=$wrTag] disabled=no");
    if (facts->mtu > 0)
        buf_printf(text, " mtu=%u", facts->mtu);
    if (facts->has_private_key)
        add_key(text, "private-key", &facts->private_key);
    buf_add_text(text, "\n:local wrLink [/interface wireguard get [find where comment=$wrTag] name]"
                       "\n");
}

/* The router has made its own key: say which, when it is not the one that the hub knows. */
static void add_key_check(struct buf *text, const struct profile_facts *facts)
{
    char base64[KEY_BASE64_MAX];

    if (facts->has_private_key || key_is_zero(&facts->public_key))
        return;
    buf_add_text(text, "# the hub knows this router's key already\n"
                       ":local wrKey [/interface wireguard get $wrLink public-key]\n"
                       ":if ($wrKey != ");
    routeros_quote(text, key_format_base64(&facts->public_key, base64));
    buf_add_text(text, ") do={ :put (\"This router has another key than the hub knows. Give the "
                       "hub this public key: \" . $wrKey) }\n");
}

static void add_allowed(struct buf *text, const struct profile_facts *facts)
{
    _cleanup_free_ char *allowed = prefix_set_format(&facts->allowed, ",");

    routeros_add_setting(text, "allowed-address", allowed);
}

static void add_hub(struct buf *text, const struct profile_facts *facts)
{
    buf_add_text(text, "# the hub\n:if ([:len [/interface wireguard peers find where "
                       "comment=$wrTag]] = 0) do={ /interface wireguard peers add "
                       "interface=$wrLink");
    add_key(text, "public-key", &facts->hub_public_key);
    add_allowed(text, facts);
    buf_add_text(text, " comment=$wrTag }\n/interface wireguard peers set [find where "
                       "comment=$wrTag] disabled=no interface=$wrLink");
    add_key(text, "public-key", &facts->hub_public_key);
    if (facts->has_preshared_key)
        add_key(text, "preshared-key", &facts->preshared_key);
    else
        routeros_add_setting(text, "preshared-key", "");
    routeros_add_setting(text, "endpoint-address", facts->endpoint_host);
    buf_printf(text, " endpoint-port=%u persistent-keepalive=%us", facts->endpoint_port,
               facts->keepalive);
    add_allowed(text, facts);
    buf_add_char(text, '\n');
}

/* The address with the tunnel network's length, which gives the route to that network too. */
static struct prefix link_address(const struct profile_facts *facts, const struct prefix *address)
{
    struct prefix result = *address;

    for (size_t i = 0; i < facts->tunnel_networks.count; i++) {
        if (prefix_contains(&facts->tunnel_networks.items[i], address))
            result.length = facts->tunnel_networks.items[i].length;
    }
    return result;
}

static void add_address(struct buf *text, const struct routeros_family *family,
                        const struct prefix *address)
{
    char prefix[PREFIX_TEXT_MAX];

    prefix_format(address, prefix);
    buf_printf(text,
               ":if ([:len [%s address find where comment=$wrTag]] = 0) do={ %s address add "
               "address=%s interface=$wrLink%s comment=$wrTag }\n",
               family->menu, family->menu, prefix, family->address_extra);
    buf_printf(text,
               "%s address set [find where comment=$wrTag] disabled=no address=%s "
               "interface=$wrLink%s\n",
               family->menu, prefix, family->address_extra);
}

static void add_family(struct buf *text, const struct profile_facts *facts,
                       const struct routeros_family *family)
{
    for (size_t i = 0; i < facts->address_count; i++) {
        struct prefix address = link_address(facts, &facts->addresses[i]);

        if (address.address.family != family->family)
            continue;
        buf_printf(text, "# IPv%c: address, routes, firewall\n",
                   family->family == AF_INET ? '4' : '6');
        add_address(text, family, &address);
        routeros_add_routes(text, facts, family);
        routeros_add_firewall(text, family);
    }
}

static void write_wireguard(const struct profile_facts *facts, struct buf *ret_text)
{
    static const char *const made[] = {
        "/ip firewall filter",
        "/ipv6 firewall filter",
        "/ip route",
        "/ipv6 route",
        "/ip address",
        "/ipv6 address",
        "/interface wireguard peers",
        "/interface wireguard",
    };

    add_head(ret_text, facts);
    add_link(ret_text, facts);
    add_key_check(ret_text, facts);
    add_hub(ret_text, facts);
    for (size_t i = 0; i < ROUTEROS_FAMILIES; i++)
        add_family(ret_text, facts, &routeros_families[i]);
    buf_add_text(ret_text, ":put (\"WireGuard to the hub is set up on \" . $wrLink)\n}\n");
    routeros_add_tail(ret_text, facts, made, ELEMENTS(made));
}

void routeros_write(const struct profile_facts *facts, struct buf *ret_text)
{
    if (facts->access == PROFILE_WIREGUARD)
        write_wireguard(facts, ret_text);
    else
        routeros_openvpn_write(facts, ret_text);
}
