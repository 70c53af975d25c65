/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Passwords by argon2id: 64 MiB, so that a small box lives, and some 0.3 s. */
#pragma once

#include <stddef.h>

#include "hub/channel/verbs.h"

/* 0, or -ENOMEM. */
int password_hash_make(const char *password, char ret_hash[static VERB_HASH_MAX]);
/* With the parameters that the hash was made with. 0, or -EACCES: another password, no hash, or
 * one that takes more memory than there is. */
int password_hash_verify(const char *hash, const char *password);
