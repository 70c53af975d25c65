/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/engine/figures.h"

#include <stdlib.h>
#include <string.h>

#include "hub/base/cleanup.h"

/* Open addressing over the array's positions + 1; 0 = free. Rebuilt when it grows; what stood
 * behind something that leaves moves up, so that no slot is ever a tombstone. */
struct index {
    uint32_t *slots;
    size_t mask;
};

struct figures {
    struct figure *items;
    size_t count, size;
    struct index by_id, by_key;
    bool unstored;
    uint64_t gone_received, gone_sent; /* of deleted peers, not counted yet */
};

static uint64_t hash_bytes(const void *data, size_t size)
{
    const uint8_t *bytes = data;
    uint64_t hash = 0xcbf29ce484222325u; /* FNV-1a */

    for (size_t i = 0; i < size; i++)
        hash = (hash ^ bytes[i]) * 0x100000001b3u;
    return hash ^ hash >> 32;
}

static void index_add(struct index *index, uint64_t hash, size_t position)
{
    size_t slot = hash & index->mask;

    while (index->slots[slot])
        slot = (slot + 1) & index->mask;
    index->slots[slot] = (uint32_t)position + 1;
}

typedef uint64_t (*figure_hash)(const struct figure *figure);

static uint64_t hash_id(const struct figure *figure)
{
    return hash_bytes(figure->peer_id, ID_LENGTH);
}

static uint64_t hash_key(const struct figure *figure)
{
    return hash_bytes(figure->public_key.bytes, KEY_SIZE);
}

/* Where it stands; it does. */
static size_t index_slot(const struct index *index, uint64_t hash, size_t position)
{
    size_t slot = hash & index->mask;

    while (index->slots[slot] != position + 1)
        slot = (slot + 1) & index->mask;
    return slot;
}

static void index_remove(const struct figures *figures, struct index *index, figure_hash hash,
                         size_t position)
{
    size_t mask = index->mask;
    size_t hole = index_slot(index, hash(&figures->items[position]), position);

    for (size_t slot = (hole + 1) & mask; index->slots[slot]; slot = (slot + 1) & mask) {
        size_t home = hash(&figures->items[index->slots[slot] - 1]) & mask;

        if (((slot - home) & mask) < ((slot - hole) & mask))
            continue;
        index->slots[hole] = index->slots[slot];
        hole = slot;
    }
    index->slots[hole] = 0;
}

static void index_figure(struct figures *figures, size_t position)
{
    const struct figure *figure = &figures->items[position];

    index_add(&figures->by_id, hash_id(figure), position);
    if (!key_is_zero(&figure->public_key))
        index_add(&figures->by_key, hash_key(figure), position);
}

static void unindex_figure(struct figures *figures, size_t position)
{
    index_remove(figures, &figures->by_id, hash_id, position);
    if (!key_is_zero(&figures->items[position].public_key))
        index_remove(figures, &figures->by_key, hash_key, position);
}

static void reindex(struct figures *figures)
{
    size_t slots = 16;

    while (slots < figures->size * 2)
        slots *= 2;
    free(figures->by_id.slots);
    free(figures->by_key.slots);
    figures->by_id = (struct index){memory_zero(slots * sizeof(uint32_t)), slots - 1};
    figures->by_key = (struct index){memory_zero(slots * sizeof(uint32_t)), slots - 1};
    for (size_t i = 0; i < figures->count; i++)
        index_figure(figures, i);
}

struct figures *figures_new(void)
{
    struct figures *figures = memory_zero(sizeof(*figures));

    reindex(figures);
    return figures;
}

struct figures *figures_free(struct figures *figures)
{
    if (!figures)
        return NULL;
    free(figures->items);
    free(figures->by_id.slots);
    free(figures->by_key.slots);
    free(figures);
    return NULL;
}

static struct figure *find_by_id(const struct figures *figures, const char *peer_id)
{
    const struct index *index = &figures->by_id;
    size_t slot = hash_bytes(peer_id, strnlen(peer_id, ID_LENGTH)) & index->mask;

    for (; index->slots[slot]; slot = (slot + 1) & index->mask) {
        struct figure *figure = &figures->items[index->slots[slot] - 1];

        if (text_equal(figure->peer_id, peer_id))
            return figure;
    }
    return NULL;
}

static struct figure *find_by_key(const struct figures *figures, const struct key *public_key)
{
    const struct index *index = &figures->by_key;
    size_t slot = hash_bytes(public_key->bytes, KEY_SIZE) & index->mask;

    for (; index->slots[slot]; slot = (slot + 1) & index->mask) {
        struct figure *figure = &figures->items[index->slots[slot] - 1];

        if (memcmp(&figure->public_key, public_key, sizeof(*public_key)) == 0)
            return figure;
    }
    return NULL;
}

const struct figure *figures_find(const struct figures *figures, const char *peer_id)
{
    return find_by_id(figures, peer_id);
}

static struct figure *add(struct figures *figures, const char *peer_id,
                          const struct key *public_key)
{
    struct figure *figure;
    bool grow = figures->count == figures->size;

    if (grow) {
        figures->size = figures->size ? figures->size * 2 : 8;
        figures->items = realloc(figures->items, figures->size * sizeof(*figures->items));
        if (!figures->items)
            abort();
    }
    figure = &figures->items[figures->count++];
    *figure = (struct figure){.public_key = *public_key};
    text_copy(figure->peer_id, sizeof(figure->peer_id), peer_id);
    if (grow)
        reindex(figures);
    else
        index_figure(figures, figures->count - 1);
    return figure;
}

static int take_in(const struct peer_figures *row, void *data)
{
    struct figures *figures = data;
    struct key unknown = {0};
    struct figure *figure = add(figures, row->peer_id, &unknown);

    figure->liveness = (struct liveness){
        .connected = row->connected_since != 0,
        .connected_since = row->connected_since,
        .last_handshake = row->last_handshake,
        .last_movement = row->last_handshake,
        .received_total = row->received_total,
        .sent_total = row->sent_total,
        .received_seen = row->received_seen,
        .sent_seen = row->sent_seen,
    };
    figure->endpoint = row->endpoint;
    figure->link = row->link;
    figure->row = row->row;
    figure->counted_received = row->received_total;
    figure->counted_sent = row->sent_total;
    figure->stored_received = row->received_total;
    figure->stored_sent = row->sent_total;
    return 0;
}

int figures_load(struct figures *figures, struct store *store, const char *instance_id)
{
    return figure_store_list(store, instance_id, take_in, figures);
}

static void mark_unstored(struct figures *figures, struct figure *figure)
{
    figure->unstored = true;
    figures->unstored = true;
}

static void end_connection(struct figures *figures, struct figure *figure)
{
    figure->liveness.connected = false;
    figure->liveness.connected_since = 0;
    mark_unstored(figures, figure);
}

static void untrack(struct figures *figures, struct figure *figure)
{
    index_remove(figures, &figures->by_key, hash_key, (size_t)(figure - figures->items));
    memset(&figure->public_key, 0, sizeof(figure->public_key));
    figure->leaving = false;
    end_connection(figures, figure);
    liveness_link_renewed(&figure->liveness);
}

static void set_link(struct figure *figure, uint16_t link)
{
    /* Another device counts from zero. */
    if (figure->link != link)
        liveness_link_renewed(&figure->liveness);
    figure->link = link;
}

void figures_track(struct figures *figures, const char *peer_id, uint64_t row,
                   const struct key *public_key, uint16_t link)
{
    struct figure *figure = find_by_id(figures, peer_id);
    size_t position;

    if (!figure) {
        figure = add(figures, peer_id, public_key);
        figure->link = link;
        figure->row = row;
        return;
    }
    if (figure->leaving)
        untrack(figures, figure);
    set_link(figure, link);
    if (memcmp(&figure->public_key, public_key, sizeof(*public_key)) == 0)
        return;
    position = (size_t)(figure - figures->items);
    if (!key_is_zero(&figure->public_key)) {
        /* Another key is another peer to WireGuard: it counts from zero. */
        liveness_link_renewed(&figure->liveness);
        index_remove(figures, &figures->by_key, hash_key, position);
    }
    figure->public_key = *public_key;
    index_add(&figures->by_key, hash_key(figure), position);
}

void figures_leave(struct figures *figures, const char *peer_id)
{
    struct figure *figure = find_by_id(figures, peer_id);

    if (!figure)
        return;
    /* Not tracked: remembered from before a start, and over when it comes to that. */
    figure->leaving = !key_is_zero(&figure->public_key);
    end_connection(figures, figure);
}

void figures_untrack(struct figures *figures, const char *peer_id)
{
    struct figure *figure = find_by_id(figures, peer_id);

    if (figure && !key_is_zero(&figure->public_key))
        untrack(figures, figure);
    else if (figure)
        end_connection(figures, figure);
}

void figures_forget(struct figures *figures, const char *peer_id)
{
    struct figure *figure = find_by_id(figures, peer_id);
    size_t position = figure ? (size_t)(figure - figures->items) : 0, last = figures->count - 1;

    if (!figure)
        return;
    figures->gone_received += figure->liveness.received_total - figure->counted_received;
    figures->gone_sent += figure->liveness.sent_total - figure->counted_sent;
    unindex_figure(figures, position);
    if (position != last) {
        /* The last one fills the gap. */
        unindex_figure(figures, last);
        *figure = figures->items[last];
        index_figure(figures, position);
    }
    figures->count--;
}

size_t figures_count(const struct figures *figures)
{
    return figures->count;
}

size_t figures_connected(const struct figures *figures)
{
    size_t connected = 0;

    for (size_t i = 0; i < figures->count; i++)
        connected += figures->items[i].liveness.connected;
    return connected;
}

void figures_link_renewed(struct figures *figures, uint16_t link)
{
    for (size_t i = 0; i < figures->count; i++) {
        struct figure *figure = &figures->items[i];

        if (figure->link != link)
            continue;
        liveness_link_renewed(&figure->liveness);
        mark_unstored(figures, figure);
    }
}

static bool liveness_same(const struct liveness *a, const struct liveness *b)
{
    return a->connected == b->connected && a->connected_since == b->connected_since &&
           a->last_handshake == b->last_handshake && a->received_total == b->received_total &&
           a->sent_total == b->sent_total && a->received_seen == b->received_seen &&
           a->sent_seen == b->sent_seen;
}

const struct figure *figures_sample(struct figures *figures, const struct verb_peer_stats *stats,
                                    int64_t now)
{
    struct figure *figure = find_by_key(figures, &stats->public_key);
    struct liveness_sample sample = {
        .now = now,
        .handshake_at = stats->handshake_at,
        .received = stats->received,
        .sent = stats->sent,
    };
    struct liveness before;
    bool changed;

    if (!figure)
        return NULL;
    before = figure->liveness;
    changed = liveness_update(&figure->liveness, &sample);
    if (figure->leaving) {
        end_connection(figures, figure);
        changed = false;
    }
    if (!liveness_same(&before, &figure->liveness))
        mark_unstored(figures, figure);
    if (stats->endpoint.address.family &&
        (!address_equal(&stats->endpoint.address, &figure->endpoint.address) ||
         stats->endpoint.port != figure->endpoint.port)) {
        figure->endpoint = stats->endpoint;
        mark_unstored(figures, figure);
    }
    return changed ? figure : NULL;
}

void figures_age(struct figures *figures, int64_t now, figures_changed changed, void *data)
{
    for (size_t i = 0; i < figures->count; i++) {
        struct figure *figure = &figures->items[i];
        struct liveness_sample sample = {
            .now = now,
            .handshake_at = figure->liveness.last_handshake,
            .received = figure->liveness.received_seen,
            .sent = figure->liveness.sent_seen,
        };

        if (figure->leaving)
            untrack(figures, figure);
        if (!figure->liveness.connected || figure->session ||
            !liveness_update(&figure->liveness, &sample))
            continue;
        mark_unstored(figures, figure);
        changed(figure, data);
    }
}

/* ---- OpenVPN's sessions ---- */

void figures_session_begin(struct figures *figures, const char *peer_id,
                           const struct endpoint *endpoint, int64_t since)
{
    struct figure *figure = find_by_id(figures, peer_id);

    if (!figure)
        return;
    /* One that is remembered as begun then goes on counting. */
    if (!figure->liveness.connected || figure->liveness.connected_since != since)
        liveness_link_renewed(&figure->liveness);
    figure->session = true;
    figure->leaving = false;
    figure->liveness.connected = true;
    figure->liveness.connected_since = since;
    figure->liveness.last_handshake = since;
    figure->endpoint = *endpoint;
    mark_unstored(figures, figure);
}

void figures_session_bytes(struct figures *figures, const char *peer_id, uint64_t received,
                           uint64_t sent, int64_t now)
{
    struct figure *figure = find_by_id(figures, peer_id);
    struct liveness_sample sample = {
        .now = now, .handshake_at = now, .received = received, .sent = sent};

    if (!figure || !figure->session)
        return;
    liveness_count(&figure->liveness, &sample);
    mark_unstored(figures, figure);
}

void figures_session_end(struct figures *figures, const char *peer_id)
{
    struct figure *figure = find_by_id(figures, peer_id);

    if (!figure)
        return;
    figure->session = false;
    liveness_link_renewed(&figure->liveness);
    end_connection(figures, figure);
}

/* ---- the traffic's history ---- */

void figures_list_traffic(const struct figures *figures, figures_traffic each, void *data,
                          uint64_t *ret_received, uint64_t *ret_sent)
{
    *ret_received = figures->gone_received;
    *ret_sent = figures->gone_sent;
    for (size_t i = 0; i < figures->count; i++) {
        const struct figure *figure = &figures->items[i];
        uint64_t received = figure->liveness.received_total - figure->counted_received;
        uint64_t sent = figure->liveness.sent_total - figure->counted_sent;

        if (received + sent == 0)
            continue;
        *ret_received += received;
        *ret_sent += sent;
        each(figure->row, received, sent, data);
    }
}

void figures_traffic_counted(struct figures *figures)
{
    figures->gone_received = figures->gone_sent = 0;
    for (size_t i = 0; i < figures->count; i++) {
        struct figure *figure = &figures->items[i];

        figure->counted_received = figure->liveness.received_total;
        figure->counted_sent = figure->liveness.sent_total;
    }
}

int figures_write(struct figures *figures, struct store *store)
{
    for (size_t i = 0; i < figures->count; i++) {
        const struct figure *figure = &figures->items[i];
        const struct liveness *liveness = &figure->liveness;
        struct peer_figures row = {
            .received_total = liveness->received_total,
            .sent_total = liveness->sent_total,
            .received_seen = liveness->received_seen,
            .sent_seen = liveness->sent_seen,
            .last_handshake = liveness->last_handshake,
            .connected_since = liveness->connected_since,
            .endpoint = figure->endpoint,
        };
        int r;

        if (!figure->unstored)
            continue;
        memcpy(row.peer_id, figure->peer_id, sizeof(row.peer_id));
        r = figure_store_put(store, &row);
        if (r < 0)
            return r;
    }
    return 0;
}

void figures_stored(struct figures *figures)
{
    for (size_t i = 0; i < figures->count; i++) {
        struct figure *figure = &figures->items[i];

        if (!figure->unstored)
            continue;
        figure->stored_received = figure->liveness.received_total;
        figure->stored_sent = figure->liveness.sent_total;
        figure->unstored = false;
    }
    figures->unstored = false;
}

bool figures_unstored(const struct figures *figures)
{
    return figures->unstored;
}
