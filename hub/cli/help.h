/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Help, from the tables of routes and options. */
#pragma once

#include "hub/api/route.h"
#include "hub/base/buf.h"

void help_all(struct buf *text);
void help_noun(const char *noun, struct buf *text);
void help_command(const struct api_route *route, struct buf *text);
/* "warren peer add INSTANCE NAME --client|--site [--subnet CIDR]..." */
void help_usage(const struct api_route *route, struct buf *text);

/* Calls for each option of a command: "--subnet CIDR" and its help. */
typedef void (*help_option)(const char *option, const char *help, void *data);
void help_each_option(const struct api_route *route, help_option each, void *data);
