/* SPDX-License-Identifier: GPL-2.0-or-later */
/* wireguard-go, one per instance, where the kernel has no WireGuard. It lives on without warrend
 * and is found again by its configuration socket. */
#pragma once

#include <stddef.h>

#include "hub/warrend/engine_process.h"

struct wireguard_processes *wireguard_processes_new(struct supervisor *supervisor);
/* They run on. Returns NULL. */
struct wireguard_processes *wireguard_processes_free(struct wireguard_processes *wireguards);

/* Finds or starts the id's process and answers VERB_WIREGUARD_OPENED once its socket accepts. */
void wireguard_process_open(struct wireguard_processes *wireguards, const char *id,
                            const struct engine_request *request);

typedef void (*wireguard_stopped)(int status, void *data);
/* Ends it and removes its socket, then calls `done` once: possibly before this returns, never after
 * wireguard_processes_free(). */
void wireguard_process_stop(struct wireguard_processes *wireguards, const char *id,
                            wireguard_stopped done, void *data);

size_t wireguard_processes_describe(const struct wireguard_processes *wireguards,
                                    struct verb_role *ret_roles, size_t max);
