/* SPDX-License-Identifier: GPL-2.0-or-later */
/* RFC 9457 problem documents with a list of fields, each with what is wrong and what would do. */
#pragma once

#include <jansson.h>
#include <stdbool.h>

struct problem {
    int status;    /* one of problem_statuses; 0 = no problem */
    char type[40]; /* last part of the type URI: "invalid", "not-found", "conflict", ... */
    char title[80];
    char detail[400];
    json_t *errors; /* array of {"field","wrong","would"}, NULL when none */
};

void problem_done(struct problem *problem);
void problem_set(struct problem *problem, int status, const char *type, const char *detail, ...)
    __attribute__((format(printf, 4, 5)));
/* Adds a field's error and makes it a 422 "invalid". `would` may be NULL or "". */
void problem_add_field(struct problem *problem, const char *field, const char *wrong,
                       const char *would);
/* The same for what is right in itself and clashes with another object: alone it is a 409
 * "conflict"; beside a field that is wrong, a 422. */
void problem_add_conflict(struct problem *problem, const char *field, const char *wrong,
                          const char *would);
const char *problem_title(int status);
/* The type that a problem of this status has most often. */
const char *problem_usual_type(int status);
extern const int problem_statuses[]; /* all that there are; ends with 0 */

bool problem_is_set(const struct problem *problem);
json_t *problem_to_json(const struct problem *problem); /* new reference */

#define _cleanup_problem_ __attribute__((cleanup(problem_done)))
