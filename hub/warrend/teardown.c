/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/warrend/teardown.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>

#include "hub/base/cleanup.h"
#include "hub/base/log.h"
#include "hub/base/text.h"
#include "hub/warrend/netns.h"
#include "hub/warrend/openvpn_place.h"
#include "hub/warrend/tenant_process.h"
#include "hub/warrend/wireguard_socket.h"

enum { STOP_PATIENCE_MS = 2000 };
/* What may run for an id: wireguard-go for each link, and OpenVPN's servers after them. */
enum { OPENVPN = LINK_COUNT, PROCESSES_PER_ID = OPENVPN + OPENVPN_NUMBER_COUNT };

struct leftover {
    char id[ID_MAX];
    int pidfds[PROCESSES_PER_ID]; /* -1 = it does not run */
};

struct teardown {
    struct leftover *leftovers;
    size_t count;
    int first_error;
};

static void note(struct teardown *teardown, int error, const char *what, const char *id)
{
    if (error == 0)
        return;
    log_error("cannot %s %s: %s", what, id, strerror(-error));
    if (teardown->first_error == 0)
        teardown->first_error = error;
}

static int collect(const char *id, void *data)
{
    struct teardown *teardown = data;
    struct leftover *grown =
        realloc(teardown->leftovers, (teardown->count + 1) * sizeof(*teardown->leftovers));
    if (!grown)
        return -ENOMEM;
    teardown->leftovers = grown;
    struct leftover *leftover = &grown[teardown->count++];
    for (size_t i = 0; i < PROCESSES_PER_ID; i++)
        leftover->pidfds[i] = -1;
    return text_copy(leftover->id, sizeof(leftover->id), id);
}

static void socket_of(const struct places *places, const char *id, size_t which,
                      char path[static OPENVPN_PATH_MAX])
{
    if (which < OPENVPN)
        wireguard_socket_path(id, (unsigned)which, path);
    else
        openvpn_place_socket(places, id, (unsigned)which - OPENVPN, path);
}

/* -1 in *ret_pidfd: there was none. */
static int ask_to_end(const char *path, int *ret_pidfd)
{
    _cleanup_close_ int fd = -1, pidfd = -1;
    int r = tenant_socket_connect(path, &fd);
    if (r == -ENOENT || r == -ECONNREFUSED)
        return 0;
    if (r == 0)
        r = tenant_socket_owner_pidfd(fd, &pidfd);
    if (r < 0)
        return r == -ESRCH ? 0 : r;
    if (pidfd_send_signal(pidfd, SIGTERM, NULL, 0) < 0)
        return errno == ESRCH ? 0 : -errno;
    *ret_pidfd = TAKE_FD(pidfd);
    return 0;
}

static int wait_for_end(int pidfd)
{
    struct pollfd end = {.fd = pidfd, .events = POLLIN};
    if (poll(&end, 1, STOP_PATIENCE_MS) == 1)
        return 0;
    if (pidfd_send_signal(pidfd, SIGKILL, NULL, 0) < 0 && errno != ESRCH)
        return -errno;
    return poll(&end, 1, STOP_PATIENCE_MS) == 1 ? 0 : -ETIMEDOUT;
}

static int take_process_down(const struct places *places, struct leftover *leftover, size_t which)
{
    int r = leftover->pidfds[which] >= 0 ? wait_for_end(leftover->pidfds[which]) : 0;
    cleanup_close(&leftover->pidfds[which]);
    if (r < 0)
        return r;
    if (which < OPENVPN)
        wireguard_socket_remove(leftover->id, (unsigned)which);
    else
        openvpn_place_remove(places, leftover->id, (unsigned)which - OPENVPN);
    return 0;
}

static void take_down(struct teardown *teardown, const struct places *places,
                      struct leftover *leftover)
{
    int ended = 0;
    for (size_t i = 0; i < PROCESSES_PER_ID; i++) {
        int r = take_process_down(places, leftover, i);
        note(teardown, r, i < OPENVPN ? "stop wireguard-go of" : "stop openvpn of", leftover->id);
        if (ended == 0)
            ended = r;
    }
    int removed = netns_remove(leftover->id);
    note(teardown, removed, "remove the namespace of", leftover->id);
    if (ended == 0 && removed == 0)
        note(teardown, places_mark(places, leftover->id, false), "forget", leftover->id);
}

static _Noreturn void run_nft(void)
{
    /* Adding first makes it no error when there is none. */
    char *arguments[] = {(char *)"nft", (char *)"add table inet warren; delete table inet warren",
                         NULL};
    char *environment[] = {NULL};
    execve("/usr/sbin/nft", arguments, environment);
    _exit(127);
}

static int remove_rules(void)
{
    pid_t pid = fork();
    if (pid < 0)
        return -errno;
    if (pid == 0)
        run_nft();
    int status;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return -errno;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -EIO;
}

int teardown_run(const struct places *places)
{
    struct teardown teardown = {0};
    note(&teardown, places_each_mark(places, collect, &teardown), "list", "what the hub made");
    /* All are asked to end before the first is waited for. */
    for (size_t i = 0; i < teardown.count; i++) {
        struct leftover *leftover = &teardown.leftovers[i];
        for (size_t j = 0; j < PROCESSES_PER_ID; j++) {
            char path[OPENVPN_PATH_MAX];
            socket_of(places, leftover->id, j, path);
            note(&teardown, ask_to_end(path, &leftover->pidfds[j]),
                 j < OPENVPN ? "stop wireguard-go of" : "stop openvpn of", leftover->id);
        }
    }
    for (size_t i = 0; i < teardown.count; i++)
        take_down(&teardown, places, &teardown.leftovers[i]);
    note(&teardown, remove_rules(), "remove", "the table inet warren");
    log_info("%zu namespaces taken down", teardown.count);
    free(teardown.leftovers);
    return teardown.first_error;
}
