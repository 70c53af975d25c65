/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What must not stand in a command: typed on the terminal without being shown, or a line each of
 * the standard input. */
#pragma once

#include "hub/cli/globals.h"
#include "hub/cli/request.h"

/* Asks for each secret that the route needs, and puts it into the body. -EINVAL and why not. */
int secret_read_all(struct request *request, char error[static CLI_ERROR_MAX]);
