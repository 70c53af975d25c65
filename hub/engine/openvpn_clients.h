/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who is connected to one OpenVPN server, by the number that OpenVPN gives each (cid). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hub/base/key.h"
#include "hub/base/text.h"

struct openvpn_member {
    uint64_t cid;
    char peer_id[ID_MAX];
    uint64_t terms;   /* under which it was let in: openvpn_door_terms() */
    bool established; /* its tunnel stands */
};

/* Sorted by cid: OpenVPN counts upwards, so that a new one goes to the end. */
struct openvpn_clients {
    struct openvpn_member *items;
    size_t count, size;
};

void openvpn_clients_done(struct openvpn_clients *clients);
/* The one that was there with this cid is replaced. Good until the next call. */
struct openvpn_member *openvpn_clients_put(struct openvpn_clients *clients, uint64_t cid,
                                           const char *peer_id);
struct openvpn_member *openvpn_clients_find(const struct openvpn_clients *clients, uint64_t cid);
/* The newest one of the peer. */
const struct openvpn_member *openvpn_clients_find_peer(const struct openvpn_clients *clients,
                                                       const char *peer_id);
void openvpn_clients_remove(struct openvpn_clients *clients, uint64_t cid);
