/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Instances as they stand in the kernel: one runtime per instance row, with its state, its steps
 * and its worker. The store is the truth: callers commit first, then tell the runtime what changed.
 */
#pragma once

#include "hub/base/role.h"
#include "hub/base/sandbox.h"
#include "hub/engine/engine.h"
#include "hub/engine/openvpn_servers.h"
#include "peers/liveness.h"

enum instance_state {
    INSTANCE_PENDING,
    INSTANCE_PROVISIONING,
    INSTANCE_ACTIVE,
    INSTANCE_FAILED, /* a step failed; it is tried again with back-off */
    INSTANCE_DELETING,
    INSTANCE_STATE_COUNT,
};
const char *instance_state_name(enum instance_state state);

/* In the order they are taken. Each is a readiness flag of the API. */
enum instance_step {
    STEP_NAMESPACE, /* namespace_ready: namespace and worker */
    STEP_LINK,      /* link_ready: wg0 in it, its socket outside */
    STEP_OPENVPN,   /* openvpn_ready: its servers run, who is connected is known */
    STEP_UPLINK,    /* uplink_ready: the way out */
    STEP_CONFIGURE, /* configured: keys, peers, routes, rules */
    STEP_COUNT,
};
const char *instance_step_flag(enum instance_step step);  /* "link_ready" */
const char *instance_step_title(enum instance_step step); /* "WireGuard link" */

struct instance_view {
    enum instance_state state;
    bool ready[STEP_COUNT];
    /* The step under way or failed, when the state is not active. */
    enum instance_step step;
    char failure[160];      /* "" = none yet */
    int64_t retry_at;       /* 0 = not waiting */
    const char *backend;    /* "kernel" or "userspace" */
    int64_t resynced_at;    /* last resync */
    uint32_t resync_writes; /* what it had to mend */
    bool dns_ready;         /* beside the steps: traffic flows without it */
    char dns_failure[160];  /* "" = none */
    int64_t dns_retry_at;
};

int runtimes_new(struct engine *engine, struct runtimes **ret_runtimes);
struct runtimes *runtimes_free(struct runtimes *runtimes);
/* Reads all instances from the store and sets about bringing them up. */
int runtimes_start(struct runtimes *runtimes);
bool runtime_view(struct runtimes *runtimes, const char *instance_id,
                  struct instance_view *ret_view); /* false = no such runtime */
/* The settings were read again: what they say of the hub's own namespace takes effect. */
void runtimes_settings_changed(struct runtimes *runtimes);
/* True when no instance is pending or provisioning for the first time. */
bool runtimes_settled(struct runtimes *runtimes);

/* status 0: acknowledged in the kernel. -EINPROGRESS: the instance is not active, it will be done
 * when it is. Else -errno and why. Always called exactly once, maybe before the call returns. */
typedef void (*runtime_done)(int status, const char *detail, void *data);

void runtime_instance_added(struct runtimes *runtimes, const char *instance_id);
void runtime_instance_changed(struct runtimes *runtimes, const char *instance_id, runtime_done done,
                              void *data);
/* Marked as deleting in the store already; when all is gone from the kernel, deletes the row and
 * calls done. */
void runtime_instance_delete(struct runtimes *runtimes, const char *instance_id, runtime_done done,
                             void *data);
/* After a commit: brings the peer, as the store has it now, into the kernel: added, changed, or
 * taken out (disabled, expired, deleted). `old_key` (may be NULL) is a key to be taken out: the one
 * before a rekey, or a deleted peer's. */
void runtime_peer_changed(struct runtimes *runtimes, const char *instance_id, const char *peer_id,
                          const struct key *old_key, runtime_done done, void *data);
/* After a commit: brings the firewall's rule, as the store has it now, into the kernel: added,
 * changed, moved, or taken out (disabled, deleted). NULL: which peers labels name has changed. */
void runtime_rule_changed(struct runtimes *runtimes, const char *instance_id, const char *rule_id,
                          runtime_done done, void *data);
/* After a commit: the names at a host number have changed. */
void runtime_dns_changed(struct runtimes *runtimes, const char *instance_id, uint64_t host);
/* Its dnsmasq ended: start it again. */
void runtime_dns_gone(struct runtimes *runtimes, const char *instance_id);
/* A link's wireguard-go ended: start it again, with the peers' last endpoints. False: nobody wants
 * it any more. */
bool runtime_wireguard_gone(struct runtimes *runtimes, const char *instance_id, unsigned link);
/* One of its OpenVPN servers ended: start it again. */
void runtime_openvpn_gone(struct runtimes *runtimes, const char *instance_id, unsigned server);
/* Observe, diff and mend now; done when the worker answered. */
void runtime_resync(struct runtimes *runtimes, const char *instance_id, runtime_done done,
                    void *data);

/* False: no such runtime. */
/* None from this number on has ever been wanted. */
unsigned runtime_openvpn_count(struct runtimes *runtimes, const char *instance_id);
bool runtime_openvpn_view(struct runtimes *runtimes, const char *instance_id, unsigned server,
                          struct openvpn_server_view *ret_view);
/* Has any of its servers a failure to show? */
bool runtime_openvpn_failing(struct runtimes *runtimes, const char *instance_id);

/* ---- live figures ---- */

struct peer_view {
    struct liveness liveness;
    struct endpoint endpoint; /* connected_from; family 0 = never seen */
    bool has_server;          /* it is connected to an OpenVPN server */
    enum openvpn_server server;
};
/* What is known of a peer now; zeroes when nothing is. */
void runtime_peer_view(struct runtimes *runtimes, const char *instance_id, const char *peer_id,
                       struct peer_view *ret_view);

/* How many of an instance's peers are connected. */
uint32_t runtime_connected(struct runtimes *runtimes, const char *instance_id);

/* Figures of the instances that are active, with their slots: for the traffic's history. */
struct figures;
typedef void (*runtimes_traffic)(uint32_t slot, const struct figures *figures, void *data);
void runtimes_list_traffic(struct runtimes *runtimes, runtimes_traffic each, void *data);
/* What was listed is written down. */
void runtimes_traffic_counted(struct runtimes *runtimes);

/* ---- roles, for the status page ---- */

struct role_view {
    enum role role;
    char instance_id[ID_MAX];
    uint32_t restarts;
    int64_t started_at;
    bool has_sandbox; /* it told us */
    struct sandbox_state sandbox;
};
typedef void (*roles_done)(int status, const struct role_view *roles, size_t count, void *data);
/* Asks warrend and joins with what the workers told; called exactly once. */
void runtimes_roles(struct runtimes *runtimes, roles_done done, void *data);
/* "kernel" or "userspace": what new links get. */
const char *runtimes_backend(struct runtimes *runtimes);
