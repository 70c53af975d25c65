/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/engine/firewall_try.h"

#include <errno.h>
#include <stdio.h>

#include "hub/base/cleanup.h"
#include "hub/engine/api_change.h"
#include "hub/engine/api_firewall_json.h"
#include "hub/store/instance_store.h"

static const char *const asked[] = {"from", "to", "port", "protocol"};

/* The flow as a test has it; NULL: there is none. */
static json_t *flow_of(const json_t *query)
{
    json_t *flow = json_object();

    for (size_t i = 0; i < ELEMENTS(asked); i++) {
        char field[20];

        snprintf(field, sizeof field, "test_%s", asked[i]);
        json_t *value = json_object_get(query, field);
        if (value)
            json_object_set(flow, asked[i], value);
    }
    if (json_object_size(flow) > 0)
        return flow;
    json_decref(flow);
    return NULL;
}

/* What is wrong with the flow is wrong with the query's fields. */
static void complain(const struct problem *of_flow, struct problem *problem)
{
    size_t index;
    json_t *error;

    json_array_foreach(of_flow->errors, index, error)
    {
        char field[40];

        snprintf(field, sizeof field, "test_%.30s",
                 json_string_value(json_object_get(error, "field")));
        problem_add_field(problem, field, json_string_value(json_object_get(error, "wrong")),
                          json_string_value(json_object_get(error, "would")));
    }
}

static int ask(struct engine *engine, const struct instance *instance,
               const struct firewall_question *question, struct firewall_finding *finding)
{
    struct firewall_scene_of *scene;
    int r = firewall_scene_open(engine, instance, &scene);

    if (r < 0)
        return r;
    r = firewall_scene_ask(scene, question, finding);
    firewall_scene_close(scene);
    return r;
}

static void read_flow(struct engine *engine, const struct instance *instance, const json_t *flow,
                      struct firewall_question *question, struct problem *problem)
{
    for (size_t i = 0; i < 2; i++)
        if (!json_object_get(flow, asked[i]))
            problem_add_field(problem, asked[i], "is missing", "");
    if (!problem_is_set(problem))
        firewall_read_question(engine, instance, flow, question, problem);
}

json_t *firewall_try(struct engine *engine, const char *instance_id, const json_t *query,
                     struct problem *problem)
{
    _cleanup_instance_ struct instance instance = {};
    _cleanup_problem_ struct problem of_flow = {};
    struct firewall_question question = {};
    struct firewall_finding finding = {};
    json_t *flow = flow_of(query);

    if (!flow)
        return NULL;
    int r = instance_store_find(engine->store, instance_id, &instance);
    if (r == 0)
        read_flow(engine, &instance, flow, &question, &of_flow);
    json_decref(flow);
    if (r == 0 && !problem_is_set(&of_flow))
        r = ask(engine, &instance, &question, &finding);
    if (r == -ENOENT || r == -E2BIG)
        problem_add_field(&of_flow, "to",
                          r == -ENOENT ? "has no address of the family of any of the source's"
                                       : "and the source have too many addresses together",
                          "");
    else if (r < 0)
        api_store_problem(engine, r, problem);
    complain(&of_flow, problem);
    return problem_is_set(problem) ? NULL : firewall_finding_json(&finding);
}
