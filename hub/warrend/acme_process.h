/* SPDX-License-Identifier: GPL-2.0-or-later */
/* warren-acme: one for an order, on the engine's word; ends when the engine lets go of its channel.
 */
#pragma once

#include "hub/warrend/engine_process.h"

struct acme_process *acme_process_new(struct supervisor *supervisor);
/* Kills it. Returns NULL. */
struct acme_process *acme_process_free(struct acme_process *acme);

/* The one before is ended. Answers VERB_ACME_OPENED. */
void acme_process_open(struct acme_process *acme, const struct engine_request *request);

/* 1, or 0: it does not run right now. */
size_t acme_process_describe(const struct acme_process *acme, struct verb_role *ret_role);
