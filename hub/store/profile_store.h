/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was handed out: per peer the latest profile's digest, as opaque bytes. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "hub/base/text.h"
#include "hub/store/store.h"

enum { PROFILE_DIGEST_BYTES_MAX = 256 };

struct issued_profile {
    char peer_id[ID_MAX];
    char format[24];
    int64_t issued_at;
    /* Networks the user excluded, "a, b"; "" = none: needed to compare like with like. */
    char excluded[512];
    uint8_t digest[PROFILE_DIGEST_BYTES_MAX];
    size_t digest_size;
};

/* -ENOENT: never handed out. */
int profile_store_get(struct store *store, const char *peer_id, struct issued_profile *ret_issued);
int profile_store_put(struct store *store, const struct issued_profile *issued);
