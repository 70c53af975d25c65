/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Expressions of nftables rules, written into a rule's message one after another. All look at what
 * connection tracking keeps of a flow's first packet, so that a rule says the same of every packet
 * of the flow, whichever way it goes.
 */
#pragma once

#include <libmnl/libmnl.h>
#include <stdbool.h>
#include <stdint.h>

#include "hub/base/address.h"

/* The key NFT_CT_* of the flow's original direction must be `value`: its first `size` bytes. */
void nft_expression_original(struct nlmsghdr *rule, uint32_t key, const void *value, size_t size);
/* The key NFT_CT_SRC_IP, ..DST_IP6 must be within the prefix. */
void nft_expression_original_prefix(struct nlmsghdr *rule, uint32_t key,
                                    const struct prefix *prefix);
/* It must be in the set of this name, made in the same transaction with this id. */
void nft_expression_original_in(struct nlmsghdr *rule, uint32_t key, const char *set,
                                uint32_t set_id);
/* The flow's mark must be in the set. */
void nft_expression_mark_in(struct nlmsghdr *rule, const char *set);
/* What of it is under the mask must be `mark`. */
void nft_expression_mark_is(struct nlmsghdr *rule, uint32_t mask, uint32_t mark);
/* The packet must go the way of the flow's first one. */
void nft_expression_onward(struct nlmsghdr *rule);
/* NFT_META_IIFNAME or NFT_META_OIFNAME must begin so. */
void nft_expression_name_begins(struct nlmsghdr *rule, uint32_t key, const char *start);
/* Connection tracking must have given the packet one of these states: NF_CT_STATE_*. */
void nft_expression_state(struct nlmsghdr *rule, uint32_t states);
/* The flow's mark becomes this, or the packet's mark with these bits on top. */
void nft_expression_set_mark(struct nlmsghdr *rule, uint32_t mark);
void nft_expression_set_mark_from_packet(struct nlmsghdr *rule, uint32_t mask, uint32_t bits);
void nft_expression_set_packet_mark(struct nlmsghdr *rule, uint32_t mark);
/* The wall clock must not have reached this time. */
void nft_expression_before(struct nlmsghdr *rule, int64_t seconds);
/* From here on the flow goes by the table's flowtable of this name. */
void nft_expression_flow(struct nlmsghdr *rule, const char *flowtable);
void nft_expression_counter(struct nlmsghdr *rule, uint64_t packets);
/* NF_ACCEPT, NF_DROP, or with `chain` NFT_JUMP, NFT_GOTO. */
void nft_expression_verdict(struct nlmsghdr *rule, int verdict, const char *chain);
