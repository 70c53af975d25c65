/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/base/link_number.h"

#include <stdio.h>

const char *link_wireguard_name(unsigned link, char name[static LINK_NAME_MAX])
{
    (void)snprintf(name, LINK_NAME_MAX, "wg%u", link % LINK_COUNT);
    return name;
}

const char *link_outside_name(const char *id, unsigned link, char name[static LINK_NAME_MAX])
{
    if (link == 0)
        (void)snprintf(name, LINK_NAME_MAX, "wrg-%.8s", id);
    else
        (void)snprintf(name, LINK_NAME_MAX, "wrg-%.8s-%u", id, link % LINK_COUNT);
    return name;
}
