/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A passphrase from a descriptor, from the terminal without an echo, or from standard input; never
 * from the arguments, which every process on the machine can read. */
#pragma once

#include <stdbool.h>

#include "hub/backup/backup_key.h"

enum { PASSPHRASE_ERROR_MAX = 200 };

/* `fd` -1: the terminal where there is one, else standard input; a line, without its end. Twice
 * when it is a new one and typed. 0, or -EINVAL and what would do. */
int passphrase_read(int fd, bool is_new, char ret_passphrase[static BACKUP_PASSPHRASE_MAX + 1],
                    char error[static PASSPHRASE_ERROR_MAX]);
/* Is a line piped in, for a command that can do without one? A moment is given to it. */
bool passphrase_is_piped(void);
