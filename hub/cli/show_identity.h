/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Admins, sessions, tokens and the set-up as people read them. */
#pragma once

#include "hub/cli/request.h"
#include "hub/cli/screen.h"

void show_identity(const struct screen *screen, const struct request *request, const json_t *body);
