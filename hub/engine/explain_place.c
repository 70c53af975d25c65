/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/engine/explain_place.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/socket.h>

#include "hub/base/cleanup.h"
#include "hub/engine/instance_spec.h"
#include "peers/rules.h"
#include "peers/subnet.h"

void explain_holder_done(struct explain_holder *holder)
{
    peer_done(&holder->peer);
    peer_done(&holder->nearest);
}

static bool is_hub(const struct instance *instance, const struct address *address)
{
    struct prefix hub[2];
    size_t count = hub_tunnel_addresses(instance, hub);

    for (size_t i = 0; i < count; i++)
        if (address_equal(&hub[i].address, address))
            return true;
    return false;
}

static const struct prefix *tunnel_network_of(const struct instance *instance,
                                              const struct address *address)
{
    const struct prefix *networks[] = {&instance->network4, &instance->network6};

    for (size_t i = 0; i < ELEMENTS(networks); i++)
        if (networks[i]->address.family && prefix_contains_address(networks[i], address))
            return networks[i];
    return NULL;
}

/* Whom the table of the hub's own namespace lets nobody reach, though it is not private. */
static bool is_fenced(const struct engine *engine, const struct address *address)
{
    static const struct prefix azure = {{AF_INET, {168, 63, 129, 16}}, 32},
                               unicast6 = {{AF_INET6, {0x20}}, 3};
    struct complaint ignored;

    return !rule_dns_server(address, &ignored) || prefix_contains_address(&azure, address) ||
           (address->family == AF_INET6 && !prefix_contains_address(&unicast6, address)) ||
           prefix_set_contains_address(&engine->settings.public_addresses, address);
}

/* ---- sites ---- */

struct search {
    const struct address *address;
    char id[ID_MAX], nearest_id[ID_MAX];
    struct prefix network, nearest_network;
    struct address seen;
    unsigned nearest_bits;
};

static unsigned common_bits(const struct address *a, const struct address *b)
{
    unsigned bits = 0, size = address_bits(a);

    while (bits < size && !((a->bytes[bits / 8] ^ b->bytes[bits / 8]) & 0x80 >> bits % 8))
        bits++;
    return bits;
}

/* Nobody is nearer than a site that has it on its own LAN. */
static void look_at_lan(const struct peer *peer, size_t i, struct search *search)
{
    const struct subnet subnet = {peer->real_subnets.items[i], peer->subnets.items[i]};
    struct prefix whole = prefix_of_address(search->address), seen;

    if (!peer->enabled || search->seen.family || !subnet_is_mapped(&subnet) ||
        !subnet_seen(&subnet, &whole, &seen))
        return;
    search->seen = seen.address;
    search->nearest_bits = UINT_MAX;
    memcpy(search->nearest_id, peer->id, ID_MAX);
    search->nearest_network = subnet.mapped;
}

/* The enabled one with the address was looked for before: one that has it now is not in. */
static int look_at_peer(const struct peer *peer, void *data)
{
    struct search *search = data;

    for (size_t i = 0; i < peer->subnets.count; i++) {
        const struct prefix *subnet = &peer->subnets.items[i];
        unsigned bits;

        if (subnet->address.family != search->address->family)
            continue;
        if (prefix_contains_address(subnet, search->address)) {
            memcpy(search->id, peer->id, ID_MAX);
            search->network = *subnet;
        }
        look_at_lan(peer, i, search);
        bits = common_bits(&subnet->address, search->address);
        if (bits < search->nearest_bits)
            continue;
        search->nearest_bits = bits + 1;
        memcpy(search->nearest_id, peer->id, ID_MAX);
        search->nearest_network = *subnet;
    }
    return 0;
}

static const struct prefix *network_of(const struct prefix_set *set, const struct address *address)
{
    for (size_t i = 0; i < set->count; i++)
        if (prefix_contains_address(&set->items[i], address))
            return &set->items[i];
    return NULL;
}

static int find_named(struct engine *engine, const struct instance *instance,
                      const struct address *address, const char *named,
                      struct explain_holder *holder)
{
    const struct prefix *network;
    int r = *named ? peer_store_find(engine->store, instance->id, named, &holder->peer) : -ENOENT;

    if (r < 0)
        return r;
    network = network_of(&holder->peer.subnets, address);
    if (network) {
        holder->place = EXPLAIN_SUBNET;
        holder->network = *network;
        return 0;
    }
    peer_done(&holder->peer);
    holder->peer = (struct peer){0};
    return -ENOENT;
}

static int find_enabled(struct engine *engine, const struct instance *instance,
                        const struct address *address, struct explain_holder *holder)
{
    struct prefix whole = prefix_of_address(address);
    char name[44];
    int r = peer_store_overlap(engine->store, instance->id, &whole, NULL, name, &holder->network);

    if (r == 0)
        r = peer_store_find(engine->store, instance->id, name, &holder->peer);
    if (r == 0)
        holder->place = EXPLAIN_SUBNET;
    return r;
}

/* Among all, the disabled ones too; else who is near. */
static int search_all(struct engine *engine, const struct instance *instance,
                      const struct address *address, struct explain_holder *holder)
{
    struct search search = {.address = address,
                            .nearest_bits = address->family == AF_INET ? 16 : 48};
    int r = peer_store_list(engine->store, instance->id, 0, 0, false, look_at_peer, &search);

    if (r == 0 && *search.id) {
        holder->place = EXPLAIN_SUBNET;
        holder->network = search.network;
        return peer_store_find(engine->store, instance->id, search.id, &holder->peer);
    }
    if (r == 0 && *search.nearest_id) {
        holder->nearest_network = search.nearest_network;
        holder->seen = search.seen;
        r = peer_store_find(engine->store, instance->id, search.nearest_id, &holder->nearest);
    }
    return r;
}

/* ---- all together ---- */

static int find_tunnel(struct engine *engine, const struct instance *instance,
                       const struct prefix *network, const struct address *address,
                       struct explain_holder *holder)
{
    uint64_t host;
    int r = address_distance(&network->address, address, &host);

    if (r == 0)
        r = peer_store_find_host(engine->store, instance->id, host, &holder->peer);
    holder->place = r == 0 ? EXPLAIN_TUNNEL : EXPLAIN_FREE;
    return r == -ENOENT || r == -ERANGE ? 0 : r;
}

static int find_site(struct engine *engine, const struct instance *instance,
                     const struct address *address, const char *named,
                     struct explain_holder *holder)
{
    int r = find_named(engine, instance, address, named, holder);

    if (r == -ENOENT)
        r = find_enabled(engine, instance, address, holder);
    if (r == -ENOENT)
        r = search_all(engine, instance, address, holder);
    return r;
}

static void find_public(const struct engine *engine, const struct instance *instance,
                        const struct address *address, struct explain_holder *holder)
{
    const struct prefix *pushed = network_of(&instance->pushed, address);

    if (firewall_is_private(address)) {
        holder->place = EXPLAIN_PRIVATE;
    } else if (is_fenced(engine, address)) {
        holder->place = EXPLAIN_FENCED;
    } else if (pushed) {
        holder->place = EXPLAIN_PUSHED;
        holder->network = *pushed;
    } else {
        holder->place = EXPLAIN_INTERNET;
    }
}

int explain_place_find(struct engine *engine, const struct instance *instance,
                       const struct address *address, const char *named,
                       struct explain_holder *ret_holder)
{
    const struct prefix *tunnel = tunnel_network_of(instance, address);
    int r;

    *ret_holder = (struct explain_holder){.place = EXPLAIN_HUB};
    if (is_hub(instance, address))
        return 0;
    if (tunnel)
        return find_tunnel(engine, instance, tunnel, address, ret_holder);
    r = find_site(engine, instance, address, named, ret_holder);
    if (r == 0 && ret_holder->place != EXPLAIN_SUBNET)
        find_public(engine, instance, address, ret_holder);
    return r;
}
