/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The OpenVPN servers of one instance, as the engine sees them: which are wanted, what others tell
 * of them and ask about them. One of them: openvpn_runtime.h. */
#pragma once

#include "hub/channel/verbs.h"
#include "hub/store/peer_store.h"

struct instance_runtime;
struct openvpn_runtime;
struct openvpn_servers;

struct openvpn_server_view {
    const char *state; /* "ready" */
    uint16_t port;
    size_t clients;    /* connected */
    char failure[160]; /* "" unless failed */
    int64_t retry_at;
};

struct openvpn_servers *openvpn_servers_new(struct instance_runtime *runtime);
/* Nothing more is said or asked; processes live on. */
void openvpn_servers_stop(struct openvpn_servers *servers);
struct openvpn_servers *openvpn_servers_free(struct openvpn_servers *servers);

/* By its number; NULL: it has never been wanted. */
struct openvpn_runtime *openvpn_servers_get(const struct openvpn_servers *servers, unsigned number);
/* The server that the peer is connected to, NULL = none. */
struct openvpn_runtime *openvpn_servers_find(const struct openvpn_servers *servers,
                                             const char *peer_id);

/* Looks at what the store wants, opens and closes. */
void openvpn_servers_update(struct openvpn_servers *servers);
/* Renews certificates that end before long; a server takes its new one up when nobody is connected,
 * or after a month. Once a day is enough. */
void openvpn_servers_renew(struct openvpn_servers *servers);
/* Every server that is wanted is ready, or failed once: who is connected is known. */
bool openvpn_servers_settled(const struct openvpn_servers *servers);
/* The ports that are let in, by server. The caller frees the list, which was empty. */
void openvpn_servers_ports(const struct openvpn_servers *servers, struct port_list *ret_ports);
/* Those of them that packets to the hub's own addresses are led to: whose port no other program on
 * this machine has. */
void openvpn_servers_published(const struct openvpn_servers *servers, struct port_list *ret_ports);
/* warrend says that the process ended. */
void openvpn_servers_gone(struct openvpn_servers *servers, unsigned number);
/* The worker says that these have no link, though they are on: one whose link was taken away does
 * not notice. */
void openvpn_servers_missing(struct openvpn_servers *servers, const struct verb_applied *applied);
/* `peer` as it is now; NULL: deleted. Ends its sessions when they no longer are what they should
 * be. */
void openvpn_servers_peer_changed(struct openvpn_servers *servers, const char *peer_id,
                                  const struct peer *peer);
/* Where the peer is connected: a server, or OPENVPN_NOT_CONNECTED. */
uint16_t openvpn_servers_where(const struct openvpn_servers *servers, const char *peer_id);
/* None from this number on has ever been wanted. */
unsigned openvpn_servers_count(const struct openvpn_servers *servers);
void openvpn_servers_view(const struct openvpn_servers *servers, unsigned number,
                          struct openvpn_server_view *ret_view);
/* Has any of them a failure to show? */
bool openvpn_servers_failing(const struct openvpn_servers *servers);
