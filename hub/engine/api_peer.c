/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "hub/engine/api_change.h"
#include "hub/engine/api_handlers.h"
#include "hub/engine/api_json.h"
#include "hub/engine/api_peer_answer.h"
#include "hub/engine/api_peer_input.h"
#include "hub/engine/api_profile_facts.h"
#include "hub/engine/event_log.h"
#include "hub/engine/openvpn_keys.h"
#include "hub/engine/peer_dns_label.h"
#include "hub/engine/runtime.h"
#include "hub/store/link_store.h"
#include "hub/store/user_store.h"

enum { HOST_FIRST = 2 }; /* the hub is 1 */

/* A peer of an instance, about to be changed. */
struct subject {
    struct instance instance;
    struct peer peer;
    struct peer_openvpn openvpn; /* new ones to be written along; peer_id "" = none */
    struct api_change change;
};

static void subject_done(struct subject *subject)
{
    instance_done(&subject->instance);
    peer_done(&subject->peer);
    peer_openvpn_done(&subject->openvpn);
    api_change_done(&subject->change);
}
#define _cleanup_subject_ __attribute__((cleanup(subject_done)))

static json_t *subject_facts(const struct subject *subject)
{
    return peer_facts_json(subject->change.engine, &subject->instance, &subject->peer);
}

static void add_live(const struct api_change *change, json_t *object)
{
    _cleanup_instance_ struct instance instance = {};
    _cleanup_peer_ struct peer peer = {};
    struct engine *engine = change->engine;
    const char *id = json_string_value(json_object_get(object, "id"));
    const char *instance_id = json_string_value(json_object_get(object, "instance_id"));
    if (instance_store_find(engine->store, instance_id, &instance) == 0 &&
        peer_store_find(engine->store, instance_id, id, &peer) == 0) {
        struct profile_source *source = profile_source_new(engine, &instance);
        peer_json_add_profile(source, &peer, object);
        profile_source_free(source);
    }
    peer_json_add_live(engine, instance_id, id, NULL, object);
}

/* False: answered. */
static bool subject_find(struct engine *engine, struct api_call *call,
                         const struct api_request *request, const char *action,
                         struct subject *subject)
{
    subject->change = (struct api_change){
        .engine = engine, .call = call, .request = request, .action = action, .add_live = add_live};
    if (!api_find_instance_to_change(engine, call, request->parameters[0], &subject->instance) ||
        !api_find_peer(engine, call, &subject->instance, request->parameters[1], &subject->peer) ||
        !api_if_match(call, request, subject->peer.revision))
        return false;
    subject->change.before = subject_facts(subject);
    api_change_name(&subject->change, subject->instance.id, subject->peer.id, subject->peer.name);
    subject->change.judged_instance = subject->instance.id;
    return true;
}

/* Before the row is written. */
static bool take_link(struct subject *subject)
{
    _cleanup_problem_ struct problem problem = {};
    struct engine *engine = subject->change.engine;
    int r = link_store_choose(engine->store, &subject->peer, &subject->peer.link);
    if (r >= 0)
        return true;
    if (r != -ENOSPC) {
        api_change_fail(&subject->change, r, NULL);
        return false;
    }
    store_rollback(engine->store);
    problem_set(&problem, 409, "limit",
                "the same network is mapped for %d sites of the instance already", LINK_COUNT - 1);
    api_answer_problem(subject->change.call, &problem);
    return false;
}

/* After it was written or deleted. */
static bool settle_links(struct subject *subject)
{
    _cleanup_problem_ struct problem problem = {};
    struct engine *engine = subject->change.engine;
    const struct port_range *ports = &engine->settings.wireguard_ports;
    const struct port_range *openvpn = &engine->settings.openvpn_ports;
    int r = link_store_settle(engine->store, subject->instance.id,
                              (struct link_port_range){ports->first, ports->last},
                              (struct link_port_range){openvpn->first, openvpn->last});
    if (r >= 0)
        return true;
    if (r != -ENOSPC) {
        api_change_fail(&subject->change, r, NULL);
        return false;
    }
    store_rollback(engine->store);
    problem_set(&problem, 409, "limit",
                "no port is free: make wireguard.ports (%u-%u) or openvpn.ports (%u-%u) wider",
                ports->first, ports->last, openvpn->first, openvpn->last);
    api_answer_problem(subject->change.call, &problem);
    return false;
}

/* Writes the changed row; false: answered, also when there was nothing to change. */
static bool subject_write(struct subject *subject)
{
    struct api_change *change = &subject->change;
    const char *column = NULL;
    change->after = subject_facts(subject);
    if (api_change_is_nothing(change)) {
        api_answer_peer(change->engine, change->call, 200, &subject->instance, &subject->peer);
        return false;
    }
    if (!api_change_begin(change) || !take_link(subject))
        return false;
    int r = peer_store_update(change->engine->store, &subject->peer, &column);
    if (r == 0 && *subject->openvpn.peer_id)
        r = openvpn_store_put_peer(change->engine->store, &subject->openvpn);
    if (r < 0) {
        api_change_fail(change, r, column);
        return false;
    }
    if (!settle_links(subject))
        return false;
    json_decref(change->after);
    change->after = subject_facts(subject);
    return api_change_commit(change, 200);
}

static void tell(const struct subject *subject, const char *kind, const char *done)
{
    const struct api_change *change = &subject->change;
    event_log_add(
        change->engine->events, kind, subject->instance.id, subject->peer.id,
        json_pack("{s:s,s:s}", "peer", subject->peer.name, "instance", subject->instance.name),
        "peer \"%s\" of \"%s\" %s by %s", subject->peer.name, subject->instance.name, done,
        change->request->caller->who);
    runtime_dns_changed(change->engine->runtimes, subject->instance.id, subject->peer.host);
}

/* ---- add ---- */

static uint64_t host_last(const struct instance *instance)
{
    uint64_t last = UINT64_MAX;
    if (instance->network4.address.family)
        last = (1ull << (32 - instance->network4.length)) - 2; /* the last is the broadcast */
    if (instance->network6.address.family && instance->network6.length > 64) {
        uint64_t last6 = (1ull << (128 - instance->network6.length)) - 1;
        last = last6 < last ? last6 : last;
    }
    return last;
}

static void check_room(struct engine *engine, const struct instance *instance,
                       struct problem *problem)
{
    uint32_t count = 0;
    if (peer_store_count(engine->store, instance->id, &count) == 0 &&
        count >= engine->settings.peers_max)
        problem_set(problem, 409, "limit",
                    "the instance has %u peers, as many as limits.peers allows", count);
}

static bool take_host(struct subject *subject)
{
    _cleanup_problem_ struct problem problem = {};
    struct engine *engine = subject->change.engine;
    int r = peer_store_free_host(engine->store, subject->instance.id, HOST_FIRST,
                                 host_last(&subject->instance), engine->settings.address_rest,
                                 &subject->peer.host);
    if (r >= 0)
        return true;
    if (r != -ENOSPC) {
        api_change_fail(&subject->change, r, NULL);
        return false;
    }
    store_rollback(engine->store);
    problem_set(&problem, 409, "limit", "all addresses of the tunnel network are taken");
    api_answer_problem(subject->change.call, &problem);
    return false;
}

/* Certificate or password of an OpenVPN peer, and what its instance needs for them. */
static bool take_credentials(struct subject *subject)
{
    _cleanup_problem_ struct problem problem = {};
    _cleanup_instance_openvpn_ struct instance_openvpn instance = {};
    struct engine *engine = subject->change.engine;
    if (subject->peer.protocol != PROTOCOL_OPENVPN)
        return true;
    int r = openvpn_keys_prepare(engine, &subject->peer, &instance);
    if (r == 0)
        r = openvpn_keys_issue(&instance, &subject->peer, &subject->openvpn);
    if (r >= 0)
        return true;
    if (r != -ENOSPC) {
        api_change_fail(&subject->change, r, NULL);
        return false;
    }
    store_rollback(engine->store);
    problem_set(&problem, 409, "limit", "no two ports are free: make openvpn.ports (%u-%u) wider",
                engine->settings.openvpn_ports.first, engine->settings.openvpn_ports.last);
    api_answer_problem(subject->change.call, &problem);
    return false;
}

static bool write_new(struct subject *subject)
{
    struct api_change *change = &subject->change;
    const char *column = NULL;
    if (!api_change_begin(change) || !take_host(subject) || !take_credentials(subject) ||
        !take_link(subject))
        return false;
    int r = peer_dns_label_choose(change->engine, &subject->instance, &subject->peer);
    if (r == 0)
        r = peer_store_add(change->engine->store, &subject->peer, &column);
    if (r == 0 && *subject->openvpn.peer_id)
        r = openvpn_store_put_peer(change->engine->store, &subject->openvpn);
    if (r < 0) {
        api_change_fail(change, r, column);
        return false;
    }
    if (!settle_links(subject))
        return false;
    api_change_name(change, subject->instance.id, subject->peer.id, subject->peer.name);
    change->after = subject_facts(subject);
    return api_change_commit(change, 201);
}

void api_peer_add(struct engine *engine, struct api_call *call, const struct api_request *request)
{
    _cleanup_problem_ struct problem problem = {};
    _cleanup_subject_ struct subject subject = {.change = {.engine = engine,
                                                           .call = call,
                                                           .request = request,
                                                           .action = "peer.add",
                                                           .add_live = add_live}};
    struct peer *peer = &subject.peer;

    if (!api_find_instance_to_change(engine, call, request->parameters[0], &subject.instance))
        return;
    subject.change.judged_instance = subject.instance.id;
    id_make(peer->id);
    memcpy(peer->instance_id, subject.instance.id, sizeof peer->instance_id);
    peer->keepalive = engine->settings.wireguard_keepalive;
    check_room(engine, &subject.instance, &problem);
    if (!problem_is_set(&problem))
        peer_input_read(engine, &subject.instance, request->body, true, peer, &problem);
    if (api_refuse(call, &problem) || !write_new(&subject))
        return;
    tell(&subject, "peer.added", "added");
    api_answer_peer_changed(engine, call, 201, &subject.instance, peer, NULL);
}

/* ---- set, enable, disable ---- */

/* Only these reach the kernel; a name or a keepalive is in rows and profiles alone. */
static bool is_of_kernel(const json_t *body)
{
    return json_object_get(body, "subnets") || json_object_get(body, "route_all") ||
           json_object_get(body, "expires_in") || json_object_get(body, "user") ||
           json_object_get(body, "groups");
}

void api_peer_set(struct engine *engine, struct api_call *call, const struct api_request *request)
{
    _cleanup_problem_ struct problem problem = {};
    _cleanup_subject_ struct subject subject = {};
    if (!subject_find(engine, call, request, "peer.set", &subject))
        return;
    peer_input_read(engine, &subject.instance, request->body, false, &subject.peer, &problem);
    if (json_object_get(request->body, "name") && !problem_is_set(&problem))
        (void)peer_dns_label_choose(engine, &subject.instance, &subject.peer);
    if (api_refuse(call, &problem) || !subject_write(&subject))
        return;
    tell(&subject, "peer.changed", "changed");
    if (json_object_get(request->body, "user") || json_object_get(request->body, "groups"))
        runtime_rule_changed(engine->runtimes, subject.instance.id, NULL, NULL, NULL);
    if (subject.peer.enabled && is_of_kernel(request->body))
        api_answer_peer_changed(engine, call, 200, &subject.instance, &subject.peer, NULL);
    else
        api_answer_peer(engine, call, 200, &subject.instance, &subject.peer);
}

/* False: answered. */
static bool user_is_in(struct engine *engine, struct api_call *call, const struct peer *peer)
{
    _cleanup_problem_ struct problem problem = {};
    struct user user;
    if (!*peer->user_id || user_store_find(engine->store, peer->user_id, &user) < 0 || user.enabled)
        return true;
    problem_set(&problem, 409, "conflict",
                "the peer is of the user \"%s\", who is disabled: enable the user first",
                user.name);
    api_answer_problem(call, &problem);
    return false;
}

void api_peer_enable(struct engine *engine, struct api_call *call,
                     const struct api_request *request)
{
    _cleanup_problem_ struct problem problem = {};
    _cleanup_subject_ struct subject subject = {};
    if (!subject_find(engine, call, request, "peer.enable", &subject))
        return;
    struct peer *peer = &subject.peer;
    if (!user_is_in(engine, call, peer))
        return;
    peer_input_expiry(request->body, peer);
    if (peer->expires && peer->expires_at <= clock_seconds())
        problem_add_field(&problem, "expires_in",
                          "is missing: the peer has expired, say how long it may be in from now",
                          "30d");
    peer_input_overlaps(engine, &subject.instance, peer, &problem);
    if (api_refuse(call, &problem))
        return;
    peer->enabled = true;
    peer->expired = peer->disabled_with_user = false;
    if (!subject_write(&subject))
        return;
    tell(&subject, "peer.enabled", "enabled");
    api_answer_peer_changed(engine, call, 200, &subject.instance, peer, NULL);
}

void api_peer_disable(struct engine *engine, struct api_call *call,
                      const struct api_request *request)
{
    _cleanup_subject_ struct subject subject = {};
    if (!subject_find(engine, call, request, "peer.disable", &subject))
        return;
    subject.peer.enabled = subject.peer.disabled_with_user = false;
    if (!subject_write(&subject))
        return;
    tell(&subject, "peer.disabled", "disabled");
    api_answer_peer_changed(engine, call, 200, &subject.instance, &subject.peer, NULL);
}

/* ---- keys ---- */

static void renew_credentials(struct engine *engine, const json_t *body, struct subject *subject,
                              struct problem *problem)
{
    _cleanup_instance_openvpn_ struct instance_openvpn instance = {};
    if (json_object_get(body, "public_key")) {
        problem_add_field(problem, "public_key",
                          "is for WireGuard: the hub issues an OpenVPN peer's certificate", "");
        return;
    }
    int r = openvpn_store_find_instance(engine->store, subject->instance.id, &instance);
    if (r == 0)
        r = openvpn_store_find_peer(engine->store, subject->peer.id, &subject->openvpn);
    if (r == 0)
        r = openvpn_keys_issue(&instance, &subject->peer, &subject->openvpn);
    if (r < 0)
        api_store_problem(engine, r, problem);
}

void api_peer_rekey(struct engine *engine, struct api_call *call, const struct api_request *request)
{
    _cleanup_problem_ struct problem problem = {};
    _cleanup_subject_ struct subject subject = {};
    if (!subject_find(engine, call, request, "peer.rekey", &subject))
        return;
    struct peer *peer = &subject.peer;
    struct key old_key = peer->public_key;
    if (peer->protocol == PROTOCOL_OPENVPN)
        renew_credentials(engine, request->body, &subject, &problem);
    else
        peer_input_keys(engine, &subject.instance, request->body, peer->has_preshared_key, peer,
                        &problem);
    if (!problem_is_set(&problem) && key_equal(&old_key, &peer->public_key))
        problem_add_field(&problem, "public_key", "is the peer's key already: give a new one", "");
    if (api_refuse(call, &problem) || !subject_write(&subject))
        return;
    tell(&subject, "peer.rekeyed", "given new keys");
    api_answer_peer_changed(engine, call, 200, &subject.instance, peer, &old_key);
}

/* False: answered. */
static bool forget_key(struct engine *engine, struct subject *subject, struct api_call *call)
{
    _cleanup_problem_ struct problem problem = {};
    struct peer *peer = &subject->peer;
    if (peer->protocol == PROTOCOL_OPENVPN && peer->has_private_key) {
        int r = openvpn_store_find_peer(engine->store, peer->id, &subject->openvpn);
        if (r < 0)
            api_store_problem(engine, r, &problem);
        sodium_memzero(&subject->openvpn.key, sizeof subject->openvpn.key);
    }
    key_wipe(&peer->private_key);
    peer->has_private_key = false;
    return !api_refuse(call, &problem);
}

void api_peer_forget_key(struct engine *engine, struct api_call *call,
                         const struct api_request *request)
{
    _cleanup_subject_ struct subject subject = {};
    if (!subject_find(engine, call, request, "peer.forget-key", &subject))
        return;
    if (subject.peer.has_private_key &&
        !profile_keys_handed_out(engine, &subject.instance, &subject.peer)) {
        _cleanup_problem_ struct problem problem = {};
        problem_set(&problem, 409, "conflict",
                    "nobody has been given the private key yet, so nobody would have it: show the "
                    "peer's profile first");
        api_answer_problem(call, &problem);
        return;
    }
    if (!forget_key(engine, &subject, call))
        return;
    if (!subject_write(&subject))
        return;
    tell(&subject, "peer.changed", "changed (private key forgotten)");
    api_answer_peer(engine, call, 200, &subject.instance, &subject.peer);
}

/* ---- show, delete ---- */

void api_peer_get(struct engine *engine, struct api_call *call, const struct api_request *request)
{
    api_answer_peer_asked(engine, call, request->parameters[0], request->parameters[1]);
}

void api_peer_delete(struct engine *engine, struct api_call *call,
                     const struct api_request *request)
{
    _cleanup_subject_ struct subject subject = {};
    if (!subject_find(engine, call, request, "peer.delete", &subject) ||
        !api_change_begin(&subject.change))
        return;
    int r = peer_store_delete(engine->store, subject.instance.id, subject.peer.id);
    if (r < 0) {
        api_change_fail(&subject.change, r, NULL);
        return;
    }
    if (!settle_links(&subject) || !api_change_commit(&subject.change, 200))
        return;
    tell(&subject, "peer.deleted", "deleted");
    api_answer_peer_deleted(engine, call, &subject.instance, &subject.peer);
}
