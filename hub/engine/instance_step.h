/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The steps that bring an instance up, each from what is there: namespace, link, OpenVPN, uplink,
 * configuration. Used by instance_runtime.c alone, which says what comes of them. */
#pragma once

#include "hub/engine/instance_runtime.h"

/* The present step. */
void instance_step_begin(struct instance_runtime *runtime);

void instance_step_drop_worker(struct instance_runtime *runtime);
/* Which links the store wants, link 0 among them. */
int instance_step_read_links(const struct instance_runtime *runtime, struct link_set *ret_links);
/* A request to the root worker about the instance, with its namespace, which this fills in. */
int instance_step_ask_root(struct instance_runtime *runtime, enum verb verb,
                           struct role_link_body *body, role_link_done done);

/* ---- told to instance_runtime.c ---- */

/* The present step: the next one begins, or the instance is active. */
void instance_step_done(struct instance_runtime *runtime);
void instance_step_failed(struct instance_runtime *runtime, int status, const char *detail);
/* What a step had brought about is gone: repaired at once, unless that happens again and again. */
void instance_step_lost(struct instance_runtime *runtime, enum instance_step step, const char *why);
