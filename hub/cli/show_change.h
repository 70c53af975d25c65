/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A change that was made: a line that says so, and the command that is likely next. */
#pragma once

#include <jansson.h>

#include "hub/cli/request.h"
#include "hub/cli/screen.h"

/* Of a PATCH's answer: a line per field that it changed. */
void show_changes(const struct screen *screen, const json_t *body);
void show_link_opened(const struct screen *screen, const json_t *body);
void show_change(const struct screen *screen, const struct request *request, const json_t *body);
