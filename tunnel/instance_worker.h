/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The worker in an instance's namespace. */
#pragma once

/* Serves the engine at `channel_fd`, which it owns, until the channel closes. */
int instance_worker_run(int channel_fd);
