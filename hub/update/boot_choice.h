/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the boot loader is told: GRUB's environment block of 1,024 bytes, of which the first 512
 * hold all that is said, so that a change is one sector, written or not. Pure. slot      the one
 * that is kept, "a" or "b" trial     one that is tried at the next boot, and only then; the boot
 * loader takes it away first failures  boots of the kept slot since it was last known to be healthy
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

/* -EBADMSG: not such a block. */
int boot_choice_parse(const uint8_t bytes[static BOOT_CHOICE_SIZE], struct boot_choice *ret_choice);
void boot_choice_format(const struct boot_choice *choice,
                        uint8_t ret_bytes[static BOOT_CHOICE_SIZE]);
