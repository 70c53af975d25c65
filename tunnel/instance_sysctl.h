/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The settings of an instance's namespace and its links: it forwards, and does not redirect. */
#pragma once

#include "tunnel/projection.h"

int instance_sysctl_apply(const struct projection_links *links, struct verb_applied *applied);
