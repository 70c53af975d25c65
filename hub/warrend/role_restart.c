/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/warrend/role_restart.h"

#define LIFE_THAT_COUNTS_US UINT64_C(10000000)

uint64_t role_restart_pause_us(struct role_restart *restart, uint64_t lived_us)
{
    const struct role_restart_rule *rule = restart->rule;
    uint64_t pause_us = rule->first_us;

    if (lived_us >= LIFE_THAT_COUNTS_US)
        restart->early_deaths = 0;
    if (restart->early_deaths < UINT16_MAX)
        restart->early_deaths++;
    if (restart->early_deaths <= rule->forgiven)
        return 0;
    for (unsigned i = rule->forgiven + 1; i < restart->early_deaths && pause_us < rule->last_us;
         i++)
        pause_us *= 2;
    return pause_us < rule->last_us ? pause_us : rule->last_us;
}
