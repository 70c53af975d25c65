/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The firewall's rules that are wanted, in their order, and what of each is in the kernel. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "hub/channel/verbs.h"

enum {
    RULE_PARTS_MAX = 4, /* two families, both ways */
    RULE_DIGEST_SIZE = 8,
};

struct rule {
    struct rule *next, *previous; /* in the order they are judged */
    struct rule *next_changed;    /* of those not in the kernel as they are wanted */
    bool is_changed;
    struct verb_filter *wanted;
    uint8_t digest[RULE_DIGEST_SIZE]; /* of all that makes its parts, but the slot */

    /* ---- of the kernel: rule_table.c ---- */
    uint64_t handles[RULE_PARTS_MAX]; /* 0 = not known */
    uint8_t part_count;               /* how many it has there: 0 = none */
    uint16_t slot;                    /* of an allowing one that expires, 0 = none */
    uint64_t carried;                 /* hits that its next writing goes on from */
    uint32_t index;                   /* scratch: its number in the order */
    uint32_t batch_id; /* scratch: of its last part in the transaction being written */
};

struct rule_list; /* opaque */

struct rule_list *rule_list_new(void);
struct rule_list *rule_list_free(struct rule_list *list);
size_t rule_list_count(const struct rule_list *list);
struct rule *rule_list_first(const struct rule_list *list);
struct rule *rule_list_find(const struct rule_list *list, const char *id);
/* Adds, changes or moves; one that stays as it is and where it is is not changed. What is in the
 * kernel of it stays known. -ENOENT: the rule it is to stand after is not there. */
int rule_list_put(struct rule_list *list, const struct verb_filter *wanted, struct rule **ret_rule);
/* Out of the list, to the caller, who frees it; NULL = not found. */
struct rule *rule_list_take(struct rule_list *list, const char *id);
struct rule *rule_free(struct rule *rule);

/* Those changed since, in the order of their changes; none after. */
struct rule *rule_list_take_changed(struct rule_list *list);

/* ---- a rule's parts in the kernel ---- */

/* One kernel rule's worth: an end with neither `any` nor prefixes does not come up. */
struct rule_end {
    bool any;
    const struct prefix *prefixes; /* sorted, smallest list, of the part's family */
    size_t count;
};

struct rule_part {
    uint8_t family; /* AF_UNSPEC = both: both ends are any */
    struct rule_end from, to;
};

struct rule_parts {
    struct rule_part items[RULE_PARTS_MAX];
    size_t count; /* 0: nothing can match */
    struct prefix *space;
};

void rule_parts_make(const struct verb_filter *rule, struct rule_parts *ret_parts);
void rule_parts_done(struct rule_parts *parts);
#define _cleanup_rule_parts_ __attribute__((cleanup(rule_parts_done)))
