/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Words that may come next, for the shell: `warren complete WORD...`, the last one unfinished. */
#pragma once

#include "hub/cli/globals.h"

enum cli_exit completion_print(const struct globals *globals, int argc, char **argv);
