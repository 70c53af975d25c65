/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The text of a request to wireguard-go. */
#pragma once

#include "tunnel/wireguard.h"

/* wireguard-go reads up to 4096 bytes ahead and forgets what it did not need; after a refusal it
 * takes what is still in the socket for a new request, does not know it, and hangs up. A request
 * of at most this size, sent in one piece and answered before the next, is never left half read.
 */
enum { WIREGUARD_REQUEST_MAX = 4096 };

struct wireguard_request {
    size_t length;
    char text[WIREGUARD_REQUEST_MAX];
};

void wireguard_request_done(struct wireguard_request *request); /* wipes */
void wireguard_request_begin(struct wireguard_request *request);
void wireguard_request_end(struct wireguard_request *request);

void wireguard_request_add_private_key(struct wireguard_request *request, const struct key *key);
void wireguard_request_add_listen_port(struct wireguard_request *request, uint16_t port);
/* The change with its prefixes from `from` on, as many as fit; answers where to go on, which is
 * the peer's allowed_count when all is said. A begun request has room for at least one. */
size_t wireguard_request_add_change(struct wireguard_request *request,
                                    const struct wireguard_change *change, size_t from);
/* How many of the changes surely fit into one request: 0 when the first one needs several. */
size_t wireguard_request_capacity(const struct wireguard_change *changes, size_t count);
