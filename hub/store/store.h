/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The database: opening, migrations, transactions. Used by warren-engine only, in one thread.
 * Exclusive locking, WAL, synchronous FULL, foreign keys on: what store_commit() acknowledged
 * survives power loss.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "hub/base/seal.h"

struct store;

/* Opens directory/warren.db, making it, and brings it to this program's schema: each migration is
 * one transaction. Borrows `seal`. -EBUSY another process has it, -EPROTO the database is newer
 * than the program, -ENOSPC disk full, -EUCLEAN damaged; *ret_reason says it for people (static or
 * owned by nobody: copy it). */
int store_open(const char *directory, const struct seal *seal, struct store **ret_store,
               char reason[static 256]);
struct store *store_free(struct store *store);

/* One transaction at a time. After a statement failed, the rest of the transaction's statements do
 * nothing and answer the same error; commit then rolls back and answers it.
 * Errors: -EEXIST unique, -ENOSPC disk full, -EIO, -EBUSY, -EINVAL constraint. */
int store_begin(struct store *store);
/* The same for what no object of the API is made of (figures, counters): its version stays. */
int store_begin_aside(struct store *store);
int store_commit(struct store *store);
void store_rollback(struct store *store);
bool store_in_transaction(const struct store *store);
/* The sticky error, as a sentence for people, "" when none. */
const char *store_error_text(const struct store *store);

/* Other than before when rows have changed, but for changes that were rolled back or made aside:
 * what was made of rows at a version is true while it is the same. Not within a transaction. */
uint64_t store_version(const struct store *store);
/* Something beside the rows has changed that things are made of: settings. */
void store_touch(struct store *store);

/* Counts commits since opening, and says how large the file is: for status and benchmarks. */
struct store_figures {
    uint64_t commits;
    uint64_t bytes;
    uint32_t schema_version;
};
void store_figures(struct store *store, struct store_figures *ret_figures);
/* Folds the write-ahead log into the database when it has grown. Not inside a transaction. */
void store_checkpoint(struct store *store);
