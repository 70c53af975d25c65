/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/warrend/wireguard_process.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "hub/base/cleanup.h"
#include "hub/base/log.h"
#include "hub/base/sandbox.h"
#include "hub/warrend/wireguard_socket.h"

#define WIREGUARD_PROGRAM "/usr/bin/wireguard-go"
#define WATCH_LIMIT "/proc/sys/fs/inotify/max_user_instances"
enum { WATCHES = 32768 };

/* While there is work the Go runtime looks after itself every 20 us. With the usual slack of 50 us
 * the timers and switches of that alone are a tenth of what the program costs. */
enum { TIMER_SLACK_NS = 200 * 1000 };

static const char *name(const struct tenant_process *wireguard)
{
    (void)wireguard;
    return "wireguard-go";
}

static int connect_to(const struct tenant_process *wireguard, int *ret_fd)
{
    char path[WIREGUARD_SOCKET_MAX];
    return tenant_socket_connect(wireguard_socket_path(wireguard->id, wireguard->number, path),
                                 ret_fd);
}

static int prepare(const void *data)
{
    (void)data;
    if (prctl(PR_SET_TIMERSLACK, TIMER_SLACK_NS, 0, 0, 0) < 0)
        return -errno;
    return sandbox_enter(ROLE_WIREGUARD, NULL, 0);
}

/* Each watches its socket's file, and the kernel lets all of root's processes have 128 such watches
 * if nobody says otherwise: far fewer than there are links. */
static void make_room_for_watches(void)
{
    char text[32] = "";
    uint64_t limit;
    _cleanup_close_ int fd = open(WATCH_LIMIT, O_RDWR | O_CLOEXEC);
    ssize_t size = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
    text[strcspn(text, "\n")] = '\0';
    if (size > 0 && text_parse_u64(text, WATCHES, UINT64_MAX, &limit) == 0)
        return;
    int length = snprintf(text, sizeof(text), "%d", WATCHES);
    if (size < 0 || pwrite(fd, text, (size_t)length, 0) < 0)
        log_warning("%s can't be raised to %d: %s, ignoring until a wireguard-go does not start",
                    WATCH_LIMIT, WATCHES, strerror(errno));
}

static int start(struct tenant_process *wireguard, const void *order, process_ended ended,
                 void *data, struct process **ret_process)
{
    (void)order;
    int r = wireguard_socket_prepare();
    if (r < 0)
        return r;
    make_room_for_watches();
    char link[LINK_NAME_MAX];
    struct process_spec spec = {
        .path = WIREGUARD_PROGRAM,
        .arguments =
            (const char *[]){"wireguard-go", "-f",
                             link_outside_name(wireguard->id, wireguard->number, link), NULL},
        /* The second one spares the log a page of advice at each start. */
        .environment = (const char *[]){"LOG_LEVEL=error", "WG_PROCESS_FOREGROUND=1", NULL},
        .prepare = prepare,
        .netns = -1,
        .own_session = true,
    };
    return process_start(wireguard->supervisor->event, &spec, ended, data, ret_process);
}

static void answer(const struct tenant_process *wireguard, const struct engine_request *request,
                   int status, bool adopted, int fd)
{
    struct verb_wireguard_opened opened = {.status = status, .adopted = adopted};
    engine_answer(wireguard->supervisor->engine, request, VERB_WIREGUARD_OPENED, &opened,
                  sizeof(opened), &fd, status < 0 ? 0 : 1);
}

static void tell_gone(const struct tenant_process *wireguard)
{
    struct verb_wireguard_id gone = {.link = wireguard->number};
    memcpy(gone.id, wireguard->id, sizeof(gone.id));
    engine_tell(wireguard->supervisor->engine, VERB_WIREGUARD_GONE, &gone, sizeof(gone));
}

static void sweep(const struct tenant_process *wireguard)
{
    wireguard_socket_remove(wireguard->id, wireguard->number);
}

const struct tenant_kind wireguard_process_kind = {
    .role = ROLE_WIREGUARD,
    .name = name,
    .connect = connect_to,
    .start = start,
    .answer = answer,
    .tell_gone = tell_gone,
    .sweep = sweep,
};
