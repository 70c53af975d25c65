/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fake_runtime.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "hub/engine/supervisor.h"

struct fake_runtime fake_runtime;

static void answer(runtime_done done, void *data)
{
    if (!fake_runtime.hold) {
        done(fake_runtime.status, fake_runtime.detail, data);
        return;
    }
    assert(!fake_runtime.held);
    fake_runtime.held = done;
    fake_runtime.held_data = data;
}

void fake_runtime_release(void)
{
    runtime_done done = fake_runtime.held;
    fake_runtime.held = NULL;
    done(fake_runtime.status, fake_runtime.detail, fake_runtime.held_data);
}

const char *instance_state_name(enum instance_state state)
{
    static const char *const names[] = {"pending", "provisioning", "active", "failed", "deleting"};
    return names[state];
}

const char *instance_step_flag(enum instance_step step)
{
    static const char *const flags[STEP_COUNT] = {"namespace_ready", "link_ready", "openvpn_ready",
                                                  "uplink_ready", "configured"};
    return flags[step];
}

const char *instance_step_title(enum instance_step step)
{
    static const char *const titles[STEP_COUNT] = {"namespace", "WireGuard link", "OpenVPN servers",
                                                   "uplink", "configuration"};
    return titles[step];
}

bool runtime_view(struct runtimes *runtimes, const char *instance_id,
                  struct instance_view *ret_view)
{
    (void)runtimes, (void)instance_id;
    *ret_view =
        (struct instance_view){.state = INSTANCE_ACTIVE, .backend = "userspace", .dns_ready = true};
    if (fake_runtime.pending) {
        ret_view->state = INSTANCE_FAILED;
        ret_view->step = STEP_LINK;
        ret_view->retry_at = 1000000;
        snprintf(ret_view->failure, sizeof ret_view->failure, "no such device");
    }
    return true;
}

bool runtimes_settled(struct runtimes *runtimes)
{
    (void)runtimes;
    return true;
}

void runtime_instance_added(struct runtimes *runtimes, const char *instance_id)
{
    (void)runtimes;
    fake_runtime.added++;
    snprintf(fake_runtime.instance_id, ID_MAX, "%s", instance_id);
}

void runtime_instance_changed(struct runtimes *runtimes, const char *instance_id, runtime_done done,
                              void *data)
{
    (void)runtimes, (void)instance_id;
    fake_runtime.changed++;
    answer(done, data);
}

void runtime_instance_delete(struct runtimes *runtimes, const char *instance_id, runtime_done done,
                             void *data)
{
    (void)runtimes;
    fake_runtime.deleted++;
    snprintf(fake_runtime.instance_id, ID_MAX, "%s", instance_id);
    answer(done, data);
}

void runtime_peer_changed(struct runtimes *runtimes, const char *instance_id, const char *peer_id,
                          const struct key *old_key, runtime_done done, void *data)
{
    (void)runtimes, (void)instance_id;
    fake_runtime.peers++;
    fake_runtime.has_old_key = old_key != NULL;
    if (old_key)
        fake_runtime.old_key = *old_key;
    snprintf(fake_runtime.peer_id, ID_MAX, "%s", peer_id);
    answer(done, data);
}

void runtime_rule_changed(struct runtimes *runtimes, const char *instance_id, const char *rule_id,
                          runtime_done done, void *data)
{
    (void)runtimes, (void)instance_id, (void)rule_id;
    fake_runtime.rules++;
    if (done)
        answer(done, data);
}

void runtime_dns_changed(struct runtimes *runtimes, const char *instance_id, uint64_t host)
{
    (void)runtimes, (void)instance_id;
    fake_runtime.dns_host = host;
}

uint32_t runtime_connected(struct runtimes *runtimes, const char *instance_id)
{
    (void)runtimes, (void)instance_id;
    return fake_runtime.connected;
}

unsigned runtime_openvpn_count(struct runtimes *runtimes, const char *instance_id)
{
    (void)runtimes, (void)instance_id;
    return 0;
}

bool runtime_openvpn_view(struct runtimes *runtimes, const char *instance_id, unsigned server,
                          struct openvpn_server_view *ret_view)
{
    (void)runtimes, (void)instance_id, (void)server, (void)ret_view;
    return false;
}

bool runtime_openvpn_failing(struct runtimes *runtimes, const char *instance_id)
{
    (void)runtimes, (void)instance_id;
    return false;
}

void runtime_peer_view(struct runtimes *runtimes, const char *instance_id, const char *peer_id,
                       struct peer_view *ret_view)
{
    (void)runtimes, (void)instance_id, (void)peer_id;
    *ret_view = (struct peer_view){};
    if (fake_runtime.connected) {
        ret_view->liveness.connected = true;
        ret_view->liveness.connected_since = 1000000;
        ret_view->liveness.received_total = 7;
        ret_view->endpoint.address = (struct address){AF_INET, {192, 0, 2, 1}};
        ret_view->endpoint.port = 1234;
    }
}

const char *runtimes_backend(struct runtimes *runtimes)
{
    (void)runtimes;
    return "userspace";
}

void runtimes_roles(struct runtimes *runtimes, roles_done done, void *data)
{
    (void)runtimes;
    const struct role_view roles[] = {
        {.role = ROLE_ENGINE,
         .has_sandbox = true,
         .sandbox = {.pid = 42, .uid = 997, .no_new_privs = 1, .seccomp = 2}},
        {.role = ROLE_NET_ROOT,
         .has_sandbox = true,
         .sandbox = {.pid = 43, .uid = 998, .capabilities = 1u << 12}},
    };
    done(0, roles, 2, data);
}

/* ---- warrend, who is not there ---- */

int supervisor_ask(struct supervisor *supervisor, enum verb verb, const struct role_link_body *body,
                   role_link_done done, void *data)
{
    (void)supervisor;
    assert(verb == VERB_SETTINGS_SET);
    return fake_runtime.settings_set(body->fixed, body->tail, done, data);
}

int supervisor_tell(struct supervisor *supervisor, enum verb verb,
                    const struct role_link_body *body)
{
    (void)supervisor;
    if (verb == VERB_SETTINGS_SET)
        return fake_runtime.settings_set(body->fixed, body->tail, NULL, NULL);
    fake_runtime.web_restarts += verb == VERB_WEB_RESTART;
    return 0;
}
