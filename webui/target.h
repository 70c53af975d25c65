/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a request's path and query mean: pure. */
#pragma once

#include "webui/http_head.h"

enum { TARGET_PATH_MAX = 1024, TARGET_QUERY_MAX = 4096 };

enum target_kind {
    TARGET_PAGE,      /* the page, or a file of it */
    TARGET_API,       /* for the engine */
    TARGET_EVENTS,    /* of it, what may be followed */
    TARGET_CHALLENGE, /* of ACME */
};

struct target {
    enum target_kind kind;
    char path[TARGET_PATH_MAX + 1];   /* as it came: the engine decodes it part by part */
    char query[TARGET_QUERY_MAX + 1]; /* decoded: name 0 value 0 name 0 value 0 ... */
    size_t query_size;
};

/* False, with why: escapes that are none, control characters, a way up, an empty part, a query with
 * something else than texts. */
bool target_parse(struct http_text path, struct http_text query, struct target *ret_target,
                  const char **ret_wrong);
/* Adds a pair, unless the name is there already or there is no room. */
void target_add(struct target *target, const char *name, const char *value);
bool target_has(const struct target *target, const char *name);
