/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "profiles/wg_quick.h"

#include <string.h>

static void add_name(struct buf *text, const char *name)
{
    /* Names are checked to be printable; a line break here would still be a line of settings. */
    for (const char *p = name; *p; p++)
        buf_add_char(text, (unsigned char)*p < ' ' ? ' ' : *p);
}

static void add_key(struct buf *text, const char *name, const struct key *key)
{
    char base64[KEY_BASE64_MAX];

    buf_printf(text, "%s = %s\n", name, key_format_base64(key, base64));
    explicit_bzero(base64, sizeof(base64));
}

/* One at a time, so that a profile of many networks needs no second copy of itself. */
static void add_prefixes(struct buf *text, const char *name, const struct prefix *prefixes,
                         size_t count)
{
    char one[PREFIX_TEXT_MAX];

    if (count == 0)
        return;
    buf_add_text(text, name);
    for (size_t i = 0; i < count; i++) {
        buf_add_text(text, i ? ", " : " = ");
        buf_add_text(text, prefix_format(&prefixes[i], one));
    }
    buf_add_char(text, '\n');
}

static void add_dns(struct buf *text, const struct profile_facts *facts)
{
    char one[ADDRESS_TEXT_MAX];

    for (size_t i = 0; i < facts->dns_count; i++)
        buf_printf(text, "%s%s", i ? ", " : "DNS = ", address_format(&facts->dns[i], one));
    for (size_t i = 0; facts->dns_count > 0 && facts->search && i < facts->search->count; i++)
        buf_printf(text, ", %s", facts->search->items[i].name);
    if (facts->dns_count > 0)
        buf_add_char(text, '\n');
}

static void add_endpoint(struct buf *text, const struct profile_facts *facts)
{
    bool is_ipv6 = strchr(facts->endpoint_host, ':') != NULL;

    buf_printf(text, is_ipv6 ? "Endpoint = [%s]:%u\n" : "Endpoint = %s:%u\n", facts->endpoint_host,
               facts->endpoint_port);
}

static void add_interface(struct buf *text, const struct profile_facts *facts)
{
    buf_add_text(text, "[Interface]\n");
    if (facts->has_private_key)
        add_key(text, "PrivateKey", &facts->private_key);
    else
        buf_add_text(text, "# Put the private key of this device here:\n# PrivateKey = \n");
    add_prefixes(text, "Address", facts->addresses, facts->address_count);
    add_dns(text, facts);
    if (facts->mtu > 0)
        buf_printf(text, "MTU = %u\n", facts->mtu);
}

static void add_peer(struct buf *text, const struct profile_facts *facts)
{
    buf_add_text(text, "\n[Peer]\n");
    add_key(text, "PublicKey", &facts->hub_public_key);
    if (facts->has_preshared_key)
        add_key(text, "PresharedKey", &facts->preshared_key);
    add_prefixes(text, "AllowedIPs", facts->allowed.items, facts->allowed.count);
    add_endpoint(text, facts);
    if (facts->keepalive > 0)
        buf_printf(text, "PersistentKeepalive = %u\n", facts->keepalive);
}

void wg_quick_write(const struct profile_facts *facts, struct buf *ret_text)
{
    buf_add_text(ret_text, "# ");
    add_name(ret_text, facts->instance_name);
    buf_add_text(ret_text, ": ");
    add_name(ret_text, facts->peer_name);
    buf_add_char(ret_text, '\n');
    add_interface(ret_text, facts);
    add_peer(ret_text, facts);
}
