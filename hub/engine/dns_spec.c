/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/engine/dns_spec.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "hub/base/cleanup.h"
#include "hub/engine/instance_spec.h"

enum { HUB_HOST = 1 };
#define NO_BASE_DOMAIN "internal" /* which the root zone leaves to private use */

/* ---- names ---- */

void dns_domain_of(const struct settings *settings, const struct instance *instance,
                   char ret_domain[static DNS_NAME_MAX])
{
    const char *base = *settings->base_domain ? settings->base_domain : NO_BASE_DOMAIN;

    snprintf(ret_domain, DNS_NAME_MAX, "%s.%s", instance->hostname, base);
}

bool dns_name_of(const struct settings *settings, const struct instance *instance,
                 const char *label, char ret_name[static DNS_NAME_MAX])
{
    char domain[DNS_NAME_MAX];
    int length;

    dns_domain_of(settings, instance, domain);
    length = snprintf(ret_name, DNS_NAME_MAX, "%.63s.%s", label, domain);
    return length > 0 && length < DNS_NAME_MAX && dns_name_valid(ret_name);
}

const char *dns_label_in_domain(const struct settings *settings, const struct instance *instance,
                                const char *name, char label[static DNS_NAME_MAX])
{
    char domain[DNS_NAME_MAX];

    dns_domain_of(settings, instance, domain);
    if (text_copy(label, DNS_NAME_MAX, name) < 0)
        return NULL;
    if (dns_name_is_in(name, domain) && !text_equal(name, domain))
        label[strlen(name) - strlen(domain) - 1] = '\0';
    return strchr(label, '.') ? NULL : label;
}

/* A name of one label stands for one in the instance's domain. */
static bool full_name(const struct settings *settings, const struct instance *instance,
                      const char *name, char ret_name[static DNS_NAME_MAX])
{
    if (!strchr(name, '.'))
        return dns_name_of(settings, instance, name, ret_name);
    return text_copy(ret_name, DNS_NAME_MAX, name) == 0;
}

/* ---- servers ---- */

size_t dns_upstreams(const struct settings *settings, const struct instance *instance,
                     const struct address **ret_servers)
{
    *ret_servers = NULL;
    switch (instance->dns_mode) {
    case DNS_HUB_DEFAULT:
        *ret_servers = settings->dns;
        return settings->dns_count;
    case DNS_NONE:
        return 0;
    case DNS_GIVEN:
        *ret_servers = instance->dns;
        return instance->dns_count;
    }
    return 0;
}

size_t dns_for_clients(const struct settings *settings, const struct instance *instance,
                       struct address ret_servers[static 2])
{
    const struct address *upstreams;
    struct prefix hub[2];
    size_t count;

    if (dns_upstreams(settings, instance, &upstreams) == 0)
        return 0;
    count = hub_tunnel_addresses(instance, hub);
    for (size_t i = 0; i < count; i++)
        ret_servers[i] = hub[i].address;
    return count;
}

void dns_search_for_clients(const struct settings *settings, const struct instance *instance,
                            struct dns_list *ret_search)
{
    struct dns_entry domain = {0};

    dns_domain_of(settings, instance, domain.name);
    dns_list_add(ret_search, &domain);
    for (size_t i = 0; i < instance->dns_domains.count; i++)
        if (!dns_list_contains(ret_search, &instance->dns_domains.items[i]))
            dns_list_add(ret_search, &instance->dns_domains.items[i]);
}

/* ---- verbs: servers ---- */

static void add_server(struct dns_servers_spec *spec, const char *domain, enum dns_server_kind kind,
                       const struct address *address)
{
    struct dns_server *server = &spec->servers[spec->fixed.count];

    if (spec->fixed.count == VERB_DNS_SERVERS_MAX)
        return;
    for (uint32_t i = 0; i < spec->fixed.count; i++) {
        if (kind != DNS_SERVER_FORWARD && text_equal(spec->servers[i].domain, domain))
            return; /* it has two addresses, say */
    }
    spec->fixed.count++;
    *server = (struct dns_server){.kind = (uint8_t)kind};
    (void)text_copy(server->domain, sizeof(server->domain), domain);
    if (address)
        server->address = *address;
}

/* A name elsewhere that has an address here is not asked about there, in either family. Below a
 * domain of the tenant's own servers nothing is asked about in the world. */
static void add_custom(const struct settings *settings, const struct instance *instance,
                       const struct dns_entry *entry, struct dns_servers_spec *spec)
{
    enum dns_server_kind kind = DNS_SERVER_EXACT;
    char domain[DNS_NAME_MAX];

    dns_domain_of(settings, instance, domain);
    if (!strchr(entry->name, '.') || dns_name_is_in(entry->name, domain))
        return;
    for (size_t i = 0; i < instance->split_dns.count; i++) {
        if (dns_name_is_in(entry->name, instance->split_dns.items[i].name))
            kind = DNS_SERVER_LOCAL;
        if (text_equal(entry->name, instance->split_dns.items[i].name))
            return;
    }
    add_server(spec, entry->name, kind, NULL);
}

/* Domains that the world knows nothing of: who asks about them there tells it the tenant's names.
 */
static const char *const never_public[] = {NO_BASE_DOMAIN, "local",   "home.arpa", "localhost",
                                           "test",         "invalid", "onion"};

void dns_servers_make(const struct settings *settings, const struct instance *instance,
                      struct dns_servers_spec *ret_spec)
{
    const struct address *upstreams;
    size_t count = dns_upstreams(settings, instance, &upstreams);
    char domain[DNS_NAME_MAX];

    memset(ret_spec, 0, sizeof(*ret_spec));
    (void)text_copy(ret_spec->fixed.id, ID_MAX, instance->id);
    for (size_t i = 0; i < count; i++)
        add_server(ret_spec, "", DNS_SERVER_FORWARD, &upstreams[i]);
    dns_domain_of(settings, instance, domain);
    add_server(ret_spec, domain, DNS_SERVER_LOCAL, NULL);
    for (size_t i = 0; i < instance->split_dns.count; i++)
        add_server(ret_spec, instance->split_dns.items[i].name, DNS_SERVER_FORWARD,
                   &instance->split_dns.items[i].address);
    for (size_t i = 0; i < ELEMENTS(never_public); i++)
        add_server(ret_spec, never_public[i], DNS_SERVER_LOCAL, NULL);
    for (size_t i = 0; i < instance->dns_custom.count; i++)
        add_custom(settings, instance, &instance->dns_custom.items[i], ret_spec);
}

/* ---- verbs: records ---- */

uint64_t dns_block_of_host(uint64_t host)
{
    return host / DNS_BLOCK_HOSTS;
}

uint64_t dns_block_of_address(const struct instance *instance, const struct address *address)
{
    const struct prefix *networks[] = {&instance->network4, &instance->network6};
    uint64_t host;

    for (size_t i = 0; i < 2; i++) {
        if (networks[i]->address.family == address->family &&
            prefix_contains_address(networks[i], address) &&
            address_distance(&networks[i]->address, address, &host) == 0)
            return dns_block_of_host(host);
    }
    return DNS_BLOCK_ELSEWHERE;
}

static void add_record(struct dns_records_spec *spec, const char *name,
                       const struct address *addresses, size_t count)
{
    struct dns_record *record = &spec->records[spec->fixed.count];

    if (spec->fixed.count == VERB_DNS_RECORDS_MAX)
        return;
    spec->fixed.count++;
    *record = (struct dns_record){0};
    (void)text_copy(record->name, sizeof(record->name), name);
    for (size_t i = 0; i < count; i++)
        record->addresses[i] = addresses[i];
}

void dns_records_add_peer(const struct settings *settings, const struct instance *instance,
                          uint64_t host, const char *label, struct dns_records_spec *spec)
{
    const struct peer peer = {.host = host};
    struct prefix prefixes[2];
    struct address addresses[2];
    char name[DNS_NAME_MAX];
    size_t count = peer_tunnel_addresses(instance, &peer, prefixes);

    if (!dns_name_of(settings, instance, label, name))
        return;
    for (size_t i = 0; i < count; i++)
        addresses[i] = prefixes[i].address;
    add_record(spec, name, addresses, count);
}

void dns_records_begin(const struct settings *settings, const struct instance *instance,
                       uint64_t block, struct dns_records_spec *ret_spec)
{
    memset(&ret_spec->fixed, 0, sizeof(ret_spec->fixed));
    (void)text_copy(ret_spec->fixed.id, ID_MAX, instance->id);
    ret_spec->fixed.block = block;
    if (block == dns_block_of_host(HUB_HOST))
        dns_records_add_peer(settings, instance, HUB_HOST, DNS_HUB_LABEL, ret_spec);
}

void dns_records_end(const struct settings *settings, const struct instance *instance,
                     struct dns_records_spec *spec)
{
    char name[DNS_NAME_MAX];

    for (size_t i = 0; i < instance->dns_custom.count; i++) {
        const struct dns_entry *entry = &instance->dns_custom.items[i];

        if (dns_block_of_address(instance, &entry->address) == spec->fixed.block &&
            full_name(settings, instance, entry->name, name))
            add_record(spec, name, &entry->address, 1);
    }
}
