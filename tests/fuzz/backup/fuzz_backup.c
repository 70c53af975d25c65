/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The head of a backup, a backup as a whole, and what is inside of one (past the encryption, which
 * no fuzzer guesses): refused with a reason, or what is taken was all there. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "hub/backup/backup_reader.h"
#include "hub/base/text.h"

#define require(condition) \
    do { \
        if (!(condition)) \
            abort(); \
    } while (0)

struct seen {
    uint64_t promised, got;
    unsigned begun, whole;
};

static int on_entry(const char *name, uint64_t size, void *data)
{
    struct seen *seen = data;

    require(*name && strlen(name) < ARCHIVE_NAME_MAX && !strchr(name, '/') && *name != '.');
    require(text_is_printable(name, NULL));
    seen->begun++;
    seen->promised = size;
    seen->got = 0;
    return 0;
}

static int on_bytes(const uint8_t *bytes, size_t size, void *data)
{
    struct seen *seen = data;

    (void)bytes;
    seen->got += size;
    require(seen->got <= seen->promised);
    return 0;
}

static int on_whole(void *data)
{
    struct seen *seen = data;

    require(seen->got == seen->promised);
    seen->whole++;
    return 0;
}

static const struct archive_handlers handlers = {on_entry, on_bytes, on_whole};

static void try_head(const uint8_t *data, size_t size)
{
    char reason[BACKUP_REASON_MAX] = "";
    uint8_t again[BACKUP_HEAD_SIZE];
    struct backup_head head;
    int r = backup_head_parse(data, size, &head, reason);

    if (r < 0) {
        require(reason[0]);
        return;
    }
    require(backup_kdf_valid(&head.kdf));
    backup_head_format(&head, again);
    require(memcmp(again, data, BACKUP_HEAD_SIZE) == 0);
}

static void try_archive(const uint8_t *data, size_t size, size_t step)
{
    char reason[BACKUP_REASON_MAX] = "";
    struct archive_parser parser;
    struct seen seen = {0};
    int r = 0;

    archive_parser_init(&parser, &handlers, &seen);
    for (size_t at = 0; at < size && r == 0; at += step)
        r = archive_parser_feed(&parser, data + at, size - at < step ? size - at : step, reason);
    if (r == 0)
        r = archive_parser_end(&parser, reason);
    if (r == 0)
        require(seen.begun == seen.whole);
    else
        require(r == -EBADMSG && reason[0]);
}

static void try_reader(const uint8_t *data, size_t size)
{
    static const struct backup_key key = {.seed = {1}};
    char reason[BACKUP_REASON_MAX] = "";
    struct seen seen = {0};
    struct backup_reader *reader = backup_reader_new(&key, &handlers, &seen);
    int r = backup_reader_feed(reader, data, size, reason);

    if (r == 0)
        r = backup_reader_end(reader, reason);
    require(r < 0 && reason[0] && seen.begun == 0);
    backup_reader_free(reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    try_head(data, size);
    try_reader(data, size);
    try_archive(data, size, size ? data[0] % 64 + 1u : 1);
    if (size)
        try_archive(data + 1, size - 1, 4096);
    return 0;
}
