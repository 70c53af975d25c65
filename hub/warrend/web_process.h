/* SPDX-License-Identifier: GPL-2.0-or-later */
/* warren-web as warrend sees it: its listeners bound, started, started again after its death, and
 * put into touch with each engine. */
#pragma once

#include "hub/channel/verbs.h"
#include "hub/settings/settings.h"
#include "hub/warrend/supervisor.h"

struct web_process;

/* NULL in *ret_web: the settings want none. Its listeners are bound at once; it is started when
 * that is said, or after 30 s. */
int web_process_new(struct supervisor *supervisor, const struct settings *settings,
                    struct web_process **ret_web);
/* The tunnels are up, or were tried. */
void web_process_start(struct web_process *web);
/* Kills it. Returns NULL. */
struct web_process *web_process_free(struct web_process *web);
/* An engine was started: the two get a channel to each other. */
void web_process_connect(struct web_process *web);
/* It broke the rules of that channel: it is started anew. */
void web_process_restart(struct web_process *web);

/* How many rows were filled: 0 or 1. */
size_t web_process_describe(const struct web_process *web, struct verb_role *ret_role);
