/* SPDX-License-Identifier: GPL-2.0-or-later */
/* DNS names as people write them into a setting. */
#pragma once

#include <stdbool.h>

/* Letters, digits and hyphens in labels of 1 to 63, 253 in all, the last label not a number. */
bool host_name_valid(const char *name);
