/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/warrend/wireguard_socket.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define SOCKET_DIRECTORY "/run/wireguard"

const char *wireguard_socket_path(const char *id, unsigned link,
                                  char path[static WIREGUARD_SOCKET_MAX])
{
    char name[LINK_NAME_MAX];
    snprintf(path, WIREGUARD_SOCKET_MAX, SOCKET_DIRECTORY "/%s.sock",
             link_outside_name(id, link, name));
    return path;
}

int wireguard_socket_prepare(void)
{
    return mkdir(SOCKET_DIRECTORY, 0755) < 0 && errno != EEXIST ? -errno : 0;
}

void wireguard_socket_remove(const char *id, unsigned link)
{
    char path[WIREGUARD_SOCKET_MAX];
    unlink(wireguard_socket_path(id, link, path));
}

void wireguard_socket_each(const char *id, numbered_files_found found, void *data)
{
    char name[LINK_NAME_MAX];
    numbered_files_each(SOCKET_DIRECTORY, link_outside_name(id, 0, name), ".sock",
                        link_outside_parse, found, data);
}
