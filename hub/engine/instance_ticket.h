/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a request about an instance takes along, so that its answer finds the instance, and finds
 * out whether it still matters. */
#pragma once

#include "hub/engine/instance_runtime.h"

/* As a ticket's generation: its answer matters whatever round the instance is in. */
#define INSTANCE_TICKET_ANY UINT64_MAX

struct instance_ticket {
    struct instance_runtime *runtime;
    uint64_t generation;
    runtime_done done; /* may be NULL */
    void *data;
};

struct instance_ticket *instance_ticket_new(struct instance_runtime *runtime, runtime_done done,
                                            void *data);
/* The runtime if the answer still matters, else NULL. Gives the ticket back: `data` is gone, save
 * what is needed before. The runtime lives at least until the caller returns to the event loop
 * when it is not NULL. */
struct instance_runtime *instance_ticket_redeem(struct instance_ticket *ticket);
