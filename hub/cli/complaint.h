/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A problem of the API, told in the words of the command line. */
#pragma once

#include <jansson.h>

#include "hub/cli/request.h"
#include "hub/cli/screen.h"

void complaint_print(const struct screen *screen, const struct request *request,
                     const json_t *problem);
