/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <sys/random.h>

#include "hub/base/text.h"

static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";

void id_make(char ret_id[static ID_MAX])
{
    uint8_t random[ID_LENGTH];

    if (getrandom(random, sizeof(random), 0) != sizeof(random))
        abort();
    for (size_t i = 0; i < ID_LENGTH; i++)
        ret_id[i] = alphabet[random[i] & 31];
    ret_id[ID_LENGTH] = 0;
}

bool id_valid(const char *text)
{
    return strspn(text, alphabet) == ID_LENGTH && text[ID_LENGTH] == 0;
}
