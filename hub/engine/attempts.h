/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guesses: how long an address, and an account, has to wait. Those of accounts are written to the
 * store every ten seconds, so that a new start of the hub gives few more of them. An address that
 * an account was signed in from does not wait for the account: nobody can lock an admin out by
 * guessing from elsewhere.
 */
#pragma once

#include "hub/engine/engine.h"

struct attempts;

enum { KNOWN_ADDRESS_SECONDS = 90 * 86400 };

int attempts_new(struct engine *engine, struct attempts **ret_attempts);
struct attempts *attempts_free(struct attempts *attempts);

/* Who guesses at what: `admin_id` is "" where there is no such admin, who is counted all the same.
 * `from` is an address, or "unix socket". */
struct attempt {
    char admin_id[ID_MAX];
    const char *name, *from;
};

/* Seconds to wait; 0 = go on. */
uint32_t attempts_wait(struct attempts *attempts, const struct attempt *attempt);
/* Before it is judged; then one of these two. */
void attempts_begin(struct attempts *attempts, const struct attempt *attempt);
/* It was right, or nobody could judge it. */
void attempts_end(struct attempts *attempts, const struct attempt *attempt);
/* Answers whether from now on somebody has to wait. */
bool attempts_end_wrong(struct attempts *attempts, const struct attempt *attempt);
/* Signed in: within the transaction that says so. */
int attempts_know_address(struct attempts *attempts, const struct attempt *attempt);

/* Of an address alone: sign-ins that are not guesses at an account, links. */
uint32_t attempts_wait_address(struct attempts *attempts, const char *from);
void attempts_charge_address(struct attempts *attempts, const char *from);
