/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/tunnel/openvpn_world.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "tests/unit/tunnel/world.h"

#define PROGRAM "/usr/sbin/openvpn"
#define FOLDER "/run/openvpn-world"

#define CHECK(condition) \
    do { \
        if (!(condition)) { \
            fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, #condition, strerror(errno)); \
            exit(1); \
        } \
    } while (0)

bool openvpn_world_enter(void)
{
    if (!world_enter(PROGRAM))
        return false;
    CHECK(mkdir(FOLDER, 0700) == 0);
    CHECK(system("ip link set lo up") == 0);
    signal(SIGPIPE, SIG_IGN);
    return true;
}

void openvpn_world_hub_init(struct openvpn_world_hub *ret_hub)
{
    int64_t now = clock_seconds();

    CHECK(pki_make_ca("acme CA", now, &ret_hub->ca) == 0);
    CHECK(pki_issue_server(&ret_hub->ca, "acme server", "vpn.example.net", PKI_ECDSA_P256, now,
                           &ret_hub->server) == 0);
    CHECK(pki_issue_server(&ret_hub->ca, "acme server", "192.0.2.1", PKI_RSA_2048, now,
                           &ret_hub->legacy) == 0);
    tls_crypt_v2_make_server(&ret_hub->tls_crypt);
}

struct openvpn_config openvpn_world_config(const struct openvpn_world_hub *hub,
                                           enum openvpn_server server)
{
    static const char *const paths[OPENVPN_SERVER_COUNT] = {FOLDER "/udp.sock", FOLDER "/tcp.sock",
                                                            FOLDER "/legacy.sock"};
    const struct pki_identity *own = server == OPENVPN_LEGACY ? &hub->legacy : &hub->server;
    struct openvpn_config config = {
        .server = server,
        .port = (uint16_t)(1194 + server),
        .mtu = 1420,
        .ca = {hub->ca.certificate.der, hub->ca.certificate.size},
        .certificate = {own->certificate.der, own->certificate.size},
        .key = {own->key.der, own->key.size},
        .management_path = paths[server],
    };

    if (server != OPENVPN_LEGACY)
        config.tls_crypt_key =
            (struct openvpn_bytes){hub->tls_crypt.bytes, sizeof(hub->tls_crypt.bytes)};
    CHECK(prefix_parse("10.66.0.1/24", &config.hub4) == 0);
    CHECK(prefix_parse("fd66::1/64", &config.hub6) == 0);
    return config;
}

/* ---- processes ---- */

static void write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    CHECK(fd >= 0);
    CHECK(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
}

pid_t openvpn_world_start(const char *name, const char *text)
{
    _cleanup_free_ char *config = text_format(FOLDER "/%s.conf", name);
    _cleanup_free_ char *log = text_format(FOLDER "/%s.log", name);
    pid_t pid;

    write_file(config, text);
    unlink(log);
    pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        execl(PROGRAM, PROGRAM, "--config", config, "--log", log, NULL);
        _exit(127);
    }
    return pid;
}

void openvpn_world_stop(pid_t pid)
{
    if (pid <= 0)
        return;
    kill(pid, SIGTERM);
    if (!openvpn_world_ends(pid, 10)) {
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
    }
}

bool openvpn_world_ends(pid_t pid, int seconds)
{
    uint64_t end = clock_monotonic_us() + (uint64_t)seconds * 1000000;

    do {
        if (waitpid(pid, NULL, WNOHANG) != 0)
            return true;
        usleep(10000);
    } while (clock_monotonic_us() < end);
    return false;
}

char *openvpn_world_log(const char *name)
{
    _cleanup_free_ char *path = text_format(FOLDER "/%s.log", name);
    struct buf text = {0};
    char part[4096];
    ssize_t size;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    while (fd >= 0 && (size = read(fd, part, sizeof(part))) > 0)
        buf_add(&text, part, (size_t)size);
    if (fd >= 0)
        close(fd);
    return buf_take(&text);
}

bool openvpn_world_logs(const char *name, const char *words, int seconds)
{
    uint64_t end = clock_monotonic_us() + (uint64_t)seconds * 1000000;

    do {
        _cleanup_free_ char *log = openvpn_world_log(name);

        if (strstr(log, words))
            return true;
        usleep(20000);
    } while (clock_monotonic_us() < end);
    return false;
}

/* ---- a server and its management ---- */

static int connect_to(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    CHECK(text_copy(address.sun_path, sizeof(address.sun_path), path) == 0);
    for (int tries = 0; tries < 500; tries++) {
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

        CHECK(fd >= 0);
        if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
            return fd;
        close(fd);
        usleep(10000);
    }
    return -1;
}

bool openvpn_world_serve(const struct openvpn_config *config, struct openvpn_world_server *server)
{
    _cleanup_buf_ struct buf text = {0};

    *server = (struct openvpn_world_server){.fd = -1};
    CHECK(openvpn_config_format(config, &text) == 0);
    /* The hub is told less; what a server thinks of its clients is for tests. */
    buf_add_text(&text, "verb 1\n");
    server->pid = openvpn_world_start(openvpn_server_name(config->server), text.data);
    server->fd = connect_to(config->management_path);
    server->management = openvpn_management_new();
    return server->fd >= 0 && openvpn_world_wait(server, OPENVPN_EVENT_HOLD, 10);
}

void openvpn_world_server_stop(struct openvpn_world_server *server)
{
    if (server->fd >= 0)
        close(server->fd);
    openvpn_world_stop(server->pid);
    server->management = openvpn_management_free(server->management);
    buf_done(&server->transcript);
}

void openvpn_world_say(struct openvpn_world_server *server, struct buf *commands)
{
    CHECK(write(server->fd, commands->data, commands->length) == (ssize_t)commands->length);
    buf_clear(commands);
}

/* False when nothing came in time. */
static bool read_chunk(struct openvpn_world_server *server, uint64_t end)
{
    struct pollfd pollfd = {.fd = server->fd, .events = POLLIN};
    uint64_t now = clock_monotonic_us();
    ssize_t size;

    if (now >= end || poll(&pollfd, 1, (int)((end - now) / 1000) + 1) <= 0)
        return false;
    size = read(server->fd, server->chunk, sizeof(server->chunk));
    if (size <= 0)
        return false;
    buf_add(&server->transcript, server->chunk, (size_t)size);
    server->data = server->chunk;
    server->size = (size_t)size;
    return true;
}

bool openvpn_world_wait(struct openvpn_world_server *server, enum openvpn_event_kind kind,
                        int seconds)
{
    uint64_t end = clock_monotonic_us() + (uint64_t)seconds * 1000000;

    for (;;) {
        int r = openvpn_management_next(server->management, &server->data, &server->size,
                                        &server->event);

        if (r < 0)
            fprintf(stderr, "nonsense: %s\n", server->transcript.data);
        CHECK(r >= 0);
        if (r > 0 && server->event.kind == kind)
            return true;
        if (r == 0 && !read_chunk(server, end))
            return false;
    }
}

bool openvpn_world_release(struct openvpn_world_server *server)
{
    _cleanup_buf_ struct buf commands = {0};

    openvpn_command_state_on(&commands);
    openvpn_command_hold_release(&commands);
    openvpn_world_say(server, &commands);
    do {
        if (!openvpn_world_wait(server, OPENVPN_EVENT_STATE, 10))
            return false;
    } while (!text_equal(server->event.state, "CONNECTED"));
    return true;
}
