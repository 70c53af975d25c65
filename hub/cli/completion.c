/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/cli/completion.h"

#include <stdio.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "hub/cli/command.h"
#include "hub/cli/connection.h"
#include "hub/cli/help.h"
#include "hub/cli/option.h"
#include "hub/cli/run.h"

enum { ANSWER_MS = 1000 };

static void offer(const char *word, const char *start)
{
    if (text_starts_with(word, start) && text_is_printable(word, NULL))
        puts(word);
}

/* "--client|--site" and "-o, --output FILE": each that begins with two dashes. */
static void offer_option(const char *option, const char *help, void *data)
{
    (void)help;
    for (const char *at = option; (at = strstr(at, "--")); at += 2) {
        char word[48];

        snprintf(word, sizeof(word), "%.*s", (int)strcspn(at, "| ,"), at);
        offer(word, data);
    }
}

static void offer_choices(const char *choices, const char *start)
{
    while (choices && *choices) {
        char word[48];
        size_t length = strcspn(choices, "|");

        snprintf(word, sizeof(word), "%.*s", (int)length, choices);
        offer(word, start);
        choices += length + (choices[length] == '|');
    }
}

/* Names of instances, or of an instance's peers; quietly nothing when the hub is not there. */
static void offer_names(const struct globals *globals, enum api_route_id list,
                        const char *const *parameters, const char *start)
{
    _cleanup_connection_ struct connection connection;
    _cleanup_free_ char *path = request_path(api_route(list), parameters);
    json_t *request, *answer = NULL, *item;
    size_t index;

    if (connection_open(&connection, run_socket(globals)) < 0)
        return;
    request =
        json_pack("{s:s,s:s,s:{s:s}}", "method", "GET", "path", path, "query", "limit", "1000");
    if (connection_send(&connection, request) == 0 &&
        connection_receive(&connection, ANSWER_MS, &answer) == 0)
        json_array_foreach(json_object_get(json_object_get(answer, "body"), "items"), index, item)
            offer(json_string_value(json_object_get(item, "name")), start);
    json_decref(request);
    json_decref(answer);
}

/* The option before the unfinished word, when it is one that waits for a value. */
static bool waits_for_value(const struct api_route *route, const char *word,
                            struct option_match *match)
{
    if (!text_starts_with(word, "--") || !option_find(route, word, strlen(word), match))
        return false;
    return !match->value || (match->field->kind == API_BOOL && match->field->value);
}

static void offer_value(const struct option_match *match, const char *start)
{
    if (match->field->kind == API_BOOL)
        offer_choices("yes|no", start);
    else
        offer_choices(match->field->choices, start);
}

static void complete_word(const struct globals *globals, const struct api_route *route,
                          const char *const *words, size_t count, const char *start)
{
    const struct api_field *field;
    char name[32];

    if (!request_word(route, count, &field, name) || field)
        return;
    if (text_equal(name, "INSTANCE"))
        offer_names(globals, ROUTE_INSTANCE_LIST, words, start);
    else if (text_equal(name, "PEER"))
        offer_names(globals, ROUTE_PEER_LIST, words, start);
    else if (text_equal(name, "ADMIN"))
        offer_names(globals, ROUTE_ADMIN_LIST, words, start);
}

static void complete_arguments(const struct globals *globals, const struct api_route *route,
                               int argc, char **argv, int index, const char *start)
{
    const char *words[API_PARAMETERS_MAX + 1] = {0};
    struct option_match match;
    size_t count = 0;

    for (; index < argc; index++) {
        if (*argv[index] == '-') {
            bool value = waits_for_value(route, argv[index], &match);

            if (value && index + 1 == argc) {
                offer_value(&match, start);
                return;
            }
            index += value;
        } else if (count < API_PARAMETERS_MAX) {
            words[count++] = argv[index];
        }
    }
    if (*start != '-')
        complete_word(globals, route, words, count, start);
    if (*start == '-' || !*start)
        help_each_option(route, offer_option, (void *)(uintptr_t)start);
}

enum cli_exit completion_print(const struct globals *globals, int argc, char **argv)
{
    struct globals ignored = {0};
    const char *start = argc > 0 ? argv[argc - 1] : "";
    const struct api_route *route = NULL;
    const char *noun = NULL;
    char error[CLI_ERROR_MAX];
    int index = 0;

    argc = argc > 0 ? argc - 1 : 0;
    (void)command_find(&ignored, argc, argv, &index, &noun, &route, error);
    if (route) {
        complete_arguments(globals, route, argc, argv, index, start);
    } else if (noun && index == argc) {
        for (size_t i = 0; command_of_noun(noun, i); i++)
            offer(command_of_noun(noun, i)->verb, start);
        /* The second words of longer nouns. */
        for (size_t i = 0; command_noun(i); i++)
            if (text_starts_with(command_noun(i), noun) && command_noun(i)[strlen(noun)] == ' ')
                offer(command_noun(i) + strlen(noun) + 1, start);
    } else if (index == argc) {
        for (size_t i = 0; command_noun(i); i++)
            if (!strchr(command_noun(i), ' '))
                offer(command_noun(i), start);
    }
    if (*start == '-')
        for (const struct global_option *option = global_options; option->option; option++)
            offer(option->option, start);
    return CLI_DONE;
}
