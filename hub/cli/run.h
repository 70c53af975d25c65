/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sends a request and shows what comes back. */
#pragma once

#include "hub/cli/globals.h"
#include "hub/cli/request.h"

enum cli_exit run_request(const struct globals *globals, struct request *request);
/* $WARREN_SOCKET, --socket or the default. */
const char *run_socket(const struct globals *globals);
/* "warren: TEXT" and a line on where help is. */
enum cli_exit run_usage_error(const struct api_route *route, const char *noun, const char *text);
