/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The talk with an OpenVPN server: who is connected is read, clients are let in or not. */
#pragma once

#include "hub/engine/openvpn_runtime.h"

/* Takes fd. The server attaches, and is ready when it is known who is connected. */
int openvpn_talk_begin(struct openvpn_runtime *server, int fd);
