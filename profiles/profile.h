/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Facts in, bytes out: what a peer's device needs, in a format. Pure writers, one file per format,
 * one row of the table per format. QR codes are drawn from a writer's bytes.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hub/base/address.h"
#include "hub/base/buf.h"
#include "hub/base/dns_name.h"
#include "hub/base/key.h"
#include "hub/base/openvpn_server.h"
#include "hub/base/prefix_set.h"

/* How a peer's device speaks to the hub, and shows who it is. */
enum profile_access {
    PROFILE_WIREGUARD,
    PROFILE_CERTIFICATE, /* OpenVPN */
    PROFILE_PASSWORD,    /* OpenVPN, the legacy server */
};

struct profile_bytes {
    const void *data; /* borrowed */
    size_t size;      /* 0 = none */
};

/* What OpenVPN needs; all of it borrowed. */
struct profile_openvpn {
    uint16_t ports[OPENVPN_SERVER_COUNT];  /* 0 = the instance has no such server */
    const char *server_name;               /* common name of the servers' certificate */
    struct profile_bytes ca;               /* DER */
    struct profile_bytes certificate, key; /* DER; no key: the hub has forgotten it */
    struct profile_bytes tls_crypt_key;    /* of tls-crypt-v2, the client's: Kc and WKc */
    const char *user_name, *password;      /* of PROFILE_PASSWORD */
};

/* Everything that a writer may use. The holder owns all of it. */
struct profile_facts {
    const char *hub_name; /* region's public name, for comments */
    const char *instance_id;
    const char *instance_name;
    const char *peer_id;
    const char *peer_name;
    bool is_site;
    bool route_all;
    enum profile_access access;
    const char *endpoint_host; /* name or address, without brackets */
    uint16_t endpoint_port;    /* of WireGuard */
    struct key hub_public_key;
    bool has_private_key; /* false: the device made its own */
    struct key private_key;
    struct key public_key; /* the device's; zero = follows from the private key */
    bool has_preshared_key;
    struct key preshared_key;
    struct prefix addresses[2]; /* tunnel addresses as /32 and /128 */
    size_t address_count;
    struct prefix_set tunnel_networks;
    struct prefix_set allowed; /* what to route into the tunnel: routes_for_peer() */
    struct address dns[4];
    size_t dns_count;
    const struct dns_list *search; /* domains that the device looks in; NULL = none */
    uint16_t mtu;                  /* 0 = leave to the device */
    uint16_t keepalive;            /* 0 = off */
    /* Of a client over OpenVPN, whose routes the server pushes: never through the tunnel. */
    struct prefix_set excluded;
    struct profile_openvpn openvpn; /* unless PROFILE_WIREGUARD */
};

/* Whom a format is for. */
enum profile_subject {
    PROFILE_FOR_CLIENT = 1 << 0, /* over WireGuard */
    PROFILE_FOR_SITE = 1 << 1,   /* over WireGuard */
    PROFILE_FOR_CERTIFICATE_CLIENT = 1 << 2,
    PROFILE_FOR_CERTIFICATE_SITE = 1 << 3,
    PROFILE_FOR_PASSWORD_SITE = 1 << 4, /* there are no clients with passwords */
};
enum profile_subject profile_subject_of(enum profile_access access, bool is_site);

struct profile_format {
    const char *name;      /* "wg-quick" */
    const char *title;     /* "wg-quick file, for the WireGuard apps and Linux" */
    const char *extension; /* ".conf" */
    const char *media_type;
    unsigned subjects; /* enum profile_subject bits */
    bool fits_qr;
    const char *no_qr; /* unless fits_qr: why, and what to do instead ("is not possible: ...") */
    /* What an app imports by, in front of an address that the file is fetched from: then a QR code
     * holds that, whatever the size of the file. NULL = there is none. */
    const char *import_scheme;
    size_t stem_max; /* characters of a file name before the extension */
    void (*write)(const struct profile_facts *facts, struct buf *ret_text);
};

/* Ends with a row whose name is NULL. */
extern const struct profile_format profile_formats[];
const struct profile_format *profile_format_find(const char *name); /* NULL = not found */
/* What such a peer is handed unless it asks for another one. */
const struct profile_format *profile_format_default(enum profile_subject subject);

/* "acme-laptop.conf": letters, digits, dash; a wg-quick file's stem is an interface name, so it is
 * at most 15 characters. Writes a new string. */
char *profile_file_name(const struct profile_facts *facts, const struct profile_format *format);

/* ---- what was handed out, and whether it still holds ---- */

/* The parts of the facts that a device has stored, each as text: compared later. */
enum profile_aspect {
    PROFILE_ASPECT_ENDPOINT,
    PROFILE_ASPECT_HUB_KEY, /* OpenVPN: its authority and the servers' name */
    PROFILE_ASPECT_KEYS, /* the device's public key and the preshared key; OpenVPN: certificate and
                            tls-crypt-v2 key, or user name and password */
    PROFILE_ASPECT_ADDRESSES, /* WireGuard alone: OpenVPN's server pushes them, and the DNS */
    PROFILE_ASPECT_ROUTES,    /* an .ovpn has those alone that are excluded */
    PROFILE_ASPECT_DNS,
    /* Both as one: what was handed out by a hub that did not tell them apart has this alone. */
    PROFILE_ASPECT_MTU_OR_KEEPALIVE,
    PROFILE_ASPECT_MTU,
    PROFILE_ASPECT_KEEPALIVE,
    PROFILE_ASPECT_COUNT,
};
const char *profile_aspect_reason(enum profile_aspect aspect); /* "the networks to route changed" */

/* A digest per aspect: 16 bytes each (BLAKE2b), stored when a profile is handed out. */
struct profile_digest {
    uint8_t aspects[PROFILE_ASPECT_COUNT][16];
};
void profile_digest_of(const struct profile_facts *facts, struct profile_digest *ret_digest);
/* As it was stored, also by a hub that knew fewer aspects; false: it is none. */
bool profile_digest_load(const void *bytes, size_t size, struct profile_digest *ret_digest);
/* Bits of the aspects that differ: 1u << aspect. */
unsigned profile_digest_compare(const struct profile_digest *a, const struct profile_digest *b);
