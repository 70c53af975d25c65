/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "name=value" of a >CLIENT:ENV line: what of it struct openvpn_client keeps. */
#pragma once

#include "tunnel/openvpn_management.h"

/* Cuts `line` up, at its first '='. Clients choose some of the values: what can't be used is left
 * out, and the first one of a name counts. */
void openvpn_environment_read(char *line, struct openvpn_client *client);
