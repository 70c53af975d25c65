/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configuration file as warrend writes it: whole or not at all. */
#pragma once

#include "hub/base/buf.h"
#include "hub/channel/verbs.h"

enum { CONFIG_REASON_MAX = sizeof(((struct verb_ack *)NULL)->detail) };

/* Beside it first, then in its place, on the disk when this returns 0. Mode and owner stay, and a
 * link goes on pointing to the file. */
int config_file_write(const char *path, const struct buf *text);

/* What the engine asks for is judged anew: -EINVAL, with a reason, for what is no setting or would
 * not be a right file. The file is as it was on any error. */
int config_file_set(const char *path, const struct verb_settings *list,
                    char ret_reason[static CONFIG_REASON_MAX]);
