/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/engine/api_peer_input.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "hub/store/user_store.h"
#include "peers/firewall.h"
#include "peers/rules.h"
#include "peers/subnet.h"

enum { FIELD_PATH_MAX = 40 };

struct input {
    struct engine *engine;
    const struct instance *instance;
    const json_t *body;
    bool adding;
    struct peer *peer;
    struct problem *problem;
};

static void propose_name(struct input *input, const char *name, char *would, size_t size)
{
    struct complaint ignored;
    for (int number = 2; number < 100; number++) {
        _cleanup_peer_ struct peer other = {};
        snprintf(would, size, "%s-%d", name, number);
        if (rule_peer_name(would, &ignored) &&
            peer_store_find(input->engine->store, input->instance->id, would, &other) == -ENOENT)
            return;
    }
    *would = 0;
}

static void read_name(struct input *input)
{
    const char *name = json_string_value(json_object_get(input->body, "name"));
    struct complaint complaint;
    _cleanup_peer_ struct peer other = {};
    char would[100];
    if (!name)
        return;
    if (!rule_peer_name(name, &complaint)) {
        problem_add_field(input->problem, "name", complaint.wrong, complaint.would);
        return;
    }
    if (peer_store_find(input->engine->store, input->instance->id, name, &other) == 0 &&
        !text_equal(other.id, input->peer->id)) {
        propose_name(input, name, would, sizeof would);
        problem_add_conflict(input->problem, "name", "another peer of the instance has this name",
                             would);
    }
    (void)text_copy(input->peer->name, sizeof input->peer->name, name);
}

static void read_route_all(struct input *input)
{
    const json_t *route_all = json_object_get(input->body, "route_all");
    if (!route_all)
        return;
    input->peer->route_all = json_is_true(route_all);
    if (input->peer->route_all && input->peer->is_site)
        problem_add_field(input->problem, "route_all",
                          "is for clients: a site sends what is for the instance's networks",
                          "false");
}

void peer_input_expiry(const json_t *body, struct peer *peer)
{
    const json_t *value = json_object_get(body, "expires_in");
    int64_t seconds;
    if (!value)
        return;
    peer->expires = peer->expired = false;
    peer->expires_at = 0;
    if (json_is_string(value) && duration_parse(json_string_value(value), &seconds) == 0) {
        peer->expires = true;
        peer->expires_at = clock_seconds() + seconds;
    }
}

/* ---- labels ---- */

static bool take_label(struct input *input, const char *field, const char *label)
{
    struct complaint complaint;
    if (rule_label(label, &complaint))
        return true;
    problem_add_field(input->problem, field, complaint.wrong, complaint.would);
    return false;
}

/* Who was disabled with its user stays so: only whose it is changes. */
void peer_set_user(struct peer *peer, const struct user *user)
{
    if (text_equal(peer->user_id, user ? user->id : ""))
        return;
    peer->disabled_with_user = false;
    peer->user_group_count = user ? user->group_count : 0;
    if (user)
        memcpy(peer->user_groups, user->groups, sizeof peer->user_groups);
    (void)text_copy(peer->user_id, sizeof peer->user_id, user ? user->id : "");
    (void)text_copy(peer->user, sizeof peer->user, user ? user->name : "");
}

static void take_user(struct input *input, const char *name)
{
    struct user user;
    char wrong[160];
    int r = user_store_find(input->engine->store, name, &user);
    if (r < 0) {
        snprintf(wrong, sizeof wrong, "names no user: there is none called \"%.64s\"",
                 text_is_printable(name, NULL) ? name : "?");
        problem_add_field(input->problem, "user", wrong, "");
        return;
    }
    if (!user.enabled && input->peer->enabled)
        problem_add_field(input->problem, "user",
                          "is disabled: enable the user first, or let the peer be disabled", "");
    peer_set_user(input->peer, &user);
}

static void read_labels(struct input *input)
{
    const json_t *user = json_object_get(input->body, "user");
    json_t *groups = json_object_get(input->body, "groups"), *item;
    struct peer *peer = input->peer;
    char field[FIELD_PATH_MAX];
    size_t index;
    if (json_is_null(user))
        peer_set_user(peer, NULL);
    if (json_is_string(user))
        take_user(input, json_string_value(user));
    if (groups)
        peer->group_count = 0;
    json_array_foreach(groups, index, item)
    {
        const char *label = json_string_value(item);
        bool known = false;
        snprintf(field, sizeof field, "groups[%zu]", index);
        for (size_t i = 0; i < peer->group_count; i++)
            known |= text_equal(peer->groups[i], label);
        if (!known && take_label(input, field, label) && peer->group_count < GROUPS_MAX)
            (void)text_copy(peer->groups[peer->group_count++], sizeof peer->groups[0], label);
    }
}

/* ---- subnets ---- */

/* What `real` could be mapped to: nothing that anybody of the instance has, or uses. */
static void offer_mapped(struct engine *engine, const struct instance *instance,
                         const struct peer *peer, const struct prefix *real, char *would)
{
    _cleanup_prefix_set_ struct prefix_set taken = {};
    struct subnet offered = {.real = *real};
    *would = 0;
    if (peer_store_advertised(engine->store, instance->id, &taken) < 0 ||
        peer_store_real_subnets(engine->store, instance->id, &taken) < 0)
        return;
    prefix_set_add(&taken, real);
    if (instance->network4.address.family)
        prefix_set_add(&taken, &instance->network4);
    if (instance->network6.address.family)
        prefix_set_add(&taken, &instance->network6);
    prefix_set_add_all(&taken, &instance->pushed);
    prefix_set_add_all(&taken, &peer->subnets);
    prefix_set_add_all(&taken, &peer->real_subnets);
    if (subnet_offer(real, &taken, &offered.mapped))
        subnet_format(&offered, would);
}

static void add_overlap(struct engine *engine, const struct instance *instance,
                        const struct peer *peer, size_t index, const struct subnet *subnet,
                        struct problem *problem)
{
    char name[44], field[FIELD_PATH_MAX], wrong[200], would[SUBNET_TEXT_MAX];
    char text[PREFIX_TEXT_MAX], other[PREFIX_TEXT_MAX];
    struct prefix overlapping;
    if (peer_store_overlap(engine->store, instance->id, &subnet->mapped, peer->id, name,
                           &overlapping) < 0)
        return;
    snprintf(field, sizeof field, "subnets[%zu]", index);
    snprintf(wrong, sizeof wrong, "%s overlaps %s of the peer \"%s\"",
             prefix_format(&subnet->mapped, text), prefix_format(&overlapping, other), name);
    offer_mapped(engine, instance, peer, &subnet->real, would);
    problem_add_conflict(problem, field, wrong, *would ? would : NULL);
}

void peer_input_overlaps(struct engine *engine, const struct instance *instance,
                         const struct peer *peer, struct problem *problem)
{
    for (size_t i = 0; i < peer->subnets.count; i++) {
        struct subnet subnet = {.real = peer->real_subnets.items[i],
                                .mapped = peer->subnets.items[i]};
        add_overlap(engine, instance, peer, i, &subnet, problem);
    }
}

/* Within one list neither what others see nor what the site has may overlap. */
static const struct prefix *find_in_list(const struct peer *peer, const struct subnet *subnet)
{
    for (size_t i = 0; i < peer->subnets.count; i++) {
        if (prefix_overlaps(&peer->subnets.items[i], &subnet->mapped))
            return &peer->subnets.items[i];
        if (prefix_overlaps(&peer->real_subnets.items[i], &subnet->real))
            return &peer->real_subnets.items[i];
    }
    return NULL;
}

static void take_subnet(struct input *input, size_t index, const struct subnet *subnet)
{
    const struct prefix_set tunnels = {
        .items = (struct prefix[]){input->instance->network4, input->instance->network6},
        .count = 2};
    const struct subnet_context context = {
        .tunnel_networks = &tunnels, .hub_addresses = &input->engine->settings.public_addresses};
    struct complaint complaint;
    char field[FIELD_PATH_MAX], wrong[120], other[PREFIX_TEXT_MAX];
    snprintf(field, sizeof field, "subnets[%zu]", index);
    if (!rule_mapped_subnet(subnet, &context, &complaint)) {
        problem_add_field(input->problem, field, complaint.wrong, complaint.would);
        return;
    }
    const struct prefix *found = find_in_list(input->peer, subnet);
    if (found) {
        snprintf(wrong, sizeof wrong, "overlaps %s of the same list", prefix_format(found, other));
        problem_add_field(input->problem, field, wrong, "");
        return;
    }
    if (input->peer->enabled)
        add_overlap(input->engine, input->instance, input->peer, index, subnet, input->problem);
    prefix_set_add(&input->peer->subnets, &subnet->mapped);
    prefix_set_add(&input->peer->real_subnets, &subnet->real);
}

static void read_subnets(struct input *input)
{
    const json_t *list = json_object_get(input->body, "subnets"), *item;
    struct subnet subnet;
    size_t i;
    if (input->peer->is_site && (list || input->adding) && json_array_size(list) == 0)
        problem_add_field(input->problem, "subnets",
                          "is empty: a site needs at least one network behind it",
                          "192.168.88.0/24");
    if (!list)
        return;
    if (!input->peer->is_site && json_array_size(list)) {
        problem_add_field(input->problem, "subnets",
                          "is for sites: a client has its tunnel addresses only", "");
        return;
    }
    prefix_set_done(&input->peer->subnets);
    prefix_set_done(&input->peer->real_subnets);
    input->peer->subnets = input->peer->real_subnets = (struct prefix_set){};
    json_array_foreach((json_t *)list, i, item)
    {
        if (subnet_parse(json_string_value(item), &subnet) == 0)
            take_subnet(input, i, &subnet);
    }
}

/* ---- keys ---- */

static void take_public_key(struct engine *engine, const struct instance *instance,
                            const char *text, struct peer *peer, struct problem *problem)
{
    _cleanup_peer_ struct peer other = {};
    struct complaint complaint;
    struct key key;
    char wrong[120];
    if (!rule_public_key(text, &complaint)) {
        problem_add_field(problem, "public_key", complaint.wrong, complaint.would);
        return;
    }
    if (key_parse_base64(text, &key) < 0)
        return;
    if (key_equal(&key, &instance->public_key)) {
        problem_add_field(problem, "public_key",
                          "is the hub's own key: give the public key of the device", "");
        return;
    }
    if (peer_store_find_key(engine->store, instance->id, &key, &other) == 0 &&
        !text_equal(other.id, peer->id)) {
        snprintf(wrong, sizeof wrong, "is the key of the peer \"%s\" already", other.name);
        problem_add_conflict(problem, "public_key", wrong, NULL);
    }
    key_wipe(&peer->private_key);
    peer->has_private_key = false;
    peer->public_key = key;
}

void peer_input_keys(struct engine *engine, const struct instance *instance, const json_t *body,
                     bool preshared, struct peer *peer, struct problem *problem)
{
    const char *text = json_string_value(json_object_get(body, "public_key"));
    if (text) {
        take_public_key(engine, instance, text, peer, problem);
    } else {
        key_make_private(&peer->private_key);
        key_public(&peer->private_key, &peer->public_key);
        peer->has_private_key = true;
    }
    peer->has_preshared_key = preshared;
    if (preshared)
        key_make_preshared(&peer->preshared_key);
}

/* ---- protocol ---- */

/* A word that has no meaning for an OpenVPN peer. */
static void refuse_wireguard_field(struct input *input, const char *field, const char *why)
{
    if (json_object_get(input->body, field))
        problem_add_field(input->problem, field, why, "");
}

static void read_protocol(struct input *input)
{
    const char *protocol = json_string_value(json_object_get(input->body, "protocol"));
    const char *login = json_string_value(json_object_get(input->body, "login"));
    struct peer *peer = input->peer;
    if (protocol && text_equal(protocol, "openvpn"))
        peer->protocol = PROTOCOL_OPENVPN;
    if (login && text_equal(login, "password"))
        peer->login = LOGIN_PASSWORD;
    if (login && peer->protocol != PROTOCOL_OPENVPN)
        problem_add_field(input->problem, "login",
                          "is for OpenVPN peers: WireGuard knows keys alone", "");
    else if (peer->login == LOGIN_PASSWORD && !peer->is_site)
        problem_add_field(input->problem, "login",
                          "is for a client's certificate: only routers log in by password",
                          "certificate");
    if (peer->protocol != PROTOCOL_OPENVPN)
        return;
    peer->keepalive = 0;
    if (peer->login == LOGIN_CERTIFICATE && !input->instance->openvpn_transports)
        problem_add_field(input->problem, "protocol",
                          "is switched off in this instance: set its OpenVPN transports first",
                          "wireguard");
    refuse_wireguard_field(input, "public_key",
                           "is for WireGuard: the hub issues an OpenVPN peer's certificate");
    refuse_wireguard_field(input, "preshared_key", "is for WireGuard");
    refuse_wireguard_field(input, "keepalive", "is for WireGuard: OpenVPN has its own");
}

void peer_input_read(struct engine *engine, const struct instance *instance, const json_t *body,
                     bool adding, struct peer *peer, struct problem *problem)
{
    struct input input = {
        .engine = engine,
        .instance = instance,
        .body = body,
        .adding = adding,
        .peer = peer,
        .problem = problem,
    };
    const json_t *keepalive = json_object_get(body, "keepalive");
    const char *type = json_string_value(json_object_get(body, "type"));
    const json_t *enabled = json_object_get(body, "enabled");
    if (type)
        peer->is_site = text_equal(type, "site");
    if (adding)
        peer->enabled = !enabled || json_is_true(enabled);
    read_name(&input);
    read_protocol(&input);
    read_route_all(&input);
    read_subnets(&input);
    read_labels(&input);
    peer_input_expiry(body, peer);
    if (keepalive)
        peer->keepalive = (uint16_t)json_integer_value(keepalive);
    if (adding && peer->protocol == PROTOCOL_WIREGUARD)
        peer_input_keys(engine, instance, body,
                        !json_is_false(json_object_get(body, "preshared_key")), peer, problem);
}
