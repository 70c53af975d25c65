/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/engine/openvpn_session.h"

#include <string.h>

#include "hub/engine/event_log.h"
#include "hub/engine/instance_apply.h"
#include "hub/engine/openvpn_dialogue.h"
#include "hub/engine/openvpn_servers.h"

void openvpn_session_end(struct openvpn_runtime *server, const char *peer_id)
{
    struct instance_runtime *runtime = server->runtime;
    const struct figure *figure = figures_find(runtime->figures, peer_id);
    bool was_connected = figure && figure->session;

    figures_session_end(runtime->figures, peer_id);
    instance_apply_peer_again(runtime, peer_id);
    if (was_connected)
        event_log_add(openvpn_runtime_engine(server)->events, "peer.disconnected", runtime->id,
                      peer_id, NULL, "its OpenVPN session ended");
}

void openvpn_session_remove(struct openvpn_runtime *server, uint64_t cid)
{
    const struct openvpn_member *member = openvpn_clients_find(&server->clients, cid);
    char peer_id[ID_MAX];

    if (!member)
        return;
    memcpy(peer_id, member->peer_id, sizeof(peer_id));
    openvpn_clients_remove(&server->clients, cid);
    if (!openvpn_servers_find(server->runtime->openvpn, peer_id))
        openvpn_session_end(server, peer_id);
}

void openvpn_session_remove_all(struct openvpn_runtime *server)
{
    while (server->clients.count > 0)
        openvpn_session_remove(server, server->clients.items[server->clients.count - 1].cid);
}

void openvpn_session_begin(struct openvpn_runtime *server, struct openvpn_member *member,
                           const struct endpoint *from, int64_t since)
{
    struct instance_runtime *runtime = server->runtime;
    const struct figure *figure = figures_find(runtime->figures, member->peer_id);
    bool is_new = !figure || !figure->liveness.connected;
    char text[ENDPOINT_TEXT_MAX];

    member->established = true;
    figures_session_begin(runtime->figures, member->peer_id, from, since);
    if (is_new)
        event_log_add(openvpn_runtime_engine(server)->events, "peer.connected", runtime->id,
                      member->peer_id, NULL, "connected from %s", endpoint_format(from, text));
}

void openvpn_session_kill(struct openvpn_runtime *server, uint64_t cid)
{
    if (server->dialogue)
        openvpn_command_kill(cid, OPENVPN_KILL_RESTART,
                             openvpn_dialogue_commands(server->dialogue, 1));
}

void openvpn_session_end_others(struct openvpn_runtime *server, uint64_t cid, const char *peer_id)
{
    struct openvpn_runtime *other;

    while ((other = openvpn_servers_find(server->runtime->openvpn, peer_id))) {
        uint64_t known = openvpn_clients_find_peer(&other->clients, peer_id)->cid;

        if (other != server || known != cid)
            openvpn_session_kill(other, known);
        openvpn_clients_remove(&other->clients, known);
    }
}
