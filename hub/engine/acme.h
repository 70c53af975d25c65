/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The web's certificate from an authority: ordered, renewed, tried again (DESIGN, "The web"). */
#pragma once

#include <jansson.h>

#include "hub/engine/engine.h"

struct acme;

int acme_new(struct engine *engine, struct acme **ret_acme);
struct acme *acme_free(struct acme *acme);

/* The configuration was read again. */
void acme_settings_changed(struct acme *acme);
/* What is in use changed by other hands. */
void acme_certificate_changed(struct acme *acme);

/* NULL, or why no order can be made: for people. */
const char *acme_missing(const struct engine *engine);
/* Orders now, whatever the time; one that is under way goes on. 0, -EINVAL (something is missing),
 * -EBUSY (nothing may change now). */
int acme_order(struct acme *acme);

/* What the web answers to an authority that asks for a token; NULL = nothing. */
const char *acme_answer(const struct acme *acme, const char *token);
/* Did the last order fail? Its words, and when the next one is; NULL = it did not. */
const char *acme_failure(const struct acme *acme, int64_t *ret_next_at);
json_t *acme_json(const struct acme *acme); /* a new reference */
