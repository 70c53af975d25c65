/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/tunnel/net_world.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>

#include "tests/unit/tunnel/backend.h"
#include "tests/unit/tunnel/wireguard_go.h"

enum { ANSWER_TIMEOUT_MS = 60 * 1000 };

static const char *worker_program;
static int home_fd;

#define CHECK(condition) \
    do { \
        if (!(condition)) { \
            fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, #condition, strerror(errno)); \
            exit(1); \
        } \
    } while (0)

/* Goes on in a child; this process ends as the child does. */
static void become_child(void)
{
    pid_t pid = fork();
    pid_t ended;
    int status;

    CHECK(pid >= 0);
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        return;
    }
    do {
        ended = waitpid(-1, &status, 0);
        CHECK(ended > 0);
    } while (ended != pid);
    /* Not exit(): the leak check wants a thread, which a process without a world to put it in can't
     * have. The child was checked. */
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}

/* A world whose first process ends with its child, the test: whatever is left running ends too. */
static bool enter_processes(void)
{
    if (geteuid() != 0 || unshare(CLONE_NEWPID) < 0)
        return false;
    become_child();
    become_child();
    return true;
}

/* Of this number, whatever number a hub on this machine gave it. */
static void add_user(const char *name, unsigned number)
{
    CHECK(net_world_run(home_fd,
                        "grep -v '^%s:' /etc/passwd >/run/passwd.%s; "
                        "echo '%s:x:%u:%u::/:/usr/sbin/nologin' >>/run/passwd.%s && "
                        "mount --bind /run/passwd.%s /etc/passwd",
                        name, name, name, number, number, name, name) == 0);
}

bool net_world_enter(const char *program)
{
    if (!enter_processes()) {
        fprintf(stderr, "skipped: may not make namespaces\n");
        return false;
    }
    if (!wireguard_go_enter_world())
        return false;
    CHECK(mount("proc", "/proc", "proc", 0, NULL) == 0);
    worker_program = program;
    home_fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    CHECK(home_fd >= 0);
    CHECK(mkdir("/run/netns", 0755) == 0);
    add_user("warren-net", 64997);
    add_user("warren-openvpn", 64998);
    CHECK(net_world_run(home_fd, "ip link set lo up") == 0);
    return true;
}

int net_world_make(const char *name)
{
    char path[64];
    int fd;

    CHECK(unshare(CLONE_NEWNET) == 0);
    snprintf(path, sizeof(path), "/run/netns/%s", name);
    fd = open(path, O_RDONLY | O_CREAT | O_CLOEXEC, 0444);
    CHECK(fd >= 0 && close(fd) == 0);
    CHECK(mount("/proc/self/ns/net", path, NULL, MS_BIND, NULL) == 0);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    CHECK(fd >= 0);
    CHECK(setns(home_fd, CLONE_NEWNET) == 0);
    CHECK(net_world_run(fd, "ip link set lo up") == 0);
    return fd;
}

int net_world_run(int netns_fd, const char *format, ...)
{
    char command[4096];
    va_list arguments;
    int status;
    pid_t pid;

    va_start(arguments, format);
    vsnprintf(command, sizeof(command), format, arguments);
    va_end(arguments);
    pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        if (setns(netns_fd, CLONE_NEWNET) < 0)
            _exit(126);
        execl("/bin/sh", "sh", "-c", command, NULL);
        _exit(127);
    }
    CHECK(waitpid(pid, &status, 0) == pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

void net_world_must(int netns_fd, const char *command)
{
    int status = net_world_run(netns_fd, "%s", command);

    if (status == 0)
        return;
    fprintf(stderr, "exit status %d of: %s\n", status, command);
    exit(1);
}

bool net_world_pings(int netns_fd, const char *arguments)
{
    return net_world_run(netns_fd, "ping -n -c 1 -W 1 %s >/dev/null 2>&1", arguments) == 0;
}

void net_world_sleep_ms(long milliseconds)
{
    nanosleep(&(struct timespec){milliseconds / 1000, milliseconds % 1000 * 1000000}, NULL);
}

int net_world_connect_wireguard(const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(address.sun_path, sizeof(address.sun_path), "/var/run/wireguard/%s.sock", name);
    for (int i = 0; i < 100; i++) {
        if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
            return fd;
        poll(NULL, 0, 20);
    }
    close(fd);
    return -1;
}

struct net_worker *net_worker_start(int netns_fd, const char *id)
{
    struct net_worker *worker = calloc(1, sizeof(*worker));
    int fds[2];

    CHECK(worker && channel_pair(fds) == 0);
    worker->pid = fork();
    CHECK(worker->pid >= 0);
    if (worker->pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (setns(netns_fd, CLONE_NEWNET) < 0 || dup2(fds[1], 100) < 0)
            _exit(126);
        if (id)
            execl(worker_program, "warren-net", "--channel", "100", "--id", id, NULL);
        else
            execl(worker_program, "warren-net", "--channel", "100", "--root", NULL);
        _exit(127);
    }
    close(fds[1]);
    worker->channel_fd = fds[0];
    CHECK(net_worker_receive(worker, ANSWER_TIMEOUT_MS) && worker->header.verb == VERB_HELLO);
    return worker;
}

void net_worker_kill(struct net_worker *worker)
{
    if (!worker)
        return;
    kill(worker->pid, SIGKILL);
    waitpid(worker->pid, NULL, 0);
    close(worker->channel_fd);
    free(worker);
}

int net_worker_end(struct net_worker *worker)
{
    int status;

    close(worker->channel_fd);
    CHECK(waitpid(worker->pid, &status, 0) == worker->pid);
    free(worker);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

long net_worker_memory(const struct net_worker *worker, const char *field)
{
    char path[64];
    char line[256];
    long value = -1;
    FILE *file;

    snprintf(path, sizeof(path), "/proc/%d/status", worker->pid);
    file = fopen(path, "re");
    CHECK(file);
    while (fgets(line, sizeof(line), file))
        if (strncmp(line, field, strlen(field)) == 0)
            value = strtol(line + strlen(field) + 1, NULL, 10);
    fclose(file);
    return value;
}

void net_worker_send(struct net_worker *worker, enum verb verb, uint32_t request, const void *body,
                     size_t size, int fd)
{
    struct channel_header header = {.verb = (uint16_t)verb, .request = request};
    struct iovec parts[] = {
        {.iov_base = &header, .iov_len = sizeof(header)},
        {.iov_base = (void *)body, .iov_len = size},
    };
    union {
        char space[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control = {0};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = size ? 2 : 1};
    ssize_t sent;

    if (fd >= 0) {
        struct cmsghdr *cmsg;

        message.msg_control = &control;
        message.msg_controllen = sizeof(control);
        cmsg = CMSG_FIRSTHDR(&message);
        *cmsg = (struct cmsghdr){
            .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(int))};
        memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
    }
    while ((sent = sendmsg(worker->channel_fd, &message, MSG_NOSIGNAL)) < 0 && errno == EAGAIN) {
        struct pollfd writable = {.fd = worker->channel_fd, .events = POLLOUT};

        poll(&writable, 1, ANSWER_TIMEOUT_MS);
    }
    CHECK(sent == (ssize_t)(sizeof(header) + size));
}

bool net_worker_receive(struct net_worker *worker, int timeout_ms)
{
    struct iovec parts[] = {
        {.iov_base = &worker->header, .iov_len = sizeof(worker->header)},
        {.iov_base = worker->body, .iov_len = sizeof(worker->body)},
    };
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
    struct pollfd readable = {.fd = worker->channel_fd, .events = POLLIN};
    ssize_t size;

    if (poll(&readable, 1, timeout_ms) != 1)
        return false;
    size = recvmsg(worker->channel_fd, &message, 0);
    CHECK(size >= (ssize_t)sizeof(worker->header));
    worker->size = (size_t)size - sizeof(worker->header);
    return true;
}

const struct verb_applied *net_worker_applied(const struct net_worker *worker)
{
    CHECK(worker->header.verb == VERB_APPLIED);
    return (const void *)worker->body;
}

int net_worker_ask(struct net_worker *worker, enum verb verb, const void *body, size_t size, int fd)
{
    static uint32_t request;

    net_worker_send(worker, verb, ++request, body, size, fd);
    do
        CHECK(net_worker_receive(worker, ANSWER_TIMEOUT_MS));
    while (worker->header.request != request);
    if (worker->header.verb == VERB_APPLIED)
        return ((struct verb_applied *)worker->body)->status;
    return ((struct verb_ack *)worker->body)->status;
}

static struct prefix prefix(const char *text)
{
    struct prefix parsed;

    CHECK(prefix_parse(text, &parsed) == 0);
    return parsed;
}

struct verb_instance net_world_instance(uint16_t port)
{
    struct verb_instance instance = {
        .listen_port = port,
        .mtu = 1420,
        .backend = backend_is_kernel() ? WIREGUARD_KERNEL : WIREGUARD_USERSPACE,
        .flags = INSTANCE_CLIENT_TO_CLIENT,
        .hub4 = prefix("10.66.0.1/16"),
        .hub6 = prefix("fd66::1/64"),
        .uplink = {prefix("169.254.1.1/30"), prefix("169.254.1.2/30"), prefix("fd99::1/126"),
                   prefix("fd99::2/126")},
    };

    key_make_private(&instance.private_key);
    return instance;
}

struct verb_peer *net_world_peer(void *space, unsigned number, unsigned flags)
{
    struct verb_peer *peer = memset(space, 0, NET_PEER_SPACE);
    uint8_t high = (uint8_t)((number + 1) >> 8);
    uint8_t low = (uint8_t)(number + 1);

    /* Any 32 bytes are a point of the curve or of its twist. */
    for (unsigned i = 0; i < KEY_SIZE; i++)
        peer->public_key.bytes[i] =
            (uint8_t)((number + 1) * 2654435761U >> (i % 4 * 8)) ^ (uint8_t)i;
    peer->public_key.bytes[31] &= 0x7f;
    peer->flags = (uint8_t)flags;
    if (flags & PEER_HAS_PRESHARED_KEY)
        memset(peer->preshared_key.bytes, 1 + (int)(number & 0x7f), KEY_SIZE);
    peer->tunnel_count = 2;
    peer->prefix_count = 2;
    peer->prefixes[0] = (struct prefix){{AF_INET, {10, 66, high, low}}, 32};
    peer->prefixes[1] = (struct prefix){{AF_INET6, {0xfd, 0x66, [14] = high, [15] = low}}, 128};
    return peer;
}

void net_world_add_subnet(struct verb_peer *peer, const char *text)
{
    peer->prefixes[peer->prefix_count++] = prefix(text);
}

size_t net_world_peer_size(const struct verb_peer *peer)
{
    return sizeof(*peer) + peer->prefix_count * sizeof(peer->prefixes[0]);
}
