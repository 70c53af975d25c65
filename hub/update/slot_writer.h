/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An update, as it comes in, into the devices of a slot. The first piece of the boot partition is
 * written last: before that, nothing on the slot can be booted. */
#pragma once

#include "hub/update/bundle.h"

struct slot_devices {
    int fds[BUNDLE_IMAGE_COUNT]; /* block devices, or files; borrowed */
    uint8_t public_key[BUNDLE_KEY_SIZE];
    /* What runs: nothing that is older is written. */
    const char *version;
    uint32_t schema_version;
};

struct slot_writer;

int slot_writer_new(const struct slot_devices *devices, struct slot_writer **ret_writer);
struct slot_writer *slot_writer_free(struct slot_writer *writer); /* returns NULL */
/* As bundle_parser_feed(); -ENOSPC: the slot is too small; -ESTALE: the release is older than what
 * runs. After an error, only free it. */
int slot_writer_feed(struct slot_writer *writer, const uint8_t *bytes, size_t size,
                     char reason[static BUNDLE_REASON_MAX]);
/* All is on the disk. */
int slot_writer_end(struct slot_writer *writer, char ret_version[static BUNDLE_VERSION_MAX],
                    uint32_t *ret_schema_version, char reason[static BUNDLE_REASON_MAX]);
