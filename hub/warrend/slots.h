/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The slots of a box that was started from the image: what its early script wrote down. */
#pragma once

#include <stdbool.h>

#include "hub/warrend/places.h"

#define SLOTS_FILE "/run/warren-image/slots"

enum { SLOT_A, SLOT_B, SLOT_COUNT };

struct slots {
    bool present;  /* false: no image, and no updates */
    char slot;     /* that runs: 'a' or 'b' */
    char kind[12]; /* of this boot: "kept", "trial" or "fallback" */
    char boot[SLOT_COUNT][PLACE_MAX], root[SLOT_COUNT][PLACE_MAX]; /* partitions */
    char choice[PLACE_MAX];                                        /* the EFI partition */
    char key[PLACE_MAX];                                           /* public key of updates */
    char reboot[PLACE_MAX]; /* a program that starts the machine again */
};

/* "name=value" a line, all of them there; a file that is not as it should be is told in the log,
 * and counts as none. */
void slots_read(const char *path, struct slots *ret_slots);
