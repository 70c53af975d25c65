/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/engine/openvpn_runtime.h"

#include <errno.h>
#include <sodium.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "hub/base/cleanup.h"
#include "hub/base/log.h"
#include "hub/engine/instance_spec.h"
#include "hub/engine/instance_ticket.h"
#include "hub/engine/openvpn_dialogue.h"
#include "hub/engine/openvpn_session.h"
#include "hub/engine/openvpn_talk.h"
#include "hub/engine/supervisor.h"
#include "hub/store/openvpn_store.h"

enum {
    SECOND_US = 1000 * 1000,
    RETRY_FIRST_US = SECOND_US / 5,
    RETRY_LAST_US = 30 * SECOND_US,
    STEADY_AFTER_S = 10, /* ready for so long: earlier failures are forgotten */
};

static const char *const state_names[OPENVPN_STATE_COUNT] = {
    [OPENVPN_STATE_OFF] = "off",
    [OPENVPN_STATE_OPENING] = "opening",
    [OPENVPN_STATE_ATTACHING] = "attaching",
    [OPENVPN_STATE_READY] = "ready",
    [OPENVPN_STATE_CLOSING] = "closing",
    [OPENVPN_STATE_FAILED] = "failed",
};

const char *openvpn_state_name(enum openvpn_state state)
{
    return state_names[state];
}

struct engine *openvpn_runtime_engine(const struct openvpn_runtime *server)
{
    return instance_runtime_engine(server->runtime);
}

static void tell_settled(struct openvpn_runtime *server)
{
    if (server->settled)
        return;
    server->settled = true;
    instance_runtime_openvpn_settled(server->runtime);
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

void openvpn_runtime_enter(struct openvpn_runtime *server, enum openvpn_state state,
                           const char *why)
{
    if (!(transitions[server->state] & MAY(state))) {
        log_error("instance %s: OpenVPN %s: %s -> %s is no transition (%s)", server->runtime->id,
                  openvpn_server_name(server->number), state_names[server->state],
                  state_names[state], why);
        abort();
    }
    log_info("instance %s: OpenVPN %s: %s -> %s (%s)", server->runtime->id,
             openvpn_server_name(server->number), state_names[server->state], state_names[state],
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

/* ---- what is asked of warrend ---- */

struct question {
    unsigned number;
    uint64_t round;
};

static struct instance_ticket *ask(struct openvpn_runtime *server)
{
    struct question *question = memory_zero(sizeof(*question));
    struct instance_ticket *ticket;

    *question = (struct question){server->number, server->round};
    ticket = instance_ticket_new(server->runtime, NULL, question);
    ticket->generation = INSTANCE_TICKET_ANY;
    return ticket;
}

/* NULL: what was asked does not matter any more. */
static struct openvpn_runtime *redeem(struct instance_ticket *ticket)
{
    _cleanup_free_ struct question *question = ticket->data;
    struct instance_runtime *runtime = instance_ticket_redeem(ticket);
    struct openvpn_runtime *server;

    if (!runtime)
        return NULL;
    server = openvpn_servers_get(runtime->openvpn, question->number);
    return server->round == question->round ? server : NULL;
}

/* ---- failing and closing ---- */

static int on_retry(sd_event_source *source, uint64_t now, void *data)
{
    struct openvpn_runtime *server = data;

    (void)source;
    (void)now;
    if (server->port)
        openvpn_runtime_open(server);
    else
        openvpn_runtime_close(server, "trying again");
    return 0;
}

void openvpn_runtime_fail(struct openvpn_runtime *server, const char *why)
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
    openvpn_runtime_enter(server, OPENVPN_STATE_FAILED, why);
    server->retry_at = clock_seconds() + (int64_t)(delay / SECOND_US);
    r = sd_event_add_time_relative(openvpn_runtime_engine(server)->event, &server->timer,
                                   CLOCK_MONOTONIC, delay, 0, on_retry, server);
    if (r < 0)
        log_error("instance %s: no timer for OpenVPN: %s", server->runtime->id, strerror(-r));
}

static void on_closed_by_supervisor(int status, struct channel_message *message, void *data)
{
    struct openvpn_runtime *server = redeem(data);
    bool reopen;

    if (!server)
        return;
    openvpn_session_remove_all(server);
    if (status < 0) {
        openvpn_runtime_fail(server, role_link_detail(status, message));
        return;
    }
    reopen = server->reopen;
    server->reopen = false;
    openvpn_runtime_enter(server, OPENVPN_STATE_OFF, "it has ended");
    if (reopen)
        openvpn_runtime_open(server);
}

void openvpn_runtime_close(struct openvpn_runtime *server, const char *why)
{
    struct verb_openvpn_id id = {.server = (uint16_t)server->number};
    struct role_link_body body = {.fixed = &id, .fixed_size = sizeof(id), .fd = -1};
    struct instance_ticket *ticket;
    int r;

    server->dialogue = openvpn_dialogue_free(server->dialogue);
    server->differs = false;
    openvpn_runtime_enter(server, OPENVPN_STATE_CLOSING, why);
    text_copy(id.id, sizeof(id.id), server->runtime->id);
    ticket = ask(server);
    r = supervisor_ask(openvpn_runtime_engine(server)->supervisor, VERB_OPENVPN_CLOSE, &body,
                       on_closed_by_supervisor, ticket);
    if (r < 0) {
        (void)redeem(ticket);
        openvpn_runtime_fail(server, role_link_detail(r, NULL));
    }
}

void openvpn_runtime_reopen(struct openvpn_runtime *server, const char *why)
{
    server->reopen = true;
    openvpn_runtime_close(server, why);
}

static int on_idle(sd_event_source *source, uint64_t now, void *data)
{
    struct openvpn_runtime *server = data;

    (void)source;
    (void)now;
    if (server->clients.count == 0)
        openvpn_runtime_reopen(server, "nobody is connected: taking up its new configuration");
    return 0;
}

void openvpn_runtime_reopen_if_idle(struct openvpn_runtime *server)
{
    int r;

    if (server->state != OPENVPN_STATE_READY || !server->differs || server->clients.count > 0 ||
        server->timer)
        return;
    r = sd_event_add_time_relative(openvpn_runtime_engine(server)->event, &server->timer,
                                   CLOCK_MONOTONIC, SECOND_US, 0, on_idle, server);
    if (r < 0)
        log_error("instance %s: no timer for OpenVPN: %s", server->runtime->id, strerror(-r));
}

/* ---- opening ---- */

static void set_unheld(struct openvpn_runtime *server, bool unheld)
{
    if (server->unheld == unheld)
        return;
    server->unheld = unheld;
    instance_runtime_renew_uplink(server->runtime);
}

static const char *taken_text(const struct openvpn_runtime *server, char *text, size_t size)
{
    snprintf(text, size,
             "%s port %u is taken by another program on this machine: end that, or have it listen "
             "on another port",
             openvpn_server_kind(server->number) == OPENVPN_UDP ? "UDP" : "TCP", server->port);
    return text;
}

static void open_failed(struct openvpn_runtime *server, int status,
                        const struct channel_message *message)
{
    char text[160];

    if (status == -EADDRINUSE)
        set_unheld(server, true);
    openvpn_runtime_fail(server, status == -EADDRINUSE ? taken_text(server, text, sizeof(text))
                                                       : role_link_detail(status, message));
}

static void on_opened(int status, struct channel_message *message, void *data)
{
    struct openvpn_runtime *server = redeem(data);
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
            status = openvpn_talk_begin(server, TAKE_FD(message->fds[0]));
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
static void make_spec(const struct openvpn_runtime *server, const struct instance *instance,
                      const struct instance_openvpn *row, struct verb_openvpn *spec, uint8_t *blob)
{
    bool legacy = openvpn_server_kind(server->number) == OPENVPN_LEGACY;
    struct prefix hub[2];
    size_t count = hub_tunnel_addresses(instance, hub), size = 0;

    *spec = (struct verb_openvpn){
        .server = (uint16_t)server->number, .port = server->port, .mtu = server->mtu};
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

static int send_open(struct openvpn_runtime *server)
{
    struct engine *engine = openvpn_runtime_engine(server);
    _cleanup_instance_ struct instance instance = {0};
    _cleanup_instance_openvpn_ struct instance_openvpn row = {0};
    uint8_t blob[3 * OPENVPN_ROW_BLOB_MAX];
    struct verb_openvpn spec;
    struct role_link_body body = {
        .fixed = &spec, .fixed_size = offsetof(struct verb_openvpn, blob), .tail = blob, .fd = -1};
    struct instance_ticket *ticket;
    int r = instance_store_find(engine->store, server->runtime->id, &instance);

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

void openvpn_runtime_open(struct openvpn_runtime *server)
{
    int r;

    openvpn_runtime_enter(server, OPENVPN_STATE_OPENING,
                          server->failure[0] ? "trying again" : "wanted");
    r = send_open(server);
    if (r < 0)
        openvpn_runtime_fail(server, role_link_detail(r, NULL));
}

/* ---- life ---- */

struct openvpn_runtime *openvpn_runtime_new(struct instance_runtime *runtime, unsigned number)
{
    struct openvpn_runtime *server = memory_zero(sizeof(*server));

    *server = (struct openvpn_runtime){.runtime = runtime, .number = number};
    return server;
}

void openvpn_runtime_stop(struct openvpn_runtime *server)
{
    server->dialogue = openvpn_dialogue_free(server->dialogue);
    server->timer = sd_event_source_disable_unref(server->timer);
    server->round++;
}

struct openvpn_runtime *openvpn_runtime_free(struct openvpn_runtime *server)
{
    if (!server)
        return NULL;
    openvpn_runtime_stop(server);
    openvpn_clients_done(&server->clients);
    openvpn_clients_done(&server->before);
    free(server);
    return NULL;
}
