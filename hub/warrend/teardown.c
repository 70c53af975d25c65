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
#include "hub/warrend/dns_files.h"
#include "hub/warrend/netns.h"
#include "hub/warrend/wireguard_socket.h"

enum { STOP_PATIENCE_MS = 2000 };

struct leftover {
    char id[ID_MAX];
    int pidfd;     /* of its wireguard-go, -1 = none */
    int dns_pidfd; /* of its dnsmasq */
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
    leftover->pidfd = leftover->dns_pidfd = -1;
    return text_copy(leftover->id, sizeof(leftover->id), id);
}

static int ask_process(pid_t pid, int *ret_pidfd)
{
    _cleanup_close_ int pidfd = pidfd_open(pid, 0);

    if (pidfd < 0 || pidfd_send_signal(pidfd, SIGTERM, NULL, 0) < 0)
        return errno == ESRCH ? 0 : -errno;
    *ret_pidfd = TAKE_FD(pidfd);
    return 0;
}

static int ask_dns_to_end(const struct places *places, const char *id, int *ret_pidfd)
{
    bool same;
    pid_t pid;
    int r = dns_files_find_process(places, id, NULL, &pid, &same);

    return r < 0 || pid == 0 ? r : ask_process(pid, ret_pidfd);
}

/* -1 in *ret_pidfd: there was none. */
static int ask_to_end(const char *id, int *ret_pidfd)
{
    _cleanup_close_ int fd = -1;
    int r = wireguard_socket_connect(id, &fd);
    if (r == -ENOENT || r == -ECONNREFUSED)
        return 0;
    pid_t pid;
    if (r == 0)
        r = wireguard_socket_owner(fd, &pid);
    return r < 0 ? r : ask_process(pid, ret_pidfd);
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

static void take_down(struct teardown *teardown, const struct places *places,
                      struct leftover *leftover)
{
    int r = leftover->pidfd >= 0 ? wait_for_end(leftover->pidfd) : 0;
    note(teardown, r, "stop wireguard-go of", leftover->id);
    if (r == 0)
        wireguard_socket_remove(leftover->id);
    int dns = leftover->dns_pidfd >= 0 ? wait_for_end(leftover->dns_pidfd) : 0;
    if (dns == 0)
        dns = dns_files_remove(places, leftover->id);
    note(teardown, dns, "stop dnsmasq of", leftover->id);
    int removed = netns_remove(leftover->id);
    note(teardown, removed, "remove the namespace of", leftover->id);
    if (r == 0 && dns == 0 && removed == 0)
        note(teardown, places_mark(places, leftover->id, false), "forget", leftover->id);
    cleanup_close(&leftover->pidfd);
    cleanup_close(&leftover->dns_pidfd);
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
        note(&teardown, ask_to_end(leftover->id, &leftover->pidfd), "stop wireguard-go of",
             leftover->id);
        note(&teardown, ask_dns_to_end(places, leftover->id, &leftover->dns_pidfd),
             "stop dnsmasq of", leftover->id);
    }
    for (size_t i = 0; i < teardown.count; i++)
        take_down(&teardown, places, &teardown.leftovers[i]);
    note(&teardown, remove_rules(), "remove", "the table inet warren");
    log_info("%zu namespaces taken down", teardown.count);
    free(teardown.leftovers);
    return teardown.first_error;
}
