/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How long somebody who guesses has to wait: nothing for the first guesses, then twice as long
 * after each, up to a limit. What was guessed long ago counts half each hour. Pure: the time is
 * given.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct backoff {
    uint32_t failures;
    int64_t failed_at;  /* the newest one */
    int64_t decayed_at; /* up to here halving was done */
    uint32_t pending;   /* guesses that nobody has judged yet */
};

struct backoff_rule {
    uint32_t free;    /* failures that cost nothing */
    uint32_t longest; /* seconds */
};

/* Of an address; of an account, counted over all addresses that it was never signed in from. */
extern const struct backoff_rule backoff_of_address, backoff_of_account;

/* Seconds still to wait; 0 = go on. */
uint32_t backoff_wait(const struct backoff_rule *rule, struct backoff *backoff, int64_t now);
/* Whether wrong guesses cost time by now. */
bool backoff_is_over(const struct backoff_rule *rule, const struct backoff *backoff);
/* A wrong guess. */
void backoff_charge(struct backoff *backoff, int64_t now);
/* One that takes time to judge counts as wrong as long as that takes, so that many at once win
 * nothing, and leaves no trace when it was right. */
void backoff_begin(struct backoff *backoff);
void backoff_end(struct backoff *backoff);
