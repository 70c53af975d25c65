/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/engine/instance_ticket.h"

#include <stdlib.h>

struct instance_ticket *instance_ticket_new(struct instance_runtime *runtime, runtime_done done,
                                            void *data)
{
    struct instance_ticket *ticket = memory_zero(sizeof(*ticket));

    *ticket = (struct instance_ticket){runtime, runtime->generation, done, data};
    runtime->references++;
    return ticket;
}

struct instance_runtime *instance_ticket_redeem(struct instance_ticket *ticket)
{
    struct instance_runtime *runtime = ticket->runtime;
    bool matters = !runtime->gone && (ticket->generation == runtime->generation ||
                                      ticket->generation == INSTANCE_TICKET_ANY);

    free(ticket);
    runtime->references--;
    if (runtime->gone && runtime->references == 0)
        instance_runtime_retire(runtime);
    return matters ? runtime : NULL;
}
