/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How soon a process that is to run always is started again. Pure. */
#pragma once

#include <stdint.h>

/* An early death costs a pause, which doubles from `first_us` to `last_us`; the first few in a row
 * cost none. */
struct role_restart_rule {
    unsigned forgiven;
    uint64_t first_us, last_us;
};

struct role_restart {
    const struct role_restart_rule *rule;
    unsigned early_deaths; /* in a row */
};

/* It ended, and had run for so long (0: it could not be started). The pause before the next start.
 */
uint64_t role_restart_pause_us(struct role_restart *restart, uint64_t lived_us);
