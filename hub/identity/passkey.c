/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/identity/passkey.h"

#include <errno.h>
#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <jansson.h>
#include <sodium.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"

enum {
    CLIENT_DATA_MAX = 4096,
    RELYING_PARTY_HASH_SIZE = crypto_hash_sha256_BYTES,
    FLAGS_AT = RELYING_PARTY_HASH_SIZE,
    COUNTER_AT = FLAGS_AT + 1,
    HEAD_SIZE = COUNTER_AT + 4,
    AAGUID_SIZE = 16,
    CHALLENGE_TEXT_MAX = 44,
    RSA_BITS_MIN = 2048,
};

enum {
    FLAG_USER_PRESENT = 1 << 0,
    FLAG_USER_VERIFIED = 1 << 2,
    FLAG_BACKUP_ELIGIBLE = 1 << 3,
    FLAG_BACKED_UP = 1 << 4,
    FLAG_CREDENTIAL = 1 << 6,
};

DEFINE_CLEANUP(json_t *, json_decref, cleanup_json)
DEFINE_CLEANUP(gnutls_pubkey_t, gnutls_pubkey_deinit, cleanup_public_key)

/* ---- what the browser says that it was asked ---- */

static bool member_is(const json_t *object, const char *name, const char *wanted)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text && text_equal(text, wanted);
}

static const char *check_client_data(const struct passkey_expected *expected,
                                     struct bytes client_data, const char *type)
{
    char challenge[CHALLENGE_TEXT_MAX];

    if (client_data.size > CLIENT_DATA_MAX)
        return "the client data is too long";
    _cleanup_(cleanup_json) json_t *root =
        json_loadb((const char *)client_data.data, client_data.size, JSON_REJECT_DUPLICATES, NULL);
    if (!json_is_object(root))
        return "the client data is not a JSON object";
    sodium_bin2base64(challenge, sizeof(challenge), expected->challenge, PASSKEY_CHALLENGE_SIZE,
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    if (!member_is(root, "type", type))
        return "the client data is of something else";
    if (!member_is(root, "challenge", challenge))
        return "the client data answers another challenge";
    if (!member_is(root, "origin", expected->origin))
        return "the page it was made for is not this hub's";
    if (json_is_true(json_object_get(root, "crossOrigin")))
        return "it was made within another site's page";
    return NULL;
}

/* ---- what the device says ---- */

static const char *check_head(const struct passkey_expected *expected, struct bytes data,
                              struct passkey_facts *facts)
{
    uint8_t hash[RELYING_PARTY_HASH_SIZE];

    if (data.size < HEAD_SIZE)
        return "the authenticator data is too short";
    crypto_hash_sha256(hash, (const uint8_t *)expected->relying_party,
                       strlen(expected->relying_party));
    if (memcmp(hash, data.data, sizeof(hash)) != 0)
        return "the passkey is for another site";
    uint8_t flags = data.data[FLAGS_AT];
    if (!(flags & FLAG_USER_PRESENT))
        return "nobody touched the device";
    if (expected->user_verified && !(flags & FLAG_USER_VERIFIED))
        return "the device did not ask who uses it";
    if ((flags & FLAG_BACKED_UP) && !(flags & FLAG_BACKUP_ELIGIBLE))
        return "the authenticator data contradicts itself";
    facts->user_verified = flags & FLAG_USER_VERIFIED;
    facts->backed_up = flags & FLAG_BACKED_UP;
    const uint8_t *counter = data.data + COUNTER_AT;
    facts->counter = (uint32_t)counter[0] << 24 | (uint32_t)counter[1] << 16 |
                     (uint32_t)counter[2] << 8 | counter[3];
    return NULL;
}

/* Behind the head: AAGUID, length, id, and the key in COSE, which the browser gave us as DER. */
static const char *take_credential(struct bytes data, struct passkey_facts *facts)
{
    const size_t id_at = HEAD_SIZE + AAGUID_SIZE + 2;

    if (!(data.data[FLAGS_AT] & FLAG_CREDENTIAL) || data.size < id_at)
        return "the authenticator data holds no passkey";
    size_t size = (size_t)data.data[id_at - 2] << 8 | data.data[id_at - 1];
    if (size == 0 || size > PASSKEY_CREDENTIAL_MAX || size >= data.size - id_at)
        return "the passkey's id has a length that cannot be";
    facts->credential = (struct bytes){data.data + id_at, size};
    return NULL;
}

/* ---- the key ---- */

static const char *open_key(struct bytes der, gnutls_pubkey_t *ret_key,
                            gnutls_sign_algorithm_t *ret_algorithm)
{
    _cleanup_(cleanup_public_key) gnutls_pubkey_t key = NULL;
    gnutls_datum_t datum = {(unsigned char *)der.data, (unsigned)der.size};
    gnutls_ecc_curve_t curve = GNUTLS_ECC_CURVE_INVALID;
    unsigned bits = 0;

    if (der.size == 0 || der.size > PASSKEY_PUBLIC_KEY_MAX || gnutls_pubkey_init(&key) < 0 ||
        gnutls_pubkey_import(key, &datum, GNUTLS_X509_FMT_DER) < 0)
        return "the public key cannot be read";
    int algorithm = gnutls_pubkey_get_pk_algorithm(key, &bits);
    if (algorithm == GNUTLS_PK_ECDSA &&
        gnutls_pubkey_export_ecc_raw2(key, &curve, NULL, NULL, 0) >= 0 &&
        curve == GNUTLS_ECC_CURVE_SECP256R1)
        *ret_algorithm = GNUTLS_SIGN_ECDSA_SECP256R1_SHA256;
    else if (algorithm == GNUTLS_PK_RSA && bits >= RSA_BITS_MIN)
        *ret_algorithm = GNUTLS_SIGN_RSA_SHA256;
    else if (algorithm == GNUTLS_PK_EDDSA_ED25519)
        *ret_algorithm = GNUTLS_SIGN_EDDSA_ED25519;
    else
        return "the public key is of a kind that is not taken: ES256, RS256 or EdDSA would do";
    *ret_key = TAKE_PTR(key);
    return NULL;
}

static const char *check_signature(struct bytes client_data, struct bytes authenticator_data,
                                   struct bytes signature, struct bytes public_key)
{
    _cleanup_(cleanup_public_key) gnutls_pubkey_t key = NULL;
    gnutls_sign_algorithm_t algorithm;
    size_t size = authenticator_data.size + crypto_hash_sha256_BYTES;
    const char *wrong = open_key(public_key, &key, &algorithm);

    if (wrong)
        return wrong;
    _cleanup_free_ uint8_t *text = memory_zero(size);
    memcpy(text, authenticator_data.data, authenticator_data.size);
    crypto_hash_sha256(text + authenticator_data.size, client_data.data, client_data.size);
    gnutls_datum_t said = {text, (unsigned)size};
    gnutls_datum_t proof = {(unsigned char *)signature.data, (unsigned)signature.size};
    return gnutls_pubkey_verify_data2(key, algorithm, 0, &said, &proof) < 0
               ? "the signature is not right"
               : NULL;
}

/* ---- the whole ---- */

enum { AUTHENTICATOR_DATA_MAX = 8192, SIGNATURE_MAX = 1024 };

static int verdict(const char *wrong, const char **ret_wrong)
{
    if (!wrong)
        return 0;
    *ret_wrong = wrong;
    return -EBADMSG;
}

static const char *check_new(const struct passkey_expected *expected, struct bytes credential,
                             struct bytes client_data, struct bytes authenticator_data,
                             struct bytes public_key, struct passkey_facts *facts)
{
    _cleanup_(cleanup_public_key) gnutls_pubkey_t key = NULL;
    gnutls_sign_algorithm_t algorithm;
    const char *wrong = check_client_data(expected, client_data, "webauthn.create");

    if (!wrong)
        wrong = check_head(expected, authenticator_data, facts);
    if (!wrong)
        wrong = take_credential(authenticator_data, facts);
    if (!wrong && (credential.size != facts->credential.size ||
                   memcmp(credential.data, facts->credential.data, credential.size) != 0))
        wrong = "the authenticator data holds another passkey";
    return wrong ? wrong : open_key(public_key, &key, &algorithm);
}

int passkey_check_new(const struct passkey_expected *expected, struct bytes credential,
                      struct bytes client_data, struct bytes authenticator_data,
                      struct bytes public_key, struct passkey_facts *ret_facts,
                      const char **ret_wrong)
{
    struct passkey_facts facts = {0};

    if (authenticator_data.size > AUTHENTICATOR_DATA_MAX)
        return verdict("the authenticator data is too long", ret_wrong);
    int r = verdict(
        check_new(expected, credential, client_data, authenticator_data, public_key, &facts),
        ret_wrong);
    if (r == 0)
        *ret_facts = facts;
    return r;
}

int passkey_check_signature(const struct passkey_expected *expected, struct bytes client_data,
                            struct bytes authenticator_data, struct bytes signature,
                            struct bytes public_key, uint32_t counter,
                            struct passkey_facts *ret_facts, const char **ret_wrong)
{
    struct passkey_facts facts = {0};

    if (authenticator_data.size > AUTHENTICATOR_DATA_MAX || signature.size > SIGNATURE_MAX)
        return verdict("what the device says is too long", ret_wrong);
    const char *wrong = check_client_data(expected, client_data, "webauthn.get");
    if (!wrong)
        wrong = check_head(expected, authenticator_data, &facts);
    if (!wrong)
        wrong = check_signature(client_data, authenticator_data, signature, public_key);
    /* Devices without a counter say 0 for ever. */
    if (!wrong && (facts.counter || counter) && facts.counter <= counter)
        wrong = "the device's counter went back: there may be a copy of it";
    if (!wrong)
        *ret_facts = facts;
    return verdict(wrong, ret_wrong);
}
