/* SPDX-License-Identifier: GPL-2.0-or-later */
/* WireGuard keys: 32 bytes, base64 for people, lower-case hex for wireguard-go. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum {
    KEY_SIZE = 32,
    KEY_BASE64_MAX = 45, /* with the terminating 0 */
    KEY_HEX_MAX = 65,
};

struct key {
    uint8_t bytes[KEY_SIZE];
};

/* 0 or -EINVAL. Only the canonical form is taken: 44 characters, unused bits zero. */
int key_parse_base64(const char *text, struct key *ret_key);
int key_parse_hex(const char *text, struct key *ret_key);
const char *key_format_base64(const struct key *key, char text[static KEY_BASE64_MAX]);
const char *key_format_hex(const struct key *key, char text[static KEY_HEX_MAX]);

void key_make_private(struct key *ret_key); /* clamped */
void key_make_preshared(struct key *ret_key);
void key_public(const struct key *private_key, struct key *ret_public);
/* False for points of small order, with which no secret can be agreed on. */
bool key_is_usable_public(const struct key *public_key);
bool key_equal(const struct key *a, const struct key *b); /* constant time */
bool key_is_zero(const struct key *key);
void key_wipe(struct key *key); /* fits _cleanup_ */
