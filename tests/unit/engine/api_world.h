/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An engine with a real store in a directory of its own and a real API socket, above the fake
 * runtime. */
#pragma once

#include "hub/engine/api_server.h"
#include "hub/engine/engine.h"
#include "hub/engine/event_log.h"

struct world {
    struct engine engine;
    char directory[64];
    int fd; /* the client */
};

struct world *world_new(void);
void world_free(struct world *world);

/* What a new start of the engine does to admins, sessions and guesses. */
void world_restart_identity(struct world *world);

int world_connect(struct world *world);
void world_send(struct world *world, int fd, const char *text);
/* Runs the loop until a line came from `fd`; NULL: the connection was closed. */
json_t *world_receive(struct world *world, int fd);
/* Runs the loop for what can be done at once. */
void world_turn(struct world *world);

/* One request and its answer. `query`, `headers` and `body` are JSON texts or NULL. */
json_t *world_call(struct world *world, const char *method, const char *path, const char *query,
                   const char *headers, const char *body);

/* "body.networks[1]" of an answer; NULL when there is none. */
const json_t *at(const json_t *answer, const char *where);
const char *text_at(const json_t *answer, const char *where);
int number_at(const json_t *answer, const char *where);
