/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Challenges for passkeys: each is answered once, within five minutes. In memory alone. Pure but
 * for the clock and chance. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "hub/base/address.h"
#include "hub/base/text.h"
#include "hub/identity/passkey.h"

enum { CHALLENGE_SECONDS = 300, CHALLENGES_MAX = 1024, CHALLENGES_OF_OWNER_MAX = 8 };

struct challenges;

struct challenges *challenges_new(void);
struct challenges *challenges_free(struct challenges *challenges);

/* `owner` is whom it is for: an admin's id when a passkey is made, an address when somebody signs
 * in. An owner who asks for many loses its own oldest, before others lose theirs. */
void challenges_make(struct challenges *challenges, const char *owner, int64_t now,
                     uint8_t ret_challenge[static PASSKEY_CHALLENGE_SIZE]);
/* Takes it out. False: never made for this owner, answered already, or too old. */
bool challenges_take(struct challenges *challenges, const char *owner, int64_t now,
                     const uint8_t challenge[static PASSKEY_CHALLENGE_SIZE]);
