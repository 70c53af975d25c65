/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Prints the OpenAPI document: for what is built from it, and for tests. Not installed. */
#include <stdio.h>

#include "hub/api/openapi.h"

int main(void)
{
    json_t *document = api_openapi_document();
    int r = document ? json_dumpf(document, stdout, JSON_INDENT(1)) : -1;
    json_decref(document);
    putchar('\n');
    return r < 0 || fflush(stdout) != 0;
}
