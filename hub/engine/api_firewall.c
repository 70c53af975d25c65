/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "hub/engine/api_change.h"
#include "hub/engine/api_firewall_json.h"
#include "hub/engine/api_handlers.h"
#include "hub/engine/api_json.h"
#include "hub/engine/event_log.h"
#include "hub/engine/runtime.h"

enum { PAGE_DEFAULT = 100, POSITION_LAST = FIREWALL_RULES_MAX + 1 };

/* ---- list and show ---- */

static json_t *with_hits(json_t *object, const struct firewall_row *row)
{
    json_object_set_new(object, "hits", json_integer((json_int_t)row->hits));
    return object;
}

struct page {
    struct engine *engine;
    json_t *items;
    size_t limit;
    uint64_t position;
    int64_t last;
    bool more;
};

static int add_to_page(const struct firewall_row *row, void *data)
{
    struct page *page = data;
    if (json_array_size(page->items) == page->limit) {
        page->more = true;
        return 1;
    }
    json_array_append_new(page->items,
                          with_hits(firewall_rule_json(page->engine, row, ++page->position), row));
    page->last = row->order;
    return 0;
}

/* The cursor is the order of the last rule; a rule that moved meanwhile may come twice or not. */
static bool read_cursor(const json_t *query, int64_t *ret_order, struct problem *problem)
{
    const char *cursor = json_string_value(json_object_get(query, "cursor"));
    char *end;
    *ret_order = INT64_MIN;
    if (!cursor)
        return true;
    errno = 0;
    *ret_order = strtoll(cursor, &end, 10);
    if (errno == 0 && *cursor && !*end)
        return true;
    problem_add_field(problem, "cursor", "is not one that a page before gave", "");
    return false;
}

void api_firewall_list(struct engine *engine, struct api_call *call,
                       const struct api_request *request)
{
    _cleanup_problem_ struct problem problem = {};
    _cleanup_instance_ struct instance instance = {};
    const json_t *limit = json_object_get(request->query, "limit");
    struct page page = {.engine = engine,
                        .limit = limit ? (size_t)json_integer_value(limit) : PAGE_DEFAULT};
    struct firewall_row before = {};
    char next[24];
    if (!api_find_instance(engine, call, request->parameters[0], &instance))
        return;
    if (!read_cursor(request->query, &before.order, &problem)) {
        api_answer_problem(call, &problem);
        return;
    }
    memcpy(before.instance_id, instance.id, sizeof before.instance_id);
    page.items = json_array();
    int r = firewall_store_position(engine->store, &before, &page.position);
    if (r == 0)
        r = firewall_store_list(engine->store, instance.id, before.order, (unsigned)page.limit + 1,
                                add_to_page, &page);
    if (r < 0) {
        json_decref(page.items);
        api_answer_store_error(engine, call, r);
        return;
    }
    snprintf(next, sizeof next, "%" PRId64, page.last);
    api_answer(call, 200, NULL,
               json_pack("{s:o,s:s?}", "items", page.items, "next", page.more ? next : NULL));
}

/* By id, or by its position at the moment. */
static bool find_rule(struct engine *engine, struct api_call *call, const struct instance *instance,
                      const char *text, struct firewall_row *ret_row)
{
    _cleanup_problem_ struct problem problem = {};
    uint64_t position;
    int r = text_parse_u64(text, 1, FIREWALL_RULES_MAX, &position) == 0
                ? firewall_store_at(engine->store, instance->id, position, ret_row)
                : firewall_store_find(engine->store, instance->id, text, ret_row);
    if (r >= 0)
        return true;
    if (r == -ENOENT)
        problem_set(&problem, 404, "not-found", "instance \"%s\" has no firewall rule \"%.40s\"",
                    instance->name, text);
    else
        api_store_problem(engine, r, &problem);
    api_answer_problem(call, &problem);
    return false;
}

static void answer_rule(struct engine *engine, struct api_call *call, int status,
                        const struct firewall_row *row)
{
    char etag[ETAG_MAX];
    json_t *object = with_hits(firewall_rule_json(engine, row, 0), row);
    json_object_set_new(object, "pending", instance_pending_json(engine, row->instance_id));
    api_answer(call, status, etag_format(row->revision, etag), object);
}

void api_firewall_get(struct engine *engine, struct api_call *call,
                      const struct api_request *request)
{
    _cleanup_instance_ struct instance instance = {};
    struct firewall_row row;
    if (api_find_instance(engine, call, request->parameters[0], &instance) &&
        find_rule(engine, call, &instance, request->parameters[1], &row))
        answer_rule(engine, call, 200, &row);
}

/* ---- a change on its way into the kernel ---- */

struct rule_answer {
    struct engine *engine;
    struct api_call *call;
    char instance_id[ID_MAX];
    int status;
    char etag[ETAG_MAX];
    json_t *object;
};

static void on_changed(int status, const char *detail, void *data)
{
    struct rule_answer *answer = data;
    json_t *pending = instance_pending_json(answer->engine, answer->instance_id);
    if (status && json_array_size(pending) == 0)
        json_array_append_new(
            pending,
            json_pack("{s:s,s:s,s:s,s:n}", "step", "rule", "title", "change of the firewall",
                      "reason", detail && *detail ? detail : "not acknowledged yet", "retry_at"));
    json_object_set_new(answer->object, "pending", pending);
    api_answer(answer->call, answer->status, *answer->etag ? answer->etag : NULL, answer->object);
    free(answer);
}

static void bring_into_kernel(struct engine *engine, struct api_call *call, int status,
                              const struct firewall_row *row, json_t *object, bool deleted)
{
    struct rule_answer *answer = memory_zero(sizeof *answer);
    answer->engine = engine;
    answer->call = call;
    answer->status = status;
    answer->object = object;
    memcpy(answer->instance_id, row->instance_id, sizeof answer->instance_id);
    if (!deleted)
        etag_format(row->revision, answer->etag);
    runtime_rule_changed(engine->runtimes, row->instance_id, row->id, on_changed, answer);
}

/* ---- changes ---- */

struct subject {
    struct instance instance;
    struct firewall_row row;
    struct api_change change;
};

static void subject_done(struct subject *subject)
{
    instance_done(&subject->instance);
    api_change_done(&subject->change);
}
#define _cleanup_subject_ __attribute__((cleanup(subject_done)))

static void add_live(const struct api_change *change, json_t *object)
{
    struct firewall_row row;
    const char *id = json_string_value(json_object_get(object, "id"));
    const char *instance_id = json_string_value(json_object_get(object, "instance_id"));
    if (firewall_store_find(change->engine->store, instance_id, id, &row) == 0)
        with_hits(object, &row);
    json_object_set_new(object, "pending", instance_pending_json(change->engine, instance_id));
}

static void name_change(struct subject *subject, const json_t *rule)
{
    struct api_change *change = &subject->change;
    snprintf(change->object, sizeof change->object, "instance/%s/rule/%s", subject->instance.id,
             subject->row.id);
    firewall_rule_summary(rule, change->name, sizeof change->name);
    change->judged_instance = subject->instance.id;
    change->add_live = add_live;
}

/* False: answered. */
static bool subject_find(struct engine *engine, struct api_call *call,
                         const struct api_request *request, const char *action,
                         struct subject *subject)
{
    subject->change =
        (struct api_change){.engine = engine, .call = call, .request = request, .action = action};
    if (!api_find_instance_to_change(engine, call, request->parameters[0], &subject->instance) ||
        !find_rule(engine, call, &subject->instance, request->parameters[1], &subject->row) ||
        !api_if_match(call, request, subject->row.revision))
        return false;
    subject->change.before = firewall_rule_json(engine, &subject->row, 0);
    name_change(subject, subject->change.before);
    return true;
}

static void tell(const struct subject *subject, const char *done)
{
    const struct api_change *change = &subject->change;
    event_log_add(
        change->engine->events, "firewall.changed", subject->instance.id, NULL,
        json_pack("{s:s,s:s}", "rule", subject->row.id, "instance", subject->instance.name),
        "firewall of \"%s\": %s %s by %s", subject->instance.name, change->name, done,
        change->request->caller->who);
}

static void subject_answer(struct subject *subject, int status, const char *done)
{
    struct api_change *change = &subject->change;
    tell(subject, done);
    bring_into_kernel(change->engine, change->call, status, &subject->row,
                      with_hits(json_incref(change->after), &subject->row), false);
}

/* Of what the row says alone; its place is told apart. */
static void subject_write(struct subject *subject, const char *done)
{
    struct api_change *change = &subject->change;
    change->after = firewall_rule_json(change->engine, &subject->row, 0);
    if (api_change_is_nothing(change)) {
        answer_rule(change->engine, change->call, 200, &subject->row);
        return;
    }
    if (!api_change_begin(change))
        return;
    int r = firewall_store_update(change->engine->store, &subject->row);
    if (r < 0) {
        api_change_fail(change, r, NULL);
        return;
    }
    json_decref(change->after);
    change->after = firewall_rule_json(change->engine, &subject->row, 0);
    name_change(subject, change->after);
    if (api_change_commit(change, 200))
        subject_answer(subject, 200, done);
}

static void check_room(struct engine *engine, const struct instance *instance,
                       struct problem *problem)
{
    uint64_t count = 0;
    if (firewall_store_count(engine->store, instance->id, &count) == 0 &&
        count >= FIREWALL_RULES_MAX)
        problem_set(problem, 409, "limit",
                    "the instance has %" PRIu64 " firewall rules, as many as it can have", count);
}

static uint64_t position_in(const json_t *body)
{
    const json_t *position = json_object_get(body, "position");
    return position ? (uint64_t)json_integer_value(position) : POSITION_LAST;
}

void api_firewall_add(struct engine *engine, struct api_call *call,
                      const struct api_request *request)
{
    _cleanup_problem_ struct problem problem = {};
    _cleanup_subject_ struct subject subject = {
        .change = {.engine = engine, .call = call, .request = request, .action = "firewall.add"}};
    struct api_change *change = &subject.change;
    if (!api_find_instance_to_change(engine, call, request->parameters[0], &subject.instance))
        return;
    id_make(subject.row.id);
    memcpy(subject.row.instance_id, subject.instance.id, sizeof subject.row.instance_id);
    subject.row.enabled = true;
    check_room(engine, &subject.instance, &problem);
    firewall_read_rule(engine, &subject.instance, request->body, &subject.row, &problem);
    if (api_refuse(call, &problem))
        return;
    change->judged_instance = subject.instance.id;
    if (!api_change_begin(change))
        return;
    int r = firewall_store_make_order(engine->store, subject.instance.id,
                                      position_in(request->body), NULL, &subject.row.order);
    if (r == 0)
        r = firewall_store_add(engine->store, &subject.row);
    if (r < 0) {
        api_change_fail(change, r, NULL);
        return;
    }
    change->after = firewall_rule_json(engine, &subject.row, 0);
    name_change(&subject, change->after);
    if (api_change_commit(change, 201))
        subject_answer(&subject, 201, "added");
}

void api_firewall_set(struct engine *engine, struct api_call *call,
                      const struct api_request *request)
{
    _cleanup_problem_ struct problem problem = {};
    _cleanup_subject_ struct subject subject = {};
    if (!subject_find(engine, call, request, "firewall.set", &subject))
        return;
    firewall_read_rule(engine, &subject.instance, request->body, &subject.row, &problem);
    if (!api_refuse(call, &problem))
        subject_write(&subject, "changed");
}

static void set_enabled(struct engine *engine, struct api_call *call,
                        const struct api_request *request, const char *action, bool enabled)
{
    _cleanup_subject_ struct subject subject = {};
    if (!subject_find(engine, call, request, action, &subject))
        return;
    subject.row.enabled = enabled;
    subject_write(&subject, enabled ? "enabled" : "disabled");
}

void api_firewall_enable(struct engine *engine, struct api_call *call,
                         const struct api_request *request)
{
    set_enabled(engine, call, request, "firewall.enable", true);
}

void api_firewall_disable(struct engine *engine, struct api_call *call,
                          const struct api_request *request)
{
    set_enabled(engine, call, request, "firewall.disable", false);
}

void api_firewall_move(struct engine *engine, struct api_call *call,
                       const struct api_request *request)
{
    _cleanup_subject_ struct subject subject = {};
    if (!subject_find(engine, call, request, "firewall.move", &subject))
        return;
    struct api_change *change = &subject.change;
    uint64_t position = position_in(request->body), count = 0;
    (void)firewall_store_count(engine->store, subject.instance.id, &count);
    if (position > count)
        position = count;
    if (!change->request->dry_run &&
        json_integer_value(json_object_get(change->before, "position")) == (json_int_t)position) {
        answer_rule(engine, call, 200, &subject.row);
        return;
    }
    if (!api_change_begin(change))
        return;
    int r = firewall_store_make_order(engine->store, subject.instance.id, position, subject.row.id,
                                      &subject.row.order);
    if (r == 0)
        r = firewall_store_update(engine->store, &subject.row);
    if (r < 0) {
        api_change_fail(change, r, NULL);
        return;
    }
    change->after = firewall_rule_json(engine, &subject.row, 0);
    if (api_change_commit(change, 200))
        subject_answer(&subject, 200, "moved");
}

void api_firewall_delete(struct engine *engine, struct api_call *call,
                         const struct api_request *request)
{
    _cleanup_subject_ struct subject subject = {};
    if (!subject_find(engine, call, request, "firewall.delete", &subject) ||
        !api_change_begin(&subject.change))
        return;
    int r = firewall_store_delete(engine->store, subject.instance.id, subject.row.id);
    if (r < 0) {
        api_change_fail(&subject.change, r, NULL);
        return;
    }
    if (!api_change_commit(&subject.change, 200))
        return;
    tell(&subject, "deleted");
    json_t *object = json_deep_copy(subject.change.before);
    json_object_set_new(object, "deleted", json_true());
    bring_into_kernel(engine, call, 200, &subject.row, object, true);
}
