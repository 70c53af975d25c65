/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The real openvpn, servers and clients, in namespaces of the test's own. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "hub/base/buf.h"
#include "hub/pki/pki.h"
#include "hub/pki/tls_crypt_v2.h"
#include "tunnel/openvpn_command.h"
#include "tunnel/openvpn_config.h"
#include "tunnel/openvpn_management.h"

/* False, and says why, where openvpn can't be run. /run is the test's own after it. */
bool openvpn_world_enter(void);

/* What an instance has. */
struct openvpn_world_hub {
    struct pki_identity ca, server, legacy;
    struct tls_crypt_v2_server tls_crypt;
};
void openvpn_world_hub_init(struct openvpn_world_hub *ret_hub);
/* 10.66.0.1/24 and fd66::1/64, MTU 1420, port 1194 + server. */
struct openvpn_config openvpn_world_config(const struct openvpn_world_hub *hub,
                                           enum openvpn_server server);

/* Runs openvpn with this text as its configuration; it ends with the test. */
pid_t openvpn_world_start(const char *name, const char *text);
void openvpn_world_stop(pid_t pid);
/* Waits until its log holds `words`. False after `seconds`. */
bool openvpn_world_logs(const char *name, const char *words, int seconds);
char *openvpn_world_log(const char *name);       /* all of it, a new string */
bool openvpn_world_ends(pid_t pid, int seconds); /* by itself */

/* The engine's part of one server. */
struct openvpn_world_server {
    pid_t pid;
    int fd;
    struct openvpn_management *management;
    struct buf transcript; /* all that it said */
    char chunk[4096];
    const char *data; /* of the chunk, what is not yet read */
    size_t size;
    struct openvpn_event event; /* the last one */
};

/* Runs it and waits for HOLD; false when it does not come to that. */
bool openvpn_world_serve(const struct openvpn_config *config, struct openvpn_world_server *server);
void openvpn_world_server_stop(struct openvpn_world_server *server);
void openvpn_world_say(struct openvpn_world_server *server, struct buf *commands); /* and clears */
/* Reads on until an event of that kind; what comes before it is passed over. */
bool openvpn_world_wait(struct openvpn_world_server *server, enum openvpn_event_kind kind,
                        int seconds);
/* Releases the hold, and waits until clients are served. */
bool openvpn_world_release(struct openvpn_world_server *server);
