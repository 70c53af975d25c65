/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Those who follow events. */
#pragma once

#include "hub/engine/engine.h"

/* Who may do what has changed: streams of those who are nobody any more are ended, once the loop
 * runs. */
void api_events_look_again(struct engine *engine);
