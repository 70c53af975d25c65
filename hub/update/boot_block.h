/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the boot loader is told, where it stands: in the EFI partition, found by its text at the
 * beginning of a sector; so that nobody has to mount it, or know its file system. */
#pragma once

#include "hub/update/boot_choice.h"

/* -ENOENT: it is not there; -EEXIST: it is there more than once, and which one is the boot loader's
 * nobody knows. */
int boot_block_read(int fd, struct boot_choice *ret_choice);
/* One sector is written, and on the disk when it answers. */
int boot_block_write(int fd, const struct boot_choice *choice);
