/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A slot that is kept: once it is healthy the boot loader is told. For update*.c alone. */
#pragma once

#include "hub/engine/update_order.h"

int update_kept_watch(struct update *update);
