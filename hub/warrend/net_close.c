/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/warrend/net_close.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "hub/base/log.h"
#include "hub/base/text.h"
#include "hub/warrend/dns_process.h"
#include "hub/warrend/net_process.h"
#include "hub/warrend/netns.h"
#include "hub/warrend/openvpn_place.h"
#include "hub/warrend/process.h"
#include "hub/warrend/tenant_process.h"
#include "hub/warrend/wireguard_socket.h"

struct net_close {
    struct supervisor *supervisor;
    struct engine_request request;
    struct process *remover;
    unsigned running; /* of wireguard-go's, then of OpenVPN's, that still have to end */
    int first_error;
    char id[ID_MAX];
};

static void finish(struct net_close *closing, int status, const char *what)
{
    if (status < 0)
        log_error("cannot close %s: %s: %s", closing->id, what, strerror(-status));
    else
        log_info("namespace wr-%s is gone", closing->id);
    engine_acknowledge(closing->supervisor->engine, &closing->request, status, what);
    free(closing);
}

static int remove_namespace(void *data)
{
    const struct net_close *closing = data;
    return netns_remove(closing->id);
}

static void on_removed(struct process *process, int status, void *data)
{
    struct net_close *closing = data;
    process_free(process);
    int r = status != -1 && WIFEXITED(status) ? -WEXITSTATUS(status) : -EIO;
    if (r == 0)
        r = places_mark(closing->supervisor->places, closing->id, false);
    finish(closing, r, "removing the namespace");
}

/* Nothing of its runs in there any more. */
static void remove_after_end(struct net_close *closing)
{
    struct process_spec spec = {.work = remove_namespace, .work_data = closing, .netns = -1};
    int r =
        process_start(closing->supervisor->event, &spec, on_removed, closing, &closing->remover);
    if (r < 0)
        finish(closing, r, "removing the namespace");
}

/* One of several; true: it was the last, and all of them ended well. */
static bool all_stopped(struct net_close *closing, int status, const char *what)
{
    if (status < 0 && closing->first_error == 0)
        closing->first_error = status;
    if (--closing->running > 0)
        return false;
    if (closing->first_error == 0)
        return true;
    finish(closing, closing->first_error, what);
    return false;
}

static void note_number(unsigned number, void *data)
{
    ((bool *)data)[number] = true;
}

static unsigned count_noted(const bool *noted, unsigned size)
{
    unsigned count = 0;
    for (unsigned number = 0; number < size; number++)
        count += noted[number];
    return count;
}

static void on_openvpn_stopped(int status, void *data)
{
    if (all_stopped(data, status, "stopping openvpn"))
        remove_after_end(data);
}

static void stop_openvpn(struct net_close *closing)
{
    struct tenant_processes *openvpns = closing->supervisor->openvpns;
    char id[ID_MAX];
    memcpy(id, closing->id, sizeof(id)); /* the last answer may come, and free it, in here */
    bool stop[OPENVPN_NUMBER_COUNT] = {true, true, true};
    openvpn_place_each(closing->supervisor->places, id, note_number, stop);
    unsigned running = closing->running = count_noted(stop, OPENVPN_NUMBER_COUNT);
    for (unsigned server = 0; running > 0; server++)
        if (stop[server]) {
            running--;
            tenant_process_stop(openvpns, id, (uint16_t)server, false, on_openvpn_stopped, closing);
        }
}

static void on_dns_stopped(int status, void *data)
{
    struct net_close *closing = data;
    if (status < 0)
        finish(closing, status, "stopping dnsmasq");
    else
        stop_openvpn(closing);
}

static void on_wireguard_stopped(int status, void *data)
{
    const struct net_close *closing = data;
    if (all_stopped(data, status, "stopping wireguard-go"))
        dns_process_stop(closing->supervisor->dns, closing->id, on_dns_stopped, data);
}

void net_close(struct supervisor *supervisor, const char *id, const struct engine_request *request)
{
    struct net_close *closing = memory_zero(sizeof(*closing));
    bool stop[LINK_COUNT] = {true};
    *closing = (struct net_close){.supervisor = supervisor, .request = *request};
    text_copy(closing->id, sizeof(closing->id), id);
    net_process_forget(supervisor->nets, id);
    wireguard_socket_each(id, note_number, stop);
    unsigned running = closing->running = count_noted(stop, LINK_COUNT);
    for (unsigned link = 0; running > 0; link++)
        if (stop[link]) {
            running--;
            tenant_process_stop(supervisor->wireguards, id, (uint16_t)link, true,
                                on_wireguard_stopped, closing);
        }
}
