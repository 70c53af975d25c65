/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/backup/backup_reader.h"

#include <errno.h>
#include <sodium.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "hub/base/text.h"

#define stream(name) crypto_secretstream_xchacha20poly1305_##name

enum {
    SEALED_SIZE = BACKUP_CHUNK_SIZE + BACKUP_CHUNK_OVERHEAD,
    WINDOW_LOG_MAX = 23, /* memory that unpacking may take: 8 MiB */
};

struct backup_reader {
    struct backup_key key;
    struct archive_parser archive;
    ZSTD_DCtx *unpacker;
    size_t unpacker_left; /* 0 = its frame has ended */
    stream(state) state;
    bool opened; /* the head was read, the key fits */
    bool first, final;
    uint8_t head[BACKUP_HEAD_SIZE];
    size_t used;
    uint8_t sealed[SEALED_SIZE];
    uint8_t plain[BACKUP_CHUNK_SIZE];
    uint8_t unpacked[BACKUP_CHUNK_SIZE];
};

struct backup_reader *backup_reader_new(const struct backup_key *key,
                                        const struct archive_handlers *handlers, void *data)
{
    struct backup_reader *reader =
        memory_zero_aligned(alignof(struct backup_reader), sizeof(*reader));

    if (sodium_init() < 0)
        abort();
    reader->key = *key;
    reader->first = true;
    reader->unpacker_left = 1;
    archive_parser_init(&reader->archive, handlers, data);
    reader->unpacker = ZSTD_createDCtx();
    if (!reader->unpacker)
        abort();
    ZSTD_DCtx_setParameter(reader->unpacker, ZSTD_d_windowLogMax, WINDOW_LOG_MAX);
    return reader;
}

struct backup_reader *backup_reader_free(struct backup_reader *reader)
{
    if (!reader)
        return NULL;
    ZSTD_freeDCtx(reader->unpacker);
    sodium_memzero(reader, sizeof(*reader));
    free(reader);
    return NULL;
}

static int wrong(char *reason, int error, const char *text)
{
    snprintf(reason, BACKUP_REASON_MAX, "%s", text);
    return error;
}

static int open_head(struct backup_reader *reader, char *reason)
{
    uint8_t public_key[32], private_key[32], random_key[32], stream_key[32];
    struct backup_head head;
    int r = backup_head_parse(reader->sealed, reader->used, &head, reason);

    if (r < 0)
        return r;
    crypto_box_seed_keypair(public_key, private_key, reader->key.seed);
    if (crypto_box_seal_open(random_key, head.sealed, sizeof(head.sealed), public_key,
                             private_key) < 0)
        r = wrong(reason, -EACCES,
                  "the passphrase is another one, or the head of the backup is damaged");
    if (r == 0) {
        backup_head_stream_key(random_key, reader->key.secret, stream_key);
        if (stream(init_pull)(&reader->state, head.stream, stream_key) < 0)
            r = wrong(reason, -EBADMSG, "the head of the backup is damaged");
    }
    sodium_memzero(private_key, sizeof(private_key));
    sodium_memzero(random_key, sizeof(random_key));
    sodium_memzero(stream_key, sizeof(stream_key));
    if (r < 0)
        return r;
    memcpy(reader->head, reader->sealed, BACKUP_HEAD_SIZE);
    reader->used = 0;
    reader->opened = true;
    return 0;
}

static int unpack(struct backup_reader *reader, size_t size, char *reason)
{
    ZSTD_inBuffer in = {.src = reader->plain, .size = size};
    size_t before;
    int r = 0;

    do {
        ZSTD_outBuffer out = {reader->unpacked, sizeof(reader->unpacked), 0};

        if (in.pos == in.size && !reader->unpacker_left)
            break;
        if (!reader->unpacker_left)
            return wrong(reason, -EBADMSG,
                         "the backup is damaged inside: more comes after its end");
        before = in.pos;
        reader->unpacker_left = ZSTD_decompressStream(reader->unpacker, &out, &in);
        if (ZSTD_isError(reader->unpacker_left))
            return wrong(reason, -EBADMSG, "the backup is damaged inside: it can't be unpacked");
        r = archive_parser_feed(&reader->archive, reader->unpacked, out.pos, reason);
        if (out.pos < out.size && in.pos == in.size)
            break;
        if (out.pos == 0 && in.pos == before)
            break;
    } while (r == 0);
    return r;
}

/* The chunk that was gathered. */
static int take_chunk(struct backup_reader *reader, char *reason)
{
    unsigned long long size;
    uint8_t tag;

    if (reader->final)
        return wrong(reason, -EBADMSG, "the backup is damaged: more comes after its end");
    if (stream(pull)(&reader->state, reader->plain, &size, &tag, reader->sealed, reader->used,
                     reader->first ? reader->head : NULL,
                     reader->first ? sizeof(reader->head) : 0) < 0)
        return wrong(reason, -EBADMSG,
                     "the backup is damaged or cut off: a part of it is not as "
                     "it was written");
    reader->first = false;
    reader->used = 0;
    reader->final = tag == stream(TAG_FINAL);
    return unpack(reader, (size_t)size, reason);
}

int backup_reader_feed(struct backup_reader *reader, const uint8_t *bytes, size_t size,
                       char reason[static BACKUP_REASON_MAX])
{
    int r = 0;

    reason[0] = 0;
    while (size && r == 0) {
        size_t wanted = reader->opened ? (size_t)SEALED_SIZE : (size_t)BACKUP_HEAD_SIZE;
        size_t taken = wanted - reader->used < size ? wanted - reader->used : size;

        memcpy(reader->sealed + reader->used, bytes, taken);
        reader->used += taken;
        bytes += taken;
        size -= taken;
        if (reader->used == wanted)
            r = reader->opened ? take_chunk(reader, reason) : open_head(reader, reason);
    }
    return r;
}

int backup_reader_end(struct backup_reader *reader, char reason[static BACKUP_REASON_MAX])
{
    int r = 0;

    reason[0] = 0;
    if (!reader->opened)
        return open_head(reader, reason); /* never whole here: says what is wrong */
    if (reader->used)
        r = reader->used >= BACKUP_CHUNK_OVERHEAD
                ? take_chunk(reader, reason)
                : wrong(reason, -EBADMSG, "the backup is cut off");
    if (r == 0 && !reader->final)
        r = wrong(reason, -EBADMSG, "the backup is cut off: its end is missing");
    if (r == 0 && reader->unpacker_left)
        r = wrong(reason, -EBADMSG, "the backup is damaged inside: it can't be unpacked");
    return r == 0 ? archive_parser_end(&reader->archive, reason) : r;
}
