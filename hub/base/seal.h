/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Secrets at rest: sealed with a key that lives in a file beside the database, never in it. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct seal; /* opaque: the sealing key in locked memory */

enum { SEAL_OVERHEAD = 1 + 24 + 16 }; /* version, nonce, tag (XChaCha20-Poly1305) */

/* Opens the key file at dir_fd/name, making it (0400, fsynced, random) when it does not exist.
 * -EBADMSG when it has the wrong size. */
int seal_open(int dir_fd, const char *name, struct seal **ret_seal);
struct seal *seal_free(struct seal *seal); /* wipes; returns NULL */
/* `context` names what is sealed ("peer/ID/private_key"); opening with another context fails, so
 * a sealed value can't be moved to another row. `ret_sealed` holds size + SEAL_OVERHEAD bytes. */
void seal_close_value(const struct seal *seal, const char *context, const void *value, size_t size,
                      uint8_t *ret_sealed);
/* -EBADMSG when it was not sealed with this key and context. */
int seal_open_value(const struct seal *seal, const char *context, const uint8_t *sealed,
                    size_t sealed_size, void *ret_value, size_t size);
