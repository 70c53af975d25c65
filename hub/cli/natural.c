/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/cli/natural.h"

#include <stdlib.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static unsigned char lower(char c)
{
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

/* Of numbers without leading zeros the longer one is more. */
static int compare_numbers(const char **a, const char **b)
{
    size_t length_a, length_b;
    int order;

    *a += strspn(*a, "0");
    *b += strspn(*b, "0");
    length_a = strspn(*a, "0123456789");
    length_b = strspn(*b, "0123456789");
    if (length_a != length_b)
        return length_a < length_b ? -1 : 1;
    order = strncmp(*a, *b, length_a);
    *a += length_a;
    *b += length_b;
    return order;
}

int natural_compare(const char *a, const char *b)
{
    const char *left = a, *right = b;

    while (*left && *right) {
        if (is_digit(*left) && is_digit(*right)) {
            int order = compare_numbers(&left, &right);
            if (order)
                return order;
            continue;
        }
        if (lower(*left) != lower(*right))
            return lower(*left) < lower(*right) ? -1 : 1;
        left++;
        right++;
    }
    if (*left || *right)
        return *left ? 1 : -1;
    return strcmp(a, b);
}

static const char *name_of(const json_t *item)
{
    const char *name = json_string_value(json_object_get(item, "name"));

    return name ? name : "";
}

static int compare_items(const void *a, const void *b)
{
    return natural_compare(name_of(*(json_t *const *)a), name_of(*(json_t *const *)b));
}

json_t *natural_sort(const json_t *items)
{
    size_t count = json_array_size(items);
    _cleanup_free_ json_t **sorted = memory_zero((count + 1) * sizeof(json_t *));
    json_t *list = json_array();

    for (size_t i = 0; i < count; i++)
        sorted[i] = json_array_get(items, i);
    qsort(sorted, count, sizeof(json_t *), compare_items);
    for (size_t i = 0; i < count; i++)
        json_array_append(list, sorted[i]);
    return list;
}
