/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/engine/api_firewall_json.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "hub/engine/api_json.h"
#include "hub/engine/dns_spec.h"
#include "hub/engine/firewall_resolver.h"
#include "hub/store/user_store.h"

/* ---- out ---- */

char *firewall_end_text(struct engine *engine, const char *instance_id,
                        const struct firewall_row_end *end)
{
    _cleanup_peer_ struct peer peer = {};
    const char *value = end->value;
    struct user user;
    if (end->kind == FIREWALL_PEER || end->kind == FIREWALL_SITE)
        value = peer_store_find(engine->store, instance_id, end->value, &peer) == 0 ? peer.name
                                                                                    : "(deleted)";
    if (end->kind == FIREWALL_USER)
        value = user_store_find(engine->store, end->value, &user) == 0 ? user.name : "(deleted)";
    return firewall_name_format(end->kind, value);
}

static json_t *end_json(struct engine *engine, const char *instance_id,
                        const struct firewall_row_end *end)
{
    _cleanup_free_ char *text = firewall_end_text(engine, instance_id, end);
    return json_string(text);
}

static json_t *ports_json(const struct firewall_row *row)
{
    struct firewall_ports ports[FIREWALL_PORTS_MAX];
    char text[FIREWALL_PORTS_TEXT_MAX];
    size_t count = firewall_row_ports(row, ports);
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, json_string(firewall_ports_format(&ports[i], text)));
    return list;
}

json_t *firewall_rule_json(struct engine *engine, const struct firewall_row *row, uint64_t position)
{
    bool expired = row->expires && row->expires_at <= clock_seconds();
    if (!position)
        (void)firewall_store_position(engine->store, row, &position);
    return json_pack(
        "{s:s,s:s,s:I,s:s,s:o,s:o,s:s,s:o,s:s,s:b,s:b,s:o,s:s,s:o,s:o}", "id", row->id,
        "instance_id", row->instance_id, "position", (json_int_t)position, "action",
        row->allow ? "allow" : "deny", "from", end_json(engine, row->instance_id, &row->from), "to",
        end_json(engine, row->instance_id, &row->to), "protocol",
        firewall_protocol_name(row->protocol), "ports", ports_json(row), "direction",
        row->both ? "both" : "one", "enabled", row->enabled, "expired", expired, "expires_at",
        json_time(row->expires ? row->expires_at : 0), "comment", row->comment, "created_at",
        json_time(row->created_at), "updated_at", json_time(row->updated_at));
}

static const char *text_in(const json_t *object, const char *field)
{
    const char *text = json_string_value(json_object_get(object, field));
    return text ? text : "";
}

void firewall_rule_summary(const json_t *rule, char *text, size_t size)
{
    char whole[400];
    size_t used, index;
    json_t *port;
    used = (size_t)snprintf(whole, sizeof whole, "%s %s to %s", text_in(rule, "action"),
                            text_in(rule, "from"), text_in(rule, "to"));
    if (used < sizeof whole && !text_equal(text_in(rule, "protocol"), "any"))
        used +=
            (size_t)snprintf(whole + used, sizeof whole - used, " %s", text_in(rule, "protocol"));
    json_array_foreach(json_object_get(rule, "ports"), index, port)
    {
        if (used < sizeof whole)
            used +=
                (size_t)snprintf(whole + used, sizeof whole - used, " %s", json_string_value(port));
    }
    text_copy_cut(text, size, whole);
}

json_t *firewall_check_json(struct engine *engine, const struct firewall_check_row *check)
{
    return json_pack("{s:s,s:s,s:s,s:o,s:o,s:s,s:o,s:o}", "id", check->id, "instance_id",
                     check->instance_id, "expect", check->allow ? "allow" : "deny", "from",
                     end_json(engine, check->instance_id, &check->from), "to",
                     end_json(engine, check->instance_id, &check->to), "protocol",
                     firewall_protocol_name(check->protocol), "port",
                     check->port ? json_integer(check->port) : json_null(), "created_at",
                     json_time(check->created_at));
}

static json_t *address_json(const struct address *address)
{
    char text[ADDRESS_TEXT_MAX];
    return json_string(address_format(address, text));
}

json_t *firewall_finding_json(const struct firewall_finding *finding)
{
    const struct firewall_outcome *told = finding->denied ? &finding->deny : &finding->allow;
    bool by_rule = told->verdict.reason == FIREWALL_BY_RULE;
    const char *action =
        !finding->allowed || !finding->denied ? (told->verdict.allow ? "allow" : "deny") : "mixed";
    return json_pack("{s:s,s:s,s:o,s:o,s:o,s:o,s:i,s:i}", "action", action, "reason",
                     firewall_reason_name(told->verdict.reason), "rule",
                     by_rule ? json_string(told->rule_id) : json_null(), "position",
                     by_rule ? json_integer((json_int_t)told->position) : json_null(),
                     "from_address", address_json(&told->from), "to_address",
                     address_json(&told->to), "allowed", (int)finding->allowed, "denied",
                     (int)finding->denied);
}

/* ---- in ---- */

struct label_search {
    const char *label;
    char id[ID_MAX];
};

static int look_at_label(const struct peer *peer, void *data)
{
    struct label_search *search = data;
    if (strcasecmp(peer->dns_label, search->label) == 0)
        (void)text_copy(search->id, sizeof search->id, peer->id);
    return 0;
}

/* By its id or name, else by the name that it has in the DNS: "phone.acme.internal". */
static int find_peer(struct engine *engine, const struct instance *instance, const char *name,
                     struct peer *ret_peer)
{
    char label[DNS_NAME_MAX];
    struct label_search search = {};
    int r = peer_store_find(engine->store, instance->id, name, ret_peer);
    if (r != -ENOENT || !strchr(name, '.'))
        return r;
    search.label = dns_label_in_domain(&engine->settings, instance, name, label);
    if (!search.label)
        return r;
    r = peer_store_list(engine->store, instance->id, 0, 0, false, look_at_label, &search);
    if (r >= 0)
        r = *search.id ? peer_store_find(engine->store, instance->id, search.id, ret_peer)
                       : -ENOENT;
    return r;
}

static bool take_peer(struct engine *engine, const struct instance *instance, const char *field,
                      const struct firewall_name *name, struct firewall_row_end *end,
                      struct problem *problem)
{
    _cleanup_peer_ struct peer peer = {};
    char wrong[160];
    if (find_peer(engine, instance, name->value, &peer) < 0) {
        snprintf(wrong, sizeof wrong, "names no peer: there is none called \"%s\" in the instance",
                 name->value);
        problem_add_field(problem, field, wrong, "");
        return false;
    }
    if (name->kind == FIREWALL_SITE && !peer.is_site) {
        snprintf(wrong, sizeof wrong, "names no site: \"%s\" is a client", peer.name);
        char would[60];
        snprintf(would, sizeof would, "peer:%s", peer.name);
        problem_add_field(problem, field, wrong, would);
        return false;
    }
    (void)text_copy(end->value, sizeof end->value, peer.id);
    return true;
}

static bool take_user(struct engine *engine, const char *field, const char *name,
                      struct firewall_row_end *end, struct problem *problem)
{
    struct user user;
    char wrong[160];
    if (user_store_find(engine->store, name, &user) == 0)
        return text_copy(end->value, sizeof end->value, user.id) == 0;
    snprintf(wrong, sizeof wrong, "names no user: there is none called \"%s\"", name);
    problem_add_field(problem, field, wrong, "");
    return false;
}

/* "internet" is some public address where a way is looked at; rules know no such end. */
static bool check_kind(struct engine *engine, const struct instance *instance, const char *field,
                       struct firewall_name *name, bool only_places, struct problem *problem)
{
    _cleanup_peer_ struct peer peer = {};
    bool is_internet = name->kind == FIREWALL_PEER && text_equal(name->value, "internet") &&
                       peer_store_find(engine->store, instance->id, name->value, &peer) == -ENOENT;
    if (only_places && name->kind == FIREWALL_ANY) {
        problem_add_field(problem, field,
                          "must be one of peer:NAME, site:NAME, user:NAME, group:NAME, internet, "
                          "an address or a network here",
                          "internet");
        return false;
    }
    if (!is_internet)
        return true;
    if (!only_places) {
        problem_add_field(problem, field,
                          "is no end of a rule: those are any, peer:NAME, site:NAME, user:NAME, "
                          "group:NAME, a network or an address",
                          "any");
        return false;
    }
    name->kind = FIREWALL_NETWORK;
    return text_copy(name->value, sizeof name->value, FIREWALL_INTERNET) == 0;
}

void firewall_read_end(struct engine *engine, const struct instance *instance, const json_t *object,
                       const char *field, bool only_places, struct firewall_row_end *end,
                       struct problem *problem)
{
    const char *text = json_string_value(json_object_get(object, field));
    struct firewall_row_end taken = {};
    struct complaint complaint = {};
    struct firewall_name name;
    if (!text)
        return;
    if (!text_is_printable(text, NULL)) {
        problem_add_field(problem, field, "must be printable text in UTF-8", "");
        return;
    }
    if (!firewall_name_parse(text, &name, &complaint)) {
        problem_add_field(problem, field, complaint.wrong, complaint.would);
        return;
    }
    if (!check_kind(engine, instance, field, &name, only_places, problem))
        return;
    taken.kind = (uint8_t)name.kind;
    (void)text_copy(taken.value, sizeof taken.value, name.value);
    if ((name.kind == FIREWALL_PEER || name.kind == FIREWALL_SITE) &&
        !take_peer(engine, instance, field, &name, &taken, problem))
        return;
    if (name.kind == FIREWALL_USER && !take_user(engine, field, name.value, &taken, problem))
        return;
    *end = taken;
}

static void read_ports(const json_t *body, struct firewall_row *row, struct problem *problem)
{
    json_t *list = json_object_get(body, "ports"), *item;
    struct firewall_ports ports[FIREWALL_PORTS_MAX];
    struct complaint complaint = {};
    size_t index, count = 0;
    char field[40];
    if (list) {
        json_array_foreach(list, index, item)
        {
            snprintf(field, sizeof field, "ports[%zu]", index);
            if (!firewall_ports_parse(json_string_value(item), &ports[count], &complaint))
                problem_add_field(problem, field, complaint.wrong, complaint.would);
            else
                count++;
        }
        firewall_row_set_ports(row, ports, firewall_ports_sort(ports, count));
    }
    if (*row->ports && !firewall_protocol_has_ports(row->protocol))
        problem_add_field(problem, list ? "ports" : "protocol",
                          "only tcp and udp have ports: say which", "tcp");
}

static void read_comment(const json_t *body, struct firewall_row *row, struct problem *problem)
{
    const char *comment = json_string_value(json_object_get(body, "comment"));
    struct complaint complaint = {};
    if (json_is_null(json_object_get(body, "comment")))
        row->comment[0] = 0;
    if (!comment)
        return;
    if (!rule_comment(comment, &complaint))
        problem_add_field(problem, "comment", complaint.wrong, complaint.would);
    else
        (void)text_copy(row->comment, sizeof row->comment, comment);
}

static void read_expiry(const json_t *body, struct firewall_row *row)
{
    const json_t *value = json_object_get(body, "expires_in");
    int64_t seconds;
    if (!value)
        return;
    row->expires = false;
    row->expires_at = 0;
    if (json_is_string(value) && duration_parse(json_string_value(value), &seconds) == 0) {
        row->expires = true;
        row->expires_at = clock_seconds() + seconds;
    }
}

static void check_size(struct engine *engine, const struct instance *instance, const char *field,
                       const struct firewall_row_end *end, struct problem *problem)
{
    struct firewall_resolver *resolver = firewall_resolver_new(engine->store, instance);
    const struct prefix_set *networks;
    char wrong[100];
    if (firewall_resolver_end(resolver, end, true, &networks) == 0 &&
        networks->count > RULE_PREFIXES_MAX / 2) {
        snprintf(wrong, sizeof wrong, "names %zu networks: a rule can name %d at each end",
                 networks->count, RULE_PREFIXES_MAX / 2);
        problem_add_field(problem, field, wrong, "");
    }
    firewall_resolver_free(resolver);
}

void firewall_read_rule(struct engine *engine, const struct instance *instance, const json_t *body,
                        struct firewall_row *row, struct problem *problem)
{
    const char *action = json_string_value(json_object_get(body, "action"));
    const char *protocol = json_string_value(json_object_get(body, "protocol"));
    const char *direction = json_string_value(json_object_get(body, "direction"));
    const json_t *enabled = json_object_get(body, "enabled");
    if (action)
        row->allow = text_equal(action, "allow");
    if (protocol)
        (void)firewall_protocol_parse(protocol, &row->protocol);
    if (direction)
        row->both = text_equal(direction, "both");
    if (enabled)
        row->enabled = json_is_true(enabled);
    firewall_read_end(engine, instance, body, "from", false, &row->from, problem);
    firewall_read_end(engine, instance, body, "to", false, &row->to, problem);
    read_ports(body, row, problem);
    read_expiry(body, row);
    read_comment(body, row, problem);
    if (problem_is_set(problem))
        return;
    check_size(engine, instance, "from", &row->from, problem);
    check_size(engine, instance, "to", &row->to, problem);
}

void firewall_read_service(const json_t *object, uint8_t *protocol, uint16_t *port,
                           struct problem *problem)
{
    const char *name = json_string_value(json_object_get(object, "protocol"));
    const json_t *number = json_object_get(object, "port");
    *port = (uint16_t)json_integer_value(number);
    *protocol = number ? FIREWALL_TCP : FIREWALL_ICMP;
    if (name)
        (void)firewall_protocol_parse(name, protocol);
    if (number && !firewall_protocol_has_ports(*protocol))
        problem_add_field(problem, "port", "only tcp and udp have ports", "");
    if (!number && firewall_protocol_has_ports(*protocol))
        problem_add_field(problem, "port", "is missing: which port is to be reached", "443");
}

void firewall_read_question(struct engine *engine, const struct instance *instance,
                            const json_t *object, struct firewall_question *question,
                            struct problem *problem)
{
    firewall_read_end(engine, instance, object, "from", true, &question->from, problem);
    firewall_read_end(engine, instance, object, "to", true, &question->to, problem);
    firewall_read_service(object, &question->protocol, &question->port, problem);
}
