/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/warrend/wireguard_socket.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define SOCKET_DIRECTORY "/run/wireguard"

const char *wireguard_link(const char *id, char name[static WIREGUARD_LINK_MAX])
{
    snprintf(name, WIREGUARD_LINK_MAX, "wrg-%s", id);
    return name;
}

const char *wireguard_socket_path(const char *id, char path[static WIREGUARD_SOCKET_MAX])
{
    snprintf(path, WIREGUARD_SOCKET_MAX, SOCKET_DIRECTORY "/wrg-%s.sock", id);
    return path;
}

int wireguard_socket_prepare(void)
{
    return mkdir(SOCKET_DIRECTORY, 0755) < 0 && errno != EEXIST ? -errno : 0;
}

void wireguard_socket_remove(const char *id)
{
    char path[WIREGUARD_SOCKET_MAX];
    unlink(wireguard_socket_path(id, path));
}
