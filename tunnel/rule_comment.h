/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a kernel rule of table `inet warren_rules` carries to be known again: a comment, as `nft`
 * shows it. A rule of the firewall: "rule ID PART DIGEST SLOT"; a rule that stands as long as one
 * judgement does: "judgement NUMBER allow|deny". Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hub/base/text.h"
#include "tunnel/rule_list.h"

enum { RULE_COMMENT_MAX = 64 };

struct rule_comment {
    char id[ID_MAX];
    uint8_t part, part_count;
    uint8_t digest[RULE_DIGEST_SIZE];
    uint16_t slot;
};

void rule_comment_format(const struct rule_comment *comment, char text[static RULE_COMMENT_MAX]);
bool rule_comment_parse(const char *text, struct rule_comment *ret_comment);
void rule_comment_format_judgement(uint32_t number, bool deny, char text[static RULE_COMMENT_MAX]);
bool rule_comment_parse_judgement(const char *text, uint32_t *ret_number, bool *ret_deny);

/* As a rule's user data, and out of it; false: there is no comment. */
size_t rule_comment_pack(const char *text, uint8_t data[static RULE_COMMENT_MAX + 2]);
bool rule_comment_unpack(const void *data, size_t size, char text[static RULE_COMMENT_MAX]);
