/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is wanted, as the parts of the kernel hold it: WireGuard, routes, sets, addresses. Pure. */
#pragma once

#include "tunnel/fast_path.h"
#include "tunnel/interface_address.h"
#include "tunnel/link_indexes.h"
#include "tunnel/nft_base.h"
#include "tunnel/nft_set.h"
#include "tunnel/nft_translation.h"
#include "tunnel/route.h"
#include "tunnel/wanted.h"
#include "tunnel/wireguard.h"

enum { PROJECTION_CALL_KEEPALIVE = 25 };

/* Indexes of the links in the instance's namespace, 0 = missing. */
struct projection_links {
    uint32_t up0;
    struct link_indexes wireguard; /* by link */
    struct link_indexes openvpn;   /* by the server's number */
};

/* Of the link that a peer's packets take, 0 = there is none, or the peer is not connected. */
uint32_t projection_peer_link(const struct wanted_peer *peer, const struct projection_links *links);

/* Of the instance alone. */
bool projection_has_openvpn(const struct wanted *wanted); /* one server at least is on */
/* The port of WireGuard's link, 0 = there is no such link. */
uint16_t projection_port(const struct wanted *wanted, unsigned link);
/* No link from this number on is wanted. */
unsigned projection_link_count(const struct wanted *wanted);
/* Flows between WireGuard's peers; of too many peers that expire, none. */
void projection_fast_path(const struct wanted *wanted, const struct projection_links *links,
                          struct fast_path_spec *ret_spec);
void projection_device(const struct wanted *wanted, unsigned link,
                       struct wireguard_state *ret_state);
/* The rules that translate what has mapped subnets and a link that is there; no text when there are
 * none. */
void projection_translations(const struct wanted *wanted, const struct projection_links *links,
                             struct nft_translations *ret_translations);
void projection_base(const struct wanted *wanted, struct buf *ret_text);
void projection_addresses(const struct wanted *wanted, const struct projection_links *links,
                          struct interface_addresses *ret_addresses);
void projection_routes(const struct wanted *wanted, const struct projection_links *links,
                       struct routes *ret_routes);
void projection_elements(const struct wanted *wanted, struct nft_elements *ret_elements);

/* Of one peer, without the prefixes that another than `holder` holds. That is the peer itself or,
 * when it has left `wanted`, the one that came in its place. */
/* Of WireGuard's peers on that link alone. */
void projection_peer_device(const struct wanted *wanted, const struct wanted_peer *peer,
                            const struct wanted_peer *holder, unsigned link,
                            struct wireguard_state *state);
void projection_peer_routes(const struct wanted *wanted, const struct wanted_peer *peer,
                            const struct wanted_peer *holder, const struct projection_links *links,
                            struct routes *routes);
void projection_peer_elements(const struct wanted *wanted, const struct wanted_peer *peer,
                              const struct wanted_peer *holder, struct nft_elements *elements);
