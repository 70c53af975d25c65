/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rows of peers, their subnets, figures and what was handed out to them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hub/base/dns_name.h"
#include "hub/base/key.h"
#include "hub/base/prefix_set.h"
#include "hub/base/text.h"
#include "hub/store/store.h"

enum peer_protocol { PROTOCOL_WIREGUARD, PROTOCOL_OPENVPN };
/* How an OpenVPN peer shows who it is. */
enum peer_login { LOGIN_CERTIFICATE, LOGIN_PASSWORD };

struct peer {
    char id[ID_MAX];
    char instance_id[ID_MAX];
    uint64_t row; /* grows with each added peer: order and paging */
    char name[44];
    char dns_label[DNS_LABEL_MAX]; /* unique within the instance; "" = none yet */
    bool is_site;
    enum peer_protocol protocol;
    enum peer_login login;          /* of OpenVPN peers; openvpn_store.h has what it takes */
    int64_t certificate_expires_at; /* of OpenVPN peers with one; read only */
    bool enabled;
    bool route_all;
    bool expires;
    bool expired; /* its time came and it was taken out; enabling it needs a new expiry */
    int64_t expires_at;
    uint64_t host; /* number within the tunnel networks: 10.66.0.0/24 + 7, fd..::/64 + 7 */
    /* WireGuard's public key; of an OpenVPN peer what it is known by: the SHA-256 of its
     * certificate, or random bytes of one that has a password. */
    struct key public_key;
    bool has_private_key;   /* made here and not forgotten, of whatever protocol */
    struct key private_key; /* WireGuard's; sealed in the row */
    bool has_preshared_key;
    struct key preshared_key; /* sealed in the row */
    uint16_t keepalive;       /* seconds, in the profile */
    char user_id[ID_MAX];     /* whose device it is, "" = nobody's */
    char user[65];            /* that user's name; read only */
    bool disabled_with_user;  /* is enabled again when its user is */
    char groups[16][65];      /* labels that rules of the firewall name */
    size_t group_count;
    char user_groups[16][65]; /* those that it is in by its user; read only */
    size_t user_group_count;
    struct prefix_set subnets; /* as others see them; kept when disabled, held only when enabled */
    /* For each of the subnets, in the same order: what it is on the site's own LAN. Another one
     * than the others see is mapped. */
    struct prefix_set real_subnets;
    uint16_t link; /* 0 without mapped subnets: link_store.h */
    int64_t created_at, updated_at;
    uint64_t revision;
};

void peer_done(struct peer *peer);
bool peer_has_mapped(const struct peer *peer);
#define _cleanup_peer_ __attribute__((cleanup(peer_done)))

typedef int (*peer_each)(const struct peer *peer, void *data);

int peer_store_find(struct store *store, const char *instance_id, const char *id_or_name,
                    struct peer *ret_peer);
int peer_store_find_key(struct store *store, const char *instance_id, const struct key *public_key,
                        struct peer *ret_peer);
int peer_store_find_host(struct store *store, const char *instance_id, uint64_t host,
                         struct peer *ret_peer);
/* In order of `row`, those after `after_row`, at most `limit` (0 = all). With `with_secrets` false
 * the private and preshared keys are not opened (has_* still tell): listing stays cheap. */
int peer_store_list(struct store *store, const char *instance_id, uint64_t after_row,
                    unsigned limit, bool with_secrets, peer_each each, void *data);
/* In the same order the enabled ones, and of each only what the kernel is told: no names, labels,
 * users, dates, nor the private key. */
int peer_store_list_enabled(struct store *store, const char *instance_id, uint64_t after_row,
                            unsigned limit, peer_each each, void *data);
/* The same order, and no more of them than this. */
typedef int (*peer_each_id)(uint64_t row, const char *id, void *data);
int peer_store_list_ids(struct store *store, const char *instance_id, uint64_t after_row,
                        unsigned limit, peer_each_id each, void *data);
int peer_store_count(struct store *store, const char *instance_id, uint32_t *ret_count);
int peer_store_count_enabled(struct store *store, const char *instance_id, uint32_t *ret_count);

/* `row`, created_at, updated_at, revision are filled in. -EEXIST with the column in *ret_column
 * ("name", "public_key"). */
int peer_store_add(struct store *store, struct peer *peer, const char **ret_column);
int peer_store_update(struct store *store, struct peer *peer, const char **ret_column);
/* Its host number rests: it is not given out again for a while. */
int peer_store_delete(struct store *store, const char *instance_id, const char *id);

/* ---- names in the DNS ---- */

typedef int (*peer_name_each)(uint64_t host, const char *label, void *data);
/* Enabled peers with host numbers from `first` to `last`, in their order, at most `limit` (0 =
 * all). */
int peer_store_names(struct store *store, const char *instance_id, uint64_t first, uint64_t last,
                     unsigned limit, peer_name_each each, void *data);
/* Whose label it is: its name; -ENOENT when it is free. `except_id` (NULL = none) does not count.
 */
int peer_store_find_label(struct store *store, const char *instance_id, const char *label,
                          const char *except_id, char ret_name[static 44]);
/* A peer of any instance that has no label yet; -ENOENT. */
int peer_store_unlabelled(struct store *store, struct peer *ret_peer);
int peer_store_set_label(struct store *store, const char *id, const char *label);

/* A host number from `first` to `last` that is free and not resting; the next after the one given
 * out last. When only resting ones are left, the one that rested longest; else -ENOSPC. Cheap with
 * 10,000 peers. */
int peer_store_free_host(struct store *store, const char *instance_id, uint64_t first,
                         uint64_t last, int64_t rest_seconds, uint64_t *ret_host);
/* The subnet of an enabled peer other than `except_id` (NULL = none) that overlaps: its name and
 * the subnet. -ENOENT when there is none. Cheap: enabled subnets never overlap each other. */
int peer_store_overlap(struct store *store, const char *instance_id, const struct prefix *subnet,
                       const char *except_id, char ret_name[static 44], struct prefix *ret_subnet);
/* All subnets held by enabled peers of the instance. */
int peer_store_advertised(struct store *store, const char *instance_id,
                          struct prefix_set *ret_subnets);
/* Adds what all mapped subnets of the instance are on their sites' LANs. */
int peer_store_real_subnets(struct store *store, const char *instance_id,
                            struct prefix_set *subnets);
/* Adds what mapped subnets of enabled peers are on their sites' LANs and, in the same order, as
 * what others see them. */
int peer_store_mapped(struct store *store, const char *instance_id, struct prefix_set *real,
                      struct prefix_set *seen);
/* The enabled peer of any instance that expires next: *ret_at, 0 = none. */
int peer_store_next_expiry(struct store *store, int64_t *ret_at);
/* Enabled peers whose time has come. */
int peer_store_expired(struct store *store, int64_t now, peer_each each, void *data);
