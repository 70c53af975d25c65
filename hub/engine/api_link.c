/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One-time links as an admin sees them: made, listed, deleted. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "hub/engine/api_change.h"
#include "hub/engine/api_handlers.h"
#include "hub/engine/api_json.h"
#include "hub/engine/api_place.h"
#include "hub/engine/event_log.h"
#include "hub/engine/link_make.h"
#include "hub/engine/link_state.h"

enum { PAGE_DEFAULT = 100, KEEP_SECONDS = 30 * 86400 };

/* ---- out ---- */

static json_t *link_json(struct engine *engine, const struct one_time_link *link)
{
    _cleanup_instance_ struct instance instance = {};
    _cleanup_peer_ struct peer peer = {};
    bool has_instance = instance_store_find(engine->store, link->instance_id, &instance) == 0;
    bool has_peer = has_instance &&
                    peer_store_find(engine->store, link->instance_id, link->peer_id, &peer) == 0;
    enum link_state state = link_state_of(link, has_peer ? &peer : NULL, clock_seconds());
    return json_pack(
        "{s:s,s:s,s:s?,s:s,s:s?,s:s,s:i,s:i,s:b,s:i,s:b,s:s,s:o,s:o,s:o}", "id", link->id,
        "instance_id", link->instance_id, "instance", has_instance ? instance.name : NULL,
        "peer_id", link->peer_id, "peer", has_peer ? peer.name : NULL, "state",
        link_state_word(state), "uses", (int)link->uses, "uses_left",
        (int)(link->uses - link->used), "pin", link->has_pin, "wrong_pins", (int)link->wrong_pins,
        "direct", link->direct, "made_by", link->made_by, "created_at", json_time(link->created_at),
        "expires_at", json_time(link->expires_at), "opened_at", json_time(link->opened_at));
}

/* ---- list ---- */

struct page {
    struct engine *engine;
    const struct api_caller *caller;
    const char *instance_id, *peer_id; /* NULL = all */
    json_t *items;
    size_t limit;
    char last[ID_MAX];
    bool more;
};

static int add_to_page(const struct one_time_link *link, void *data)
{
    struct page *page = data;
    if ((page->instance_id && !text_equal(page->instance_id, link->instance_id)) ||
        (page->peer_id && !text_equal(page->peer_id, link->peer_id)) ||
        !api_caller_sees(page->caller, link->instance_id))
        return 0;
    if (json_array_size(page->items) == page->limit) {
        page->more = true;
        return 1;
    }
    json_array_append_new(page->items, link_json(page->engine, link));
    memcpy(page->last, link->id, sizeof page->last);
    return 0;
}

void api_link_list(struct engine *engine, struct api_call *call, const struct api_request *request)
{
    _cleanup_problem_ struct problem problem = {};
    _cleanup_instance_ struct instance instance = {};
    _cleanup_peer_ struct peer peer = {};
    const char *cursor = json_string_value(json_object_get(request->query, "cursor"));
    const json_t *limit = json_object_get(request->query, "limit");
    struct page page = {.engine = engine,
                        .caller = request->caller,
                        .limit = limit ? (size_t)json_integer_value(limit) : PAGE_DEFAULT};
    struct one_time_link before = {};
    if (!api_place_read(engine, call, request, &instance, &peer))
        return;
    page.instance_id = *instance.id ? instance.id : NULL;
    page.peer_id = *peer.id ? peer.id : NULL;
    if (cursor && one_time_link_find(engine->store, cursor, &before) < 0) {
        problem_add_field(&problem, "cursor", "is not one that a page before gave", "");
        api_answer_problem(call, &problem);
        return;
    }
    page.items = json_array();
    int r = one_time_link_list(engine->store, cursor ? &before : NULL, add_to_page, &page);
    if (r < 0) {
        json_decref(page.items);
        api_answer_store_error(engine, call, r);
        return;
    }
    api_answer(call, 200, NULL,
               json_pack("{s:o,s:s?}", "items", page.items, "next", page.more ? page.last : NULL));
}

/* ---- add ---- */

static void name_change(struct api_change *change, const struct instance *instance,
                        const struct one_time_link *link, const char *peer_name)
{
    snprintf(change->object, sizeof change->object, "instance/%s/link/%s", instance->id, link->id);
    text_copy_cut(change->name, sizeof change->name, peer_name);
    change->is_plain = true;
}

static void read_order(const json_t *body, struct link_order *order, struct problem *problem)
{
    const char *lifetime = json_string_value(json_object_get(body, "expires_in"));
    const json_t *uses = json_object_get(body, "uses");
    struct complaint complaint;
    order->pin = json_string_value(json_object_get(body, "pin"));
    order->uses = uses ? (uint32_t)json_integer_value(uses) : LINK_USES;
    order->seconds = LINK_SECONDS;
    if (lifetime && duration_parse(lifetime, &order->seconds) == 0 &&
        order->seconds > LINK_SECONDS_MAX)
        problem_add_field(problem, "expires_in", "is longer than a link may last", "90d");
    if (order->pin && !rule_link_pin(order->pin, &complaint))
        problem_add_field(problem, "pin", complaint.wrong, complaint.would);
}

/* A link that could not be opened is not made. */
static void check_peer(struct engine *engine, const struct peer *peer,
                       const struct one_time_link *link, struct problem *problem)
{
    uint32_t count = 0;
    enum link_state state = link_state_of(link, peer, link->created_at);
    if (problem_is_set(problem))
        return;
    if (state == LINK_KEY_FORGOTTEN)
        problem_set(problem, 409, "conflict",
                    "only the device has its private key, so its profile would not work: give the "
                    "peer new keys with rekey first");
    else if (state != LINK_OPEN)
        problem_set(problem, 409, "conflict", "the peer %s: enable it first",
                    state == LINK_PEER_EXPIRED ? "has expired" : "is disabled");
    else if (one_time_link_count_open(engine->store, peer->id, link->created_at, &count) == 0 &&
             count >= LINK_OPEN_MAX)
        problem_set(problem, 409, "limit",
                    "the peer has %u links that can be opened: delete some first", count);
}

static bool write_new(struct api_change *change, const struct one_time_link *link)
{
    struct store *store = change->engine->store;
    if (!api_change_begin(change))
        return false;
    int r = one_time_link_purge(store, link->created_at - KEEP_SECONDS);
    if (r >= 0)
        r = one_time_link_add(store, link);
    if (r < 0) {
        api_change_fail(change, r, NULL);
        return false;
    }
    change->after = link_json(change->engine, link);
    return api_change_commit(change, 201);
}

static void tell(const struct api_change *change, const struct one_time_link *link,
                 const char *kind, const char *done)
{
    event_log_add(change->engine->events, kind, link->instance_id, link->peer_id,
                  json_pack("{s:s}", "link", link->id), "one-time link for \"%s\" %s by %s",
                  change->name, done, change->request->caller->who);
}

void api_link_add(struct engine *engine, struct api_call *call, const struct api_request *request)
{
    _cleanup_problem_ struct problem problem = {};
    _cleanup_instance_ struct instance instance = {};
    _cleanup_peer_ struct peer peer = {};
    _cleanup_api_change_ struct api_change change = {
        .engine = engine, .call = call, .request = request, .action = "link.add"};
    struct link_order order = {.made_by = request->caller->who};
    struct one_time_link link;
    struct link_token token;
    if (!api_find_instance_to_change(engine, call, request->parameters[0], &instance) ||
        !api_find_peer(engine, call, &instance, request->parameters[1], &peer))
        return;
    read_order(request->body, &order, &problem);
    link_make(&peer, &order, &token, &link);
    check_peer(engine, &peer, &link, &problem);
    link_check_hub(engine, &problem);
    if (api_refuse(call, &problem))
        return;
    name_change(&change, &instance, &link, peer.name);
    if (!write_new(&change, &link))
        return;
    tell(&change, &link, "link.added", "made");
    /* Shown once: neither the row nor the audit has it. */
    _cleanup_free_ char *url = link_url(engine, &token, "");
    char text[LINK_TOKEN_TEXT_MAX];
    json_t *object = json_deep_copy(change.after);
    json_object_set_new(object, "url", json_string(url));
    json_object_set_new(object, "token", json_string(link_token_format(&token, text)));
    api_answer(call, 201, NULL, object);
}

/* ---- delete ---- */

void api_link_delete(struct engine *engine, struct api_call *call,
                     const struct api_request *request)
{
    _cleanup_problem_ struct problem problem = {};
    _cleanup_instance_ struct instance instance = {};
    _cleanup_peer_ struct peer peer = {};
    _cleanup_api_change_ struct api_change change = {
        .engine = engine, .call = call, .request = request, .action = "link.delete"};
    struct one_time_link link;
    int r = one_time_link_find(engine->store, request->parameters[0], &link);
    if (r == -ENOENT || (r == 0 && !api_caller_sees(request->caller, link.instance_id)))
        problem_set(&problem, 404, "not-found", "there is no one-time link \"%.40s\"",
                    request->parameters[0]);
    else if (r < 0)
        api_store_problem(engine, r, &problem);
    if (api_refuse(call, &problem))
        return;
    memcpy(instance.id, link.instance_id, sizeof instance.id);
    (void)peer_store_find(engine->store, link.instance_id, link.peer_id, &peer);
    name_change(&change, &instance, &link, peer.name);
    change.before = link_json(engine, &link);
    if (!api_change_begin(&change))
        return;
    r = one_time_link_delete(engine->store, link.id);
    if (r < 0) {
        api_change_fail(&change, r, NULL);
        return;
    }
    if (!api_change_commit(&change, 200))
        return;
    tell(&change, &link, "link.deleted", "deleted");
    json_t *object = json_deep_copy(change.before);
    json_object_set_new(object, "deleted", json_true());
    api_answer(call, 200, NULL, object);
}
