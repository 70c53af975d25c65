/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is inside of a backup, once decrypted and unpacked: files one after the other, each with its
 * name, its length, its bytes and their hash; then a last head without a name that counts the
 * files. Pure: bytes in any pieces in, entries out.
 */
#pragma once

#include <sodium.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hub/backup/backup_head.h"

enum {
    ARCHIVE_NAME_MAX = 32,
    ARCHIVE_HASH_SIZE = 32,
    ARCHIVE_HEAD_SIZE = ARCHIVE_NAME_MAX + 8,
    ARCHIVE_ENTRIES_MAX = 32,
};

struct archive_handlers {
    /* A file begins. 0, or an error that ends it all (the reason may be set). */
    int (*entry)(const char *name, uint64_t size, void *data);
    int (*bytes)(const uint8_t *bytes, size_t size, void *data);
    /* The file is whole: its hash is right. */
    int (*whole)(void *data);
};

struct archive_parser {
    const struct archive_handlers *handlers;
    void *data;
    uint8_t head[ARCHIVE_HEAD_SIZE]; /* or a hash, as it comes in */
    size_t head_size;
    uint64_t left; /* of the present file */
    crypto_generichash_state hash;
    unsigned entries;
    enum { ARCHIVE_HEAD, ARCHIVE_BYTES, ARCHIVE_HASH, ARCHIVE_END } state;
};

void archive_parser_init(struct archive_parser *parser, const struct archive_handlers *handlers,
                         void *data);
/* -EBADMSG and a reason; or what a handler answered. */
int archive_parser_feed(struct archive_parser *parser, const uint8_t *bytes, size_t size,
                        char reason[static BACKUP_REASON_MAX]);
/* Did it end where it should? */
int archive_parser_end(const struct archive_parser *parser, char reason[static BACKUP_REASON_MAX]);

/* The head of a file; with the name "" and the number of files, the end. */
void archive_head_format(const char *name, uint64_t size,
                         uint8_t ret_bytes[static ARCHIVE_HEAD_SIZE]);
