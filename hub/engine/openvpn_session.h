/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Peers' sessions with the OpenVPN servers of an instance: they begin, end, and follow the peer
 * from server to server. */
#pragma once

#include "hub/engine/openvpn_runtime.h"

void openvpn_session_begin(struct openvpn_runtime *server, struct openvpn_member *member,
                           const struct endpoint *from, int64_t since);
/* The peer has no session any more. */
void openvpn_session_end(struct openvpn_runtime *server, const char *peer_id);
/* It is no client of the server any more; its peer's session ends unless it has another. */
void openvpn_session_remove(struct openvpn_runtime *server, uint64_t cid);
void openvpn_session_remove_all(struct openvpn_runtime *server);
/* The server is told to end it. */
void openvpn_session_kill(struct openvpn_runtime *server, uint64_t cid);
/* One session a peer: the newest, which is `cid` of the server. It may be known already, since a
 * client that begins anew before it was let in is asked about again under the same number. */
void openvpn_session_end_others(struct openvpn_runtime *server, uint64_t cid, const char *peer_id);
