/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tunnel/rule_table.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "tunnel/rule_message.h"
#include "tunnel/rule_observed.h"

enum {
    EXPIRY_TOLERANCE_MS = 2000,
    READ_ONE_BY_ONE = 16, /* more rules than these are read all at once */
};

struct rule_table {
    struct nft_sets *sets;
    struct fast_path *fast;
    struct rule_list *list;
    bool deny;
    bool is_known;
    uint32_t judgement;
    size_t slots_used;
    uint8_t slots[(RULE_SLOT_MAX + 1) / 8]; /* a bit for each that is taken; 0 is none */
    uint32_t slot_next;
};

int rule_table_new(struct nft_sets *sets, struct fast_path *fast, struct rule_table **ret_table)
{
    struct rule_table *table = memory_zero(sizeof(*table));

    table->sets = sets;
    table->fast = fast;
    *ret_table = table;
    return 0;
}

struct rule_table *rule_table_free(struct rule_table *table)
{
    free(table);
    return NULL;
}

void rule_table_want(struct rule_table *table, struct rule_list *list, bool deny)
{
    if (table->list != list || table->deny != deny)
        table->is_known = false;
    table->list = list;
    table->deny = deny;
}

bool rule_table_is_known(const struct rule_table *table)
{
    return table->is_known || !table->list;
}

/* ---- slots ---- */

static bool slot_is_taken(const struct rule_table *table, uint32_t slot)
{
    return table->slots[slot / 8] & 1 << slot % 8;
}

static void slot_take(struct rule_table *table, uint16_t slot)
{
    table->slots[slot / 8] |= (uint8_t)(1 << slot % 8);
    table->slots_used++;
}

static void slot_release(struct rule_table *table, struct rule *rule)
{
    if (!rule->slot)
        return;
    table->slots[rule->slot / 8] &= (uint8_t) ~(1 << rule->slot % 8);
    table->slots_used--;
    rule->slot = 0;
}

static bool needs_slot(const struct rule *rule)
{
    return (rule->wanted->flags & RULE_ALLOW) && (rule->wanted->flags & RULE_EXPIRES);
}

/* More slots than an instance can have rules: there is always one. */
static void slot_give(struct rule_table *table, struct rule *rule)
{
    if (rule->slot || !needs_slot(rule))
        return;
    do
        table->slot_next = table->slot_next % RULE_SLOT_MAX + 1;
    while (slot_is_taken(table, table->slot_next));
    rule->slot = (uint16_t)table->slot_next;
    slot_take(table, rule->slot);
}

/* ---- the judgement ---- */

struct mark_list {
    struct rule_mark_time *items;
    size_t count;
};

/* The marks that hold with the judgement, and for how long; a rule whose time is over has none. */
static void list_marks(const struct rule_table *table, uint32_t judgement,
                       struct mark_list *ret_marks)
{
    struct mark_list marks = {.items = memory_zero((table->slots_used + 2) * sizeof(*marks.items))};
    int64_t now = clock_milliseconds();

    marks.items[marks.count++].mark = rule_mark(judgement, false, 0);
    marks.items[marks.count++].mark = rule_mark(judgement, true, 0);
    for (const struct rule *rule = rule_list_first(table->list); rule && table->slots_used;
         rule = rule->next) {
        int64_t left = rule->wanted->expires_at * 1000 - now;

        if (rule->slot && left > 0)
            marks.items[marks.count++] =
                (struct rule_mark_time){rule_mark(judgement, true, rule->slot), left};
    }
    *ret_marks = marks;
}

/* A number that no flow of this namespace carries, as far as is known. */
static uint32_t next_judgement(const struct rule_table *table)
{
    if (table->judgement == 0)
        return 1 + randombytes_uniform(RULE_JUDGEMENT_MAX);
    return table->judgement % RULE_JUDGEMENT_MAX + 1;
}

static void write_judgement(struct rule_table *table, struct rule_writer *writer)
{
    struct mark_list marks;

    table->judgement = next_judgement(table);
    fast_path_close(table->fast, writer->batch);
    fast_path_judge(table->fast, table->judgement);
    rule_message_judgement(writer, table->judgement, table->deny);
    rule_message_forget_marks(writer);
    list_marks(table, table->judgement, &marks);
    rule_message_add_marks(writer, marks.items, marks.count);
    free(marks.items);
}

/* ---- handles, as the kernel tells them of rules it was just given ---- */

static int take_handle(const struct nlmsghdr *message, void *data)
{
    struct rule_table *table = data;
    struct rule_seen seen;
    struct rule *rule;

    if (!rule_observed_parse(message, &seen) || !seen.is_ours)
        return 0;
    rule = rule_list_find(table->list, seen.comment.id);
    if (rule && memcmp(rule->digest, seen.comment.digest, RULE_DIGEST_SIZE) == 0)
        rule->handles[seen.comment.part] = seen.handle;
    return 0;
}

static bool has_all_handles(const struct rule *rule)
{
    for (uint8_t i = 0; i < rule->part_count; i++)
        if (rule->handles[i] == 0)
            return false;
    return true;
}

static uint64_t last_handle(const struct rule *rule)
{
    return rule->handles[rule->part_count - 1];
}

/* ---- changes, without looking ---- */

struct handle_list {
    uint64_t *items;
    size_t count, size;
};

static void add_handles(struct handle_list *list, const struct rule *rule)
{
    if (list->count + rule->part_count > list->size) {
        list->size = 2 * list->size + RULE_PARTS_MAX;
        list->items = reallocarray(list->items, list->size, sizeof(*list->items));
        if (!list->items)
            abort();
    }
    for (uint8_t i = 0; i < rule->part_count; i++)
        list->items[list->count++] = rule->handles[i];
}

/* What was counted goes on to be counted. */
static int read_hits(struct rule_table *table, struct rule *changed)
{
    struct netlink *netlink = nft_sets_netlink(table->sets);
    _cleanup_rule_observed_ struct rule_observed observed = {0};
    size_t count = 0;
    int r = 0;

    for (struct rule *rule = changed; rule; rule = rule->next_changed) {
        rule->carried = 0;
        count += rule->part_count;
    }
    if (count > READ_ONE_BY_ONE) {
        r = rule_observed_read_rules(netlink, &observed);
        for (size_t i = 0; i < observed.rule_count && r == 0; i++) {
            struct rule *rule = observed.rules[i].is_ours
                                    ? rule_list_find(table->list, observed.rules[i].comment.id)
                                    : NULL;

            if (rule)
                rule->carried += observed.rules[i].packets;
        }
        return r;
    }
    for (struct rule *rule = changed; rule && r == 0; rule = rule->next_changed) {
        for (uint8_t i = 0; i < rule->part_count && r == 0; i++) {
            struct rule_seen seen;

            r = rule_observed_read_one(netlink, rule->handles[i], &seen);
            if (r == 0)
                rule->carried += seen.packets;
        }
    }
    return r;
}

/* After the nearest rule before it that has parts: of those yet to be written, each will come
 * between by itself. */
static struct rule_place place_of(const struct rule *rule)
{
    for (const struct rule *before = rule->previous; before; before = before->previous) {
        if (before->batch_id)
            return (struct rule_place){.where = RULE_AFTER_ID, .id = before->batch_id};
        if (before->part_count)
            return (struct rule_place){.where = RULE_AFTER_HANDLE, .handle = last_handle(before)};
    }
    return (struct rule_place){.where = RULE_AT_START};
}

static void write_rule(struct rule_table *table, struct rule_writer *writer, struct rule *rule,
                       const struct rule_place *place)
{
    _cleanup_rule_parts_ struct rule_parts parts = {0};

    rule_parts_make(rule->wanted, &parts);
    if (parts.count > 0)
        slot_give(table, rule);
    memset(rule->handles, 0, sizeof(rule->handles));
    rule_message_add(writer, rule, &parts, place);
    rule->part_count = (uint8_t)parts.count;
}

static void write_changes(struct rule_table *table, struct rule_writer *writer,
                          struct rule *changed, const struct rule *removed)
{
    struct handle_list old = {0};

    if (removed)
        add_handles(&old, removed);
    for (struct rule *rule = changed; rule; rule = rule->next_changed) {
        add_handles(&old, rule);
        slot_release(table, rule);
        rule->part_count = 0;
        rule->batch_id = 0;
    }
    for (struct rule *rule = changed; rule; rule = rule->next_changed) {
        struct rule_place place = place_of(rule);

        write_rule(table, writer, rule, &place);
    }
    for (size_t i = 0; i < old.count; i++)
        rule_message_remove(writer, RULE_CHAIN, old.items[i]);
    free(old.items);
}

int rule_table_change(struct rule_table *table, const struct rule *removed, bool *ret_disturbed)
{
    struct rule *changed = rule_list_take_changed(table->list);
    _cleanup_netlink_batch_ struct netlink_batch batch = {0};
    struct rule_writer writer = {.netlink = nft_sets_netlink(table->sets), .batch = &batch};
    bool undisturbed;
    int r;

    *ret_disturbed = false;
    if (!changed && (!removed || removed->part_count == 0))
        return 0;
    if (!table->is_known)
        return -ESTALE;
    table->is_known = false;
    r = nft_sets_disturbed(table->sets, ret_disturbed);
    if (r == 0)
        r = read_hits(table, changed);
    if (r < 0)
        return r;
    undisturbed = !*ret_disturbed;
    nft_sets_begin(table->sets, &batch);
    write_changes(table, &writer, changed, removed);
    write_judgement(table, &writer);
    r = nft_sets_commit(table->sets, &batch, take_handle, table);
    for (struct rule *rule = changed; rule; rule = rule->next_changed) {
        rule->batch_id = 0;
        if (r == 0 && !has_all_handles(rule))
            r = -ENOBUFS;
    }
    if (r < 0)
        return r;
    table->is_known = undisturbed;
    return 0;
}

/* ---- the whole ---- */

/* The rules of the chain that stand as they are wanted, in an order that fits: `keep` has a flag
 * for each of what was seen. */
struct comparison {
    struct rule_table *table;
    const struct rule_observed *observed;
    bool *keep;
    size_t kept;
};

/* The rule whose parts begin at `index`, all of them there and as wanted; else NULL. */
static struct rule *rule_at(const struct comparison *comparison, size_t index)
{
    const struct rule_observed *observed = comparison->observed;
    const struct rule_seen *seen = &observed->rules[index];
    struct rule *rule;

    if (!seen->is_ours || seen->comment.part != 0 ||
        index + seen->comment.part_count > observed->rule_count)
        return NULL;
    rule = rule_list_find(comparison->table->list, seen->comment.id);
    if (!rule || rule->part_count != seen->comment.part_count ||
        memcmp(rule->digest, seen->comment.digest, RULE_DIGEST_SIZE) != 0 ||
        needs_slot(rule) != (seen->comment.slot != 0) || seen->comment.slot > RULE_SLOT_MAX ||
        (seen->comment.slot && slot_is_taken(comparison->table, seen->comment.slot)))
        return NULL;
    for (uint8_t i = 1; i < rule->part_count; i++) {
        const struct rule_comment *part = &seen[i].comment;

        if (!seen[i].is_ours || part->part != i || part->part_count != rule->part_count ||
            part->slot != seen->comment.slot || memcmp(part->id, seen->comment.id, ID_MAX) != 0 ||
            memcmp(part->digest, seen->comment.digest, RULE_DIGEST_SIZE) != 0)
            return NULL;
    }
    return rule;
}

struct candidate {
    struct rule *rule;
    size_t at;       /* where it begins in what was seen */
    size_t previous; /* in the longest row that ends with it; SIZE_MAX = none */
};

/* The longest row of rules that are in the wanted order already: they stay untouched. */
static void keep_row(struct comparison *comparison, struct candidate *candidates, size_t count)
{
    /* tails[n]: the candidate with the smallest number that a row of n + 1 can end with. */
    size_t *tails = memory_zero((count + 1) * sizeof(*tails));
    size_t length = 0;

    for (size_t i = 0; i < count; i++) {
        size_t low = 0;
        size_t high = length;

        while (low < high) {
            size_t middle = (low + high) / 2;

            if (candidates[tails[middle]].rule->index < candidates[i].rule->index)
                low = middle + 1;
            else
                high = middle;
        }
        candidates[i].previous = low > 0 ? tails[low - 1] : SIZE_MAX;
        tails[low] = i;
        if (low == length)
            length++;
    }
    for (size_t i = length > 0 ? tails[length - 1] : SIZE_MAX; i != SIZE_MAX;
         i = candidates[i].previous) {
        struct rule *rule = candidates[i].rule;

        for (uint8_t part = 0; part < rule->part_count; part++) {
            const struct rule_seen *seen = &comparison->observed->rules[candidates[i].at + part];

            comparison->keep[candidates[i].at + part] = true;
            comparison->kept++;
            rule->handles[part] = seen->handle;
            rule->slot = seen->comment.slot;
        }
        if (rule->slot)
            slot_take(comparison->table, rule->slot);
    }
    free(tails);
}

/* Numbers the rules and forgets what was known of them in the kernel. */
static void begin_anew(struct rule_table *table)
{
    uint32_t index = 0;

    (void)rule_list_take_changed(table->list);
    memset(table->slots, 0, sizeof(table->slots));
    table->slots_used = 0;
    for (struct rule *rule = rule_list_first(table->list); rule; rule = rule->next) {
        _cleanup_rule_parts_ struct rule_parts parts = {0};

        rule_parts_make(rule->wanted, &parts);
        rule->part_count = (uint8_t)parts.count;
        rule->index = index++;
        rule->slot = 0;
        rule->batch_id = 0;
        rule->carried = 0;
        memset(rule->handles, 0, sizeof(rule->handles));
    }
}

static void compare(struct comparison *comparison)
{
    const struct rule_observed *observed = comparison->observed;
    struct candidate *candidates = memory_zero((observed->rule_count + 1) * sizeof(*candidates));
    size_t count = 0;

    comparison->keep = memory_zero(observed->rule_count + 1);
    for (size_t i = 0; i < observed->rule_count && observed->is_whole; i++) {
        struct rule *rule = rule_at(comparison, i);

        if (rule)
            candidates[count++] = (struct candidate){.rule = rule, .at = i};
    }
    keep_row(comparison, candidates, count);
    free(candidates);
    /* What the others counted goes on where they are written anew. */
    for (size_t i = 0; i < observed->rule_count; i++) {
        struct rule *rule =
            observed->rules[i].is_ours && !comparison->keep[i]
                ? rule_list_find(comparison->table->list, observed->rules[i].comment.id)
                : NULL;

        if (rule)
            rule->carried += observed->rules[i].packets;
    }
}

static bool marks_differ(const struct rule_table *table, const struct rule_observed *observed)
{
    int64_t now = clock_milliseconds();
    struct mark_list wanted;
    size_t found = 0;

    list_marks(table, observed->judgement, &wanted);
    for (size_t i = 0; i < observed->mark_count; i++) {
        const struct rule_mark_seen *seen = &observed->marks[i];

        for (size_t k = 0; k < wanted.count; k++) {
            const struct rule_mark_time *want = &wanted.items[k];
            int64_t apart = seen->expires_at - now - want->timeout;

            if (want->mark != seen->mark)
                continue;
            if (want->timeout ? seen->expires_at && apart <= EXPIRY_TOLERANCE_MS &&
                                    apart >= -EXPIRY_TOLERANCE_MS
                              : !seen->expires_at)
                found++;
        }
    }
    free(wanted.items);
    return found != wanted.count || found != observed->mark_count;
}

static bool is_kept(const struct rule *rule)
{
    return rule->part_count == 0 || rule->handles[0] != 0;
}

static void write_missing(struct rule_table *table, struct rule_writer *writer, uint32_t *ret_added)
{
    struct rule_place place = {.where = RULE_AT_START};
    const struct rule *last_kept = NULL;

    *ret_added = 0;
    for (struct rule *rule = rule_list_first(table->list); rule; rule = rule->next)
        if (rule->part_count > 0 && is_kept(rule))
            last_kept = rule;
    for (struct rule *rule = rule_list_first(table->list); rule; rule = rule->next) {
        if (rule->part_count == 0)
            continue;
        if (is_kept(rule)) {
            place = (struct rule_place){.where = RULE_AFTER_HANDLE, .handle = last_handle(rule)};
            continue;
        }
        /* Behind all that stay, no place has to be looked up. */
        if (!last_kept || rule->index > last_kept->index)
            place = (struct rule_place){.where = RULE_AT_END};
        write_rule(table, writer, rule, &place);
        place = (struct rule_place){.where = RULE_AFTER_ID, .id = rule->batch_id};
        (*ret_added)++;
    }
}

static uint32_t write_removals(const struct comparison *comparison, struct rule_writer *writer)
{
    const struct rule_observed *observed = comparison->observed;
    uint32_t removed = 0;

    for (size_t i = 0; i < observed->rule_count; i++) {
        if (comparison->keep[i])
            continue;
        removed++;
        if (comparison->kept > 0)
            rule_message_remove(writer, RULE_CHAIN, observed->rules[i].handle);
    }
    if (removed > 0 && comparison->kept == 0)
        rule_message_empty(writer, RULE_CHAIN);
    return removed;
}

static int write_difference(struct comparison *comparison, struct verb_applied *applied)
{
    struct rule_table *table = comparison->table;
    const struct rule_observed *observed = comparison->observed;
    _cleanup_netlink_batch_ struct netlink_batch batch = {0};
    struct rule_writer writer = {.netlink = nft_sets_netlink(table->sets), .batch = &batch};
    uint32_t added;
    uint32_t removed = 0;
    int r;

    if (observed->is_whole)
        table->judgement = observed->judgement;
    fast_path_judge(table->fast, table->judgement);
    nft_sets_begin(table->sets, &batch);
    if (!observed->is_whole)
        rule_message_make_table(&writer);
    else
        removed = write_removals(comparison, &writer);
    write_missing(table, &writer, &added);
    if (observed->is_whole && added + removed == 0 && observed->deny == table->deny &&
        !marks_differ(table, observed))
        return 0;
    write_judgement(table, &writer);
    r = nft_sets_commit(table->sets, &batch, take_handle, table);
    for (struct rule *rule = rule_list_first(table->list); rule; rule = rule->next) {
        rule->batch_id = 0;
        if (r == 0 && !has_all_handles(rule))
            r = -ENOBUFS;
    }
    if (r < 0)
        return r;
    applied->added += added;
    applied->removed += removed;
    applied->changed++;
    applied->writes += added + removed + 1;
    return 0;
}

int rule_table_apply(struct rule_table *table, struct verb_applied *applied)
{
    _cleanup_rule_observed_ struct rule_observed observed = {0};
    struct comparison comparison = {.table = table, .observed = &observed};
    int r;

    table->is_known = false;
    r = rule_observed_read(nft_sets_netlink(table->sets), &observed);
    if (r < 0)
        return r;
    begin_anew(table);
    compare(&comparison);
    r = write_difference(&comparison, applied);
    free(comparison.keep);
    if (r == 0)
        table->is_known = true;
    return r;
}

/* ---- hits ---- */

int rule_table_hits(struct rule_table *table, rule_table_hits_each each, void *data)
{
    _cleanup_rule_observed_ struct rule_observed observed = {0};
    int r;

    if (!table->list || rule_list_count(table->list) == 0)
        return 0;
    r = rule_observed_read_rules(nft_sets_netlink(table->sets), &observed);
    for (size_t i = 0; i < observed.rule_count && r == 0;) {
        const struct rule_seen *first = &observed.rules[i];
        uint64_t hits = 0;

        for (; i < observed.rule_count &&
               memcmp(observed.rules[i].comment.id, first->comment.id, ID_MAX) == 0;
             i++)
            hits += observed.rules[i].packets;
        if (first->is_ours && hits > 0)
            r = each(first->comment.id, hits, data);
    }
    return r == -ENOENT ? 0 : r;
}
