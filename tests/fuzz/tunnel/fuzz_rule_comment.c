/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A kernel rule's user data, which whoever may write rules may have written: what is taken as ours
 * is exactly what is written here. */
#include <stdlib.h>

#include "tunnel/rule_comment.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[RULE_COMMENT_MAX], again[RULE_COMMENT_MAX];
    struct rule_comment comment;
    uint32_t judgement;
    bool deny;

    if (!rule_comment_unpack(data, size, text))
        return 0;
    if (rule_comment_parse(text, &comment)) {
        rule_comment_format(&comment, again);
        if (!text_equal(text, again) || comment.part >= comment.part_count ||
            comment.part_count > RULE_PARTS_MAX)
            abort();
    }
    if (rule_comment_parse_judgement(text, &judgement, &deny)) {
        rule_comment_format_judgement(judgement, deny, again);
        if (!text_equal(text, again))
            abort();
    }
    return 0;
}
