/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A message of each verb that is right in all. */
#pragma once

#include "hub/channel/channel.h"

struct sample {
    enum role sender;
    int descriptors;
    size_t size; /* with the header */
    _Alignas(16) uint8_t data[CHANNEL_MESSAGE_MAX];
};

void sample_make(enum verb verb, struct sample *ret_sample);
/* The body, as the verb's struct. */
static inline void *sample_body(struct sample *sample)
{
    return sample->data + sizeof(struct channel_header);
}
