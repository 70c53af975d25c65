/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/engine/openvpn_keys.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>

#include "hub/base/cleanup.h"
#include "hub/base/log.h"
#include "hub/engine/free_port.h"
#include "hub/pki/pki.h"
#include "hub/pki/tls_crypt_v2.h"

enum {
    /* As long as the authority at most: a device can't be given a new one without a new profile. */
    PEER_LIFETIME = 10 * 365 * 86400,
    PASSWORD_CHARACTERS = 24,
};

void openvpn_keys_peer_name(const struct peer *peer, const struct peer_openvpn *row,
                            char ret_name[static OPENVPN_KEYS_NAME_MAX])
{
    snprintf(ret_name, OPENVPN_KEYS_NAME_MAX, "%s-%u", peer->id, row->issue);
}

void openvpn_keys_server_name(const char *instance_id, char ret_name[static OPENVPN_KEYS_NAME_MAX])
{
    snprintf(ret_name, OPENVPN_KEYS_NAME_MAX, "hub-%s", instance_id);
}

/* ---- between the store's and the certificates' own types ---- */

static void put_blob(struct openvpn_blob *blob, const void *bytes, size_t size)
{
    if (size > sizeof(blob->bytes))
        abort();
    memcpy(blob->bytes, bytes, size);
    blob->size = size;
}

static void put_identity(const struct pki_identity *identity, struct openvpn_blob *certificate,
                         struct openvpn_blob *key)
{
    put_blob(certificate, identity->certificate.der, identity->certificate.size);
    put_blob(key, identity->key.der, identity->key.size);
}

static int get_identity(const struct openvpn_blob *certificate, const struct openvpn_blob *key,
                        struct pki_identity *ret_identity)
{
    int r = pki_certificate_read(certificate->bytes, certificate->size, &ret_identity->certificate);

    return r < 0 ? r : pki_key_read(key->bytes, key->size, &ret_identity->key);
}

/* ---- instances ---- */

static int make_server(const struct engine *engine, const struct instance_openvpn *row,
                       const struct pki_identity *ca, enum pki_key_kind kind,
                       struct openvpn_blob *certificate, struct openvpn_blob *key)
{
    _cleanup_(pki_identity_wipe) struct pki_identity server = {0};
    const char *host = engine->settings.public_name;
    char name[OPENVPN_KEYS_NAME_MAX];
    int r;

    openvpn_keys_server_name(row->instance_id, name);
    r = pki_issue_server(ca, name, *host ? host : NULL, kind, clock_seconds(), &server);
    if (r == 0)
        put_identity(&server, certificate, key);
    return r;
}

static int make_instance(struct engine *engine, const char *instance_id,
                         struct instance_openvpn *row)
{
    _cleanup_(pki_identity_wipe) struct pki_identity ca = {0};
    _cleanup_(tls_crypt_v2_server_wipe) struct tls_crypt_v2_server tls_crypt = {0};
    char name[OPENVPN_KEYS_NAME_MAX];
    int r;

    text_copy(row->instance_id, sizeof(row->instance_id), instance_id);
    r = free_port_openvpn(engine, &row->port);
    if (r < 0)
        return r;
    snprintf(name, sizeof(name), "ca-%s", instance_id);
    r = pki_make_ca(name, clock_seconds(), &ca);
    if (r < 0)
        return r;
    put_identity(&ca, &row->ca_certificate, &row->ca_key);
    tls_crypt_v2_make_server(&tls_crypt);
    memcpy(row->tls_crypt_key, tls_crypt.bytes, sizeof(row->tls_crypt_key));
    return make_server(engine, row, &ca, PKI_ECDSA_P256, &row->certificate, &row->key);
}

static int make_legacy(const struct engine *engine, struct instance_openvpn *row)
{
    _cleanup_(pki_identity_wipe) struct pki_identity ca = {0};
    int r = get_identity(&row->ca_certificate, &row->ca_key, &ca);

    if (r < 0)
        return r;
    return make_server(engine, row, &ca, PKI_RSA_2048, &row->legacy_certificate, &row->legacy_key);
}

int openvpn_keys_prepare(struct engine *engine, const struct peer *peer,
                         struct instance_openvpn *ret_instance)
{
    _cleanup_instance_openvpn_ struct instance_openvpn row = {0};
    bool changed = false;
    int r = openvpn_store_find_instance(engine->store, peer->instance_id, &row);

    if (r == -ENOENT) {
        r = make_instance(engine, peer->instance_id, &row);
        changed = true;
    }
    if (r == 0 && peer->login == LOGIN_PASSWORD && row.legacy_certificate.size == 0) {
        r = make_legacy(engine, &row);
        changed = true;
    }
    if (r == 0 && changed)
        r = openvpn_store_put_instance(engine->store, &row);
    if (r == 0)
        *ret_instance = row;
    return r;
}

/* ---- peers ---- */

static int issue_certificate(const struct instance_openvpn *instance, struct peer *peer,
                             struct peer_openvpn *row)
{
    _cleanup_(pki_identity_wipe) struct pki_identity ca = {0};
    _cleanup_(pki_identity_wipe) struct pki_identity client = {0};
    _cleanup_(tls_crypt_v2_client_wipe) struct tls_crypt_v2_client tls_crypt = {0};
    struct tls_crypt_v2_server server;
    struct pki_facts facts;
    char name[OPENVPN_KEYS_NAME_MAX];
    int64_t now = clock_seconds();
    int r = get_identity(&instance->ca_certificate, &instance->ca_key, &ca);

    if (r < 0)
        return r;
    openvpn_keys_peer_name(peer, row, name);
    r = pki_issue_client(&ca, name, now, now + PEER_LIFETIME, &client);
    if (r == 0)
        r = pki_look(&client.certificate, &facts);
    if (r < 0)
        return r;
    memcpy(server.bytes, instance->tls_crypt_key, sizeof(server.bytes));
    tls_crypt_v2_make_client(&server, now, &tls_crypt);
    tls_crypt_v2_server_wipe(&server);
    put_identity(&client, &row->certificate, &row->key);
    put_blob(&row->tls_crypt_key, tls_crypt.bytes, sizeof(tls_crypt.bytes));
    row->not_after = facts.not_after;
    pki_fingerprint(&client.certificate, peer->public_key.bytes);
    return 0;
}

/* Letters and digits that look like no other: a router's administrator may have to type it. */
static void issue_password(struct peer *peer, struct peer_openvpn *row)
{
    static const char alphabet[] = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";

    for (size_t i = 0; i < PASSWORD_CHARACTERS; i++)
        row->password[i] = alphabet[randombytes_uniform(sizeof(alphabet) - 1)];
    row->password[PASSWORD_CHARACTERS] = 0;
    randombytes_buf(peer->public_key.bytes, KEY_SIZE);
}

int openvpn_keys_issue(const struct instance_openvpn *instance, struct peer *peer,
                       struct peer_openvpn *row)
{
    uint32_t issue = row->issue + 1;
    int r = 0;

    *row = (struct peer_openvpn){.issue = issue};
    text_copy(row->peer_id, sizeof(row->peer_id), peer->id);
    if (peer->login == LOGIN_PASSWORD)
        issue_password(peer, row);
    else
        r = issue_certificate(instance, peer, row);
    peer->has_private_key = peer->login == LOGIN_CERTIFICATE;
    peer->certificate_expires_at = row->not_after;
    return r;
}

/* ---- renewal ---- */

static bool ends_soon(const struct openvpn_blob *certificate, int64_t lifetime)
{
    struct pki_certificate look;
    struct pki_facts facts;

    return certificate->size > 0 &&
           pki_certificate_read(certificate->bytes, certificate->size, &look) == 0 &&
           pki_look(&look, &facts) == 0 && facts.not_after - clock_seconds() < lifetime / 3;
}

int openvpn_keys_since(struct engine *engine, const char *instance_id, int64_t *ret_since)
{
    _cleanup_instance_openvpn_ struct instance_openvpn row = {0};
    struct pki_certificate look;
    struct pki_facts facts;
    int r = openvpn_store_find_instance(engine->store, instance_id, &row);

    if (r == 0)
        r = pki_certificate_read(row.certificate.bytes, row.certificate.size, &look);
    if (r == 0)
        r = pki_look(&look, &facts);
    if (r == 0)
        *ret_since = facts.not_before + PKI_CLOCK_SKEW;
    return r;
}

static int renew_ca(struct instance_openvpn *row, struct pki_identity *ca)
{
    struct pki_certificate renewed;
    int r = pki_renew_ca(ca, clock_seconds(), &renewed);

    if (r < 0)
        return r;
    ca->certificate = renewed;
    put_blob(&row->ca_certificate, renewed.der, renewed.size);
    return 0;
}

int openvpn_keys_renew(struct engine *engine, const char *instance_id, bool *ret_renewed)
{
    _cleanup_instance_openvpn_ struct instance_openvpn row = {0};
    _cleanup_(pki_identity_wipe) struct pki_identity ca = {0};
    bool ca_ends, ends, legacy_ends;
    int r = openvpn_store_find_instance(engine->store, instance_id, &row);

    *ret_renewed = false;
    if (r < 0)
        return r == -ENOENT ? 0 : r;
    ca_ends = ends_soon(&row.ca_certificate, PKI_CA_LIFETIME);
    ends = ends_soon(&row.certificate, PKI_SERVER_LIFETIME);
    legacy_ends = ends_soon(&row.legacy_certificate, PKI_SERVER_LIFETIME);
    if (!ca_ends && !ends && !legacy_ends)
        return 0;
    r = get_identity(&row.ca_certificate, &row.ca_key, &ca);
    if (r == 0 && ca_ends)
        r = renew_ca(&row, &ca);
    if (r == 0 && ends)
        r = make_server(engine, &row, &ca, PKI_ECDSA_P256, &row.certificate, &row.key);
    if (r == 0 && legacy_ends)
        r = make_server(engine, &row, &ca, PKI_RSA_2048, &row.legacy_certificate, &row.legacy_key);
    if (r == 0)
        r = openvpn_store_put_instance(engine->store, &row);
    *ret_renewed = r == 0;
    return r;
}
