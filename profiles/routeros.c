/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Everything that the script makes carries the comment "warren:<instance id>:<peer id>" and is
 * found by it again: what is missing is added, the rest is set. All of it stands in one block,
 * because in a pasted text each line outside of a block has its own local variables. Variables
 * start with "wr": names of RouterOS's own properties would be taken for those.
 */
#include "profiles/routeros.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "hub/base/cleanup.h"

void routeros_quote(struct buf *text, const char *value)
{
    buf_add_char(text, '"');
    for (const unsigned char *p = (const unsigned char *)value; *p; p++) {
        if (*p == '"' || *p == '\\' || *p == '$')
            buf_printf(text, "\\%c", *p);
        else if (*p < ' ' || *p > '~' || *p == '?')
            buf_printf(text, "\\%02X", *p);
        else
            buf_add_char(text, (char)*p);
    }
    buf_add_char(text, '"');
}

/* In a comment nothing can be escaped: a '?' would ask for help, a '\' join the next line. */
static void add_remark(struct buf *text, const char *value)
{
    for (const unsigned char *p = (const unsigned char *)value; *p; p++)
        buf_add_char(text, *p < ' ' || *p > '~' || *p == '?' || *p == '\\' ? '.' : (char)*p);
}

static void add_setting(struct buf *text, const char *name, const char *value)
{
    buf_printf(text, " %s=", name);
    routeros_quote(text, value);
}

static void add_key(struct buf *text, const char *name, const struct key *key)
{
    char base64[KEY_BASE64_MAX];

    add_setting(text, name, key_format_base64(key, base64));
    explicit_bzero(base64, sizeof(base64));
}

static void add_head(struct buf *text, const struct profile_facts *facts)
{
    buf_add_text(text, "# ");
    add_remark(text, facts->instance_name);
    buf_add_text(text, ": ");
    add_remark(text, facts->peer_name);
    buf_add_text(text, ", WireGuard by ");
    add_remark(text, facts->hub_name);
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

    add_setting(text, "allowed-address", allowed);
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
        add_setting(text, "preshared-key", "");
    add_setting(text, "endpoint-address", facts->endpoint_host);
    buf_printf(text, " endpoint-port=%u persistent-keepalive=%us", facts->endpoint_port,
               facts->keepalive);
    add_allowed(text, facts);
    buf_add_char(text, '\n');
}

/* RouterOS keeps IPv4 and IPv6 apart, with the same words below. */
struct family {
    uint8_t family;
    const char *menu;
    const char *address_extra;
    const char *ping;
};

static const struct family families[] = {
    {AF_INET, "/ip", "", "icmp"},
    {AF_INET6, "/ipv6", " advertise=no", "icmpv6"},
};

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

static void add_address(struct buf *text, const struct family *family, const struct prefix *address)
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

/* A default route would lead the tunnel's own packets into the tunnel, and cut the router off. */
static bool is_route(const struct profile_facts *facts, const struct family *family,
                     const struct prefix *prefix)
{
    return prefix->address.family == family->family && prefix->length > 0 &&
           !prefix_set_contains(&facts->tunnel_networks, prefix);
}

/* First away with what is no longer routed: looked up in a text, as an array of one is no array. */
static void add_routes(struct buf *text, const struct profile_facts *facts,
                       const struct family *family)
{
    char prefix[PREFIX_TEXT_MAX];

    buf_printf(text, ":local wrRoutes%s \" ", family->family == AF_INET ? "4" : "6");
    for (size_t i = 0; i < facts->allowed.count; i++) {
        if (is_route(facts, family, &facts->allowed.items[i]))
            buf_printf(text, "%s ", prefix_format(&facts->allowed.items[i], prefix));
    }
    buf_printf(text,
               "\"\n:foreach wrRoute in=[%s route find where comment=$wrTag] do={ :if ([:typeof "
               "[:find $wrRoutes%s (\" \" . [%s route get $wrRoute dst-address] . \" \")]] = "
               "\"nil\") do={ %s route remove $wrRoute } }\n",
               family->menu, family->family == AF_INET ? "4" : "6", family->menu, family->menu);
    for (size_t i = 0; i < facts->allowed.count; i++) {
        if (!is_route(facts, family, &facts->allowed.items[i]))
            continue;
        prefix_format(&facts->allowed.items[i], prefix);
        buf_printf(text,
                   ":if ([:len [%s route find where comment=$wrTag dst-address=\"%s\"]] = 0) do={ "
                   "%s route add dst-address=%s gateway=$wrLink comment=$wrTag }\n",
                   family->menu, prefix, family->menu, prefix);
    }
    buf_printf(text, "%s route set [find where comment=$wrTag] disabled=no gateway=$wrLink\n",
               family->menu);
}

/* Before the first rule there is, since the last ones usually drop; an empty chain has no first. */
static void add_accept(struct buf *text, const struct family *family, const char *chain,
                       const char *interface, const char *match)
{
    buf_printf(text,
               ":if ([:len [%s firewall filter find where comment=$wrTag chain=\"%s\" "
               "%s=$wrLink]] = 0) do={\n",
               family->menu, chain, interface);
    buf_printf(text, "  :local wrFirst [%s firewall filter find where chain=\"%s\" dynamic=no]\n",
               family->menu, chain);
    for (int place = 1; place >= 0; place--) {
        buf_printf(text,
                   "%s%s firewall filter add chain=%s action=accept %s=$wrLink%s "
                   "comment=$wrTag%s }",
                   place ? "  :if ([:len $wrFirst] > 0) do={ " : " else={ ", family->menu, chain,
                   interface, match, place ? " place-before=($wrFirst->0)" : "");
    }
    buf_add_text(text, "\n}\n");
}

static void add_family(struct buf *text, const struct profile_facts *facts,
                       const struct family *family)
{
    char ping[32];

    for (size_t i = 0; i < facts->address_count; i++) {
        struct prefix address = link_address(facts, &facts->addresses[i]);

        if (address.address.family != family->family)
            continue;
        buf_printf(text, "# IPv%c: address, routes, firewall\n",
                   family->family == AF_INET ? '4' : '6');
        add_address(text, family, &address);
        add_routes(text, facts, family);
        snprintf(ping, sizeof(ping), " protocol=%s", family->ping);
        add_accept(text, family, "input", "in-interface", ping);
        add_accept(text, family, "forward", "in-interface", "");
        add_accept(text, family, "forward", "out-interface", "");
    }
}

static void add_tail(struct buf *text, const struct profile_facts *facts)
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

    buf_add_text(text, ":put (\"WireGuard to the hub is set up on \" . $wrLink)\n}\n"
                       "# To take all of it away again:\n");
    for (size_t i = 0; i < ELEMENTS(made); i++)
        buf_printf(text, "# %s remove [find where comment=\"warren:%s:%s\"]\n", made[i],
                   facts->instance_id, facts->peer_id);
}

void routeros_write(const struct profile_facts *facts, struct buf *ret_text)
{
    add_head(ret_text, facts);
    add_link(ret_text, facts);
    add_key_check(ret_text, facts);
    add_hub(ret_text, facts);
    for (size_t i = 0; i < ELEMENTS(families); i++)
        add_family(ret_text, facts, &families[i]);
    add_tail(ret_text, facts);
}
