/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/warrend/numbered_files.h"

#include <dirent.h>
#include <string.h>

#include "hub/base/text.h"

enum { WORD_MAX = 32 };

/* False: it is called otherwise. */
static bool take_word(const char *name, const char *before, const char *after,
                      char word[static WORD_MAX])
{
    size_t length = strlen(name), first = strlen(before), last = strlen(after);
    if (!text_starts_with(name, before) || length < first + last ||
        length - first - last >= WORD_MAX || !text_equal(name + length - last, after))
        return false;
    memcpy(word, name + first, length - first - last);
    word[length - first - last] = '\0';
    return true;
}

void numbered_files_each(const char *directory, const char *before, const char *after,
                         numbered_files_parse parse, numbered_files_found found, void *data)
{
    DIR *listing = opendir(directory);
    if (!listing)
        return;
    for (const struct dirent *entry; (entry = readdir(listing));) {
        char word[WORD_MAX];
        unsigned number;
        if (take_word(entry->d_name, before, after, word) && parse(word, &number))
            found(number, data);
    }
    closedir(listing);
}
