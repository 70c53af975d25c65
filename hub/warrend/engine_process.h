/* SPDX-License-Identifier: GPL-2.0-or-later */
/* warren-engine as warrend sees it: started, started again after its death, answered. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "hub/channel/channel.h"
#include "hub/warrend/supervisor.h"

/* A request of one run of the engine: its answer is dropped when that run is over. */
struct engine_request {
    struct channel_header header;
    uint32_t run;
};

struct engine_handlers {
    /* A checked message; a negative answer is a violation, and the engine is started anew. */
    int (*message)(struct supervisor *supervisor, const struct engine_request *request,
                   const struct channel_message *message);
    /* It was started, and can be told things. */
    void (*started)(struct supervisor *supervisor);
    /* It died; it is started again after a while. */
    void (*died)(struct supervisor *supervisor);
    /* It ended after engine_process_stop(). */
    void (*stopped)(struct supervisor *supervisor);
};

/* Starts it as soon as the loop runs. */
int engine_process_new(struct supervisor *supervisor, const struct engine_handlers *handlers,
                       struct engine_process **ret_engine);
/* Kills it. Returns NULL. */
struct engine_process *engine_process_free(struct engine_process *engine);
/* Asks it to end; it is killed after 5 s. */
void engine_process_stop(struct engine_process *engine);

void engine_answer(struct engine_process *engine, const struct engine_request *request,
                   enum verb verb, const void *body, size_t size, const int *fds, int fd_count);
void engine_acknowledge(struct engine_process *engine, const struct engine_request *request,
                        int status, const char *detail);
/* What nobody asked for. */
void engine_tell(struct engine_process *engine, enum verb verb, const void *body, size_t size);

/* The same of a verb without a body, with a descriptor, which is duplicated. */
void engine_hand(struct engine_process *engine, enum verb verb, int fd);
/* Is there anybody to be told? NULL is nobody. */
bool engine_process_listens(const struct engine_process *engine);

/* pid 0: it does not run right now. */
void engine_process_describe(const struct engine_process *engine, struct verb_role *ret_role);
