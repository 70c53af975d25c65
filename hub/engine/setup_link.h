/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The link by which the first owner is made, in a browser: there is one as long as there is no
 * owner, for a day; it is used once. */
#pragma once

#include "hub/base/token.h"
#include "hub/engine/engine.h"

enum { SETUP_LINK_SECONDS = 86400, SETUP_LINK_TEXT_MAX = 512 };

/* At the hub's start: makes one when it is needed and there is none that holds. */
int setup_link_prepare(struct engine *engine);
/* The one that holds; -ENOENT: none is needed, or it has ended. */
int setup_link_get(struct engine *engine, struct token *ret_token, int64_t *ret_ends_at);
/* A new one, in the place of the one before. */
int setup_link_make(struct engine *engine, struct token *ret_token, int64_t *ret_ends_at);
/* "https://vpn.example.net/setup#TOKEN" */
void setup_link_format(const struct engine *engine, const struct token *token,
                       char text[static SETUP_LINK_TEXT_MAX]);
