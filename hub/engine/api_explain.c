/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The whole way from one end to another: what holds, where it breaks, what would mend it. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "hub/engine/api_change.h"
#include "hub/engine/api_firewall_json.h"
#include "hub/engine/api_handlers.h"
#include "hub/engine/explain_facts.h"
#include "hub/engine/instance_spec.h"

/* ---- the ends as they were asked for ---- */

struct asked_end {
    bool is_internet;
    struct firewall_row_end row;
    struct prefix_set addresses; /* that it may stand for, the best first */
};

static void asked_end_done(struct asked_end *end)
{
    prefix_set_done(&end->addresses);
}
#define _cleanup_asked_end_ __attribute__((cleanup(asked_end_done)))

/* Some host of it: a name server that everybody knows. */
static void add_internet(struct prefix_set *addresses)
{
    static const char *const known[] = {"1.1.1.1", "2606:4700:4700::1111"};

    for (size_t i = 0; i < ELEMENTS(known); i++) {
        struct address address;
        struct prefix whole;

        if (address_parse(known[i], &address) < 0)
            continue;
        whole = prefix_of_address(&address);
        prefix_set_add(addresses, &whole);
    }
}

static void add_first_host(const struct prefix *network, struct prefix_set *addresses)
{
    struct address host = network->address;
    struct prefix whole;

    if (network->length + 1u < address_bits(&host))
        (void)address_add(&network->address, 1, &host);
    whole = prefix_of_address(&host);
    prefix_set_add(addresses, &whole);
}

static int list_addresses(struct engine *engine, const struct instance *instance,
                          struct asked_end *end)
{
    _cleanup_peer_ struct peer peer = {0};
    struct prefix addresses[2], network;
    size_t count;
    int r;

    if (end->is_internet) {
        add_internet(&end->addresses);
        return 0;
    }
    if (end->row.kind == FIREWALL_NETWORK) {
        r = prefix_parse(end->row.value, &network);
        if (r == 0)
            add_first_host(&network, &end->addresses);
        return r;
    }
    r = peer_store_find(engine->store, instance->id, end->row.value, &peer);
    if (r < 0)
        return r;
    count = end->row.kind == FIREWALL_PEER ? peer_tunnel_addresses(instance, &peer, addresses) : 0;
    for (size_t i = 0; i < count; i++)
        add_first_host(&addresses[i], &end->addresses);
    for (size_t i = 0; i < peer.subnets.count && end->row.kind == FIREWALL_SITE; i++)
        add_first_host(&peer.subnets.items[i], &end->addresses);
    return 0;
}

/* One way is explained, between two addresses: where an end has many of several peers, it is not
 * for the hub to choose. */
static void check_is_one(const struct instance *instance, const char *field,
                         const struct firewall_row_end *end, struct problem *problem)
{
    struct prefix network;
    bool many = end->kind == FIREWALL_USER || end->kind == FIREWALL_GROUP;

    if (end->kind == FIREWALL_NETWORK && prefix_parse(end->value, &network) == 0 &&
        network.length < address_bits(&network.address))
        many = prefix_overlaps(&network, &instance->network4) ||
               prefix_overlaps(&network, &instance->network6);
    if (many)
        problem_add_field(problem, field,
                          "has several peers, and one way is explained: name a peer, site:NAME, an "
                          "address or internet; firewall test takes them all",
                          "");
}

static void read_end(struct engine *engine, const struct instance *instance, const json_t *query,
                     const char *field, struct asked_end *end, struct problem *problem)
{
    const char *text = json_string_value(json_object_get(query, field));
    _cleanup_peer_ struct peer peer = {0};

    end->is_internet = text && text_equal(text, "internet") &&
                       peer_store_find(engine->store, instance->id, "internet", &peer) == -ENOENT;
    if (end->is_internet)
        return;
    firewall_read_end(engine, instance, query, field, true, &end->row, problem);
    check_is_one(instance, field, &end->row, problem);
}

/* The first pair of one family. */
static bool choose(const struct asked_end *from, const struct asked_end *to,
                   struct explain_asked *asked)
{
    for (size_t i = 0; i < from->addresses.count; i++) {
        for (size_t k = 0; k < to->addresses.count; k++) {
            asked->from = from->addresses.items[i].address;
            asked->to = to->addresses.items[k].address;
            if (asked->from.family == asked->to.family)
                return true;
        }
    }
    return false;
}

static void name_peer(const struct asked_end *end, char named[static ID_MAX])
{
    if (!end->is_internet && end->row.kind != FIREWALL_NETWORK)
        (void)text_copy(named, ID_MAX, end->row.value);
}

static int read_question(struct engine *engine, const struct instance *instance,
                         const json_t *query, struct explain_asked *asked, struct problem *problem)
{
    _cleanup_asked_end_ struct asked_end from = {0}, to = {0};
    int r;

    firewall_read_service(query, &asked->protocol, &asked->port, problem);
    read_end(engine, instance, query, "from", &from, problem);
    read_end(engine, instance, query, "to", &to, problem);
    if (problem_is_set(problem))
        return 0;
    r = list_addresses(engine, instance, &from);
    if (r == 0)
        r = list_addresses(engine, instance, &to);
    if (r == 0 && !choose(&from, &to, asked))
        problem_add_field(
            problem, "to",
            "has no address of the family of any of the source's: nothing can be sent", "");
    else if (r == 0 && address_equal(&asked->from, &asked->to))
        problem_add_field(problem, "to", "is where it comes from: there is no way to explain", "");
    name_peer(&from, asked->from_named);
    name_peer(&to, asked->to_named);
    return r;
}

/* ---- the answer ---- */

static json_t *end_json(const struct explain_end *end)
{
    static const char *const places[] = {
        [EXPLAIN_HUB] = "hub",         [EXPLAIN_TUNNEL] = "tunnel",     [EXPLAIN_SUBNET] = "subnet",
        [EXPLAIN_PUSHED] = "pushed",   [EXPLAIN_INTERNET] = "internet", [EXPLAIN_FREE] = "free",
        [EXPLAIN_PRIVATE] = "private", [EXPLAIN_FENCED] = "fenced",
    };
    char text[ADDRESS_TEXT_MAX];

    return json_pack("{s:s,s:s,s:s?}", "address", address_format(&end->address, text), "place",
                     places[end->place], "peer", end->peer.name);
}

static json_t *text_json(const struct buf *text)
{
    return text->length ? json_string(text->data) : json_null();
}

static json_t *explanation_json(const struct explain_facts *facts,
                                const struct explanation *explanation)
{
    const struct explain_step *broken = explanation->broken;
    json_t *steps = json_array();

    for (size_t i = 0; i < explanation->count; i++) {
        const struct explain_step *step = &explanation->steps[i];

        json_array_append_new(
            steps,
            json_pack("{s:s,s:s,s:s,s:o,s:o,s:o}", "step", step->name, "title", step->title,
                      "holds", explain_holds_name(step->holds), "text", text_json(&step->text),
                      "mend", text_json(&step->mend), "command", text_json(&step->command)));
    }
    return json_pack("{s:o,s:o,s:s,s:o,s:b,s:s?,s:o}", "from", end_json(&facts->from), "to",
                     end_json(&facts->to), "protocol", firewall_protocol_name(facts->protocol),
                     "port", facts->port ? json_integer(facts->port) : json_null(), "holds",
                     !broken, "broken", broken ? broken->name : NULL, "steps", steps);
}

void api_explain_get(struct engine *engine, struct api_call *call,
                     const struct api_request *request)
{
    _cleanup_problem_ struct problem problem = {0};
    _cleanup_instance_ struct instance instance = {0};
    _cleanup_explain_facts_ struct explain_gathered gathered = {0};
    struct explain_asked asked = {0};
    struct explanation explanation;
    int r;

    if (!api_find_instance(engine, call, request->parameters[0], &instance))
        return;
    r = read_question(engine, &instance, request->query, &asked, &problem);
    if (r == 0 && !problem_is_set(&problem))
        r = explain_facts_gather(engine, &instance, &asked, &gathered);
    if (r < 0)
        api_store_problem(engine, r, &problem);
    if (api_refuse(call, &problem))
        return;
    explain(&gathered.facts, &explanation);
    api_answer(call, 200, NULL, explanation_json(&gathered.facts, &explanation));
    explanation_done(&explanation);
}
