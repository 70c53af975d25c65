/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/engine/box_facts.h"

#include <stdlib.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"

static const struct {
    const char *name;
    const char *choices[4]; /* none: any text */
} facts[] = {
    {"slot", {"a", "b"}},
    {"boot", {"kept", "trial", "fallback"}},
    {"seed", {NULL}},
};

static bool is_choice(const char *const choices[static 4], const char *value)
{
    for (size_t i = 0; i < 4 && choices[i]; i++) {
        if (text_equal(choices[i], value))
            return true;
    }
    return !choices[0];
}

/* `line` is cut up. */
static void take_line(json_t *box, char *line)
{
    char *value = strchr(line, '=');

    if (!value || !text_is_printable(line, NULL))
        return;
    *value++ = 0;
    if (text_equal(line, "problem")) {
        json_array_append_new(json_object_get(box, "problems"), json_string(value));
        return;
    }
    for (size_t i = 0; i < ELEMENTS(facts); i++) {
        if (text_equal(facts[i].name, line) && is_choice(facts[i].choices, value))
            json_object_set_new(box, line, json_string(value));
    }
}

json_t *box_facts_json(const char *text, size_t size)
{
    json_t *box = json_pack("{s:b,s:n,s:n,s:n,s:[]}", "appliance", text != NULL, "slot", "boot",
                            "seed", "problems");
    if (!text || size > BOX_FACTS_MAX)
        return box;
    _cleanup_free_ char *copy = strndup(text, size);
    if (!copy)
        abort();
    char *rest = copy;
    for (char *line; (line = strsep(&rest, "\n"));)
        take_line(box, line);
    return box;
}
