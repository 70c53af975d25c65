/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the hub keeps its things on this machine, and the files there that warrend owns. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hub/base/text.h"

enum { PLACE_MAX = 256 };

struct places {
    char config[PLACE_MAX]; /* all absolute */
    char state_directory[PLACE_MAX];
    char run_directory[PLACE_MAX];
    char libexec_directory[PLACE_MAX];
    int lock_fd; /* held while we live */
    int run_lock_fd;
    bool ran_before; /* a hub had this run directory before: in this boot */
};

void places_done(struct places *places);

/* State directory (of warren-engine, 0700) and run directory, both locked: -EBUSY when another hub
 * uses one of them. Each error is logged. */
int places_open(struct places *places);
/* Binds api.sock, for root and the group warren. */
int places_bind_api(const struct places *places, int *ret_fd);
/* Removes what says that a hub runs: api.sock, warrend.pid, ready. */
void places_remove_signs(const struct places *places);
int places_write_pid(const struct places *places);
int places_set_ready(const struct places *places, bool ready);

/* A small file in the run directory; nobody sees half of it. */
int places_write(const struct places *places, const char *name, const char *text);

/* Marks of the namespaces and wireguard-go processes made, for `--stop-tunnels`. */
int places_mark(const struct places *places, const char *id, bool made);
/* Calls `each` for every marked id; stops at its first error. */
int places_each_mark(const struct places *places, int (*each)(const char *id, void *data),
                     void *data);
