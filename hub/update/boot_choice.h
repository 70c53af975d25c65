/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the boot loader is told: GRUB's environment block of 1,024 bytes. Pure.
 *   slot      the one that is kept: a or b
 *   trial     one that is tried at the next boot, and only then: a, b, or - for none; the boot
 *             loader takes it away first
 *   failures  boots of the kept slot since it was last known to be healthy: 0 to 9
 * Each value is one character, and the variables stand in this order: so a change moves no byte,
 * and whatever part of it a power cut leaves is such a block too, with each variable as it was or
 * as it was to be. All of it is in the first 512 bytes, which a disk writes or does not.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { BOOT_CHOICE_SIZE = 1024, BOOT_CHOICE_SECTOR = 512 };

struct boot_choice {
    char slot;         /* 'a' or 'b' */
    char trial;        /* the same; 0 = none */
    uint32_t failures; /* 0 to 9 */
};

/* -EBADMSG: not such a block, byte for byte. */
int boot_choice_parse(const uint8_t bytes[static BOOT_CHOICE_SIZE], struct boot_choice *ret_choice);
void boot_choice_format(const struct boot_choice *choice,
                        uint8_t ret_bytes[static BOOT_CHOICE_SIZE]);
