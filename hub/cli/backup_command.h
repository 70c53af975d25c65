/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands about backups that are more than one request: passphrases are worked on here, files go
 * over in parts, a hub that was restored is waited for. */
#pragma once

#include "hub/cli/session.h"

bool backup_command_is(const struct request *request);
/* Before the hub is asked anything: is the file's name free? */
enum cli_exit backup_command_check(const struct request *request);
enum cli_exit backup_command_run(struct session *session, struct request *request);
