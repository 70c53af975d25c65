/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a step of an explanation is written. Used by the files of the walk alone. */
#pragma once

#include "peers/explain.h"

/* Each sets what holds and adds to the step's line. */
void step_yes(struct explain_step *step, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void step_no(struct explain_step *step, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void step_unknown(struct explain_step *step, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void step_mend(struct explain_step *step, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* "warren peer enable acme 'the office'": words up to NULL, each quoted for a shell where it has to
 * be. */
void step_command(struct explain_step *step, ...) __attribute__((sentinel));
void step_word(struct explain_step *step, const char *word);

/* "12s ago", "3h5m ago". */
enum { STEP_AGO_MAX = 48 };
const char *step_ago(int64_t now, int64_t then, char text[static STEP_AGO_MAX]);
/* "10.66.0.2 of laptop", "the internet". */
void step_end(const struct explain_end *end, struct buf *text);

/* A step that the way does not have writes nothing. Of explain_peer.c: the steps of each end. */
void explain_enabled(const struct explain_facts *facts, const struct explain_peer *peer,
                     struct explain_step *step);
void explain_connected(const struct explain_facts *facts, const struct explain_peer *peer,
                       struct explain_step *step);
/* Does what the peer was handed lead to the other end? */
void explain_route(const struct explain_facts *facts, const struct explain_end *near,
                   const struct explain_end *far, struct explain_step *step);
