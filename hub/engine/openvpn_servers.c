/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/engine/openvpn_servers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "hub/base/log.h"
#include "hub/engine/openvpn_door.h"
#include "hub/engine/openvpn_keys.h"
#include "hub/engine/openvpn_session.h"
#include "hub/store/link_store.h"

enum {
    MISSING_AFTER_S = 3,
    RENEWED_LONG_AGO_S = 30 * 86400, /* who is connected then is bothered for a new certificate */
};

struct openvpn_servers {
    struct instance_runtime *runtime;
    /* By number; made when it is first wanted. */
    struct openvpn_runtime **items;
    size_t count;
};

static struct engine *engine_of(const struct openvpn_servers *servers)
{
    return runtimes_shared(servers->runtime->all)->engine;
}

/* Those there are, one after another, from *number = 0 on; NULL at the end. */
static struct openvpn_runtime *next_server(const struct openvpn_servers *servers, unsigned *number)
{
    while (*number < servers->count) {
        struct openvpn_runtime *server = servers->items[(*number)++];

        if (server)
            return server;
    }
    return NULL;
}

struct openvpn_runtime *openvpn_servers_get(const struct openvpn_servers *servers, unsigned number)
{
    return number < servers->count ? servers->items[number] : NULL;
}

unsigned openvpn_servers_count(const struct openvpn_servers *servers)
{
    return (unsigned)servers->count;
}

static struct openvpn_runtime *get_or_make(struct openvpn_servers *servers, unsigned number)
{
    size_t count = (size_t)number + 1;

    if (count > servers->count) {
        servers->items = reallocarray(servers->items, count, sizeof(servers->items[0]));
        if (!servers->items)
            abort();
        for (size_t i = servers->count; i < count; i++)
            servers->items[i] = NULL;
        servers->count = count;
    }
    if (!servers->items[number])
        servers->items[number] = openvpn_runtime_new(servers->runtime, number);
    return servers->items[number];
}

struct openvpn_runtime *openvpn_servers_find(const struct openvpn_servers *servers,
                                             const char *peer_id)
{
    struct openvpn_runtime *server;

    for (unsigned i = 0; (server = next_server(servers, &i));)
        if (openvpn_clients_find_peer(&server->clients, peer_id))
            return server;
    return NULL;
}

void openvpn_servers_ports(const struct openvpn_servers *servers, struct port_list *ret_ports)
{
    const struct openvpn_runtime *server;

    for (unsigned i = 0; (server = next_server(servers, &i));)
        port_list_set(ret_ports, server->number, server->port);
}

/* ---- what is wanted ---- */

struct wish {
    struct port_list ports;
    uint16_t mtu;
};

static void wish_for_link(const struct instance *instance, unsigned link,
                          const struct link_openvpn *has, uint16_t port, struct wish *wish)
{
    if (port && has->certificates > 0 && (instance->openvpn_transports & OPENVPN_TRANSPORT_UDP))
        port_list_set(&wish->ports, openvpn_server_number(link, OPENVPN_UDP), port);
    if (port && has->certificates > 0 && (instance->openvpn_transports & OPENVPN_TRANSPORT_TCP))
        port_list_set(&wish->ports, openvpn_server_number(link, OPENVPN_TCP), port);
    if (port && has->passwords > 0)
        port_list_set(&wish->ports, openvpn_server_number(link, OPENVPN_LEGACY), port + 1);
}

/* Peers that are disabled count: who is refused is told so, and does not find a closed door. */
static int find_wish(const struct openvpn_servers *servers, struct wish *ret_wish)
{
    struct engine *engine = engine_of(servers);
    _cleanup_instance_ struct instance instance = {0};
    _cleanup_link_openvpns_ struct link_openvpns links = {0};
    uint16_t port = 0;
    int r = openvpn_store_port(engine->store, servers->runtime->id, &port);

    if (r < 0)
        return r == -ENOENT ? 0 : r;
    r = instance_store_find(engine->store, servers->runtime->id, &instance);
    if (r == 0)
        r = link_store_openvpn(engine->store, instance.id, &links);
    if (r < 0)
        return r;
    ret_wish->mtu = instance.mtu;
    for (unsigned link = 0; link < links.count; link++)
        wish_for_link(&instance, link, &links.items[link], link ? links.items[link].port : port,
                      ret_wish);
    return 0;
}

static bool is_on(const struct openvpn_runtime *server)
{
    return server->state != OPENVPN_STATE_OFF && server->state != OPENVPN_STATE_CLOSING;
}

/* Of one that may run already, packets go on being led there. */
static bool is_fresh(const struct openvpn_runtime *server)
{
    return server->runtime->state == INSTANCE_ACTIVE;
}

static void begin_wanted(struct openvpn_runtime *server)
{
    server->unheld = is_fresh(server);
    server->settled = false;
    server->attempts = 0;
    server->failure[0] = 0;
    server->reopen = server->state == OPENVPN_STATE_CLOSING;
    if (!server->reopen)
        openvpn_runtime_open(server);
}

static void set_wish(struct openvpn_runtime *server, uint16_t port, uint16_t mtu)
{
    bool differs = port != server->port || mtu != server->mtu;

    server->port = port;
    server->mtu = mtu;
    if (!port)
        server->reopen = false;
    if (is_on(server) && differs) {
        server->reopen = port != 0;
        openvpn_runtime_close(server, port ? "its configuration changed" : "not wanted any more");
    } else if (port && !is_on(server) && !server->reopen) {
        begin_wanted(server);
    }
}

static void fulfil(struct openvpn_servers *servers, const struct wish *wish)
{
    struct port_span wanted = port_list_span(&wish->ports);
    _cleanup_port_list_ struct port_list before = {0};

    openvpn_servers_ports(servers, &before);
    for (unsigned i = 0; i < wanted.count; i++)
        if (wanted.items[i])
            (void)get_or_make(servers, i);
    for (unsigned i = 0; i < servers->count; i++)
        if (servers->items[i])
            set_wish(servers->items[i], port_span_get(wanted, i), wish->mtu);
    if (!port_span_equal(port_list_span(&before), wanted))
        instance_runtime_ports_changed(servers->runtime);
}

void openvpn_servers_update(struct openvpn_servers *servers)
{
    struct wish wish = {0};
    int r = find_wish(servers, &wish);

    if (servers->runtime->state == INSTANCE_DELETING)
        r = 0;
    else if (r == 0)
        fulfil(servers, &wish);
    port_list_done(&wish.ports);
    if (r < 0) {
        log_error("instance %s: its OpenVPN servers can't be read: %s", servers->runtime->id,
                  strerror(-r));
    }
}

void openvpn_servers_published(const struct openvpn_servers *servers, struct port_list *ret_ports)
{
    const struct openvpn_runtime *server;

    for (unsigned i = 0; (server = next_server(servers, &i));)
        if (!server->unheld)
            port_list_set(ret_ports, server->number, server->port);
}

bool openvpn_servers_settled(const struct openvpn_servers *servers)
{
    const struct openvpn_runtime *server;

    for (unsigned i = 0; (server = next_server(servers, &i));)
        if (is_on(server) && !server->settled)
            return false;
    return true;
}

/* ---- renewal ---- */

static int renew(struct openvpn_servers *servers, bool *ret_renewed)
{
    struct store *store = engine_of(servers)->store;
    int r = store_begin(store);

    if (r < 0)
        return r;
    r = openvpn_keys_renew(engine_of(servers), servers->runtime->id, ret_renewed);
    if (r == 0)
        return store_commit(store);
    store_rollback(store);
    return r;
}

void openvpn_servers_renew(struct openvpn_servers *servers)
{
    bool renewed = false;
    int r = renew(servers, &renewed);
    struct openvpn_runtime *server;
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
        openvpn_runtime_reopen_if_idle(server);
        if (server->differs && !server->timer &&
            openvpn_keys_since(openvpn_runtime_engine(server), servers->runtime->id, &since) == 0 &&
            clock_seconds() - since > RENEWED_LONG_AGO_S) {
            openvpn_runtime_reopen(server, "taking up its new configuration");
        }
    }
}

/* ---- what others tell ---- */

void openvpn_servers_gone(struct openvpn_servers *servers, unsigned number)
{
    struct openvpn_runtime *server = openvpn_servers_get(servers, number);

    if (!server || servers->runtime->state == INSTANCE_DELETING)
        return;
    openvpn_session_remove_all(server);
    if (server->state == OPENVPN_STATE_ATTACHING || server->state == OPENVPN_STATE_READY)
        openvpn_runtime_fail(server, "its process ended");
}

void openvpn_servers_missing(struct openvpn_servers *servers, const struct verb_applied *applied)
{
    struct openvpn_runtime *server;

    for (unsigned i = 0; (server = next_server(servers, &i));) {
        bool missing = applied->openvpn_missing[server->number / 8] & 1u << server->number % 8;

        /* One that has just come may be a step ahead of what the worker saw. */
        if (!missing || server->state != OPENVPN_STATE_READY ||
            clock_seconds() - server->ready_since < MISSING_AFTER_S)
            continue;
        openvpn_runtime_reopen(server, "its link is gone");
    }
}

void openvpn_servers_peer_changed(struct openvpn_servers *servers, const char *peer_id,
                                  const struct peer *peer)
{
    struct openvpn_runtime *server = openvpn_servers_find(servers, peer_id);
    const struct openvpn_member *member =
        server ? openvpn_clients_find_peer(&server->clients, peer_id) : NULL;

    if (member && (!peer || !peer->enabled || member->terms != openvpn_door_terms(peer))) {
        openvpn_session_kill(server, member->cid);
        openvpn_session_remove(server, member->cid);
        openvpn_runtime_reopen_if_idle(server);
    }
    if (!peer || peer->protocol == PROTOCOL_OPENVPN)
        openvpn_servers_update(servers);
}

uint16_t openvpn_servers_where(const struct openvpn_servers *servers, const char *peer_id)
{
    const struct openvpn_runtime *server = openvpn_servers_find(servers, peer_id);

    if (server)
        return (uint16_t)server->number;
    /* Still there, until it is known that it is not. */
    for (unsigned i = 0; (server = next_server(servers, &i));)
        if (openvpn_clients_find_peer(&server->before, peer_id))
            return (uint16_t)server->number;
    return (uint16_t)OPENVPN_NOT_CONNECTED;
}

void openvpn_servers_view(const struct openvpn_servers *servers, unsigned number,
                          struct openvpn_server_view *ret_view)
{
    const struct openvpn_runtime *server = openvpn_servers_get(servers, number);

    if (!server) {
        *ret_view = (struct openvpn_server_view){.state = openvpn_state_name(OPENVPN_STATE_OFF)};
        return;
    }
    *ret_view = (struct openvpn_server_view){.state = openvpn_state_name(server->state),
                                             .port = server->port,
                                             .clients = server->clients.count,
                                             .retry_at = server->retry_at};
    memcpy(ret_view->failure, server->failure, sizeof(ret_view->failure));
}

bool openvpn_servers_failing(const struct openvpn_servers *servers)
{
    const struct openvpn_runtime *server;

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
    struct openvpn_runtime *server;

    for (unsigned i = 0; (server = next_server(servers, &i));)
        openvpn_runtime_stop(server);
}

struct openvpn_servers *openvpn_servers_free(struct openvpn_servers *servers)
{
    for (size_t i = 0; i < servers->count; i++)
        openvpn_runtime_free(servers->items[i]);
    free(servers->items);
    free(servers);
    return NULL;
}
