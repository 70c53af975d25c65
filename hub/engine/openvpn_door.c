/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/engine/openvpn_door.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <sys/socket.h>

#include "hub/base/cleanup.h"
#include "hub/engine/dns_spec.h"
#include "hub/engine/instance_spec.h"
#include "hub/engine/openvpn_keys.h"
#include "peers/routes.h"

/* ---- who ---- */

/* The id in "abcdefgh-3". */
static bool read_name(const char *name, char ret_id[static ID_MAX])
{
    size_t length = strcspn(name, "-");

    if (length != ID_LENGTH)
        return false;
    memcpy(ret_id, name, ID_LENGTH);
    ret_id[ID_LENGTH] = 0;
    return id_valid(ret_id);
}

/* 1: `peer` and `row` are those of this name; 0: nobody's. */
static int find_named(struct engine *engine, const char *instance_id, const char *name,
                      struct peer *peer, struct peer_openvpn *row)
{
    char id[ID_MAX], present[OPENVPN_KEYS_NAME_MAX];
    int r;

    if (!read_name(name, id))
        return 0;
    r = peer_store_find(engine->store, instance_id, id, peer);
    if (r == 0)
        r = openvpn_store_find_peer(engine->store, peer->id, row);
    if (r < 0)
        return r == -ENOENT ? 0 : r;
    openvpn_keys_peer_name(peer, row, present);
    return text_equal(name, present);
}

static int judge_certificate(struct engine *engine, const char *instance_id,
                             const struct openvpn_client *client, struct peer *peer)
{
    struct key identity;
    int r;

    if (!(client->fields & OPENVPN_HAS_DIGEST))
        return 0;
    memcpy(identity.bytes, client->digest, KEY_SIZE);
    r = peer_store_find_key(engine->store, instance_id, &identity, peer);
    if (r < 0)
        return r == -ENOENT ? 0 : r;
    if (peer->protocol != PROTOCOL_OPENVPN || peer->login != LOGIN_CERTIFICATE)
        return 0;
    /* A certificate under another one's name is nobody's. */
    if ((client->fields & OPENVPN_HAS_USERNAME) && client->username[0] &&
        strncmp(client->username, peer->id, ID_LENGTH) != 0)
        return 0;
    return 1;
}

static int judge_password(struct engine *engine, const char *instance_id,
                          const struct openvpn_client *client, struct peer *peer)
{
    _cleanup_peer_openvpn_ struct peer_openvpn row = {0};
    int r;

    if (!(client->fields & OPENVPN_HAS_USERNAME) || !(client->fields & OPENVPN_HAS_PASSWORD))
        return 0;
    r = find_named(engine, instance_id, client->username, peer, &row);
    if (r <= 0)
        return r;
    if (peer->login != LOGIN_PASSWORD || !row.password[0] ||
        strlen(client->password) != strlen(row.password))
        return 0;
    return sodium_memcmp(client->password, row.password, strlen(row.password)) == 0;
}

int openvpn_door_judge(struct engine *engine, const char *instance_id, unsigned server,
                       const struct openvpn_client *client, struct peer *ret_peer,
                       enum openvpn_denial *ret_denial)
{
    _cleanup_peer_ struct peer peer = {0};
    /* Its name would end the server's lists in the middle. */
    bool is_long = client->fields & OPENVPN_HAS_LONG_USERNAME;
    bool is_legacy = openvpn_server_kind(server) == OPENVPN_LEGACY;
    int r = is_long     ? 0
            : is_legacy ? judge_password(engine, instance_id, client, &peer)
                        : judge_certificate(engine, instance_id, client, &peer);

    if (r < 0)
        return r;
    *ret_denial = OPENVPN_DENY_UNKNOWN;
    /* On another link its networks could be another peer's. */
    if (r == 0 || peer.link != openvpn_server_link_of(server))
        return 0;
    if (peer.expired || (peer.expires && peer.expires_at <= clock_seconds()))
        *ret_denial = OPENVPN_DENY_EXPIRED;
    else if (!peer.enabled)
        *ret_denial = OPENVPN_DENY_DISABLED;
    else {
        *ret_peer = peer;
        peer = (struct peer){0};
        return 1;
    }
    return 0;
}

int openvpn_door_recognise(struct engine *engine, const char *instance_id, const char *name,
                           struct peer *ret_peer)
{
    _cleanup_peer_openvpn_ struct peer_openvpn row = {0};
    _cleanup_peer_ struct peer peer = {0};
    int r = find_named(engine, instance_id, name, &peer, &row);

    if (r <= 0 || !peer.enabled)
        return r < 0 ? r : 0;
    *ret_peer = peer;
    peer = (struct peer){0};
    return 1;
}

/* ---- with what ---- */

uint64_t openvpn_door_terms(const struct peer *peer)
{
    crypto_generichash_state state;
    uint64_t terms;
    uint8_t flags[] = {peer->route_all, peer->link};

    crypto_generichash_init(&state, NULL, 0, sizeof(terms));
    crypto_generichash_update(&state, peer->public_key.bytes, KEY_SIZE);
    crypto_generichash_update(&state, flags, sizeof(flags));
    for (size_t i = 0; i < peer->subnets.count; i++)
        crypto_generichash_update(&state, (const uint8_t *)&peer->subnets.items[i],
                                  sizeof(peer->subnets.items[i]));
    for (size_t i = 0; i < peer->real_subnets.count; i++)
        crypto_generichash_update(&state, (const uint8_t *)&peer->real_subnets.items[i],
                                  sizeof(peer->real_subnets.items[i]));
    crypto_generichash_final(&state, (uint8_t *)&terms, sizeof(terms));
    return terms ? terms : 1;
}

/* What the peer routes into its tunnel, less the tunnel networks: those come with its address. */
static int find_routes(struct engine *engine, const struct instance *instance,
                       const struct peer *peer, struct prefix_set *ret_routes)
{
    struct prefix networks[2];
    struct prefix_set tunnel = {.items = networks};
    _cleanup_prefix_set_ struct prefix_set advertised = {0}, all = {0}, own = {0};
    struct routes_input input = {
        .tunnel_networks = &tunnel, .advertised = &advertised, .own = &own};
    int r;

    prefix_set_add_all(&own, &peer->subnets);
    prefix_set_add_all(&own, &peer->real_subnets);

    if (instance->network4.address.family)
        networks[tunnel.count++] = instance->network4;
    if (instance->network6.address.family)
        networks[tunnel.count++] = instance->network6;
    r = peer_store_advertised(engine->store, instance->id, &advertised);
    if (r < 0)
        return r;
    prefix_set_add_all(&advertised, &instance->pushed);
    prefix_set_minimise(&advertised);
    routes_for_peer(&input, &all);
    for (size_t i = 0; i < all.count; i++)
        if (!prefix_set_contains(&tunnel, &all.items[i]))
            prefix_set_add(ret_routes, &all.items[i]);
    return 0;
}

static void add_addresses(const struct instance *instance, const struct peer *peer,
                          struct openvpn_grant *grant)
{
    struct prefix addresses[2], hub[2];
    size_t count = peer_tunnel_addresses(instance, peer, addresses);

    for (size_t i = 0; i < count; i++) {
        bool is4 = addresses[i].address.family == AF_INET;

        /* RouterOS has no IPv6 in its OpenVPN. */
        if (!is4 && peer->login == LOGIN_PASSWORD)
            continue;
        *(is4 ? &grant->address4 : &grant->address6) = (struct prefix){
            .address = addresses[i].address,
            .length = is4 ? instance->network4.length : instance->network6.length,
        };
    }
    count = hub_tunnel_addresses(instance, hub);
    for (size_t i = 0; i < count; i++)
        if (hub[i].address.family == AF_INET || grant->address6.address.family)
            *(hub[i].address.family == AF_INET ? &grant->hub4 : &grant->hub6) = hub[i].address;
}

/* What a grant borrows. */
struct names {
    struct address servers[2];
    struct dns_list search;
};

/* The hub answers, as in profiles. */
static void add_names(const struct engine *engine, const struct instance *instance,
                      struct names *names, struct openvpn_grant *grant)
{
    _cleanup_dns_list_ struct dns_list all = {0};

    grant->dns = names->servers;
    grant->dns_count = dns_for_clients(&engine->settings, instance, names->servers);
    if (grant->dns_count == 0)
        return;
    dns_search_for_clients(&engine->settings, instance, &all);
    for (size_t i = 0; i < all.count; i++)
        if (strlen(all.items[i].name) < OPENVPN_DOMAIN_MAX)
            dns_list_add(&names->search, &all.items[i]);
    grant->search = &names->search;
}

int openvpn_door_grant(struct engine *engine, const struct instance *instance,
                       const struct peer *peer, uint64_t cid, uint32_t kid, struct buf *commands)
{
    _cleanup_prefix_set_ struct prefix_set routes = {0};
    struct names names = {0};
    struct openvpn_grant grant = {
        .cid = cid,
        .kid = kid,
        .behind = &peer->real_subnets,
        .routes = &routes,
        .redirect = peer->route_all,
    };
    int r = peer->route_all ? 0 : find_routes(engine, instance, peer, &routes);

    if (r < 0)
        return r;
    add_addresses(instance, peer, &grant);
    /* A site's router keeps its own name servers. */
    if (!peer->is_site)
        add_names(engine, instance, &names, &grant);
    grant.block_outside_dns = grant.redirect && grant.dns_count > 0;
    r = openvpn_command_grant(&grant, commands);
    dns_list_done(&names.search);
    return r;
}
