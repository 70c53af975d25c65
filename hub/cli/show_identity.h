/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Admins, sessions, tokens and the set-up as people read them, where a table would not do. */
#pragma once

#include "hub/cli/request.h"
#include "hub/cli/screen.h"

void show_setup(const struct screen *screen, const json_t *body);
void show_signed_out(const struct screen *screen, const json_t *body);
void show_admin_added(const struct screen *screen, const json_t *body);
void show_totp_secret(const struct screen *screen, const struct request *request,
                      const json_t *body);
void show_totp_deleted(const struct screen *screen, const json_t *body);
void show_recovery_codes(const struct screen *screen, const json_t *body);
void show_token(const struct screen *screen, const json_t *body);
