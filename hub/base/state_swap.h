/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The hub's state replaced as a whole. What is to come is staged in a directory below the state
 * directory, committed by one rename, then moved into place before anything opens it. A crash
 * before the commit leaves the old state, one after it the new: nobody ever reads a mix.
 * The engine stages and commits; warrend finishes, before each start of the engine.
 */
#pragma once

#include <stdbool.h>

#define STATE_SWAP_DIRECTORY "restore"  /* below the state directory; warrend makes it */
#define STATE_SWAP_CONFIG "warren.conf" /* staged too; warrend alone knows where it goes */
#define STATE_SWAP_OBSOLETE "obsolete"  /* instances that were, and are no more: one id a line */

/* Removes what was staged and not committed. -EALREADY: a swap is committed, and not finished. */
int state_swap_clear(int state_fd);
/* Everything that is staged is on the disk, and will be in place at the next start. */
int state_swap_commit(int state_fd);
bool state_swap_is_committed(int state_fd);
/* Moves what is committed into place, but for the configuration. Does nothing when nothing is
 * committed; may be cut off at any moment and is called again then. */
int state_swap_finish(int state_fd);
