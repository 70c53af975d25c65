/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What uacme wrote when it failed, as a kind and a sentence. Pure. */
#pragma once

#include "hub/channel/verbs.h"

/* `text` is all that it wrote, or the end of it: lines of its own, and the authority's problem
 * document (RFC 7807) in between. Never ACME_RESULT_ISSUED; the words are printable and not empty.
 */
enum acme_result uacme_words_read(const char *text, char ret_words[static ACME_WORDS_MAX]);
/* Did `uacme new` fail since the authority has the account already? */
bool uacme_words_registered(const char *text);
