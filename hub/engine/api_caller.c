/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/engine/api_caller.h"

#include <stdlib.h>

void api_caller_done(struct api_caller *caller)
{
    free(caller->instances);
    *caller = (struct api_caller){};
}

bool api_caller_sees(const struct api_caller *caller, const char *instance_id)
{
    for (size_t i = 0; i < caller->instance_count; i++)
        if (text_equal(caller->instances[i], instance_id))
            return true;
    return !caller->limited;
}
