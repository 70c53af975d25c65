/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an instance's resolver reads, below the run directory:
 *   dns/<id>/servers      who is asked; read again at SIGHUP
 *   dns/<id>/hosts/<n>    a block of names each; likewise
 *   dns/<id>/process      which process it is, and how it was started: for warrend alone
 * Files are replaced as a whole, and only when they say something else.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "hub/base/buf.h"
#include "hub/channel/verbs.h"
#include "hub/warrend/places.h"

/* ---- pure: checked fields in, lines out ---- */

void dns_files_draw_servers(const struct verb_dns_servers *servers, struct buf *ret_text);
void dns_files_draw_records(const struct verb_dns_records *records, struct buf *ret_text);

/* ---- the files ---- */

enum { DNS_PATH_MAX = PLACE_MAX + 64 };
const char *dns_files_path(const struct places *places, const char *id, const char *name,
                           char path[static DNS_PATH_MAX]);

/* The id's directories, for the resolver's user to read. */
int dns_files_prepare(const struct places *places, const char *id);
/* 1 = it changed, 0 = it said so already. */
int dns_files_write_servers(const struct places *places, const struct verb_dns_servers *servers);
/* Without records the block's file goes. As above. */
int dns_files_write_records(const struct places *places, const struct verb_dns_records *records);
/* Removes the files of all blocks but these: 1 = there were any. */
int dns_files_prune(const struct places *places, const char *id, const uint64_t *blocks,
                    size_t count);
/* Removes all of the id's. */
int dns_files_remove(const struct places *places, const char *id);

/* ---- which process ---- */

/* Says that this process is the id's, started with `words`. */
int dns_files_write_process(const struct places *places, const char *id, const char *words);
/* The process that was said to be the id's, if it still runs: *ret_pid, 0 = none. `same`: it was
 * started with these words (NULL = any). */
int dns_files_find_process(const struct places *places, const char *id, const char *words,
                           pid_t *ret_pid, bool *ret_same);
/* Does the process have port 53 of these addresses' families? */
bool dns_files_serves(pid_t pid, const struct address *hub4, const struct address *hub6);
