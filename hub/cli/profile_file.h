/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A profile goes to standard output or into a file that only its owner reads. */
#pragma once

#include <jansson.h>

#include "hub/cli/request.h"
#include "hub/cli/screen.h"

enum { PROFILE_ERROR_MAX = 400 };

/* Before the hub is asked: is there a file in the way? -EEXIST and what would do. */
int profile_file_check(const struct request *request, char error[static PROFILE_ERROR_MAX]);
/* 0 or -errno and what is wrong. Warnings go to standard error. */
int profile_file_write(const struct screen *screen, const struct request *request,
                       const json_t *body, char error[static PROFILE_ERROR_MAX]);
void profile_file_warn(const json_t *body);
/* After a QR code was printed onto a terminal that is too narrow for it. */
void profile_file_warn_of_width(const struct screen *screen, const struct request *request,
                                const json_t *body);
