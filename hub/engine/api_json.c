/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/engine/api_json.h"

#include <inttypes.h>
#include <stdio.h>

#include "hub/engine/dns_spec.h"
#include "hub/engine/instance_spec.h"
#include "hub/engine/runtime.h"
#include "hub/store/openvpn_store.h"

json_t *json_time(int64_t seconds)
{
    char text[TIME_TEXT_MAX];
    return seconds ? json_string(time_format(seconds, text)) : json_null();
}

static json_t *json_address(const struct address *address)
{
    char text[ADDRESS_TEXT_MAX];
    return json_string(address_format(address, text));
}

static json_t *json_key(const struct key *key)
{
    char text[KEY_BASE64_MAX];
    return json_string(key_format_base64(key, text));
}

static json_t *json_prefixes(const struct prefix_set *set)
{
    json_t *list = json_array();
    char text[PREFIX_TEXT_MAX];
    for (size_t i = 0; i < set->count; i++)
        json_array_append_new(list, json_string(prefix_format(&set->items[i], text)));
    return list;
}

static json_t *json_addresses(const struct prefix *prefixes, size_t count)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, json_address(&prefixes[i].address));
    return list;
}

json_t *json_labels(const char labels[][LABEL_MAX], size_t count)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, json_string(labels[i]));
    return list;
}

const char *etag_format(uint64_t revision, char text[static ETAG_MAX])
{
    snprintf(text, ETAG_MAX, "\"r%" PRIu64 "\"", revision);
    return text;
}

/* ---- instances ---- */

static json_t *networks_json(const struct instance *instance)
{
    const struct prefix *networks[] = {&instance->network4, &instance->network6};
    json_t *list = json_array();
    char text[PREFIX_TEXT_MAX];
    for (size_t i = 0; i < 2; i++)
        if (networks[i]->address.family)
            json_array_append_new(list, json_string(prefix_format(networks[i], text)));
    return list;
}

static json_t *dns_json(const struct instance *instance)
{
    if (instance->dns_mode == DNS_HUB_DEFAULT)
        return json_null();
    json_t *list = json_array();
    for (size_t i = 0; i < instance->dns_count && instance->dns_mode == DNS_GIVEN; i++)
        json_array_append_new(list, json_address(&instance->dns[i]));
    return list;
}

static json_t *openvpn_json(const struct engine *engine, const struct instance *instance)
{
    json_t *transports = json_array();
    uint16_t port = 0;
    if (instance->openvpn_transports & OPENVPN_TRANSPORT_UDP)
        json_array_append_new(transports, json_string("udp"));
    if (instance->openvpn_transports & OPENVPN_TRANSPORT_TCP)
        json_array_append_new(transports, json_string("tcp"));
    if (openvpn_store_port(engine->store, instance->id, &port) < 0)
        return json_pack("{s:o,s:n,s:n}", "transports", transports, "port", "legacy_port");
    return json_pack("{s:o,s:i,s:i}", "transports", transports, "port", port, "legacy_port",
                     port + 1);
}

static json_t *dns_list_json(const struct dns_list *list)
{
    json_t *items = json_array();
    char text[DNS_ENTRY_TEXT_MAX];
    for (size_t i = 0; i < list->count; i++)
        json_array_append_new(items, json_string(dns_entry_format(&list->items[i], text)));
    return items;
}

static void add_dns_facts(const struct engine *engine, const struct instance *instance,
                          json_t *object)
{
    char domain[DNS_NAME_MAX];
    dns_domain_of(&engine->settings, instance, domain);
    json_object_set_new(object, "dns_domain", json_string(domain));
    json_object_set_new(object, "domains", dns_list_json(&instance->dns_domains));
    json_object_set_new(object, "dns_custom", dns_list_json(&instance->dns_custom));
    json_object_set_new(object, "split_dns", dns_list_json(&instance->split_dns));
}

static json_t *public_name_json(const struct engine *engine, const struct instance *instance)
{
    if (!*engine->settings.base_domain)
        return json_null();
    return json_sprintf("%s.%s", instance->hostname, engine->settings.base_domain);
}

json_t *instance_facts_json(const struct engine *engine, const struct instance *instance)
{
    struct prefix hub[2];
    size_t hub_count = hub_tunnel_addresses(instance, hub);
    json_t *object = json_pack(
        "{s:s,s:s,s:s,s:o,s:s,s:o,s:o,s:o,s:o,s:b,s:s,s:i,s:{s:i,s:o},s:o,s:o,s:o}", "id",
        instance->id, "name", instance->name, "hostname", instance->hostname, "public_name",
        public_name_json(engine, instance), "region", instance->region, "networks",
        networks_json(instance), "hub_addresses", json_addresses(hub, hub_count), "pushed_routes",
        json_prefixes(&instance->pushed), "public_dns", dns_json(instance), "client_to_client",
        instance->client_to_client, "firewall_default", instance->firewall_deny ? "deny" : "allow",
        "mtu", instance->mtu, "wireguard", "port", instance->port, "public_key",
        json_key(&instance->public_key), "openvpn", openvpn_json(engine, instance), "created_at",
        json_time(instance->created_at), "updated_at", json_time(instance->updated_at));
    add_dns_facts(engine, instance, object);
    return object;
}

static void find_view(struct engine *engine, const char *instance_id, struct instance_view *view)
{
    if (!runtime_view(engine->runtimes, instance_id, view))
        *view = (struct instance_view){.state = INSTANCE_PENDING};
}

/* An OpenVPN server that does not run keeps the rest of its instance from nothing. */
static void add_failed_servers(struct engine *engine, const char *instance_id, json_t *list)
{
    unsigned count = runtime_openvpn_count(engine->runtimes, instance_id);
    for (unsigned server = 0; server < count; server++) {
        struct openvpn_server_view view;
        if (!runtime_openvpn_view(engine->runtimes, instance_id, server, &view) || !*view.failure)
            continue;
        json_array_append_new(
            list, json_pack("{s:s,s:o,s:s,s:o}", "step", instance_step_flag(STEP_OPENVPN), "title",
                            json_sprintf("OpenVPN server (%s)", openvpn_server_name(server)),
                            "reason", view.failure, "retry_at", json_time(view.retry_at)));
    }
}

json_t *instance_pending_json(struct engine *engine, const char *instance_id)
{
    struct instance_view view;
    json_t *list = json_array();
    find_view(engine, instance_id, &view);
    if (view.state != INSTANCE_ACTIVE)
        json_array_append_new(list,
                              json_pack("{s:s,s:s,s:s?,s:o}", "step", instance_step_flag(view.step),
                                        "title", instance_step_title(view.step), "reason",
                                        *view.failure ? view.failure : NULL, "retry_at",
                                        json_time(view.retry_at)));
    else if (runtime_openvpn_failing(engine->runtimes, instance_id))
        add_failed_servers(engine, instance_id, list);
    return list;
}

static json_t *peer_counts_json(struct engine *engine, const char *instance_id)
{
    uint32_t total = 0, enabled = 0;

    (void)peer_store_count(engine->store, instance_id, &total);
    (void)peer_store_count_enabled(engine->store, instance_id, &enabled);
    return json_pack("{s:i,s:i,s:i}", "total", (int)total, "enabled", (int)enabled, "connected",
                     (int)runtime_connected(engine->runtimes, instance_id));
}

static json_t *openvpn_server_json(const struct openvpn_server_view *view)
{
    return json_pack("{s:s,s:i,s:i,s:s?,s:o}", "state", view->state, "port", view->port,
                     "connected", (int)view->clients, "failure",
                     *view->failure ? view->failure : NULL, "retry_at", json_time(view->retry_at));
}

/* Those that are on. */
static json_t *openvpn_servers_json(struct engine *engine, const char *instance_id)
{
    json_t *servers = json_object();
    unsigned count = runtime_openvpn_count(engine->runtimes, instance_id);
    for (unsigned server = 0; server < count; server++) {
        struct openvpn_server_view view;
        if (runtime_openvpn_view(engine->runtimes, instance_id, server, &view) && view.port)
            json_object_set_new(servers, openvpn_server_name(server), openvpn_server_json(&view));
    }
    return servers;
}

/* Traffic does not wait for it, so that the peers' lists have nothing of it. */
static void add_dns_pending(const struct instance_view *view, json_t *list)
{
    if (view->state == INSTANCE_ACTIVE && !view->dns_ready)
        json_array_append_new(list,
                              json_pack("{s:s,s:s,s:s?,s:o}", "step", "dns_ready", "title", "DNS",
                                        "reason", *view->dns_failure ? view->dns_failure : NULL,
                                        "retry_at", json_time(view->dns_retry_at)));
}

void instance_json_add_live(struct engine *engine, const char *instance_id, json_t *object)
{
    struct instance_view view;
    json_t *ready = json_object();
    find_view(engine, instance_id, &view);
    for (enum instance_step step = 0; step < STEP_COUNT; step++)
        json_object_set_new(ready, instance_step_flag(step), json_boolean(view.ready[step]));
    json_t *pending = instance_pending_json(engine, instance_id);
    if (view.state == INSTANCE_ACTIVE && json_array_size(pending) > 0)
        json_object_set_new(ready, instance_step_flag(STEP_OPENVPN), json_false());
    add_dns_pending(&view, pending);
    json_object_set_new(ready, "dns_ready", json_boolean(view.dns_ready));
    json_object_set_new(object, "state", json_string(instance_state_name(view.state)));
    json_object_set_new(object, "ready", ready);
    json_object_set_new(object, "pending", pending);
    json_object_set_new(object, "peers", peer_counts_json(engine, instance_id));
    json_object_set_new(object, "resync",
                        json_pack("{s:o,s:I}", "at", json_time(view.resynced_at), "writes",
                                  (json_int_t)view.resync_writes));
    json_object_set_new(json_object_get(object, "openvpn"), "servers",
                        openvpn_servers_json(engine, instance_id));
    json_object_set_new(json_object_get(object, "wireguard"), "backend",
                        view.backend ? json_string(view.backend) : json_null());
}

json_t *instance_to_json(struct engine *engine, const struct instance *instance)
{
    json_t *object = instance_facts_json(engine, instance);
    instance_json_add_live(engine, instance->id, object);
    return object;
}

/* ---- peers ---- */

/* Its fingerprint is what the peer is known by. */
static json_t *certificate_json(const struct peer *peer)
{
    char hex[2 * KEY_SIZE + 1];
    if (peer->protocol != PROTOCOL_OPENVPN || peer->login != LOGIN_CERTIFICATE)
        return json_null();
    return json_pack("{s:s,s:o}", "fingerprint", key_format_hex(&peer->public_key, hex),
                     "expires_at", json_time(peer->certificate_expires_at));
}

static const char *login_word(const struct peer *peer)
{
    if (peer->protocol != PROTOCOL_OPENVPN)
        return NULL;
    return peer->login == LOGIN_PASSWORD ? "password" : "certificate";
}

static json_t *dns_name_json(const struct engine *engine, const struct instance *instance,
                             const struct peer *peer)
{
    char name[DNS_NAME_MAX];
    if (!*peer->dns_label || !dns_name_of(&engine->settings, instance, peer->dns_label, name))
        return json_null();
    return json_string(name);
}

/* What others do not see. */
static json_t *mapped_json(const struct peer *peer)
{
    json_t *list = json_array();
    char real[PREFIX_TEXT_MAX], mapped[PREFIX_TEXT_MAX];
    for (size_t i = 0; i < peer->subnets.count; i++)
        if (!prefix_equal(&peer->subnets.items[i], &peer->real_subnets.items[i]))
            json_array_append_new(list, json_pack("{s:s,s:s}", "real",
                                                  prefix_format(&peer->real_subnets.items[i], real),
                                                  "mapped",
                                                  prefix_format(&peer->subnets.items[i], mapped)));
    return list;
}

json_t *peer_facts_json(const struct engine *engine, const struct instance *instance,
                        const struct peer *peer)
{
    struct prefix addresses[2];
    size_t count = peer_tunnel_addresses(instance, peer, addresses);
    bool openvpn = peer->protocol == PROTOCOL_OPENVPN;
    json_t *groups = json_labels(peer->groups, peer->group_count);
    return json_pack(
        "{s:s,s:s,s:s,s:o,s:s,s:s,s:s?,s:b,s:b,s:o,s:o,s:o,s:o,s:s?,s:s?,s:o,s:o,s:b,s:b,s:o,s:o,s:"
        "b,"
        "s:b,s:i,s:o,s:o}",
        "id", peer->id, "instance_id", peer->instance_id, "name", peer->name, "dns_name",
        dns_name_json(engine, instance, peer), "type", peer->is_site ? "site" : "client",
        "protocol", openvpn ? "openvpn" : "wireguard", "login", login_word(peer), "enabled",
        peer->enabled, "expired", peer->expired, "expires_at",
        json_time(peer->expires ? peer->expires_at : 0), "addresses",
        json_addresses(addresses, count), "subnets", json_prefixes(&peer->subnets), "mapped",
        mapped_json(peer), "user", *peer->user_id ? peer->user : NULL, "user_id",
        *peer->user_id ? peer->user_id : NULL, "groups", groups, "user_groups",
        json_labels(peer->user_groups, peer->user_group_count), "disabled_with_user",
        peer->disabled_with_user, "route_all", peer->route_all, "public_key",
        openvpn ? json_null() : json_key(&peer->public_key), "certificate", certificate_json(peer),
        "private_key_held", peer->has_private_key, "preshared_key", peer->has_preshared_key,
        "keepalive", peer->keepalive, "created_at", json_time(peer->created_at), "updated_at",
        json_time(peer->updated_at));
}

/* When something of it last came in. */
static int64_t last_seen(const struct liveness *liveness)
{
    return liveness->last_movement > liveness->last_handshake ? liveness->last_movement
                                                              : liveness->last_handshake;
}

static json_t *peer_pending_json(struct engine *engine, const char *instance_id,
                                 const char *failure)
{
    json_t *list = instance_pending_json(engine, instance_id);
    if (failure && json_array_size(list) == 0)
        json_array_append_new(list, json_pack("{s:s,s:s,s:s,s:n}", "step", "peer", "title",
                                              "change of the peer", "reason", failure, "retry_at"));
    return list;
}

static void add_time(struct buf *out, const char *name, int64_t seconds)
{
    char text[TIME_TEXT_MAX];
    buf_add_text(out, name);
    if (!seconds) {
        buf_add_text(out, "null");
        return;
    }
    buf_add_char(out, '"');
    buf_add_text(out, time_format(seconds, text));
    buf_add_char(out, '"');
}

static void add_endpoint(struct buf *out, const char *name, const struct endpoint *endpoint)
{
    char text[ENDPOINT_TEXT_MAX];
    if (endpoint->address.family)
        buf_printf(out, "%s\"%s\"", name, endpoint_format(endpoint, text));
    else
        buf_printf(out, "%snull", name);
}

void peer_text_add_live(struct engine *engine, const char *instance_id, const char *peer_id,
                        const char *pending, struct buf *out)
{
    struct peer_view view = {};
    const struct liveness *liveness = &view.liveness;
    runtime_peer_view(engine->runtimes, instance_id, peer_id, &view);
    buf_add_text(out, liveness->connected ? "\"connected\":true" : "\"connected\":false");
    add_time(out, ",\"connected_since\":", liveness->connected_since);
    add_endpoint(out, ",\"connected_from\":", &view.endpoint);
    add_time(out, ",\"last_handshake\":", liveness->last_handshake);
    add_time(out, ",\"last_seen\":", last_seen(liveness));
    buf_printf(out, ",\"rx_bytes\":%" PRId64 ",\"tx_bytes\":%" PRId64 ",\"pending\":",
               (int64_t)liveness->received_total, (int64_t)liveness->sent_total);
    buf_add_text(out, pending);
}

void peer_json_add_live(struct engine *engine, const char *instance_id, const char *peer_id,
                        const char *failure, json_t *object)
{
    _cleanup_buf_ struct buf text = {};
    json_t *pending = peer_pending_json(engine, instance_id, failure);
    buf_add_char(&text, '{');
    peer_text_add_live(engine, instance_id, peer_id, "null", &text);
    buf_add_char(&text, '}');
    json_t *live = json_loadb(text.data, text.length, 0, NULL);
    json_object_set_new(live, "pending", pending);
    json_object_update(object, live);
    json_decref(live);
}
