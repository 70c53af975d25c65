/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/base/link_number.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "hub/base/text.h"

/* Links whose number stands in the name as it is. */
enum { PLAIN_COUNT = 100 };
static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
static_assert(LINK_COUNT - PLAIN_COUNT <= 26 * 36, "a name for each link");

const char *link_wireguard_name(unsigned link, char name[static LINK_NAME_MAX])
{
    (void)snprintf(name, LINK_NAME_MAX, "wg%u", link % LINK_COUNT);
    return name;
}

const char *link_outside_name(const char *id, unsigned link, char name[static LINK_NAME_MAX])
{
    unsigned beyond = link % LINK_COUNT - PLAIN_COUNT;

    if (link == 0)
        (void)snprintf(name, LINK_NAME_MAX, "wrg-%.8s", id);
    else if (link < PLAIN_COUNT)
        (void)snprintf(name, LINK_NAME_MAX, "wrg-%.8s-%u", id, link);
    else
        (void)snprintf(name, LINK_NAME_MAX, "wrg-%.8s-%c%c", id, digits[10 + beyond / 36 % 26],
                       digits[beyond % 36]);
    return name;
}

static bool parse_number(const char *text, unsigned minimum, unsigned maximum, unsigned *ret_link)
{
    uint64_t number;

    if (text_parse_u64(text, minimum, maximum, &number))
        return false;
    *ret_link = (unsigned)number;
    return true;
}

bool link_wireguard_parse(const char *name, unsigned *ret_link)
{
    return text_starts_with(name, "wg") && parse_number(name + 2, 0, LINK_COUNT - 1, ret_link);
}

static bool is_letter(char letter)
{
    return letter >= 'a' && letter <= 'z';
}

bool link_outside_parse(const char *rest, unsigned *ret_link)
{
    const char *last;
    unsigned link;

    if (!*rest) {
        *ret_link = 0;
        return true;
    }
    if (*rest++ != '-')
        return false;
    if (!is_letter(rest[0]))
        return parse_number(rest, 1, PLAIN_COUNT - 1, ret_link);
    last = rest[1] ? strchr(digits, rest[1]) : NULL;
    if (!last || rest[2])
        return false;
    link = PLAIN_COUNT + (unsigned)(rest[0] - 'a') * 36 + (unsigned)(last - digits);
    if (link >= LINK_COUNT)
        return false;
    *ret_link = link;
    return true;
}
