/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the implementations of a WireGuard device have in common; only they include this. */
#pragma once

#include "tunnel/wireguard.h"

struct wireguard_backend {
    int (*read)(struct wireguard *wireguard, struct wireguard_state *ret_state);
    /* The private key and the port, one at a time: WIREGUARD_DEVICE_*. */
    int (*write_device)(struct wireguard *wireguard, const struct wireguard_state *wanted,
                        unsigned what);
    /* How many of the changes go into one request; at least 1. */
    size_t (*batch)(const struct wireguard_change *changes, size_t count);
    int (*write_peers)(struct wireguard *wireguard, const struct wireguard_change *changes,
                       size_t count);
    /* The device itself is lost, and not a peer refused: nothing further will succeed. */
    bool (*is_fatal)(const struct wireguard *wireguard, int error);
    void (*free)(struct wireguard *wireguard);
};

enum {
    WIREGUARD_DEVICE_PRIVATE_KEY = 1 << 0,
    WIREGUARD_DEVICE_LISTEN_PORT = 1 << 1,
};

/* The first member of each implementation's own struct. */
struct wireguard {
    const struct wireguard_backend *backend;
};
