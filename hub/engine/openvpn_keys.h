/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What OpenVPN peers show who they are with: made here, kept in the store. */
#pragma once

#include "hub/engine/engine.h"
#include "hub/store/openvpn_store.h"

/* Whose certificate it is: the name in it, for people and for OpenVPN's own lists. */
enum { OPENVPN_KEYS_NAME_MAX = 32 };
/* "abcdefgh-3": its id, and which of its certificates or passwords. */
void openvpn_keys_peer_name(const struct peer *peer, const struct peer_openvpn *row,
                            char ret_name[static OPENVPN_KEYS_NAME_MAX]);
/* The name in the certificate of an instance's servers. */
void openvpn_keys_server_name(const char *instance_id, char ret_name[static OPENVPN_KEYS_NAME_MAX]);

/* All within the caller's transaction, whose error is sticky. */

/* What the peer's instance needs for it, made where it is missing: authority, servers' certificate,
 * ports. -ENOSPC: no two ports are free. */
int openvpn_keys_prepare(struct engine *engine, const struct peer *peer,
                         struct instance_openvpn *ret_instance);
/* New ones for the peer: `peer->public_key` is what it is known by from now on. The peer's own row
 * is the caller's to write, and first. */
int openvpn_keys_issue(const struct instance_openvpn *instance, struct peer *peer,
                       struct peer_openvpn *row);

/* When the servers' certificate was made. */
int openvpn_keys_since(struct engine *engine, const char *instance_id, int64_t *ret_since);
/* New certificates for servers whose present ones end within a third of their life: profiles stay
 * as they are. True when something was renewed. */
int openvpn_keys_renew(struct engine *engine, const char *instance_id, bool *ret_renewed);
