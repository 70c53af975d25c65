/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ports that the web listens on, bound for it: those that are taken are tried again. */
#pragma once

#include <systemd/sd-event.h>

#include "hub/channel/verbs.h"
#include "hub/settings/settings.h"

struct web_listeners;

/* What is listening now, or no longer waited for, has changed. `fd` is borrowed; it is one that
 * came late, or -1. */
typedef void (*web_listeners_changed)(const struct web_listener *listener, int fd, void *data);

int web_listeners_new(sd_event *event, const struct settings *settings,
                      web_listeners_changed changed, void *data,
                      struct web_listeners **ret_listeners);
struct web_listeners *web_listeners_free(struct web_listeners *listeners);

/* Calls for each; fd is -1 of those that could not be bound. */
void web_listeners_each(const struct web_listeners *listeners,
                        void (*each)(const struct web_listener *listener, int fd, void *data),
                        void *data);
