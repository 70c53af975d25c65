/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/tunnel/world.h"

#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <unistd.h>

static const char *why_not(const char *program)
{
    if (geteuid() != 0)
        return "needs root";
    if (access(program, X_OK) < 0)
        return "it is not installed";
    if (access("/dev/net/tun", R_OK | W_OK) < 0)
        return "there is no /dev/net/tun";
    if (unshare(CLONE_NEWNS | CLONE_NEWNET) < 0)
        return "may not make namespaces";
    if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
        mount("tmpfs", "/run", "tmpfs", 0, "mode=0755") < 0)
        return "may not mount";
    return NULL;
}

bool world_enter(const char *program)
{
    const char *reason = why_not(program);

    if (reason)
        fprintf(stderr, "skipped, no %s here: %s\n", program, reason);
    return !reason;
}
