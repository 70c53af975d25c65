/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the engine knows of the box's update, and what it asks of warren-update or of warrend: one
 * thing at a time. For update*.c alone.
 */
#pragma once

#include <systemd/sd-event.h>

#include "hub/base/buf.h"
#include "hub/channel/verbs.h"
#include "hub/engine/role_link.h"
#include "hub/engine/update.h"
#include "hub/engine/update_record.h"

struct update_order {
    update_done done; /* NULL: nobody waits for it */
    void *data;
    void (*begin)(struct update *update);
    void (*opened)(struct update *update); /* what to do once warren-update runs */
    struct verb_boot_choice choice;        /* what to tell the boot loader */
    struct buf bytes;                      /* the next part */
    uint64_t total;                        /* bytes of the whole */
};

struct update {
    struct engine *engine;
    char slot, kind[12];
    struct update_record record;
    bool was_taken_back; /* to be told once the store is open */
    bool is_trial;
    struct role_link *link; /* to warren-update; NULL = it does not run */
    uint64_t received;      /* of a bundle that comes in */
    uint64_t total;         /* bytes of it */
    bool busy;
    struct update_order order;
    bool has_next; /* of somebody, while one goes on that nobody waits for */
    struct update_order next;
    sd_event_source *timer;
    sd_event_source *abandoned; /* while a bundle comes in */
    char waiting_for[BACKUP_REASON_MAX], problem[BACKUP_REASON_MAX];
};

/* Writes it down first; what can't be is not so. */
int update_set_state(struct update *update, enum update_state state);

/* -EOPNOTSUPP and why, where there is no image. */
int update_check_image(const struct update *update, char *reason);
int update_refuse(char *reason, int error, const char *text); /* answers `error` */

/* Takes it over. -EBUSY while another one is under way that somebody waits for. */
int update_take_order(struct update *update, struct update_order *order, char *reason);
/* For `begin`: starts a fresh warren-update, then goes on with `opened`. */
void update_open(struct update *update);
/* Of warren-update that runs; `done` is told what it says. */
void update_ask(struct update *update, enum verb verb, const struct role_link_body *body,
                role_link_done done);
/* The order's choice, to the boot loader. */
void update_set_choice(struct update *update, role_link_done done);
/* warren-update ends. */
void update_close(struct update *update);
/* Each order, once: the next one begins. */
void update_finish(struct update *update, int status, const char *reason);
