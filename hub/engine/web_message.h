/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A request as warren-web hands it on, turned into what the socket's would be. Pure. */
#pragma once

#include "hub/engine/api_caller.h"
#include "hub/engine/api_message.h"

/* `request` was checked by the channel. False and a problem for what is no request. */
bool web_message_parse(const struct verb_web_request *request, struct api_message *ret_message,
                       struct web_credential *ret_credential, struct problem *ret_problem);
