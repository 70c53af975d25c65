/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The worker in the hub's own namespace. */
#pragma once

/* Serves the engine at `channel_fd`, which it owns, until the channel closes. */
int root_worker_run(int channel_fd);
