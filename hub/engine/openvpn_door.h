/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who is let in by an instance's OpenVPN servers, and with what: decided from the store. */
#pragma once

#include "hub/base/openvpn_server.h"
#include "hub/engine/engine.h"
#include "tunnel/openvpn_command.h"
#include "tunnel/openvpn_management.h"

/* 1: this peer may come in; 0: nobody may, *ret_denial says why; -errno: it can't be told now.
 * What the client says of itself counts only together with its certificate or its password. */
int openvpn_door_judge(struct engine *engine, const char *instance_id, unsigned server,
                       const struct openvpn_client *client, struct peer *ret_peer,
                       enum openvpn_denial *ret_denial);

/* 1: the peer that was let in under this name is still the same, with the same keys, and enabled;
 * 0: it is not. */
int openvpn_door_recognise(struct engine *engine, const char *instance_id, const char *name,
                           struct peer *ret_peer);

/* What of a peer can't be changed while it is connected: another number, and it has to come in
 * again. Never 0. */
uint64_t openvpn_door_terms(const struct peer *peer);

/* Appends the command that lets it in: addresses, networks behind it, routes, name servers. */
int openvpn_door_grant(struct engine *engine, const struct instance *instance,
                       const struct peer *peer, uint64_t cid, uint32_t kid, struct buf *commands);
