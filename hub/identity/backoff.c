/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/identity/backoff.h"

enum { HALVING_SECONDS = 3600, FAILURES_MAX = 1000 };

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

uint32_t backoff_wait(const struct backoff_rule *rule, struct backoff *backoff, int64_t now)
{
    decay(backoff, now);
    if (backoff->failures < rule->free)
        return 0;
    uint32_t over = backoff->failures - rule->free;
    uint32_t wait = over < 31 ? UINT32_C(1) << over : rule->longest;
    if (wait > rule->longest)
        wait = rule->longest;
    int64_t passed = now - backoff->failed_at;
    return passed >= wait ? 0 : wait - (uint32_t)passed;
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

void backoff_refund(struct backoff *backoff)
{
    if (backoff->failures > 0)
        backoff->failures--;
}
