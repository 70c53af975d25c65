/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/update/slot_writer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hub/base/text.h"

enum { SYNC_BYTES = 16 * 1024 * 1024 }; /* not all at the end, when it would take long */

struct slot_writer {
    struct slot_devices devices;
    struct bundle_parser *parser;
    char version[BUNDLE_VERSION_MAX];
    uint32_t schema_version;
    uint8_t *first; /* piece of the boot partition, kept back */
    size_t first_size;
    size_t unsynced;
    int error; /* the first one stays */
    char reason[BUNDLE_REASON_MAX];
};

static int write_at(int fd, const uint8_t *bytes, size_t size, uint64_t offset)
{
    while (size) {
        ssize_t written = pwrite(fd, bytes, size, (off_t)offset);

        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return written < 0 ? -errno : -ENOSPC;
        bytes += written;
        offset += (uint64_t)written;
        size -= (size_t)written;
    }
    return 0;
}

/* What was there can't be booted from now on. */
static int wipe(struct slot_writer *writer)
{
    int fd = writer->devices.fds[BUNDLE_BOOT];
    uint8_t *zeros = memory_zero(BUNDLE_PIECE_SIZE);
    int r = write_at(fd, zeros, BUNDLE_PIECE_SIZE, 0);

    free(zeros);
    return r == 0 && fsync(fd) < 0 ? -errno : r;
}

/* An older one can't read what this one keeps; and whoever has an old bundle, signed as it is, must
 * not bring back what was mended since. */
static int check_age(struct slot_writer *writer, const struct bundle_manifest *manifest)
{
    const struct slot_devices *devices = &writer->devices;

    if (manifest->schema_version >= devices->schema_version &&
        strverscmp(manifest->version, devices->version) >= 0)
        return 0;
    snprintf(writer->reason, sizeof(writer->reason),
             "the update is %s, older than %s, which runs: that one or a newer one would do",
             manifest->version, devices->version);
    return -ESTALE;
}

static int check_room(struct slot_writer *writer, const struct bundle_manifest *manifest)
{
    for (int image = 0; image < BUNDLE_IMAGE_COUNT; image++) {
        off_t room = lseek(writer->devices.fds[image], 0, SEEK_END);

        if (room < 0)
            return -errno;
        if (manifest->sizes[image] > (uint64_t)room) {
            snprintf(writer->reason, sizeof(writer->reason),
                     "the update is too large for the slot: its %s has %llu bytes, there is room "
                     "for %llu",
                     bundle_image_name((enum bundle_image)image),
                     (unsigned long long)manifest->sizes[image], (unsigned long long)room);
            return -ENOSPC;
        }
    }
    return 0;
}

static int on_manifest(const struct bundle_manifest *manifest, void *data)
{
    struct slot_writer *writer = data;
    int r = check_age(writer, manifest);

    if (r == 0)
        r = check_room(writer, manifest);
    if (r < 0)
        return r;
    text_copy(writer->version, sizeof(writer->version), manifest->version);
    writer->schema_version = manifest->schema_version;
    return wipe(writer);
}

static int on_piece(enum bundle_image image, uint64_t offset, const uint8_t *bytes, size_t size,
                    void *data)
{
    struct slot_writer *writer = data;
    int fd = writer->devices.fds[image];
    int r;

    if (image == BUNDLE_BOOT && offset == 0) {
        memcpy(writer->first, bytes, size);
        writer->first_size = size;
        return 0;
    }
    r = write_at(fd, bytes, size, offset);
    writer->unsynced += size;
    if (r == 0 && writer->unsynced >= SYNC_BYTES) {
        writer->unsynced = 0;
        r = fdatasync(fd) < 0 ? -errno : 0;
    }
    return r;
}

static const struct bundle_handlers handlers = {on_manifest, on_piece};

int slot_writer_new(const struct slot_devices *devices, struct slot_writer **ret_writer)
{
    struct slot_writer *writer = memory_zero(sizeof(*writer));

    writer->devices = *devices;
    writer->parser = bundle_parser_new(devices->public_key, &handlers, writer);
    writer->first = memory_zero(BUNDLE_PIECE_SIZE);
    *ret_writer = writer;
    return 0;
}

struct slot_writer *slot_writer_free(struct slot_writer *writer)
{
    if (!writer)
        return NULL;
    bundle_parser_free(writer->parser);
    free(writer->first);
    free(writer);
    return NULL;
}

static int fail(struct slot_writer *writer, int error, char *reason)
{
    writer->error = error;
    if (writer->reason[0])
        memcpy(reason, writer->reason, sizeof(writer->reason));
    else
        memcpy(writer->reason, reason, sizeof(writer->reason));
    return error;
}

int slot_writer_feed(struct slot_writer *writer, const uint8_t *bytes, size_t size,
                     char reason[static BUNDLE_REASON_MAX])
{
    int r = writer->error;

    if (r == 0)
        r = bundle_parser_feed(writer->parser, bytes, size, reason);
    return r < 0 ? fail(writer, r, reason) : 0;
}

static int sync_all(const struct slot_writer *writer)
{
    for (int image = 0; image < BUNDLE_IMAGE_COUNT; image++)
        if (fsync(writer->devices.fds[image]) < 0)
            return -errno;
    return 0;
}

int slot_writer_end(struct slot_writer *writer, char ret_version[static BUNDLE_VERSION_MAX],
                    uint32_t *ret_schema_version, char reason[static BUNDLE_REASON_MAX])
{
    int r = writer->error;

    if (r == 0)
        r = bundle_parser_end(writer->parser, reason);
    if (r == 0)
        r = sync_all(writer);
    if (r == 0)
        r = write_at(writer->devices.fds[BUNDLE_BOOT], writer->first, writer->first_size, 0);
    if (r == 0)
        r = sync_all(writer);
    if (r < 0)
        return fail(writer, r, reason);
    memcpy(ret_version, writer->version, sizeof(writer->version));
    *ret_schema_version = writer->schema_version;
    return 0;
}
