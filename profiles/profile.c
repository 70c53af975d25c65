/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "profiles/profile.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "profiles/ovpn.h"
#include "profiles/routeros.h"
#include "profiles/routeros_openvpn.h"
#include "profiles/wg_quick.h"

enum { STEM_LONGEST = 60 };

const struct profile_format profile_formats[] = {
    {
        .name = "wg-quick",
        .title = "wg-quick file, for the WireGuard apps and Linux",
        .extension = ".conf",
        .media_type = "text/plain; charset=utf-8",
        .subjects = PROFILE_FOR_CLIENT | PROFILE_FOR_SITE,
        .fits_qr = true,
        .stem_max = 15, /* the stem becomes the name of the link */
        .write = wg_quick_write,
    },
    {
        .name = "ovpn",
        .title = "OpenVPN file, for OpenVPN, OpenVPN Connect and NetworkManager",
        .extension = ".ovpn",
        .media_type = "application/x-openvpn-profile",
        .subjects = PROFILE_FOR_CERTIFICATE_CLIENT | PROFILE_FOR_CERTIFICATE_SITE,
        .no_qr = "is not possible: an OpenVPN file is larger than a code; give the device the file",
        .import_scheme = "openvpn://import-profile/",
        .stem_max = STEM_LONGEST,
        .write = ovpn_write,
    },
    {
        .name = "routeros",
        .title = "RouterOS 7 script, for MikroTik routers",
        .extension = ".rsc",
        .media_type = "text/plain; charset=us-ascii",
        .subjects = PROFILE_FOR_SITE | PROFILE_FOR_PASSWORD_SITE,
        .no_qr = "is not possible for this format: no app reads it",
        .stem_max = STEM_LONGEST,
        .write = routeros_write,
    },
    {
        .name = "routeros6",
        .title = "RouterOS 6 script, for older MikroTik routers",
        .extension = ".rsc",
        .media_type = "text/plain; charset=us-ascii",
        .subjects = PROFILE_FOR_PASSWORD_SITE,
        .no_qr = "is not possible for this format: no app reads it",
        .stem_max = STEM_LONGEST,
        .write = routeros6_write,
    },
    {0},
};

const struct profile_format *profile_format_find(const char *name)
{
    for (const struct profile_format *format = profile_formats; format->name; format++) {
        if (text_equal(format->name, name))
            return format;
    }
    return NULL;
}

enum profile_subject profile_subject_of(enum profile_access access, bool is_site)
{
    switch (access) {
    case PROFILE_WIREGUARD:
        return is_site ? PROFILE_FOR_SITE : PROFILE_FOR_CLIENT;
    case PROFILE_CERTIFICATE:
        return is_site ? PROFILE_FOR_CERTIFICATE_SITE : PROFILE_FOR_CERTIFICATE_CLIENT;
    case PROFILE_PASSWORD:
        return PROFILE_FOR_PASSWORD_SITE;
    }
    abort();
}

const struct profile_format *profile_format_default(enum profile_subject subject)
{
    const struct profile_format *format = profile_formats;

    while (!(format->subjects & subject))
        format++;
    return format;
}

/* ---- file names ---- */

/* Letters, digits and single dashes of a name; `fallback` when nothing is left of it. */
static size_t slug_make(const char *name, const char *fallback, char slug[static STEM_LONGEST + 1])
{
    size_t length = 0;

    for (const char *p = name; *p && length < STEM_LONGEST; p++) {
        char c = *p >= 'A' && *p <= 'Z' ? (char)(*p - 'A' + 'a') : *p;

        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
            slug[length++] = c;
        else if (length > 0 && slug[length - 1] != '-')
            slug[length++] = '-';
    }
    while (length > 0 && slug[length - 1] == '-')
        length--;
    slug[length] = '\0';
    if (length > 0 || !fallback)
        return length;
    return slug_make(fallback, NULL, slug);
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

char *profile_file_name(const struct profile_facts *facts, const struct profile_format *format)
{
    char instance[STEM_LONGEST + 1], peer[STEM_LONGEST + 1];
    size_t instance_length = slug_make(facts->instance_name, facts->instance_id, instance);
    size_t peer_length = slug_make(facts->peer_name, facts->peer_id, peer);
    size_t room = format->stem_max - 1; /* for both, without the dash between them */

    /* The peer has at least half, more where the instance's name is short. */
    if (instance_length + peer_length > room) {
        size_t least = (room + 1) / 2;
        size_t left = room - smaller(instance_length, room);

        peer_length = smaller(peer_length, left > least ? left : least);
        instance_length = smaller(instance_length, room - peer_length);
    }
    while (instance_length > 0 && instance[instance_length - 1] == '-')
        instance_length--;
    while (peer_length > 0 && peer[peer_length - 1] == '-')
        peer_length--;
    return text_format("%.*s-%.*s%s", (int)instance_length, instance, (int)peer_length, peer,
                       format->extension);
}

/* ---- digests ---- */

static const char *const aspect_reasons[PROFILE_ASPECT_COUNT] = {
    [PROFILE_ASPECT_ENDPOINT] = "the hub's endpoint changed",
    [PROFILE_ASPECT_HUB_KEY] = "the instance's key or authority changed",
    [PROFILE_ASPECT_KEYS] = "the peer's keys changed",
    [PROFILE_ASPECT_ADDRESSES] = "the peer's tunnel addresses changed",
    [PROFILE_ASPECT_ROUTES] = "the networks to route changed",
    [PROFILE_ASPECT_DNS] = "the DNS servers changed",
    [PROFILE_ASPECT_MTU_OR_KEEPALIVE] = "the MTU or the keepalive changed",
    [PROFILE_ASPECT_MTU] = "the MTU changed",
    [PROFILE_ASPECT_KEEPALIVE] = "the keepalive changed",
};

const char *profile_aspect_reason(enum profile_aspect aspect)
{
    return aspect < PROFILE_ASPECT_COUNT ? aspect_reasons[aspect] : "";
}

struct hash {
    crypto_generichash_state state;
    uint8_t *ret_digest;
};

static struct hash hash_begin(struct profile_digest *digest, enum profile_aspect aspect)
{
    struct hash hash = {.ret_digest = digest->aspects[aspect]};

    crypto_generichash_init(&hash.state, NULL, 0, sizeof(digest->aspects[aspect]));
    return hash;
}

/* The size goes in first, so that no two lists of values look alike. */
static void hash_add(struct hash *hash, const void *data, size_t size)
{
    uint64_t size64 = size;

    crypto_generichash_update(&hash->state, (const uint8_t *)&size64, sizeof(size64));
    crypto_generichash_update(&hash->state, data, size);
}

static void hash_add_address(struct hash *hash, const struct address *address)
{
    hash_add(hash, &address->family, sizeof(address->family));
    hash_add(hash, address->bytes, address_size(address));
}

static void hash_add_prefix(struct hash *hash, const struct prefix *prefix)
{
    hash_add_address(hash, &prefix->address);
    hash_add(hash, &prefix->length, sizeof(prefix->length));
}

static void hash_end(struct hash *hash)
{
    crypto_generichash_final(&hash->state, hash->ret_digest, 16);
    sodium_memzero(&hash->state, sizeof(hash->state));
}

static void hash_add_bytes(struct hash *hash, const struct profile_bytes *bytes)
{
    hash_add(hash, bytes->data ? bytes->data : "", bytes->size);
}

static void hash_add_text(struct hash *hash, const char *text)
{
    hash_add(hash, text, strlen(text));
}

static void digest_keys(const struct profile_facts *facts, struct profile_digest *digest)
{
    struct hash hash = hash_begin(digest, PROFILE_ASPECT_KEYS);
    struct key public_key = facts->public_key;

    if (facts->has_private_key && key_is_zero(&public_key))
        key_public(&facts->private_key, &public_key);
    hash_add(&hash, public_key.bytes, sizeof(public_key.bytes));
    if (facts->has_preshared_key)
        hash_add(&hash, facts->preshared_key.bytes, sizeof(facts->preshared_key.bytes));
    hash_end(&hash);
}

static void digest_networks(const struct profile_facts *facts, struct profile_digest *digest)
{
    struct hash addresses = hash_begin(digest, PROFILE_ASPECT_ADDRESSES);
    struct hash dns = hash_begin(digest, PROFILE_ASPECT_DNS);

    for (size_t i = 0; i < facts->address_count; i++)
        hash_add_prefix(&addresses, &facts->addresses[i]);
    for (size_t i = 0; i < facts->dns_count; i++)
        hash_add_address(&dns, &facts->dns[i]);
    for (size_t i = 0; facts->dns_count > 0 && facts->search && i < facts->search->count; i++)
        hash_add(&dns, facts->search->items[i].name, strlen(facts->search->items[i].name) + 1);
    hash_end(&addresses);
    hash_end(&dns);
}

static void digest_routes(const struct prefix_set *routes, struct profile_digest *digest)
{
    struct hash hash = hash_begin(digest, PROFILE_ASPECT_ROUTES);

    for (size_t i = 0; i < routes->count; i++)
        hash_add_prefix(&hash, &routes->items[i]);
    hash_end(&hash);
}

static void digest_number(uint16_t number, enum profile_aspect aspect,
                          struct profile_digest *digest)
{
    struct hash hash = hash_begin(digest, aspect);

    hash_add(&hash, &number, sizeof(number));
    hash_end(&hash);
}

static void digest_wireguard(const struct profile_facts *facts, struct profile_digest *digest)
{
    struct hash endpoint = hash_begin(digest, PROFILE_ASPECT_ENDPOINT);
    struct hash hub_key = hash_begin(digest, PROFILE_ASPECT_HUB_KEY);
    struct hash mtu = hash_begin(digest, PROFILE_ASPECT_MTU_OR_KEEPALIVE);

    hash_add_text(&endpoint, facts->endpoint_host);
    hash_add(&endpoint, &facts->endpoint_port, sizeof(facts->endpoint_port));
    hash_end(&endpoint);
    hash_add(&hub_key, facts->hub_public_key.bytes, sizeof(facts->hub_public_key.bytes));
    hash_end(&hub_key);
    hash_add(&mtu, &facts->mtu, sizeof(facts->mtu));
    hash_add(&mtu, &facts->keepalive, sizeof(facts->keepalive));
    hash_end(&mtu);
    digest_number(facts->mtu, PROFILE_ASPECT_MTU, digest);
    digest_number(facts->keepalive, PROFILE_ASPECT_KEEPALIVE, digest);
    digest_keys(facts, digest);
    digest_networks(facts, digest);
    digest_routes(&facts->allowed, digest);
}

static void digest_openvpn_keys(const struct profile_facts *facts, struct profile_digest *digest)
{
    const struct profile_openvpn *openvpn = &facts->openvpn;
    struct hash hash = hash_begin(digest, PROFILE_ASPECT_KEYS);

    if (facts->access == PROFILE_PASSWORD) {
        hash_add_text(&hash, openvpn->user_name);
        hash_add_text(&hash, openvpn->password);
    } else {
        hash_add_bytes(&hash, &openvpn->certificate);
        hash_add_bytes(&hash, &openvpn->tls_crypt_key);
    }
    hash_end(&hash);
}

/* The ports of those servers alone that this device knows. */
static void digest_openvpn(const struct profile_facts *facts, struct profile_digest *digest)
{
    const struct profile_openvpn *openvpn = &facts->openvpn;
    bool password = facts->access == PROFILE_PASSWORD;
    struct hash endpoint = hash_begin(digest, PROFILE_ASPECT_ENDPOINT);
    struct hash hub_key = hash_begin(digest, PROFILE_ASPECT_HUB_KEY);
    struct hash mtu = hash_begin(digest, PROFILE_ASPECT_MTU_OR_KEEPALIVE);

    hash_add_text(&endpoint, facts->endpoint_host);
    for (enum openvpn_server server = 0; server < OPENVPN_SERVER_COUNT; server++) {
        if ((server == OPENVPN_LEGACY) == password)
            hash_add(&endpoint, &openvpn->ports[server], sizeof(openvpn->ports[server]));
    }
    hash_end(&endpoint);
    hash_add_bytes(&hub_key, &openvpn->ca);
    if (!password)
        hash_add_text(&hub_key, openvpn->server_name);
    hash_end(&hub_key);
    hash_add(&mtu, &facts->mtu, sizeof(facts->mtu));
    hash_end(&mtu);
    digest_number(facts->mtu, PROFILE_ASPECT_MTU, digest);
    digest_openvpn_keys(facts, digest);
    digest_routes(password ? &facts->allowed : &facts->excluded, digest);
}

void profile_digest_of(const struct profile_facts *facts, struct profile_digest *ret_digest)
{
    memset(ret_digest, 0, sizeof(*ret_digest)); /* what a device does not hold */
    if (facts->access == PROFILE_WIREGUARD)
        digest_wireguard(facts, ret_digest);
    else
        digest_openvpn(facts, ret_digest);
}

bool profile_digest_load(const void *bytes, size_t size, struct profile_digest *ret_digest)
{
    const size_t least = offsetof(struct profile_digest, aspects[PROFILE_ASPECT_MTU]);

    if (size != sizeof(*ret_digest) && size != least)
        return false;
    memset(ret_digest, 0, sizeof(*ret_digest));
    memcpy(ret_digest, bytes, size);
    return true;
}

static bool tells_mtu(const struct profile_digest *digest)
{
    return !sodium_is_zero(digest->aspects[PROFILE_ASPECT_MTU],
                           sizeof(digest->aspects[PROFILE_ASPECT_MTU]));
}

/* Either the one, or what it is made of. */
static unsigned not_compared(const struct profile_digest *a, const struct profile_digest *b)
{
    return tells_mtu(a) && tells_mtu(b) ? 1u << PROFILE_ASPECT_MTU_OR_KEEPALIVE
                                        : 1u << PROFILE_ASPECT_MTU | 1u << PROFILE_ASPECT_KEEPALIVE;
}

unsigned profile_digest_compare(const struct profile_digest *a, const struct profile_digest *b)
{
    unsigned different = 0;

    for (unsigned i = 0; i < PROFILE_ASPECT_COUNT; i++) {
        if (memcmp(a->aspects[i], b->aspects[i], sizeof(a->aspects[i])) != 0)
            different |= 1u << i;
    }
    return different & ~not_compared(a, b);
}
