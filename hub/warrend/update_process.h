/* SPDX-License-Identifier: GPL-2.0-or-later */
/* warren-update, while an update comes in; the machine's start; the longest that a trial may last.
 */
#pragma once

#include "hub/warrend/engine_process.h"

struct update_process;

/* `trial_us`: as long as a trial may go without a word that it is healthy. */
int update_process_new(struct supervisor *supervisor, uint64_t trial_us,
                       struct update_process **ret_update);
struct update_process *update_process_free(struct update_process *update); /* kills it; NULL */

/* Starts it, in place of one that runs; answers VERB_UPDATE_OPENED. */
void update_process_open(struct update_process *update, const struct engine_request *request);
/* The trial is over, well. */
void update_process_healthy(struct update_process *update);
void update_process_reboot(struct update_process *update, const struct engine_request *request);
size_t update_process_describe(const struct update_process *update, struct verb_role *ret_role);
