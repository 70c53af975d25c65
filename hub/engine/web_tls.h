/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the web shows itself as: signed by itself until somebody brings something better. */
#pragma once

#include "hub/engine/engine.h"
#include "hub/pki/pki_web.h"
#include "hub/store/tls_store.h"

struct web_tls;

/* Reads what there is, makes what is missing. */
int web_tls_new(struct engine *engine, struct web_tls **ret_tls);
struct web_tls *web_tls_free(struct web_tls *tls);

const struct pki_web_facts *web_tls_facts(const struct web_tls *tls);
const struct tls_row *web_tls_row(const struct web_tls *tls);
const char *web_tls_source_name(enum tls_source source);
/* "AB:CD:..." */
enum { FINGERPRINT_TEXT_MAX = 96 };
const char *web_tls_fingerprint(const struct pki_web_facts *facts,
                                char text[static FINGERPRINT_TEXT_MAX]);

/* Is it good for one of the names that the hub has? Also where it has none. */
bool web_tls_is_for_hub(const struct engine *engine, const struct pki_web_facts *facts);
/* A new one that the hub signs itself: made, neither stored nor shown. */
int web_tls_self_signed(const struct engine *engine, struct tls_row *ret_row,
                        struct pki_web_facts *ret_facts);
/* It is in the store: from now on it is shown. */
void web_tls_take(struct web_tls *tls, const struct tls_row *row,
                  const struct pki_web_facts *facts);
/* Made before the hub had a name, and nobody has trusted it yet. */
bool web_tls_is_provisional(const struct web_tls *tls);
/* The hub may have another name: what is signed by itself is made for it; a provisional one at
 * once, another an hour later or at the next start. */
void web_tls_settings_changed(struct web_tls *tls);
