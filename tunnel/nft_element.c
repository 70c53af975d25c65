/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The pure half of nft_set.h: lists of elements and their difference. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "hub/base/text.h"
#include "tunnel/nft_set.h"

void nft_elements_done(struct nft_elements *elements)
{
    free(elements->items);
    *elements = (struct nft_elements){0};
}

struct nft_element *nft_elements_append(struct nft_elements *elements, enum nft_set set)
{
    if (elements->count == elements->size) {
        elements->size = elements->size ? elements->size * 2 : 4;
        elements->items = reallocarray(elements->items, elements->size, sizeof(*elements->items));
        if (!elements->items)
            abort();
    }
    elements->items[elements->count] = (struct nft_element){.set = (uint8_t)set};
    return &elements->items[elements->count++];
}

void nft_elements_add_prefix(struct nft_elements *elements, enum nft_set set,
                             const struct prefix *prefix, int64_t expires_at)
{
    struct nft_element *element =
        nft_elements_append(elements, set + (prefix->address.family == AF_INET6));
    struct address first = prefix_first(prefix);
    struct address last = prefix_last(prefix);

    element->expires_at = expires_at;
    memcpy(element->first, first.bytes, address_size(&first));
    memcpy(element->last, last.bytes, address_size(&last));
}

void nft_elements_add_uplink(struct nft_elements *elements, const char *link,
                             const struct address *address)
{
    struct nft_element *element = nft_elements_append(
        elements, address->family == AF_INET6 ? NFT_SET_UPLINK6 : NFT_SET_UPLINK4);

    (void)text_copy((char *)element->first, 16, link);
    memcpy(element->first + 16, address->bytes, address_size(address));
}

void nft_elements_add_port(struct nft_elements *elements, enum nft_set set, uint8_t protocol,
                           uint16_t port, const struct address *value)
{
    struct nft_element *element = nft_elements_append(elements, set);
    uint16_t wire = htons(port);

    /* Each part of a key fills whole words. */
    element->first[0] = protocol;
    memcpy(element->first + 4, &wire, sizeof(wire));
    memcpy(element->last, element->first, sizeof(element->last));
    if (value)
        memcpy(element->first + 16, value->bytes, address_size(value));
}

static int compare_elements(const void *left, const void *right)
{
    const struct nft_element *a = left;
    const struct nft_element *b = right;

    if (a->set != b->set)
        return a->set < b->set ? -1 : 1;
    return memcmp(a->first, b->first, sizeof(a->first));
}

static bool overlap(const struct nft_element *a, const struct nft_element *b)
{
    if (a->set != b->set)
        return false;
    return memcmp(b->first, a->first, sizeof(a->first)) == 0 ||
           memcmp(b->first, a->last, sizeof(a->last)) <= 0;
}

size_t nft_elements_sort(struct nft_elements *elements)
{
    size_t kept = 0;
    size_t dropped;

    if (elements->count == 0)
        return 0;
    qsort(elements->items, elements->count, sizeof(*elements->items), compare_elements);
    for (size_t i = 1; i < elements->count; i++)
        if (!overlap(&elements->items[kept], &elements->items[i]))
            elements->items[++kept] = elements->items[i];
    dropped = elements->count - kept - 1;
    elements->count = kept + 1;
    return dropped;
}

void nft_changes_done(struct nft_changes *changes)
{
    free(changes->removed);
    free(changes->added);
    *changes = (struct nft_changes){0};
}

static void add_to(const struct nft_element ***list, size_t *count, const struct nft_element *one)
{
    /* Grows at powers of two. */
    if ((*count & (*count - 1)) == 0) {
        *list = reallocarray(*list, *count ? *count * 2 : 1, sizeof(**list));
        if (!*list)
            abort();
    }
    (*list)[(*count)++] = one;
}

static bool same_value(const struct nft_element *a, const struct nft_element *b, int64_t tolerance)
{
    int64_t apart = a->expires_at - b->expires_at;

    if (memcmp(a->last, b->last, sizeof(a->last)) != 0)
        return false;
    if (!a->expires_at || !b->expires_at)
        return apart == 0;
    return apart <= tolerance && apart >= -tolerance;
}

void nft_elements_diff(const struct nft_elements *wanted, const struct nft_elements *observed,
                       int64_t tolerance, struct nft_changes *ret_changes)
{
    size_t w = 0;
    size_t o = 0;

    while (w < wanted->count || o < observed->count) {
        const struct nft_element *want = w < wanted->count ? &wanted->items[w] : NULL;
        const struct nft_element *have = o < observed->count ? &observed->items[o] : NULL;
        int order = !want ? 1 : !have ? -1 : compare_elements(want, have);

        w += order <= 0;
        o += order >= 0;
        if (order == 0 && same_value(want, have, tolerance))
            continue;
        if (order >= 0)
            add_to(&ret_changes->removed, &ret_changes->removed_count, have);
        if (order <= 0)
            add_to(&ret_changes->added, &ret_changes->added_count, want);
    }
}

static bool is_in_the_way(const struct nft_element *observed, const struct nft_changes *changes)
{
    for (size_t i = 0; i < changes->added_count; i++)
        if (changes->added[i]->set == observed->set &&
            memcmp(changes->added[i]->first, observed->first, 16) == 0)
            return true;
    return false;
}

void nft_changes_keep_others(struct nft_changes *changes)
{
    size_t kept = 0;

    for (size_t i = 0; i < changes->removed_count; i++)
        if (is_in_the_way(changes->removed[i], changes))
            changes->removed[kept++] = changes->removed[i];
    changes->removed_count = kept;
}
