/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/warrend/tenant_process.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "hub/base/cleanup.h"
#include "hub/base/log.h"
#include "hub/base/text.h"

#define POLL_US UINT64_C(5000)
#define START_PATIENCE_US UINT64_C(3000000)
#define STOP_PATIENCE_US UINT64_C(2000000)

enum tenant_process_state {
    TENANT_ENDED,    /* no process */
    TENANT_STARTING, /* its socket does not accept yet */
    TENANT_RUNNING,
    TENANT_STOPPING,
    TENANT_CLEARING, /* it ended; what it leaves is being removed */
};

struct stop_waiter {
    struct stop_waiter *next;
    tenant_stopped done;
    void *data;
};

struct tenant_state {
    enum tenant_process_state state;
    struct process *process; /* CLEARING: of what clears */
    sd_event_source *timer;  /* STARTING: looks for the socket; STOPPING: patience */
    uint64_t deadline_us;    /* of STARTING */
    struct engine_request request;
    bool has_request;
    bool is_joined; /* STARTING: the request is not the one it was started for */
    struct stop_waiter *waiters;
    bool clear; /* one of them wants it */
    uint32_t starts;
};

struct tenant_processes {
    struct supervisor *supervisor;
    const struct tenant_kind *kind;
    struct tenant_process *first;
    size_t ids; /* how many have any */
};

static const struct tenant_kind *kind_of(const struct tenant_process *tenant)
{
    return tenant->owner->kind;
}

static const char *name_of(const struct tenant_process *tenant)
{
    return kind_of(tenant)->name(tenant);
}

static void enter_state(struct tenant_process *tenant, enum tenant_process_state state,
                        const char *why)
{
    static const char *const names[] = {"ended", "starting", "running", "stopping", "clearing"};
    log_debug("%s of %s: %s -> %s (%s)", name_of(tenant), tenant->id, names[tenant->own->state],
              names[state], why);
    tenant->own->state = state;
    tenant->own->timer = sd_event_source_disable_unref(tenant->own->timer);
}

static struct tenant_process **find(struct tenant_processes *tenants, const char *id,
                                    uint16_t number)
{
    struct tenant_process **place = &tenants->first;
    while (*place && ((*place)->number != number || !text_equal((*place)->id, id)))
        place = &(*place)->next;
    return place;
}

static bool has_any(const struct tenant_processes *tenants, const char *id)
{
    for (const struct tenant_process *tenant = tenants->first; tenant; tenant = tenant->next)
        if (text_equal(tenant->id, id))
            return true;
    return false;
}

/* NULL: there are too many. */
static struct tenant_process *find_or_add(struct tenant_processes *tenants, const char *id,
                                          uint16_t number)
{
    struct tenant_process **place = find(tenants, id, number);
    if (!*place) {
        bool is_new = !has_any(tenants, id);
        if (is_new && tenants->ids == SUPERVISOR_IDS_MAX)
            return NULL;
        tenants->ids += is_new;
        *place = memory_zero(sizeof(**place));
        (*place)->supervisor = tenants->supervisor;
        (*place)->owner = tenants;
        (*place)->own = memory_zero(sizeof(*(*place)->own));
        (*place)->number = number;
        text_copy((*place)->id, sizeof((*place)->id), id);
    }
    return *place;
}

/* `done` is not called without `tell`. */
static void free_waiters(struct stop_waiter *waiters, bool tell, int status)
{
    for (struct stop_waiter *waiter = waiters, *next; waiter; waiter = next) {
        next = waiter->next;
        if (tell)
            waiter->done(status, waiter->data);
        free(waiter);
    }
}

static void release(struct tenant_process *tenant)
{
    sd_event_source_disable_unref(tenant->own->timer);
    port_hold_release(&tenant->hold);
    process_free(tenant->own->process);
    free_waiters(tenant->own->waiters, false, 0);
    free(tenant->own);
    free(tenant);
}

/* ---- answers ---- */

static void answer(struct tenant_process *tenant, int status, bool adopted, int fd)
{
    if (!tenant->own->has_request)
        return;
    tenant->own->has_request = false;
    kind_of(tenant)->answer(tenant, &tenant->own->request, status, adopted, fd);
}

/* ---- its end ---- */

static void forget(struct tenant_process *tenant)
{
    struct tenant_process **place = find(tenant->owner, tenant->id, tenant->number);
    *place = tenant->next;
    tenant->owner->ids -= !has_any(tenant->owner, tenant->id);
    release(tenant);
}

static void finish_stop(struct tenant_process *tenant, int status)
{
    struct stop_waiter *waiters = TAKE_PTR(tenant->own->waiters);
    if (status < 0)
        log_error("cannot remove what %s of %s left: %s", name_of(tenant), tenant->id,
                  strerror(-status));
    /* Whoever waits may open it anew. */
    forget(tenant);
    free_waiters(waiters, true, status);
}

static void on_cleared(struct process *process, int status, void *data)
{
    struct tenant_process *tenant = data;
    tenant->own->process = process_free(process);
    finish_stop(tenant, status != -1 && WIFEXITED(status) ? -WEXITSTATUS(status) : -EIO);
}

static void clear_after_stop(struct tenant_process *tenant)
{
    struct process_spec spec = {.work = kind_of(tenant)->clear, .work_data = tenant, .netns = -1};
    if (!spec.work || !tenant->own->clear) {
        finish_stop(tenant, 0);
        return;
    }
    enter_state(tenant, TENANT_CLEARING, "it ended");
    int r =
        process_start(tenant->supervisor->event, &spec, on_cleared, tenant, &tenant->own->process);
    if (r < 0)
        finish_stop(tenant, r);
}

static void on_ended(struct process *process, int status, void *data)
{
    struct tenant_process *tenant = data;
    enum tenant_process_state before = tenant->own->state;
    char text[PROCESS_STATUS_TEXT_MAX];
    process_status_text(status, text);
    tenant->own->process = process_free(process);
    enter_state(tenant, TENANT_ENDED, text);
    kind_of(tenant)->sweep(tenant);
    switch (before) {
    case TENANT_STARTING:
        log_error("%s of %s ended before it was ready: %s", name_of(tenant), tenant->id, text);
        answer(tenant, -EIO, false, -1);
        return;
    case TENANT_RUNNING:
        log_warning("%s of %s ended: %s", name_of(tenant), tenant->id, text);
        kind_of(tenant)->tell_gone(tenant);
        return;
    case TENANT_STOPPING:
        log_info("%s of %s stopped", name_of(tenant), tenant->id);
        clear_after_stop(tenant);
        return;
    case TENANT_CLEARING:
    case TENANT_ENDED:
        return;
    }
}

/* ---- adopting ---- */

static int adopt(struct tenant_process *tenant, int fd)
{
    pid_t pid = 0;
    int r = tenant_socket_owner(fd, &pid);
    if (r < 0)
        return r;
    r = process_adopt(tenant->supervisor->event, pid, on_ended, tenant, &tenant->own->process);
    if (r < 0)
        return r;
    /* The number may have passed to another process before it was held: only if the one that is
     * connected is gone. */
    if (!tenant_socket_is_connected(fd)) {
        tenant->own->process = process_free(tenant->own->process);
        return -ESTALE;
    }
    enter_state(tenant, TENANT_RUNNING, "found running");
    log_info("%s of %s adopted (pid %d)", name_of(tenant), tenant->id, pid);
    return 0;
}

/* ---- starting ---- */

static int on_starting(sd_event_source *source, uint64_t now, void *data)
{
    (void)now;
    struct tenant_process *tenant = data;
    _cleanup_close_ int fd = -1;
    if (kind_of(tenant)->connect(tenant, &fd) == 0) {
        enter_state(tenant, TENANT_RUNNING, "its socket accepts");
        log_info("%s of %s started (pid %d)", name_of(tenant), tenant->id,
                 process_pid(tenant->own->process));
        answer(tenant, 0, tenant->own->is_joined, fd);
        return 0;
    }
    if (clock_monotonic_us() < tenant->own->deadline_us) {
        int r = sd_event_source_set_time_relative(source, POLL_US);
        return r < 0 ? r : sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
    }
    log_error("%s of %s is not ready after %.0f s, killing it", name_of(tenant), tenant->id,
              (double)START_PATIENCE_US / 1e6);
    answer(tenant, -ETIMEDOUT, false, -1);
    (void)process_signal(tenant->own->process, SIGKILL);
    return 0;
}

static int start(struct tenant_process *tenant, const void *order)
{
    int r = places_mark(tenant->supervisor->places, tenant->id, true);
    if (r < 0)
        return r;
    kind_of(tenant)->sweep(tenant);
    r = kind_of(tenant)->start(tenant, order, on_ended, tenant, &tenant->own->process);
    if (r < 0)
        return r;
    tenant->own->starts++;
    tenant->own->is_joined = false;
    tenant->own->deadline_us = clock_monotonic_us() + START_PATIENCE_US;
    enter_state(tenant, TENANT_STARTING, "not found");
    r = sd_event_add_time_relative(tenant->supervisor->event, &tenant->own->timer, CLOCK_MONOTONIC,
                                   POLL_US, 1000, on_starting, tenant);
    if (r < 0)
        (void)process_signal(tenant->own->process, SIGKILL);
    return r;
}

static int find_or_start(struct tenant_process *tenant, const void *order)
{
    _cleanup_close_ int fd = -1;
    int r = kind_of(tenant)->connect(tenant, &fd);
    if (r == -ENOENT || r == -ECONNREFUSED)
        return start(tenant, order);
    if (r < 0)
        return r;
    r = adopt(tenant, fd);
    if (r == 0)
        answer(tenant, 0, true, fd);
    return r;
}

static int connect_running(struct tenant_process *tenant)
{
    _cleanup_close_ int fd = -1;
    int r = kind_of(tenant)->connect(tenant, &fd);
    if (r == 0)
        answer(tenant, 0, true, fd);
    /* Deaf for good without its socket: its end is told, and the next request starts another. */
    if (r == -ENOENT || r == -ECONNREFUSED)
        (void)process_signal(tenant->own->process, SIGKILL);
    return r;
}

static int open_by_state(struct tenant_process *tenant, const void *order)
{
    switch (tenant->own->state) {
    case TENANT_ENDED:
        return find_or_start(tenant, order);
    case TENANT_STARTING:
        tenant->own->is_joined = true;
        return 0;
    case TENANT_RUNNING:
        return connect_running(tenant);
    case TENANT_STOPPING:
    case TENANT_CLEARING:
        return -EBUSY;
    }
    return -EINVAL;
}

/* Only to be answered with. */
static void refuse(struct tenant_processes *tenants, const char *id, uint16_t number,
                   const struct engine_request *request)
{
    struct tenant_process refused = {
        .supervisor = tenants->supervisor, .owner = tenants, .number = number};
    text_copy(refused.id, sizeof(refused.id), id);
    tenants->kind->answer(&refused, request, -ENOSPC, false, -1);
}

void tenant_process_open(struct tenant_processes *tenants, const char *id, uint16_t number,
                         const void *order, const struct engine_request *request)
{
    struct tenant_process *tenant = find_or_add(tenants, id, number);
    if (!tenant) {
        refuse(tenants, id, number, request);
        return;
    }
    answer(tenant, -ECANCELED, false, -1);
    tenant->own->request = *request;
    tenant->own->has_request = true;
    tenant->differs = tenants->kind->differs && tenants->kind->differs(tenant, order);
    int r = tenants->kind->hold ? tenants->kind->hold(tenant, order) : 0;
    if (r == 0)
        r = open_by_state(tenant, order);
    if (r < 0) {
        log_error("cannot open %s of %s: %s", name_of(tenant), id, strerror(-r));
        answer(tenant, r, false, -1);
    }
}

/* ---- stopping ---- */

static int on_impatient(sd_event_source *source, uint64_t now, void *data)
{
    (void)source, (void)now;
    struct tenant_process *tenant = data;
    log_warning("%s of %s does not end, killing it", name_of(tenant), tenant->id);
    (void)process_signal(tenant->own->process, SIGKILL);
    return 0;
}

static void begin_stop(struct tenant_process *tenant)
{
    answer(tenant, -ECANCELED, false, -1);
    if (tenant->own->state == TENANT_STOPPING || tenant->own->state == TENANT_CLEARING)
        return;
    enter_state(tenant, TENANT_STOPPING, "asked to");
    (void)process_signal(tenant->own->process, SIGTERM);
    int r =
        sd_event_add_time_relative(tenant->supervisor->event, &tenant->own->timer, CLOCK_MONOTONIC,
                                   STOP_PATIENCE_US, 1000, on_impatient, tenant);
    if (r < 0)
        (void)process_signal(tenant->own->process, SIGKILL);
}

static void add_waiter(struct tenant_process *tenant, tenant_stopped done, void *data)
{
    struct stop_waiter *waiter = memory_zero(sizeof(*waiter));
    *waiter = (struct stop_waiter){.next = tenant->own->waiters, .done = done, .data = data};
    tenant->own->waiters = waiter;
}

/* One that a warrend before us started is found by its socket. */
static int adopt_if_running(struct tenant_process *tenant)
{
    if (tenant->own->state != TENANT_ENDED)
        return 0;
    _cleanup_close_ int fd = -1;
    int r = kind_of(tenant)->connect(tenant, &fd);
    if (r == 0)
        return adopt(tenant, fd);
    return r == -ENOENT || r == -ECONNREFUSED ? 0 : r;
}

void tenant_process_stop(struct tenant_processes *tenants, const char *id, uint16_t number,
                         bool clear, tenant_stopped done, void *data)
{
    struct tenant_process *tenant = find_or_add(tenants, id, number);
    if (!tenant) {
        done(-ENOSPC, data);
        return;
    }
    int r = adopt_if_running(tenant);
    if (r < 0) {
        forget(tenant);
        done(r, data);
        return;
    }
    tenant->own->clear |= clear;
    add_waiter(tenant, done, data);
    if (tenant->own->state != TENANT_ENDED) {
        begin_stop(tenant);
        return;
    }
    kind_of(tenant)->sweep(tenant);
    clear_after_stop(tenant);
}

/* ---- all of them ---- */

struct tenant_processes *tenant_processes_new(struct supervisor *supervisor,
                                              const struct tenant_kind *kind)
{
    struct tenant_processes *tenants = memory_zero(sizeof(*tenants));
    tenants->supervisor = supervisor;
    tenants->kind = kind;
    return tenants;
}

struct tenant_processes *tenant_processes_free(struct tenant_processes *tenants)
{
    if (!tenants)
        return NULL;
    for (struct tenant_process *tenant = tenants->first, *next; tenant; tenant = next) {
        next = tenant->next;
        release(tenant);
    }
    free(tenants);
    return NULL;
}

size_t tenant_processes_describe(const struct tenant_processes *tenants,
                                 struct verb_role *ret_roles, size_t max)
{
    size_t count = 0;
    for (const struct tenant_process *tenant = tenants->first; tenant && count < max;
         tenant = tenant->next) {
        if (tenant->own->state == TENANT_CLEARING ||
            process_describe(tenant->own->process, tenants->kind->role, tenant->own->starts,
                             &ret_roles[count]) == 0)
            continue;
        memcpy(ret_roles[count++].id, tenant->id, ID_MAX);
    }
    return count;
}
