/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/base/seal.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"

#define aead(name) crypto_aead_xchacha20poly1305_ietf_##name

enum { SEAL_VERSION = 1, NONCE_SIZE = aead(NPUBBYTES), HEAD_SIZE = 1 + NONCE_SIZE };

static_assert(SEAL_OVERHEAD == HEAD_SIZE + aead(ABYTES), "version, nonce, tag");

struct seal {
    uint8_t key[aead(KEYBYTES)];
};

static int key_read(int dir_fd, const char *name, struct seal *seal)
{
    struct stat status;

    _cleanup_close_ int fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &status) < 0)
        return -errno;
    if (!S_ISREG(status.st_mode) || status.st_size != sizeof(seal->key))
        return -EBADMSG;

    ssize_t got = read(fd, seal->key, sizeof(seal->key));
    if (got < 0)
        return -errno;
    return got == sizeof(seal->key) ? 0 : -EBADMSG;
}

static int key_write(int dir_fd, const char *name, const struct seal *seal)
{
    _cleanup_close_ int fd =
        openat(dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0400);
    if (fd < 0)
        return -errno;

    ssize_t written = write(fd, seal->key, sizeof(seal->key));
    if (written < 0)
        return -errno;
    if (written != sizeof(seal->key))
        return -ENOSPC;
    return fsync(fd) < 0 ? -errno : 0;
}

/* Under a name of its own first: a key cut short by a power loss must never be taken for one. */
static int key_make(int dir_fd, const char *name, struct seal *seal)
{
    _cleanup_free_ char *fresh = text_format("%s.new", name);

    randombytes_buf(seal->key, sizeof(seal->key));
    if (unlinkat(dir_fd, fresh, 0) < 0 && errno != ENOENT)
        return -errno;
    int error = key_write(dir_fd, fresh, seal);
    if (!error && linkat(dir_fd, fresh, dir_fd, name, 0) < 0)
        error = -errno;
    unlinkat(dir_fd, fresh, 0);
    if (!error && fsync(dir_fd) < 0)
        error = -errno;
    return error;
}

int seal_open(int dir_fd, const char *name, struct seal **ret_seal)
{
    if (sodium_init() < 0)
        abort();
    struct seal *seal = sodium_malloc(sizeof(*seal));
    if (!seal)
        abort();

    int error = key_read(dir_fd, name, seal);
    if (error == -ENOENT)
        error = key_make(dir_fd, name, seal);
    if (error) {
        seal_free(seal);
        return error;
    }
    *ret_seal = seal;
    return 0;
}

struct seal *seal_free(struct seal *seal)
{
    sodium_free(seal);
    return NULL;
}

void seal_close_value(const struct seal *seal, const char *context, const void *value, size_t size,
                      uint8_t *ret_sealed)
{
    uint8_t *nonce = ret_sealed + 1;

    ret_sealed[0] = SEAL_VERSION;
    randombytes_buf(nonce, NONCE_SIZE);
    aead(encrypt)(ret_sealed + HEAD_SIZE, NULL, value, size, (const uint8_t *)context,
                  strlen(context), NULL, nonce, seal->key);
}

int seal_open_value(const struct seal *seal, const char *context, const uint8_t *sealed,
                    size_t sealed_size, void *ret_value, size_t size)
{
    if (sealed_size < SEAL_OVERHEAD || sealed_size - SEAL_OVERHEAD != size ||
        sealed[0] != SEAL_VERSION)
        return -EBADMSG;
    if (aead(decrypt)(ret_value, NULL, NULL, sealed + HEAD_SIZE, sealed_size - HEAD_SIZE,
                      (const uint8_t *)context, strlen(context), sealed + 1, seal->key))
        return -EBADMSG;
    return 0;
}
