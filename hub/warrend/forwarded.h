/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Did this machine forward packets before the hub came? The hub turns forwarding on for its
 * tenants, so that what it finds later says nothing: remembered in the run directory, once per
 * boot. */
#pragma once

#include <stdint.h>

#include "hub/warrend/places.h"

/* A set of enum forward_family. Where a hub ran before and remembered nothing, what is on may be
 * its doing: it counts as off. */
uint8_t forwarded_before(const struct places *places);
/* For when the hub's rules go: what it turned on is off again, before nobody judges what passes.
 * What is not remembered is left as it is. Both families are tried; 0 or the first error. */
int forwarded_put_back(const struct places *places);
