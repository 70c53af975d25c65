/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <jansson.h>

#include "hub/engine/engine.h"
#include "hub/pki/pki_web.h"
#include "hub/store/tls_store.h"

/* The certificate as an answer has it. */
json_t *api_tls_json(enum tls_source source, const struct pki_web_facts *facts);
/* Adds why browsers would refuse it; returns the same object. */
json_t *api_tls_warn(const struct engine *engine, const struct pki_web_facts *facts, json_t *tls);
