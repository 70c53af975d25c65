/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The database as it is before an update changes it, staged beside it (hub/base/state_swap.h) and
 * not committed: nobody has it open. */
#pragma once

int update_stage_copy(const char *directory);
int update_stage_drop(const char *directory);
/* The staged copy is to take the state's place: 1 = committed, 0 = there is none (any more). */
int update_stage_take_back(const char *directory);
