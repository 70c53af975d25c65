/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A bundle made up of two images. */
#pragma once

#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/update/bundle.h"

enum { SAMPLE_BOOT_SIZE = BUNDLE_PIECE_SIZE + 5000, SAMPLE_ROOT_SIZE = 2 * BUNDLE_PIECE_SIZE };

struct sample {
    uint8_t public_key[32], secret_key[64];
    uint8_t *images[BUNDLE_IMAGE_COUNT];
    struct buf bundle;
    size_t pieces_at; /* where the manifest ends */
};

static const size_t sample_sizes[] = {SAMPLE_BOOT_SIZE, SAMPLE_ROOT_SIZE};

static inline json_t *sample_add(const uint8_t *image, size_t size, struct buf *pieces)
{
    json_t *hashes = json_array();

    for (size_t at = 0; at < size; at += BUNDLE_PIECE_SIZE) {
        size_t part = size - at < BUNDLE_PIECE_SIZE ? size - at : (size_t)BUNDLE_PIECE_SIZE;
        uint8_t hash[BUNDLE_HASH_SIZE];
        char hex[2 * BUNDLE_HASH_SIZE + 1];

        bundle_piece_hash(image + at, part, hash);
        sodium_bin2hex(hex, sizeof(hex), hash, sizeof(hash));
        json_array_append_new(hashes, json_string(hex));
        bundle_piece_format(image + at, part, pieces);
    }
    return json_pack("{s:I,s:o}", "bytes", (json_int_t)size, "pieces", hashes);
}

static inline void sample_make(struct sample *sample)
{
    struct buf pieces = {0};
    json_t *images[BUNDLE_IMAGE_COUNT], *manifest;
    char *text;

    if (sodium_init() < 0)
        abort();
    *sample = (struct sample){0};
    crypto_sign_keypair(sample->public_key, sample->secret_key);
    for (int image = 0; image < BUNDLE_IMAGE_COUNT; image++) {
        sample->images[image] = malloc(sample_sizes[image]);
        /* Half of it packs well. */
        memset(sample->images[image], 7, sample_sizes[image]);
        randombytes_buf(sample->images[image], sample_sizes[image] / 2);
        images[image] = sample_add(sample->images[image], sample_sizes[image], &pieces);
    }
    manifest = json_pack("{s:i,s:s,s:i,s:{s:o,s:o}}", "format", 1, "version", "0.2.0",
                         "schema_version", 9, "images", "boot", images[0], "root", images[1]);
    text = json_dumps(manifest, JSON_COMPACT);
    bundle_head_format(text, sample->secret_key, &sample->bundle);
    sample->pieces_at = sample->bundle.length;
    buf_add(&sample->bundle, pieces.data, pieces.length);
    buf_done(&pieces);
    json_decref(manifest);
    free(text);
}

static inline void sample_done(struct sample *sample)
{
    for (int image = 0; image < BUNDLE_IMAGE_COUNT; image++)
        free(sample->images[image]);
    buf_done(&sample->bundle);
}
