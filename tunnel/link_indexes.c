/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tunnel/link_indexes.h"

#include <stdlib.h>
#include <string.h>

void link_indexes_done(struct link_indexes *indexes)
{
    free(indexes->items);
    *indexes = (struct link_indexes){0};
}

uint32_t link_indexes_get(const struct link_indexes *indexes, unsigned number)
{
    return number < indexes->count ? indexes->items[number] : 0;
}

void link_indexes_set(struct link_indexes *indexes, unsigned number, uint32_t index)
{
    size_t count = (size_t)number + 1;

    if (count > indexes->count) {
        if (!index)
            return;
        indexes->items = reallocarray(indexes->items, count, sizeof(indexes->items[0]));
        if (!indexes->items)
            abort();
        memset(&indexes->items[indexes->count], 0,
               (count - indexes->count) * sizeof(indexes->items[0]));
        indexes->count = count;
    }
    indexes->items[number] = index;
}
