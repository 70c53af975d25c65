/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is remembered of an update over the machine's starts: the file `update` in the state
 * directory, which is no part of the state and comes back with no rollback. Read by the program
 * before the update and by the one after it. Pure but for reading and writing the file.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hub/base/text.h"

enum update_state {
    UPDATE_IDLE,
    UPDATE_INSTALLED, /* in the other slot */
    UPDATE_REBOOTING, /* the other slot is to be tried */
    UPDATE_TRIAL,     /* it is; the database as it was before is staged */
    UPDATE_FAILED,    /* the slot before it is back */
    UPDATE_STATE_COUNT,
};
const char *update_state_name(enum update_state state);

struct update_peer {
    char instance_id[ID_MAX], peer_id[ID_MAX];
};

struct update_record {
    enum update_state state;
    char slot; /* that the update is in */
    char version[32], from[32];
    uint64_t began_us;         /* of the trial, since the machine was started */
    struct update_peer *peers; /* connected before; owned */
    size_t peer_count;
};

void update_record_done(struct update_record *record);
/* -EBADMSG: not such a text. Lines that are not known are left alone. */
int update_record_parse(const char *text, size_t size, struct update_record *ret_record);
char *update_record_text(const struct update_record *record); /* new */

/* No file is UPDATE_IDLE. */
int update_record_read(const char *directory, struct update_record *ret_record);
/* Replaces the file as a whole; on the disk when it answers. Idle: it goes. */
int update_record_write(const char *directory, const struct update_record *record);

/* What a start of the engine has to do, before it opens the state. */
enum update_start {
    UPDATE_START_PLAIN,
    UPDATE_START_TRIAL,     /* the first one on trial: stage the database as it is */
    UPDATE_START_ON_TRIAL,  /* a later one */
    UPDATE_START_CONFIRMED, /* it was said to be healthy, and not everything was done after that; or
                             * it runs since the slot before it can't */
    UPDATE_START_BACK,      /* the slot before is back: so is the staged database */
};
/* `slot` 0: no image. `kind`: "kept", "trial", "fallback". */
enum update_start update_record_start(const struct update_record *record, char slot,
                                      const char *kind);
