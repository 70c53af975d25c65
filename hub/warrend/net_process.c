/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/warrend/net_process.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/log.h"
#include "hub/base/text.h"
#include "hub/warrend/netns.h"
#include "hub/warrend/process.h"

struct net_process {
    struct net_processes *owner;
    struct net_process *next;
    struct process *process; /* NULL = not now */
    char id[ID_MAX];
    uint32_t starts;
};

struct net_processes {
    struct supervisor *supervisor;
    struct net_process *first;
    size_t count;
};

/* For people. */
static const char *namespace_name(const char *id)
{
    return id[0] ? id : "the hub's namespace";
}

static struct net_process **find(struct net_processes *nets, const char *id)
{
    struct net_process **place = &nets->first;
    while (*place && !text_equal((*place)->id, id))
        place = &(*place)->next;
    return place;
}

/* NULL: there are too many. */
static struct net_process *find_or_add(struct net_processes *nets, const char *id)
{
    struct net_process **place = find(nets, id);
    if (!*place) {
        if (nets->count == SUPERVISOR_IDS_MAX)
            return NULL;
        nets->count++;
        *place = memory_zero(sizeof(**place));
        (*place)->owner = nets;
        text_copy((*place)->id, sizeof((*place)->id), id);
    }
    return *place;
}

static void on_ended(struct process *process, int status, void *data)
{
    struct net_process *net = data;
    char text[PROCESS_STATUS_TEXT_MAX];
    log_warning("the worker of %s ended: %s", namespace_name(net->id),
                process_status_text(status, text));
    net->process = process_free(process);
    struct verb_net_id gone = {0};
    memcpy(gone.id, net->id, sizeof(gone.id));
    engine_tell(net->owner->supervisor->engine, VERB_NET_GONE, &gone, sizeof(gone));
}

static int start_in(struct net_process *net, int netns_fd, int channel_fd)
{
    const struct supervisor *supervisor = net->owner->supervisor;
    char path[PLACE_MAX + 16];
    snprintf(path, sizeof(path), "%s/warren-net", supervisor->places->libexec_directory);
    const char *root[] = {"warren-net", "--channel", "3", "--root", NULL};
    const char *instance[] = {"warren-net", "--channel", "3", "--id", net->id, NULL};
    struct process_spec spec = {
        .path = path,
        .arguments = net->id[0] ? instance : root,
        .fds = {channel_fd},
        .fd_count = 1,
        .netns = net->id[0] ? netns_fd : -1,
    };
    int r = process_start(supervisor->event, &spec, on_ended, net, &net->process);
    if (r == 0)
        net->starts++;
    return r;
}

/* The mark first: what is marked and not there costs nothing, the other way round it would stay. */
static int open_namespace(const struct net_process *net, int *ret_fd)
{
    if (!net->id[0])
        return netns_open_own(ret_fd);
    int r = places_mark(net->owner->supervisor->places, net->id, true);
    return r < 0 ? r : netns_open(net->id, ret_fd);
}

static int open_worker(struct net_process *net, int *ret_channel_fd, int *ret_netns_fd)
{
    net->process = process_end(net->process);
    _cleanup_close_ int netns_fd = -1;
    int r = open_namespace(net, &netns_fd);
    if (r < 0)
        return r;
    int ends[2];
    r = channel_pair(ends);
    if (r < 0)
        return r;
    _cleanup_close_ int engines = ends[0], workers = ends[1];
    r = start_in(net, netns_fd, workers);
    if (r < 0)
        return r;
    *ret_channel_fd = TAKE_FD(engines);
    *ret_netns_fd = TAKE_FD(netns_fd);
    return 0;
}

void net_process_open(struct net_processes *nets, const char *id,
                      const struct engine_request *request)
{
    struct net_process *net = find_or_add(nets, id);
    _cleanup_close_ int channel_fd = -1, netns_fd = -1;
    int r = net ? open_worker(net, &channel_fd, &netns_fd) : -ENOSPC;
    if (r < 0)
        log_error("cannot open %s: %s", namespace_name(id), strerror(-r));
    else
        log_info("worker of %s started (pid %d)", namespace_name(id), process_pid(net->process));
    engine_answer(nets->supervisor->engine, request, VERB_NET_OPENED,
                  &(struct verb_status){.status = r}, sizeof(struct verb_status),
                  (int[]){channel_fd, netns_fd}, r < 0 ? 0 : 2);
}

void net_process_forget(struct net_processes *nets, const char *id)
{
    struct net_process **place = find(nets, id);
    struct net_process *net = *place;
    if (!net)
        return;
    net->process = process_end(net->process);
    *place = net->next;
    nets->count--;
    free(net);
}

/* All are told to end before the first is waited for. */
void net_processes_end_all(struct net_processes *nets)
{
    for (struct net_process *net = nets->first; net; net = net->next)
        if (net->process)
            (void)process_signal(net->process, SIGKILL);
    for (struct net_process *net = nets->first; net; net = net->next)
        net->process = process_end(net->process);
}

struct net_processes *net_processes_new(struct supervisor *supervisor)
{
    struct net_processes *nets = memory_zero(sizeof(*nets));
    nets->supervisor = supervisor;
    return nets;
}

struct net_processes *net_processes_free(struct net_processes *nets)
{
    if (!nets)
        return NULL;
    net_processes_end_all(nets);
    for (struct net_process *net = nets->first, *next; net; net = next) {
        next = net->next;
        free(net);
    }
    free(nets);
    return NULL;
}

size_t net_processes_describe(const struct net_processes *nets, struct verb_role *ret_roles,
                              size_t max)
{
    size_t count = 0;
    for (const struct net_process *net = nets->first; net && count < max; net = net->next) {
        enum role role = net->id[0] ? ROLE_NET : ROLE_NET_ROOT;
        if (process_describe(net->process, role, net->starts, &ret_roles[count]) == 0)
            continue;
        memcpy(ret_roles[count++].id, net->id, ID_MAX);
    }
    return count;
}
