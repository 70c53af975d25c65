/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an instance's names are, and what its resolver is told: rows and settings turned into
 * verbs. Pure. */
#pragma once

#include "hub/channel/verbs.h"
#include "hub/settings/settings.h"
#include "hub/store/instance_store.h"

/* ---- names ---- */

/* "acme.vpn.example.com", or "acme.internal" where the hub has no base domain. */
void dns_domain_of(const struct settings *settings, const struct instance *instance,
                   char ret_domain[static DNS_NAME_MAX]);
/* A label in that domain; false: it would be too long. */
bool dns_name_of(const struct settings *settings, const struct instance *instance,
                 const char *label, char ret_name[static DNS_NAME_MAX]);
/* The label of a name in the instance's domain; NULL: it lies elsewhere, or deeper. */
const char *dns_label_in_domain(const struct settings *settings, const struct instance *instance,
                                const char *name, char label[static DNS_NAME_MAX]);
#define DNS_HUB_LABEL "hub"

/* ---- servers ---- */

/* Who is asked about the rest of the world. */
size_t dns_upstreams(const struct settings *settings, const struct instance *instance,
                     const struct address **ret_servers);
/* What clients are told to ask: the hub's tunnel addresses; none where the hub could not answer
 * about the rest of the world. */
size_t dns_for_clients(const struct settings *settings, const struct instance *instance,
                       struct address ret_servers[static 2]);
/* The domains that clients look in: the instance's, and those that it was given. */
void dns_search_for_clients(const struct settings *settings, const struct instance *instance,
                            struct dns_list *ret_search);

/* ---- verbs ---- */

struct dns_servers_spec {
    struct verb_dns_servers fixed;
    struct dns_server servers[VERB_DNS_SERVERS_MAX];
};

void dns_servers_make(const struct settings *settings, const struct instance *instance,
                      struct dns_servers_spec *ret_spec);

/* Names are told in blocks by host number, a file each; those of addresses elsewhere are a block of
 * their own. */
enum { DNS_BLOCK_HOSTS = 64 };
#define DNS_BLOCK_ELSEWHERE UINT64_MAX
uint64_t dns_block_of_host(uint64_t host);
uint64_t dns_block_of_address(const struct instance *instance, const struct address *address);

struct dns_records_spec {
    struct verb_dns_records fixed;
    struct dns_record records[VERB_DNS_RECORDS_MAX];
};

/* With the hub's own name in the block where it is. */
void dns_records_begin(const struct settings *settings, const struct instance *instance,
                       uint64_t block, struct dns_records_spec *ret_spec);
void dns_records_add_peer(const struct settings *settings, const struct instance *instance,
                          uint64_t host, const char *label, struct dns_records_spec *spec);
/* Last, the instance's own records of the block: an address is looked up to the first of its
 * names, which is the peer's. */
void dns_records_end(const struct settings *settings, const struct instance *instance,
                     struct dns_records_spec *spec);
