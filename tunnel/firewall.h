/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A namespace's table `inet warren` as a whole: rules and sets. Looks at it only when somebody else
 * wrote to it since our own last write, or the clock that expiry is counted by was set.
 */
#pragma once

#include "hub/base/buf.h"
#include "hub/channel/verbs.h"
#include "tunnel/nft_set.h"
#include "tunnel/nft_translation.h"
#include "tunnel/rule_table.h"

struct firewall; /* opaque */

/* What the rules shall be, as texts of their tables. */
struct firewall_rules {
    const struct buf *base;
    const struct nft_translations *translations; /* NULL: there can be none */
};

/* Answers for the sets `from` to `to`, and for the table of translations where there may be one. */
int firewall_new(enum nft_set from, enum nft_set to, bool translates,
                 struct firewall **ret_firewall);
struct firewall *firewall_free(struct firewall *firewall);
const struct nft_sets *firewall_sets(const struct firewall *firewall);

/* The instance's own rules, which are applied between the base rules and the sets; not for the
 * hub's namespace. Borrowed. */
void firewall_want_rules(struct firewall *firewall, struct rule_list *list, bool deny);
struct rule_table *firewall_rules(struct firewall *firewall);
/* As rule_table_change(). */
int firewall_change_rules(struct firewall *firewall, const struct rule *removed,
                          bool *ret_disturbed);
/* Which flows may go past the rules. Takes over `spec`. */
void firewall_want_fast(struct firewall *firewall, struct fast_path_spec *spec);

/* True when all is known to be as it was left: the rules, and the sets. */
bool firewall_is_known(struct firewall *firewall, const struct firewall_rules *rules);
/* The next firewall_is_known() says no. */
void firewall_forget(struct firewall *firewall);
/* Until said otherwise, elements that are not wanted stay: not all of what is wanted is known yet.
 */
void firewall_keep_others(struct firewall *firewall, bool keep);
/* Makes it so. Counts what it wrote in `applied`. */
int firewall_apply(struct firewall *firewall, const struct firewall_rules *rules,
                   const struct nft_elements *elements, struct verb_applied *applied);
/* One transaction, without looking. On an error nothing was done. *ret_disturbed: somebody else
 * wrote before, and what is there now is not known. */
int firewall_change(struct firewall *firewall, const struct nft_changes *changes,
                    bool *ret_disturbed);
/* Writes the translations alone, when they are not as they were left. */
int firewall_translate(struct firewall *firewall, const struct nft_translations *translations,
                       bool *ret_disturbed);
