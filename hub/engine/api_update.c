/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The box's system: what runs, updates installed, tried, kept or taken back. */
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/base/text.h"
#include "hub/engine/api_backup.h"
#include "hub/engine/api_change.h"
#include "hub/engine/api_handlers.h"
#include "hub/engine/update.h"

void api_update_get(struct engine *engine, struct api_call *call, const struct api_request *request)
{
    (void)request;
    api_answer(call, 200, NULL, update_json(engine->update));
}

/* ---- what takes a while ---- */

struct asking {
    struct engine *engine;
    struct api_call *call;
    const struct api_request *request;
    const char *action; /* for the audit; NULL = a part of a bundle, which is not the last */
    int status;
};

static void refuse(struct api_call *call, int error, const char *reason)
{
    _cleanup_problem_ struct problem problem = {};

    if (error == -EOPNOTSUPP)
        problem_set(&problem, 409, "no-image", "%s",
                    *reason ? reason : "this hub was not started from an image");
    else if (error == -EINVAL || error == -ESTALE)
        problem_set(&problem, 409, error == -EINVAL ? "state" : "older", "nothing was changed: %s",
                    reason);
    else if (error == -EFBIG)
        problem_set(&problem, 422, "too-large", "nothing was changed: %s", reason);
    else
        api_backup_problem(error, reason, &problem);
    api_answer_problem(call, &problem);
}

static void answer_done(struct asking *asking)
{
    _cleanup_api_change_ struct api_change change = {.engine = asking->engine,
                                                     .call = asking->call,
                                                     .request = asking->request,
                                                     .action = asking->action,
                                                     .object = "update",
                                                     .name = "hub",
                                                     .is_plain = true};

    change.after = update_json(asking->engine->update);
    if (asking->action &&
        (!api_change_begin(&change) || !api_change_commit(&change, asking->status)))
        return;
    api_answer(asking->call, asking->status, NULL, json_incref(change.after));
}

static void on_done(int status, const char *reason, void *data)
{
    struct asking *asking = data;

    if (status < 0)
        refuse(asking->call, status, reason);
    else
        answer_done(asking);
    free(asking);
}

static struct asking *asking_new(struct engine *engine, struct api_call *call,
                                 const struct api_request *request, const char *action, int status)
{
    struct asking *asking = memory_zero(sizeof(*asking));

    *asking = (struct asking){engine, call, request, action, status};
    return asking;
}

static void give_up(struct asking *asking, int error, const char *reason)
{
    refuse(asking->call, error, reason);
    free(asking);
}

/* ---- installing ---- */

void api_update_install(struct engine *engine, struct api_call *call,
                        const struct api_request *request)
{
    const char *content = json_string_value(json_object_get(request->body, "content"));
    uint64_t offset = (uint64_t)json_integer_value(json_object_get(request->body, "offset"));
    uint64_t total = (uint64_t)json_integer_value(json_object_get(request->body, "total"));
    _cleanup_problem_ struct problem problem = {};
    char reason[BACKUP_REASON_MAX] = "";
    uint8_t bytes[BACKUP_PART_MAX];
    struct asking *asking;
    size_t size = 0;
    int r;

    if (sodium_base642bin(bytes, sizeof(bytes), content, strlen(content), NULL, &size, NULL,
                          sodium_base64_VARIANT_ORIGINAL) < 0 ||
        size == 0 || offset + size > total) {
        problem_add_field(
            &problem, "content",
            "is not the base64 of 1 to 131072 bytes, none past the end that total says", NULL);
        api_answer_problem(call, &problem);
        return;
    }
    if (request->dry_run) {
        api_answer(call, 200, NULL,
                   json_pack("{s:o,s:[]}", "would", update_json(engine->update), "changes"));
        return;
    }
    bool is_last = offset + size == total;
    asking =
        asking_new(engine, call, request, is_last ? "update.install" : NULL, is_last ? 200 : 202);
    r = update_install(engine->update, offset, bytes, size, total, on_done, asking, reason);
    if (r < 0)
        give_up(asking, r, reason);
}

/* ---- reboot, confirm, rollback ---- */

typedef int (*update_verb)(struct update *update, update_done done, void *data, char *reason);

static void do_verb(struct engine *engine, struct api_call *call, const struct api_request *request,
                    update_verb verb, const char *action)
{
    char reason[BACKUP_REASON_MAX] = "";
    struct asking *asking;
    int r;

    if (request->dry_run) {
        api_answer(call, 200, NULL,
                   json_pack("{s:o,s:[]}", "would", update_json(engine->update), "changes"));
        return;
    }
    asking = asking_new(engine, call, request, action, 200);
    r = verb(engine->update, on_done, asking, reason);
    if (r < 0)
        give_up(asking, r, reason);
}

static int reboot(struct update *update, update_done done, void *data, char *reason)
{
    return update_reboot(update, done, data, reason);
}

static int confirm(struct update *update, update_done done, void *data, char *reason)
{
    return update_confirm(update, done, data, reason);
}

static int rollback(struct update *update, update_done done, void *data, char *reason)
{
    return update_rollback(update, done, data, reason);
}

void api_update_reboot(struct engine *engine, struct api_call *call,
                       const struct api_request *request)
{
    do_verb(engine, call, request, reboot, "update.reboot");
}

/* update.confirmed is in the audit already, by the hub. */
void api_update_confirm(struct engine *engine, struct api_call *call,
                        const struct api_request *request)
{
    do_verb(engine, call, request, confirm, "update.confirm");
}

/* On trial it would be lost with all else that is noted: the old slot notes it. */
void api_update_rollback(struct engine *engine, struct api_call *call,
                         const struct api_request *request)
{
    do_verb(engine, call, request, rollback, engine->frozen[0] ? NULL : "update.rollback");
}
