/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>

#include "hub/engine/api_caller.h"

/* Nobody is known yet. */
int api_caller_find(struct engine *engine, const struct web_credential *credential,
                    const struct address *from, struct api_caller *ret_caller,
                    struct problem *ret_problem)
{
    (void)engine, (void)from, (void)ret_caller;
    problem_set(ret_problem, 401, "sign-in",
                credential->kind == WEB_CREDENTIAL_TOKEN ? "this token is not known: it may have "
                                                           "been deleted, or have expired"
                                                         : "sign in first");
    return -EACCES;
}
