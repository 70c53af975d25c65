/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The elements of the sets in table `inet warren`: wanted, observed, and the difference. */
#pragma once

#include "tunnel/netlink.h"

enum nft_set {
    NFT_SET_CLIENT4,
    NFT_SET_CLIENT6,
    NFT_SET_FULL4,
    NFT_SET_FULL6,
    NFT_SET_SITE4,
    NFT_SET_SITE6,
    NFT_SET_PUSH4,
    NFT_SET_PUSH6,
    NFT_SET_SERVED,
    NFT_SET_UPLINK4,
    NFT_SET_UPLINK6,
    NFT_SET_PUBLISHED,
    NFT_MAP_PUBLISHED4,
    NFT_MAP_PUBLISHED6,
    NFT_SET_NUMBER,
};

struct nft_element {
    uint8_t set; /* enum nft_set */
    /* The key as the kernel holds it; of an interval, its first and last value. A map's value
     * stands in the second half of `first`. */
    uint8_t first[32];
    uint8_t last[16];
    int64_t expires_at; /* CLOCK_REALTIME milliseconds, 0 = never */
};

struct nft_elements {
    struct nft_element *items;
    size_t count, size;
};

void nft_elements_done(struct nft_elements *elements);
/* A zeroed element at the end. */
struct nft_element *nft_elements_append(struct nft_elements *elements, enum nft_set set);
/* Into `set` or, for an IPv6 prefix, the set after it. */
void nft_elements_add_prefix(struct nft_elements *elements, enum nft_set set,
                             const struct prefix *prefix, int64_t expires_at);
void nft_elements_add_uplink(struct nft_elements *elements, const char *link,
                             const struct address *address);
/* A protocol (IPPROTO_UDP, ...) and a port; of a map, what they lead to (else NULL). */
void nft_elements_add_port(struct nft_elements *elements, enum nft_set set, uint8_t protocol,
                           uint16_t port, const struct address *value);
/* By set and key; of elements that overlap in one set the first stays: the kernel refuses others.
 * Answers how many went. */
size_t nft_elements_sort(struct nft_elements *elements);

/* ---- the difference: pure ---- */

struct nft_changes {
    const struct nft_element **removed; /* into `observed` */
    const struct nft_element **added;   /* into `wanted` */
    size_t removed_count, added_count;
};

void nft_changes_done(struct nft_changes *changes);
/* Both sorted. Times of expiry that are at most `tolerance` milliseconds apart are the same; else
 * the element is removed and added in one transaction. */
void nft_elements_diff(const struct nft_elements *wanted, const struct nft_elements *observed,
                       int64_t tolerance, struct nft_changes *ret_changes);

/* Leaves those that are observed and not wanted, unless they stand in the way of one to be added:
 * for the same link, or the same port. */
void nft_changes_keep_others(struct nft_changes *changes);

/* ---- the kernel's sets in this namespace ---- */

struct nft_sets; /* opaque */

int nft_sets_new(struct nft_sets **ret_sets);
struct nft_sets *nft_sets_free(struct nft_sets *sets);

/* Has anybody but this object written to the namespace's nftables since it last looked? */
int nft_sets_disturbed(struct nft_sets *sets, bool *ret_disturbed);
/* What is there now is known from here on. */
int nft_sets_look(struct nft_sets *sets);
/* Does this event tell of a change that is not ours? */
bool nft_sets_is_foreign(const struct nft_sets *sets, const struct nlmsghdr *event);

/* The elements of the sets `from` to `to`, sorted, and the time `now` they were read at added to
 * their timeouts. -ENOENT: a set is not there. */
int nft_sets_read(struct nft_sets *sets, enum nft_set from, enum nft_set to,
                  struct nft_elements *ret_elements);
/* One transaction; many elements that are only added, some. -ERESTART: somebody else wrote since
 * the last look; -ENOENT: an element to be removed expired meanwhile. Nothing of it was done, or of
 * those to be added the first ones. */
int nft_sets_write(struct nft_sets *sets, const struct nft_changes *changes);
/* `removal` adds to each transaction that takes elements out. */
typedef void (*nft_sets_removal)(struct netlink_batch *batch, void *data);
void nft_sets_on_removal(struct nft_sets *sets, nft_sets_removal removal, void *data);
/* Empties the sets and fills them, in one transaction, whatever was there. */
int nft_sets_refill(struct nft_sets *sets, enum nft_set from, enum nft_set to,
                    const struct nft_elements *elements);

/* ---- for those who write other things of the namespace's nftables: one watch on foreign writes
 * ----
 */

struct netlink *nft_sets_netlink(struct nft_sets *sets);
uint16_t nft_message_type(int message); /* NFT_MSG_* */
/* A transaction's first message, and its last with the verdict: errors as of nft_sets_write(). */
void nft_sets_begin(struct nft_sets *sets, struct netlink_batch *batch);
int nft_sets_commit(struct nft_sets *sets, struct netlink_batch *batch, netlink_answer answer,
                    void *data);
/* Elements of a set, within NFTA_SET_ELEM_LIST_ELEMENTS; `timeout` in milliseconds, 0 = none. */
void nft_put_element(struct nlmsghdr *request, const void *key, size_t size, bool is_end,
                     int64_t timeout);
void nft_put_interval(struct nlmsghdr *request, const void *first, const void *last, size_t size);

#define _cleanup_nft_elements_ __attribute__((cleanup(nft_elements_done)))
#define _cleanup_nft_changes_ __attribute__((cleanup(nft_changes_done)))
