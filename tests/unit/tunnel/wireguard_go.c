/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/unit/tunnel/wireguard_go.h"

#include "tests/unit/tunnel/world.h"

#define PROGRAM "/usr/bin/wireguard-go"

bool wireguard_go_enter_world(void)
{
    return world_enter(PROGRAM);
}

static int connect_to(const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(address.sun_path, sizeof(address.sun_path), "/var/run/wireguard/%s.sock", name);
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
        return fd;
    close(fd);
    return -1;
}

pid_t wireguard_go_start(const char *name, int *ret_fd)
{
    pid_t pid = fork();

    if (pid == 0) {
        int null = open("/dev/null", O_RDWR);

        prctl(PR_SET_PDEATHSIG, SIGKILL);
        dup2(null, STDOUT_FILENO);
        dup2(null, STDERR_FILENO);
        setenv("LOG_LEVEL", "silent", 1);
        execl(PROGRAM, PROGRAM, "-f", name, NULL);
        _exit(127);
    }
    for (unsigned i = 0; i < 500; i++) {
        *ret_fd = connect_to(name);
        if (*ret_fd >= 0)
            return pid;
        nanosleep(&(struct timespec){.tv_nsec = 10 * 1000 * 1000}, NULL);
    }
    fprintf(stderr, "wireguard-go did not start\n");
    exit(1);
}

void wireguard_go_stop(pid_t pid)
{
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

void wireguard_go_make_peers(struct wireguard_state *state, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        struct wireguard_peer *peer = wireguard_state_add(state, 2);

        /* Any 32 bytes are a point of the curve or of its twist. */
        for (unsigned j = 0; j < KEY_SIZE; j++) {
            peer->public_key.bytes[j] =
                (uint8_t)((i + 1) * 2654435761u >> (j % 4 * 8)) ^ (uint8_t)j;
            peer->preshared_key.bytes[j] = (uint8_t)((i + 7) >> (j % 2 * 8)) + 1;
        }
        peer->public_key.bytes[31] &= 0x7f;
        peer->keepalive = i % 2 ? 25 : 0;
        peer->allowed[peer->allowed_count++] = (struct prefix){
            .address = {AF_INET, {10, (uint8_t)(66 + (i >> 16)), (uint8_t)(i >> 8), (uint8_t)i}},
            .length = 32,
        };
        peer->allowed[peer->allowed_count++] = (struct prefix){
            .address = {AF_INET6, {0xfd, 1, 2, 3, [14] = (uint8_t)(i >> 8), [15] = (uint8_t)i}},
            .length = 128,
        };
    }
}
