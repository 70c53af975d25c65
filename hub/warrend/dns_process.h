/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dnsmasq, one per instance, in the instance's namespace. It lives on without warrend and is found
 * again by what it left in its directory (dns_files.h). */
#pragma once

#include <stddef.h>

#include "hub/warrend/engine_process.h"

struct dns_processes *dns_processes_new(struct supervisor *supervisor);
/* They run on. Returns NULL. */
struct dns_processes *dns_processes_free(struct dns_processes *all);

/* A VERB_DNS_... of the engine; false: it is none. -EBADMSG: it is not what it must be. */
bool dns_process_takes(uint16_t verb);
int dns_process_message(struct dns_processes *all, const struct engine_request *request,
                        const struct channel_message *message);

typedef void (*dns_stopped)(int status, void *data);
/* Ends it and removes its files, then calls `done` once: possibly before this returns, never after
 * dns_processes_free(). */
void dns_process_stop(struct dns_processes *all, const char *id, dns_stopped done, void *data);

size_t dns_processes_describe(const struct dns_processes *all, struct verb_role *ret_roles,
                              size_t max);
