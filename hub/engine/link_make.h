/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A new one-time link, and where it leads to. */
#pragma once

#include "hub/api/problem.h"
#include "hub/engine/engine.h"
#include "hub/engine/link_token.h"

struct link_order {
    bool direct;
    uint32_t uses;
    int64_t seconds;
    const char *pin; /* NULL = none */
    const char *made_by;
};

/* The row, to be written by the caller, and the token, which nobody can tell again. */
void link_make(const struct peer *peer, const struct link_order *order,
               struct link_token *ret_token, struct one_time_link *ret_link);
/* "https://hub.example.net/get/TOKEN" and, unless it is "", the extension. To be freed. */
char *link_url(const struct engine *engine, const struct link_token *token, const char *extension);
/* Why the hub can't hand out links: it has no name, or no web. */
void link_check_hub(const struct engine *engine, struct problem *problem);
