/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The way from one end to another: a line a step, the one where it breaks marked. */
#pragma once

#include <jansson.h>

#include "hub/cli/screen.h"

void show_explain(const struct screen *screen, const json_t *body);
