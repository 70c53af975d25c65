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

enum { PAIRS_MAX = 1024 };

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

/* Of a network its first host, of an address itself. */
static struct address one_of(const struct prefix *prefix)
{
    struct address address = prefix->address;

    if (prefix->length + 1u < address_bits(&address))
        (void)address_add(&prefix->address, 1, &address);
    return address;
}

/* Not the resolver's own list, in which neighbours are one: each address is somebody's. */
static int list_end(struct firewall_scene_of *scene, const struct firewall_row_end *end,
                    struct prefix_set *ret_set)
{
    _cleanup_peer_ struct peer peer = {0};
    struct prefix addresses[2], network;
    size_t count;
    int r;

    if (end->kind == FIREWALL_NETWORK) {
        r = prefix_parse(end->value, &network);
        if (r == 0)
            prefix_set_add(ret_set, &network);
        return r;
    }
    r = peer_store_find(scene->engine->store, scene->instance->id, end->value, &peer);
    if (r < 0)
        return r == -ENOENT ? 0 : r;
    count =
        end->kind == FIREWALL_PEER ? peer_tunnel_addresses(scene->instance, &peer, addresses) : 0;
    for (size_t i = 0; i < count; i++)
        prefix_set_add(ret_set, &addresses[i]);
    if (peer.enabled)
        prefix_set_add_all(ret_set, &peer.subnets);
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
    for (size_t i = 0; i < from.count; i++) {
        for (size_t k = 0; k < to.count && pairs < PAIRS_MAX; k++) {
            struct firewall_flow flow = {one_of(&from.items[i]), one_of(&to.items[k]),
                                         question->protocol, question->port};
            struct firewall_outcome outcome;

            if (flow.from.family != flow.to.family)
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
