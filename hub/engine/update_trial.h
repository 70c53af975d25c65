/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The trial of an update: asked for, watched, kept or given up. For update*.c alone. */
#pragma once

#include "hub/engine/update_order.h"

/* The first start on trial: the database as it is is kept aside. */
int update_trial_begin(struct update *update);
void update_trial_freeze(struct update *update);
/* Until it is known to be healthy, or given up. */
int update_trial_watch(struct update *update);
int64_t update_seconds_left(const struct update *update); /* of the trial */

int update_forget(struct update *update); /* what the trial left */
/* In the audit and for those who look on. */
void update_tell(struct update *update, const char *kind, const char *text);
