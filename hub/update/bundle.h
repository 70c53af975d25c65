/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An update: a head with a signature (Ed25519) over the manifest that follows; then the images of a
 * slot in pieces of one MiB, each packed by itself. The manifest has the hash of every piece, so
 * that nothing that was not signed is ever written, though no more than a piece is held at once.
 * Pure: bytes in any pieces in, pieces of images out.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hub/base/buf.h"

enum {
    BUNDLE_VERSION = 1,
    BUNDLE_HEAD_SIZE = 8 + 2 + 2 + 4 + 8 + 64, /* magic, version, reserved, size, key, signature */
    BUNDLE_MANIFEST_MAX = 256 * 1024,
    BUNDLE_PIECE_SIZE = 1024 * 1024,
    BUNDLE_PACKED_MAX = BUNDLE_PIECE_SIZE + 16 * 1024,
    BUNDLE_HASH_SIZE = 32,
    BUNDLE_KEY_SIZE = 32,
    BUNDLE_VERSION_MAX = 32,
    BUNDLE_REASON_MAX = 124,
};

/* Both images of the largest slots that there are, packed badly. */
#define BUNDLE_SIZE_MAX (UINT64_C(1) << 30)

enum bundle_image { BUNDLE_BOOT, BUNDLE_ROOT, BUNDLE_IMAGE_COUNT };
const char *bundle_image_name(enum bundle_image image);

struct bundle_manifest {
    char version[BUNDLE_VERSION_MAX];
    uint32_t schema_version;
    uint64_t sizes[BUNDLE_IMAGE_COUNT];
    uint32_t piece_counts[BUNDLE_IMAGE_COUNT];
    uint8_t (*hashes[BUNDLE_IMAGE_COUNT])[BUNDLE_HASH_SIZE]; /* owned */
};

void bundle_manifest_done(struct bundle_manifest *manifest);
/* -EBADMSG and a reason. */
int bundle_manifest_parse(const char *text, size_t size, struct bundle_manifest *ret_manifest,
                          char reason[static BUNDLE_REASON_MAX]);

struct bundle_handlers {
    /* The signature is right: what is to come. 0, or -errno that ends it all. */
    int (*manifest)(const struct bundle_manifest *manifest, void *data);
    /* A piece, whose hash is right. */
    int (*piece)(enum bundle_image image, uint64_t offset, const uint8_t *bytes, size_t size,
                 void *data);
};

struct bundle_parser;

struct bundle_parser *bundle_parser_new(const uint8_t public_key[static BUNDLE_KEY_SIZE],
                                        const struct bundle_handlers *handlers, void *data);
struct bundle_parser *bundle_parser_free(struct bundle_parser *parser); /* returns NULL */

/* -EBADMSG foreign, damaged or not signed by the key; -EPROTO of a newer format; or what a handler
 * answered. */
int bundle_parser_feed(struct bundle_parser *parser, const uint8_t *bytes, size_t size,
                       char reason[static BUNDLE_REASON_MAX]);
/* Is it whole? */
int bundle_parser_end(const struct bundle_parser *parser, char reason[static BUNDLE_REASON_MAX]);

/* ---- making one ---- */

/* Adds head and manifest; signs with a secret key of 64 bytes. */
void bundle_head_format(const char *manifest, const uint8_t secret_key[static 64],
                        struct buf *ret_bytes);
/* Adds a piece as it stands in a bundle. */
void bundle_piece_format(const uint8_t *bytes, size_t size, struct buf *ret_bytes);
void bundle_piece_hash(const uint8_t *bytes, size_t size,
                       uint8_t ret_hash[static BUNDLE_HASH_SIZE]);
