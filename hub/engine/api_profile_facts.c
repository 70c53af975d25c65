/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>

#include "hub/engine/api_profile_facts.h"

#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/log.h"
#include "hub/base/text.h"
#include "hub/engine/api_json.h"
#include "hub/engine/dns_spec.h"
#include "hub/engine/instance_spec.h"
#include "hub/engine/openvpn_keys.h"
#include "hub/store/link_store.h"
#include "peers/routes.h"

struct profile_source {
    struct engine *engine;
    const struct instance *instance;
    struct prefix_set tunnel_networks;
    bool has_advertised;          /* read when it is first needed: an instance may have thousands */
    struct prefix_set advertised; /* with what is pushed, as the smallest cover */
    struct prefix_set dns;        /* as /32 and /128 */
    struct address servers[2];
    size_t server_count;
    struct dns_list search;
    /* Of OpenVPN's peers. */
    struct instance_openvpn openvpn; /* instance_id "": not read yet */
    struct peer_openvpn openvpn_peer;
    char server_name[OPENVPN_KEYS_NAME_MAX], user_name[OPENVPN_KEYS_NAME_MAX];
    /* Of a client's profile without exclusions, split [0] and full [1]. */
    bool has_routes_digest[2];
    uint8_t routes_digest[2][16];
};

struct profile_source *profile_source_free(struct profile_source *source)
{
    if (!source)
        return NULL;
    prefix_set_done(&source->tunnel_networks);
    prefix_set_done(&source->advertised);
    prefix_set_done(&source->dns);
    instance_openvpn_done(&source->openvpn);
    peer_openvpn_done(&source->openvpn_peer);
    dns_list_done(&source->search);
    free(source);
    return NULL;
}

/* Clients ask the hub, and search the instance's domain first. */
static void find_servers(struct profile_source *source)
{
    const struct settings *settings = &source->engine->settings;
    const struct instance *instance = source->instance;
    source->server_count = dns_for_clients(settings, instance, source->servers);
    dns_search_for_clients(settings, instance, &source->search);
    for (size_t i = 0; i < source->server_count; i++) {
        struct prefix server = prefix_of_address(&source->servers[i]);
        prefix_set_add(&source->dns, &server);
    }
}

struct profile_source *profile_source_new(struct engine *engine, const struct instance *instance)
{
    struct profile_source *source = memory_zero(sizeof *source);
    source->engine = engine;
    source->instance = instance;
    if (instance->network4.address.family)
        prefix_set_add(&source->tunnel_networks, &instance->network4);
    if (instance->network6.address.family)
        prefix_set_add(&source->tunnel_networks, &instance->network6);
    find_servers(source);
    return source;
}

static int read_advertised(struct profile_source *source)
{
    if (source->has_advertised)
        return 0;
    int r = peer_store_advertised(source->engine->store, source->instance->id, &source->advertised);
    if (r < 0)
        return r;
    prefix_set_add_all(&source->advertised, &source->instance->pushed);
    prefix_set_minimise(&source->advertised);
    source->has_advertised = true;
    return 0;
}

/* ---- OpenVPN ---- */

static enum profile_access access_of(const struct peer *peer)
{
    if (peer->protocol == PROTOCOL_WIREGUARD)
        return PROFILE_WIREGUARD;
    return peer->login == LOGIN_PASSWORD ? PROFILE_PASSWORD : PROFILE_CERTIFICATE;
}

enum profile_subject profile_subject_of_peer(const struct peer *peer)
{
    return profile_subject_of(access_of(peer), peer->is_site);
}

static struct profile_bytes bytes_of(const struct openvpn_blob *blob)
{
    return (struct profile_bytes){blob->bytes, blob->size};
}

static int read_openvpn(struct profile_source *source, const struct peer *peer)
{
    struct store *store = source->engine->store;
    int r = 0;
    if (!*source->openvpn.instance_id)
        r = openvpn_store_find_instance(store, source->instance->id, &source->openvpn);
    if (r == 0)
        r = openvpn_store_find_peer(store, peer->id, &source->openvpn_peer);
    return r;
}

/* Of the peer's link, where it is not link 0 with the ports that are there already. */
static int find_ports(struct profile_source *source, const struct peer *peer, uint16_t *ret_openvpn,
                      uint16_t *ret_wireguard)
{
    struct link_ports ports;
    if (!peer->link)
        return 0;
    int r = link_store_find(source->engine->store, source->instance->id, peer->link, &ports);
    if (r < 0)
        return r;
    if (ret_openvpn)
        *ret_openvpn = ports.openvpn;
    if (ret_wireguard)
        *ret_wireguard = ports.wireguard;
    return 0;
}

static int make_openvpn(struct profile_source *source, const struct peer *peer,
                        struct profile_facts *facts)
{
    const struct instance_openvpn *openvpn = &source->openvpn;
    const struct peer_openvpn *row = &source->openvpn_peer;
    uint8_t transports = source->instance->openvpn_transports;
    int r = read_openvpn(source, peer);
    uint16_t port = openvpn->port;
    if (r == 0)
        r = find_ports(source, peer, &port, NULL);
    if (r < 0)
        return r;
    openvpn_keys_server_name(source->instance->id, source->server_name);
    openvpn_keys_peer_name(peer, row, source->user_name);
    facts->openvpn = (struct profile_openvpn){
        .server_name = source->server_name,
        .ca = bytes_of(&openvpn->ca_certificate),
        .certificate = bytes_of(&row->certificate),
        .key = bytes_of(&row->key),
        .tls_crypt_key = bytes_of(&row->tls_crypt_key),
        .user_name = source->user_name,
        .password = row->password,
    };
    if (peer->login == LOGIN_PASSWORD)
        facts->openvpn.ports[OPENVPN_LEGACY] = port + 1;
    else if (transports & OPENVPN_TRANSPORT_UDP)
        facts->openvpn.ports[OPENVPN_UDP] = port;
    if (peer->login == LOGIN_CERTIFICATE && (transports & OPENVPN_TRANSPORT_TCP))
        facts->openvpn.ports[OPENVPN_TCP] = port;
    return 0;
}

/* All but the routes. */
static int make_plain(struct profile_source *source, const struct peer *peer,
                      struct profile_facts *facts)
{
    const struct settings *settings = &source->engine->settings;
    *facts = (struct profile_facts){
        .hub_name = settings->public_name,
        .instance_id = source->instance->id,
        .instance_name = source->instance->name,
        .peer_id = peer->id,
        .peer_name = peer->name,
        .is_site = peer->is_site,
        .route_all = peer->route_all,
        .access = access_of(peer),
        .endpoint_host = settings->public_name,
        .endpoint_port = source->instance->port,
        .hub_public_key = source->instance->public_key,
        .has_private_key = peer->has_private_key,
        .private_key = peer->private_key,
        .public_key = peer->public_key,
        .has_preshared_key = peer->has_preshared_key,
        .preshared_key = peer->preshared_key,
        .mtu = source->instance->mtu,
        .keepalive = peer->keepalive,
    };
    facts->address_count = peer_tunnel_addresses(source->instance, peer, facts->addresses);
    prefix_set_add_all(&facts->tunnel_networks, &source->tunnel_networks);
    /* A site's router keeps its own name servers. */
    if (!peer->is_site && source->server_count) {
        facts->dns_count = source->server_count;
        facts->search = &source->search;
        memcpy(facts->dns, source->servers, source->server_count * sizeof *source->servers);
    }
    if (facts->access != PROFILE_WIREGUARD)
        return make_openvpn(source, peer, facts);
    return find_ports(source, peer, NULL, &facts->endpoint_port);
}

static int make_routes(struct profile_source *source, const struct peer *peer,
                       const struct prefix_set *excluded, struct prefix_set *routes)
{
    /* Not even where another site's network is the same: it would take the place of its own. */
    _cleanup_prefix_set_ struct prefix_set own = {};
    int r = peer->route_all ? 0 : read_advertised(source);
    if (r < 0)
        return r;
    prefix_set_add_all(&own, &peer->subnets);
    prefix_set_add_all(&own, &peer->real_subnets);
    const struct routes_input input = {
        .tunnel_networks = &source->tunnel_networks,
        .advertised = &source->advertised,
        .own = &own,
        .excluded = excluded,
        .dns = &source->dns,
        .route_all = peer->route_all,
    };
    routes_for_peer(&input, routes);
    return 0;
}

int profile_facts_make(struct profile_source *source, const struct peer *peer,
                       const struct prefix_set *excluded, struct profile_facts *ret_facts)
{
    int r = make_plain(source, peer, ret_facts);
    if (r == 0 && excluded)
        prefix_set_add_all(&ret_facts->excluded, excluded);
    return r < 0 ? r : make_routes(source, peer, excluded, &ret_facts->allowed);
}

void profile_facts_done(struct profile_facts *facts)
{
    prefix_set_done(&facts->tunnel_networks);
    prefix_set_done(&facts->allowed);
    prefix_set_done(&facts->excluded);
    key_wipe(&facts->private_key);
    key_wipe(&facts->preshared_key);
}

/* ---- is what was handed out still true ---- */

static int digest_whole(struct profile_source *source, const struct peer *peer,
                        const struct prefix_set *excluded, struct profile_digest *digest)
{
    _cleanup_profile_facts_ struct profile_facts facts = {};
    int r = profile_facts_make(source, peer, excluded, &facts);
    if (r == 0)
        profile_digest_of(&facts, digest);
    return r;
}

/* The digest that a profile handed out now would have. */
static int digest_now(struct profile_source *source, const struct peer *peer,
                      const struct prefix_set *excluded, struct profile_digest *digest)
{
    _cleanup_profile_facts_ struct profile_facts facts = {};
    bool common = !excluded->count && !peer->subnets.count;
    uint8_t *kept = source->routes_digest[peer->route_all];
    bool *has = &source->has_routes_digest[peer->route_all];
    if (peer->protocol != PROTOCOL_WIREGUARD)
        return digest_whole(source, peer, excluded, digest);
    int r = make_plain(source, peer, &facts);
    if (r == 0 && !(common && *has))
        r = make_routes(source, peer, excluded, &facts.allowed);
    if (r < 0)
        return r;
    profile_digest_of(&facts, digest);
    uint8_t *routes = digest->aspects[PROFILE_ASPECT_ROUTES];
    if (common && *has)
        memcpy(routes, kept, sizeof source->routes_digest[0]);
    else if (common)
        memcpy(kept, routes, sizeof source->routes_digest[0]);
    *has = *has || common;
    return 0;
}

static void parse_excluded(const char *text, struct prefix_set *ret_excluded)
{
    _cleanup_free_ char *copy = text_duplicate(text);
    char *rest = copy;
    for (char *item; (item = strsep(&rest, ","));) {
        struct prefix prefix;
        if (prefix_parse(item + strspn(item, " "), &prefix) == 0)
            prefix_set_add(ret_excluded, &prefix);
    }
}

static unsigned find_stale(struct profile_source *source, const struct peer *peer,
                           const struct issued_profile *issued)
{
    _cleanup_prefix_set_ struct prefix_set excluded = {};
    struct profile_digest now, then;
    if (!profile_digest_load(issued->digest, issued->digest_size, &then))
        return 0;
    parse_excluded(issued->excluded, &excluded);
    int r = digest_now(source, peer, &excluded, &now);
    if (r < 0) {
        log_warning("api: is the profile of peer %s stale: %s, ignoring", peer->id, strerror(-r));
        return 0;
    }
    return profile_digest_compare(&then, &now);
}

void profile_standing_look(struct profile_source *source, const struct peer *peer,
                           struct profile_standing *ret_standing)
{
    struct issued_profile issued = {};

    *ret_standing = (struct profile_standing){};
    if (profile_store_get(source->engine->store, peer->id, &issued) < 0)
        return;
    ret_standing->issued_at = issued.issued_at;
    ret_standing->stale = find_stale(source, peer, &issued);
    parse_excluded(issued.excluded, &ret_standing->excluded);
}

void profile_standing_done(struct profile_standing *standing)
{
    prefix_set_done(&standing->excluded);
}

void peer_json_add_profile(struct profile_source *source, const struct peer *peer, json_t *object)
{
    struct issued_profile issued = {};
    json_t *reasons = json_array();
    unsigned stale = 0;
    if (profile_store_get(source->engine->store, peer->id, &issued) == 0)
        stale = find_stale(source, peer, &issued);
    for (enum profile_aspect aspect = 0; aspect < PROFILE_ASPECT_COUNT; aspect++)
        if (stale & 1u << aspect)
            json_array_append_new(reasons, json_string(profile_aspect_reason(aspect)));
    json_object_set_new(object, "profile_issued_at", json_time(issued.issued_at));
    json_object_set_new(object, "profile_stale", json_boolean(stale != 0));
    json_object_set_new(object, "profile_stale_reasons", reasons);
}

void profile_issued_of(const struct profile_facts *facts, const struct profile_format *format,
                       struct issued_profile *ret_issued)
{
    struct issued_profile issued = {.issued_at = clock_seconds()};
    struct profile_digest digest;

    _Static_assert(sizeof digest <= sizeof issued.digest, "the digest fits its column");
    profile_digest_of(facts, &digest);
    memcpy(issued.digest, &digest, sizeof digest);
    issued.digest_size = sizeof digest;
    memcpy(issued.peer_id, facts->peer_id, sizeof issued.peer_id);
    (void)text_copy(issued.format, sizeof issued.format, format->name);
    *ret_issued = issued;
}

bool profile_keys_handed_out(struct engine *engine, const struct instance *instance,
                             const struct peer *peer)
{
    _cleanup_profile_source_ struct profile_source *source = profile_source_new(engine, instance);
    struct issued_profile issued;
    struct profile_digest then, now;
    static const struct prefix_set nothing;
    int r = profile_store_get(engine->store, peer->id, &issued);

    if (r == 0)
        r = profile_digest_load(issued.digest, issued.digest_size, &then)
                ? digest_whole(source, peer, &nothing, &now)
                : -ENOENT;
    if (r < 0)
        return false;
    return !(profile_digest_compare(&then, &now) & 1u << PROFILE_ASPECT_KEYS);
}
