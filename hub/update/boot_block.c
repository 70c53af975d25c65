/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/update/boot_block.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"

enum { READ_SIZE = 256 * 1024 };

static bool is_block(const uint8_t *bytes)
{
    struct boot_choice choice;

    return bytes[0] == '#' && boot_choice_parse(bytes, &choice) == 0;
}

/* Looks at each sector; a block is two of them. */
static int find(int fd, off_t *ret_offset, uint8_t ret_bytes[static BOOT_CHOICE_SIZE])
{
    _cleanup_free_ uint8_t *bytes = memory_zero(READ_SIZE + BOOT_CHOICE_SECTOR);
    bool found = false;

    for (off_t at = 0;; at += READ_SIZE) {
        ssize_t size = pread(fd, bytes, READ_SIZE + BOOT_CHOICE_SECTOR, at);

        if (size < 0)
            return -errno;
        for (ssize_t i = 0; i < READ_SIZE && i + BOOT_CHOICE_SIZE <= size;
             i += BOOT_CHOICE_SECTOR) {
            if (!is_block(bytes + i))
                continue;
            if (found)
                return -EEXIST;
            found = true;
            *ret_offset = at + i;
            memcpy(ret_bytes, bytes + i, BOOT_CHOICE_SIZE);
        }
        if (size < READ_SIZE + BOOT_CHOICE_SECTOR)
            return found ? 0 : -ENOENT;
    }
}

int boot_block_read(int fd, struct boot_choice *ret_choice)
{
    uint8_t bytes[BOOT_CHOICE_SIZE];
    off_t offset;
    int r = find(fd, &offset, bytes);

    return r < 0 ? r : boot_choice_parse(bytes, ret_choice);
}

int boot_block_write(int fd, const struct boot_choice *choice)
{
    uint8_t bytes[BOOT_CHOICE_SIZE];
    off_t offset;
    int r = find(fd, &offset, bytes);

    if (r < 0)
        return r;
    /* The second sector holds nothing but filling. */
    boot_choice_format(choice, bytes);
    if (pwrite(fd, bytes, BOOT_CHOICE_SECTOR, offset) != BOOT_CHOICE_SECTOR)
        return errno ? -errno : -EIO;
    return fsync(fd) < 0 ? -errno : 0;
}
