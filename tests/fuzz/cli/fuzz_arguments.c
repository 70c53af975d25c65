/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A command line, its words ended by zeros. */
#include <stdlib.h>
#include <string.h>

#include "hub/cli/command.h"
#include "hub/cli/request.h"

enum { WORDS_MAX = 100 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_words(int count, char **words)
{
    struct globals globals = {0};
    struct request request = {0};
    const struct api_route *route = NULL;
    const char *noun = NULL;
    char error[CLI_ERROR_MAX] = "";
    int index = 1;

    if (command_find(&globals, count, words, &index, &noun, &route, error) < 0) {
        if (!*error)
            abort();
        return;
    }
    if (!route)
        return;
    if (request_parse(&globals, route, count, words, index, &request, error) < 0) {
        if (!*error)
            abort();
        return;
    }
    if (!globals.help) {
        json_t *json = request_to_json(&request);
        char *text = json_dumps(json, JSON_COMPACT);

        if (!text || strchr(text, '\n'))
            abort();
        free(text);
        json_decref(json);
    }
    request_done(&request);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *words[WORDS_MAX + 1] = {(char *)"warren"};
    char *copy = malloc(size + 1);
    int count = 1;

    memcpy(copy, data, size);
    copy[size] = 0;
    for (size_t at = 0; at < size && count < WORDS_MAX; at += strlen(copy + at) + 1)
        words[count++] = copy + at;
    try_words(count, words);
    free(copy);
    return 0;
}
