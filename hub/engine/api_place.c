/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/engine/api_place.h"

#include <errno.h>

#include "hub/engine/api_change.h"

static void find_instance(struct engine *engine, const struct api_request *request,
                          const char *name, struct instance *ret_instance, struct problem *problem)
{
    int r = instance_store_find(engine->store, name, ret_instance);
    if (r == -ENOENT || (r == 0 && !api_caller_sees(request->caller, ret_instance->id)))
        problem_add_field(problem, "instance", "names no instance", "");
    else if (r < 0)
        api_store_problem(engine, r, problem);
}

static void find_peer(struct engine *engine, const struct instance *instance, const char *name,
                      struct peer *ret_peer, struct problem *problem)
{
    int r = peer_store_find(engine->store, instance->id, name, ret_peer);
    if (r == -ENOENT)
        problem_add_field(problem, "peer", "names no peer of the instance", "");
    else if (r < 0)
        api_store_problem(engine, r, problem);
}

bool api_place_read(struct engine *engine, struct api_call *call, const struct api_request *request,
                    struct instance *ret_instance, struct peer *ret_peer)
{
    _cleanup_problem_ struct problem problem = {};
    const char *instance = json_string_value(json_object_get(request->query, "instance"));
    const char *peer = json_string_value(json_object_get(request->query, "peer"));
    if (peer && !instance)
        problem_add_field(&problem, "instance", "is missing: which instance is the peer of", "");
    if (instance)
        find_instance(engine, request, instance, ret_instance, &problem);
    if (peer && !problem_is_set(&problem))
        find_peer(engine, ret_instance, peer, ret_peer, &problem);
    if (!problem_is_set(&problem))
        return true;
    api_answer_problem(call, &problem);
    return false;
}
