/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/engine/api_peer_answer.h"

#include <string.h>

#include "hub/base/text.h"
#include "hub/engine/api_json.h"
#include "hub/engine/runtime.h"

struct peer_answer {
    struct engine *engine;
    struct api_call *call;
    char instance_id[ID_MAX], peer_id[ID_MAX];
    int status;
    char etag[ETAG_MAX];
    json_t *object; /* what is declared; what is live is added when the answer goes out */
};

json_t *peer_to_json(struct engine *engine, struct profile_source *source,
                     const struct instance *instance, const struct peer *peer)
{
    json_t *object = peer_facts_json(engine, instance, peer);
    peer_json_add_profile(source, peer, object);
    peer_json_add_live(engine, instance->id, peer->id, NULL, object);
    return object;
}

static json_t *declared_json(struct engine *engine, const struct instance *instance,
                             const struct peer *peer)
{
    _cleanup_profile_source_ struct profile_source *source = profile_source_new(engine, instance);
    json_t *object = peer_facts_json(engine, instance, peer);
    peer_json_add_profile(source, peer, object);
    return object;
}

void api_answer_peer(struct engine *engine, struct api_call *call, int status,
                     const struct instance *instance, const struct peer *peer)
{
    char etag[ETAG_MAX];
    json_t *object = declared_json(engine, instance, peer);
    peer_json_add_live(engine, instance->id, peer->id, NULL, object);
    api_answer(call, status, etag_format(peer->revision, etag), object);
}

static struct peer_answer *peer_answer_new(struct engine *engine, struct api_call *call, int status,
                                           const struct peer *peer, json_t *object)
{
    struct peer_answer *answer = memory_zero(sizeof *answer);
    answer->engine = engine;
    answer->call = call;
    answer->status = status;
    answer->object = object;
    memcpy(answer->instance_id, peer->instance_id, sizeof answer->instance_id);
    memcpy(answer->peer_id, peer->id, sizeof answer->peer_id);
    etag_format(peer->revision, answer->etag);
    return answer;
}

static void on_changed(int status, const char *detail, void *data)
{
    struct peer_answer *answer = data;
    const char *failure = !status ? NULL : detail && *detail ? detail : "not acknowledged yet";
    peer_json_add_live(answer->engine, answer->instance_id, answer->peer_id, failure,
                       answer->object);
    api_answer(answer->call, answer->status, answer->etag, answer->object);
    free(answer);
}

void api_answer_peer_changed(struct engine *engine, struct api_call *call, int status,
                             const struct instance *instance, const struct peer *peer,
                             const struct key *old_key)
{
    runtime_peer_changed(
        engine->runtimes, instance->id, peer->id, old_key, on_changed,
        peer_answer_new(engine, call, status, peer, declared_json(engine, instance, peer)));
}

void api_answer_peer_deleted(struct engine *engine, struct api_call *call,
                             const struct instance *instance, const struct peer *peer)
{
    json_t *object = peer_facts_json(engine, instance, peer);
    json_object_set_new(object, "deleted", json_true());
    runtime_peer_changed(engine->runtimes, instance->id, peer->id, &peer->public_key, on_changed,
                         peer_answer_new(engine, call, 200, peer, object));
}
