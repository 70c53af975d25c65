/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The configuration of one OpenVPN server, as text, from typed fields: nothing that a person typed
 * reaches it. Pure. The text holds the private key: wipe it after use, and give it to openvpn
 * through a descriptor or a file of 0600.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "hub/base/address.h"
#include "hub/base/buf.h"
#include "hub/base/openvpn_server.h"

enum {
    OPENVPN_MTU_MIN = 576, /* what every IPv4 host takes */
    OPENVPN_MTU_IPV6_MIN = 1280,
    OPENVPN_MTU_MAX = 1500,
};

struct openvpn_bytes {
    const void *data;
    size_t size;
};

struct openvpn_config {
    enum openvpn_server server;
    uint16_t port;
    uint16_t mtu;
    /* The hub's own tunnel addresses with the networks' lengths; family 0 = none, not both. */
    struct prefix hub4, hub6;
    struct openvpn_bytes ca, certificate, key; /* DER; the key PKCS#8 */
    struct openvpn_bytes tls_crypt_key;        /* of tls-crypt-v2, 128 bytes; legacy: none */
    const char *management_path; /* absolute: letters, digits and "/._-", short enough for a socket
                                    address. openvpn makes it 0777: its folder must be 0700 */
};

/* Appends to `ret_text` on success alone. -EINVAL when a field is not as said above. */
int openvpn_config_format(const struct openvpn_config *config, struct buf *ret_text);
