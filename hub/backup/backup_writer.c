/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/backup/backup_writer.h"

#include <errno.h>
#include <sodium.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "hub/backup/backup_archive.h"
#include "hub/base/text.h"

#define stream(name) crypto_secretstream_xchacha20poly1305_##name

enum { PACKING_LEVEL = 3 };

struct backup_writer {
    backup_put put;
    void *data;
    ZSTD_CCtx *packer;
    stream(state) state;
    crypto_generichash_state hash; /* of the present file */
    uint64_t left;                 /* of the present file */
    bool in_file, began;
    unsigned files;
    int error;
    struct backup_head head;
    size_t used;
    uint8_t plain[BACKUP_CHUNK_SIZE];
    uint8_t sealed[BACKUP_CHUNK_SIZE + BACKUP_CHUNK_OVERHEAD];
};

static void seal_key(struct backup_writer *writer, const struct backup_lock *lock)
{
    uint8_t random_key[32], key[32];

    randombytes_buf(random_key, sizeof(random_key));
    if (crypto_box_seal(writer->head.sealed, random_key, sizeof(random_key), lock->public_key) < 0)
        writer->error = -EINVAL; /* a public key that is a point of small order */
    backup_head_stream_key(random_key, lock->secret, key);
    stream(init_push)(&writer->state, writer->head.stream, key);
    sodium_memzero(random_key, sizeof(random_key));
    sodium_memzero(key, sizeof(key));
}

struct backup_writer *backup_writer_new(const struct backup_lock *lock, int64_t created_at,
                                        backup_put put, void *data)
{
    struct backup_writer *writer =
        memory_zero_aligned(alignof(struct backup_writer), sizeof(*writer));

    if (sodium_init() < 0)
        abort();
    writer->put = put;
    writer->data = data;
    writer->head.kdf = lock->kdf;
    writer->head.created_at = created_at;
    seal_key(writer, lock);
    writer->packer = ZSTD_createCCtx();
    if (!writer->packer)
        abort();
    ZSTD_CCtx_setParameter(writer->packer, ZSTD_c_compressionLevel, PACKING_LEVEL);
    return writer;
}

struct backup_writer *backup_writer_free(struct backup_writer *writer)
{
    if (!writer)
        return NULL;
    ZSTD_freeCCtx(writer->packer);
    sodium_memzero(writer, sizeof(*writer));
    free(writer);
    return NULL;
}

/* ---- encrypting ---- */

static void put(struct backup_writer *writer, const void *bytes, size_t size)
{
    if (!writer->error)
        writer->error = writer->put(bytes, size, writer->data);
}

/* The head is part of what the first chunk vouches for. */
static void put_chunk(struct backup_writer *writer, uint8_t tag)
{
    uint8_t head[BACKUP_HEAD_SIZE];
    unsigned long long size;
    bool first = !writer->began;

    backup_head_format(&writer->head, head);
    if (first)
        put(writer, head, sizeof(head));
    writer->began = true;
    stream(push)(&writer->state, writer->sealed, &size, writer->plain, writer->used,
                 first ? head : NULL, first ? sizeof(head) : 0, tag);
    writer->used = 0;
    put(writer, writer->sealed, (size_t)size);
}

/* ---- packing ---- */

static void pack(struct backup_writer *writer, const void *bytes, size_t size,
                 ZSTD_EndDirective directive)
{
    ZSTD_inBuffer in = {.src = bytes, .size = size};
    size_t left = 1;

    while (!writer->error && (in.pos < in.size || (directive == ZSTD_e_end && left))) {
        ZSTD_outBuffer out = {writer->plain, sizeof(writer->plain), writer->used};

        left = ZSTD_compressStream2(writer->packer, &out, &in, directive);
        if (ZSTD_isError(left)) {
            writer->error = -ENOMEM;
            return;
        }
        writer->used = out.pos;
        if (writer->used == sizeof(writer->plain))
            put_chunk(writer, stream(TAG_MESSAGE));
    }
}

/* ---- files ---- */

static void end_file(struct backup_writer *writer)
{
    uint8_t hash[ARCHIVE_HASH_SIZE];

    if (!writer->in_file)
        return;
    if (writer->left && !writer->error)
        writer->error = -EINVAL;
    crypto_generichash_final(&writer->hash, hash, sizeof(hash));
    pack(writer, hash, sizeof(hash), ZSTD_e_continue);
    writer->in_file = false;
}

int backup_writer_file(struct backup_writer *writer, const char *name, uint64_t size)
{
    uint8_t head[ARCHIVE_HEAD_SIZE];

    end_file(writer);
    archive_head_format(name, size, head);
    pack(writer, head, sizeof(head), ZSTD_e_continue);
    crypto_generichash_init(&writer->hash, NULL, 0, ARCHIVE_HASH_SIZE);
    writer->left = size;
    writer->in_file = true;
    writer->files++;
    return writer->error;
}

int backup_writer_add(struct backup_writer *writer, const void *bytes, size_t size)
{
    if (!writer->error && (!writer->in_file || size > writer->left))
        writer->error = -EINVAL;
    if (writer->error)
        return writer->error;
    writer->left -= size;
    crypto_generichash_update(&writer->hash, bytes, size);
    pack(writer, bytes, size, ZSTD_e_continue);
    return writer->error;
}

int backup_writer_end(struct backup_writer *writer)
{
    uint8_t head[ARCHIVE_HEAD_SIZE];

    end_file(writer);
    archive_head_format("", writer->files, head);
    pack(writer, head, sizeof(head), ZSTD_e_end);
    put_chunk(writer, stream(TAG_FINAL));
    return writer->error;
}
