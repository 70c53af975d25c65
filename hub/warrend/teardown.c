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
#include "hub/warrend/openvpn_place.h"
#include "hub/warrend/tenant_process.h"
#include "hub/warrend/wireguard_socket.h"

enum { STOP_PATIENCE_MS = 2000 };
/* What may run for an id: wireguard-go for each link, OpenVPN's servers after them, and dnsmasq. */
enum {
    OPENVPN = LINK_COUNT,
    DNS = OPENVPN + OPENVPN_NUMBER_COUNT,
    PROCESSES_PER_ID,
};

static const char *stop_words(size_t which)
{
    static const char *const openvpn_words[OPENVPN_SERVER_COUNT] = {
        [OPENVPN_UDP] = "stop openvpn (udp) of",
        [OPENVPN_TCP] = "stop openvpn (tcp) of",
        [OPENVPN_LEGACY] = "stop openvpn (legacy) of",
    };
    if (which == DNS)
        return "stop dnsmasq of";
    return which < OPENVPN ? "stop wireguard-go of"
                           : openvpn_words[openvpn_server_kind((unsigned)which - OPENVPN)];
}

struct leftover_process {
    unsigned which; /* below PROCESSES_PER_ID */
    int pidfd;      /* -1 = it does not run */
};

struct leftover {
    char id[ID_MAX];
    struct leftover_process *processes; /* ordered */
    size_t count;
};

struct teardown {
    const struct places *places;
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

static void note_wireguard(unsigned link, void *data)
{
    ((bool *)data)[link] = true;
}

static void note_openvpn(unsigned server, void *data)
{
    ((bool *)data)[OPENVPN + server] = true;
}

static void find_processes(const struct places *places, struct leftover *leftover)
{
    bool there[PROCESSES_PER_ID] = {[0] = true, [DNS] = true};
    size_t count = 0;
    for (unsigned server = 0; server < OPENVPN_SERVER_COUNT; server++)
        note_openvpn(server, there);
    wireguard_socket_each(leftover->id, note_wireguard, there);
    openvpn_place_each(places, leftover->id, note_openvpn, there);
    for (unsigned which = 0; which < PROCESSES_PER_ID; which++)
        count += there[which];
    leftover->processes = memory_zero(count * sizeof(*leftover->processes));
    for (unsigned which = 0; which < PROCESSES_PER_ID; which++)
        if (there[which])
            leftover->processes[leftover->count++] =
                (struct leftover_process){.which = which, .pidfd = -1};
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
    *leftover = (struct leftover){0};
    text_copy(leftover->id, sizeof(leftover->id), id);
    find_processes(teardown->places, leftover);
    return 0;
}

static int find_by_socket(const char *path, int *ret_pidfd)
{
    _cleanup_close_ int fd = -1;
    int r = tenant_socket_connect(path, &fd);
    if (r == -ENOENT || r == -ECONNREFUSED)
        return 0;
    if (r == 0)
        r = tenant_socket_owner_pidfd(fd, ret_pidfd);
    return r == -ESRCH ? 0 : r;
}

static int find_dns(const struct places *places, const char *id, int *ret_pidfd)
{
    bool same;
    pid_t pid;
    int r = dns_files_find_process(places, id, NULL, &pid, &same);
    if (r < 0 || pid == 0)
        return r;
    *ret_pidfd = pidfd_open(pid, 0);
    return *ret_pidfd < 0 && errno != ESRCH ? -errno : 0;
}

/* -1 in *ret_pidfd: there is none. */
static int find_process(const struct places *places, const char *id, size_t which, int *ret_pidfd)
{
    char path[OPENVPN_PATH_MAX];
    if (which == DNS)
        return find_dns(places, id, ret_pidfd);
    if (which < OPENVPN)
        wireguard_socket_path(id, (unsigned)which, path);
    else
        openvpn_place_socket(places, id, (unsigned)which - OPENVPN, path);
    return find_by_socket(path, ret_pidfd);
}

/* -1 in *ret_pidfd: there was none. */
static int ask_to_end(const struct places *places, const char *id, size_t which, int *ret_pidfd)
{
    _cleanup_close_ int pidfd = -1;
    int r = find_process(places, id, which, &pidfd);
    if (r < 0 || pidfd < 0)
        return r;
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

static int take_process_down(const struct places *places, const char *id,
                             struct leftover_process *process)
{
    int r = process->pidfd >= 0 ? wait_for_end(process->pidfd) : 0;
    cleanup_close(&process->pidfd);
    if (r < 0)
        return r;
    if (process->which == DNS)
        return dns_files_remove(places, id);
    if (process->which < OPENVPN)
        wireguard_socket_remove(id, process->which);
    else
        openvpn_place_remove(places, id, process->which - OPENVPN);
    return 0;
}

static void take_down(struct teardown *teardown, const struct places *places,
                      struct leftover *leftover)
{
    int ended = 0;
    for (size_t i = 0; i < leftover->count; i++) {
        int r = take_process_down(places, leftover->id, &leftover->processes[i]);
        note(teardown, r, stop_words(leftover->processes[i].which), leftover->id);
        if (ended == 0)
            ended = r;
    }
    free(leftover->processes);
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
    struct teardown teardown = {.places = places};
    note(&teardown, places_each_mark(places, collect, &teardown), "list", "what the hub made");
    /* All are asked to end before the first is waited for. */
    for (size_t i = 0; i < teardown.count; i++) {
        struct leftover *leftover = &teardown.leftovers[i];
        for (size_t j = 0; j < leftover->count; j++) {
            struct leftover_process *process = &leftover->processes[j];
            note(&teardown, ask_to_end(places, leftover->id, process->which, &process->pidfd),
                 stop_words(process->which), leftover->id);
        }
    }
    for (size_t i = 0; i < teardown.count; i++)
        take_down(&teardown, places, &teardown.leftovers[i]);
    note(&teardown, remove_rules(), "remove", "the table inet warren");
    log_info("%zu namespaces taken down", teardown.count);
    free(teardown.leftovers);
    return teardown.first_error;
}
