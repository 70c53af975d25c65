/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "hub/engine/api_change.h"
#include "hub/engine/api_handlers.h"
#include "hub/engine/api_json.h"
#include "hub/engine/api_user_json.h"
#include "hub/engine/event_log.h"
#include "hub/engine/user_peers.h"

enum { PAGE_DEFAULT = 100 };

/* False: answered. */
static bool find_user(struct engine *engine, struct api_call *call, const char *id_or_name,
                      struct user *ret_user)
{
    int r = user_store_find(engine->store, id_or_name, ret_user);
    return r >= 0 || api_answer_not_found(engine, call, r, "user", id_or_name);
}

static void answer_user(struct engine *engine, struct api_call *call, int status,
                        const struct user *user)
{
    char etag[ETAG_MAX];
    api_answer(call, status, etag_format(user->revision, etag), user_json(engine, user));
}

/* ---- list, show ---- */

struct page {
    struct engine *engine;
    const char *search; /* NULL = all */
    json_t *items;
    size_t limit;
    char last[USER_NAME_MAX];
    bool more;
};

static bool matches(const struct page *page, const struct user *user)
{
    if (!page->search || strcasestr(user->name, page->search) ||
        strcasestr(user->email, page->search) || strcasestr(user->note, page->search) ||
        text_equal(user->id, page->search))
        return true;
    for (size_t i = 0; i < user->group_count; i++)
        if (strcasestr(user->groups[i], page->search))
            return true;
    return false;
}

static int add_to_page(const struct user *user, void *data)
{
    struct page *page = data;
    if (!matches(page, user))
        return 0;
    if (json_array_size(page->items) == page->limit) {
        page->more = true;
        return 1;
    }
    json_array_append_new(page->items, user_json(page->engine, user));
    memcpy(page->last, user->name, sizeof page->last);
    return 0;
}

static size_t limit_of(const json_t *query)
{
    const json_t *limit = json_object_get(query, "limit");
    return limit ? (size_t)json_integer_value(limit) : PAGE_DEFAULT;
}

void api_user_list(struct engine *engine, struct api_call *call, const struct api_request *request)
{
    const char *cursor = json_string_value(json_object_get(request->query, "cursor"));
    struct page page = {
        .engine = engine,
        .search = json_string_value(json_object_get(request->query, "search")),
        .items = json_array(),
        .limit = limit_of(request->query),
    };
    int r = user_store_list(engine->store, cursor, 0, add_to_page, &page);
    if (r < 0) {
        json_decref(page.items);
        api_answer_store_error(engine, call, r);
        return;
    }
    api_answer(call, 200, NULL,
               json_pack("{s:o,s:s?}", "items", page.items, "next", page.more ? page.last : NULL));
}

void api_user_get(struct engine *engine, struct api_call *call, const struct api_request *request)
{
    struct user user;
    if (find_user(engine, call, request->parameters[0], &user))
        answer_user(engine, call, 200, &user);
}

/* ---- its peers ---- */

struct peers_page {
    struct engine *engine;
    struct instance instance; /* of the peer at hand */
    json_t *items;
    size_t limit;
    uint64_t last_row;
    bool more;
};

static int open_instance(struct peers_page *page, const char *instance_id)
{
    if (text_equal(page->instance.id, instance_id))
        return 0;
    instance_done(&page->instance);
    page->instance = (struct instance){};
    return instance_store_find(page->engine->store, instance_id, &page->instance);
}

/* What somebody needs to know of it who looks at a person. */
static json_t *user_peer_json(struct peers_page *page, const struct peer *peer)
{
    static const char *const shown[] = {
        "id",       "name",       "instance_id",        "type",      "protocol",  "enabled",
        "expired",  "expires_at", "disabled_with_user", "addresses", "connected", "last_seen",
        "rx_bytes", "tx_bytes"};
    json_t *whole = peer_facts_json(page->engine, &page->instance, peer);
    json_t *object = json_pack("{s:s}", "instance", page->instance.name);
    peer_json_add_live(page->engine, page->instance.id, peer->id, NULL, whole);
    for (size_t i = 0; i < ELEMENTS(shown); i++)
        json_object_set(object, shown[i], json_object_get(whole, shown[i]));
    json_decref(whole);
    return object;
}

static int add_peer(const char *instance_id, const char *peer_id, uint64_t row, void *data)
{
    struct peers_page *page = data;
    _cleanup_peer_ struct peer peer = {};
    if (json_array_size(page->items) == page->limit) {
        page->more = true;
        return 1;
    }
    int r = open_instance(page, instance_id);
    if (r >= 0)
        r = peer_store_find(page->engine->store, instance_id, peer_id, &peer);
    if (r < 0)
        return r;
    json_array_append_new(page->items, user_peer_json(page, &peer));
    page->last_row = row;
    return 0;
}

void api_user_peers(struct engine *engine, struct api_call *call, const struct api_request *request)
{
    _cleanup_problem_ struct problem problem = {};
    const char *cursor = json_string_value(json_object_get(request->query, "cursor"));
    struct peers_page page = {.engine = engine, .limit = limit_of(request->query)};
    struct user user;
    uint64_t after = 0;
    char next[24];
    if (!find_user(engine, call, request->parameters[0], &user))
        return;
    if (cursor && text_parse_u64(cursor, 0, INT64_MAX, &after) < 0) {
        problem_add_field(&problem, "cursor", "is not one that a page before gave", "");
        api_answer_problem(call, &problem);
        return;
    }
    page.items = json_array();
    int r = user_store_peers(engine->store, user.id, NULL, after, 0, add_peer, &page);
    instance_done(&page.instance);
    if (r < 0) {
        json_decref(page.items);
        api_answer_store_error(engine, call, r);
        return;
    }
    snprintf(next, sizeof next, "%" PRIu64, page.last_row);
    api_answer(call, 200, NULL,
               json_pack("{s:o,s:s?}", "items", page.items, "next", page.more ? next : NULL));
}

/* ---- changes ---- */

struct subject {
    struct user user;
    struct user_peers peers;
    struct api_change change;
};

static void subject_done(struct subject *subject)
{
    user_peers_done(&subject->peers);
    api_change_done(&subject->change);
}
#define _cleanup_subject_ __attribute__((cleanup(subject_done)))

static int judge(const char *instance_id, void *data)
{
    api_change_judge(data, instance_id);
    return 0;
}

/* What is in the kernel by the time that somebody asks again. */
static void add_live(const struct api_change *change, json_t *object)
{
    (void)change;
    json_object_set_new(object, "pending", json_array());
}

static void name_change(struct subject *subject)
{
    struct api_change *change = &subject->change;
    snprintf(change->object, sizeof change->object, "user/%s", subject->user.id);
    (void)text_copy(change->name, sizeof change->name, subject->user.name);
    change->is_plain = true;
}

/* False: answered. */
static bool subject_find(struct engine *engine, struct api_call *call,
                         const struct api_request *request, const char *action,
                         struct subject *subject)
{
    subject->change =
        (struct api_change){.engine = engine, .call = call, .request = request, .action = action};
    subject->peers = (struct user_peers){
        .engine = engine, .who = request->caller->who, .from = request->caller->from};
    if (!find_user(engine, call, request->parameters[0], &subject->user) ||
        !api_if_match(call, request, subject->user.revision))
        return false;
    int r = user_peers_load(&subject->peers, subject->user.id);
    if (r >= 0)
        r = user_store_instances(engine->store, subject->user.id, judge, &subject->change);
    if (r < 0) {
        api_answer_store_error(engine, call, r);
        return false;
    }
    subject->change.before = user_json(engine, &subject->user);
    name_change(subject);
    subject->change.is_plain = false;
    subject->change.add_live = add_live;
    return true;
}

static void tell(const struct subject *subject, const char *kind, const char *done)
{
    const struct api_change *change = &subject->change;
    event_log_add(change->engine->events, kind, NULL, NULL,
                  json_pack("{s:s,s:s}", "user_id", subject->user.id, "user", subject->user.name),
                  "user \"%s\" %s by %s", subject->user.name, done, change->request->caller->who);
}

void api_user_add(struct engine *engine, struct api_call *call, const struct api_request *request)
{
    _cleanup_problem_ struct problem problem = {};
    _cleanup_subject_ struct subject subject = {
        .change = {.engine = engine, .call = call, .request = request, .action = "user.add"},
        .user = {.enabled = true}};
    const char *column = NULL;
    id_make(subject.user.id);
    user_input_read(engine, request->body, &subject.user, &problem);
    if (api_refuse(call, &problem) || !api_change_begin(&subject.change))
        return;
    int r = user_store_add(engine->store, &subject.user, &column);
    if (r < 0) {
        api_change_fail(&subject.change, r, column);
        return;
    }
    name_change(&subject);
    subject.change.after = user_json(engine, &subject.user);
    if (!api_change_commit(&subject.change, 201))
        return;
    tell(&subject, "user.added", "added");
    answer_user(engine, call, 201, &subject.user);
}

/* ---- an answer that waits for the kernel ---- */

struct user_answer {
    struct engine *engine;
    struct api_call *call;
    size_t waiting;
    bool has_etag;
    char etag[ETAG_MAX];
    char user_id[ID_MAX];
    json_t *object, *pending;
};

static void settle(struct user_answer *answer)
{
    struct user user;
    if (--answer->waiting > 0)
        return;
    /* Who is connected has changed meanwhile. */
    if (user_store_find(answer->engine->store, answer->user_id, &user) == 0) {
        json_t *now = user_json(answer->engine, &user);
        json_object_set(answer->object, "peers", json_object_get(now, "peers"));
        json_decref(now);
    }
    json_object_set_new(answer->object, "pending", answer->pending);
    api_answer(answer->call, 200, answer->has_etag ? answer->etag : NULL, answer->object);
    free(answer);
}

static void on_changed(int status, const char *detail, void *data)
{
    struct user_answer *answer = data;
    if (status && json_array_size(answer->pending) == 0)
        json_array_append_new(
            answer->pending,
            json_pack("{s:s,s:s,s:s,s:n}", "step", "peer", "title", "change of the user's peers",
                      "reason", detail && *detail ? detail : "not acknowledged yet", "retry_at"));
    settle(answer);
}

/* Once for each instance in which the user has, or had, peers. */
static void retell_rules(const struct user_peers *peers, struct user_answer *answer)
{
    for (size_t i = 0; i < peers->count; i++) {
        const char *id = peers->items[i].instance.id;
        bool told = false;
        for (size_t k = 0; k < i; k++)
            told |= text_equal(peers->items[k].instance.id, id);
        if (told)
            continue;
        answer->waiting++;
        runtime_rule_changed(answer->engine->runtimes, id, NULL, on_changed, answer);
    }
}

/* Tells the peers that changed and, with `regrouped`, that rules which name the user or its groups
 * are about others now. `object` is stolen. */
static void answer_changed(struct subject *subject, json_t *object, bool deleted, bool regrouped)
{
    struct engine *engine = subject->change.engine;
    struct user_answer *answer = memory_zero(sizeof *answer);
    *answer = (struct user_answer){.engine = engine,
                                   .call = subject->change.call,
                                   .waiting = 1 + user_peers_count_changed(&subject->peers),
                                   .has_etag = !deleted,
                                   .object = object,
                                   .pending = json_array()};
    etag_format(subject->user.revision, answer->etag);
    memcpy(answer->user_id, subject->user.id, sizeof answer->user_id);
    user_peers_tell(&subject->peers, on_changed, answer);
    if (regrouped)
        retell_rules(&subject->peers, answer);
    settle(answer);
}

/* Writes the user's row, and what happens to its peers; false: answered. */
static bool subject_write(struct subject *subject, int (*peers_change)(struct user_peers *peers))
{
    struct api_change *change = &subject->change;
    const char *column = NULL;
    if (!api_change_begin(change))
        return false;
    int r = user_store_update(change->engine->store, &subject->user, &column);
    if (r >= 0 && peers_change)
        r = peers_change(&subject->peers);
    if (r < 0) {
        api_change_fail(change, r, column);
        return false;
    }
    json_decref(change->after);
    change->after = user_json(change->engine, &subject->user);
    if (peers_change) {
        json_object_set_new(change->after, "peers_changed",
                            user_peers_changed_json(&subject->peers));
        json_object_set_new(change->after, "peers_left", user_peers_left_json(&subject->peers));
    }
    return api_change_commit(change, 200);
}

void api_user_set(struct engine *engine, struct api_call *call, const struct api_request *request)
{
    _cleanup_problem_ struct problem problem = {};
    _cleanup_subject_ struct subject subject = {};
    if (!subject_find(engine, call, request, "user.set", &subject))
        return;
    user_input_read(engine, request->body, &subject.user, &problem);
    if (api_refuse(call, &problem))
        return;
    subject.change.after = user_json(engine, &subject.user);
    if (api_change_is_nothing(&subject.change)) {
        answer_user(engine, call, 200, &subject.user);
        return;
    }
    if (!subject_write(&subject, NULL))
        return;
    tell(&subject, "user.changed", "changed");
    answer_changed(&subject, json_deep_copy(subject.change.after), false,
                   json_object_get(request->body, "groups") != NULL);
}

/* ---- enable, disable ---- */

static int disable_peers(struct user_peers *peers)
{
    return user_peers_disable(peers, true);
}

static void set_enabled(struct engine *engine, struct api_call *call,
                        const struct api_request *request, bool enabled)
{
    _cleanup_subject_ struct subject subject = {};
    if (!subject_find(engine, call, request, enabled ? "user.enable" : "user.disable", &subject))
        return;
    if (subject.user.enabled == enabled && !request->dry_run) {
        answer_user(engine, call, 200, &subject.user);
        return;
    }
    subject.user.enabled = enabled;
    if (!subject_write(&subject, enabled ? user_peers_enable : disable_peers))
        return;
    tell(&subject, enabled ? "user.enabled" : "user.disabled", enabled ? "enabled" : "disabled");
    answer_changed(&subject, json_deep_copy(subject.change.after), false, false);
}

void api_user_enable(struct engine *engine, struct api_call *call,
                     const struct api_request *request)
{
    set_enabled(engine, call, request, true);
}

void api_user_disable(struct engine *engine, struct api_call *call,
                      const struct api_request *request)
{
    set_enabled(engine, call, request, false);
}

/* ---- delete ---- */

/* False: answered. */
static bool check_peers_word(const struct subject *subject, const char *word)
{
    _cleanup_problem_ struct problem problem = {};
    char wrong[80];
    if (word || subject->peers.count == 0)
        return true;
    snprintf(wrong, sizeof wrong, "%zu peers are the user's: say what is to become of them",
             subject->peers.count);
    problem_add_conflict(&problem, "peers", wrong, "keep, disable or delete");
    api_answer_problem(subject->change.call, &problem);
    return false;
}

static int delete_user(struct subject *subject, const char *word)
{
    struct user_peers *peers = &subject->peers;
    int r = 0;
    if (word && text_equal(word, "disable"))
        r = user_peers_disable(peers, false);
    if (r >= 0)
        r = word && text_equal(word, "delete") ? user_peers_delete(peers)
                                               : user_peers_release(peers);
    return r < 0 ? r : user_store_delete(subject->change.engine->store, subject->user.id);
}

void api_user_delete(struct engine *engine, struct api_call *call,
                     const struct api_request *request)
{
    _cleanup_subject_ struct subject subject = {};
    const char *word = json_string_value(json_object_get(request->query, "peers"));
    if (!subject_find(engine, call, request, "user.delete", &subject) ||
        !check_peers_word(&subject, word) || !api_change_begin(&subject.change))
        return;
    int r = delete_user(&subject, word);
    if (r < 0) {
        api_change_fail(&subject.change, r, NULL);
        return;
    }
    json_object_set_new(subject.change.before, "peers_changed",
                        user_peers_changed_json(&subject.peers));
    if (!api_change_commit(&subject.change, 200))
        return;
    tell(&subject, "user.deleted", "deleted");
    json_t *object = json_deep_copy(subject.change.before);
    json_object_set_new(object, "deleted", json_true());
    answer_changed(&subject, object, true, true);
}
