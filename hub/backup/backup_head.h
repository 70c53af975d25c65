/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The first bytes of a backup, in clear: how to come to its key. Pure. */
#pragma once

#include "hub/backup/backup_key.h"

enum {
    BACKUP_VERSION = 1,
    BACKUP_SEALED_SIZE = 32 + 48, /* a random key, sealed to the lock's public key */
    BACKUP_STREAM_SIZE = 24,      /* secretstream's own head */
    /* magic, version, reserved, operations, memory, salt, time, sealed key, stream's head */
    BACKUP_HEAD_SIZE =
        8 + 2 + 2 + 4 + 4 + BACKUP_SALT_SIZE + 8 + BACKUP_SEALED_SIZE + BACKUP_STREAM_SIZE,
    BACKUP_CHUNK_SIZE = 64 * 1024, /* what is encrypted at once; the last one is shorter */
    BACKUP_CHUNK_OVERHEAD = 17,
    BACKUP_REASON_MAX = 160,
};

struct backup_head {
    struct backup_kdf kdf;
    int64_t created_at;
    uint8_t sealed[BACKUP_SEALED_SIZE];
    uint8_t stream[BACKUP_STREAM_SIZE];
};

void backup_head_format(const struct backup_head *head, uint8_t ret_bytes[static BACKUP_HEAD_SIZE]);
/* -EBADMSG no backup of ours, or damaged; -EPROTO of a newer program; and a reason for people. */
int backup_head_parse(const uint8_t *bytes, size_t size, struct backup_head *ret_head,
                      char reason[static BACKUP_REASON_MAX]);

/* The key of the stream: of the random key that is sealed in the head, and the secret. */
void backup_head_stream_key(const uint8_t random_key[static 32], const uint8_t secret[static 32],
                            uint8_t ret_key[static 32]);
