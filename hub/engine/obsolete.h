/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Instances of a state that was replaced by a backup's: they are still in the kernel, and have to
 * go. Their ids stand in a file until they are gone. */
#pragma once

#include "hub/engine/engine.h"

/* Calls for each that is not an instance of the present state. */
void obsolete_each(struct engine *engine, void (*each)(const char *id, void *data), void *data);
void obsolete_forget(const struct engine *engine);
