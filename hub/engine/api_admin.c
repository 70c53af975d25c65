/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Admins: made, changed and deleted by owners; each sees itself and changes its own password. */
#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/engine/api_handlers.h"
#include "hub/engine/api_identity.h"
#include "hub/engine/api_json.h"
#include "hub/engine/api_password.h"
#include "hub/engine/api_rights.h"
#include "hub/engine/attempts.h"
#include "hub/engine/event_log.h"
#include "hub/engine/hash_door.h"
#include "hub/engine/sign_in.h"
#include "hub/store/session_store.h"

enum { PAGE_DEFAULT = 100 };

/* ---- list and show ---- */

struct page {
    const struct api_caller *caller;
    json_t *items;
    size_t limit;
    char last[ADMIN_NAME_SIZE];
    bool more;
};

/* Who is limited to some instances sees none but itself. */
static bool may_see(const struct api_caller *caller, const struct admin *admin)
{
    return !caller->limited || text_equal(caller->admin_id, admin->id);
}

static int add_to_page(const struct admin *admin, void *data)
{
    struct page *page = data;

    if (!may_see(page->caller, admin))
        return 0;
    if (json_array_size(page->items) == page->limit) {
        page->more = true;
        return 1;
    }
    json_array_append_new(page->items, admin_json(admin));
    memcpy(page->last, admin->name, sizeof(page->last));
    return 0;
}

void api_admin_list(struct engine *engine, struct api_call *call, const struct api_request *request)
{
    const json_t *limit = json_object_get(request->query, "limit");
    const char *cursor = json_string_value(json_object_get(request->query, "cursor"));
    struct page page = {.caller = request->caller,
                        .items = json_array(),
                        .limit = limit ? (size_t)json_integer_value(limit) : PAGE_DEFAULT};
    int r = admin_store_list(engine->store, cursor, 0, add_to_page, &page);

    if (r < 0) {
        json_decref(page.items);
        api_answer_store_error(engine, call, r);
        return;
    }
    api_answer(call, 200, NULL,
               json_pack("{s:o,s:s?}", "items", page.items, "next", page.more ? page.last : NULL));
}

static void answer_admin(struct api_call *call, int status, const struct admin *admin)
{
    char etag[ETAG_MAX];

    api_answer(call, status, etag_format(admin->revision, etag), admin_json(admin));
}

void api_admin_get(struct engine *engine, struct api_call *call, const struct api_request *request)
{
    _cleanup_problem_ struct problem problem = {};
    struct admin admin;

    if (!api_find_admin(engine, call, request, &admin))
        return;
    if (may_see(request->caller, &admin)) {
        answer_admin(call, 200, &admin);
        return;
    }
    problem_set(&problem, 404, "not-found", "there is no admin \"%.100s\"", request->parameters[0]);
    api_answer_problem(call, &problem);
}

/* ---- add ---- */

/* A change that waits for a password to be hashed. */
struct admin_job {
    struct engine *engine;
    struct api_call *call;
    const struct api_request *request;
    struct admin admin;
    bool own;
};

static struct admin_job *admin_job_new(struct engine *engine, struct api_call *call,
                                       const struct api_request *request)
{
    struct admin_job *job = memory_zero(sizeof(*job));

    *job = (struct admin_job){.engine = engine, .call = call, .request = request};
    return job;
}

static void admin_job_free(struct admin_job *job)
{
    sodium_memzero(job, sizeof(*job));
    free(job);
}

static void tell(struct engine *engine, const struct api_request *request, const char *kind,
                 const struct admin *admin, const char *done)
{
    event_log_add(engine->events, kind, NULL, NULL,
                  json_pack("{s:s,s:s}", "admin_id", admin->id, "admin", admin->name),
                  "admin \"%s\" %s by %s", admin->name, done, request->caller->who);
}

static void write_new(struct admin_job *job)
{
    struct engine *engine = job->engine;
    _cleanup_api_change_ struct api_change change = {
        .engine = engine, .call = job->call, .request = job->request, .action = "admin.add"};

    api_change_name_plain(&change, "admin", job->admin.id, job->admin.name);
    if (!api_change_begin(&change))
        return;
    int r = admin_store_add(engine->store, &job->admin);
    if (r < 0) {
        api_change_fail(&change, r, "name");
        return;
    }
    change.after = admin_json(&job->admin);
    if (!api_change_commit(&change, 201))
        return;
    identity_reload(engine->identity);
    tell(engine, job->request, "admin.added", &job->admin, "added");
    answer_admin(job->call, 201, &job->admin);
}

static void on_new_hashed(int status, const char *hash, void *data)
{
    struct admin_job *job = data;

    if (status < 0) {
        api_answer_hash_error(job->call, status);
    } else {
        text_copy(job->admin.password, sizeof(job->admin.password), hash);
        write_new(job);
    }
    admin_job_free(job);
}

/* An owner runs the whole hub. */
static void check_limits(const struct admin *admin, struct problem *problem)
{
    if (admin->rights.role == API_OWNER && admin->rights.limited)
        problem_add_field(problem, "instances", "an owner is not limited to instances", NULL);
}

static void check_room(struct engine *engine, struct problem *problem)
{
    size_t count = identity_admin_count(engine->identity);

    if (count >= ADMINS_MAX)
        problem_set(problem, 409, "limit", "there are %zu admins, as many as can be", count);
}

static void check_name_free(struct engine *engine, const struct admin *admin,
                            struct problem *problem)
{
    struct admin other;

    if (*admin->name && admin_store_find(engine->store, admin->name, &other) == 0 &&
        !text_equal(other.id, admin->id))
        problem_add_conflict(problem, "name", "is taken by another one", NULL);
}

void api_admin_add(struct engine *engine, struct api_call *call, const struct api_request *request)
{
    _cleanup_problem_ struct problem problem = {};
    const char *password = json_string_value(json_object_get(request->body, "password"));
    struct admin_job *job = admin_job_new(engine, call, request);
    int r = 0;

    id_make(job->admin.id);
    job->admin.enabled = true;
    check_room(engine, &problem);
    api_admin_name_read(request->body, job->admin.name, &problem);
    api_rights_read(engine, request->caller, request->body, &job->admin.rights, &problem);
    check_limits(&job->admin, &problem);
    api_password_check(password, job->admin.name, &problem);
    check_name_free(engine, &job->admin, &problem);
    if (problem_is_set(&problem)) {
        api_answer_problem(call, &problem);
    } else if (request->dry_run) {
        write_new(job);
    } else {
        r = hash_door_make(engine->hash, password, on_new_hashed, job);
        if (r == 0)
            return;
        api_answer_hash_error(call, r);
    }
    admin_job_free(job);
}

/* ---- set and delete ---- */

static bool is_working_owner(const struct admin *admin)
{
    return admin->enabled && admin->rights.role == API_OWNER;
}

/* Inside the change's transaction: there is always one who can let others in. False: answered. */
static bool leaves_an_owner(struct api_change *change, const struct admin *before,
                            const struct admin *after)
{
    _cleanup_problem_ struct problem problem = {};
    uint32_t count = 0;

    if (!is_working_owner(before) || (after && is_working_owner(after)))
        return true;
    int r = admin_store_count(change->engine->store, API_OWNER, &count);
    if (r == 0 && count > 1)
        return true;
    if (r < 0) {
        api_change_fail(change, r, NULL);
        return false;
    }
    store_rollback(change->engine->store);
    problem_set(&problem, 409, "last-owner",
                "%s is the only owner who can sign in: make another one first", before->name);
    api_answer_problem(change->call, &problem);
    return false;
}

static bool write_set(struct api_change *change, const struct admin *before, struct admin *admin)
{
    struct store *store = change->engine->store;

    if (!api_change_begin(change) || !leaves_an_owner(change, before, admin))
        return false;
    int r = admin_store_update(store, admin);
    if (r == 0 && !admin->enabled)
        r = session_store_delete_others(store, admin->id, "");
    if (r < 0) {
        api_change_fail(change, r, "name");
        return false;
    }
    json_decref(change->after);
    change->after = admin_json(admin);
    return api_change_commit(change, 200);
}

void api_admin_set(struct engine *engine, struct api_call *call, const struct api_request *request)
{
    _cleanup_problem_ struct problem problem = {};
    _cleanup_api_change_ struct api_change change = {
        .engine = engine, .call = call, .request = request, .action = "admin.set"};
    const json_t *enabled = json_object_get(request->body, "enabled");
    struct admin admin, before;

    if (!api_find_admin(engine, call, request, &admin) ||
        !api_if_match(call, request, admin.revision))
        return;
    before = admin;
    change.before = admin_json(&admin);
    api_change_name_plain(&change, "admin", admin.id, admin.name);
    api_admin_name_read(request->body, admin.name, &problem);
    api_rights_read(engine, request->caller, request->body, &admin.rights, &problem);
    if (enabled)
        admin.enabled = json_is_true(enabled);
    check_limits(&admin, &problem);
    check_name_free(engine, &admin, &problem);
    if (api_refuse(call, &problem))
        return;
    change.after = admin_json(&admin);
    if (api_change_is_nothing(&change)) {
        answer_admin(call, 200, &admin);
        return;
    }
    if (!write_set(&change, &before, &admin))
        return;
    identity_reload(engine->identity);
    tell(engine, request, "admin.changed", &admin, "changed");
    answer_admin(call, 200, &admin);
}

void api_admin_delete(struct engine *engine, struct api_call *call,
                      const struct api_request *request)
{
    _cleanup_api_change_ struct api_change change = {
        .engine = engine, .call = call, .request = request, .action = "admin.delete"};
    struct admin admin;

    if (!api_find_admin(engine, call, request, &admin) ||
        !api_if_match(call, request, admin.revision))
        return;
    change.before = admin_json(&admin);
    api_change_name_plain(&change, "admin", admin.id, admin.name);
    if (!api_change_begin(&change) || !leaves_an_owner(&change, &admin, NULL))
        return;
    int r = admin_store_delete(engine->store, admin.id);
    if (r < 0) {
        api_change_fail(&change, r, NULL);
        return;
    }
    if (!api_change_commit(&change, 200))
        return;
    identity_reload(engine->identity);
    tell(engine, request, "admin.deleted", &admin, "deleted");
    json_object_set_new(change.before, "deleted", json_true());
    api_answer(call, 200, NULL, json_incref(change.before));
}

/* ---- password ---- */

static void write_password(struct admin_job *job)
{
    struct engine *engine = job->engine;
    const struct session_row *session =
        *job->request->caller->session_id && job->own
            ? identity_session(engine->identity, job->request->caller->session_id)
            : NULL;
    _cleanup_api_change_ struct api_change change = {
        .engine = engine, .call = job->call, .request = job->request, .action = "admin.password"};

    api_change_name_plain(&change, "admin", job->admin.id, job->admin.name);
    change.before = admin_json(&job->admin);
    if (!api_change_begin(&change))
        return;
    int r = admin_store_update(engine->store, &job->admin);
    if (r == 0)
        r = session_store_delete_others(engine->store, job->admin.id, "");
    if (r == 0 && session && !job->request->dry_run)
        r = sign_in_renew(engine, job->call, job->request, &job->admin, session->method);
    if (r < 0) {
        api_change_fail(&change, r, NULL);
        return;
    }
    change.after = admin_json(&job->admin);
    if (!api_change_commit(&change, 200))
        return;
    identity_reload(engine->identity);
    tell(engine, job->request, "admin.changed", &job->admin, "given a new password");
    answer_admin(job->call, 200, &job->admin);
}

static void on_password_hashed(int status, const char *hash, void *data)
{
    struct admin_job *job = data;
    char wanted[PASSWORD_HASH_SIZE];

    if (status < 0) {
        api_answer_hash_error(job->call, status);
    } else {
        text_copy(wanted, sizeof(wanted), hash);
        /* It may have been changed, or be gone, since. */
        status = admin_store_find(job->engine->store, job->admin.id, &job->admin);
        memcpy(job->admin.password, wanted, sizeof(wanted));
        if (status < 0)
            api_answer_store_error(job->engine, job->call, status);
        else
            write_password(job);
    }
    sodium_memzero(wanted, sizeof(wanted));
    admin_job_free(job);
}

static void hash_password(struct admin_job *job)
{
    const char *password = json_string_value(json_object_get(job->request->body, "password"));
    int r = job->request->dry_run
                ? 0
                : hash_door_make(job->engine->hash, password, on_password_hashed, job);

    if (r == 0 && !job->request->dry_run)
        return;
    if (r < 0)
        api_answer_hash_error(job->call, r);
    else
        write_password(job);
    admin_job_free(job);
}

static struct attempt attempt_of(const struct admin_job *job)
{
    struct attempt attempt = {.name = job->admin.name, .from = job->request->caller->from};

    memcpy(attempt.admin_id, job->admin.id, ID_MAX);
    return attempt;
}

static void on_current_verified(int status, const char *hash, void *data)
{
    struct admin_job *job = data;
    struct attempt attempt = attempt_of(job);
    _cleanup_problem_ struct problem problem = {};

    (void)hash;
    if (status == -EACCES)
        (void)attempts_end_wrong(job->engine->attempts, &attempt);
    else
        attempts_end(job->engine->attempts, &attempt);
    if (status == 0) {
        hash_password(job);
        return;
    }
    if (status == -EACCES) {
        problem_add_field(&problem, "current_password", "is not right", NULL);
        api_answer_problem(job->call, &problem);
    } else {
        api_answer_hash_error(job->call, status);
    }
    admin_job_free(job);
}

/* One's own takes the present one; those who guess it with a stolen session have to wait. */
static void verify_current(struct admin_job *job)
{
    _cleanup_problem_ struct problem problem = {};
    const char *current =
        json_string_value(json_object_get(job->request->body, "current_password"));
    struct attempt attempt = attempt_of(job);
    uint32_t wait = attempts_wait(job->engine->attempts, &attempt);
    int r = 0;

    if (!current) {
        problem_add_field(&problem, "current_password", "is missing", NULL);
        api_answer_problem(job->call, &problem);
    } else if (wait) {
        api_answer_wait(job->call, wait);
    } else {
        r = hash_door_verify(job->engine->hash, job->admin.password, current, on_current_verified,
                             job);
        if (r == 0) {
            attempts_begin(job->engine->attempts, &attempt);
            return;
        }
        api_answer_hash_error(job->call, r);
    }
    admin_job_free(job);
}

static bool may_set_password(struct admin_job *job, struct problem *problem)
{
    const struct api_request *request = job->request;

    if (!api_is_own_or_owner(request, &job->admin, problem))
        return false;
    if (*request->caller->token_id)
        problem_set(problem, 403, "person", "this takes a person who is signed in, not a token");
    else if (!job->own && !api_caller_is_fresh(job->engine, request->caller))
        problem_set(problem, 403, "sign-in-again",
                    "this takes a sign-in of a short while ago: sign in again, then do it");
    return !problem_is_set(problem);
}

void api_admin_password(struct engine *engine, struct api_call *call,
                        const struct api_request *request)
{
    _cleanup_problem_ struct problem problem = {};
    const char *password = json_string_value(json_object_get(request->body, "password"));
    struct admin_job *job = admin_job_new(engine, call, request);

    if (!api_find_admin(engine, call, request, &job->admin) ||
        !api_if_match(call, request, job->admin.revision)) {
        admin_job_free(job);
        return;
    }
    job->own = text_equal(request->caller->admin_id, job->admin.id);
    if (may_set_password(job, &problem))
        api_password_check(password, job->admin.name, &problem);
    if (problem_is_set(&problem)) {
        api_answer_problem(call, &problem);
        admin_job_free(job);
    } else if (job->own && *job->admin.password) {
        verify_current(job);
    } else {
        hash_password(job);
    }
}
