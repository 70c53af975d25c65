/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tunnel/openvpn_config.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "hub/base/cleanup.h"
#include "hub/base/pem.h"

enum {
    DER_MAX = 4096,
    TLS_CRYPT_KEY_SIZE = 128,
    TEXT_SIZE = 16 * 1024, /* more than ever comes: growing would leave copies of the keys behind */
};

/* The field ffdhe2048 of RFC 7919: no secret. */
static const char ffdhe2048[] = "-----BEGIN DH PARAMETERS-----\n"
                                "MIIBCAKCAQEA//////////+t+FRYortKmq/cViAnPTzx2LnFg84tNpWp4TZBFGQz\n"
                                "+8yTnc4kmz75fS/jY2MMddj2gbICrsRhetPfHtXV/WVhJDP1H18GbtCFY2VVPe0a\n"
                                "87VXE15/V8k1mE8McODmi3fipona8+/och3xWKE2rec1MKzKT0g6eXq8CrGCsyT7\n"
                                "YdEIqUuyyOP7uWrat2DX9GgdT0Kj3jlN9K5W7edjcrsZCwenyO4KbXCeAvzhzffi\n"
                                "7MA0BM0oNC9hkXL+nOmFg/+OTxIy7vKBg8P+OxtMb61zO7X8vC7CIAXFjvGDfRaD\n"
                                "ssbzSibBsu/6iGtCOGEoXJf//////////wIBAg==\n"
                                "-----END DH PARAMETERS-----\n";

/* What all servers have in common. */
static const char common[] =
    "mode server\n"
    "tls-server\n"
    "dev-type tun\n"
    "topology subnet\n"
    /* The instance's worker sets addresses and routes, as it does for every link. */
    "ifconfig-noexec\n"
    "route-noexec\n"
    "script-security 0\n"
    "persist-tun\n"
    "persist-key\n"
    /* Every decision is the engine's; nobody is served before it says so. */
    "management-client-auth\n"
    /* Not another instance's server, which is the same user and finds the socket open to all. */
    "management-client-user root\n"
    "management-hold\n"
    /* When this process dies, clients of UDP are to be back within a quarter of a minute. */
    "keepalive 3 8\n"
    "reneg-sec 3600\n"
    /* Half of it is for how long a server of UDP greets a client in the same words. One that asked
     * again, since its answer was late, and is greeted otherwise in between, is stuck until its own
     * time is over. Who is gone is not kept that long, see keepalive. */
    "hand-window 86400\n"
    "max-clients 4096\n"
    /* 256 by itself, and what is above is not told. */
    "max-routes-per-client 4096\n"
    "tls-version-min 1.2\n"
    "allow-compression no\n"
    "disable-dco\n"
    /* The rules of the namespace clamp the segments of all tunnels. */
    "mssfix 0\n"
    /* Only what ends it: at 1 each packet of a stranger's is a line of the hub's log, and each
     * client's coming is ten. */
    "verb 0\n";

static const char by_certificate[] = "dh none\n"
                                     "verify-client-cert require\n"
                                     "auth-user-pass-optional\n"
                                     "remote-cert-tls client\n"
                                     "data-ciphers AES-256-GCM:CHACHA20-POLY1305\n"
                                     "data-ciphers-fallback AES-256-GCM\n";

/* RouterOS: no negotiation of ciphers; SHA1 is the one digest that all of its versions know (for
 * CBC: with GCM it is not used); some speak no elliptic curves. */
static const char by_password[] = "verify-client-cert none\n"
                                  "username-as-common-name\n"
                                  "auth SHA1\n"
                                  "data-ciphers AES-256-GCM:AES-256-CBC\n"
                                  "data-ciphers-fallback AES-256-CBC\n";

/* udp6 and tcp6-server listen to IPv4 too. */
static const struct {
    const char *protocol;
    const char *words;
    bool tls_crypt;
} servers[OPENVPN_SERVER_COUNT] = {
    [OPENVPN_UDP] =
        {
            .protocol = "proto udp6\n"
                        "explicit-exit-notify 1\n"
                        /* Not in the profiles, since it is not for TCP. */
                        "push \"explicit-exit-notify 1\"\n"
                        /* 100 in 10 s by itself, which is too few when all come back at once.
                         * Without a key of tls-crypt-v2 nobody gets one of these answers. */
                        "connect-freq-initial 1000 10\n",
            .words = by_certificate,
            .tls_crypt = true,
        },
    [OPENVPN_TCP] =
        {
            .protocol = "proto tcp6-server\n"
                        "tcp-nodelay\n",
            .words = by_certificate,
            .tls_crypt = true,
        },
    [OPENVPN_LEGACY] =
        {
            .protocol = "proto tcp6-server\n"
                        "tcp-nodelay\n",
            .words = by_password,
        },
};

/* ---- is it as the header says ---- */

static bool path_fits(const char *path)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                  "/._-";
    size_t length = path ? strlen(path) : 0;

    return length > 1 && path[0] == '/' && length < sizeof(((struct sockaddr_un *)0)->sun_path) &&
           strspn(path, allowed) == length;
}

static bool der_fits(const struct openvpn_bytes *der)
{
    return der->data && der->size > 0 && der->size <= DER_MAX;
}

/* A usable address of a family, with room for a peer beside it. */
static bool hub_fits(const struct prefix *hub, uint8_t family)
{
    return hub->address.family == family && prefix_valid(hub) && hub->length > 0 &&
           hub->length < address_bits(&hub->address);
}

static bool config_fits(const struct openvpn_config *config)
{
    bool has4 = config->hub4.address.family != 0, has6 = config->hub6.address.family != 0;
    unsigned server = openvpn_server_kind(config->server);

    if ((unsigned)config->server >= OPENVPN_NUMBER_COUNT || config->port == 0 || (!has4 && !has6))
        return false;
    if ((has4 && !hub_fits(&config->hub4, AF_INET)) || (has6 && !hub_fits(&config->hub6, AF_INET6)))
        return false;
    if (config->mtu < (has6 ? OPENVPN_MTU_IPV6_MIN : OPENVPN_MTU_MIN) ||
        config->mtu > OPENVPN_MTU_MAX)
        return false;
    if (config->tls_crypt_key.size != (servers[server].tls_crypt ? TLS_CRYPT_KEY_SIZE : 0) ||
        (config->tls_crypt_key.size > 0 && !config->tls_crypt_key.data))
        return false;
    return der_fits(&config->ca) && der_fits(&config->certificate) && der_fits(&config->key) &&
           path_fits(config->management_path);
}

/* ---- its text ---- */

static void add_network(struct buf *text, const struct openvpn_config *config)
{
    char address[ADDRESS_TEXT_MAX], mask[ADDRESS_TEXT_MAX];

    if (config->hub4.address.family) {
        buf_printf(text, "ifconfig %s %s\n", address_format(&config->hub4.address, address),
                   prefix_mask_format(&config->hub4, mask));
    }
    if (config->hub6.address.family) {
        /* The far end is not used on a tun with a network, but must be said. */
        address_format(&config->hub6.address, address);
        buf_printf(text, "ifconfig-ipv6 %s/%u %s\n", address, config->hub6.length, address);
    }
    buf_printf(text, "tun-mtu %u\n", config->mtu);
}

static void add_inline(struct buf *text, const char *word, const char *label,
                       const struct openvpn_bytes *bytes)
{
    buf_printf(text, "<%s>\n", word);
    pem_add(text, label, bytes->data, bytes->size);
    buf_printf(text, "</%s>\n", word);
}

int openvpn_config_format(const struct openvpn_config *config, struct buf *ret_text)
{
    if (!config_fits(config))
        return -EINVAL;
    buf_reserve(ret_text, TEXT_SIZE);
    buf_printf(ret_text, "port %u\ndev %s\nmanagement %s unix\n", config->port,
               openvpn_server_link(config->server), config->management_path);
    buf_add_text(ret_text, servers[openvpn_server_kind(config->server)].protocol);
    buf_add_text(ret_text, common);
    buf_add_text(ret_text, servers[openvpn_server_kind(config->server)].words);
    add_network(ret_text, config);
    add_inline(ret_text, "ca", PEM_CERTIFICATE, &config->ca);
    add_inline(ret_text, "cert", PEM_CERTIFICATE, &config->certificate);
    add_inline(ret_text, "key", PEM_PRIVATE_KEY, &config->key);
    if (!servers[openvpn_server_kind(config->server)].tls_crypt)
        buf_printf(ret_text, "<dh>\n%s</dh>\n", ffdhe2048);
    else
        add_inline(ret_text, "tls-crypt-v2", PEM_TLS_CRYPT_V2_SERVER, &config->tls_crypt_key);
    return 0;
}
