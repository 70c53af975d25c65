/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a message of a verb must look like: the rows of the table in verbs.c. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hub/channel/verbs.h"

struct verb_rule {
    const char *name;
    unsigned senders; /* 1 << role */
    size_t size;      /* of the fixed struct */
    /* Of the counted array that follows it; element_size 0 = none. */
    size_t count_offset, element_size, count_max;
    size_t more_offset, more_size, more_max; /* of the array after that one */
    int descriptors_min, descriptors_max;
    /* The content, once the size is right: NULL, or what is wrong. */
    const char *(*check)(enum role sender, const void *body, int descriptors);
};

/* NULL when there is no such verb. */
const struct verb_rule *verb_rule_find(unsigned verb);
/* NULL, or what is wrong. `body` holds at least the first `body_size` bytes of `size`. */
const char *verb_rule_check_size(const struct verb_rule *rule, const void *body, size_t body_size,
                                 size_t size, int descriptors);
