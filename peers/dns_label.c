/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "peers/dns_label.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "hub/base/cleanup.h"

/* U+00C0 to U+017F, without their accents; "" = no letter. */
static const char latin[][3] = {
    "a", "a", "a",  "a",  "a", "a", "ae", "c", "e", "e", "e", "e", "i", "i", "i",  "i",  /* 00c0 */
    "d", "n", "o",  "o",  "o", "o", "o",  "",  "o", "u", "u", "u", "u", "y", "th", "ss", /* 00d0 */
    "a", "a", "a",  "a",  "a", "a", "ae", "c", "e", "e", "e", "e", "i", "i", "i",  "i",  /* 00e0 */
    "d", "n", "o",  "o",  "o", "o", "o",  "",  "o", "u", "u", "u", "u", "y", "th", "y",  /* 00f0 */
    "a", "a", "a",  "a",  "a", "a", "c",  "c", "c", "c", "c", "c", "c", "c", "d",  "d",  /* 0100 */
    "d", "d", "e",  "e",  "e", "e", "e",  "e", "e", "e", "e", "e", "g", "g", "g",  "g",  /* 0110 */
    "g", "g", "g",  "g",  "h", "h", "h",  "h", "i", "i", "i", "i", "i", "i", "i",  "i",  /* 0120 */
    "i", "i", "ij", "ij", "j", "j", "k",  "k", "k", "l", "l", "l", "l", "l", "l",  "l",  /* 0130 */
    "l", "l", "l",  "n",  "n", "n", "n",  "n", "n", "n", "n", "n", "o", "o", "o",  "o",  /* 0140 */
    "o", "o", "oe", "oe", "r", "r", "r",  "r", "r", "r", "s", "s", "s", "s", "s",  "s",  /* 0150 */
    "s", "s", "t",  "t",  "t", "t", "t",  "t", "u", "u", "u", "u", "u", "u", "u",  "u",  /* 0160 */
    "u", "u", "u",  "u",  "w", "w", "y",  "y", "y", "z", "z", "z", "z", "z", "z",  "s",  /* 0170 */
};

enum {
    LATIN_FIRST = 0xc0,
    APOSTROPHE = 0x27,
    APOSTROPHE_RIGHT = 0x2019,
    ACCENT_FIRST = 0x300,
    ACCENT_LAST = 0x36f
};

const char *dns_label_letters(uint32_t code, char one[static 2])
{
    if (code >= 'A' && code <= 'Z')
        code += 'a' - 'A';
    if ((code >= 'a' && code <= 'z') || (code >= '0' && code <= '9')) {
        one[0] = (char)code;
        one[1] = '\0';
        return one;
    }
    if (code == APOSTROPHE || code == APOSTROPHE_RIGHT ||
        (code >= ACCENT_FIRST && code <= ACCENT_LAST))
        return NULL;
    if (code >= LATIN_FIRST && code - LATIN_FIRST < ELEMENTS(latin))
        return latin[code - LATIN_FIRST];
    return "";
}

/* Names are checked to be UTF-8; what is not counts as one strange character a byte. */
static uint32_t take_character(const unsigned char **text)
{
    const unsigned char *at = *text;
    size_t more = at[0] >= 0xf0 ? 3 : at[0] >= 0xe0 ? 2 : at[0] >= 0xc2 ? 1 : 0;
    uint32_t code = more ? at[0] & (0x3fu >> more) : at[0] < 0x80 ? at[0] : UINT32_MAX;

    for (size_t i = 1; i <= more; i++) {
        if ((at[i] & 0xc0) != 0x80) {
            *text = at + 1;
            return UINT32_MAX;
        }
        code = code << 6 | (at[i] & 0x3fu);
    }
    *text = at + 1 + more;
    return code;
}

void dns_label_of(const char *name, char ret_label[static DNS_PEER_LABEL_MAX])
{
    const unsigned char *rest = (const unsigned char *)name;
    size_t length = 0;
    bool parted = false;

    while (*rest) {
        char one[2] = "";
        const char *text = dns_label_letters(take_character(&rest), one);

        if (!text)
            continue;
        if (!*text) {
            parted = length > 0;
            continue;
        }
        if (length + parted + strlen(text) > DNS_LABEL_LONGEST)
            break;
        if (parted)
            ret_label[length++] = '-';
        parted = false;
        for (; *text; text++)
            ret_label[length++] = *text;
    }
    ret_label[length] = '\0';
    if (length == 0)
        memcpy(ret_label, "peer", sizeof("peer"));
}

void dns_label_numbered(const char *label, unsigned number,
                        char ret_label[static DNS_PEER_LABEL_MAX])
{
    if (number > 1)
        snprintf(ret_label, DNS_PEER_LABEL_MAX, "%.*s-%u", DNS_LABEL_LONGEST, label,
                 number % 10000000);
    else
        snprintf(ret_label, DNS_PEER_LABEL_MAX, "%.*s", DNS_LABEL_LONGEST, label);
}
