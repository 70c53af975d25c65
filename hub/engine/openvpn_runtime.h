/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One OpenVPN server of an instance: its states, and how warrend is asked for its process.
 *
 *   off -> opening -> attaching -> ready      ready, attaching -> closing -> off
 *            ^  \         |          |
 *            |   v        v          v
 *            +- failed <-------------+        (the process or the talk with it ended; back-off)
 *
 * Used by the files of an instance's servers: openvpn_servers.c, openvpn_session.c, openvpn_talk.c.
 */
#pragma once

#include "hub/engine/instance_runtime.h"
#include "hub/engine/openvpn_clients.h"

enum openvpn_state {
    OPENVPN_STATE_OFF,     /* the instance has no peer for it, or that transport is switched off */
    OPENVPN_STATE_OPENING, /* warrend was asked for it */
    OPENVPN_STATE_ATTACHING, /* who is connected is being read */
    OPENVPN_STATE_READY,
    OPENVPN_STATE_CLOSING, /* warrend was asked to end it */
    OPENVPN_STATE_FAILED,  /* it is tried again with back-off */
    OPENVPN_STATE_COUNT,
};

struct openvpn_runtime {
    struct instance_runtime *runtime;
    unsigned number;
    enum openvpn_state state;
    bool settled; /* ready or failed once since it was wanted */
    bool adopted; /* it ran already when it was opened */
    bool differs; /* it runs with another configuration: opened anew when nobody is connected */
    bool reopen;  /* closing, to be opened again */
    bool unheld;  /* another program may have its port: packets are not led to it */
    uint16_t port, mtu; /* as wanted; port 0 = it is not */
    uint64_t round;     /* of what was asked: an answer to an earlier one is dropped */
    unsigned attempts;
    int64_t ready_since, retry_at;
    char failure[160];
    sd_event_source *timer;
    struct openvpn_dialogue *dialogue;
    struct openvpn_clients clients;
    struct openvpn_clients before; /* attaching: those that were known before */
};

struct openvpn_runtime *openvpn_runtime_new(struct instance_runtime *runtime, unsigned number);
/* Nothing more is said or asked; the process lives on. */
void openvpn_runtime_stop(struct openvpn_runtime *server);
struct openvpn_runtime *openvpn_runtime_free(struct openvpn_runtime *server);

const char *openvpn_state_name(enum openvpn_state state);
struct engine *openvpn_runtime_engine(const struct openvpn_runtime *server);

/* The only door into a state. */
void openvpn_runtime_enter(struct openvpn_runtime *server, enum openvpn_state state,
                           const char *why);
void openvpn_runtime_open(struct openvpn_runtime *server);
void openvpn_runtime_close(struct openvpn_runtime *server, const char *why);
/* Closes it, to open it with the configuration that is wanted now. */
void openvpn_runtime_reopen(struct openvpn_runtime *server, const char *why);
/* When it runs with another configuration than is wanted, and nobody is connected. Not at once:
 * the caller may be the talk's own callback. */
void openvpn_runtime_reopen_if_idle(struct openvpn_runtime *server);
/* The talk with it ends, and it is tried again later. */
void openvpn_runtime_fail(struct openvpn_runtime *server, const char *why);
