/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/backup/backup_head.h"

#include <assert.h>
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

static const uint8_t magic[8] = {'W', 'A', 'R', 'R', 'E', 'N', 'B', 'K'};

static_assert(BACKUP_SEALED_SIZE == 32 + crypto_box_SEALBYTES, "sealed box");
static_assert(BACKUP_STREAM_SIZE == crypto_secretstream_xchacha20poly1305_HEADERBYTES, "stream");
static_assert(BACKUP_CHUNK_OVERHEAD == crypto_secretstream_xchacha20poly1305_ABYTES, "chunk");

static void put(uint8_t **at, const void *bytes, size_t size)
{
    memcpy(*at, bytes, size);
    *at += size;
}

/* Numbers are little-endian. */
static void put_number(uint8_t **at, uint64_t number, size_t size)
{
    for (size_t i = 0; i < size; i++)
        *(*at)++ = (uint8_t)(number >> (8 * i));
}

static void take(const uint8_t **at, void *bytes, size_t size)
{
    memcpy(bytes, *at, size);
    *at += size;
}

static uint64_t take_number(const uint8_t **at, size_t size)
{
    uint64_t number = 0;

    for (size_t i = 0; i < size; i++)
        number |= (uint64_t) * (*at)++ << (8 * i);
    return number;
}

void backup_head_format(const struct backup_head *head, uint8_t ret_bytes[static BACKUP_HEAD_SIZE])
{
    uint8_t *at = ret_bytes;

    put(&at, magic, sizeof(magic));
    put_number(&at, BACKUP_VERSION, 2);
    put_number(&at, 0, 2);
    put_number(&at, head->kdf.operations, 4);
    put_number(&at, head->kdf.memory_kib, 4);
    put(&at, head->kdf.salt, sizeof(head->kdf.salt));
    put_number(&at, (uint64_t)head->created_at, 8);
    put(&at, head->sealed, sizeof(head->sealed));
    put(&at, head->stream, sizeof(head->stream));
    assert(at == ret_bytes + BACKUP_HEAD_SIZE);
}

static int wrong(char *reason, int error, const char *text)
{
    snprintf(reason, BACKUP_REASON_MAX, "%s", text);
    return error;
}

int backup_head_parse(const uint8_t *bytes, size_t size, struct backup_head *ret_head,
                      char reason[static BACKUP_REASON_MAX])
{
    struct backup_head head;
    const uint8_t *at = bytes;
    uint64_t version;

    if (size < sizeof(magic) || memcmp(bytes, magic, sizeof(magic)) != 0)
        return wrong(reason, -EBADMSG, "this is no backup of Warren");
    if (size < BACKUP_HEAD_SIZE)
        return wrong(reason, -EBADMSG, "the backup is cut off: it ends in its head");
    at += sizeof(magic);
    version = take_number(&at, 2);
    if (version != BACKUP_VERSION) {
        snprintf(reason, BACKUP_REASON_MAX,
                 "the backup has format %u, this program knows format %d: use a newer program",
                 (unsigned)version, BACKUP_VERSION);
        return version > BACKUP_VERSION ? -EPROTO : -EBADMSG;
    }
    if (take_number(&at, 2) != 0)
        return wrong(reason, -EBADMSG, "the head of the backup is damaged");
    head.kdf.operations = (uint32_t)take_number(&at, 4);
    head.kdf.memory_kib = (uint32_t)take_number(&at, 4);
    take(&at, head.kdf.salt, sizeof(head.kdf.salt));
    head.created_at = (int64_t)take_number(&at, 8);
    take(&at, head.sealed, sizeof(head.sealed));
    take(&at, head.stream, sizeof(head.stream));
    if (!backup_kdf_valid(&head.kdf))
        return wrong(reason, -EBADMSG, "the head of the backup is damaged");
    *ret_head = head;
    return 0;
}

void backup_head_stream_key(const uint8_t random_key[static 32], const uint8_t secret[static 32],
                            uint8_t ret_key[static 32])
{
    static const char context[] = "warren backup stream 1";
    crypto_generichash_state state;

    crypto_generichash_init(&state, secret, 32, 32);
    crypto_generichash_update(&state, (const uint8_t *)context, sizeof(context));
    crypto_generichash_update(&state, random_key, 32);
    crypto_generichash_final(&state, ret_key, 32);
    sodium_memzero(&state, sizeof(state));
}
