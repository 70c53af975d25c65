/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/engine/openvpn_servers.h"

#include <errno.h>
#include <sodium.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "hub/base/cleanup.h"
#include "hub/base/log.h"
#include "hub/engine/event_log.h"
#include "hub/engine/instance_apply.h"
#include "hub/engine/instance_runtime.h"
#include "hub/engine/instance_spec.h"
#include "hub/engine/instance_ticket.h"
#include "hub/engine/openvpn_clients.h"
#include "hub/engine/openvpn_dialogue.h"
#include "hub/engine/openvpn_door.h"
#include "hub/engine/openvpn_keys.h"
#include "hub/engine/supervisor.h"
#include "hub/store/link_store.h"

enum {
    SECOND_US = 1000 * 1000,
    RETRY_FIRST_US = SECOND_US / 5,
    RETRY_LAST_US = 30 * SECOND_US,
    STEADY_AFTER_S = 10, /* ready for so long: earlier failures are forgotten */
    BYTES_EVERY_S = 2,
    MISSING_AFTER_S = 3,
    RENEWED_LONG_AGO_S = 30 * 86400, /* who is connected then is bothered for a new certificate */
};

enum openvpn_state {
    OPENVPN_STATE_OFF,     /* the instance has no peer for it, or that transport is switched off */
    OPENVPN_STATE_OPENING, /* warrend was asked for it */
    OPENVPN_STATE_ATTACHING, /* who is connected is being read */
    OPENVPN_STATE_READY,
    OPENVPN_STATE_CLOSING, /* warrend was asked to end it */
    OPENVPN_STATE_FAILED,  /* it is tried again with back-off */
    OPENVPN_STATE_COUNT,
};

struct server {
    struct openvpn_servers *all;
    unsigned which; /* its number */
    enum openvpn_state state;
    bool settled; /* ready or failed once since it was wanted */
    bool adopted; /* it ran already when it was opened */
    bool differs; /* it runs with another configuration: opened anew when nobody is connected */
    bool reopen;  /* closing, to be opened again */
    bool unheld;  /* another program may have its port: packets are not led to it */
    uint16_t port, mtu; /* as wanted; port 0 = it is not */
    uint64_t round;     /* of what was asked: an answer to an earlier one is dropped */
    unsigned attempts;
    int64_t ready_since, retry_at;
    char failure[160];
    sd_event_source *timer;
    struct openvpn_dialogue *dialogue;
    struct openvpn_clients clients;
    struct openvpn_clients before; /* attaching: those that were known before */
};

struct openvpn_servers {
    struct instance_runtime *runtime;
    /* By number; made when it is first wanted. */
    struct server *items[OPENVPN_NUMBER_COUNT];
};

static const char *const state_names[OPENVPN_STATE_COUNT] = {
    [OPENVPN_STATE_OFF] = "off",
    [OPENVPN_STATE_OPENING] = "opening",
    [OPENVPN_STATE_ATTACHING] = "attaching",
    [OPENVPN_STATE_READY] = "ready",
    [OPENVPN_STATE_CLOSING] = "closing",
    [OPENVPN_STATE_FAILED] = "failed",
};

static struct instance_runtime *runtime_of(const struct server *server)
{
    return server->all->runtime;
}

static struct engine *engine_of(const struct server *server)
{
    return runtimes_shared(runtime_of(server)->all)->engine;
}

static struct engine *engine_of_all(const struct openvpn_servers *servers)
{
    return runtimes_shared(servers->runtime->all)->engine;
}

/* Those there are, one after another, from *number = 0 on; NULL at the end. */
static struct server *next_server(const struct openvpn_servers *servers, unsigned *number)
{
    while (*number < OPENVPN_NUMBER_COUNT) {
        struct server *server = servers->items[(*number)++];

        if (server)
            return server;
    }
    return NULL;
}

static struct server *get_server(struct openvpn_servers *servers, unsigned number)
{
    struct server *server = servers->items[number];

    if (server)
        return server;
    server = memory_zero(sizeof(*server));
    *server = (struct server){.all = servers, .which = number};
    return servers->items[number] = server;
}

static void tell_settled(struct server *server)
{
    if (server->settled)
        return;
    server->settled = true;
    instance_runtime_openvpn_settled(runtime_of(server));
}

#define MAY(state) (1u << (state))
static const unsigned transitions[OPENVPN_STATE_COUNT] = {
    [OPENVPN_STATE_OFF] = MAY(OPENVPN_STATE_OPENING),
    [OPENVPN_STATE_OPENING] =
        MAY(OPENVPN_STATE_ATTACHING) | MAY(OPENVPN_STATE_FAILED) | MAY(OPENVPN_STATE_CLOSING),
    [OPENVPN_STATE_ATTACHING] =
        MAY(OPENVPN_STATE_READY) | MAY(OPENVPN_STATE_FAILED) | MAY(OPENVPN_STATE_CLOSING),
    [OPENVPN_STATE_READY] = MAY(OPENVPN_STATE_FAILED) | MAY(OPENVPN_STATE_CLOSING),
    [OPENVPN_STATE_CLOSING] = MAY(OPENVPN_STATE_OFF) | MAY(OPENVPN_STATE_FAILED),
    [OPENVPN_STATE_FAILED] = MAY(OPENVPN_STATE_OPENING) | MAY(OPENVPN_STATE_CLOSING),
};

/* The only door into a state. */
static void enter(struct server *server, enum openvpn_state state, const char *why)
{
    if (!(transitions[server->state] & MAY(state))) {
        log_error("instance %s: OpenVPN %s: %s -> %s is no transition (%s)", runtime_of(server)->id,
                  openvpn_server_name(server->which), state_names[server->state],
                  state_names[state], why);
        abort();
    }
    log_info("instance %s: OpenVPN %s: %s -> %s (%s)", runtime_of(server)->id,
             openvpn_server_name(server->which), state_names[server->state], state_names[state],
             why);
    server->state = state;
    server->round++;
    server->retry_at = 0;
    server->timer = sd_event_source_disable_unref(server->timer);
    if (state == OPENVPN_STATE_READY) {
        server->failure[0] = 0;
        server->ready_since = clock_seconds();
    }
    if (state == OPENVPN_STATE_READY || state == OPENVPN_STATE_FAILED)
        tell_settled(server);
}

/* ---- who is connected ---- */

/* Its routes follow it from server to server. */
static void tell_worker(struct server *server, const char *peer_id)
{
    instance_apply_peer_again(runtime_of(server), peer_id);
}

static struct server *find_server(const struct openvpn_servers *servers, const char *peer_id)
{
    struct server *server;

    for (unsigned i = 0; (server = next_server(servers, &i));)
        if (openvpn_clients_find_peer(&server->clients, peer_id))
            return server;
    return NULL;
}

/* The peer has no session any more. */
static void end_session(struct server *server, const char *peer_id)
{
    struct instance_runtime *runtime = runtime_of(server);
    const struct figure *figure = figures_find(runtime->figures, peer_id);
    bool was_connected = figure && figure->session;

    figures_session_end(runtime->figures, peer_id);
    tell_worker(server, peer_id);
    if (was_connected)
        event_log_add(engine_of(server)->events, "peer.disconnected", runtime->id, peer_id, NULL,
                      "its OpenVPN session ended");
}

static void remove_member(struct server *server, uint64_t cid)
{
    const struct openvpn_member *member = openvpn_clients_find(&server->clients, cid);
    char peer_id[ID_MAX];

    if (!member)
        return;
    memcpy(peer_id, member->peer_id, sizeof(peer_id));
    openvpn_clients_remove(&server->clients, cid);
    if (!find_server(server->all, peer_id))
        end_session(server, peer_id);
}

static void remove_all(struct server *server)
{
    while (server->clients.count > 0)
        remove_member(server, server->clients.items[server->clients.count - 1].cid);
}

static void begin_session(struct server *server, struct openvpn_member *member,
                          const struct endpoint *from, int64_t since)
{
    struct instance_runtime *runtime = runtime_of(server);
    const struct figure *figure = figures_find(runtime->figures, member->peer_id);
    bool is_new = !figure || !figure->liveness.connected;
    char text[ENDPOINT_TEXT_MAX];

    member->established = true;
    figures_session_begin(runtime->figures, member->peer_id, from, since);
    if (is_new)
        event_log_add(engine_of(server)->events, "peer.connected", runtime->id, member->peer_id,
                      NULL, "connected from %s", endpoint_format(from, text));
}

static void kill_member(struct server *server, uint64_t cid)
{
    if (server->dialogue)
        openvpn_command_kill(cid, OPENVPN_KILL_RESTART,
                             openvpn_dialogue_commands(server->dialogue, 1));
}

/* One session a peer: the newest, which is `cid` of the server. It may be known already, since a
 * client that begins anew before it was let in is asked about again under the same number. */
static void end_others(struct server *server, uint64_t cid, const char *peer_id)
{
    struct server *other;

    while ((other = find_server(server->all, peer_id))) {
        uint64_t known = openvpn_clients_find_peer(&other->clients, peer_id)->cid;

        if (other != server || known != cid)
            kill_member(other, known);
        openvpn_clients_remove(&other->clients, known);
    }
}

/* ---- opening and closing ---- */

struct question {
    unsigned which;
    uint64_t round;
};

static struct instance_ticket *ask(struct server *server)
{
    struct question *question = memory_zero(sizeof(*question));
    struct instance_ticket *ticket;

    *question = (struct question){server->which, server->round};
    ticket = instance_ticket_new(runtime_of(server), NULL, question);
    ticket->generation = INSTANCE_TICKET_ANY;
    return ticket;
}

/* NULL: what was asked does not matter any more. */
static struct server *redeem(struct instance_ticket *ticket)
{
    _cleanup_free_ struct question *question = ticket->data;
    struct instance_runtime *runtime = instance_ticket_redeem(ticket);
    struct server *server;

    if (!runtime)
        return NULL;
    server = runtime->openvpn->items[question->which];
    return server->round == question->round ? server : NULL;
}

static void open_server(struct server *server);
static void close_server(struct server *server, const char *why);

static int on_retry(sd_event_source *source, uint64_t now, void *data)
{
    struct server *server = data;

    (void)source;
    (void)now;
    if (server->port)
        open_server(server);
    else
        close_server(server, "trying again");
    return 0;
}

static void fail(struct server *server, const char *why)
{
    uint64_t delay;
    int r;

    server->dialogue = openvpn_dialogue_free(server->dialogue);
    snprintf(server->failure, sizeof(server->failure), "%s", why);
    if (server->state == OPENVPN_STATE_READY &&
        clock_seconds() - server->ready_since >= STEADY_AFTER_S)
        server->attempts = 0;
    delay = (uint64_t)RETRY_FIRST_US << (server->attempts < 8 ? server->attempts : 8);
    if (delay > RETRY_LAST_US)
        delay = RETRY_LAST_US;
    server->attempts++;
    enter(server, OPENVPN_STATE_FAILED, why);
    server->retry_at = clock_seconds() + (int64_t)(delay / SECOND_US);
    r = sd_event_add_time_relative(engine_of(server)->event, &server->timer, CLOCK_MONOTONIC, delay,
                                   0, on_retry, server);
    if (r < 0)
        log_error("instance %s: no timer for OpenVPN: %s", runtime_of(server)->id, strerror(-r));
}

static void on_closed_by_supervisor(int status, struct channel_message *message, void *data)
{
    struct server *server = redeem(data);
    bool reopen;

    if (!server)
        return;
    remove_all(server);
    if (status < 0) {
        fail(server, role_link_detail(status, message));
        return;
    }
    reopen = server->reopen;
    server->reopen = false;
    enter(server, OPENVPN_STATE_OFF, "it has ended");
    if (reopen)
        open_server(server);
}

static void close_server(struct server *server, const char *why)
{
    struct verb_openvpn_id id = {.server = (uint8_t)server->which};
    struct role_link_body body = {.fixed = &id, .fixed_size = sizeof(id), .fd = -1};
    struct instance_ticket *ticket;
    int r;

    server->dialogue = openvpn_dialogue_free(server->dialogue);
    server->differs = false;
    enter(server, OPENVPN_STATE_CLOSING, why);
    text_copy(id.id, sizeof(id.id), runtime_of(server)->id);
    ticket = ask(server);
    r = supervisor_ask(engine_of(server)->supervisor, VERB_OPENVPN_CLOSE, &body,
                       on_closed_by_supervisor, ticket);
    if (r < 0) {
        (void)redeem(ticket);
        fail(server, role_link_detail(r, NULL));
    }
}

static int on_idle(sd_event_source *source, uint64_t now, void *data)
{
    struct server *server = data;

    (void)source;
    (void)now;
    if (server->clients.count == 0) {
        server->reopen = true;
        close_server(server, "nobody is connected: taking up its new configuration");
    }
    return 0;
}

/* Not at once: this may be the talk's own callback. */
static void reopen_if_idle(struct server *server)
{
    int r;

    if (server->state != OPENVPN_STATE_READY || !server->differs || server->clients.count > 0 ||
        server->timer)
        return;
    r = sd_event_add_time_relative(engine_of(server)->event, &server->timer, CLOCK_MONOTONIC,
                                   SECOND_US, 0, on_idle, server);
    if (r < 0)
        log_error("instance %s: no timer for OpenVPN: %s", runtime_of(server)->id, strerror(-r));
}

/* ---- the talk: attaching ---- */

static void become_ready(struct server *server, const char *why)
{
    if (server->state != OPENVPN_STATE_ATTACHING)
        return;
    /* Those that were known and are not listed left while nobody listened. */
    for (size_t i = 0; i < server->before.count; i++) {
        const struct openvpn_member *member = &server->before.items[i];

        if (!find_server(server->all, member->peer_id))
            end_session(server, member->peer_id);
    }
    openvpn_clients_done(&server->before);
    enter(server, OPENVPN_STATE_READY, why);
    reopen_if_idle(server);
}

static void take_listed(struct server *server, const struct openvpn_listed *listed)
{
    _cleanup_peer_ struct peer peer = {0};
    struct openvpn_member *member;
    bool pending = !listed->address4.family && !listed->address6.family;

    /* Its CONNECT went to nobody: it comes again, and is asked about again. */
    if (pending || openvpn_door_recognise(engine_of(server), runtime_of(server)->id,
                                          listed->common_name, &peer) <= 0) {
        kill_member(server, listed->cid);
        return;
    }
    end_others(server, listed->cid, peer.id);
    member = openvpn_clients_put(&server->clients, listed->cid, peer.id);
    member->terms = openvpn_door_terms(&peer);
    figures_track(runtime_of(server)->figures, peer.id, peer.row, &peer.public_key, peer.link);
    begin_session(server, member, &listed->real, listed->since);
    figures_session_bytes(runtime_of(server)->figures, peer.id, listed->received, listed->sent,
                          clock_seconds());
}

/* ---- the talk: clients ---- */

static void deny(struct server *server, const struct openvpn_client *client,
                 enum openvpn_denial denial)
{
    openvpn_command_deny(client->cid, client->kid, denial,
                         openvpn_dialogue_commands(server->dialogue, 1));
}

static int let_in(struct server *server, const struct openvpn_client *client,
                  const struct peer *peer)
{
    struct engine *engine = engine_of(server);
    _cleanup_instance_ struct instance instance = {0};
    struct openvpn_member *member;
    int r = instance_store_find(engine->store, runtime_of(server)->id, &instance);

    if (r == 0)
        r = openvpn_door_grant(engine, &instance, peer, client->cid, client->kid,
                               openvpn_dialogue_commands(server->dialogue, 1));
    if (r < 0)
        return r;
    if ((client->fields & OPENVPN_HAS_PROTOCOL) && (client->protocol & OPENVPN_PROTOCOL_PENDING))
        openvpn_command_wake(client->cid, client->kid,
                             openvpn_dialogue_commands(server->dialogue, 1));
    end_others(server, client->cid, peer->id);
    member = openvpn_clients_put(&server->clients, client->cid, peer->id);
    member->terms = openvpn_door_terms(peer);
    tell_worker(server, peer->id);
    return 0;
}

static void on_connect(struct server *server, const struct openvpn_client *client)
{
    _cleanup_peer_ struct peer peer = {0};
    enum openvpn_denial denial = OPENVPN_DENY_LATER;
    int r = openvpn_door_judge(engine_of(server), runtime_of(server)->id, server->which, client,
                               &peer, &denial);

    if (r > 0) {
        r = let_in(server, client, &peer);
        if (r == 0)
            return;
        denial = OPENVPN_DENY_LATER;
    }
    if (r < 0)
        log_warning("instance %s: an OpenVPN client can't be let in: %s", runtime_of(server)->id,
                    strerror(-r));
    deny(server, client, denial);
}

static void on_reauth(struct server *server, const struct openvpn_client *client)
{
    _cleanup_peer_ struct peer peer = {0};
    const struct openvpn_member *member = openvpn_clients_find(&server->clients, client->cid);
    enum openvpn_denial denial = OPENVPN_DENY_LATER;
    int r = openvpn_door_judge(engine_of(server), runtime_of(server)->id, server->which, client,
                               &peer, &denial);

    if (r > 0 && member && text_equal(member->peer_id, peer.id))
        openvpn_command_grant_again(client->cid, client->kid,
                                    openvpn_dialogue_commands(server->dialogue, 1));
    else
        deny(server, client, denial);
}

static void on_established(struct server *server, const struct openvpn_client *client)
{
    struct openvpn_member *member = openvpn_clients_find(&server->clients, client->cid);

    if (member)
        begin_session(server, member,
                      client->fields & OPENVPN_HAS_TRUSTED ? &client->trusted : &client->untrusted,
                      clock_seconds());
}

static void on_bytes(struct server *server, uint64_t cid, uint64_t received, uint64_t sent)
{
    const struct openvpn_member *member = openvpn_clients_find(&server->clients, cid);

    if (member && member->established)
        figures_session_bytes(runtime_of(server)->figures, member->peer_id, received, sent,
                              clock_seconds());
}

static void on_disconnect(struct server *server, const struct openvpn_client *client)
{
    if ((client->fields & OPENVPN_HAS_RECEIVED) && (client->fields & OPENVPN_HAS_SENT))
        on_bytes(server, client->cid, client->received, client->sent);
    remove_member(server, client->cid);
    reopen_if_idle(server);
}

static void on_event(const struct openvpn_event *event, void *data)
{
    struct server *server = data;

    switch (event->kind) {
    case OPENVPN_EVENT_HOLD:
        openvpn_command_hold_release(openvpn_dialogue_commands(server->dialogue, 1));
        remove_all(server);
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
        log_error("instance %s: OpenVPN %s: %s", runtime_of(server)->id,
                  openvpn_server_name(server->which), event->text);
        break;
    case OPENVPN_EVENT_ERROR:
        /* As of a client that left before it was answered. */
        log_debug("instance %s: OpenVPN %s: %s", runtime_of(server)->id,
                  openvpn_server_name(server->which), event->text);
        break;
    case OPENVPN_EVENT_INFO:
    case OPENVPN_EVENT_STATE:
    case OPENVPN_EVENT_ADDRESS:
    case OPENVPN_EVENT_SUCCESS:
        break;
    }
}

static void on_talk_ended(int error, void *data)
{
    static const char *const reasons[] = {
        "the talk with it ended", "it said what OpenVPN does not say", "it does not answer"};

    fail(data, reasons[error == -EBADMSG ? 1 : error == -ETIMEDOUT ? 2 : 0]);
}

static int begin_talk(struct server *server, int fd)
{
    static const struct openvpn_dialogue_handlers handlers = {
        .event = on_event,
        .closed = on_talk_ended,
    };
    struct buf *commands;
    int r =
        openvpn_dialogue_new(engine_of(server)->event, fd, &handlers, server, &server->dialogue);

    if (r < 0)
        return r;
    openvpn_clients_done(&server->before);
    server->before = server->clients;
    server->clients = (struct openvpn_clients){0};
    enter(server, OPENVPN_STATE_ATTACHING, server->adopted ? "found running" : "started");
    commands = openvpn_dialogue_commands(server->dialogue, server->adopted ? 2 : 1);
    openvpn_command_byte_count(BYTES_EVERY_S, commands);
    if (server->adopted)
        openvpn_command_status(commands);
    return 0;
}

/* ---- opening ---- */

static void set_unheld(struct server *server, bool unheld)
{
    if (server->unheld == unheld)
        return;
    server->unheld = unheld;
    instance_runtime_renew_uplink(runtime_of(server));
}

static const char *taken_text(const struct server *server, char *text, size_t size)
{
    snprintf(text, size,
             "%s port %u is taken by another program on this machine: end that, or have it listen "
             "on another port",
             openvpn_server_kind(server->which) == OPENVPN_UDP ? "UDP" : "TCP", server->port);
    return text;
}

static void open_failed(struct server *server, int status, const struct channel_message *message)
{
    char text[160];

    if (status == -EADDRINUSE)
        set_unheld(server, true);
    fail(server, status == -EADDRINUSE ? taken_text(server, text, sizeof(text))
                                       : role_link_detail(status, message));
}

static void on_opened(int status, struct channel_message *message, void *data)
{
    struct server *server = redeem(data);
    const struct verb_openvpn_opened *opened;

    if (!server)
        return;
    if (status == 0) {
        opened = message->body;
        status = message->header.verb == VERB_OPENVPN_OPENED ? opened->status : -EBADMSG;
        if (status == 0 && message->fd_count != 1)
            status = -EBADMSG;
        if (status == 0) {
            set_unheld(server, false);
            server->adopted = opened->adopted;
            server->differs = opened->differs;
            status = begin_talk(server, TAKE_FD(message->fds[0]));
        }
    }
    if (status < 0)
        open_failed(server, status, message);
}

static size_t add_bytes(uint8_t *blob, size_t at, const struct openvpn_blob *part,
                        uint16_t *ret_size)
{
    memcpy(blob + at, part->bytes, part->size);
    *ret_size = (uint16_t)part->size;
    return at + part->size;
}

/* What warrend makes a configuration of. */
static void make_spec(const struct server *server, const struct instance *instance,
                      const struct instance_openvpn *row, struct verb_openvpn *spec, uint8_t *blob)
{
    bool legacy = openvpn_server_kind(server->which) == OPENVPN_LEGACY;
    struct prefix hub[2];
    size_t count = hub_tunnel_addresses(instance, hub), size = 0;

    *spec = (struct verb_openvpn){
        .server = (uint8_t)server->which, .port = server->port, .mtu = server->mtu};
    text_copy(spec->id, sizeof(spec->id), instance->id);
    for (size_t i = 0; i < count; i++)
        *(hub[i].address.family == AF_INET ? &spec->hub4 : &spec->hub6) = hub[i];
    if (!legacy)
        memcpy(spec->tls_crypt_key, row->tls_crypt_key, sizeof(spec->tls_crypt_key));
    size = add_bytes(blob, size, &row->ca_certificate, &spec->ca_size);
    size = add_bytes(blob, size, legacy ? &row->legacy_certificate : &row->certificate,
                     &spec->certificate_size);
    size = add_bytes(blob, size, legacy ? &row->legacy_key : &row->key, &spec->key_size);
    spec->blob_size = (uint32_t)size;
}

static int send_open(struct server *server)
{
    struct engine *engine = engine_of(server);
    _cleanup_instance_ struct instance instance = {0};
    _cleanup_instance_openvpn_ struct instance_openvpn row = {0};
    uint8_t blob[3 * OPENVPN_ROW_BLOB_MAX];
    struct verb_openvpn spec;
    struct role_link_body body = {
        .fixed = &spec, .fixed_size = offsetof(struct verb_openvpn, blob), .tail = blob, .fd = -1};
    struct instance_ticket *ticket;
    int r = instance_store_find(engine->store, runtime_of(server)->id, &instance);

    if (r == 0)
        r = openvpn_store_find_instance(engine->store, instance.id, &row);
    if (r < 0)
        return r;
    make_spec(server, &instance, &row, &spec, blob);
    body.tail_size = spec.blob_size;
    ticket = ask(server);
    r = supervisor_ask(engine->supervisor, VERB_OPENVPN_OPEN, &body, on_opened, ticket);
    if (r < 0)
        (void)redeem(ticket);
    sodium_memzero(blob, sizeof(blob));
    sodium_memzero(&spec, sizeof(spec));
    return r;
}

static void open_server(struct server *server)
{
    int r;

    enter(server, OPENVPN_STATE_OPENING, server->failure[0] ? "trying again" : "wanted");
    r = send_open(server);
    if (r < 0)
        fail(server, role_link_detail(r, NULL));
}

/* ---- what is wanted ---- */

struct wish {
    uint16_t ports[OPENVPN_NUMBER_COUNT];
    uint16_t mtu;
};

static void wish_for_link(const struct instance *instance, unsigned link,
                          const struct link_openvpn *has, uint16_t port, struct wish *wish)
{
    uint16_t *ports = &wish->ports[openvpn_server_number(link, 0)];

    if (port && has->certificates > 0 && (instance->openvpn_transports & OPENVPN_TRANSPORT_UDP))
        ports[OPENVPN_UDP] = port;
    if (port && has->certificates > 0 && (instance->openvpn_transports & OPENVPN_TRANSPORT_TCP))
        ports[OPENVPN_TCP] = port;
    if (port && has->passwords > 0)
        ports[OPENVPN_LEGACY] = port + 1;
}

/* Peers that are disabled count: who is refused is told so, and does not find a closed door. */
static int find_wish(const struct openvpn_servers *servers, struct wish *ret_wish)
{
    struct engine *engine = engine_of_all(servers);
    _cleanup_instance_ struct instance instance = {0};
    struct link_openvpn links[LINK_COUNT];
    uint16_t port = 0;
    int r = openvpn_store_port(engine->store, servers->runtime->id, &port);

    *ret_wish = (struct wish){0};
    if (r < 0)
        return r == -ENOENT ? 0 : r;
    r = instance_store_find(engine->store, servers->runtime->id, &instance);
    if (r == 0)
        r = link_store_openvpn(engine->store, instance.id, links);
    if (r < 0)
        return r;
    ret_wish->mtu = instance.mtu;
    for (unsigned link = 0; link < LINK_COUNT; link++)
        wish_for_link(&instance, link, &links[link], link ? links[link].port : port, ret_wish);
    return 0;
}

static bool is_on(const struct server *server)
{
    return server->state != OPENVPN_STATE_OFF && server->state != OPENVPN_STATE_CLOSING;
}

/* Of one that may run already, packets go on being led there. */
static bool is_fresh(const struct server *server)
{
    return runtime_of(server)->state == INSTANCE_ACTIVE;
}

static void begin_wanted(struct server *server)
{
    server->unheld = is_fresh(server);
    server->settled = false;
    server->attempts = 0;
    server->failure[0] = 0;
    server->reopen = server->state == OPENVPN_STATE_CLOSING;
    if (!server->reopen)
        open_server(server);
}

static void set_wish(struct server *server, uint16_t port, uint16_t mtu)
{
    bool differs = port != server->port || mtu != server->mtu;

    server->port = port;
    server->mtu = mtu;
    if (!port)
        server->reopen = false;
    if (is_on(server) && differs) {
        server->reopen = port != 0;
        close_server(server, port ? "its configuration changed" : "not wanted any more");
    } else if (port && !is_on(server) && !server->reopen) {
        begin_wanted(server);
    }
}

void openvpn_servers_update(struct openvpn_servers *servers)
{
    uint16_t before[OPENVPN_NUMBER_COUNT];
    struct wish wish;
    int r = find_wish(servers, &wish);

    if (servers->runtime->state == INSTANCE_DELETING)
        return;
    if (r < 0) {
        log_error("instance %s: its OpenVPN servers can't be read: %s", servers->runtime->id,
                  strerror(-r));
        return;
    }
    openvpn_servers_ports(servers, before);
    for (unsigned i = 0; i < OPENVPN_NUMBER_COUNT; i++)
        if (wish.ports[i] || servers->items[i])
            set_wish(get_server(servers, i), wish.ports[i], wish.mtu);
    if (memcmp(before, wish.ports, sizeof(before)) != 0)
        instance_runtime_ports_changed(servers->runtime);
}

void openvpn_servers_ports(const struct openvpn_servers *servers,
                           uint16_t ret_ports[static OPENVPN_NUMBER_COUNT])
{
    for (unsigned i = 0; i < OPENVPN_NUMBER_COUNT; i++)
        ret_ports[i] = servers->items[i] ? servers->items[i]->port : 0;
}

void openvpn_servers_published(const struct openvpn_servers *servers,
                               uint16_t ret_ports[static OPENVPN_NUMBER_COUNT])
{
    openvpn_servers_ports(servers, ret_ports);
    for (unsigned i = 0; i < OPENVPN_NUMBER_COUNT; i++)
        if (servers->items[i] && servers->items[i]->unheld)
            ret_ports[i] = 0;
}

bool openvpn_servers_settled(const struct openvpn_servers *servers)
{
    const struct server *server;

    for (unsigned i = 0; (server = next_server(servers, &i));)
        if (is_on(server) && !server->settled)
            return false;
    return true;
}

/* ---- renewal ---- */

static int renew(struct openvpn_servers *servers, bool *ret_renewed)
{
    struct store *store = engine_of_all(servers)->store;
    int r = store_begin(store);

    if (r < 0)
        return r;
    r = openvpn_keys_renew(engine_of_all(servers), servers->runtime->id, ret_renewed);
    if (r == 0)
        return store_commit(store);
    store_rollback(store);
    return r;
}

void openvpn_servers_renew(struct openvpn_servers *servers)
{
    bool renewed = false;
    int r = renew(servers, &renewed);
    struct server *server;
    int64_t since = 0;

    if (r < 0)
        log_error("instance %s: OpenVPN's certificates can't be renewed: %s", servers->runtime->id,
                  strerror(-r));
    else if (renewed)
        log_info("instance %s: OpenVPN's certificates were renewed", servers->runtime->id);
    for (unsigned i = 0; (server = next_server(servers, &i));) {
        if (server->state != OPENVPN_STATE_READY)
            continue;
        server->differs = server->differs || renewed;
        reopen_if_idle(server);
        if (server->differs && !server->timer &&
            openvpn_keys_since(engine_of(server), servers->runtime->id, &since) == 0 &&
            clock_seconds() - since > RENEWED_LONG_AGO_S) {
            server->reopen = true;
            close_server(server, "taking up its new configuration");
        }
    }
}

/* ---- what others tell ---- */

void openvpn_servers_gone(struct openvpn_servers *servers, unsigned which)
{
    struct server *server = servers->items[which];

    if (!server || servers->runtime->state == INSTANCE_DELETING)
        return;
    remove_all(server);
    if (server->state == OPENVPN_STATE_ATTACHING || server->state == OPENVPN_STATE_READY)
        fail(server, "its process ended");
}

void openvpn_servers_missing(struct openvpn_servers *servers, const struct verb_applied *applied)
{
    struct server *server;

    for (unsigned i = 0; (server = next_server(servers, &i));) {
        bool missing = applied->openvpn_missing[server->which / 8] & 1u << server->which % 8;

        /* One that has just come may be a step ahead of what the worker saw. */
        if (!missing || server->state != OPENVPN_STATE_READY ||
            clock_seconds() - server->ready_since < MISSING_AFTER_S)
            continue;
        server->reopen = true;
        close_server(server, "its link is gone");
    }
}

void openvpn_servers_peer_changed(struct openvpn_servers *servers, const char *peer_id,
                                  const struct peer *peer)
{
    struct server *server = find_server(servers, peer_id);
    const struct openvpn_member *member =
        server ? openvpn_clients_find_peer(&server->clients, peer_id) : NULL;

    if (member && (!peer || !peer->enabled || member->terms != openvpn_door_terms(peer))) {
        kill_member(server, member->cid);
        remove_member(server, member->cid);
        reopen_if_idle(server);
    }
    if (!peer || peer->protocol == PROTOCOL_OPENVPN)
        openvpn_servers_update(servers);
}

uint8_t openvpn_servers_where(const struct openvpn_servers *servers, const char *peer_id)
{
    const struct server *server = find_server(servers, peer_id);

    if (server)
        return (uint8_t)server->which;
    /* Still there, until it is known that it is not. */
    for (unsigned i = 0; (server = next_server(servers, &i));)
        if (openvpn_clients_find_peer(&server->before, peer_id))
            return (uint8_t)server->which;
    return (uint8_t)OPENVPN_NOT_CONNECTED;
}

void openvpn_servers_view(const struct openvpn_servers *servers, unsigned which,
                          struct openvpn_server_view *ret_view)
{
    const struct server *server = servers->items[which];

    if (!server) {
        *ret_view = (struct openvpn_server_view){.state = state_names[OPENVPN_STATE_OFF]};
        return;
    }
    *ret_view = (struct openvpn_server_view){.state = state_names[server->state],
                                             .port = server->port,
                                             .clients = server->clients.count,
                                             .retry_at = server->retry_at};
    memcpy(ret_view->failure, server->failure, sizeof(ret_view->failure));
}

bool openvpn_servers_failing(const struct openvpn_servers *servers)
{
    const struct server *server;

    for (unsigned i = 0; (server = next_server(servers, &i));)
        if (*server->failure)
            return true;
    return false;
}

/* ---- life ---- */

struct openvpn_servers *openvpn_servers_new(struct instance_runtime *runtime)
{
    struct openvpn_servers *servers = memory_zero(sizeof(*servers));

    servers->runtime = runtime;
    return servers;
}

void openvpn_servers_stop(struct openvpn_servers *servers)
{
    struct server *server;

    for (unsigned i = 0; (server = next_server(servers, &i));) {
        server->dialogue = openvpn_dialogue_free(server->dialogue);
        server->timer = sd_event_source_disable_unref(server->timer);
        server->round++;
    }
}

struct openvpn_servers *openvpn_servers_free(struct openvpn_servers *servers)
{
    struct server *server;

    openvpn_servers_stop(servers);
    for (unsigned i = 0; (server = next_server(servers, &i));) {
        openvpn_clients_done(&server->clients);
        openvpn_clients_done(&server->before);
        free(server);
    }
    free(servers);
    return NULL;
}
