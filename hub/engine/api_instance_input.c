/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/engine/api_instance_input.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/socket.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "hub/engine/dns_spec.h"
#include "hub/engine/instance_spec.h"
#include "peers/dns_label.h"
#include "peers/rules.h"

enum { FIELD_PATH_MAX = 40 };

struct input {
    struct engine *engine;
    const json_t *body;
    bool adding;
    struct instance *instance;
    struct problem *problem;
};

static void complain_about(struct input *input, const char *field,
                           const struct complaint *complaint)
{
    problem_add_field(input->problem, field, complaint->wrong, complaint->would);
}

static bool label_is_free(struct engine *engine, const char *label)
{
    bool taken = true;
    int64_t until;
    return instance_store_hostname_taken(engine->store, label, &taken, &until) == 0 && !taken;
}

static bool name_is_free(struct engine *engine, const char *name)
{
    _cleanup_instance_ struct instance other = {};
    return instance_store_find(engine->store, name, &other) < 0;
}

/* "acme-2", "acme-3", ...: the first that keeps the rule and is free. */
static void propose_numbered(struct engine *engine, const char *text,
                             bool (*rule)(const char *, struct complaint *),
                             bool (*is_free)(struct engine *, const char *), char *would,
                             size_t size)
{
    struct complaint ignored;
    for (int number = 2; number < 100; number++) {
        snprintf(would, size, "%s-%d", text, number);
        if (rule(would, &ignored) && is_free(engine, would))
            return;
    }
    *would = 0;
}

static void read_name(struct input *input)
{
    const char *name = json_string_value(json_object_get(input->body, "name"));
    struct instance *instance = input->instance;
    struct complaint complaint;
    _cleanup_instance_ struct instance other = {};
    char would[100];
    if (!name)
        return;
    if (!rule_instance_name(name, &complaint)) {
        complain_about(input, "name", &complaint);
        return;
    }
    if (instance_store_find(input->engine->store, name, &other) == 0 &&
        !text_equal(other.id, instance->id)) {
        propose_numbered(input->engine, name, rule_instance_name, name_is_free, would,
                         sizeof would);
        problem_add_conflict(input->problem, "name", "another instance has this name", would);
    }
    (void)text_copy(instance->name, sizeof instance->name, name);
}

static void read_hostname(struct input *input)
{
    const char *label = json_string_value(json_object_get(input->body, "hostname"));
    struct instance *instance = input->instance;
    struct complaint complaint;
    bool taken = false;
    int64_t until = 0;
    char wrong[120], time[TIME_TEXT_MAX], would[100];
    if (!label || text_equal(label, instance->hostname))
        return;
    if (!rule_hostname(label, &complaint)) {
        complain_about(input, "hostname", &complaint);
        return;
    }
    if (instance_store_hostname_taken(input->engine->store, label, &taken, &until) == 0 && taken) {
        if (until)
            snprintf(wrong, sizeof wrong,
                     "belonged to an instance that was deleted: it rests until %s",
                     time_format(until, time));
        else
            snprintf(wrong, sizeof wrong, "another instance has this hostname");
        propose_numbered(input->engine, label, rule_hostname, label_is_free, would, sizeof would);
        problem_add_conflict(input->problem, "hostname", wrong, would);
    }
    (void)text_copy(instance->hostname, sizeof instance->hostname, label);
}

/* ---- networks ---- */

static void take_network(struct input *input, const char *field, const struct prefix *network)
{
    struct prefix *target = network->address.family == AF_INET ? &input->instance->network4
                                                               : &input->instance->network6;
    struct complaint complaint;
    if (!rule_tunnel_network(network, &complaint)) {
        complain_about(input, field, &complaint);
        return;
    }
    if (target->address.family)
        problem_add_field(input->problem, field,
                          "is a second one of its family: one IPv4 and one IPv6 network", "");
    *target = *network;
}

static void choose_networks(struct input *input)
{
    struct instance *instance = input->instance;
    const struct settings *settings = &input->engine->settings;
    if (!instance->network4.address.family &&
        instance_store_free_network(input->engine->store, &settings->tunnel4,
                                    settings->tunnel4_length, &instance->network4) < 0)
        problem_set(input->problem, 500, "store", "no tunnel network could be chosen");
    if (!instance->network6.address.family) {
        instance->network6 = input->engine->hub.ula;
        instance->network6.length = 64;
        instance->network6.address.bytes[6] = (uint8_t)(instance->slot >> 8);
        instance->network6.address.bytes[7] = (uint8_t)instance->slot;
    }
}

static void read_networks(struct input *input)
{
    const json_t *list = json_object_get(input->body, "networks"), *item;
    char field[FIELD_PATH_MAX];
    struct prefix network;
    size_t i;
    if (list && !input->adding) {
        problem_add_field(input->problem, "networks",
                          "can't be changed: the addresses of all peers and every profile come "
                          "from them; make a new instance",
                          "");
        return;
    }
    json_array_foreach((json_t *)list, i, item)
    {
        snprintf(field, sizeof field, "networks[%zu]", i);
        if (prefix_parse(json_string_value(item), &network) == 0)
            take_network(input, field, &network);
    }
    if (input->adding && !problem_is_set(input->problem))
        choose_networks(input);
}

/* ---- routes and name servers ---- */

static void take_pushed(struct input *input, const char *field, const struct prefix *route)
{
    struct prefix_set *pushed = &input->instance->pushed;
    struct complaint complaint;
    if (!rule_pushed_route(route, &complaint)) {
        complain_about(input, field, &complaint);
        return;
    }
    if (prefix_set_contains(pushed, route))
        problem_add_field(input->problem, field, "is in another one of the list already", "");
    prefix_set_add(pushed, route);
}

static void read_pushed(struct input *input)
{
    const json_t *list = json_object_get(input->body, "pushed_routes"), *item;
    char field[FIELD_PATH_MAX];
    struct prefix route;
    size_t i;
    if (!list)
        return;
    prefix_set_done(&input->instance->pushed);
    input->instance->pushed = (struct prefix_set){};
    json_array_foreach((json_t *)list, i, item)
    {
        snprintf(field, sizeof field, "pushed_routes[%zu]", i);
        if (prefix_parse(json_string_value(item), &route) == 0)
            take_pushed(input, field, &route);
    }
}

static void take_server(struct input *input, const char *field, const struct address *server)
{
    struct instance *instance = input->instance;
    struct complaint complaint;
    if (!rule_dns_server(server, &complaint)) {
        complain_about(input, field, &complaint);
        return;
    }
    for (size_t i = 0; i < instance->dns_count; i++)
        if (address_equal(&instance->dns[i], server)) {
            problem_add_field(input->problem, field, "is in the list twice", "");
            return;
        }
    instance->dns[instance->dns_count++] = *server;
}

static void read_dns(struct input *input)
{
    const json_t *list = json_object_get(input->body, "public_dns"), *item;
    struct instance *instance = input->instance;
    char field[FIELD_PATH_MAX];
    struct address server;
    size_t i;
    if (!list)
        return;
    instance->dns_count = 0;
    instance->dns_mode = json_is_null(list)           ? DNS_HUB_DEFAULT
                         : json_array_size(list) == 0 ? DNS_NONE
                                                      : DNS_GIVEN;
    json_array_foreach((json_t *)list, i, item)
    {
        snprintf(field, sizeof field, "public_dns[%zu]", i);
        if (address_parse(json_string_value(item), &server) == 0 &&
            instance->dns_count < DNS_SERVERS_MAX)
            take_server(input, field, &server);
    }
}

static void read_openvpn(struct input *input)
{
    static const struct {
        const char *word;
        uint8_t transports;
    } words[] = {
        {"udp", OPENVPN_TRANSPORT_UDP},
        {"tcp", OPENVPN_TRANSPORT_TCP},
        {"both", OPENVPN_TRANSPORT_UDP | OPENVPN_TRANSPORT_TCP},
        {"none", 0},
    };
    const char *word = json_string_value(json_object_get(input->body, "openvpn_transports"));
    for (size_t i = 0; word && i < ELEMENTS(words); i++)
        if (text_equal(word, words[i].word))
            input->instance->openvpn_transports = words[i].transports;
}

/* ---- names ---- */

/* Adds it to the list, when it is a name and not there yet. */
static bool take_entry(struct input *input, const char *field, const struct dns_entry *entry,
                       struct dns_list *list)
{
    struct complaint complaint;
    char would[DNS_ENTRY_TEXT_MAX] = "";
    struct dns_entry right = *entry;
    if (!rule_dns_name(entry->name, &complaint)) {
        if (*complaint.would && text_copy(right.name, sizeof right.name, complaint.would) == 0)
            dns_entry_format(&right, would);
        problem_add_field(input->problem, field, complaint.wrong, would);
        return false;
    }
    if (dns_list_contains(list, entry)) {
        problem_add_field(input->problem, field, "is in the list twice", "");
        return false;
    }
    dns_list_add(list, entry);
    return true;
}

/* A name in the instance's own domain belongs to the hub or to one peer. */
static void check_custom(struct input *input, const char *field, const struct dns_entry *entry)
{
    const struct settings *settings = &input->engine->settings;
    char label[DNS_NAME_MAX], full[DNS_NAME_MAX], peer[44], wrong[120];
    const char *own = dns_label_in_domain(settings, input->instance, entry->name, label);
    if (!own)
        return;
    if (!dns_name_of(settings, input->instance, own, full))
        problem_add_field(input->problem, field, "is too long in the instance's domain", "");
    else if (text_equal(own, DNS_HUB_LABEL))
        problem_add_field(input->problem, field, "is the hub's own name", "");
    else if (peer_store_find_label(input->engine->store, input->instance->id, own, NULL, peer) ==
             0) {
        snprintf(wrong, sizeof wrong, "is the name of the peer \"%s\"", peer);
        problem_add_conflict(input->problem, field, wrong, NULL);
    }
}

static void check_split(struct input *input, const char *field, const struct dns_entry *entry)
{
    struct complaint complaint;
    char domain[DNS_NAME_MAX];
    struct prefix hub[2];
    size_t count = hub_tunnel_addresses(input->instance, hub);
    dns_domain_of(&input->engine->settings, input->instance, domain);
    if (dns_name_is_in(entry->name, domain))
        problem_add_field(input->problem, field, "is in the instance's own domain", "");
    if (!rule_split_dns_server(&entry->address, &complaint))
        complain_about(input, field, &complaint);
    for (size_t i = 0; i < count; i++)
        if (address_equal(&hub[i].address, &entry->address))
            problem_add_field(input->problem, field, "is the hub itself", "");
}

typedef void (*entry_check)(struct input *input, const char *field, const struct dns_entry *entry);

static void read_entries(struct input *input, const char *name, entry_check check,
                         struct dns_list *list)
{
    const json_t *items = json_object_get(input->body, name), *item;
    char field[FIELD_PATH_MAX];
    size_t i;
    if (!items)
        return;
    dns_list_done(list);
    json_array_foreach((json_t *)items, i, item)
    {
        const char *text = json_string_value(item);
        struct dns_entry entry = {};
        snprintf(field, sizeof field, "%s[%zu]", name, i);
        /* A search domain is a name alone. */
        int r =
            check ? dns_entry_parse(text, &entry) : text_copy(entry.name, sizeof entry.name, text);
        if (r == 0 && take_entry(input, field, &entry, list) && check)
            check(input, field, &entry);
        else if (r < 0 && !check)
            problem_add_field(input->problem, field, "is not a domain name: it is too long", "");
    }
}

/* The rows are new to this hostname, network and list by now: checked together. */
static void read_names(struct input *input)
{
    struct instance *instance = input->instance;
    read_entries(input, "dns_custom", check_custom, &instance->dns_custom);
    read_entries(input, "split_dns", check_split, &instance->split_dns);
    read_entries(input, "domains", NULL, &instance->dns_domains);
}

void instance_input_read(struct engine *engine, const json_t *body, bool adding,
                         struct instance *instance, struct problem *problem)
{
    struct input input = {
        .engine = engine,
        .body = body,
        .adding = adding,
        .instance = instance,
        .problem = problem,
    };
    const json_t *between = json_object_get(body, "client_to_client");
    const json_t *mtu = json_object_get(body, "mtu");
    read_name(&input);
    read_hostname(&input);
    read_pushed(&input);
    read_dns(&input);
    read_networks(&input);
    read_openvpn(&input);
    read_names(&input);
    const char *unmatched = json_string_value(json_object_get(body, "firewall_default"));
    if (between)
        instance->client_to_client = json_is_true(between);
    if (unmatched)
        instance->firewall_deny = text_equal(unmatched, "deny");
    if (mtu)
        instance->mtu = (uint16_t)json_integer_value(mtu);
}
