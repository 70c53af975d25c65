/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A line of `status 3`, after its "CLIENT_LIST" and tab. */
#pragma once

#include "tunnel/openvpn_management.h"

/* Cuts `line` up. -EBADMSG. */
int openvpn_listed_read(char *line, struct openvpn_listed *ret_listed);
