/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A world of its own for a test that makes devices. */
#pragma once

#include <stdbool.h>

/* Puts this process into new network and mount namespaces with an empty /run. False, with the
 * reason on standard error, when that is not possible here or `program` is not installed. */
bool world_enter(const char *program);
