/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the firewall would do, and what is expected of it. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "hub/base/text.h"
#include "hub/engine/api_change.h"
#include "hub/engine/api_firewall_json.h"
#include "hub/engine/api_handlers.h"
#include "hub/engine/event_log.h"

static bool answer_error(struct engine *engine, struct api_call *call, int error)
{
    if (error >= 0)
        return false;
    api_answer_store_error(engine, call, error);
    return true;
}

/* ---- test ---- */

static void no_pair(struct problem *problem)
{
    problem_add_field(problem, "to",
                      "has no address of the family of any of the source's: nothing can be sent",
                      "");
}

static void too_many(struct problem *problem)
{
    problem_add_field(problem, "to", "and the source have too many addresses together: name fewer",
                      "");
}

void api_firewall_test(struct engine *engine, struct api_call *call,
                       const struct api_request *request)
{
    _cleanup_problem_ struct problem problem = {};
    _cleanup_instance_ struct instance instance = {};
    struct firewall_question question = {};
    struct firewall_finding finding;
    struct firewall_scene_of *scene;
    if (!api_find_instance(engine, call, request->parameters[0], &instance))
        return;
    firewall_read_question(engine, &instance, request->query, &question, &problem);
    if (api_refuse(call, &problem) ||
        answer_error(engine, call, firewall_scene_open(engine, &instance, &scene)))
        return;
    int r = firewall_scene_ask(scene, &question, &finding);
    firewall_scene_close(scene);
    if (r == -ENOENT)
        no_pair(&problem);
    if (r == -E2BIG)
        too_many(&problem);
    if (api_refuse(call, &problem) || answer_error(engine, call, r))
        return;
    api_answer(call, 200, NULL, firewall_finding_json(&finding));
}

/* ---- checks ---- */

struct checks {
    struct engine *engine;
    struct firewall_scene_of *scene;
    json_t *items;
    int failed;
};

static int add_check(const struct firewall_check_row *check, void *data)
{
    struct checks *checks = data;
    struct firewall_question question = firewall_check_question(check);
    struct firewall_finding finding = {};
    int r = firewall_scene_ask(checks->scene, &question, &finding);
    if (r < 0 && r != -ENOENT && r != -E2BIG)
        return r;
    json_t *item = firewall_check_json(checks->engine, check);
    bool holds = firewall_check_holds(check, &finding);
    checks->failed += !holds;
    json_object_set_new(item, "holds", json_boolean(holds));
    json_object_set_new(item, "finding", r == 0 ? firewall_finding_json(&finding) : json_null());
    json_array_append_new(checks->items, item);
    return 0;
}

static void answer_checks(struct engine *engine, struct api_call *call,
                          const struct api_request *request, bool with_count)
{
    _cleanup_instance_ struct instance instance = {};
    struct checks checks = {.engine = engine};
    if (!api_find_instance(engine, call, request->parameters[0], &instance) ||
        answer_error(engine, call, firewall_scene_open(engine, &instance, &checks.scene)))
        return;
    checks.items = json_array();
    int r = firewall_check_store_list(engine->store, instance.id, add_check, &checks);
    firewall_scene_close(checks.scene);
    if (r < 0)
        json_decref(checks.items);
    if (answer_error(engine, call, r))
        return;
    json_t *body = json_pack("{s:o}", "items", checks.items);
    if (with_count)
        json_object_set_new(body, "failed", json_integer(checks.failed));
    else
        json_object_set_new(body, "next", json_null());
    api_answer(call, 200, NULL, body);
}

void api_firewall_check_list(struct engine *engine, struct api_call *call,
                             const struct api_request *request)
{
    answer_checks(engine, call, request, false);
}

void api_firewall_check_run(struct engine *engine, struct api_call *call,
                            const struct api_request *request)
{
    answer_checks(engine, call, request, true);
}

/* Whether it holds; nothing of a check that goes. */
static void add_live(const struct api_change *change, json_t *object)
{
    _cleanup_instance_ struct instance instance = {};
    struct checks checks = {.engine = change->engine, .items = json_array()};
    struct firewall_check_row row;
    const char *id = json_string_value(json_object_get(object, "id"));
    const char *instance_id = json_string_value(json_object_get(object, "instance_id"));
    if (change->after && instance_store_find(change->engine->store, instance_id, &instance) == 0 &&
        firewall_check_store_find(change->engine->store, instance_id, id, &row) == 0 &&
        firewall_scene_open(change->engine, &instance, &checks.scene) == 0) {
        (void)add_check(&row, &checks);
        firewall_scene_close(checks.scene);
        json_object_update_missing(object, json_array_get(checks.items, 0));
    }
    json_decref(checks.items);
}

static void name_change(struct api_change *change, const struct firewall_check_row *row,
                        const json_t *check)
{
    snprintf(change->object, sizeof change->object, "instance/%s/check/%s", row->instance_id,
             row->id);
    snprintf(change->name, sizeof change->name, "%.60s",
             json_string_value(json_object_get(check, "expect")));
    change->add_live = add_live;
}

static void check_room(struct engine *engine, const struct instance *instance,
                       struct problem *problem)
{
    uint64_t count = 0;
    if (firewall_check_store_count(engine->store, instance->id, &count) == 0 &&
        count >= FIREWALL_CHECKS_MAX)
        problem_set(problem, 409, "limit",
                    "the instance has %" PRIu64 " firewall checks, as many as it can have", count);
}

static void tell(const struct api_change *change, const struct instance *instance, const char *done)
{
    event_log_add(change->engine->events, "firewall.changed", instance->id, NULL,
                  json_pack("{s:s}", "instance", instance->name),
                  "firewall of \"%s\": check %s %s by %s", instance->name, change->name, done,
                  change->request->caller->who);
}

void api_firewall_check_add(struct engine *engine, struct api_call *call,
                            const struct api_request *request)
{
    _cleanup_problem_ struct problem problem = {};
    _cleanup_instance_ struct instance instance = {};
    _cleanup_api_change_ struct api_change change = {
        .engine = engine, .call = call, .request = request, .action = "firewall.check-add"};
    struct firewall_question question = {};
    struct firewall_check_row row = {};
    const char *expect = json_string_value(json_object_get(request->body, "expect"));
    if (!api_find_instance_to_change(engine, call, request->parameters[0], &instance))
        return;
    check_room(engine, &instance, &problem);
    firewall_read_question(engine, &instance, request->body, &question, &problem);
    if (api_refuse(call, &problem))
        return;
    id_make(row.id);
    memcpy(row.instance_id, instance.id, sizeof row.instance_id);
    row.allow = expect && text_equal(expect, "allow");
    row.protocol = question.protocol;
    row.port = question.port;
    row.from = question.from;
    row.to = question.to;
    if (!api_change_begin(&change))
        return;
    int r = firewall_check_store_add(engine->store, &row);
    if (r < 0) {
        api_change_fail(&change, r, NULL);
        return;
    }
    change.after = firewall_check_json(engine, &row);
    name_change(&change, &row, change.after);
    if (!api_change_commit(&change, 201))
        return;
    tell(&change, &instance, "added");
    add_live(&change, change.after);
    api_answer(call, 201, NULL, json_incref(change.after));
}

void api_firewall_check_delete(struct engine *engine, struct api_call *call,
                               const struct api_request *request)
{
    _cleanup_problem_ struct problem problem = {};
    _cleanup_instance_ struct instance instance = {};
    _cleanup_api_change_ struct api_change change = {
        .engine = engine, .call = call, .request = request, .action = "firewall.check-delete"};
    struct firewall_check_row row;
    if (!api_find_instance_to_change(engine, call, request->parameters[0], &instance))
        return;
    int r = firewall_check_store_find(engine->store, instance.id, request->parameters[1], &row);
    if (r == -ENOENT)
        problem_set(&problem, 404, "not-found", "instance \"%s\" has no firewall check \"%.40s\"",
                    instance.name, request->parameters[1]);
    if (api_refuse(call, &problem) || answer_error(engine, call, r))
        return;
    change.before = firewall_check_json(engine, &row);
    name_change(&change, &row, change.before);
    if (!api_change_begin(&change))
        return;
    r = firewall_check_store_delete(engine->store, instance.id, row.id);
    if (r < 0) {
        api_change_fail(&change, r, NULL);
        return;
    }
    if (!api_change_commit(&change, 200))
        return;
    tell(&change, &instance, "deleted");
    json_t *object = json_deep_copy(change.before);
    json_object_set_new(object, "deleted", json_true());
    api_answer(call, 200, NULL, object);
}
