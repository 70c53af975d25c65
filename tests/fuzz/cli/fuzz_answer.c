/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An answer of the hub (the first byte chooses the command): shown, and nothing that a terminal
 * would obey comes out. */
#include <stdlib.h>
#include <string.h>

#include "hub/cli/complaint.h"
#include "hub/cli/show.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    screen_init();
    return 0;
}

static void check_harmless(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if ((unsigned char)text[i] < 0x20 && text[i] != '\n' && text[i] != '\t')
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct request request = {.parameters = {"acme", "laptop"}};
    struct screen screen = {0};
    char *text = NULL;
    size_t length = 0;
    json_t *body;

    if (size == 0)
        return 0;
    request.route = api_route(data[0] % ROUTE_COUNT);
    body = json_loadb((const char *)data + 1, size - 1, JSON_DECODE_ANY, NULL);
    screen.stream = open_memstream(&text, &length);
    show_answer(&screen, &request, body);
    show_dry_run(&screen, body);
    show_event(&screen, body);
    complaint_print(&screen, &request, body);
    fclose(screen.stream);
    check_harmless(text, length);
    free(text);
    json_decref(body);
    return 0;
}
