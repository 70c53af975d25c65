/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ports for a new instance: the lowest ones that no instance has, and no other program either. */
#pragma once

#include <stdint.h>

struct engine;

/* -ENOSPC: none is left in the range. */
int free_port_wireguard(const struct engine *engine, uint16_t *ret_port);
/* With the next one: see openvpn_store_free_port(). */
int free_port_openvpn(const struct engine *engine, uint16_t *ret_port);
