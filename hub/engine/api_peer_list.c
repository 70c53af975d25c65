/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "hub/base/buf.h"
#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "hub/engine/api_change.h"
#include "hub/engine/api_handlers.h"
#include "hub/engine/api_peer_answer.h"
#include "hub/engine/instance_spec.h"
#include "hub/engine/runtime.h"
#include "hub/store/user_store.h"

enum { PAGE_DEFAULT = 100, PEER_TEXT_USUAL = 900 };

struct page {
    struct engine *engine;
    const struct instance *instance;
    struct peer_writer writer;
    /* Filters; NULL = not asked for. */
    const json_t *type, *connected, *enabled, *stale;
    const char *search, *user_id;
    int64_t expiring;              /* before that time; 0 = not asked for */
    struct profile_source *source; /* with `stale` alone */
    struct buf text;
    size_t count, limit;
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

static int add_id(uint64_t row, const char *id, void *data)
{
    struct page *page = data;
    if (page->count == page->limit) {
        page->more = true;
        return 1;
    }
    if (page->count++)
        buf_add_char(&page->text, ',');
    page->last_row = row;
    return peer_writer_add(&page->writer, id, &page->text);
}

static int add_if_it_matches(const struct peer *peer, void *data)
{
    return matches(data, peer) ? add_id(peer->row, peer->id, data) : 0;
}

static int add_peers(struct page *page, uint64_t after)
{
    struct store *store = page->engine->store;
    bool filtered = page->type || page->connected || page->enabled || page->search ||
                    page->user_id || page->expiring || page->stale;
    /* Whether a profile is stale depends on the preshared key. */
    if (filtered)
        return peer_store_list(store, page->instance->id, after, 0, page->stale != NULL,
                               add_if_it_matches, page);
    return peer_store_list_ids(store, page->instance->id, after, (unsigned)page->limit + 1, add_id,
                               page);
}

static void page_done(struct page *page)
{
    profile_source_free(page->source);
    peer_writer_done(&page->writer);
    buf_done(&page->text);
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

static void answer_page(struct api_call *call, struct page *page)
{
    if (page->more)
        buf_printf(&page->text, "],\"next\":\"%" PRIu64 "\"}", page->last_row);
    else
        buf_add_text(&page->text, "],\"next\":null}");
    api_answer_text(call, 200, NULL, &(struct api_text){page->text.data, page->text.length});
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

    if (!api_find_instance(engine, call, request->parameters[0], &instance))
        return;
    if (!read_cursor(request->query, &after, &problem)) {
        api_answer_problem(call, &problem);
        return;
    }
    if (!read_user(engine, call, request->query, &user))
        return;
    page.user_id = *user.id ? user.id : NULL;
    page.source = page.stale ? profile_source_new(engine, &instance) : NULL;
    page.writer = peer_writer_of(engine, &instance);
    buf_reserve(&page.text,
                PEER_TEXT_USUAL * (page.limit < PAGE_DEFAULT ? page.limit : PAGE_DEFAULT));
    buf_add_text(&page.text, "{\"items\":[");
    int r = add_peers(&page, after);
    if (r < 0) {
        api_answer_store_error(engine, call, r);
    } else {
        answer_page(call, &page);
    }
    page_done(&page);
}
