/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rows of instances. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hub/base/dns_name.h"
#include "hub/base/key.h"
#include "hub/base/prefix_set.h"
#include "hub/base/text.h"
#include "hub/store/store.h"

/* Bits of instance.openvpn_transports. */
enum openvpn_transport { OPENVPN_TRANSPORT_UDP = 1 << 0, OPENVPN_TRANSPORT_TCP = 1 << 1 };

enum dns_mode { DNS_HUB_DEFAULT, DNS_NONE, DNS_GIVEN };

struct instance {
    char id[ID_MAX];
    char name[84]; /* UTF-8 */
    char hostname[24];
    char region[64];
    struct prefix network4, network6; /* family 0 = none */
    uint32_t slot;                    /* numbers the uplink's addresses; unique */
    uint16_t port;                    /* WireGuard's UDP port; unique */
    uint16_t mtu;
    bool client_to_client;
    bool firewall_deny; /* what no rule of the firewall matches */
    enum dns_mode dns_mode;
    struct address dns[4];
    size_t dns_count;
    struct dns_list dns_custom;  /* records of its own */
    struct dns_list split_dns;   /* domains, and who is asked about them inside the tunnel */
    struct dns_list dns_domains; /* names alone: search domains beside its own */
    struct prefix_set pushed;
    struct key private_key; /* sealed in the row */
    struct key public_key;
    uint8_t openvpn_transports; /* of enum openvpn_transport */
    bool deleting;              /* nothing but its removal may happen any more */
    int64_t created_at, updated_at;
    uint64_t revision; /* counts changes: the ETag */
};

void instance_done(struct instance *instance); /* frees the lists, wipes the key */
#define _cleanup_instance_ __attribute__((cleanup(instance_done)))

/* NULL-terminated callbacks: a non-zero answer of `each` stops and is returned. */
typedef int (*instance_each)(const struct instance *instance, void *data);

/* By id, else by name (case does not matter). -ENOENT. Fills on success alone. */
int instance_store_find(struct store *store, const char *id_or_name, struct instance *ret_instance);
/* By name, those after `after` (NULL = from the start), at most `limit` (0 = all). */
int instance_store_list(struct store *store, const char *after, unsigned limit, instance_each each,
                        void *data);
/* Assigns nothing: id, slot, port, times are the caller's. -EEXIST with the column in
 * *ret_column ("name", "hostname", "port", "slot"). */
int instance_store_add(struct store *store, const struct instance *instance,
                       const char **ret_column);
/* Everything but id, created_at; revision + 1, updated_at now (written back). */
int instance_store_update(struct store *store, struct instance *instance, const char **ret_column);
int instance_store_mark_deleting(struct store *store, const char *id);
/* Removes the row and all that hangs on it; the hostname rests for 30 days. */
int instance_store_delete(struct store *store, const char *id);
int instance_store_count(struct store *store, uint32_t *ret_count);

/* The lowest free slot from 1; the lowest free port of the range; -ENOSPC when there is none. */
int instance_store_free_slot(struct store *store, uint32_t maximum, uint32_t *ret_slot);
int instance_store_free_port(struct store *store, uint16_t first, uint16_t last,
                             uint16_t *ret_port);
/* Is `label` used, or did an instance that had it go less than 30 days ago? `ret_until` 0 = used.
 */
int instance_store_hostname_taken(struct store *store, const char *label, bool *ret_taken,
                                  int64_t *ret_until);
/* The first /length network of `pool` that no instance has; when all are used, the least used one
 * (instances do not meet). */
int instance_store_free_network(struct store *store, const struct prefix *pool, uint8_t length,
                                struct prefix *ret_network);
