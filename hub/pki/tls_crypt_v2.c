/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * WKc = T || AES-256-CTR(Ke, IV = first 16 bytes of T, Kc || metadata) || length of WKc
 * T = HMAC-SHA256(Ka, length || Kc || metadata)
 * Ke and Ka are the first 32 bytes of the two halves of the server's key; of the metadata the first
 * byte is its type, 1 for a time. Numbers in network order.
 */
#include "hub/pki/tls_crypt_v2.h"

#include <assert.h>
#include <nettle/aes.h>
#include <nettle/ctr.h>
#include <nettle/hmac.h>
#include <sodium.h>
#include <string.h>

enum {
    HALF = TLS_CRYPT_V2_SERVER_SIZE / 2,
    TAG_SIZE = SHA256_DIGEST_SIZE,
    PLAIN_SIZE = TLS_CRYPT_V2_KEY_SIZE + TLS_CRYPT_V2_METADATA_SIZE,
    METADATA_TIME = 1,
};
static_assert(TAG_SIZE + PLAIN_SIZE + 2 == TLS_CRYPT_V2_WRAPPED_SIZE, "size");
static_assert(TLS_CRYPT_V2_KEY_SIZE + TLS_CRYPT_V2_WRAPPED_SIZE == TLS_CRYPT_V2_CLIENT_SIZE,
              "size");

static const uint8_t wrapped_length[2] = {
    TLS_CRYPT_V2_WRAPPED_SIZE >> 8,
    TLS_CRYPT_V2_WRAPPED_SIZE & 0xff,
};

static void make_tag(const struct tls_crypt_v2_server *server,
                     const uint8_t plain[static PLAIN_SIZE], uint8_t ret_tag[static TAG_SIZE])
{
    struct hmac_sha256_ctx hmac;

    hmac_sha256_set_key(&hmac, SHA256_DIGEST_SIZE, server->bytes + HALF);
    hmac_sha256_update(&hmac, sizeof(wrapped_length), wrapped_length);
    hmac_sha256_update(&hmac, PLAIN_SIZE, plain);
    hmac_sha256_digest(&hmac, TAG_SIZE, ret_tag);
    sodium_memzero(&hmac, sizeof(hmac));
}

/* Both ways. */
static void apply_cipher(const struct tls_crypt_v2_server *server,
                         const uint8_t tag[static TAG_SIZE], const uint8_t *from, uint8_t *ret_to)
{
    struct aes256_ctx aes;
    uint8_t counter[AES_BLOCK_SIZE];

    memcpy(counter, tag, sizeof(counter));
    aes256_set_encrypt_key(&aes, server->bytes);
    ctr_crypt(&aes, (nettle_cipher_func *)aes256_encrypt, AES_BLOCK_SIZE, counter, PLAIN_SIZE,
              ret_to, from);
    sodium_memzero(&aes, sizeof(aes));
}

static void put_time(int64_t time, uint8_t ret_bytes[static 8])
{
    for (int i = 0; i < 8; i++)
        ret_bytes[i] = (uint8_t)((uint64_t)time >> (56 - 8 * i));
}

static int64_t get_time(const uint8_t bytes[static 8])
{
    uint64_t time = 0;

    for (int i = 0; i < 8; i++)
        time = time << 8 | bytes[i];
    return (int64_t)time;
}

void tls_crypt_v2_make_server(struct tls_crypt_v2_server *ret_server)
{
    randombytes_buf(ret_server->bytes, sizeof(ret_server->bytes));
}

void tls_crypt_v2_make_client(const struct tls_crypt_v2_server *server, int64_t now,
                              struct tls_crypt_v2_client *ret_client)
{
    uint8_t plain[PLAIN_SIZE];
    uint8_t *wrapped = ret_client->bytes + TLS_CRYPT_V2_KEY_SIZE;

    randombytes_buf(plain, TLS_CRYPT_V2_KEY_SIZE);
    plain[TLS_CRYPT_V2_KEY_SIZE] = METADATA_TIME;
    put_time(now, plain + TLS_CRYPT_V2_KEY_SIZE + 1);
    memcpy(ret_client->bytes, plain, TLS_CRYPT_V2_KEY_SIZE);
    make_tag(server, plain, wrapped);
    apply_cipher(server, wrapped, plain, wrapped + TAG_SIZE);
    memcpy(wrapped + TAG_SIZE + PLAIN_SIZE, wrapped_length, sizeof(wrapped_length));
    sodium_memzero(plain, sizeof(plain));
}

bool tls_crypt_v2_is_of(const struct tls_crypt_v2_client *client,
                        const struct tls_crypt_v2_server *server, int64_t *ret_made_at)
{
    uint8_t plain[PLAIN_SIZE], wanted[TAG_SIZE];
    const uint8_t *wrapped = client->bytes + TLS_CRYPT_V2_KEY_SIZE;
    const uint8_t *metadata = plain + TLS_CRYPT_V2_KEY_SIZE;
    bool is_of;

    apply_cipher(server, wrapped, wrapped + TAG_SIZE, plain);
    make_tag(server, plain, wanted);
    is_of = sodium_memcmp(wanted, wrapped, TAG_SIZE) == 0 &&
            memcmp(wrapped + TAG_SIZE + PLAIN_SIZE, wrapped_length, sizeof(wrapped_length)) == 0 &&
            sodium_memcmp(plain, client->bytes, TLS_CRYPT_V2_KEY_SIZE) == 0 &&
            metadata[0] == METADATA_TIME;
    if (is_of && ret_made_at)
        *ret_made_at = get_time(metadata + 1);
    sodium_memzero(plain, sizeof(plain));
    return is_of;
}

void tls_crypt_v2_server_wipe(struct tls_crypt_v2_server *server)
{
    sodium_memzero(server, sizeof(*server));
}

void tls_crypt_v2_client_wipe(struct tls_crypt_v2_client *client)
{
    sodium_memzero(client, sizeof(*client));
}
