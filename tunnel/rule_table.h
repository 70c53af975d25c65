/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The instance's firewall in the kernel: table `inet warren_rules`, before the table `inet warren`.
 * A flow that was judged carries the number of the judgement as its mark; as long as the set
 * `judged` holds the mark, its packets cost one look-up. Every change of the rules gives a new
 * number and takes all others out of the set: each flow is judged again at its next packet.
 */
#pragma once

#include "hub/channel/verbs.h"
#include "tunnel/fast_path.h"
#include "tunnel/nft_set.h"
#include "tunnel/rule_list.h"

/* The flow was let through by a rule, not for want of one: table `inet warren` looks at it. */
#define RULE_MARK_ALLOWED "0x00000001"

struct rule_table; /* opaque */

/* Borrows `sets`, and `fast`, which goes with each judgement and is told the next one. */
int rule_table_new(struct nft_sets *sets, struct fast_path *fast, struct rule_table **ret_table);
struct rule_table *rule_table_free(struct rule_table *table);

/* What is wanted from here on; borrowed. `deny`: what no rule matches is denied. */
void rule_table_want(struct rule_table *table, struct rule_list *list, bool deny);
/* All is in the kernel as it is wanted, as far as this object did it. */
bool rule_table_is_known(const struct rule_table *table);

/* Observes, compares, writes the difference in one transaction. Counts what it wrote in `applied`.
 * Errors as of nft_sets_write(). */
int rule_table_apply(struct rule_table *table, struct verb_applied *applied);
/* Writes the list's changes, and takes `removed` (may be NULL) out, without looking; touches no
 * other rule. On an error nothing was done, and nothing is known any more. */
int rule_table_change(struct rule_table *table, const struct rule *removed, bool *ret_disturbed);

/* The hits of each rule of the list that has any. */
typedef int (*rule_table_hits_each)(const char *id, uint64_t hits, void *data);
int rule_table_hits(struct rule_table *table, rule_table_hits_each each, void *data);
