/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/api/openapi.h"

#include "hub/engine/api_handlers.h"

/* Of the tables alone: made once, never changed. */
static json_t *document;

void api_openapi_get(struct engine *engine, struct api_call *call,
                     const struct api_request *request)
{
    (void)engine, (void)request;
    if (!document)
        document = api_openapi_document();
    api_answer(call, 200, NULL, json_incref(document));
}
