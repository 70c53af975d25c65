/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One order: uacme is run for each of its steps, and what it says is gathered. */
#pragma once

#include <systemd/sd-event.h>

#include "hub/channel/verbs.h"

struct order;

struct order_handlers {
    /* Its hook asks; answer with order_proceed(). */
    void (*challenge)(const struct verb_acme_challenge *challenge, void *data);
    /* Once, at the end; `chain` is NULL unless the result is ACME_RESULT_ISSUED. */
    void (*ended)(enum acme_result result, const char *words, const char *chain, void *data);
};

/* `hook` is our own program; `directory` holds nothing but what an order leaves there. */
int order_new(sd_event *event, const char *directory, const char *hook,
              const struct verb_acme_order *asked, const struct order_handlers *handlers,
              void *data, struct order **ret_order);
/* Its files go. */
struct order *order_free(struct order *order);
void order_proceed(struct order *order, int status);
