/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's WireGuard in the terms of its library (`wg_device` of <wireguard.h>); pure. */
#pragma once

#include "tunnel/wireguard.h"

struct wg_device;

/* A device of this name with the changes as its peers; WIREGUARD_DEVICE_* in `what`. */
struct wg_device *wireguard_kernel_build(const char *name, const struct wireguard_state *wanted,
                                         unsigned what, const struct wireguard_change *changes,
                                         size_t count);
/* Sorted. */
void wireguard_kernel_convert(const struct wg_device *device, struct wireguard_state *ret_state);
void wireguard_kernel_wipe(struct wg_device *device); /* its keys; frees it */
