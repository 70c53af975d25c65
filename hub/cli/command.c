/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/cli/command.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>

#include "hub/base/nearest.h"
#include "hub/base/text.h"

const struct api_route *command_of_noun(const char *noun, size_t index)
{
    for (size_t i = 0; i < ROUTE_COUNT; i++) {
        const struct api_route *route = api_route(i);
        if (!route->browser && text_equal(route->noun, noun) && index-- == 0)
            return route;
    }
    return NULL;
}

const char *command_noun(size_t index)
{
    for (size_t i = 0; i < ROUTE_COUNT; i++) {
        const struct api_route *route = api_route(i);
        if (!route->browser && command_of_noun(route->noun, 0) == route && index-- == 0)
            return route->noun;
    }
    return NULL;
}

/* "firewall" and "check" -> "firewall check", where that is a noun too. */
static const struct api_route *longer_noun(const char *noun, const char *word)
{
    char both[64];

    if (!word || (size_t)snprintf(both, sizeof(both), "%s %s", noun, word) >= sizeof(both))
        return NULL;
    return command_of_noun(both, 0);
}

/* The nearest of the words that `word_at` gives, "" when none is near. */
static const char *nearest(const char *word, const char *(*word_at)(const char *noun, size_t index),
                           const char *noun)
{
    size_t best_distance = SIZE_MAX;
    const char *best = "", *candidate;

    for (size_t i = 0; (candidate = word_at(noun, i)); i++) {
        size_t distance = nearest_distance(word, candidate);

        if (distance < best_distance) {
            best = candidate;
            best_distance = distance;
        }
    }
    return nearest_is_near(word, best_distance) ? best : "";
}

static const char *noun_at(const char *noun, size_t index)
{
    (void)noun;
    return command_noun(index);
}

static const char *verb_at(const char *noun, size_t index)
{
    const struct api_route *route = command_of_noun(noun, index);

    return route ? route->verb : NULL;
}

/* All nouns, or all verbs of one, with commas; an error has room for them and a word. */
enum { WORDS_MAX = CLI_ERROR_MAX - 150 };

static void list_words(const char *(*word_at)(const char *noun, size_t index), const char *noun,
                       char *text, size_t size)
{
    const char *word;
    size_t used = 0;

    for (size_t i = 0; (word = word_at(noun, i)) && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%s", i ? ", " : "", word);
}

static int unknown(const char *what, const char *word,
                   const char *(*word_at)(const char *noun, size_t index), const char *noun,
                   char *error)
{
    const char *near = nearest(word, word_at, noun);
    char words[WORDS_MAX];

    list_words(word_at, noun, words, sizeof(words));
    if (*near)
        snprintf(error, CLI_ERROR_MAX, "there is no %s \"%.60s\"; did you mean \"%s\"?", what, word,
                 near);
    else
        snprintf(error, CLI_ERROR_MAX, "there is no %s \"%.60s\"; there are: %s", what, word,
                 words);
    return -EINVAL;
}

/* The next word that is no global option; NULL at the end. */
static int next_word(struct globals *globals, int argc, char **argv, int *index,
                     const char **ret_word, char *error)
{
    *ret_word = NULL;
    while (*index < argc) {
        int taken = globals_take(globals, argc, argv, index, error);

        if (taken < 0)
            return taken;
        if (taken == 0) {
            *ret_word = argv[*index];
            return 0;
        }
    }
    return 0;
}

static int find_verb(struct globals *globals, int argc, char **argv, int *index, const char *noun,
                     const struct api_route **ret_route, char *error)
{
    const char *word;
    char verbs[WORDS_MAX];
    int result = next_word(globals, argc, argv, index, &word, error);

    if (result < 0 || globals->help)
        if (result < 0 || !word)
            return result;
    if (!word) {
        list_words(verb_at, noun, verbs, sizeof(verbs));
        snprintf(error, CLI_ERROR_MAX, "%s what? There are: %s", noun, verbs);
        return -EINVAL;
    }
    for (size_t i = 0; verb_at(noun, i); i++) {
        if (!text_equal(verb_at(noun, i), word))
            continue;
        *ret_route = command_of_noun(noun, i);
        ++*index;
        return 0;
    }
    return unknown("verb", word, verb_at, noun, error);
}

int command_find(struct globals *globals, int argc, char **argv, int *index, const char **ret_noun,
                 const struct api_route **ret_route, char error[static CLI_ERROR_MAX])
{
    const struct api_route *first;
    const char *word;
    int result = next_word(globals, argc, argv, index, &word, error);

    if (result < 0)
        return result;
    if (!word) {
        snprintf(error, CLI_ERROR_MAX, "what is to be done?");
        return globals->help || globals->version ? 0 : -EINVAL;
    }
    first = command_of_noun(word, 0);
    if (!first)
        return *word == '-'
                   ? (snprintf(error, CLI_ERROR_MAX, "there is no option %.60s here", word),
                      -EINVAL)
                   : unknown("command", word, noun_at, NULL, error);
    *ret_noun = first->noun;
    ++*index;
    if (next_word(globals, argc, argv, index, &word, error) == 0 &&
        longer_noun(first->noun, word)) {
        first = longer_noun(first->noun, word);
        *ret_noun = first->noun;
        ++*index;
    }
    if (!first->verb) {
        *ret_route = first;
        return 0;
    }
    return find_verb(globals, argc, argv, index, first->noun, ret_route, error);
}
