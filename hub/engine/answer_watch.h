/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For tests: is what goes out what the tables say? With WARREN_CHECK_ANSWERS in the environment
 * each answer and event is looked at; what does not fit is logged, or with "abort" ends the
 * process. Without it nothing is done.
 */
#pragma once

#include "hub/api/answer.h"

/* `route` is NULL where none was found. */
void answer_watch(const struct api_route *route, bool dry_run, int status, const json_t *body);
/* The same of a body that is text; never of a dry run. */
void answer_watch_text(const struct api_route *route, int status, const char *text, size_t size);
void answer_watch_event(const json_t *event);
