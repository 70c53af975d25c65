/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/base/port_list.h"

#include <stdlib.h>
#include <string.h>

uint16_t port_span_get(struct port_span ports, unsigned number)
{
    return number < ports.count ? ports.items[number] : 0;
}

void port_list_done(struct port_list *list)
{
    free(list->items);
    *list = (struct port_list){0};
}

static void grow(struct port_list *list, size_t count)
{
    if (count > list->size) {
        list->size = list->size * 2 > count ? list->size * 2 : count;
        list->items = reallocarray(list->items, list->size, sizeof(list->items[0]));
        if (!list->items)
            abort();
    }
    memset(&list->items[list->count], 0, (count - list->count) * sizeof(list->items[0]));
    list->count = count;
}

void port_list_set(struct port_list *list, unsigned number, uint16_t port)
{
    if (number >= list->count) {
        if (!port)
            return;
        grow(list, (size_t)number + 1);
    }
    list->items[number] = port;
    while (list->count > 0 && !list->items[list->count - 1])
        list->count--;
}

struct port_span port_list_span(const struct port_list *list)
{
    return (struct port_span){list->items, list->count};
}

void port_list_copy(struct port_list *list, struct port_span ports)
{
    list->count = 0;
    for (size_t i = ports.count; i > 0; i--)
        if (ports.items[i - 1])
            port_list_set(list, (unsigned)(i - 1), ports.items[i - 1]);
}

bool port_span_equal(struct port_span a, struct port_span b)
{
    size_t count = a.count > b.count ? a.count : b.count;

    for (size_t i = 0; i < count; i++)
        if (port_span_get(a, (unsigned)i) != port_span_get(b, (unsigned)i))
            return false;
    return true;
}
