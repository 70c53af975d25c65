/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which keys somebody pressed, without what terminals send for arrows, function keys and by
 * themselves. */
#pragma once

enum keys_state {
    KEYS_PLAIN,
    KEYS_ESCAPE,   /* after ESC */
    KEYS_SEQUENCE, /* after ESC [, until its last byte */
    KEYS_ONE_MORE, /* after ESC O: a byte is left of it */
    KEYS_STRING,   /* after ESC ] and its like, until BEL or ESC */
};

/* Pure: the key ('\n' for Enter), or 0 if that byte is none or part of something else. */
char keys_take(enum keys_state *state, char byte);
