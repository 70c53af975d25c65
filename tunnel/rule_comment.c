/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tunnel/rule_comment.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

/* nft's own: a type, a size, a text that is ended. */
enum { UDATA_COMMENT = 0 };

void rule_comment_format(const struct rule_comment *comment, char text[static RULE_COMMENT_MAX])
{
    char digest[2 * RULE_DIGEST_SIZE + 1];

    sodium_bin2hex(digest, sizeof(digest), comment->digest, RULE_DIGEST_SIZE);
    snprintf(text, RULE_COMMENT_MAX, "rule %s %u/%u %s %u", comment->id, comment->part,
             comment->part_count, digest, comment->slot);
}

bool rule_comment_parse(const char *text, struct rule_comment *ret_comment)
{
    struct rule_comment comment = {0};
    char digest[2 * RULE_DIGEST_SIZE + 1], again[RULE_COMMENT_MAX];
    unsigned part, part_count, slot;
    size_t size;

    if (sscanf(text, "rule %8s %2u/%2u %16s %5u", comment.id, &part, &part_count, digest, &slot) !=
            5 ||
        !id_valid(comment.id) || part >= part_count || part_count > RULE_PARTS_MAX ||
        slot > UINT16_MAX ||
        sodium_hex2bin(comment.digest, RULE_DIGEST_SIZE, digest, strlen(digest), NULL, &size,
                       NULL) < 0 ||
        size != RULE_DIGEST_SIZE)
        return false;
    comment.part = (uint8_t)part;
    comment.part_count = (uint8_t)part_count;
    comment.slot = (uint16_t)slot;
    /* Only what was written here. */
    rule_comment_format(&comment, again);
    if (!text_equal(again, text))
        return false;
    *ret_comment = comment;
    return true;
}

void rule_comment_format_judgement(uint32_t number, bool deny, char text[static RULE_COMMENT_MAX])
{
    snprintf(text, RULE_COMMENT_MAX, "judgement %u %s", number, deny ? "deny" : "allow");
}

bool rule_comment_parse_judgement(const char *text, uint32_t *ret_number, bool *ret_deny)
{
    char again[RULE_COMMENT_MAX], word[6];
    unsigned number;
    bool deny;

    if (sscanf(text, "judgement %9u %5s", &number, word) != 2)
        return false;
    deny = text_equal(word, "deny");
    rule_comment_format_judgement(number, deny, again);
    if (!text_equal(again, text))
        return false;
    *ret_number = number;
    *ret_deny = deny;
    return true;
}

size_t rule_comment_pack(const char *text, uint8_t data[static RULE_COMMENT_MAX + 2])
{
    size_t size = strlen(text) + 1;

    data[0] = UDATA_COMMENT;
    data[1] = (uint8_t)size;
    memcpy(data + 2, text, size);
    return size + 2;
}

bool rule_comment_unpack(const void *data, size_t size, char text[static RULE_COMMENT_MAX])
{
    const uint8_t *bytes = data;

    if (size < 3 || bytes[0] != UDATA_COMMENT || bytes[1] != size - 2 ||
        size - 2 > RULE_COMMENT_MAX || bytes[size - 1] != 0)
        return false;
    memcpy(text, bytes + 2, size - 2);
    return true;
}
