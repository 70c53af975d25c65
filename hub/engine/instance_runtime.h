/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One instance in the kernel: its state machine and its worker. Used by runtimes.c alone. */
#pragma once

#include "hub/engine/figures.h"
#include "hub/engine/instance_dns.h"
#include "hub/engine/openvpn_servers.h"
#include "hub/engine/role_link.h"
#include "hub/engine/runtime.h"

struct instance_runtime {
    struct instance_runtime *next;
    struct runtimes *all;
    unsigned references; /* requests to others that will come back to it */
    char id[ID_MAX];

    enum instance_state state;
    enum instance_step step;
    bool ready[STEP_COUNT];
    bool settled; /* was active or failed once */
    bool gone;    /* out of the list; freed with the last reference */
    char failure[160];
    unsigned attempts; /* since it was last active for a while */
    int64_t active_since;
    int64_t retry_at;
    uint64_t generation; /* of the steps: an answer to an older one is dropped */

    struct role_link *worker;
    int netns_fd;
    bool has_sandbox;
    struct sandbox_state sandbox;
    struct figures *figures;
    struct openvpn_servers *openvpn;
    struct instance_dns *dns;

    struct link_set links;       /* those that the last step saw wanted; empty = not yet looked */
    unsigned opening;            /* of them, the one whose wireguard-go is being opened */
    unsigned links_set;          /* of them, the first that the root worker was not told of */
    struct link_waiter *waiters; /* for the links of a change */

    bool applying;
    bool all_sent;
    uint64_t applied_row; /* of the peers sent so far */
    bool peers_sent;
    int64_t applied_order; /* of the firewall's rules sent so far */
    char applied_rule[ID_MAX];
    runtime_done apply_done;
    void *apply_data;
    bool dirty; /* something could not be sent: apply the whole again */

    int64_t resynced_at;
    uint32_t resync_writes;
    uint64_t polled_at; /* the figures, clock_monotonic_us */
    json_t *hits_seen;  /* of the firewall's rules, by id, as stored last */
    uint64_t hits_at;

    sd_event_source *retry_timer, *poll_timer, *resync_timer;
    sd_event_source *openvpn_timer; /* of the step: others don't wait for it for ever */
    runtime_done delete_done;
    void *delete_data;
};

/* What the instances share; runtimes.c has the rest. */
struct runtimes_shared {
    struct engine *engine;
    struct role_link *root; /* NULL while the root worker is away */
    bool root_ready;
    enum wireguard_backend backend;
    bool kernel_wireguard; /* the kernel can make WireGuard links */
};

struct runtimes_shared *runtimes_shared(struct runtimes *runtimes);
/* An instance became active or failed: is the hub ready now? */
void runtimes_check_settled(struct runtimes *runtimes);
/* Takes it out of the list. */
void runtimes_remove(struct runtimes *runtimes, struct instance_runtime *runtime);

struct engine *instance_runtime_engine(const struct instance_runtime *runtime);
struct instance_runtime *instance_runtime_new(struct runtimes *runtimes, const char *id);
/* Out of use at once; memory goes when the last answer is in. */
void instance_runtime_retire(struct instance_runtime *runtime);

/* From the first step: each finds what is there and does the rest. */
void instance_runtime_begin(struct instance_runtime *runtime, const char *why);
void instance_runtime_delete(struct instance_runtime *runtime, runtime_done done, void *data);
/* False: nobody wants that link any more. */
bool instance_runtime_wireguard_gone(struct instance_runtime *runtime, unsigned link);
/* When the store wants other links than there are, sets about making them so, and `done` is called
 * when all is applied. False: nothing was done. */
bool instance_runtime_links_changed(struct instance_runtime *runtime, runtime_done done,
                                    void *data);
/* One of its OpenVPN servers is ready, or failed. */
void instance_runtime_openvpn_settled(struct instance_runtime *runtime);
/* Other ports are let in to OpenVPN servers than before. */
void instance_runtime_ports_changed(struct instance_runtime *runtime);
/* The root worker is new: tell it of the uplink again. */
void instance_runtime_renew_uplink(struct instance_runtime *runtime);
void instance_runtime_instance_changed(struct instance_runtime *runtime, runtime_done done,
                                       void *data);
void instance_runtime_peer_changed(struct instance_runtime *runtime, const char *peer_id,
                                   const struct key *old_key, runtime_done done, void *data);
/* The rule as the store has it now; NULL = the rules that name peers by a label. */
void instance_runtime_rule_changed(struct instance_runtime *runtime, const char *rule_id,
                                   runtime_done done, void *data);
void instance_runtime_resync(struct instance_runtime *runtime, runtime_done done, void *data);
/* Writes figures that the store does not have yet. */
void instance_runtime_store_figures(struct instance_runtime *runtime);
