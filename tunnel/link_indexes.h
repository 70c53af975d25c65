/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's indexes of numbered links: as long as the highest number that was ever set. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Zero-initialise. */
struct link_indexes {
    uint32_t *items; /* 0 = missing */
    size_t count;
};

void link_indexes_done(struct link_indexes *indexes);
uint32_t link_indexes_get(const struct link_indexes *indexes, unsigned number);
void link_indexes_set(struct link_indexes *indexes, unsigned number, uint32_t index);
