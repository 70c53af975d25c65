/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's Landlock: from now on this process reaches only the files it was given. */
#pragma once

#include <stddef.h>

struct role_tcp;

struct landlock_rule {
    const char *path;
    unsigned rights; /* ROLE_PATH_... */
};

/* What the kernel offers; 0 = none. */
int landlock_abi(void);
/* Needs no_new_privs. Also ends TCP (but for what `tcp` leaves), signals to others and abstract
 * sockets of others, where the ABI has them. Paths that do not exist are left out. 0 or -errno. */
int landlock_enter(int abi, const struct landlock_rule *rules, size_t count,
                   const struct role_tcp *tcp);
