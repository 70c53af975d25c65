/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/engine/user_peers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/api/problem.h"
#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "hub/engine/api_json.h"
#include "hub/engine/api_peer_input.h"
#include "hub/engine/event_log.h"
#include "hub/store/audit_store.h"
#include "hub/store/link_store.h"

static const struct {
    const char *word, *action, *event, *text;
} words[] = {
    [USER_PEER_UNTOUCHED] = {"untouched", "", "", ""},
    [USER_PEER_DISABLED] = {"disabled", "peer.disable", "peer.disabled", "disabled with its user"},
    [USER_PEER_ENABLED] = {"enabled", "peer.enable", "peer.enabled", "enabled with its user"},
    [USER_PEER_RELEASED] = {"kept", "peer.set", "peer.changed", "is nobody's now"},
    [USER_PEER_DELETED] = {"deleted", "peer.delete", "peer.deleted", "deleted with its user"},
};

/* ---- reading ---- */

static int load_one(const char *instance_id, const char *peer_id, uint64_t row, void *data)
{
    struct user_peers *peers = data;
    struct user_peer item = {0};
    int r = instance_store_find(peers->engine->store, instance_id, &item.instance);

    (void)row;
    if (r == 0)
        r = peer_store_find(peers->engine->store, instance_id, peer_id, &item.peer);
    if (r < 0) {
        instance_done(&item.instance);
        return r;
    }
    item.was_enabled = item.peer.enabled;
    peers->items = reallocarray(peers->items, peers->count + 1, sizeof(*peers->items));
    if (!peers->items)
        abort();
    peers->items[peers->count++] = item;
    return 0;
}

int user_peers_load(struct user_peers *peers, const char *user_id)
{
    return user_store_peers(peers->engine->store, user_id, NULL, 0, 0, load_one, peers);
}

void user_peers_done(struct user_peers *peers)
{
    for (size_t i = 0; i < peers->count; i++) {
        instance_done(&peers->items[i].instance);
        peer_done(&peers->items[i].peer);
    }
    free(peers->items);
    peers->items = NULL;
    peers->count = 0;
}

/* ---- writing ---- */

static json_t *facts_of(const struct user_peers *peers, const struct user_peer *item)
{
    return peer_facts_json(peers->engine, &item->instance, &item->peer);
}

static int add_audit(const struct user_peers *peers, const struct user_peer *item,
                     const json_t *facts_before)
{
    json_t *facts = item->done == USER_PEER_DELETED ? NULL : facts_of(peers, item);
    _cleanup_free_ char *before = json_dumps(facts_before, JSON_COMPACT);
    _cleanup_free_ char *after = facts ? json_dumps(facts, JSON_COMPACT) : NULL;
    char object[64];

    json_decref(facts);
    snprintf(object, sizeof(object), "instance/%s/peer/%s", item->instance.id, item->peer.id);
    return audit_store_add(peers->engine->store, &(struct audit_entry){
                                                     .who = peers->who,
                                                     .from = peers->from,
                                                     .action = words[item->done].action,
                                                     .object = object,
                                                     .name = item->peer.name,
                                                     .before = before,
                                                     .after = after,
                                                 });
}

static int write_one(struct user_peers *peers, struct user_peer *item, enum user_peer_done done,
                     const json_t *before)
{
    const char *column = NULL;
    int r = peer_store_update(peers->engine->store, &item->peer, &column);

    item->done = done;
    return r < 0 ? r : add_audit(peers, item, before);
}

int user_peers_disable(struct user_peers *peers, bool come_back)
{
    int r = 0;

    for (size_t i = 0; i < peers->count && r >= 0; i++) {
        struct user_peer *item = &peers->items[i];
        json_t *before = facts_of(peers, item);

        if (item->peer.enabled) {
            item->peer.enabled = false;
            item->peer.disabled_with_user = come_back;
            r = write_one(peers, item, USER_PEER_DISABLED, before);
        }
        json_decref(before);
    }
    return r;
}

/* Why it stays out, in item->left. */
static bool may_come_back(const struct user_peers *peers, struct user_peer *item)
{
    _cleanup_problem_ struct problem problem = {0};
    const char *wrong;

    if (item->peer.expires && item->peer.expires_at <= clock_seconds()) {
        snprintf(item->left, sizeof(item->left), "its time is over: enable it with --expires");
        return false;
    }
    peer_input_overlaps(peers->engine, &item->instance, &item->peer, &problem);
    if (!problem_is_set(&problem))
        return true;
    wrong = json_string_value(json_object_get(json_array_get(problem.errors, 0), "wrong"));
    text_copy_cut(item->left, sizeof(item->left), wrong ? wrong : problem.detail);
    return false;
}

int user_peers_enable(struct user_peers *peers)
{
    int r = 0;

    for (size_t i = 0; i < peers->count && r >= 0; i++) {
        struct user_peer *item = &peers->items[i];
        json_t *before;

        if (!item->peer.disabled_with_user || !may_come_back(peers, item))
            continue;
        before = facts_of(peers, item);
        item->peer.enabled = true;
        item->peer.expired = item->peer.disabled_with_user = false;
        r = write_one(peers, item, USER_PEER_ENABLED, before);
        json_decref(before);
    }
    return r;
}

int user_peers_release(struct user_peers *peers)
{
    int r = 0;

    for (size_t i = 0; i < peers->count && r >= 0; i++) {
        struct user_peer *item = &peers->items[i];
        json_t *before = facts_of(peers, item);
        enum user_peer_done done =
            item->done == USER_PEER_DISABLED ? USER_PEER_DISABLED : USER_PEER_RELEASED;

        peer_set_user(&item->peer, NULL);
        r = write_one(peers, item, done, before);
        json_decref(before);
    }
    return r;
}

static int delete_one(struct user_peers *peers, struct user_peer *item)
{
    struct engine *engine = peers->engine;
    const struct port_range *ports = &engine->settings.wireguard_ports;
    const struct port_range *openvpn = &engine->settings.openvpn_ports;
    json_t *before = facts_of(peers, item);
    int r = peer_store_delete(engine->store, item->instance.id, item->peer.id);

    item->done = USER_PEER_DELETED;
    if (r >= 0)
        r = link_store_settle(engine->store, item->instance.id,
                              (struct link_port_range){ports->first, ports->last},
                              (struct link_port_range){openvpn->first, openvpn->last});
    if (r >= 0)
        r = add_audit(peers, item, before);
    json_decref(before);
    return r;
}

int user_peers_delete(struct user_peers *peers)
{
    int r = 0;

    for (size_t i = 0; i < peers->count && r >= 0; i++)
        r = delete_one(peers, &peers->items[i]);
    return r;
}

/* ---- telling ---- */

static json_t *item_json(const struct user_peer *item)
{
    return json_pack("{s:s,s:s,s:s,s:s}", "id", item->peer.id, "name", item->peer.name,
                     "instance_id", item->instance.id, "instance", item->instance.name);
}

json_t *user_peers_changed_json(const struct user_peers *peers)
{
    json_t *list = json_array();

    for (size_t i = 0; i < peers->count; i++) {
        const struct user_peer *item = &peers->items[i];
        json_t *object;

        if (item->done == USER_PEER_UNTOUCHED)
            continue;
        object = item_json(item);
        json_object_set_new(object, "done", json_string(words[item->done].word));
        json_array_append_new(list, object);
    }
    return list;
}

json_t *user_peers_left_json(const struct user_peers *peers)
{
    json_t *list = json_array();

    for (size_t i = 0; i < peers->count; i++) {
        const struct user_peer *item = &peers->items[i];
        json_t *object;

        if (!*item->left)
            continue;
        object = item_json(item);
        json_object_set_new(object, "why", json_string(item->left));
        json_array_append_new(list, object);
    }
    return list;
}

/* Whose it is, is nothing to the kernel but for rules. */
static bool is_of_kernel(const struct user_peer *item)
{
    return item->done != USER_PEER_UNTOUCHED && item->done != USER_PEER_RELEASED;
}

size_t user_peers_count_changed(const struct user_peers *peers)
{
    size_t count = 0;

    for (size_t i = 0; i < peers->count; i++)
        count += is_of_kernel(&peers->items[i]);
    return count;
}

static void tell_one(const struct user_peers *peers, const struct user_peer *item,
                     runtime_done done, void *data)
{
    struct engine *engine = peers->engine;

    event_log_add(engine->events, words[item->done].event, item->instance.id, item->peer.id,
                  json_pack("{s:s,s:s}", "peer", item->peer.name, "instance", item->instance.name),
                  "peer \"%s\" of \"%s\" %s, by %s", item->peer.name, item->instance.name,
                  words[item->done].text, peers->who);
    runtime_dns_changed(engine->runtimes, item->instance.id, item->peer.host);
    if (is_of_kernel(item))
        runtime_peer_changed(engine->runtimes, item->instance.id, item->peer.id,
                             item->done == USER_PEER_DELETED ? &item->peer.public_key : NULL, done,
                             data);
}

void user_peers_tell(const struct user_peers *peers, runtime_done done, void *data)
{
    for (size_t i = 0; i < peers->count; i++)
        if (peers->items[i].done != USER_PEER_UNTOUCHED)
            tell_one(peers, &peers->items[i], done, data);
}
