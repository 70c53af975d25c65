/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names and passwords as they come in, and the answers of those who have to wait. */
#pragma once

#include "hub/engine/api_server.h"

/* The body's "name", when it is there and right; a complaint otherwise. */
void api_admin_name_read(const json_t *body, char name[static 41], struct problem *problem);
void api_password_check(const char *password, const char *admin_name, struct problem *problem);

/* 503: too many passwords wait, or warren-hash is being started again. */
void api_answer_hash_error(struct api_call *call, int error);
/* 429: who guessed has to wait. */
void api_answer_wait(struct api_call *call, uint32_t seconds);
