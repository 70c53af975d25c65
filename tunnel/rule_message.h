/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The messages of one transaction upon table `inet warren_rules`. */
#pragma once

#include "tunnel/netlink.h"
#include "tunnel/rule_list.h"

#define RULE_TABLE "warren_rules"
#define RULE_CHAIN "rules"
#define RULE_JUDGED "judged"

/* A mark, from the top: the judgement's number, the slot of the rule that let the flow through, and
 * whether one did. */
enum {
    RULE_SLOT_BITS = 14,
    RULE_SLOT_MAX = (1 << RULE_SLOT_BITS) - 1,
    RULE_SLOT_SHIFT = 1,
    RULE_JUDGEMENT_SHIFT = RULE_SLOT_SHIFT + RULE_SLOT_BITS,
    RULE_JUDGEMENT_MAX = (1 << (32 - RULE_JUDGEMENT_SHIFT)) - 1,
    RULE_HOOK_PRIORITY = -10,
    RULE_FIXED_COUNT = 4, /* rules of the chain `forward` */
};

extern const char *const rule_fixed_comments[RULE_FIXED_COUNT];
/* The chains whose one rule is of the judgement. */
enum { RULE_JUDGEMENT_CHAINS = 3 };
extern const char *const rule_judgement_chains[RULE_JUDGEMENT_CHAINS];

struct rule_writer {
    struct netlink *netlink;
    struct netlink_batch *batch;
    uint32_t last_id; /* of rules and sets within the transaction */
};

static inline uint32_t rule_mark(uint32_t judgement, bool allowed, uint16_t slot)
{
    return judgement << RULE_JUDGEMENT_SHIFT | (uint32_t)slot << RULE_SLOT_SHIFT | allowed;
}

/* Whatever stands there goes; then the table with chains, set and fixed rules. */
void rule_message_make_table(struct rule_writer *writer);

/* A set of a rule of its own, which has to stand before the rule: made while the message is, the
 * kernel gives it a number. Prefixes of one family, at least one, sorted, apart from each other.
 * Answers the set's id within the transaction. */
#define RULE_OWN_SET "__set%d"
uint32_t rule_message_make_set(struct rule_writer *writer, const char *table,
                               const struct prefix *prefixes, size_t count);

/* The rules of the judgement, and the marks that hold. */
void rule_message_judgement(struct rule_writer *writer, uint32_t judgement, bool deny);
void rule_message_forget_marks(struct rule_writer *writer);
struct rule_mark_time {
    uint32_t mark;
    int64_t timeout; /* milliseconds, 0 = none */
};
void rule_message_add_marks(struct rule_writer *writer, const struct rule_mark_time *marks,
                            size_t count);

struct rule_place {
    enum { RULE_AT_END, RULE_AT_START, RULE_AFTER_HANDLE, RULE_AFTER_ID } where;
    uint64_t handle;
    uint32_t id;
};
/* The rule's parts; its batch_id is that of the last one. */
void rule_message_add(struct rule_writer *writer, struct rule *rule, const struct rule_parts *parts,
                      const struct rule_place *place);
void rule_message_remove(struct rule_writer *writer, const char *chain, uint64_t handle);
void rule_message_empty(struct rule_writer *writer, const char *chain);
