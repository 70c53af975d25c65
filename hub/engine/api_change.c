/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/engine/api_change.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/log.h"
#include "hub/base/text.h"
#include "hub/engine/api_call.h"
#include "hub/engine/api_firewall_json.h"
#include "hub/engine/api_json.h"
#include "hub/engine/firewall_try.h"
#include "hub/store/audit_store.h"
#include "hub/store/idempotency_store.h"

void api_change_done(struct api_change *change)
{
    json_decref(change->before);
    json_decref(change->after);
    json_decref(change->failing);
    json_decref(change->judged_more);
    change->before = change->after = change->failing = change->judged_more = NULL;
}

void api_change_judge(struct api_change *change, const char *instance_id)
{
    if (!change->judged_more)
        change->judged_more = json_array();
    json_array_append_new(change->judged_more, json_string(instance_id));
}

void api_change_name(struct api_change *change, const char *instance_id, const char *peer_id,
                     const char *name)
{
    snprintf(change->object, sizeof change->object, "instance/%s%s%s", instance_id,
             peer_id ? "/peer/" : "", peer_id ? peer_id : "");
    snprintf(change->name, sizeof change->name, "%s", name);
}

void api_store_problem(const struct engine *engine, int error, struct problem *problem)
{
    const char *text = store_error_text(engine->store);
    if (error == -ENOSPC)
        problem_set(problem, 507, "disk-full",
                    "disk full: nothing was changed and all tunnels go on; make room in %s and try "
                    "again",
                    engine->state_directory);
    else
        problem_set(problem, 500, "store", "nothing was changed: %s",
                    *text ? text : strerror(-error));
}

static void answer_store_error(const struct api_change *change, int error)
{
    _cleanup_problem_ struct problem problem = {};
    api_store_problem(change->engine, error, &problem);
    log_error("api: %s of %s: %s", change->action, change->object, problem.detail);
    api_answer_problem(change->call, &problem);
}

static int add_failing(const struct api_change *change, const char *instance_id, json_t *failing)
{
    json_t *checks = NULL;
    int r = firewall_checks_failing(change->engine, instance_id, &checks);
    if (r >= 0)
        json_object_set_new(failing, instance_id, checks);
    return r;
}

/* {"INSTANCE": {"CHECK": true}} */
static int list_failing(const struct api_change *change, json_t **ret_failing)
{
    json_t *failing = json_object(), *instance;
    size_t index;
    int r = 0;
    if (change->judged_instance)
        r = add_failing(change, change->judged_instance, failing);
    json_array_foreach(change->judged_more, index, instance)
    {
        if (r >= 0)
            r = add_failing(change, json_string_value(instance), failing);
    }
    if (r < 0)
        json_decref(failing);
    else
        *ret_failing = failing;
    return r;
}

static bool is_judged(const struct api_change *change)
{
    return change->judged_instance || json_array_size(change->judged_more) > 0;
}

bool api_change_begin(struct api_change *change)
{
    int r = store_begin(change->engine->store);
    if (r >= 0 && is_judged(change)) {
        r = list_failing(change, &change->failing);
        if (r < 0)
            store_rollback(change->engine->store);
    }
    if (r < 0)
        answer_store_error(change, r);
    return r >= 0;
}

void api_change_fail(struct api_change *change, int error, const char *column)
{
    _cleanup_problem_ struct problem problem = {};
    if (error != -EEXIST || !column) {
        answer_store_error(change, error);
        store_rollback(change->engine->store);
        return;
    }
    store_rollback(change->engine->store);
    problem_add_conflict(&problem, column, "is taken by another one", NULL);
    api_answer_problem(change->call, &problem);
}

/* ---- before and after ---- */

static bool is_of_the_row(const char *field)
{
    return text_equal(field, "updated_at") || text_equal(field, "created_at");
}

/* [{"field","before","after"}] */
static json_t *list_changes(const json_t *before, const json_t *after)
{
    json_t *changes = json_array(), *none = json_null(), *value;
    const char *field;
    const json_t *sides[] = {after, before};
    for (size_t i = 0; i < 2; i++) {
        json_object_foreach((json_t *)sides[i], field, value)
        {
            json_t *old = json_object_get(before, field), *new = json_object_get(after, field);
            bool seen = i == 1 && new;
            if (is_of_the_row(field) || seen || (old && new &&json_equal(old, new)))
                continue;
            json_array_append_new(changes, json_pack("{s:s,s:O,s:O}", "field", field, "before",
                                                     old ? old : none, "after", new ? new : none));
        }
    }
    return changes;
}

bool api_change_is_nothing(const struct api_change *change)
{
    json_t *changes = list_changes(change->before, change->after);
    bool nothing = json_array_size(changes) == 0;
    json_decref(changes);
    return nothing && !change->request->dry_run;
}

/* `finding`: of a test that was asked for with it; NULL = none. */
static void answer_dry_run(struct api_change *change, json_t *finding)
{
    json_t *changes = list_changes(change->before, change->after);
    json_t *body =
        json_pack("{s:o,s:o}", "would", change->after ? json_incref(change->after) : json_null(),
                  "changes", changes);
    if (finding)
        json_object_set_new(body, "finding", finding);
    api_answer(change->call, 200, NULL, body);
}

/* ---- what is written beside the rows ---- */

static int add_audit(const struct api_change *change)
{
    _cleanup_free_ char *before = change->before ? json_dumps(change->before, JSON_COMPACT) : NULL;
    _cleanup_free_ char *after = change->after ? json_dumps(change->after, JSON_COMPACT) : NULL;
    return audit_store_add(change->engine->store, &(struct audit_entry){
                                                      .who = change->request->caller->who,
                                                      .from = change->request->caller->from,
                                                      .action = change->action,
                                                      .object = change->object,
                                                      .name = change->name,
                                                      .before = before,
                                                      .after = after,
                                                  });
}

/* Its removal from the kernel begins after the commit. */
static void add_instance_live(const struct api_change *change, json_t *object)
{
    const char *id = json_string_value(json_object_get(object, "id"));
    if (change->after) {
        instance_json_add_live(change->engine, id, object);
        return;
    }
    json_object_set_new(object, "state", json_string("deleting"));
    json_object_set_new(object, "pending", json_array());
}

/* The object with what is live at this moment: what an asker gets who lost the first answer. */
static char *answer_text(const struct api_change *change)
{
    json_t *object = json_deep_copy(change->after ? change->after : change->before);
    bool is_instance = !change->is_plain && !change->add_live;
    if (is_instance)
        add_instance_live(change, object);
    else if (change->add_live)
        change->add_live(change, object);
    if (!change->after)
        json_object_set_new(object, "deleted", json_boolean(!is_instance));
    char *text = json_dumps(object, JSON_COMPACT);
    json_decref(object);
    return text;
}

static int keep_answer(const struct api_change *change, int status)
{
    struct kept_answer answer = {.status = (uint16_t)status};
    if (!change->request->idempotency_key)
        return 0;
    _cleanup_free_ char *body = answer_text(change);
    memcpy(answer.request_hash, change->call->request_hash, sizeof answer.request_hash);
    answer.body = body;
    return idempotency_store_put(change->engine->store, change->request->caller->who,
                                 change->request->idempotency_key, &answer);
}

/* ---- saved checks of the firewall ---- */

static void name_failing(const struct api_change *change, const char *instance_id,
                         const char *check_id, struct problem *problem)
{
    struct engine *engine = change->engine;
    struct firewall_check_row row;
    char wrong[400];
    if (firewall_check_store_find(engine->store, instance_id, check_id, &row) < 0)
        return;
    _cleanup_free_ char *from = firewall_end_text(engine, row.instance_id, &row.from);
    _cleanup_free_ char *to = firewall_end_text(engine, row.instance_id, &row.to);
    snprintf(wrong, sizeof wrong, "would no longer hold: %s from %s to %s, %s%s%.0u",
             row.allow ? "allow" : "deny", from, to, firewall_protocol_name(row.protocol),
             row.port ? " " : "", row.port);
    problem_add_conflict(problem, check_id, wrong, "force=yes");
}

/* A dry run says both: what would be changed, and what it would break. */
static void answer_failing(struct api_change *change, const struct problem *problem)
{
    json_t *document = problem_to_json(problem);
    if (change->request->dry_run)
        json_object_set_new(document, "changes", list_changes(change->before, change->after));
    api_answer(change->call, problem->status, NULL, document);
}

/* False: answered, and nothing is changed. */
static bool checks_hold(struct api_change *change)
{
    _cleanup_problem_ struct problem problem = {};
    json_t *failing = NULL, *checks, *ignored;
    const char *instance_id, *id;
    if (!is_judged(change) || json_is_true(json_object_get(change->request->query, "force")))
        return true;
    int r = list_failing(change, &failing);
    if (r < 0) {
        answer_store_error(change, r);
        store_rollback(change->engine->store);
        return false;
    }
    json_object_foreach(failing, instance_id, checks)
    {
        json_object_foreach(checks, id, ignored)
        {
            if (!json_object_get(json_object_get(change->failing, instance_id), id))
                name_failing(change, instance_id, id, &problem);
        }
    }
    json_decref(failing);
    if (!problem_is_set(&problem))
        return true;
    store_rollback(change->engine->store);
    answer_failing(change, &problem);
    return false;
}

static void finish_dry_run(struct api_change *change)
{
    _cleanup_problem_ struct problem problem = {};
    json_t *finding = change->judged_instance
                          ? firewall_try(change->engine, change->judged_instance,
                                         change->request->query, &problem)
                          : NULL;
    store_rollback(change->engine->store);
    if (problem_is_set(&problem))
        api_answer_problem(change->call, &problem);
    else
        answer_dry_run(change, finding);
}

bool api_change_commit(struct api_change *change, int status)
{
    if (!checks_hold(change))
        return false;
    if (change->request->dry_run) {
        finish_dry_run(change);
        return false;
    }
    int r = add_audit(change);
    if (r >= 0)
        r = keep_answer(change, status);
    if (r < 0) {
        answer_store_error(change, r);
        store_rollback(change->engine->store);
        return false;
    }
    r = store_commit(change->engine->store);
    if (r < 0) {
        answer_store_error(change, r);
        return false;
    }
    if (change->call->request.route && change->call->request.route->method == API_PATCH)
        change->call->changes = list_changes(change->before, change->after);
    log_info("api: %s of %s \"%s\" by %s", change->action, change->object, change->name,
             change->request->caller->who);
    return true;
}

/* ---- what stands before a change ---- */

bool api_if_match(struct api_call *call, const struct api_request *request, uint64_t revision)
{
    char etag[ETAG_MAX];
    _cleanup_problem_ struct problem problem = {};
    etag_format(revision, etag);
    if (!request->if_match || text_equal(request->if_match, "*") ||
        text_equal(request->if_match, etag))
        return true;
    problem_set(&problem, 412, "changed",
                "the object was changed by somebody else: its ETag is %s now, not %s", etag,
                request->if_match);
    api_answer_problem(call, &problem);
    return false;
}

void api_answer_store_error(const struct engine *engine, struct api_call *call, int error)
{
    _cleanup_problem_ struct problem problem = {};
    api_store_problem(engine, error, &problem);
    api_answer_problem(call, &problem);
}

bool api_answer_not_found(const struct engine *engine, struct api_call *call, int error,
                          const char *noun, const char *name)
{
    _cleanup_problem_ struct problem problem = {};
    if (error == -ENOENT)
        problem_set(&problem, 404, "not-found", "there is no %s \"%.100s\"", noun, name);
    else
        api_store_problem(engine, error, &problem);
    api_answer_problem(call, &problem);
    return false;
}

bool api_find_instance(struct engine *engine, struct api_call *call, const char *id_or_name,
                       struct instance *ret_instance)
{
    int r = instance_store_find(engine->store, id_or_name, ret_instance);
    return r >= 0 || api_answer_not_found(engine, call, r, "instance", id_or_name);
}

bool api_find_peer(struct engine *engine, struct api_call *call, const struct instance *instance,
                   const char *id_or_name, struct peer *ret_peer)
{
    char noun[110];
    int r = peer_store_find(engine->store, instance->id, id_or_name, ret_peer);
    snprintf(noun, sizeof noun, "peer of instance \"%s\" called", instance->name);
    return r >= 0 || api_answer_not_found(engine, call, r, noun, id_or_name);
}

bool api_find_instance_to_change(struct engine *engine, struct api_call *call,
                                 const char *id_or_name, struct instance *ret_instance)
{
    _cleanup_problem_ struct problem problem = {};
    if (!api_find_instance(engine, call, id_or_name, ret_instance))
        return false;
    if (!ret_instance->deleting)
        return true;
    problem_set(&problem, 409, "deleting", "the instance \"%s\" is being deleted",
                ret_instance->name);
    api_answer_problem(call, &problem);
    return false;
}
