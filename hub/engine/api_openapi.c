/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/api/openapi.h"

#include <stdlib.h>
#include <string.h>

#include "hub/engine/api_handlers.h"

/* Of the tables alone: made when it is first asked for, never changed. */
static struct api_text document;

static void make_document(void)
{
    json_t *made = api_openapi_document();
    char *text = json_dumps(made, JSON_COMPACT);
    if (!text)
        abort();
    document = (struct api_text){text, strlen(text)};
    json_decref(made);
}

void api_openapi_get(struct engine *engine, struct api_call *call,
                     const struct api_request *request)
{
    (void)engine, (void)request;
    if (!document.data)
        make_document();
    api_answer_text(call, 200, NULL, &document);
}
