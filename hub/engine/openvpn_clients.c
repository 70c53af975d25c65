/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/engine/openvpn_clients.h"

#include <stdlib.h>

void openvpn_clients_done(struct openvpn_clients *clients)
{
    free(clients->items);
    *clients = (struct openvpn_clients){0};
}

/* Where the cid is, or would go. */
static size_t place_of(const struct openvpn_clients *clients, uint64_t cid)
{
    size_t first = 0, last = clients->count;

    while (first < last) {
        size_t middle = first + (last - first) / 2;

        if (clients->items[middle].cid < cid)
            first = middle + 1;
        else
            last = middle;
    }
    return first;
}

static bool is_at(const struct openvpn_clients *clients, size_t place, uint64_t cid)
{
    return place < clients->count && clients->items[place].cid == cid;
}

static void make_room(struct openvpn_clients *clients)
{
    if (clients->count < clients->size)
        return;
    clients->size = clients->size ? clients->size * 2 : 8;
    clients->items = reallocarray(clients->items, clients->size, sizeof(*clients->items));
    if (!clients->items)
        abort();
}

struct openvpn_member *openvpn_clients_put(struct openvpn_clients *clients, uint64_t cid,
                                           const char *peer_id)
{
    size_t place = place_of(clients, cid);
    struct openvpn_member *member;

    if (!is_at(clients, place, cid)) {
        make_room(clients);
        memmove(&clients->items[place + 1], &clients->items[place],
                (clients->count - place) * sizeof(*clients->items));
        clients->count++;
    }
    member = &clients->items[place];
    *member = (struct openvpn_member){.cid = cid};
    text_copy(member->peer_id, sizeof(member->peer_id), peer_id);
    return member;
}

struct openvpn_member *openvpn_clients_find(const struct openvpn_clients *clients, uint64_t cid)
{
    size_t place = place_of(clients, cid);

    return is_at(clients, place, cid) ? &clients->items[place] : NULL;
}

const struct openvpn_member *openvpn_clients_find_peer(const struct openvpn_clients *clients,
                                                       const char *peer_id)
{
    for (size_t i = clients->count; i-- > 0;)
        if (text_equal(clients->items[i].peer_id, peer_id))
            return &clients->items[i];
    return NULL;
}

void openvpn_clients_remove(struct openvpn_clients *clients, uint64_t cid)
{
    size_t place = place_of(clients, cid);

    if (!is_at(clients, place, cid))
        return;
    clients->count--;
    memmove(&clients->items[place], &clients->items[place + 1],
            (clients->count - place) * sizeof(*clients->items));
}
