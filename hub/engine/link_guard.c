/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/engine/link_guard.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "hub/base/address.h"
#include "hub/base/text.h"

/* Who has more addresses than this finds the oldest forgotten: still bounded, still no cost. */
enum { PLACES = 512 };

struct place {
    struct address from;
    uint64_t since; /* the ten minutes' beginning; 0 = free */
    uint32_t misses;
};

struct link_guard {
    struct place places[PLACES];
};

struct link_guard *link_guard_new(void)
{
    return memory_zero(sizeof(struct link_guard));
}

struct link_guard *link_guard_free(struct link_guard *guard)
{
    free(guard);
    return NULL;
}

/* False: who asks is on the hub itself. */
static bool place_of(const char *from, struct address *ret_address)
{
    if (address_parse(from, ret_address) < 0)
        return false;
    if (ret_address->family == AF_INET6)
        memset(ret_address->bytes + 8, 0, 8);
    return true;
}

static struct place *find(struct link_guard *guard, const struct address *from)
{
    for (size_t i = 0; i < PLACES; i++)
        if (guard->places[i].since && address_equal(&guard->places[i].from, from))
            return &guard->places[i];
    return NULL;
}

uint32_t link_guard_wait(struct link_guard *guard, const char *from, uint64_t now)
{
    struct address address;
    const struct place *place = place_of(from, &address) ? find(guard, &address) : NULL;

    if (!place || place->misses < LINK_GUARD_MISSES || now >= place->since + LINK_GUARD_SECONDS)
        return 0;
    return (uint32_t)(place->since + LINK_GUARD_SECONDS - now);
}

static struct place *oldest(struct link_guard *guard)
{
    struct place *place = &guard->places[0];

    for (size_t i = 1; i < PLACES; i++)
        if (guard->places[i].since < place->since)
            place = &guard->places[i];
    return place;
}

void link_guard_miss(struct link_guard *guard, const char *from, uint64_t now)
{
    struct address address;
    struct place *place;

    if (!place_of(from, &address))
        return;
    place = find(guard, &address);
    if (!place)
        place = oldest(guard);
    if (!address_equal(&place->from, &address) || now >= place->since + LINK_GUARD_SECONDS)
        *place = (struct place){.from = address, .since = now ? now : 1};
    place->misses++;
}
