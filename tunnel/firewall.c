/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tunnel/firewall.h"

#include <errno.h>
#include <stdlib.h>

#include "hub/base/cleanup.h"
#include "hub/base/log.h"
#include "hub/base/text.h"
#include "tunnel/nft_base.h"
#include "tunnel/nft_translation.h"

enum {
    ATTEMPTS = 4,
    EXPIRY_TOLERANCE_MS = 2000,
    CLOCK_TOLERANCE_MS = 1000,
};

struct firewall {
    struct nft_base *base;
    struct nft_base *translations[NFT_TRANSLATION_COUNT]; /* NULL: not in this namespace */
    struct nft_sets *sets;
    struct fast_path *fast;
    struct rule_table *rules;
    bool has_rules;
    enum nft_set from, to;
    char *text; /* of the rules last written; NULL = not known */
    char *translation_texts[NFT_TRANSLATION_COUNT]; /* known with it */
    int64_t clock_offset; /* wall clock less monotonic clock, when expiry was last looked at */
    bool keep_others;
};

int firewall_new(enum nft_set from, enum nft_set to, bool translates,
                 struct firewall **ret_firewall)
{
    struct firewall *firewall = memory_zero(sizeof(*firewall));
    int r;

    firewall->from = from;
    firewall->to = to;
    r = nft_base_new("inet", "warren", NULL, &firewall->base);
    for (unsigned i = 0; i < NFT_TRANSLATION_COUNT && r == 0 && translates; i++)
        r = nft_base_new(nft_translation_families[i], NFT_TRANSLATION_TABLE, firewall->base,
                         &firewall->translations[i]);
    if (r == 0)
        r = nft_sets_new(&firewall->sets);
    if (r == 0)
        r = fast_path_new(firewall->sets, &firewall->fast);
    if (r == 0)
        r = rule_table_new(firewall->sets, firewall->fast, &firewall->rules);
    if (r < 0) {
        firewall_free(firewall);
        return r;
    }
    *ret_firewall = firewall;
    return 0;
}

struct firewall *firewall_free(struct firewall *firewall)
{
    if (!firewall)
        return NULL;
    for (unsigned i = 0; i < NFT_TRANSLATION_COUNT; i++)
        nft_base_free(firewall->translations[i]);
    nft_base_free(firewall->base);
    rule_table_free(firewall->rules);
    fast_path_free(firewall->fast);
    nft_sets_free(firewall->sets);
    firewall_forget(firewall);
    free(firewall);
    return NULL;
}

const struct nft_sets *firewall_sets(const struct firewall *firewall)
{
    return firewall->sets;
}

void firewall_want_rules(struct firewall *firewall, struct rule_list *list, bool deny)
{
    firewall->has_rules = true;
    rule_table_want(firewall->rules, list, deny);
}

struct rule_table *firewall_rules(struct firewall *firewall)
{
    return firewall->rules;
}

void firewall_want_fast(struct firewall *firewall, struct fast_path_spec *spec)
{
    fast_path_want(firewall->fast, spec);
}

/* The kernel's timeouts stand still while the machine is suspended, as this clock does. */
static int64_t clock_offset(void)
{
    return clock_milliseconds() - (int64_t)(clock_monotonic_us() / 1000);
}

static const char *text_of(const struct buf *text)
{
    return text && text->data ? text->data : "";
}

static bool translations_are_known(const struct firewall *firewall,
                                   const struct nft_translations *translations)
{
    for (unsigned i = 0; i < NFT_TRANSLATION_COUNT && firewall->translations[i]; i++)
        if (!text_equal(firewall->translation_texts[i], text_of(&translations->texts[i])))
            return false;
    return true;
}

bool firewall_is_known(struct firewall *firewall, const struct firewall_rules *rules)
{
    int64_t moved = clock_offset() - firewall->clock_offset;
    bool disturbed = true;

    if (!firewall->text || !text_equal(firewall->text, text_of(rules->base)) ||
        !translations_are_known(firewall, rules->translations) || moved > CLOCK_TOLERANCE_MS ||
        moved < -CLOCK_TOLERANCE_MS || !rule_table_is_known(firewall->rules) ||
        !fast_path_is_known(firewall->fast))
        return false;
    return nft_sets_disturbed(firewall->sets, &disturbed) == 0 && !disturbed;
}

void firewall_forget(struct firewall *firewall)
{
    free(TAKE_PTR(firewall->text));
    for (unsigned i = 0; i < NFT_TRANSLATION_COUNT; i++)
        free(TAKE_PTR(firewall->translation_texts[i]));
}

void firewall_keep_others(struct firewall *firewall, bool keep)
{
    if (firewall->keep_others == keep)
        return;
    firewall->keep_others = keep;
    firewall_forget(firewall);
}

static int apply_translations(struct firewall *firewall,
                              const struct nft_translations *translations, uint32_t *writes)
{
    int r = 0;

    for (unsigned i = 0; i < NFT_TRANSLATION_COUNT && firewall->translations[i] && r == 0; i++)
        r = nft_base_replace(firewall->translations[i], text_of(&translations->texts[i]), writes);
    return r;
}

static void know_translations(struct firewall *firewall,
                              const struct nft_translations *translations)
{
    for (unsigned i = 0; i < NFT_TRANSLATION_COUNT && firewall->translations[i]; i++) {
        free(firewall->translation_texts[i]);
        firewall->translation_texts[i] = text_duplicate(text_of(&translations->texts[i]));
    }
}

static int apply_base(struct firewall *firewall, const char *text, uint32_t *writes)
{
    int r;

    if (!nft_base_differs(firewall->base, text))
        return 0;
    (*writes)++;
    r = fast_path_close_now(firewall->fast);
    return r < 0 ? r : nft_base_write(firewall->base, text);
}

static int apply_rules(struct firewall *firewall, const struct firewall_rules *rules,
                       struct verb_applied *applied)
{
    uint32_t writes = 0;
    int r;

    /* Before the listing: what comes between makes the write below start anew. */
    r = nft_sets_look(firewall->sets);
    if (r == 0)
        r = apply_base(firewall, text_of(rules->base), &writes);
    if (r == 0)
        r = apply_translations(firewall, rules->translations, &writes);
    if (r == 0 && writes > 0)
        r = nft_sets_look(firewall->sets);
    applied->writes += writes;
    applied->changed += writes;
    return r;
}

static int apply_elements(struct firewall *firewall, const struct nft_elements *elements,
                          bool refill, struct verb_applied *applied)
{
    _cleanup_nft_elements_ struct nft_elements observed = {0};
    _cleanup_nft_changes_ struct nft_changes changes = {0};
    int r;

    r = nft_sets_read(firewall->sets, firewall->from, firewall->to, &observed);
    if (r < 0)
        return r;
    nft_elements_diff(elements, &observed, EXPIRY_TOLERANCE_MS, &changes);
    if (firewall->keep_others)
        nft_changes_keep_others(&changes);
    if (changes.added_count + changes.removed_count == 0)
        return 0;
    r = refill && !firewall->keep_others
            ? nft_sets_refill(firewall->sets, firewall->from, firewall->to, elements)
            : nft_sets_write(firewall->sets, &changes);
    if (r < 0)
        return r;
    applied->writes += (uint32_t)(changes.added_count + changes.removed_count);
    applied->added += (uint32_t)changes.added_count;
    applied->removed += (uint32_t)changes.removed_count;
    return 0;
}

int firewall_apply(struct firewall *firewall, const struct firewall_rules *rules,
                   const struct nft_elements *elements, struct verb_applied *applied)
{
    int r = 0;

    for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
        firewall_forget(firewall);
        firewall->clock_offset = clock_offset();
        r = fast_path_look(firewall->fast);
        if (r == 0)
            r = apply_rules(firewall, rules, applied);
        if (r < 0)
            return r;
        r = firewall->has_rules ? rule_table_apply(firewall->rules, applied) : 0;
        if (r == 0)
            r = apply_elements(firewall, elements, attempt == ATTEMPTS, applied);
        if (r == 0)
            r = fast_path_mend(firewall->fast, applied);
        if (r == 0) {
            firewall->text = text_duplicate(text_of(rules->base));
            know_translations(firewall, rules->translations);
            return 0;
        }
        log_debug("rules or sets not written: %s, looking again", strerror(-r));
    }
    return r;
}

int firewall_change(struct firewall *firewall, const struct nft_changes *changes,
                    bool *ret_disturbed)
{
    struct verb_applied applied = {0};
    int r = nft_sets_write(firewall->sets, changes);

    *ret_disturbed = r == -ERESTART;
    if (r == -ERESTART)
        r = nft_sets_write(firewall->sets, changes);
    if (r == 0)
        r = fast_path_mend(firewall->fast, &applied);
    if (r < 0 || *ret_disturbed)
        firewall_forget(firewall);
    return r;
}

int firewall_change_rules(struct firewall *firewall, const struct rule *removed,
                          bool *ret_disturbed)
{
    struct verb_applied applied = {0};
    int r = rule_table_change(firewall->rules, removed, ret_disturbed);

    /* The rules are as they are wanted; this can wait for a look. */
    if (r == 0 && fast_path_mend(firewall->fast, &applied) < 0)
        *ret_disturbed = true;
    return r;
}

int firewall_translate(struct firewall *firewall, const struct nft_translations *translations,
                       bool *ret_disturbed)
{
    bool was_known = firewall->text != NULL;
    uint32_t writes = 0;
    int r;

    if (was_known && translations_are_known(firewall, translations))
        return 0;
    r = nft_sets_disturbed(firewall->sets, ret_disturbed);
    if (r == 0)
        r = apply_translations(firewall, translations, &writes);
    if (r == 0 && writes > 0)
        r = nft_sets_look(firewall->sets);
    if (r < 0 || *ret_disturbed) {
        firewall_forget(firewall);
    } else if (was_known) {
        know_translations(firewall, translations);
    }
    return r;
}
