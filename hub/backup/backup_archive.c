/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/backup/backup_archive.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "hub/base/text.h"

/* No file is larger: less than what would make sums of lengths wrap. */
#define SIZE_LIMIT (UINT64_C(1) << 40)

void archive_parser_init(struct archive_parser *parser, const struct archive_handlers *handlers,
                         void *data)
{
    *parser = (struct archive_parser){.handlers = handlers, .data = data};
}

static int wrong(char *reason, const char *text)
{
    snprintf(reason, BACKUP_REASON_MAX, "the backup is damaged inside: %s", text);
    return -EBADMSG;
}

/* Of letters, digits, '-', '_' and '.', not first: a name in one directory. */
static bool name_valid(const char *name)
{
    if (*name == '.' || !*name)
        return false;
    for (; *name; name++)
        if (!(*name >= 'a' && *name <= 'z') && !(*name >= '0' && *name <= '9') &&
            !strchr("-_.", *name))
            return false;
    return true;
}

static int take_head(struct archive_parser *parser, char *reason)
{
    char name[ARCHIVE_NAME_MAX + 1] = "";
    uint64_t size = 0;

    memcpy(name, parser->head, ARCHIVE_NAME_MAX);
    for (size_t i = strlen(name); i < ARCHIVE_NAME_MAX; i++)
        if (parser->head[i])
            return wrong(reason, "a name that is none");
    for (int i = 0; i < 8; i++)
        size |= (uint64_t)parser->head[ARCHIVE_NAME_MAX + i] << (8 * i);
    if (!*name) {
        parser->state = ARCHIVE_END;
        return size == parser->entries ? 0 : wrong(reason, "files are missing");
    }
    if (!name_valid(name) || strlen(name) == ARCHIVE_NAME_MAX)
        return wrong(reason, "a name that is none");
    if (size > SIZE_LIMIT || ++parser->entries > ARCHIVE_ENTRIES_MAX)
        return wrong(reason, "it holds more than it can");
    parser->left = size;
    crypto_generichash_init(&parser->hash, NULL, 0, ARCHIVE_HASH_SIZE);
    parser->state = size ? ARCHIVE_BYTES : ARCHIVE_HASH;
    return parser->handlers->entry(name, size, parser->data);
}

static int take_hash(struct archive_parser *parser, char *reason)
{
    uint8_t hash[ARCHIVE_HASH_SIZE];

    crypto_generichash_final(&parser->hash, hash, sizeof(hash));
    if (memcmp(hash, parser->head, sizeof(hash)) != 0)
        return wrong(reason, "a file has another hash than it had");
    parser->state = ARCHIVE_HEAD;
    return parser->handlers->whole(parser->data);
}

/* Gathers a head or a hash; answers how much it took. */
static size_t gather(struct archive_parser *parser, const uint8_t *bytes, size_t size,
                     size_t wanted)
{
    size_t taken = wanted - parser->head_size < size ? wanted - parser->head_size : size;

    memcpy(parser->head + parser->head_size, bytes, taken);
    parser->head_size += taken;
    return taken;
}

static int take_fixed(struct archive_parser *parser, const uint8_t **bytes, size_t *size,
                      char *reason)
{
    bool is_head = parser->state == ARCHIVE_HEAD;
    size_t wanted = is_head ? (size_t)ARCHIVE_HEAD_SIZE : (size_t)ARCHIVE_HASH_SIZE;
    size_t taken = gather(parser, *bytes, *size, wanted);

    *bytes += taken;
    *size -= taken;
    if (parser->head_size < wanted)
        return 0;
    parser->head_size = 0;
    return is_head ? take_head(parser, reason) : take_hash(parser, reason);
}

static int take_bytes(struct archive_parser *parser, const uint8_t **bytes, size_t *size)
{
    const uint8_t *first = *bytes;
    size_t taken = parser->left < *size ? (size_t)parser->left : *size;

    crypto_generichash_update(&parser->hash, first, taken);
    parser->left -= taken;
    *bytes += taken;
    *size -= taken;
    if (!parser->left)
        parser->state = ARCHIVE_HASH;
    return parser->handlers->bytes(first, taken, parser->data);
}

int archive_parser_feed(struct archive_parser *parser, const uint8_t *bytes, size_t size,
                        char reason[static BACKUP_REASON_MAX])
{
    int r = 0;

    while (size && !r) {
        if (parser->state == ARCHIVE_END)
            return wrong(reason, "more comes after its end");
        r = parser->state == ARCHIVE_BYTES ? take_bytes(parser, &bytes, &size)
                                           : take_fixed(parser, &bytes, &size, reason);
    }
    return r;
}

int archive_parser_end(const struct archive_parser *parser, char reason[static BACKUP_REASON_MAX])
{
    return parser->state == ARCHIVE_END ? 0 : wrong(reason, "its end is missing");
}

void archive_head_format(const char *name, uint64_t size,
                         uint8_t ret_bytes[static ARCHIVE_HEAD_SIZE])
{
    memset(ret_bytes, 0, ARCHIVE_HEAD_SIZE);
    memcpy(ret_bytes, name, strnlen(name, ARCHIVE_NAME_MAX - 1));
    for (int i = 0; i < 8; i++)
        ret_bytes[ARCHIVE_NAME_MAX + i] = (uint8_t)(size >> (8 * i));
}
