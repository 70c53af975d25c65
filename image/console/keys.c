/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "image/console/keys.h"

#define ESCAPE '\033'
#define BELL '\007'

static enum keys_state after_escape(char byte)
{
    switch (byte) {
    case '[':
        return KEYS_SEQUENCE;
    case 'O':
    case 'N':
        return KEYS_ONE_MORE;
    case ']':
    case 'P':
    case '_':
    case '^':
    case 'X':
        return KEYS_STRING;
    default:
        return KEYS_PLAIN; /* a key with Alt, or the end of a string */
    }
}

char keys_take(enum keys_state *state, char byte)
{
    if (byte == ESCAPE) {
        *state = KEYS_ESCAPE;
        return 0;
    }
    switch (*state) {
    case KEYS_PLAIN:
        if (byte == '\r' || byte == '\n')
            return '\n';
        return byte > ' ' && byte < 0x7f ? byte : 0;
    case KEYS_ESCAPE:
        *state = after_escape(byte);
        return 0;
    case KEYS_SEQUENCE:
        if (byte >= 0x40 && byte <= 0x7e)
            *state = KEYS_PLAIN;
        return 0;
    case KEYS_ONE_MORE:
        *state = KEYS_PLAIN;
        return 0;
    case KEYS_STRING:
        if (byte == BELL)
            *state = KEYS_PLAIN;
        return 0;
    }
    return 0;
}
