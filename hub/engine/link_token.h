/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a one-time link is known by: 160 random bits, written as 32 letters and digits (a-z, 2-7).
 * The store has a hash of it; of the PIN one that is keyed with the token, so that who has the
 * database alone can try no PINs. Pure but for the random bits.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "hub/store/one_time_link_store.h"
#include "peers/rules.h"

enum {
    LINK_TOKEN_SIZE = 20,
    LINK_TOKEN_TEXT_MAX = 33,
    LINK_PIN_SHORTEST = 4,
    LINK_PIN_LONGEST = 12
};

struct link_token {
    uint8_t bytes[LINK_TOKEN_SIZE];
};

void link_token_make(struct link_token *ret_token);
const char *link_token_format(const struct link_token *token,
                              char text[static LINK_TOKEN_TEXT_MAX]);
/* Capital letters do too: people type. -EINVAL. */
int link_token_parse(const char *text, struct link_token *ret_token);
/* "TOKEN.ovpn" -> the token and "ovpn". -EINVAL. */
int link_token_parse_file(const char *file, struct link_token *ret_token,
                          const char **ret_extension);

void link_token_hash(const struct link_token *token, uint8_t ret_hash[static LINK_HASH_SIZE]);
void link_token_hash_pin(const struct link_token *token, const char *pin,
                         uint8_t ret_hash[static LINK_HASH_SIZE]);
bool rule_link_pin(const char *pin, struct complaint *ret_complaint);
