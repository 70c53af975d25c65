/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/engine/openvpn_talk.h"

#include <errno.h>
#include <string.h>

#include "hub/base/log.h"
#include "hub/engine/instance_apply.h"
#include "hub/engine/openvpn_dialogue.h"
#include "hub/engine/openvpn_door.h"
#include "hub/engine/openvpn_session.h"

enum { BYTES_EVERY_S = 2 };

/* ---- attaching ---- */

static void become_ready(struct openvpn_runtime *server, const char *why)
{
    if (server->state != OPENVPN_STATE_ATTACHING)
        return;
    /* Those that were known and are not listed left while nobody listened. */
    for (size_t i = 0; i < server->before.count; i++) {
        const struct openvpn_member *member = &server->before.items[i];

        if (!openvpn_servers_find(server->runtime->openvpn, member->peer_id))
            openvpn_session_end(server, member->peer_id);
    }
    openvpn_clients_done(&server->before);
    openvpn_runtime_enter(server, OPENVPN_STATE_READY, why);
    openvpn_runtime_reopen_if_idle(server);
}

static void take_listed(struct openvpn_runtime *server, const struct openvpn_listed *listed)
{
    _cleanup_peer_ struct peer peer = {0};
    struct openvpn_member *member;
    bool pending = !listed->address4.family && !listed->address6.family;

    /* Its CONNECT went to nobody: it comes again, and is asked about again. */
    if (pending || openvpn_door_recognise(openvpn_runtime_engine(server), server->runtime->id,
                                          listed->common_name, &peer) <= 0) {
        openvpn_session_kill(server, listed->cid);
        return;
    }
    openvpn_session_end_others(server, listed->cid, peer.id);
    member = openvpn_clients_put(&server->clients, listed->cid, peer.id);
    member->terms = openvpn_door_terms(&peer);
    figures_track(server->runtime->figures, peer.id, peer.row, &peer.public_key, peer.link);
    openvpn_session_begin(server, member, &listed->real, listed->since);
    figures_session_bytes(server->runtime->figures, peer.id, listed->received, listed->sent,
                          clock_seconds());
}

/* ---- clients ---- */

static void deny(struct openvpn_runtime *server, const struct openvpn_client *client,
                 enum openvpn_denial denial)
{
    openvpn_command_deny(client->cid, client->kid, denial,
                         openvpn_dialogue_commands(server->dialogue, 1));
}

static int let_in(struct openvpn_runtime *server, const struct openvpn_client *client,
                  const struct peer *peer)
{
    struct engine *engine = openvpn_runtime_engine(server);
    _cleanup_instance_ struct instance instance = {0};
    struct openvpn_member *member;
    int r = instance_store_find(engine->store, server->runtime->id, &instance);

    if (r == 0)
        r = openvpn_door_grant(engine, &instance, peer, client->cid, client->kid,
                               openvpn_dialogue_commands(server->dialogue, 1));
    if (r < 0)
        return r;
    if ((client->fields & OPENVPN_HAS_PROTOCOL) && (client->protocol & OPENVPN_PROTOCOL_PENDING))
        openvpn_command_wake(client->cid, client->kid,
                             openvpn_dialogue_commands(server->dialogue, 1));
    openvpn_session_end_others(server, client->cid, peer->id);
    member = openvpn_clients_put(&server->clients, client->cid, peer->id);
    member->terms = openvpn_door_terms(peer);
    /* Its routes follow it from server to server. */
    instance_apply_peer_again(server->runtime, peer->id);
    return 0;
}

static void on_connect(struct openvpn_runtime *server, const struct openvpn_client *client)
{
    _cleanup_peer_ struct peer peer = {0};
    enum openvpn_denial denial = OPENVPN_DENY_LATER;
    int r = openvpn_door_judge(openvpn_runtime_engine(server), server->runtime->id, server->number,
                               client, &peer, &denial);

    if (r > 0) {
        r = let_in(server, client, &peer);
        if (r == 0)
            return;
        denial = OPENVPN_DENY_LATER;
    }
    if (r < 0)
        log_warning("instance %s: an OpenVPN client can't be let in: %s", server->runtime->id,
                    strerror(-r));
    deny(server, client, denial);
}

static void on_reauth(struct openvpn_runtime *server, const struct openvpn_client *client)
{
    _cleanup_peer_ struct peer peer = {0};
    const struct openvpn_member *member = openvpn_clients_find(&server->clients, client->cid);
    enum openvpn_denial denial = OPENVPN_DENY_LATER;
    int r = openvpn_door_judge(openvpn_runtime_engine(server), server->runtime->id, server->number,
                               client, &peer, &denial);

    if (r > 0 && member && text_equal(member->peer_id, peer.id))
        openvpn_command_grant_again(client->cid, client->kid,
                                    openvpn_dialogue_commands(server->dialogue, 1));
    else
        deny(server, client, denial);
}

static void on_established(struct openvpn_runtime *server, const struct openvpn_client *client)
{
    struct openvpn_member *member = openvpn_clients_find(&server->clients, client->cid);

    if (member)
        openvpn_session_begin(server, member,
                              client->fields & OPENVPN_HAS_TRUSTED ? &client->trusted
                                                                   : &client->untrusted,
                              clock_seconds());
}

static void on_bytes(struct openvpn_runtime *server, uint64_t cid, uint64_t received, uint64_t sent)
{
    const struct openvpn_member *member = openvpn_clients_find(&server->clients, cid);

    if (member && member->established)
        figures_session_bytes(server->runtime->figures, member->peer_id, received, sent,
                              clock_seconds());
}

static void on_disconnect(struct openvpn_runtime *server, const struct openvpn_client *client)
{
    if ((client->fields & OPENVPN_HAS_RECEIVED) && (client->fields & OPENVPN_HAS_SENT))
        on_bytes(server, client->cid, client->received, client->sent);
    openvpn_session_remove(server, client->cid);
    openvpn_runtime_reopen_if_idle(server);
}

static void on_event(const struct openvpn_event *event, void *data)
{
    struct openvpn_runtime *server = data;

    switch (event->kind) {
    case OPENVPN_EVENT_HOLD:
        openvpn_command_hold_release(openvpn_dialogue_commands(server->dialogue, 1));
        openvpn_session_remove_all(server);
        become_ready(server, "it was let go");
        break;
    case OPENVPN_EVENT_LISTED:
        take_listed(server, event->listed);
        break;
    case OPENVPN_EVENT_END:
        become_ready(server, "who is connected is known");
        break;
    case OPENVPN_EVENT_CONNECT:
        on_connect(server, event->client);
        break;
    case OPENVPN_EVENT_REAUTH:
        on_reauth(server, event->client);
        break;
    case OPENVPN_EVENT_ESTABLISHED:
        on_established(server, event->client);
        break;
    case OPENVPN_EVENT_DISCONNECT:
        on_disconnect(server, event->client);
        break;
    case OPENVPN_EVENT_BYTES:
        on_bytes(server, event->bytes.cid, event->bytes.received, event->bytes.sent);
        break;
    case OPENVPN_EVENT_FATAL:
        log_error("instance %s: OpenVPN %s: %s", server->runtime->id,
                  openvpn_server_name(server->number), event->text);
        break;
    case OPENVPN_EVENT_ERROR:
        /* As of a client that left before it was answered. */
        log_debug("instance %s: OpenVPN %s: %s", server->runtime->id,
                  openvpn_server_name(server->number), event->text);
        break;
    case OPENVPN_EVENT_INFO:
    case OPENVPN_EVENT_STATE:
    case OPENVPN_EVENT_ADDRESS:
    case OPENVPN_EVENT_SUCCESS:
        break;
    }
}

/* ---- life ---- */

static void on_talk_ended(int error, void *data)
{
    static const char *const reasons[] = {
        "the talk with it ended", "it said what OpenVPN does not say", "it does not answer"};

    openvpn_runtime_fail(data, reasons[error == -EBADMSG ? 1 : error == -ETIMEDOUT ? 2 : 0]);
}

int openvpn_talk_begin(struct openvpn_runtime *server, int fd)
{
    static const struct openvpn_dialogue_handlers handlers = {
        .event = on_event,
        .closed = on_talk_ended,
    };
    struct buf *commands;
    int r = openvpn_dialogue_new(openvpn_runtime_engine(server)->event, fd, &handlers, server,
                                 &server->dialogue);

    if (r < 0)
        return r;
    openvpn_clients_done(&server->before);
    server->before = server->clients;
    server->clients = (struct openvpn_clients){0};
    openvpn_runtime_enter(server, OPENVPN_STATE_ATTACHING,
                          server->adopted ? "found running" : "started");
    commands = openvpn_dialogue_commands(server->dialogue, server->adopted ? 2 : 1);
    openvpn_command_byte_count(BYTES_EVERY_S, commands);
    if (server->adopted)
        openvpn_command_status(commands);
    return 0;
}
