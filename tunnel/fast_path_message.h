/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The messages of one transaction upon table `inet warren_fast`, and by what it is known again. */
#pragma once

#include "tunnel/fast_path.h"
#include "tunnel/rule_comment.h"

#define FAST_PATH_TABLE "warren_fast"

/* Is there any link? */
bool fast_path_message_has_links(const struct fast_path_spec *spec);
/* What its rules carry: "fast JUDGEMENT DIGEST RULES". */
void fast_path_message_comment(const struct fast_path_spec *spec, uint32_t judgement,
                               char text[static RULE_COMMENT_MAX]);

/* Whatever stands there goes. */
void fast_path_message_remove(struct netlink *netlink, struct netlink_batch *batch);
/* Where nothing stands. */
void fast_path_message_make(struct netlink *netlink, struct netlink_batch *batch,
                            const struct fast_path_spec *spec, uint32_t judgement);
