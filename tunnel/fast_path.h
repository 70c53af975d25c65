/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Table `inet warren_fast`: flows between the peers of one link that the present judgement let
 * through without an end, and that have been answered, go on from the link to itself by a flowtable
 * of the kernel's, past all chains. It is of one judgement: the next one takes it away, and all
 * flows come by the chains again.
 */
#pragma once

#include "tunnel/rule_comment.h"
#include "tunnel/rule_message.h"

#define FAST_PATH_TABLE "warren_fast"

struct fast_path_spec {
    uint32_t judgement;
    uint32_t link; /* its index */
    const char *link_name;
};

/* What the table's one rule carries, by which it is known again. */
void fast_path_comment(const struct fast_path_spec *spec, char text[static RULE_COMMENT_MAX]);
/* Into a transaction. Whatever stands there goes. */
void fast_path_remove(struct rule_writer *writer);
void fast_path_make(struct rule_writer *writer, const struct fast_path_spec *spec);
/* The comment of the rule that stands, "" = there is no such table; anything else is not ours. */
int fast_path_read(struct netlink *netlink, char text[static RULE_COMMENT_MAX]);
