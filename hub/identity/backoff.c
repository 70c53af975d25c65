/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/identity/backoff.h"

enum { HALVING_SECONDS = 3600, FAILURES_MAX = 1000, JUDGING_SECONDS = 1 };

const struct backoff_rule backoff_of_address = {.free = 5, .longest = 15 * 60};
const struct backoff_rule backoff_of_account = {.free = 20, .longest = 5 * 60};

static void decay(struct backoff *backoff, int64_t now)
{
    /* A clock that was set back must not make anybody wait for years. */
    if (now < backoff->decayed_at || now < backoff->failed_at)
        backoff->decayed_at = backoff->failed_at = now;
    int64_t hours = (now - backoff->decayed_at) / HALVING_SECONDS;
    backoff->failures = hours >= 32 ? 0 : backoff->failures >> hours;
    backoff->decayed_at += hours * HALVING_SECONDS;
}

/* Of the wrong ones alone. */
static uint32_t wait_of_failures(const struct backoff_rule *rule, const struct backoff *backoff,
                                 int64_t now)
{
    if (!backoff_is_over(rule, backoff))
        return 0;
    uint32_t over = backoff->failures - rule->free;
    uint32_t wait = over < 31 ? UINT32_C(1) << over : rule->longest;
    if (wait > rule->longest)
        wait = rule->longest;
    int64_t passed = now - backoff->failed_at;
    return passed >= wait ? 0 : wait - (uint32_t)passed;
}

uint32_t backoff_wait(const struct backoff_rule *rule, struct backoff *backoff, int64_t now)
{
    decay(backoff, now);
    uint32_t wait = wait_of_failures(rule, backoff, now);
    if (wait == 0 && backoff->pending > 0 && backoff->failures + backoff->pending >= rule->free)
        return JUDGING_SECONDS;
    return wait;
}

bool backoff_is_over(const struct backoff_rule *rule, const struct backoff *backoff)
{
    return backoff->failures >= rule->free;
}

void backoff_charge(struct backoff *backoff, int64_t now)
{
    decay(backoff, now);
    if (backoff->failures == 0)
        backoff->decayed_at = now;
    if (backoff->failures < FAILURES_MAX)
        backoff->failures++;
    backoff->failed_at = now;
}

void backoff_begin(struct backoff *backoff)
{
    backoff->pending++;
}

void backoff_end(struct backoff *backoff)
{
    if (backoff->pending > 0)
        backoff->pending--;
}
