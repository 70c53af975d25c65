/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "profiles/routeros_script.h"

#include <stdio.h>
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
void routeros_add_remark(struct buf *text, const char *value)
{
    for (const unsigned char *p = (const unsigned char *)value; *p; p++)
        buf_add_char(text, *p < ' ' || *p > '~' || *p == '?' || *p == '\\' ? '.' : (char)*p);
}

void routeros_add_setting(struct buf *text, const char *name, const char *value)
{
    buf_printf(text, " %s=", name);
    routeros_quote(text, value);
}

const struct routeros_family routeros_families[] = {
    {AF_INET, "/ip", "", "icmp"},
    {AF_INET6, "/ipv6", " advertise=no", "icmpv6"},
};

/* A default route would lead the tunnel's own packets into the tunnel, and cut the router off. With
 * WireGuard the link's address gives the route to the tunnel's network; what RouterOS makes of the
 * one that OpenVPN pushes is not known for all versions. */
static bool is_route(const struct profile_facts *facts, const struct routeros_family *family,
                     const struct prefix *prefix)
{
    return prefix->address.family == family->family && prefix->length > 0 &&
           (facts->access != PROFILE_WIREGUARD ||
            !prefix_set_contains(&facts->tunnel_networks, prefix));
}

/* First away with what is no longer routed: looked up in a text, as an array of one is no array. */
void routeros_add_routes(struct buf *text, const struct profile_facts *facts,
                         const struct routeros_family *family)
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
static void add_accept(struct buf *text, const struct routeros_family *family, const char *chain,
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

void routeros_add_firewall(struct buf *text, const struct routeros_family *family)
{
    char ping[32];

    snprintf(ping, sizeof(ping), " protocol=%s", family->ping);
    add_accept(text, family, "input", "in-interface", ping);
    add_accept(text, family, "forward", "in-interface", "");
    add_accept(text, family, "forward", "out-interface", "");
}

void routeros_add_tail(struct buf *text, const struct profile_facts *facts,
                       const char *const *menus, size_t count)
{
    buf_add_text(text, "# To take all of it away again:\n");
    for (size_t i = 0; i < count; i++)
        buf_printf(text, "# %s remove [find where comment=\"warren:%s:%s\"]\n", menus[i],
                   facts->instance_id, facts->peer_id);
}
