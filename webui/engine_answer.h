/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the engine answers, as the head that a client gets. Pure. */
#pragma once

#include "hub/channel/verbs.h"
#include "webui/answer.h"
#include "webui/credential.h"

/* `told` was checked by the channel, and is no stream. The answer points into both. */
void engine_answer_take(const struct verb_web_answer *told,
                        char cookie[static CREDENTIAL_COOKIE_MAX], struct answer *ret_answer);
