/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/warrend/wireguard_process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/log.h"
#include "hub/base/sandbox.h"
#include "hub/base/text.h"
#include "hub/warrend/process.h"
#include "hub/warrend/wireguard_socket.h"

#define WIREGUARD_PROGRAM "/usr/bin/wireguard-go"
#define POLL_US UINT64_C(5000)
#define START_PATIENCE_US UINT64_C(3000000)
#define STOP_PATIENCE_US UINT64_C(2000000)

enum wireguard_process_state {
    WIREGUARD_ENDED,    /* no process */
    WIREGUARD_STARTING, /* its socket does not accept yet */
    WIREGUARD_RUNNING,
    WIREGUARD_STOPPING,
};

struct stop_waiter {
    struct stop_waiter *next;
    wireguard_stopped done;
    void *data;
};

struct wireguard_process {
    struct wireguard_processes *owner;
    struct wireguard_process *next;
    enum wireguard_process_state state;
    struct process *process;
    sd_event_source *timer; /* STARTING: looks for the socket; STOPPING: patience */
    uint64_t deadline_us;   /* of STARTING */
    struct engine_request request;
    bool has_request;
    struct stop_waiter *waiters;
    char id[ID_MAX];
    uint32_t starts;
};

struct wireguard_processes {
    struct supervisor *supervisor;
    struct wireguard_process *first;
    size_t count;
};

static void enter_state(struct wireguard_process *wireguard, enum wireguard_process_state state,
                        const char *why)
{
    static const char *const names[] = {"ended", "starting", "running", "stopping"};
    log_debug("wireguard-go of %s: %s -> %s (%s)", wireguard->id, names[wireguard->state],
              names[state], why);
    wireguard->state = state;
    wireguard->timer = sd_event_source_disable_unref(wireguard->timer);
}

static struct wireguard_process **find(struct wireguard_processes *wireguards, const char *id)
{
    struct wireguard_process **place = &wireguards->first;
    while (*place && !text_equal((*place)->id, id))
        place = &(*place)->next;
    return place;
}

/* NULL: there are too many. */
static struct wireguard_process *find_or_add(struct wireguard_processes *wireguards, const char *id)
{
    struct wireguard_process **place = find(wireguards, id);
    if (!*place) {
        if (wireguards->count == SUPERVISOR_IDS_MAX)
            return NULL;
        wireguards->count++;
        *place = memory_zero(sizeof(**place));
        (*place)->owner = wireguards;
        text_copy((*place)->id, sizeof((*place)->id), id);
    }
    return *place;
}

static void release(struct wireguard_process *wireguard)
{
    sd_event_source_disable_unref(wireguard->timer);
    process_free(wireguard->process);
    for (struct stop_waiter *waiter = wireguard->waiters, *next; waiter; waiter = next) {
        next = waiter->next;
        free(waiter);
    }
    free(wireguard);
}

/* ---- answers ---- */

static void answer(struct wireguard_process *wireguard, int status, bool adopted, int fd)
{
    if (!wireguard->has_request)
        return;
    wireguard->has_request = false;
    struct verb_wireguard_opened opened = {.status = status, .adopted = adopted};
    engine_answer(wireguard->owner->supervisor->engine, &wireguard->request, VERB_WIREGUARD_OPENED,
                  &opened, sizeof(opened), &fd, status < 0 ? 0 : 1);
}

/* Whoever gets it decides how to wait on it. */
static int make_blocking(int fd)
{
    int flags = fcntl(fd, F_GETFL);
    return flags < 0 || fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) < 0 ? -errno : 0;
}

static void answer_connected(struct wireguard_process *wireguard, bool adopted, int fd)
{
    int r = make_blocking(fd);
    answer(wireguard, r, adopted, fd);
}

static void tell_waiters(struct wireguard_process *wireguard, int status)
{
    struct stop_waiter *waiter = TAKE_PTR(wireguard->waiters);
    while (waiter) {
        struct stop_waiter *next = waiter->next;
        waiter->done(status, waiter->data);
        free(waiter);
        waiter = next;
    }
}

/* ---- its end ---- */

static void tell_gone(struct wireguard_process *wireguard)
{
    struct verb_net_id gone = {0};
    memcpy(gone.id, wireguard->id, sizeof(gone.id));
    engine_tell(wireguard->owner->supervisor->engine, VERB_WIREGUARD_GONE, &gone, sizeof(gone));
}

static void forget(struct wireguard_process *wireguard)
{
    struct wireguard_process **place = find(wireguard->owner, wireguard->id);
    *place = wireguard->next;
    wireguard->owner->count--;
    release(wireguard);
}

static void on_ended(struct process *process, int status, void *data)
{
    struct wireguard_process *wireguard = data;
    enum wireguard_process_state before = wireguard->state;
    char text[PROCESS_STATUS_TEXT_MAX];
    process_status_text(status, text);
    wireguard->process = process_free(process);
    enter_state(wireguard, WIREGUARD_ENDED, text);
    wireguard_socket_remove(wireguard->id);
    switch (before) {
    case WIREGUARD_STARTING:
        log_error("wireguard-go of %s ended before it was ready: %s", wireguard->id, text);
        answer(wireguard, -EIO, false, -1);
        return;
    case WIREGUARD_RUNNING:
        log_warning("wireguard-go of %s ended: %s", wireguard->id, text);
        tell_gone(wireguard);
        return;
    case WIREGUARD_STOPPING:
        log_info("wireguard-go of %s stopped", wireguard->id);
        tell_waiters(wireguard, 0);
        forget(wireguard);
        return;
    case WIREGUARD_ENDED:
        return;
    }
}

/* ---- adopting ---- */

static int adopt(struct wireguard_process *wireguard, int fd)
{
    pid_t pid;
    int r = wireguard_socket_owner(fd, &pid);
    if (r < 0)
        return r;
    r = process_adopt(wireguard->owner->supervisor->event, pid, on_ended, wireguard,
                      &wireguard->process);
    if (r < 0)
        return r;
    /* The number may have passed to another process before it was held: the socket still answers
     * only if not. */
    _cleanup_close_ int again_fd = -1;
    pid_t again;
    r = wireguard_socket_connect(wireguard->id, &again_fd);
    if (r == 0)
        r = wireguard_socket_owner(again_fd, &again);
    if (r == 0 && again != pid)
        r = -ESTALE;
    if (r < 0) {
        wireguard->process = process_free(wireguard->process);
        return r;
    }
    enter_state(wireguard, WIREGUARD_RUNNING, "found running");
    log_info("wireguard-go of %s adopted (pid %d)", wireguard->id, pid);
    return 0;
}

/* ---- starting ---- */

static int on_starting(sd_event_source *source, uint64_t now, void *data)
{
    (void)now;
    struct wireguard_process *wireguard = data;
    _cleanup_close_ int fd = -1;
    if (wireguard_socket_connect(wireguard->id, &fd) == 0) {
        enter_state(wireguard, WIREGUARD_RUNNING, "its socket accepts");
        log_info("wireguard-go of %s started (pid %d)", wireguard->id,
                 process_pid(wireguard->process));
        answer_connected(wireguard, false, fd);
        return 0;
    }
    if (clock_monotonic_us() < wireguard->deadline_us) {
        int r = sd_event_source_set_time_relative(source, POLL_US);
        return r < 0 ? r : sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
    }
    log_error("wireguard-go of %s is not ready after %.0f s, killing it", wireguard->id,
              (double)START_PATIENCE_US / 1e6);
    answer(wireguard, -ETIMEDOUT, false, -1);
    (void)process_signal(wireguard->process, SIGKILL);
    return 0;
}

static int enter_sandbox(void)
{
    return sandbox_enter(ROLE_WIREGUARD, NULL, 0);
}

static int start(struct wireguard_process *wireguard)
{
    struct supervisor *supervisor = wireguard->owner->supervisor;
    int r = wireguard_socket_prepare();
    if (r < 0)
        return r;
    r = places_mark(supervisor->places, wireguard->id, true);
    if (r < 0)
        return r;
    wireguard_socket_remove(wireguard->id);
    char link[WIREGUARD_LINK_MAX];
    struct process_spec spec = {
        .path = WIREGUARD_PROGRAM,
        .arguments =
            (const char *[]){"wireguard-go", "-f", wireguard_link(wireguard->id, link), NULL},
        /* The second one spares the log a page of advice at each start. */
        .environment = (const char *[]){"LOG_LEVEL=error", "WG_PROCESS_FOREGROUND=1", NULL},
        .prepare = enter_sandbox,
        .netns = -1,
        .own_session = true,
    };
    r = process_start(supervisor->event, &spec, on_ended, wireguard, &wireguard->process);
    if (r < 0)
        return r;
    wireguard->starts++;
    wireguard->deadline_us = clock_monotonic_us() + START_PATIENCE_US;
    enter_state(wireguard, WIREGUARD_STARTING, "not found");
    r = sd_event_add_time_relative(supervisor->event, &wireguard->timer, CLOCK_MONOTONIC, POLL_US,
                                   1000, on_starting, wireguard);
    if (r < 0)
        (void)process_signal(wireguard->process, SIGKILL);
    return r;
}

static int find_or_start(struct wireguard_process *wireguard)
{
    _cleanup_close_ int fd = -1;
    int r = wireguard_socket_connect(wireguard->id, &fd);
    if (r == -ENOENT || r == -ECONNREFUSED)
        return start(wireguard);
    if (r < 0)
        return r;
    r = adopt(wireguard, fd);
    if (r == 0)
        answer_connected(wireguard, true, fd);
    return r;
}

static int connect_running(struct wireguard_process *wireguard)
{
    _cleanup_close_ int fd = -1;
    int r = wireguard_socket_connect(wireguard->id, &fd);
    if (r == 0)
        answer_connected(wireguard, true, fd);
    /* Deaf for good without its socket: its end is told, and the next request starts another. */
    if (r == -ENOENT || r == -ECONNREFUSED)
        (void)process_signal(wireguard->process, SIGKILL);
    return r;
}

static int open_by_state(struct wireguard_process *wireguard)
{
    switch (wireguard->state) {
    case WIREGUARD_ENDED:
        return find_or_start(wireguard);
    case WIREGUARD_STARTING:
        return 0;
    case WIREGUARD_RUNNING:
        return connect_running(wireguard);
    case WIREGUARD_STOPPING:
        return -EBUSY;
    }
    return -EINVAL;
}

static void refuse(struct wireguard_processes *wireguards, const struct engine_request *request)
{
    struct verb_wireguard_opened refused = {.status = -ENOSPC};
    engine_answer(wireguards->supervisor->engine, request, VERB_WIREGUARD_OPENED, &refused,
                  sizeof(refused), NULL, 0);
}

void wireguard_process_open(struct wireguard_processes *wireguards, const char *id,
                            const struct engine_request *request)
{
    struct wireguard_process *wireguard = find_or_add(wireguards, id);
    if (!wireguard) {
        refuse(wireguards, request);
        return;
    }
    answer(wireguard, -ECANCELED, false, -1);
    wireguard->request = *request;
    wireguard->has_request = true;
    int r = open_by_state(wireguard);
    if (r < 0) {
        log_error("cannot open wireguard-go of %s: %s", id, strerror(-r));
        answer(wireguard, r, false, -1);
    }
}

/* ---- stopping ---- */

static int on_impatient(sd_event_source *source, uint64_t now, void *data)
{
    (void)source, (void)now;
    struct wireguard_process *wireguard = data;
    log_warning("wireguard-go of %s does not end, killing it", wireguard->id);
    (void)process_signal(wireguard->process, SIGKILL);
    return 0;
}

static void begin_stop(struct wireguard_process *wireguard)
{
    answer(wireguard, -ECANCELED, false, -1);
    if (wireguard->state == WIREGUARD_STOPPING)
        return;
    enter_state(wireguard, WIREGUARD_STOPPING, "asked to");
    (void)process_signal(wireguard->process, SIGTERM);
    int r = sd_event_add_time_relative(wireguard->owner->supervisor->event, &wireguard->timer,
                                       CLOCK_MONOTONIC, STOP_PATIENCE_US, 1000, on_impatient,
                                       wireguard);
    if (r < 0)
        (void)process_signal(wireguard->process, SIGKILL);
}

static void add_waiter(struct wireguard_process *wireguard, wireguard_stopped done, void *data)
{
    struct stop_waiter *waiter = memory_zero(sizeof(*waiter));
    *waiter = (struct stop_waiter){.next = wireguard->waiters, .done = done, .data = data};
    wireguard->waiters = waiter;
}

/* One that a warrend before us started is found by its socket. */
static int adopt_if_running(struct wireguard_process *wireguard)
{
    if (wireguard->state != WIREGUARD_ENDED)
        return 0;
    _cleanup_close_ int fd = -1;
    int r = wireguard_socket_connect(wireguard->id, &fd);
    if (r == 0)
        return adopt(wireguard, fd);
    return r == -ENOENT || r == -ECONNREFUSED ? 0 : r;
}

void wireguard_process_stop(struct wireguard_processes *wireguards, const char *id,
                            wireguard_stopped done, void *data)
{
    struct wireguard_process *wireguard = find_or_add(wireguards, id);
    if (!wireguard) {
        done(-ENOSPC, data);
        return;
    }
    int r = adopt_if_running(wireguard);
    if (r == 0 && wireguard->state != WIREGUARD_ENDED) {
        add_waiter(wireguard, done, data);
        begin_stop(wireguard);
        return;
    }
    if (r == 0)
        wireguard_socket_remove(id);
    forget(wireguard);
    done(r, data);
}

/* ---- all of them ---- */

struct wireguard_processes *wireguard_processes_new(struct supervisor *supervisor)
{
    struct wireguard_processes *wireguards = memory_zero(sizeof(*wireguards));
    wireguards->supervisor = supervisor;
    return wireguards;
}

struct wireguard_processes *wireguard_processes_free(struct wireguard_processes *wireguards)
{
    if (!wireguards)
        return NULL;
    for (struct wireguard_process *wireguard = wireguards->first, *next; wireguard;
         wireguard = next) {
        next = wireguard->next;
        release(wireguard);
    }
    free(wireguards);
    return NULL;
}

size_t wireguard_processes_describe(const struct wireguard_processes *wireguards,
                                    struct verb_role *ret_roles, size_t max)
{
    size_t count = 0;
    for (const struct wireguard_process *wireguard = wireguards->first; wireguard && count < max;
         wireguard = wireguard->next) {
        if (!wireguard->process)
            continue;
        struct verb_role *role = &ret_roles[count++];
        *role = (struct verb_role){
            .role = ROLE_WIREGUARD,
            .pid = (uint32_t)process_pid(wireguard->process),
            .restarts = wireguard->starts > 0 ? wireguard->starts - 1 : 0,
            .started_at = process_started_at(wireguard->process),
        };
        memcpy(role->id, wireguard->id, sizeof(role->id));
    }
    return count;
}
