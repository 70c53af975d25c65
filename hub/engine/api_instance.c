/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "hub/engine/api_change.h"
#include "hub/engine/api_handlers.h"
#include "hub/engine/api_instance_input.h"
#include "hub/engine/api_json.h"
#include "hub/engine/event_log.h"
#include "hub/engine/free_port.h"
#include "hub/engine/instance_spec.h"
#include "hub/engine/runtime.h"
#include "peers/rules.h"

enum { PAGE_DEFAULT = 100, NAME_LONGEST = 84 };

/* ---- list and show ---- */

struct page {
    struct engine *engine;
    const struct api_caller *caller;
    json_t *items;
    size_t limit;
    char last[NAME_LONGEST];
    bool more;
};

static int add_to_page(const struct instance *instance, void *data)
{
    struct page *page = data;
    if (!api_caller_sees(page->caller, instance->id))
        return 0;
    if (json_array_size(page->items) == page->limit) {
        page->more = true;
        return 1;
    }
    json_array_append_new(page->items, instance_to_json(page->engine, instance));
    snprintf(page->last, sizeof page->last, "%s", instance->name);
    return 0;
}

void api_instance_list(struct engine *engine, struct api_call *call,
                       const struct api_request *request)
{
    const json_t *limit = json_object_get(request->query, "limit");
    const char *cursor = json_string_value(json_object_get(request->query, "cursor"));
    struct page page = {.engine = engine,
                        .caller = request->caller,
                        .limit = limit ? (size_t)json_integer_value(limit) : PAGE_DEFAULT};
    page.items = json_array();
    /* Of one who is limited, some that are read are not shown. */
    unsigned limit_read = request->caller->limited ? 0 : (unsigned)page.limit + 1;
    int r = instance_store_list(engine->store, cursor, limit_read, add_to_page, &page);
    if (r < 0) {
        json_decref(page.items);
        api_answer_store_error(engine, call, r);
        return;
    }
    api_answer(call, 200, NULL,
               json_pack("{s:o,s:s?}", "items", page.items, "next", page.more ? page.last : NULL));
}

static void answer_instance(struct engine *engine, struct api_call *call, int status,
                            const struct instance *instance)
{
    char etag[ETAG_MAX];
    api_answer(call, status, etag_format(instance->revision, etag),
               instance_to_json(engine, instance));
}

void api_instance_get(struct engine *engine, struct api_call *call,
                      const struct api_request *request)
{
    _cleanup_instance_ struct instance instance = {};
    if (api_find_instance(engine, call, request->parameters[0], &instance))
        answer_instance(engine, call, 200, &instance);
}

/* ---- add ---- */

static void check_room(struct engine *engine, struct problem *problem)
{
    uint32_t count = 0;
    if (instance_store_count(engine->store, &count) == 0 && count >= engine->settings.instances_max)
        problem_set(problem, 409, "limit",
                    "the hub has %u instances, as many as limits.instances allows", count);
}

/* Id, slot, port, keys and defaults. */
static void make_instance(struct engine *engine, struct instance *instance, struct problem *problem)
{
    const struct port_range *ports = &engine->settings.wireguard_ports;
    id_make(instance->id);
    snprintf(instance->region, sizeof instance->region, "%s", engine->settings.region);
    instance->mtu = engine->settings.wireguard_mtu;
    instance->openvpn_transports = OPENVPN_TRANSPORT_UDP | OPENVPN_TRANSPORT_TCP;
    instance->created_at = instance->updated_at = clock_seconds();
    instance->revision = 1;
    key_make_private(&instance->private_key);
    key_public(&instance->private_key, &instance->public_key);
    if (instance_store_free_slot(engine->store, SLOT_MAX, &instance->slot) < 0)
        problem_set(problem, 409, "limit", "the hub can't number any more uplinks");
    else if (free_port_wireguard(engine, &instance->port) < 0)
        problem_set(problem, 409, "limit",
                    "no UDP port is free: make wireguard.ports (%u-%u) wider", ports->first,
                    ports->last);
}

void api_instance_add(struct engine *engine, struct api_call *call,
                      const struct api_request *request)
{
    _cleanup_problem_ struct problem problem = {};
    _cleanup_instance_ struct instance instance = {};
    _cleanup_api_change_ struct api_change change = {
        .engine = engine, .call = call, .request = request, .action = "instance.add"};
    const char *column = NULL;

    check_room(engine, &problem);
    if (!problem_is_set(&problem))
        make_instance(engine, &instance, &problem);
    if (!problem_is_set(&problem))
        instance_input_read(engine, request->body, true, &instance, &problem);
    if (api_refuse(call, &problem))
        return;
    api_change_name(&change, instance.id, NULL, instance.name);
    change.after = instance_facts_json(engine, &instance);
    if (!api_change_begin(&change))
        return;
    int r = instance_store_add(engine->store, &instance, &column);
    if (r < 0) {
        api_change_fail(&change, r, column);
        return;
    }
    if (!api_change_commit(&change, 201))
        return;
    event_log_add(engine->events, "instance.added", instance.id, NULL,
                  json_pack("{s:s}", "instance", instance.name), "instance \"%s\" added by %s",
                  instance.name, request->caller->who);
    runtime_instance_added(engine->runtimes, instance.id);
    answer_instance(engine, call, 201, &instance);
}

/* ---- set ---- */

/* A change that is committed and on its way into the kernel. */
struct instance_answer {
    struct engine *engine;
    struct api_call *call;
    char instance_id[ID_MAX];
    char etag[ETAG_MAX];
    json_t *object; /* what is declared; what is live is added when the answer goes out */
};

static struct instance_answer *instance_answer_new(struct engine *engine, struct api_call *call,
                                                   const struct instance *instance)
{
    struct instance_answer *answer = memory_zero(sizeof *answer);
    answer->engine = engine;
    answer->call = call;
    answer->object = instance_facts_json(engine, instance);
    memcpy(answer->instance_id, instance->id, sizeof answer->instance_id);
    etag_format(instance->revision, answer->etag);
    return answer;
}

static void add_failure(json_t *object, const char *title, const char *detail)
{
    json_array_append_new(json_object_get(object, "pending"),
                          json_pack("{s:s,s:s,s:s,s:n}", "step", "change", "title", title, "reason",
                                    detail && *detail ? detail : "not acknowledged yet",
                                    "retry_at"));
}

static void on_instance_changed(int status, const char *detail, void *data)
{
    struct instance_answer *answer = data;
    instance_json_add_live(answer->engine, answer->instance_id, answer->object);
    if (status && json_array_size(json_object_get(answer->object, "pending")) == 0)
        add_failure(answer->object, "change of the instance", detail);
    api_answer(answer->call, 200, answer->etag, answer->object);
    free(answer);
}

static bool write_instance(struct api_change *change, struct instance *instance)
{
    const char *column = NULL;
    if (!api_change_begin(change))
        return false;
    int r = instance_store_update(change->engine->store, instance, &column);
    if (r < 0) {
        api_change_fail(change, r, column);
        return false;
    }
    json_decref(change->after);
    change->after = instance_facts_json(change->engine, instance);
    return api_change_commit(change, 200);
}

void api_instance_set(struct engine *engine, struct api_call *call,
                      const struct api_request *request)
{
    _cleanup_problem_ struct problem problem = {};
    _cleanup_instance_ struct instance instance = {};
    _cleanup_api_change_ struct api_change change = {
        .engine = engine, .call = call, .request = request, .action = "instance.set"};

    if (!api_find_instance_to_change(engine, call, request->parameters[0], &instance) ||
        !api_if_match(call, request, instance.revision))
        return;
    api_change_name(&change, instance.id, NULL, instance.name);
    change.judged_instance = instance.id;
    change.before = instance_facts_json(engine, &instance);
    instance_input_read(engine, request->body, false, &instance, &problem);
    if (api_refuse(call, &problem))
        return;
    change.after = instance_facts_json(engine, &instance);
    if (api_change_is_nothing(&change)) {
        answer_instance(engine, call, 200, &instance);
        return;
    }
    if (!write_instance(&change, &instance))
        return;
    event_log_add(engine->events, "instance.changed", instance.id, NULL,
                  json_pack("{s:s}", "instance", instance.name), "instance \"%s\" changed by %s",
                  instance.name, request->caller->who);
    runtime_instance_changed(engine->runtimes, instance.id, on_instance_changed,
                             instance_answer_new(engine, call, &instance));
}

/* ---- delete ---- */

static void on_instance_deleted(int status, const char *detail, void *data)
{
    struct instance_answer *answer = data;
    json_object_set_new(answer->object, "deleted", json_boolean(status == 0));
    json_object_set_new(answer->object, "state", json_string("deleting"));
    json_object_set_new(answer->object, "pending", json_array());
    if (status)
        add_failure(answer->object, "removal from the kernel", detail);
    api_answer(answer->call, status ? 202 : 200, NULL, answer->object);
    free(answer);
}

void api_instance_delete(struct engine *engine, struct api_call *call,
                         const struct api_request *request)
{
    _cleanup_instance_ struct instance instance = {};
    _cleanup_api_change_ struct api_change change = {
        .engine = engine, .call = call, .request = request, .action = "instance.delete"};

    if (!api_find_instance_to_change(engine, call, request->parameters[0], &instance) ||
        !api_if_match(call, request, instance.revision))
        return;
    api_change_name(&change, instance.id, NULL, instance.name);
    change.before = instance_facts_json(engine, &instance);
    if (!api_change_begin(&change))
        return;
    int r = instance_store_mark_deleting(engine->store, instance.id);
    if (r < 0) {
        api_change_fail(&change, r, NULL);
        return;
    }
    if (!api_change_commit(&change, 202))
        return;
    runtime_instance_delete(engine->runtimes, instance.id, on_instance_deleted,
                            instance_answer_new(engine, call, &instance));
}
