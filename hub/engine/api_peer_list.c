/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "hub/engine/api_change.h"
#include "hub/engine/api_handlers.h"
#include "hub/engine/api_peer_answer.h"
#include "hub/engine/instance_spec.h"
#include "hub/engine/runtime.h"
#include "hub/store/user_store.h"

enum { PAGE_DEFAULT = 100 };

struct page {
    struct engine *engine;
    const struct instance *instance;
    struct profile_source *source;
    /* Filters; NULL = not asked for. */
    const json_t *type, *connected, *enabled, *stale;
    const char *search, *user_id;
    int64_t expiring; /* before that time; 0 = not asked for */
    json_t *items;
    size_t limit;
    uint64_t last_row;
    bool more;
};

static bool holds(const char *text, const char *search)
{
    return strcasestr(text, search) != NULL;
}

static bool matches_search(const struct page *page, const struct peer *peer)
{
    struct prefix addresses[2];
    char text[PREFIX_TEXT_MAX], key[KEY_BASE64_MAX];
    if (!page->search || holds(peer->name, page->search) || text_equal(peer->id, page->search) ||
        holds(key_format_base64(&peer->public_key, key), page->search))
        return true;
    size_t count = peer_tunnel_addresses(page->instance, peer, addresses);
    for (size_t i = 0; i < count; i++)
        if (holds(address_format(&addresses[i].address, text), page->search))
            return true;
    for (size_t i = 0; i < peer->subnets.count; i++)
        if (holds(prefix_format(&peer->subnets.items[i], text), page->search))
            return true;
    return false;
}

static bool is_expiring(const struct page *page, const struct peer *peer)
{
    return peer->enabled &&
           ((peer->expires && peer->expires_at < page->expiring) ||
            (peer->certificate_expires_at && peer->certificate_expires_at < page->expiring));
}

static bool matches_stale(const struct page *page, const struct peer *peer)
{
    _cleanup_profile_standing_ struct profile_standing standing = {};
    if (!page->stale)
        return true;
    profile_standing_look(page->source, peer, &standing);
    return json_is_true(page->stale) == (standing.issued_at && standing.stale);
}

static bool matches(const struct page *page, const struct peer *peer)
{
    struct peer_view view = {};
    if (page->type && text_equal(json_string_value(page->type), "site") != peer->is_site)
        return false;
    if (page->enabled && json_is_true(page->enabled) != peer->enabled)
        return false;
    if (page->connected) {
        runtime_peer_view(page->engine->runtimes, page->instance->id, peer->id, &view);
        if (json_is_true(page->connected) != view.liveness.connected)
            return false;
    }
    if (page->user_id && !text_equal(page->user_id, peer->user_id))
        return false;
    if (page->expiring && !is_expiring(page, peer))
        return false;
    return matches_search(page, peer) && matches_stale(page, peer);
}

static int add_to_page(const struct peer *peer, void *data)
{
    struct page *page = data;
    if (!matches(page, peer))
        return 0;
    if (json_array_size(page->items) == page->limit) {
        page->more = true;
        return 1;
    }
    json_array_append_new(page->items,
                          peer_to_json(page->engine, page->source, page->instance, peer));
    page->last_row = peer->row;
    return 0;
}

/* False: a problem. */
static bool read_cursor(const json_t *query, uint64_t *ret_row, struct problem *problem)
{
    const char *cursor = json_string_value(json_object_get(query, "cursor"));
    *ret_row = 0;
    if (!cursor || text_parse_u64(cursor, 0, INT64_MAX, ret_row) == 0)
        return true;
    problem_add_field(problem, "cursor", "is not one that a page before gave", "");
    return false;
}

static int64_t expiring_before(const json_t *query)
{
    const char *within = json_string_value(json_object_get(query, "expiring"));
    int64_t seconds;
    return within && duration_parse(within, &seconds) == 0 ? clock_seconds() + seconds : 0;
}

/* False: answered. */
static bool read_user(struct engine *engine, struct api_call *call, const json_t *query,
                      struct user *user)
{
    _cleanup_problem_ struct problem problem = {};
    const char *name = json_string_value(json_object_get(query, "user"));
    if (!name || user_store_find(engine->store, name, user) == 0)
        return true;
    problem_add_field(&problem, "user", "names no user", "");
    api_answer_problem(call, &problem);
    return false;
}

void api_peer_list(struct engine *engine, struct api_call *call, const struct api_request *request)
{
    _cleanup_problem_ struct problem problem = {};
    _cleanup_instance_ struct instance instance = {};
    const json_t *limit = json_object_get(request->query, "limit");
    struct page page = {
        .engine = engine,
        .instance = &instance,
        .type = json_object_get(request->query, "type"),
        .connected = json_object_get(request->query, "connected"),
        .enabled = json_object_get(request->query, "enabled"),
        .stale = json_object_get(request->query, "stale"),
        .search = json_string_value(json_object_get(request->query, "search")),
        .expiring = expiring_before(request->query),
        .limit = limit ? (size_t)json_integer_value(limit) : PAGE_DEFAULT,
    };
    struct user user = {};
    uint64_t after;
    char next[24];

    if (!api_find_instance(engine, call, request->parameters[0], &instance))
        return;
    if (!read_cursor(request->query, &after, &problem)) {
        api_answer_problem(call, &problem);
        return;
    }
    if (!read_user(engine, call, request->query, &user))
        return;
    page.user_id = *user.id ? user.id : NULL;
    page.items = json_array();
    page.source = profile_source_new(engine, &instance);
    /* With secrets: whether a profile is stale depends on the preshared key. */
    int r = peer_store_list(engine->store, instance.id, after, 0, true, add_to_page, &page);
    profile_source_free(page.source);
    if (r < 0) {
        json_decref(page.items);
        api_store_problem(engine, r, &problem);
        api_answer_problem(call, &problem);
        return;
    }
    snprintf(next, sizeof next, "%" PRIu64, page.last_row);
    api_answer(call, 200, NULL,
               json_pack("{s:o,s:s?}", "items", page.items, "next", page.more ? next : NULL));
}
