/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The shape that every change has: a transaction that holds the rows, the audit entry and the
 * answer kept for an Idempotency-Key; committed, or rolled back for a dry run, which answers what
 * would be.
 *
 *     if (!api_change_begin(&change)) return;
 *     r = ..._store_...(...);
 *     if (r < 0) { api_change_fail(&change, r, column); return; }
 *     change.after = ...;
 *     if (!api_change_commit(&change, 200)) return;
 *     ... tell the runtime, answer the call
 */
#pragma once

#include "hub/engine/api_server.h"

struct api_change {
    struct engine *engine;
    struct api_call *call;
    const struct api_request *request;
    const char *action; /* "peer.add" */
    char object[48];    /* "instance/ID/peer/ID" */
    char name[84];
    json_t *before; /* NULL when it is made by this change */
    json_t *after;  /* NULL when it goes by this change */
    bool is_plain;  /* no instance, and nothing live belongs to its answer */
    /* Of an object that is no instance: adds what is live, as its answer has it, to a copy of
     * `after`, or of `before` when it goes. NULL = there is nothing. */
    void (*add_live)(const struct api_change *change, json_t *object);
    /* The instance whose saved checks of the firewall must hold after it, unless they did not hold
     * before, or it is forced; NULL = none. */
    const char *judged_instance;
    json_t *judged_more; /* ids of further ones, NULL = none */
    json_t *failing;     /* by instance: those that did not hold before */
};

void api_change_done(struct api_change *change);
#define _cleanup_api_change_ __attribute__((cleanup(api_change_done)))

void api_change_name(struct api_change *change, const char *instance_id, const char *peer_id,
                     const char *name);

/* Each of these false: the call was answered and nothing changed. */
bool api_change_begin(struct api_change *change);
bool api_change_commit(struct api_change *change, int status);
/* Rolls back and answers. `column` is of -EEXIST. */
void api_change_fail(struct api_change *change, int error, const char *column);

/* Would the change leave all as it is? (Times of change do not count.) */
bool api_change_is_nothing(const struct api_change *change);

/* Its checks must hold too. */
void api_change_judge(struct api_change *change, const char *instance_id);

/* An error of the store as a problem. */
void api_store_problem(const struct engine *engine, int error, struct problem *problem);
void api_answer_store_error(const struct engine *engine, struct api_call *call, int error);
/* The same of a look-up: 404 when there is no such object. Always false. */
bool api_answer_not_found(const struct engine *engine, struct api_call *call, int error,
                          const char *noun, const char *name);
/* If-Match against the object's revision; false: answered with 412. */
bool api_if_match(struct api_call *call, const struct api_request *request, uint64_t revision);

/* Look an object up by id or name; false: answered (404, 500). */
bool api_find_instance(struct engine *engine, struct api_call *call, const char *id_or_name,
                       struct instance *ret_instance);
bool api_find_peer(struct engine *engine, struct api_call *call, const struct instance *instance,
                   const char *id_or_name, struct peer *ret_peer);
/* The same, for a change: an instance that is being deleted is refused (409). */
bool api_find_instance_to_change(struct engine *engine, struct api_call *call,
                                 const char *id_or_name, struct instance *ret_instance);
