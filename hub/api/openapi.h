/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The API as an OpenAPI 3.1 document, made of the tables: routes (route.h), their fields, their
 * answers (answer.h), the answers' objects (object.h). */
#pragma once

#include <jansson.h>

#include "hub/api/answer.h"

/* A new reference. */
json_t *api_openapi_document(void);

/* Nouns of the command line and words of the paths, as the document explains them: each that the
 * routes have needs a row, or the unit test api/openapi fails. */
struct api_word {
    const char *word, *help;
};
extern const struct api_word api_nouns[];      /* end with a NULL word */
extern const struct api_word api_path_words[]; /* the same */
