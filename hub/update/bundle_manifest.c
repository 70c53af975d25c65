/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "hub/base/text.h"
#include "hub/update/bundle.h"

enum { FORMAT = 1 };
#define IMAGE_SIZE_MAX (UINT64_C(4) << 30)

static const char *const image_names[BUNDLE_IMAGE_COUNT] = {
    [BUNDLE_BOOT] = "boot", [BUNDLE_ROOT] = "root"};

const char *bundle_image_name(enum bundle_image image)
{
    return image_names[image];
}

void bundle_manifest_done(struct bundle_manifest *manifest)
{
    for (int image = 0; image < BUNDLE_IMAGE_COUNT; image++)
        free(manifest->hashes[image]);
    *manifest = (struct bundle_manifest){0};
}

static int wrong(char *reason, const char *text)
{
    snprintf(reason, BUNDLE_REASON_MAX, "%s", text);
    return -EBADMSG;
}

static bool take_hash(const json_t *value, uint8_t hash[static BUNDLE_HASH_SIZE])
{
    const char *text = json_string_value(value);
    size_t got = 0;

    return text && strlen(text) == 2 * BUNDLE_HASH_SIZE &&
           sodium_hex2bin(hash, BUNDLE_HASH_SIZE, text, strlen(text), NULL, &got, NULL) == 0 &&
           got == BUNDLE_HASH_SIZE;
}

static bool take_image(const json_t *object, struct bundle_manifest *manifest, int image)
{
    const json_t *pieces = json_object_get(object, "pieces");
    json_int_t size = json_integer_value(json_object_get(object, "bytes"));
    size_t count = json_array_size(pieces);

    if (size <= 0 || (uint64_t)size > IMAGE_SIZE_MAX ||
        count != ((uint64_t)size + BUNDLE_PIECE_SIZE - 1) / BUNDLE_PIECE_SIZE)
        return false;
    manifest->sizes[image] = (uint64_t)size;
    manifest->piece_counts[image] = (uint32_t)count;
    manifest->hashes[image] = memory_zero(count * BUNDLE_HASH_SIZE);
    for (size_t i = 0; i < count; i++)
        if (!take_hash(json_array_get(pieces, i), manifest->hashes[image][i]))
            return false;
    return true;
}

/* A version is shown, and goes into texts: letters, digits and a few signs. */
static bool take_version(const json_t *value, struct bundle_manifest *manifest)
{
    const char *text = json_string_value(value);

    if (!text || !*text || text_copy(manifest->version, sizeof(manifest->version), text) < 0)
        return false;
    return strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.+~-_") ==
           strlen(text);
}

static int take_all(const json_t *root, struct bundle_manifest *manifest, char *reason)
{
    const json_t *images = json_object_get(root, "images");
    json_int_t schema = json_integer_value(json_object_get(root, "schema_version"));

    if (json_integer_value(json_object_get(root, "format")) != FORMAT)
        return wrong(reason, "the update has a manifest of another format");
    if (!take_version(json_object_get(root, "version"), manifest) || schema < 1 ||
        schema > UINT32_MAX)
        return wrong(reason, "the manifest of the update is damaged");
    manifest->schema_version = (uint32_t)schema;
    for (int image = 0; image < BUNDLE_IMAGE_COUNT; image++)
        if (!take_image(json_object_get(images, image_names[image]), manifest, image))
            return wrong(reason, "the manifest of the update is damaged");
    return 0;
}

int bundle_manifest_parse(const char *text, size_t size, struct bundle_manifest *ret_manifest,
                          char reason[static BUNDLE_REASON_MAX])
{
    json_t *root = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
    struct bundle_manifest manifest = {0};
    int r = take_all(root, &manifest, reason);

    json_decref(root);
    if (r < 0)
        bundle_manifest_done(&manifest);
    else
        *ret_manifest = manifest;
    return r;
}
