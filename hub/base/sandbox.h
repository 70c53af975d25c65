/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Puts the calling process into its role's sandbox, and tells what it really has. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hub/base/role.h"

/* A path known only at run time (the state directory), with what may be done below it. */
struct sandbox_path {
    const char *path;
    bool writable;
    bool executable;
};

/* Order: rlimits, user and groups with the kept capabilities, no_new_privs, Landlock (skipped with
 * a warning where the kernel has none), seccomp. All or -errno; the caller exits on error.
 * Call after opening what needs rights. */
int sandbox_enter(enum role role, const struct sandbox_path *paths, size_t path_count);

/* What a process has, read back from the kernel; travels on the channel. */
struct sandbox_state {
    uint32_t pid;
    uint32_t uid;
    uint32_t gid;
    uint8_t no_new_privs;
    uint8_t seccomp;      /* 0 off, 2 filter */
    uint8_t landlock_abi; /* 0 = not restricted by Landlock */
    uint8_t padding;
    uint64_t capabilities; /* effective set */
};

/* Of the calling process. */
void sandbox_observe(struct sandbox_state *ret_state);
/* Of another process; the kernel does not tell its Landlock rules: landlock_abi is 0. */
void sandbox_observe_process(uint32_t pid, struct sandbox_state *ret_state);
/* "uid 997, cap_net_admin, no_new_privs, seccomp, landlock 7" */
void sandbox_describe(const struct sandbox_state *state, char *text, size_t size);
