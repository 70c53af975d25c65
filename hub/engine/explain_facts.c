/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/engine/explain_facts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/engine/api_firewall_json.h"
#include "hub/engine/api_profile_facts.h"
#include "hub/engine/runtime.h"

void explain_facts_done(struct explain_gathered *gathered)
{
    explain_holder_done(&gathered->from);
    explain_holder_done(&gathered->to);
}

/* ---- the instance ---- */

static void gather_instance(struct engine *engine, const struct instance *instance,
                            struct explain_gathered *gathered)
{
    struct explain_facts *facts = &gathered->facts;
    struct instance_view view;

    if (!runtime_view(engine->runtimes, instance->id, &view))
        view = (struct instance_view){.state = INSTANCE_PENDING};
    if (view.state != INSTANCE_ACTIVE)
        snprintf(gathered->pending, sizeof(gathered->pending), "%s%s%s",
                 instance_step_title(view.step), *view.failure ? ": " : "", view.failure);
    facts->instance = instance->name;
    facts->state = instance_state_name(view.state);
    facts->pending = gathered->pending;
    facts->is_active = view.state == INSTANCE_ACTIVE;
    facts->has_uplink = view.ready[STEP_UPLINK] || facts->is_active;
    facts->mtu = instance->mtu;
    facts->now = clock_seconds();
}

/* ---- a peer ---- */

static void gather_server(struct engine *engine, const struct instance *instance,
                          const struct peer *row, const struct peer_view *live,
                          struct openvpn_server_view *view, struct explain_peer *peer)
{
    static const enum openvpn_server usual[] = {OPENVPN_UDP, OPENVPN_TCP},
                                     legacy[] = {OPENVPN_LEGACY, OPENVPN_LEGACY};
    const enum openvpn_server *ways = row->login == LOGIN_PASSWORD ? legacy : usual;

    peer->server_failure = "";
    for (size_t i = 0; i < ELEMENTS(usual) && !peer->server; i++) {
        enum openvpn_server server = live->has_server ? live->server : ways[i];

        if (!runtime_openvpn_view(engine->runtimes, instance->id, server, view) || !view->port)
            continue;
        peer->server = openvpn_server_name(server);
        peer->server_failure = view->failure;
        peer->over_tcp = server != OPENVPN_UDP;
    }
}

static void gather_live(struct engine *engine, const struct instance *instance,
                        const struct peer *row, struct openvpn_server_view *server,
                        struct explain_peer *peer)
{
    struct peer_view live = {0};

    runtime_peer_view(engine->runtimes, instance->id, row->id, &live);
    peer->connected = live.liveness.connected;
    peer->connected_since = live.liveness.connected_since;
    peer->last_handshake = live.liveness.last_handshake;
    peer->last_seen = live.liveness.last_movement > live.liveness.last_handshake
                          ? live.liveness.last_movement
                          : live.liveness.last_handshake;
    if (peer->is_openvpn)
        gather_server(engine, instance, row, &live, server, peer);
}

/* When the other end, or what makes a device's routes lead there, last changed; and since when
 * there is such an end at all. */
static void find_changes(const struct instance *instance, const struct peer *row,
                         const struct explain_holder *far, int64_t *ret_changed,
                         int64_t *ret_created)
{
    *ret_changed = *ret_created = INT64_MIN; /* always was */
    if (far->place == EXPLAIN_SUBNET) {
        *ret_changed = far->peer.updated_at;
        *ret_created = far->peer.created_at;
    } else if (far->place == EXPLAIN_PUSHED) {
        *ret_changed = instance->updated_at;
    } else if (far->place == EXPLAIN_INTERNET) {
        *ret_changed = row->updated_at;
    }
}

static bool leads_to(struct profile_source *source, const struct peer *row,
                     const struct prefix_set *excluded, const struct address *address)
{
    _cleanup_profile_facts_ struct profile_facts facts = {0};

    return profile_facts_make(source, row, excluded, &facts) == 0 &&
           prefix_set_contains_address(&facts.allowed, address);
}

static void gather_profile(struct engine *engine, const struct instance *instance,
                           const struct peer *row, const struct explain_holder *far,
                           const struct address *address, struct explain_peer *peer)
{
    static const unsigned access = 1u << PROFILE_ASPECT_ENDPOINT | 1u << PROFILE_ASPECT_HUB_KEY |
                                   1u << PROFILE_ASPECT_KEYS | 1u << PROFILE_ASPECT_ADDRESSES;
    _cleanup_profile_source_ struct profile_source *source = profile_source_new(engine, instance);
    _cleanup_profile_standing_ struct profile_standing standing = {0};
    struct explain_profile *profile = &peer->profile;
    int64_t changed, created, told;

    profile_standing_look(source, row, &standing);
    find_changes(instance, row, far, &changed, &created);
    told = peer->is_openvpn ? peer->connected_since : standing.issued_at;
    profile->issued = standing.issued_at != 0;
    profile->covers = leads_to(source, row, NULL, address);
    profile->excluded = profile->covers && standing.excluded.count > 0 &&
                        !leads_to(source, row, &standing.excluded, address);
    profile->stale_access = standing.stale & access;
    profile->stale_routes = standing.stale & 1u << PROFILE_ASPECT_ROUTES;
    profile->stale_mtu = standing.stale & 1u << PROFILE_ASPECT_MTU;
    profile->unsure_mtu = standing.stale & 1u << PROFILE_ASPECT_MTU_OR_KEEPALIVE;
    /* New keys, and no handshake since: what is known of the peer is of its old ones. */
    if (!peer->is_openvpn && standing.stale & 1u << PROFILE_ASPECT_KEYS &&
        peer->last_handshake <= row->updated_at)
        peer->connected = false;
    /* Clocks count seconds: a profile was handed out before a change of the same one, a session
     * began after it. */
    profile->older = told && (peer->is_openvpn ? told < changed : told <= changed);
    profile->surely_older = told && told < created;
}

static void gather_peer(const struct peer *row, int64_t now, struct explain_peer *peer)
{
    peer->id = row->id;
    peer->name = row->name;
    peer->subnets = &row->subnets;
    peer->is_site = row->is_site;
    peer->is_openvpn = row->protocol == PROTOCOL_OPENVPN;
    peer->enabled = row->enabled;
    peer->route_all = row->route_all;
    peer->time_is_over = row->expired || (row->expires && row->expires_at <= now);
    peer->keepalive = peer->is_openvpn ? 0 : row->keepalive;
    peer->certificate_is_over = peer->is_openvpn && row->login == LOGIN_CERTIFICATE &&
                                row->certificate_expires_at && row->certificate_expires_at <= now;
}

static void gather_end(const struct explain_holder *holder, const struct address *address,
                       int64_t now, struct explain_end *end)
{
    end->place = holder->place;
    end->address = *address;
    end->network = holder->network;
    if (holder->place == EXPLAIN_TUNNEL || holder->place == EXPLAIN_SUBNET)
        gather_peer(&holder->peer, now, &end->peer);
    if (holder->place == EXPLAIN_PRIVATE && *holder->nearest.id) {
        gather_peer(&holder->nearest, now, &end->nearest);
        end->nearest_network = holder->nearest_network;
        end->seen = holder->seen;
    }
}

/* What the site's own LAN calls an address behind a mapped subnet. */
static void gather_mapping(const struct explain_holder *holder, const struct address *address,
                           struct address *ret_real)
{
    const struct peer *peer = &holder->peer;
    unsigned bits;

    for (size_t i = 0; holder->place == EXPLAIN_SUBNET && i < peer->subnets.count; i++) {
        if (!prefix_contains_address(&peer->subnets.items[i], address) ||
            prefix_equal(&peer->subnets.items[i], &peer->real_subnets.items[i]))
            continue;
        *ret_real = *address;
        bits = peer->real_subnets.items[i].length;
        for (unsigned bit = 0; bit < bits; bit++) {
            uint8_t mask = (uint8_t)(0x80 >> bit % 8);
            uint8_t real = peer->real_subnets.items[i].address.bytes[bit / 8];

            ret_real->bytes[bit / 8] =
                (uint8_t)((ret_real->bytes[bit / 8] & ~mask) | (real & mask));
        }
    }
}

/* ---- the firewall ---- */

static void describe_rule(struct engine *engine, const struct instance *instance,
                          struct explain_gathered *gathered)
{
    struct firewall_row row;
    json_t *rule;

    if (firewall_store_find(engine->store, instance->id, gathered->rule_id, &row) < 0)
        return;
    rule = firewall_rule_json(engine, &row, gathered->facts.firewall.position);
    firewall_rule_summary(rule, gathered->rule, sizeof(gathered->rule));
    json_decref(rule);
}

static void name_address(const struct address *address, struct firewall_row_end *end)
{
    struct prefix whole = prefix_of_address(address);
    char text[PREFIX_TEXT_MAX];

    end->kind = FIREWALL_NETWORK;
    (void)text_copy(end->value, sizeof(end->value), prefix_format(&whole, text));
}

static int gather_firewall(struct engine *engine, const struct instance *instance,
                           const struct explain_asked *asked, struct explain_gathered *gathered)
{
    struct firewall_question question = {.protocol = asked->protocol, .port = asked->port};
    struct explain_firewall *firewall = &gathered->facts.firewall;
    const struct firewall_outcome *outcome;
    struct firewall_finding finding;
    struct firewall_scene_of *scene;
    int r = firewall_scene_open(engine, instance, &scene);

    if (r < 0)
        return r;
    name_address(&asked->from, &question.from);
    name_address(&asked->to, &question.to);
    r = firewall_scene_ask(scene, &question, &finding);
    firewall_scene_close(scene);
    if (r < 0)
        return r;
    outcome = finding.denied ? &finding.deny : &finding.allow;
    firewall->verdict = outcome->verdict;
    firewall->position = outcome->position;
    firewall->rule_id = gathered->rule_id;
    firewall->rule = gathered->rule;
    memcpy(gathered->rule_id, outcome->rule_id, ID_MAX);
    if (outcome->verdict.reason == FIREWALL_BY_RULE)
        describe_rule(engine, instance, gathered);
    return 0;
}

/* ---- all together ---- */

static void gather_ends(struct engine *engine, const struct instance *instance,
                        struct explain_gathered *gathered)
{
    struct explain_end *ends[] = {&gathered->facts.from, &gathered->facts.to};
    const struct explain_holder *holders[] = {&gathered->from, &gathered->to};

    for (size_t i = 0; i < ELEMENTS(ends); i++) {
        const struct explain_holder *holder = holders[i];

        if (holder->place != EXPLAIN_TUNNEL && holder->place != EXPLAIN_SUBNET)
            continue;
        gather_live(engine, instance, &holder->peer, &gathered->servers[i], &ends[i]->peer);
        gather_profile(engine, instance, &holder->peer, holders[!i], &ends[!i]->address,
                       &ends[i]->peer);
    }
}

int explain_facts_gather(struct engine *engine, const struct instance *instance,
                         const struct explain_asked *asked, struct explain_gathered *ret_gathered)
{
    struct explain_facts *facts = &ret_gathered->facts;
    int r;

    *ret_gathered = (struct explain_gathered){0};
    facts->protocol = asked->protocol;
    facts->port = asked->port;
    gather_instance(engine, instance, ret_gathered);
    r = explain_place_find(engine, instance, &asked->from, asked->from_named, &ret_gathered->from);
    if (r == 0)
        r = explain_place_find(engine, instance, &asked->to, asked->to_named, &ret_gathered->to);
    if (r == 0)
        r = gather_firewall(engine, instance, asked, ret_gathered);
    if (r < 0)
        return r;
    gather_end(&ret_gathered->from, &asked->from, facts->now, &facts->from);
    gather_end(&ret_gathered->to, &asked->to, facts->now, &facts->to);
    gather_mapping(&ret_gathered->from, &asked->from, &facts->mapping.from);
    gather_mapping(&ret_gathered->to, &asked->to, &facts->mapping.to);
    gather_ends(engine, instance, ret_gathered);
    return 0;
}
