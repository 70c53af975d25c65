/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is declared of peers, as the text that answers hold: made anew when anything declared has
 * changed (store_version()), and otherwise copied. Bounded: a peer has one place, which it shares
 * with those whose id falls upon it.
 */
#pragma once

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "hub/store/peer_store.h"

struct peer_texts;

struct peer_text {
    char id[ID_MAX], instance_id[ID_MAX];
    uint64_t version;  /* of the store */
    uint64_t revision; /* of the peer */
    size_t size;
    char text[]; /* an object without its last brace */
};

struct peer_texts *peer_texts_new(void);
struct peer_texts *peer_texts_free(struct peer_texts *texts);

/* NULL: there is none of this version. Good until the next peer_texts_put(). */
const struct peer_text *peer_texts_find(const struct peer_texts *texts, uint64_t version,
                                        const char *peer_id);
const struct peer_text *peer_texts_put(struct peer_texts *texts, uint64_t version,
                                       const struct peer *peer, const json_t *declared);
