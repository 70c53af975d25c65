/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A process that serves one tenant, carries traffic and lives on without warrend: found again by
 * the socket it listens on, whose connection the engine is handed.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "hub/base/role.h"
#include "hub/warrend/engine_process.h"
#include "hub/warrend/port_hold.h"
#include "hub/warrend/process.h"

struct tenant_processes; /* all of one kind */

/* Its fields are for the kind's functions to read. */
struct tenant_process {
    struct supervisor *supervisor;
    struct tenant_processes *owner;
    struct tenant_process *next;
    struct tenant_state *own; /* tenant_process.c's */
    char id[ID_MAX];
    uint16_t number;       /* tells those of one id apart */
    struct port_hold hold; /* of the hub's own addresses, for what its kind needs */
    bool differs;          /* from what it was last ordered to be */
};

/* What sets a kind apart from the others. */
struct tenant_kind {
    enum role role;
    const char *(*name)(const struct tenant_process *tenant); /* for people */
    /* Takes its port, before anything else; NULL = it needs none. */
    int (*hold)(struct tenant_process *tenant, const void *order);
    /* To its socket: -ENOENT, -ECONNREFUSED: nobody is there. */
    int (*connect)(const struct tenant_process *tenant, int *ret_fd);
    /* `order` is what tenant_process_open() was given. Fills in what it needs and starts it. */
    int (*start)(struct tenant_process *tenant, const void *order, process_ended ended, void *data,
                 struct process **ret_process);
    /* Does what runs differ from the order? NULL = never. */
    bool (*differs)(const struct tenant_process *tenant, const void *order);
    void (*answer)(const struct tenant_process *tenant, const struct engine_request *request,
                   int status, bool adopted, int fd);
    void (*tell_gone)(const struct tenant_process *tenant);
    /* What one that ended leaves behind goes. */
    void (*sweep)(const struct tenant_process *tenant);
    /* More of that after a stop, in a process of its own, 0 or -errno; NULL = nothing. */
    int (*clear)(void *tenant);
};

struct tenant_processes *tenant_processes_new(struct supervisor *supervisor,
                                              const struct tenant_kind *kind);
/* They run on. Returns NULL. */
struct tenant_processes *tenant_processes_free(struct tenant_processes *tenants);

/* Finds or starts it and answers once its socket accepts. `order` is needed no longer after. */
void tenant_process_open(struct tenant_processes *tenants, const char *id, uint16_t number,
                         const void *order, const struct engine_request *request);

typedef void (*tenant_stopped)(int status, void *data);
/* Ends it, removes what it leaves (`clear`: all of it; else its namespace will go too), then calls
 * `done` once: possibly before this returns, never after tenant_processes_free(). */
void tenant_process_stop(struct tenant_processes *tenants, const char *id, uint16_t number,
                         bool clear, tenant_stopped done, void *data);

size_t tenant_processes_describe(const struct tenant_processes *tenants,
                                 struct verb_role *ret_roles, size_t max);

/* ---- for kinds: a socket's other end ---- */

/* Never waits; whoever gets the descriptor decides how to wait on it. */
int tenant_socket_connect(const char *path, int *ret_fd);
/* Who listens there. */
int tenant_socket_owner(int fd, pid_t *ret_pid);
/* The one who listened has not ended: it closes its sockets before its number is free. */
bool tenant_socket_is_connected(int fd);
/* As a descriptor that holds on to the very process, even if its number passed to another. */
int tenant_socket_owner_pidfd(int fd, int *ret_pidfd);
