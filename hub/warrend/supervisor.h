/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What warrend's parts share. One of it exists; it does what the engine's verbs say. */
#pragma once

#include <stdbool.h>
#include <systemd/sd-event.h>

#include "hub/warrend/places.h"
#include "hub/warrend/slots.h"

struct acme_process;
struct engine_process;
struct dns_processes;
struct hash_process;
struct settings;
struct update_process;
struct web_process;
struct net_processes;
struct tenant_processes;

/* More than a configuration lets there be (hub/settings), less than a flood of ids would make. */
enum { SUPERVISOR_IDS_MAX = 2048 };

struct supervisor {
    sd_event *event;
    const struct places *places;
    int api_fd;
    int64_t started_at;
    uint8_t forwarded;                   /* forwarded.h */
    struct engine_process *engine;       /* engine_process.h */
    struct net_processes *nets;          /* net_process.h */
    struct tenant_processes *wireguards; /* wireguard_process.h */
    struct tenant_processes *openvpns;   /* openvpn_process.h */
    struct dns_processes *dns;           /* dns_process.h */
    struct slots slots;                  /* of the image that runs */
    struct update_process *update;       /* update_process.h */
    struct hash_process *hash;           /* hash_process.h */
    struct acme_process *acme;           /* acme_process.h */
    struct web_process *web;             /* web_process.h; NULL = not wanted */
};

/* Runs the hub until SIGTERM or SIGINT; 0 or -errno. `api_fd` stays the caller's. */
int supervisor_run(const struct places *places, const struct settings *settings, int api_fd);
