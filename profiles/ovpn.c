/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "profiles/ovpn.h"

#include <sys/socket.h>

#include "hub/base/cleanup.h"
#include "hub/base/pem.h"

enum { TEXT_SIZE = 8 * 1024 }; /* a file's: growing would leave copies of the keys behind */

static void add_name(struct buf *text, const char *name)
{
    /* Names are checked to be printable; a line break here would still be a line of settings. */
    for (const char *p = name; *p; p++)
        buf_add_char(text, (unsigned char)*p < ' ' ? ' ' : *p);
}

/* One word in quotes, as OpenVPN reads it. */
static void add_quoted(struct buf *text, const char *value)
{
    buf_add_char(text, '"');
    for (const char *p = value; *p; p++) {
        if (*p == '"' || *p == '\\')
            buf_add_char(text, '\\');
        buf_add_char(text, (unsigned char)*p < ' ' ? ' ' : *p);
    }
    buf_add_char(text, '"');
}

static void add_head(struct buf *text, const struct profile_facts *facts)
{
    buf_add_text(text, "# ");
    add_name(text, facts->instance_name);
    buf_add_text(text, ": ");
    add_name(text, facts->peer_name);
    buf_add_text(text, ", OpenVPN by ");
    add_name(text, facts->hub_name);
    buf_add_char(text, '\n');
}

/* UDP first; the next one when it gives no answer. The name is one word: it was checked. */
static void add_remotes(struct buf *text, const struct profile_facts *facts)
{
    static const enum openvpn_server servers[] = {OPENVPN_UDP, OPENVPN_TCP};

    for (size_t i = 0; i < ELEMENTS(servers); i++) {
        if (facts->openvpn.ports[servers[i]] == 0)
            continue;
        buf_add_text(text, "remote ");
        add_name(text, facts->endpoint_host);
        buf_printf(text, " %u %s\n", facts->openvpn.ports[servers[i]],
                   openvpn_server_name(servers[i]));
    }
}

/* No persist-tun: after a break the hub's name could not be asked for, where all that goes through
 * the tunnel goes nowhere. */
static void add_settings(struct buf *text, const struct profile_facts *facts)
{
    buf_add_text(text, "client\n"
                       "dev tun\n"
                       "nobind\n");
    add_remotes(text, facts);
    buf_add_text(text, "server-poll-timeout 10\n"
                       /* With auth-retry as below OpenVPN 2 pauses for 10 s, whatever the first
                        * number says, but not for longer than the second. */
                       "connect-retry 1 3\n"
                       "resolv-retry infinite\n"
                       "remote-cert-tls server\n"
                       "verify-x509-name ");
    add_quoted(text, facts->openvpn.server_name);
    buf_add_text(text, " name\n"
                       "tls-version-min 1.2\n"
                       "data-ciphers AES-256-GCM:CHACHA20-POLY1305\n"
                       /* A hub that is away for a moment is no reason to end. */
                       "auth-retry nointeract\n"
                       /* What is pushed for other systems than this one. */
                       "ignore-unknown-option block-outside-dns block-ipv6\n");
    if (facts->mtu > 0)
        buf_printf(text, "tun-mtu %u\n", facts->mtu);
    buf_add_text(text, "verb 3\n");
}

/* NetworkManager refuses a file with a net_gateway in it, unless it is told as an option that may
 * be left out. OpenVPN 2 knows it for IPv4 alone: it says so, and goes on. */
static void add_excluded(struct buf *text, const struct profile_facts *facts)
{
    char address[PREFIX_TEXT_MAX], mask[ADDRESS_TEXT_MAX];

    for (size_t i = 0; i < facts->excluded.count; i++) {
        const struct prefix *prefix = &facts->excluded.items[i];

        if (prefix->address.family == AF_INET6)
            buf_printf(text, "setenv opt route-ipv6 %s net_gateway\n",
                       prefix_format(prefix, address));
        else
            buf_printf(text, "setenv opt route %s %s net_gateway\n",
                       address_format(&prefix->address, address), prefix_mask_format(prefix, mask));
    }
}

static void add_inline(struct buf *text, const char *word, const char *label,
                       const struct profile_bytes *bytes)
{
    buf_printf(text, "<%s>\n", word);
    pem_add(text, label, bytes->data, bytes->size);
    buf_printf(text, "</%s>\n", word);
}

void ovpn_write(const struct profile_facts *facts, struct buf *ret_text)
{
    const struct profile_openvpn *openvpn = &facts->openvpn;

    buf_reserve(ret_text, TEXT_SIZE);
    add_head(ret_text, facts);
    add_settings(ret_text, facts);
    add_excluded(ret_text, facts);
    add_inline(ret_text, "ca", PEM_CERTIFICATE, &openvpn->ca);
    add_inline(ret_text, "cert", PEM_CERTIFICATE, &openvpn->certificate);
    if (openvpn->key.size > 0)
        add_inline(ret_text, "key", PEM_PRIVATE_KEY, &openvpn->key);
    else
        buf_add_text(ret_text,
                     "# Put the private key of this device here, between <key> and </key>:"
                     "\n# the hub has forgotten it.\n");
    add_inline(ret_text, "tls-crypt-v2", PEM_TLS_CRYPT_V2_CLIENT, &openvpn->tls_crypt_key);
}
