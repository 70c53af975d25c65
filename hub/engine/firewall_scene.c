/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/engine/firewall_scene.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "hub/base/cleanup.h"
#include "hub/engine/firewall_resolver.h"
#include "hub/engine/instance_spec.h"
#include "hub/store/firewall_store.h"
#include "hub/store/peer_label.h"
#include "hub/store/user_store.h"

enum { PAIRS_MAX = 16384 };

struct firewall_scene_of {
    struct engine *engine;
    const struct instance *instance;
    struct firewall_resolver *resolver;
    struct firewall_rule *rules;
    struct rule_name {
        char id[ID_MAX];
        uint64_t position;
    } * names;
    size_t count, size;
    uint64_t position; /* of the row being read */
};

static int add_rule(const struct firewall_row *row, void *data)
{
    struct firewall_scene_of *scene = data;
    int r;

    scene->position++;
    if (!row->enabled)
        return 0;
    if (scene->count == scene->size) {
        scene->size = scene->size ? scene->size * 2 : 64;
        scene->rules = reallocarray(scene->rules, scene->size, sizeof(*scene->rules));
        scene->names = reallocarray(scene->names, scene->size, sizeof(*scene->names));
        if (!scene->rules || !scene->names)
            abort();
    }
    r = firewall_resolver_rule(scene->resolver, row, &scene->rules[scene->count]);
    if (r < 0)
        return r;
    memcpy(scene->names[scene->count].id, row->id, ID_MAX);
    scene->names[scene->count].position = scene->position;
    scene->count++;
    return 0;
}

int firewall_scene_open(struct engine *engine, const struct instance *instance,
                        struct firewall_scene_of **ret_scene)
{
    struct firewall_scene_of *scene = memory_zero(sizeof(*scene));
    int r;

    scene->engine = engine;
    scene->instance = instance;
    scene->resolver = firewall_resolver_new(engine->store, instance);
    r = firewall_store_list(engine->store, instance->id, INT64_MIN, 0, add_rule, scene);
    if (r < 0) {
        firewall_scene_close(scene);
        return r;
    }
    *ret_scene = scene;
    return 0;
}

struct firewall_scene_of *firewall_scene_close(struct firewall_scene_of *scene)
{
    if (!scene)
        return NULL;
    for (size_t i = 0; i < scene->count; i++)
        firewall_rule_done(&scene->rules[i]);
    free(scene->rules);
    free(scene->names);
    firewall_resolver_free(scene->resolver);
    free(scene);
    return NULL;
}

/* ---- who has an address ---- */

static bool is_live(const struct peer *peer, int64_t now)
{
    return peer->enabled && (!peer->expires || peer->expires_at > now);
}

static int find_tunnel_peer(const struct firewall_scene_of *scene, const struct address *address,
                            struct peer *ret_peer)
{
    const struct instance *instance = scene->instance;
    const struct prefix *network =
        address->family == AF_INET ? &instance->network4 : &instance->network6;
    uint64_t host;

    if (!network->address.family || !prefix_contains_address(network, address) ||
        address_distance(&network->address, address, &host) < 0)
        return -ENOENT;
    return peer_store_find_host(scene->engine->store, instance->id, host, ret_peer);
}

static enum firewall_party party_of(const struct firewall_scene_of *scene,
                                    const struct address *address, int64_t now,
                                    bool *ret_uses_uplink)
{
    _cleanup_peer_ struct peer peer = {0};
    struct prefix hub[2], held;
    struct prefix whole = prefix_of_address(address);
    size_t hub_count = hub_tunnel_addresses(scene->instance, hub);
    char name[44];

    *ret_uses_uplink = false;
    for (size_t i = 0; i < hub_count; i++)
        if (address_equal(&hub[i].address, address))
            return FIREWALL_HUB;
    if (find_tunnel_peer(scene, address, &peer) == 0) {
        *ret_uses_uplink = peer.route_all;
        return !is_live(&peer, now) ? FIREWALL_NOBODY
               : peer.is_site       ? FIREWALL_A_SITE
                                    : FIREWALL_CLIENT;
    }
    if (peer_store_overlap(scene->engine->store, scene->instance->id, &whole, NULL, name, &held) <
        0)
        return FIREWALL_NOBODY;
    return peer_store_find(scene->engine->store, scene->instance->id, name, &peer) == 0 &&
                   is_live(&peer, now)
               ? FIREWALL_A_SITE
               : FIREWALL_NOBODY;
}

/* ---- questions ---- */

static void judge(struct firewall_scene_of *scene, const struct firewall_flow *flow,
                  struct firewall_outcome *ret_outcome)
{
    int64_t now = clock_seconds();
    struct firewall_scene facts = {
        .rules = scene->rules,
        .rule_count = scene->count,
        .deny = scene->instance->firewall_deny,
        .client_to_client = scene->instance->client_to_client,
        .now = now,
        .to_is_private = firewall_is_private(&flow->to),
        .to_is_pushed = prefix_set_contains_address(&scene->instance->pushed, &flow->to),
    };
    bool ignored;

    facts.from = party_of(scene, &flow->from, now, &facts.from_uses_uplink);
    facts.to = party_of(scene, &flow->to, now, &ignored);
    *ret_outcome = (struct firewall_outcome){.from = flow->from, .to = flow->to};
    firewall_judge(&facts, flow, &ret_outcome->verdict);
    if (ret_outcome->verdict.reason == FIREWALL_BY_RULE) {
        const struct rule_name *name = &scene->names[ret_outcome->verdict.rule];

        memcpy(ret_outcome->rule_id, name->id, ID_MAX);
        ret_outcome->position = name->position;
    }
}

static void note(struct firewall_finding *finding, const struct firewall_outcome *outcome)
{
    if (outcome->verdict.allow && finding->allowed++ == 0)
        finding->allow = *outcome;
    if (!outcome->verdict.allow && finding->denied++ == 0)
        finding->deny = *outcome;
}

/* Of a network its first host that is not the hub, of an address itself. */
static struct address one_of(const struct firewall_scene_of *scene, const struct prefix *prefix)
{
    struct address address = prefix->address;
    struct prefix hub[2];
    size_t hub_count = hub_tunnel_addresses(scene->instance, hub);

    if (prefix->length + 1u >= address_bits(&address))
        return address;
    (void)address_add(&prefix->address, 1, &address);
    for (size_t i = 0; i < hub_count; i++)
        if (address_equal(&hub[i].address, &address))
            (void)address_add(&prefix->address, 2, &address);
    return address;
}

/* ---- ends: all addresses that matter ---- */

/* Not the resolver's own list, in which neighbours are one: each address is somebody's. */
struct listing {
    struct firewall_scene_of *scene;
    const struct prefix *within; /* NULL = wherever they are */
    bool with_tunnel, only_enabled;
    struct prefix_set *set;
};

/* The smaller one of two that overlap. */
static void add_place(const struct listing *listing, const struct prefix *place)
{
    const struct prefix *within = listing->within;

    if (!within || prefix_contains(within, place))
        prefix_set_add(listing->set, place);
    else if (prefix_contains(place, within))
        prefix_set_add(listing->set, within);
}

static int list_peer(const struct peer *peer, void *data)
{
    const struct listing *listing = data;
    struct prefix addresses[2];
    size_t count =
        listing->with_tunnel ? peer_tunnel_addresses(listing->scene->instance, peer, addresses) : 0;

    if (listing->only_enabled && !peer->enabled)
        return 0;
    for (size_t i = 0; i < count; i++)
        add_place(listing, &addresses[i]);
    for (size_t i = 0; i < peer->subnets.count && peer->enabled; i++)
        add_place(listing, &peer->subnets.items[i]);
    return 0;
}

static int list_peer_id(const char *peer_id, void *data)
{
    const struct listing *listing = data;
    _cleanup_peer_ struct peer peer = {0};
    int r = peer_store_find(listing->scene->engine->store, listing->scene->instance->id, peer_id,
                            &peer);

    if (r < 0)
        return r == -ENOENT ? 0 : r;
    return list_peer(&peer, data);
}

static int list_user_peer(const char *instance_id, const char *peer_id, uint64_t row, void *data)
{
    (void)instance_id, (void)row;
    return list_peer_id(peer_id, data);
}

/* What peers have of it, as others see them or on their own LAN; where nobody has anything, it
 * stands for itself. */
static int list_network(struct listing *listing, const char *text)
{
    struct engine *engine = listing->scene->engine;
    struct prefix network;
    int r = prefix_parse(text, &network);

    if (r < 0)
        return r;
    listing->within = &network;
    listing->only_enabled = true;
    if (network.length < address_bits(&network.address))
        r = peer_store_list(engine->store, listing->scene->instance->id, 0, 0, false, list_peer,
                            listing);
    if (r == 0)
        r = firewall_resolver_by_lan(listing->scene->resolver, &network, false, listing->set);
    if (listing->set->count == 0)
        prefix_set_add(listing->set, &network);
    return r;
}

static int list_end(struct firewall_scene_of *scene, const struct firewall_row_end *end,
                    struct prefix_set *ret_set)
{
    struct listing listing = {.scene = scene, .with_tunnel = true, .set = ret_set};
    struct store *store = scene->engine->store;

    switch ((enum firewall_kind)end->kind) {
    case FIREWALL_SITE:
        listing.with_tunnel = false;
        return list_peer_id(end->value, &listing);
    case FIREWALL_PEER:
        return list_peer_id(end->value, &listing);
    case FIREWALL_USER:
        listing.only_enabled = true;
        return user_store_peers(store, end->value, scene->instance->id, 0, 0, list_user_peer,
                                &listing);
    case FIREWALL_GROUP:
        listing.only_enabled = true;
        return peer_label_holders(store, scene->instance->id, end->value, list_peer_id, &listing);
    case FIREWALL_NETWORK:
        return list_network(&listing, end->value);
    case FIREWALL_ANY:
    case FIREWALL_KIND_COUNT:
        return 0;
    }
    return 0;
}

int firewall_scene_ask(struct firewall_scene_of *scene, const struct firewall_question *question,
                       struct firewall_finding *ret_finding)
{
    _cleanup_prefix_set_ struct prefix_set from = {0}, to = {0};
    struct firewall_finding finding = {0};
    size_t pairs = 0;
    int r = list_end(scene, &question->from, &from);

    if (r == 0)
        r = list_end(scene, &question->to, &to);
    if (r < 0)
        return r;
    if (from.count * to.count > PAIRS_MAX)
        return -E2BIG;
    for (size_t i = 0; i < from.count; i++) {
        for (size_t k = 0; k < to.count; k++) {
            struct firewall_flow flow = {one_of(scene, &from.items[i]), one_of(scene, &to.items[k]),
                                         question->protocol, question->port};
            struct firewall_outcome outcome;

            if (flow.from.family != flow.to.family || address_equal(&flow.from, &flow.to))
                continue;
            pairs++;
            judge(scene, &flow, &outcome);
            note(&finding, &outcome);
        }
    }
    *ret_finding = finding;
    return pairs > 0 ? 0 : -ENOENT;
}

/* ---- saved checks ---- */

struct firewall_question firewall_check_question(const struct firewall_check_row *check)
{
    return (struct firewall_question){check->from, check->to, check->protocol, check->port};
}

bool firewall_check_holds(const struct firewall_check_row *check,
                          const struct firewall_finding *finding)
{
    return check->allow ? finding->denied == 0 && finding->allowed > 0 : finding->allowed == 0;
}

struct checking {
    struct firewall_scene_of *scene;
    json_t *failing;
};

static int check_one(const struct firewall_check_row *check, void *data)
{
    struct checking *checking = data;
    struct firewall_question question = firewall_check_question(check);
    struct firewall_finding finding = {0};
    int r = firewall_scene_ask(checking->scene, &question, &finding);

    /* One that grew too big is judged no longer. */
    if (r == -E2BIG)
        return 0;
    if (r < 0 && r != -ENOENT)
        return r;
    if (!firewall_check_holds(check, &finding))
        json_object_set_new(checking->failing, check->id, json_true());
    return 0;
}

int firewall_checks_failing(struct engine *engine, const char *instance_id, json_t **ret_failing)
{
    _cleanup_instance_ struct instance instance = {0};
    struct checking checking = {.failing = json_object()};
    uint64_t count = 0;
    int r = firewall_check_store_count(engine->store, instance_id, &count);

    if (r == 0 && count > 0)
        r = instance_store_find(engine->store, instance_id, &instance);
    if (r == 0 && count > 0)
        r = firewall_scene_open(engine, &instance, &checking.scene);
    if (r == 0 && count > 0)
        r = firewall_check_store_list(engine->store, instance_id, check_one, &checking);
    firewall_scene_close(checking.scene);
    if (r < 0)
        json_decref(checking.failing);
    else
        *ret_failing = checking.failing;
    return r;
}
