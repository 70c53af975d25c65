/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the answer to each command is shown to people. */
#pragma once

#include <jansson.h>

#include "hub/cli/request.h"
#include "hub/cli/screen.h"

/* False: there is nothing in the table of how the answer is shown. */
bool show_is_known(enum api_route_id id);
void show_answer(const struct screen *screen, const struct request *request, const json_t *body);
/* What a dry run says would be changed. */
void show_dry_run(const struct screen *screen, const json_t *body);
void show_event(const struct screen *screen, const json_t *event);
