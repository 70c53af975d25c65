/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/engine/api_peer_answer.h"

#include <stdlib.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "hub/engine/api_change.h"
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

static json_t *declared_json(struct engine *engine, const struct instance *instance,
                             const struct peer *peer)
{
    _cleanup_profile_source_ struct profile_source *source = profile_source_new(engine, instance);
    json_t *object = peer_facts_json(engine, instance, peer);
    peer_json_add_profile(source, peer, object);
    return object;
}

/* ---- as text ---- */

struct peer_writer peer_writer_of(struct engine *engine, const struct instance *instance)
{
    json_t *pending = instance_pending_json(engine, instance->id);
    struct peer_writer writer = {.engine = engine, .instance = instance};
    writer.pending = json_dumps(pending, JSON_COMPACT);
    json_decref(pending);
    if (!writer.pending)
        abort();
    return writer;
}

void peer_writer_done(struct peer_writer *writer)
{
    profile_source_free(writer->source);
    free(writer->pending);
}

/* Declared, of the store as it is now. */
static const struct peer_text *make_text(struct peer_writer *writer, const struct peer *peer)
{
    struct engine *engine = writer->engine;
    if (!writer->source)
        writer->source = profile_source_new(engine, writer->instance);
    json_t *object = peer_facts_json(engine, writer->instance, peer);
    peer_json_add_profile(writer->source, peer, object);
    const struct peer_text *text = peer_texts_put(api_server_peer_texts(engine->api),
                                                  store_version(engine->store), peer, object);
    json_decref(object);
    return text;
}

static const struct peer_text *known_text(struct engine *engine, const char *peer_id)
{
    return peer_texts_find(api_server_peer_texts(engine->api), store_version(engine->store),
                           peer_id);
}

static void add_text(struct peer_writer *writer, const struct peer_text *text, struct buf *out)
{
    buf_add(out, text->text, text->size);
    buf_add_char(out, ',');
    peer_text_add_live(writer->engine, text->instance_id, text->id, writer->pending, out);
    buf_add_char(out, '}');
}

int peer_writer_add(struct peer_writer *writer, const char *peer_id, struct buf *out)
{
    _cleanup_peer_ struct peer peer = {};
    const struct peer_text *text = known_text(writer->engine, peer_id);
    if (!text) {
        int r = peer_store_find(writer->engine->store, writer->instance->id, peer_id, &peer);
        if (r < 0)
            return r;
        text = make_text(writer, &peer);
    }
    add_text(writer, text, out);
    return 0;
}

static void answer_text(struct peer_writer *writer, struct api_call *call,
                        const struct peer_text *text)
{
    _cleanup_buf_ struct buf out = {};
    char etag[ETAG_MAX];
    buf_reserve(&out, text->size + 512);
    add_text(writer, text, &out);
    api_answer_text(call, 200, etag_format(text->revision, etag),
                    &(struct api_text){out.data, out.length});
}

void api_answer_peer_asked(struct engine *engine, struct api_call *call, const char *instance_name,
                           const char *peer_name)
{
    _cleanup_instance_ struct instance instance = {};
    _cleanup_peer_ struct peer peer = {};
    const struct peer_text *text = known_text(engine, peer_name);
    /* Known by their ids: neither row needs to be read. */
    bool known = text && text_equal(text->instance_id, instance_name);
    if (known)
        memcpy(instance.id, text->instance_id, sizeof instance.id);
    else if (!api_find_instance(engine, call, instance_name, &instance) ||
             !api_find_peer(engine, call, &instance, peer_name, &peer))
        return;
    _cleanup_peer_writer_ struct peer_writer writer = peer_writer_of(engine, &instance);
    if (!known)
        text = known_text(engine, peer.id);
    if (!text)
        text = make_text(&writer, &peer);
    answer_text(&writer, call, text);
}

/* ---- after a change ---- */

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
