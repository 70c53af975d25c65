/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For what can't be done while a setting is as it is. */
#pragma once

#include "hub/api/problem.h"
#include "hub/engine/engine.h"

enum setting_needed { NEEDS_PUBLIC_NAME, NEEDS_NAME_FOR_PASSKEYS, NEEDS_WEB };

/* A 409 that says what would do, each way to do it, and when it takes effect. */
void setting_needed(const struct engine *engine, enum setting_needed what, struct problem *problem);
