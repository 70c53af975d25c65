/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/tunnel/backend.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/base/text.h"
#include "tests/unit/tunnel/wireguard_go.h"

bool backend_is_kernel(void)
{
    const char *backend = getenv("WARREN_BACKEND");

    if (backend && !text_equal(backend, "kernel") && !text_equal(backend, "userspace")) {
        fprintf(stderr, "WARREN_BACKEND is kernel or userspace\n");
        exit(1);
    }
    return backend && text_equal(backend, "kernel");
}

static void ip_link(const char *verb, const char *name, const char *rest)
{
    char command[128];

    (void)snprintf(command, sizeof(command), "ip link %s %s %s", verb, name, rest);
    if (system(command) != 0) {
        fprintf(stderr, "failed: %s\n", command);
        exit(1);
    }
}

struct wireguard *backend_start(const char *name, pid_t *ret_pid)
{
    struct wireguard *wireguard = NULL;
    int fd, r;

    *ret_pid = 0;
    if (backend_is_kernel()) {
        ip_link("add", name, "type wireguard");
        r = wireguard_open_kernel(name, &wireguard);
    } else {
        *ret_pid = wireguard_go_start(name, &fd);
        r = wireguard_open_userspace(fd, &wireguard);
    }
    if (r < 0) {
        fprintf(stderr, "no WireGuard device: %s\n", strerror(-r));
        exit(1);
    }
    return wireguard;
}

void backend_stop(const char *name, pid_t pid)
{
    if (pid)
        wireguard_go_stop(pid);
    else
        ip_link("del", name, "");
}
