/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tables `warren_map` of an instance with mapped subnets: at the edge of a peer's link, the
 * source of what comes in is turned from real into mapped, the destination of what goes out from
 * mapped into real. Without any state, before and after all else, so that routes, connections, sets
 * and rules know mapped addresses alone. Of WireGuard's links it is done by the link's own hooks
 * (`netdev`), as flows of the fast path come by no others; OpenVPN's come and go with their server,
 * and are known by name (`inet`). Pure.
 */
#pragma once

#include <stddef.h>

#include "hub/base/address.h"
#include "hub/base/buf.h"
#include "hub/base/link_number.h"

#define NFT_TRANSLATION_TABLE "warren_map"

enum nft_translation { NFT_TRANSLATION_WIREGUARD, NFT_TRANSLATION_OPENVPN, NFT_TRANSLATION_COUNT };
/* "netdev", "inet" */
extern const char *const nft_translation_families[NFT_TRANSLATION_COUNT];

struct nft_mapping {
    uint16_t link;
    struct prefix real, mapped; /* of one family and length; host part kept */
};

/* Zero-initialise. */
struct nft_mappings {
    struct nft_mapping *items;
    size_t count, size;
};

/* Of both tables; no text: there is no such table. Zero-initialise. */
struct nft_translations {
    struct buf texts[NFT_TRANSLATION_COUNT];
};

void nft_translations_done(struct nft_translations *translations);

void nft_mappings_done(struct nft_mappings *mappings);
void nft_mappings_add(struct nft_mappings *mappings, unsigned link, const struct prefix *real,
                      const struct prefix *mapped);
/* In exactly the form in which nft lists it; sorts the list. No text when it is empty. A packet
 * costs a comparison for each mapping of its own link; of OpenVPN's, a look-up of the link too. */
void nft_translation_draw(enum nft_translation translation, struct nft_mappings *mappings,
                          struct buf *ret_text);

#define _cleanup_nft_translations_ __attribute__((cleanup(nft_translations_done)))
#define _cleanup_nft_mappings_ __attribute__((cleanup(nft_mappings_done)))
