/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/engine/api_password.h"

#include <errno.h>
#include <string.h>

#include "hub/base/log.h"
#include "hub/base/text.h"
#include "hub/engine/hash_door.h"
#include "hub/identity/password_rule.h"

void api_admin_name_read(const json_t *body, char name[static 41], struct problem *problem)
{
    const char *text = json_string_value(json_object_get(body, "name"));
    const char *wrong = text ? admin_name_wrong(text) : NULL;

    if (wrong)
        problem_add_field(problem, "name", wrong, NULL);
    else if (text)
        text_copy(name, ADMIN_NAME_MAX, text);
}

void api_password_check(const char *password, const char *admin_name, struct problem *problem)
{
    const char *wrong = password_wrong(password, admin_name);

    if (wrong)
        problem_add_field(problem, "password", wrong, NULL);
}

void api_answer_hash_error(struct api_call *call, int error)
{
    _cleanup_problem_ struct problem problem = {};

    if (error != -EBUSY)
        log_warning("a password could not be looked at: %s", strerror(-error));
    problem_set(&problem, 503, "busy",
                error == -EBUSY ? "too many sign in at once: try again in a moment"
                                : "passwords can't be looked at right now: try again in a moment");
    api_retry_after(call, HASH_RETRY_SECONDS);
    api_answer_problem(call, &problem);
}

void api_answer_wait(struct api_call *call, uint32_t seconds)
{
    _cleanup_problem_ struct problem problem = {};

    problem_set(&problem, 429, "wait", "too many wrong attempts: wait %u s, then try again",
                seconds);
    api_retry_after(call, seconds);
    api_answer_problem(call, &problem);
}
