/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The history of traffic as two lines of blocks. */
#pragma once

#include <jansson.h>

#include "hub/cli/screen.h"

void show_traffic(const struct screen *screen, const json_t *traffic);
