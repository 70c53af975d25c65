/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the store says, brought into the kernel through the instance's worker. */
#pragma once

#include "hub/engine/instance_runtime.h"

/* Tells the worker the whole instance, peer by peer as it takes them; `done` when it is applied. */
int instance_apply_begin(struct instance_runtime *runtime, runtime_done done, void *data);
/* The worker takes more. */
void instance_apply_go_on(struct instance_runtime *runtime);
/* What a worker says of an apply or resync, asked or unasked. */
void instance_apply_report(struct instance_runtime *runtime, const struct verb_applied *applied);
void instance_apply_peer_failed(struct instance_runtime *runtime,
                                const struct verb_peer_failed *failed);
/* The worker is told of the peer again, as it is: what belongs to it goes where it is connected. */
void instance_apply_peer_again(struct instance_runtime *runtime, const char *peer_id);
