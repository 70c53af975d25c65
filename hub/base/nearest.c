/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/base/nearest.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

static size_t least(size_t a, size_t b, size_t c)
{
    size_t ab = a < b ? a : b;
    return ab < c ? ab : c;
}

size_t nearest_distance(const char *a, const char *b)
{
    size_t row[NEAREST_WORD_MAX + 1];
    size_t length_a = strnlen(a, NEAREST_WORD_MAX + 1), length_b = strnlen(b, NEAREST_WORD_MAX + 1);
    if (length_a > NEAREST_WORD_MAX || length_b > NEAREST_WORD_MAX)
        return SIZE_MAX;
    for (size_t j = 0; j <= length_b; j++)
        row[j] = j;
    for (size_t i = 1; i <= length_a; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= length_b; j++) {
            size_t above = row[j];
            bool same = tolower((unsigned char)a[i - 1]) == tolower((unsigned char)b[j - 1]);
            row[j] = least(row[j - 1] + 1, above + 1, diagonal + !same);
            diagonal = above;
        }
    }
    return row[length_b];
}

bool nearest_is_near(const char *word, size_t distance)
{
    return distance <= 1 + strnlen(word, NEAREST_WORD_MAX) / 4;
}
