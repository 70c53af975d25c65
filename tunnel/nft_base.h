/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rules of a namespace's table `inet warren`, without the elements of its sets. They are drawn
 * by pure functions in exactly the form in which `nft -s -t list table inet warren` prints them, so
 * that a difference of the texts is a difference of the rules.
 */
#pragma once

#include <stdbool.h>

#include "hub/base/buf.h"
#include "hub/channel/verbs.h"

/* ---- pure ---- */

struct nft_base_instance {
    struct address hub4, hub6; /* family 0 = none */
    bool client_to_client;
};

void nft_base_draw_instance(const struct nft_base_instance *spec, struct buf *ret_text);
/* `forward_other`: of enum forward_family (hub/channel/verbs.h). */
void nft_base_draw_root(uint8_t forward_other, struct buf *ret_text);

/* ---- the table in this namespace ---- */

struct nft_base; /* opaque */

/* Opens its netlink socket; `family` and `table` are borrowed; call while the process has few
 * descriptors. `with` (may be NULL): one that it shares libnftables' context with, a quarter of a
 * megabyte, and that goes after it. */
int nft_base_new(const char *family, const char *table, struct nft_base *with,
                 struct nft_base **ret_base);
struct nft_base *nft_base_free(struct nft_base *base);

/* Is the table's text another one? */
bool nft_base_differs(struct nft_base *base, const char *text);
/* Makes the table's rules `text`, where they differ; sets keep their elements, unless something
 * stands in the table that is not ours: then the table is made anew, with empty sets. */
int nft_base_write(struct nft_base *base, const char *text);
/* Of a table without sets: made anew when it is not `text`; "" takes it away. */
int nft_base_replace(struct nft_base *base, const char *text, uint32_t *ret_writes);
