/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/engine/peer_texts.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "hub/base/text.h"

enum { PLACES = 32 * 1024 };

struct peer_texts {
    struct peer_text *places[PLACES];
};

struct peer_texts *peer_texts_new(void)
{
    return memory_zero(sizeof(struct peer_texts));
}

struct peer_texts *peer_texts_free(struct peer_texts *texts)
{
    for (size_t i = 0; texts && i < PLACES; i++)
        free(texts->places[i]);
    free(texts);
    return NULL;
}

/* FNV-1a; ids are drawn at random. */
static size_t place_of(const char *peer_id)
{
    uint32_t hash = 2166136261u;
    for (; *peer_id; peer_id++)
        hash = (hash ^ (unsigned char)*peer_id) * 16777619u;
    return (hash ^ hash >> 15) % PLACES;
}

const struct peer_text *peer_texts_find(const struct peer_texts *texts, uint64_t version,
                                        const char *peer_id)
{
    const struct peer_text *text = texts->places[place_of(peer_id)];
    return text && text->version == version && text_equal(text->id, peer_id) ? text : NULL;
}

const struct peer_text *peer_texts_put(struct peer_texts *texts, uint64_t version,
                                       const struct peer *peer, const json_t *declared)
{
    struct peer_text **place = &texts->places[place_of(peer->id)];
    size_t size = json_dumpb(declared, NULL, 0, JSON_COMPACT);
    assert(size > 2);
    free(*place);
    struct peer_text *text = *place = memory_zero(sizeof *text + size);
    json_dumpb(declared, text->text, size, JSON_COMPACT);
    text->size = size - 1;
    text->version = version;
    text->revision = peer->revision;
    memcpy(text->id, peer->id, sizeof text->id);
    memcpy(text->instance_id, peer->instance_id, sizeof text->instance_id);
    return text;
}
