/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "tunnel/wireguard_device.h"
#include "tunnel/wireguard_request.h"
#include "tunnel/wireguard_uapi.h"

#define ANSWER_TIMEOUT_US (5 * UINT64_C(1000000))

/* 65,536 peers, which is all that wireguard-go takes, fit with a few hundred bytes each. */
enum {
    ANSWER_FIRST = 64 * 1024,
    ANSWER_MAX = 64 * 1024 * 1024,
};

/* A mapping of its own: grows without leaving copies of keys behind, and goes back to the kernel
 * whole. */
struct answer {
    char *text;
    size_t length;
    size_t size;
};

struct userspace {
    struct wireguard wireguard;
    int fd; /* -1 after it was found dead, hung or mad */
    struct wireguard_request request;
};

static struct userspace *userspace_of(struct wireguard *wireguard)
{
    return (struct userspace *)wireguard;
}

static void answer_done(struct answer *answer)
{
    if (answer->text)
        munmap(answer->text, answer->size);
}

static int answer_grow(struct answer *answer)
{
    size_t size = answer->text ? answer->size * 2 : ANSWER_FIRST;
    void *text;

    if (size > ANSWER_MAX)
        return -EBADMSG;
    text = answer->text
               ? mremap(answer->text, answer->size, size, MREMAP_MAYMOVE)
               : mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (text == MAP_FAILED)
        return -errno;
    answer->text = text;
    answer->size = size;
    return 0;
}

static int wait_for(int fd, short events, uint64_t deadline)
{
    struct pollfd poll_fd = {.fd = fd, .events = events};
    uint64_t now = clock_monotonic_us();
    int r = now < deadline ? poll(&poll_fd, 1, (int)((deadline - now) / 1000) + 1) : 0;

    if (r == 0)
        return -ETIMEDOUT;
    return r < 0 && errno != EINTR ? -errno : 0;
}

/* 0 when it is worth another try. */
static int wait_after(int fd, short events, uint64_t deadline)
{
    if (errno == EAGAIN)
        return wait_for(fd, events, deadline);
    if (errno == EINTR)
        return 0;
    return errno == ECONNRESET ? -EPIPE : -errno;
}

static int send_text(int fd, const char *text, size_t size, uint64_t deadline)
{
    for (size_t sent = 0; sent < size;) {
        ssize_t n = send(fd, text + sent, size - sent, MSG_DONTWAIT | MSG_NOSIGNAL);

        if (n >= 0) {
            sent += (size_t)n;
            continue;
        }
        int r = wait_after(fd, POLLOUT, deadline);
        if (r < 0)
            return r;
    }
    return 0;
}

static bool is_complete(const struct answer *answer)
{
    return answer->length >= 2 && memcmp(answer->text + answer->length - 2, "\n\n", 2) == 0;
}

static int receive_answer(int fd, struct answer *answer, uint64_t deadline)
{
    while (!is_complete(answer)) {
        ssize_t n;
        int r = 0;

        if (answer->length == answer->size)
            r = answer_grow(answer);
        if (r < 0)
            return r;
        n = recv(fd, answer->text + answer->length, answer->size - answer->length, MSG_DONTWAIT);
        if (n == 0)
            return -EPIPE;
        if (n > 0)
            answer->length += (size_t)n;
        else
            r = wait_after(fd, POLLIN, deadline);
        if (r < 0)
            return r;
    }
    return 0;
}

/* What comes after an answer that was late or not understood can't be told from the next one. */
static int hang_up(struct userspace *userspace, int error)
{
    close(userspace->fd);
    userspace->fd = -1;
    return error;
}

static int exchange(struct userspace *userspace, const char *text, size_t size,
                    struct answer *answer)
{
    uint64_t deadline = clock_monotonic_us() + ANSWER_TIMEOUT_US;
    int r;

    if (userspace->fd < 0)
        return -EPIPE;
    r = send_text(userspace->fd, text, size, deadline);
    if (r == 0)
        r = receive_answer(userspace->fd, answer, deadline);
    return r < 0 ? hang_up(userspace, r) : 0;
}

static int userspace_read(struct wireguard *wireguard, struct wireguard_state *ret_state)
{
    static const char get[] = "get=1\n\n";
    struct userspace *userspace = userspace_of(wireguard);
    _cleanup_(answer_done) struct answer answer = {0};
    int r = exchange(userspace, get, sizeof(get) - 1, &answer);

    if (r < 0)
        return r;
    r = wireguard_uapi_parse(answer.text, answer.length, ret_state);
    return r == -EBADMSG ? hang_up(userspace, r) : r;
}

/* Sends the request that was built; 0, what was refused with, or what broke. */
static int commit(struct userspace *userspace)
{
    _cleanup_(answer_done) struct answer answer = {0};
    int refusal, r;

    wireguard_request_end(&userspace->request);
    r = exchange(userspace, userspace->request.text, userspace->request.length, &answer);
    wireguard_request_done(&userspace->request);
    if (r < 0)
        return r;
    r = wireguard_uapi_parse_status(answer.text, answer.length, &refusal);
    return r < 0 ? hang_up(userspace, r) : refusal;
}

static int userspace_write_device(struct wireguard *wireguard, const struct wireguard_state *wanted,
                                  unsigned what)
{
    struct userspace *userspace = userspace_of(wireguard);

    wireguard_request_begin(&userspace->request);
    if (what & WIREGUARD_DEVICE_PRIVATE_KEY)
        wireguard_request_add_private_key(&userspace->request, &wanted->private_key);
    if (what & WIREGUARD_DEVICE_LISTEN_PORT)
        wireguard_request_add_listen_port(&userspace->request, wanted->listen_port);
    return commit(userspace);
}

static size_t userspace_batch(const struct wireguard_change *changes, size_t count)
{
    size_t capacity = wireguard_request_capacity(changes, count);

    return capacity > 0 ? capacity : 1;
}

static int write_one(struct userspace *userspace, const struct wireguard_change *change)
{
    size_t said = 0;
    int r;

    do {
        wireguard_request_begin(&userspace->request);
        said = wireguard_request_add_change(&userspace->request, change, said);
        r = commit(userspace);
    } while (r == 0 && said < change->peer->allowed_count);
    return r;
}

static int userspace_write_peers(struct wireguard *wireguard,
                                 const struct wireguard_change *changes, size_t count)
{
    struct userspace *userspace = userspace_of(wireguard);

    if (count == 1)
        return write_one(userspace, changes);
    wireguard_request_begin(&userspace->request);
    for (size_t i = 0; i < count; i++)
        wireguard_request_add_change(&userspace->request, &changes[i], 0);
    return commit(userspace);
}

static bool userspace_is_fatal(const struct wireguard *wireguard, int error)
{
    return error < 0 && ((const struct userspace *)wireguard)->fd < 0;
}

static void userspace_free(struct wireguard *wireguard)
{
    struct userspace *userspace = userspace_of(wireguard);

    if (userspace->fd >= 0)
        close(userspace->fd);
    wireguard_request_done(&userspace->request);
    free(userspace);
}

static const struct wireguard_backend userspace_backend = {
    .read = userspace_read,
    .write_device = userspace_write_device,
    .batch = userspace_batch,
    .write_peers = userspace_write_peers,
    .is_fatal = userspace_is_fatal,
    .free = userspace_free,
};

int wireguard_open_userspace(int fd, struct wireguard **ret_wireguard)
{
    struct userspace *userspace = memory_zero(sizeof(*userspace));

    userspace->wireguard.backend = &userspace_backend;
    userspace->fd = fd;
    *ret_wireguard = &userspace->wireguard;
    return 0;
}
