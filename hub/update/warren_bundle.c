/* SPDX-License-Identifier: GPL-2.0-or-later */
/* warren-bundle: makes the key pair that updates are signed with, and an update of a slot's images.
 */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "hub/update/bundle.h"

static int usage(void)
{
    fputs("Usage: warren-bundle key FILE\n"
          "       warren-bundle make KEY VERSION SCHEMA BOOT ROOT FILE\n"
          "key writes a secret key to FILE and its public key to FILE.pub; make signs with it.\n",
          stderr);
    return 2;
}

static _Noreturn void fail(const char *what)
{
    fprintf(stderr, "warren-bundle: %s: %s\n", what, strerror(errno));
    exit(1);
}

/* `how`: O_TRUNC, or O_EXCL for what must not be lost. */
static void write_file(const char *path, const void *bytes, size_t size, int how, mode_t mode)
{
    _cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | how | O_CLOEXEC, mode);
    const char *at = bytes;

    if (fd < 0)
        fail(path);
    while (size) {
        ssize_t written = write(fd, at, size);

        if (written <= 0)
            fail(path);
        at += written;
        size -= (size_t)written;
    }
}

static void read_file(const char *path, struct buf *ret_bytes)
{
    _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t size;

    if (fd < 0)
        fail(path);
    do {
        buf_reserve(ret_bytes, 1 << 20);
        size = read(fd, ret_bytes->data + ret_bytes->length, 1 << 20);
        if (size < 0)
            fail(path);
        ret_bytes->length += (size_t)size;
    } while (size > 0);
}

static int make_key(const char *path)
{
    _cleanup_free_ char *public_path = text_format("%s.pub", path);
    uint8_t public_key[crypto_sign_PUBLICKEYBYTES], secret_key[crypto_sign_SECRETKEYBYTES];

    crypto_sign_keypair(public_key, secret_key);
    write_file(path, secret_key, sizeof(secret_key), O_EXCL, 0600);
    write_file(public_path, public_key, sizeof(public_key), O_TRUNC, 0644);
    sodium_memzero(secret_key, sizeof(secret_key));
    return 0;
}

/* Its pieces behind those that are there; what the manifest says of it. */
static json_t *add_image(const char *path, struct buf *pieces)
{
    _cleanup_buf_ struct buf image = {0};
    json_t *hashes = json_array();

    read_file(path, &image);
    for (size_t at = 0; at < image.length; at += BUNDLE_PIECE_SIZE) {
        const uint8_t *bytes = (const uint8_t *)image.data + at;
        size_t left = image.length - at;
        size_t size = left < BUNDLE_PIECE_SIZE ? left : (size_t)BUNDLE_PIECE_SIZE;
        uint8_t hash[BUNDLE_HASH_SIZE];
        char hex[2 * BUNDLE_HASH_SIZE + 1];

        bundle_piece_hash(bytes, size, hash);
        sodium_bin2hex(hex, sizeof(hex), hash, sizeof(hash));
        json_array_append_new(hashes, json_string(hex));
        bundle_piece_format(bytes, size, pieces);
    }
    return json_pack("{s:I,s:o}", "bytes", (json_int_t)image.length, "pieces", hashes);
}

static int make_bundle(char **words)
{
    _cleanup_buf_ struct buf key = {0}, pieces = {0}, bundle = {0};
    json_t *boot, *root, *manifest;
    char *text;

    read_file(words[0], &key);
    if (key.length != crypto_sign_SECRETKEYBYTES) {
        errno = EINVAL;
        fail(words[0]);
    }
    boot = add_image(words[3], &pieces);
    root = add_image(words[4], &pieces);
    manifest = json_pack("{s:i,s:s,s:i,s:{s:o,s:o}}", "format", 1, "version", words[1],
                         "schema_version", atoi(words[2]), "images", "boot", boot, "root", root);
    text = json_dumps(manifest, JSON_COMPACT);
    if (!text)
        fail("the manifest");
    bundle_head_format(text, (const uint8_t *)key.data, &bundle);
    buf_add(&bundle, pieces.data, pieces.length);
    write_file(words[5], bundle.data, bundle.length, O_TRUNC, 0644);
    sodium_memzero(key.data, key.size);
    free(text);
    json_decref(manifest);
    return 0;
}

int main(int argc, char **argv)
{
    if (sodium_init() < 0)
        return 1;
    if (argc == 3 && text_equal(argv[1], "key"))
        return make_key(argv[2]);
    if (argc == 8 && text_equal(argv[1], "make"))
        return make_bundle(argv + 2);
    return usage();
}
