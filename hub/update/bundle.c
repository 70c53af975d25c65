/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/update/bundle.h"

#include <assert.h>
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "hub/base/text.h"

static const uint8_t magic[8] = {'W', 'A', 'R', 'R', 'E', 'N', 'U', 'P'};
/* Stands before what is signed, so that a signature is good for nothing else. */
static const char context[] = "warren update 1";

enum {
    AT_VERSION = 8,
    AT_RESERVED = 10,
    AT_SIZE = 12,
    AT_KEY = 16,
    AT_SIGNATURE = 24,
    KEY_ID_SIZE = 8,
    PIECE_HEAD_SIZE = 4,
    PACKING_LEVEL = 15,
};

static_assert(AT_SIGNATURE + crypto_sign_BYTES == BUNDLE_HEAD_SIZE, "the signature comes last");
static_assert(BUNDLE_KEY_SIZE == crypto_sign_PUBLICKEYBYTES, "Ed25519");

struct bundle_parser {
    uint8_t public_key[BUNDLE_KEY_SIZE];
    const struct bundle_handlers *handlers;
    void *data;
    enum { BUNDLE_IN_HEAD, BUNDLE_IN_MANIFEST, BUNDLE_IN_PIECES } state;
    size_t wanted; /* of what is gathered, before it is looked at */
    bool in_piece; /* its length was read */
    struct bundle_manifest manifest;
    uint8_t signature[crypto_sign_BYTES];
    int image;
    uint32_t piece;
    struct buf gathered;
    uint8_t *bytes; /* a piece, unpacked */
};

static void put_number(uint8_t *at, uint64_t number, size_t size)
{
    for (size_t i = 0; i < size; i++)
        at[i] = (uint8_t)(number >> (8 * i));
}

static uint64_t take_number(const uint8_t *at, size_t size)
{
    uint64_t number = 0;

    for (size_t i = 0; i < size; i++)
        number |= (uint64_t)at[i] << (8 * i);
    return number;
}

struct bundle_parser *bundle_parser_new(const uint8_t public_key[static BUNDLE_KEY_SIZE],
                                        const struct bundle_handlers *handlers, void *data)
{
    struct bundle_parser *parser = memory_zero(sizeof(*parser));

    if (sodium_init() < 0)
        abort();
    memcpy(parser->public_key, public_key, BUNDLE_KEY_SIZE);
    parser->handlers = handlers;
    parser->data = data;
    parser->wanted = BUNDLE_HEAD_SIZE;
    parser->bytes = memory_zero(BUNDLE_PIECE_SIZE);
    return parser;
}

struct bundle_parser *bundle_parser_free(struct bundle_parser *parser)
{
    if (!parser)
        return NULL;
    bundle_manifest_done(&parser->manifest);
    buf_done(&parser->gathered);
    free(parser->bytes);
    free(parser);
    return NULL;
}

static int wrong(char *reason, int error, const char *text)
{
    snprintf(reason, BUNDLE_REASON_MAX, "%s", text);
    return error;
}

/* ---- head and manifest ---- */

static void key_id(const uint8_t public_key[static BUNDLE_KEY_SIZE], uint8_t id[static KEY_ID_SIZE])
{
    uint8_t hash[BUNDLE_HASH_SIZE];

    crypto_generichash(hash, sizeof(hash), public_key, BUNDLE_KEY_SIZE, NULL, 0);
    memcpy(id, hash, KEY_ID_SIZE);
}

static int take_head(struct bundle_parser *parser, char *reason)
{
    const uint8_t *head = (const uint8_t *)parser->gathered.data;
    uint8_t id[KEY_ID_SIZE];
    uint64_t version = take_number(head + AT_VERSION, 2);

    if (memcmp(head, magic, sizeof(magic)) != 0)
        return wrong(reason, -EBADMSG,
                     "this is no update of Warren: the file warren.bundle of a release would do");
    if (version != BUNDLE_VERSION)
        return wrong(reason, version > BUNDLE_VERSION ? -EPROTO : -EBADMSG,
                     "the update has a format that this program does not know");
    parser->wanted = take_number(head + AT_SIZE, 4);
    if (take_number(head + AT_RESERVED, 2) != 0 || parser->wanted == 0 ||
        parser->wanted > BUNDLE_MANIFEST_MAX)
        return wrong(reason, -EBADMSG, "the head of the update is damaged: fetch the file again");
    key_id(parser->public_key, id);
    if (memcmp(head + AT_KEY, id, sizeof(id)) != 0)
        return wrong(
            reason, -EBADMSG,
            "the update is signed by a key that this hub does not trust: one from where its "
            "system came from would do");
    memcpy(parser->signature, head + AT_SIGNATURE, sizeof(parser->signature));
    parser->state = BUNDLE_IN_MANIFEST;
    return 0;
}

static bool signature_holds(const uint8_t signature[static crypto_sign_BYTES], const char *manifest,
                            size_t size, const uint8_t public_key[static BUNDLE_KEY_SIZE])
{
    crypto_sign_state state;

    crypto_sign_init(&state);
    crypto_sign_update(&state, (const uint8_t *)context, sizeof(context));
    crypto_sign_update(&state, (const uint8_t *)manifest, size);
    return crypto_sign_final_verify(&state, signature, public_key) == 0;
}

static int take_manifest(struct bundle_parser *parser, char *reason)
{
    const struct buf *text = &parser->gathered;
    int r;

    /* Nothing in it is looked at before. */
    if (!signature_holds(parser->signature, text->data, text->length, parser->public_key))
        return wrong(reason, -EBADMSG,
                     "the signature of the update is broken: fetch the file again");
    r = bundle_manifest_parse(text->data, text->length, &parser->manifest, reason);
    if (r < 0)
        return r;
    parser->state = BUNDLE_IN_PIECES;
    parser->wanted = PIECE_HEAD_SIZE;
    return parser->handlers->manifest(&parser->manifest, parser->data);
}

/* ---- pieces ---- */

static bool is_whole(const struct bundle_parser *parser)
{
    return parser->image == BUNDLE_IMAGE_COUNT;
}

static size_t piece_size(const struct bundle_parser *parser)
{
    uint64_t left =
        parser->manifest.sizes[parser->image] - (uint64_t)parser->piece * BUNDLE_PIECE_SIZE;

    return left < BUNDLE_PIECE_SIZE ? (size_t)left : (size_t)BUNDLE_PIECE_SIZE;
}

static void next_piece(struct bundle_parser *parser)
{
    parser->in_piece = false;
    parser->wanted = PIECE_HEAD_SIZE;
    if (++parser->piece < parser->manifest.piece_counts[parser->image])
        return;
    parser->piece = 0;
    parser->image++;
}

static int take_piece(struct bundle_parser *parser, char *reason)
{
    size_t size = piece_size(parser);
    uint8_t hash[BUNDLE_HASH_SIZE];
    int r;

    if (ZSTD_decompress(parser->bytes, size, parser->gathered.data, parser->gathered.length) !=
        size)
        return wrong(reason, -EBADMSG,
                     "the update is damaged, a piece can't be unpacked: fetch the file again");
    bundle_piece_hash(parser->bytes, size, hash);
    if (memcmp(hash, parser->manifest.hashes[parser->image][parser->piece], sizeof(hash)) != 0)
        return wrong(
            reason, -EBADMSG,
            "the update is damaged, a piece is not the one that was signed: fetch the file again");
    r = parser->handlers->piece((enum bundle_image)parser->image,
                                (uint64_t)parser->piece * BUNDLE_PIECE_SIZE, parser->bytes, size,
                                parser->data);
    next_piece(parser);
    return r;
}

static int take_piece_head(struct bundle_parser *parser, char *reason)
{
    parser->wanted = take_number((const uint8_t *)parser->gathered.data, PIECE_HEAD_SIZE);
    if (parser->wanted == 0 || parser->wanted > BUNDLE_PACKED_MAX)
        return wrong(
            reason, -EBADMSG,
            "the update is damaged, a piece has a length that none has: fetch the file again");
    parser->in_piece = true;
    return 0;
}

static int take_gathered(struct bundle_parser *parser, char *reason)
{
    switch (parser->state) {
    case BUNDLE_IN_HEAD:
        return take_head(parser, reason);
    case BUNDLE_IN_MANIFEST:
        return take_manifest(parser, reason);
    case BUNDLE_IN_PIECES:
        return parser->in_piece ? take_piece(parser, reason) : take_piece_head(parser, reason);
    }
    return -EBADMSG;
}

int bundle_parser_feed(struct bundle_parser *parser, const uint8_t *bytes, size_t size,
                       char reason[static BUNDLE_REASON_MAX])
{
    int r = 0;

    reason[0] = 0;
    while (size && r == 0) {
        size_t missing = parser->wanted - parser->gathered.length;
        size_t taken = missing < size ? missing : size;

        if (parser->state == BUNDLE_IN_PIECES && is_whole(parser))
            return wrong(reason, -EBADMSG,
                         "the update is damaged, more comes after its end: fetch the file again");
        buf_add(&parser->gathered, bytes, taken);
        bytes += taken;
        size -= taken;
        if (taken < missing)
            break;
        r = take_gathered(parser, reason);
        buf_clear(&parser->gathered);
    }
    return r;
}

int bundle_parser_end(const struct bundle_parser *parser, char reason[static BUNDLE_REASON_MAX])
{
    if (parser->state == BUNDLE_IN_PIECES && is_whole(parser))
        return 0;
    return wrong(reason, -EBADMSG,
                 "the update is cut off, its end is missing: fetch the file again");
}

/* ---- making one ---- */

void bundle_piece_hash(const uint8_t *bytes, size_t size, uint8_t ret_hash[static BUNDLE_HASH_SIZE])
{
    crypto_generichash(ret_hash, BUNDLE_HASH_SIZE, bytes, size, NULL, 0);
}

void bundle_piece_format(const uint8_t *bytes, size_t size, struct buf *ret_bytes)
{
    static uint8_t packed[BUNDLE_PACKED_MAX];
    uint8_t head[PIECE_HEAD_SIZE];
    size_t used = ZSTD_compress(packed, sizeof(packed), bytes, size, PACKING_LEVEL);

    if (ZSTD_isError(used))
        abort();
    put_number(head, used, sizeof(head));
    buf_add(ret_bytes, head, sizeof(head));
    buf_add(ret_bytes, packed, used);
}

void bundle_head_format(const char *manifest, const uint8_t secret_key[static 64],
                        struct buf *ret_bytes)
{
    uint8_t head[BUNDLE_HEAD_SIZE] = {0}, public_key[BUNDLE_KEY_SIZE];
    crypto_sign_state state;

    memcpy(head, magic, sizeof(magic));
    put_number(head + AT_VERSION, BUNDLE_VERSION, 2);
    put_number(head + AT_SIZE, strlen(manifest), 4);
    crypto_sign_ed25519_sk_to_pk(public_key, secret_key);
    key_id(public_key, head + AT_KEY);
    crypto_sign_init(&state);
    crypto_sign_update(&state, (const uint8_t *)context, sizeof(context));
    crypto_sign_update(&state, (const uint8_t *)manifest, strlen(manifest));
    crypto_sign_final_create(&state, head + AT_SIGNATURE, NULL, secret_key);
    buf_add(ret_bytes, head, sizeof(head));
    buf_add_text(ret_bytes, manifest);
}
