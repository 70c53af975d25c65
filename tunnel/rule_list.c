/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tunnel/rule_list.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"

enum { TABLE_FIRST_SIZE = 64 };

struct rule_list {
    struct rule *first, *last;
    struct rule *changed_first, *changed_last;
    /* Open addressing with linear probing; the size is a power of two. */
    struct rule **table;
    size_t count, size;
    uint8_t seed[crypto_shorthash_KEYBYTES];
};

struct rule_list *rule_list_new(void)
{
    struct rule_list *list = memory_zero(sizeof(*list));

    list->size = TABLE_FIRST_SIZE;
    list->table = memory_zero(list->size * sizeof(struct rule *));
    randombytes_buf(list->seed, sizeof(list->seed));
    return list;
}

struct rule *rule_free(struct rule *rule)
{
    if (rule)
        free(rule->wanted);
    free(rule);
    return NULL;
}

struct rule_list *rule_list_free(struct rule_list *list)
{
    if (!list)
        return NULL;
    for (struct rule *rule = list->first; rule;) {
        struct rule *next = rule->next;

        rule_free(rule);
        rule = next;
    }
    free(list->table);
    free(list);
    return NULL;
}

size_t rule_list_count(const struct rule_list *list)
{
    return list->count;
}

struct rule *rule_list_first(const struct rule_list *list)
{
    return list->first;
}

/* ---- by id ---- */

static size_t home_of(const struct rule_list *list, const char *id)
{
    uint64_t value;

    crypto_shorthash((uint8_t *)&value, (const uint8_t *)id, ID_LENGTH, list->seed);
    return (size_t)value & (list->size - 1);
}

static size_t slot_of(const struct rule_list *list, const char *id)
{
    size_t slot = home_of(list, id);

    while (list->table[slot] && memcmp(list->table[slot]->wanted->id, id, ID_LENGTH) != 0)
        slot = (slot + 1) & (list->size - 1);
    return slot;
}

static void grow(struct rule_list *list)
{
    free(list->table);
    list->size *= 2;
    list->table = memory_zero(list->size * sizeof(struct rule *));
    for (struct rule *rule = list->first; rule; rule = rule->next)
        list->table[slot_of(list, rule->wanted->id)] = rule;
}

/* Moves up what probed past `slot`, so that no mark of a deleted one has to stay. */
static void empty_slot(struct rule_list *list, size_t slot)
{
    size_t mask = list->size - 1;

    for (size_t next = (slot + 1) & mask; list->table[next]; next = (next + 1) & mask) {
        size_t home = home_of(list, list->table[next]->wanted->id);

        if (((next - home) & mask) < ((next - slot) & mask))
            continue;
        list->table[slot] = list->table[next];
        slot = next;
    }
    list->table[slot] = NULL;
}

struct rule *rule_list_find(const struct rule_list *list, const char *id)
{
    return list->table[slot_of(list, id)];
}

/* ---- order ---- */

static void link_after(struct rule_list *list, struct rule *rule, struct rule *before)
{
    rule->previous = before;
    rule->next = before ? before->next : list->first;
    *(rule->next ? &rule->next->previous : &list->last) = rule;
    *(before ? &before->next : &list->first) = rule;
}

static void unlink_rule(struct rule_list *list, struct rule *rule)
{
    *(rule->next ? &rule->next->previous : &list->last) = rule->previous;
    *(rule->previous ? &rule->previous->next : &list->first) = rule->next;
}

static void mark_changed(struct rule_list *list, struct rule *rule)
{
    if (rule->is_changed)
        return;
    rule->is_changed = true;
    rule->next_changed = NULL;
    *(list->changed_last ? &list->changed_last->next_changed : &list->changed_first) = rule;
    list->changed_last = rule;
}

static void forget_change(struct rule_list *list, const struct rule *rule)
{
    struct rule **at = &list->changed_first;
    struct rule *last = NULL;

    while (*at) {
        if (*at == rule) {
            *at = rule->next_changed;
            continue;
        }
        last = *at;
        at = &last->next_changed;
    }
    list->changed_last = last;
}

struct rule *rule_list_take_changed(struct rule_list *list)
{
    struct rule *first = list->changed_first;

    for (struct rule *rule = first; rule; rule = rule->next_changed)
        rule->is_changed = false;
    list->changed_first = list->changed_last = NULL;
    return first;
}

static struct verb_filter *copy_wanted(const struct verb_filter *wanted)
{
    size_t size = sizeof(*wanted) + wanted->prefix_count * sizeof(wanted->prefixes[0]);
    struct verb_filter *copy = memcpy(memory_zero(size), wanted, size);

    copy->flags &= (uint8_t)~RULE_MORE;
    return copy;
}

/* The order is not in it: a rule that moves is written anew all the same. */
static void make_digest(const struct verb_filter *wanted, uint8_t digest[static RULE_DIGEST_SIZE])
{
    uint8_t whole[crypto_generichash_BYTES];
    crypto_generichash_state state;
    struct verb_filter fixed = *wanted;

    memset(fixed.after, 0, sizeof(fixed.after));
    fixed.flags &= (uint8_t)~RULE_MORE;
    crypto_generichash_init(&state, NULL, 0, sizeof(whole));
    crypto_generichash_update(&state, (const uint8_t *)&fixed, sizeof(fixed));
    crypto_generichash_update(&state, (const uint8_t *)wanted->prefixes,
                              wanted->prefix_count * sizeof(wanted->prefixes[0]));
    crypto_generichash_final(&state, whole, sizeof(whole));
    memcpy(digest, whole, RULE_DIGEST_SIZE);
}

int rule_list_put(struct rule_list *list, const struct verb_filter *wanted, struct rule **ret_rule)
{
    struct rule *rule = rule_list_find(list, wanted->id);
    struct rule *before = wanted->after[0] ? rule_list_find(list, wanted->after) : NULL;
    uint8_t digest[RULE_DIGEST_SIZE];

    if (wanted->after[0] && (!before || before == rule))
        return -ENOENT;
    make_digest(wanted, digest);
    *ret_rule = rule;
    if (rule && rule->previous == before && memcmp(rule->digest, digest, sizeof(digest)) == 0)
        return 0;
    if (rule) {
        unlink_rule(list, rule);
        free(rule->wanted);
        rule->wanted = copy_wanted(wanted);
    } else {
        if (list->count * 2 >= list->size)
            grow(list);
        rule = memory_zero(sizeof(*rule));
        rule->wanted = copy_wanted(wanted);
        list->table[slot_of(list, wanted->id)] = rule;
        list->count++;
    }
    link_after(list, rule, before);
    memcpy(rule->digest, digest, sizeof(digest));
    mark_changed(list, rule);
    *ret_rule = rule;
    return 0;
}

struct rule *rule_list_take(struct rule_list *list, const char *id)
{
    size_t slot = slot_of(list, id);
    struct rule *rule = list->table[slot];

    if (!rule)
        return NULL;
    if (rule->is_changed)
        forget_change(list, rule);
    rule->is_changed = false;
    unlink_rule(list, rule);
    empty_slot(list, slot);
    list->count--;
    return rule;
}
