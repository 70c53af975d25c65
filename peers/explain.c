/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "peers/explain.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "peers/explain_step.h"

const char *explain_holds_name(enum explain_holds holds)
{
    static const char *const names[] = {
        [EXPLAIN_YES] = "yes", [EXPLAIN_NO] = "no", [EXPLAIN_UNKNOWN] = "unknown"};

    return names[holds];
}

static bool has_peer(const struct explain_end *end)
{
    return end->place == EXPLAIN_TUNNEL || end->place == EXPLAIN_SUBNET;
}

static bool is_public(const struct explain_end *end)
{
    return end->place == EXPLAIN_PUSHED || end->place == EXPLAIN_INTERNET;
}

static bool is_of_one_peer(const struct explain_facts *facts)
{
    return has_peer(&facts->from) && has_peer(&facts->to) &&
           text_equal(facts->from.peer.id, facts->to.peer.id);
}

/* ---- the instance and its ends ---- */

static void walk_instance(const struct explain_facts *facts, struct explain_step *step)
{
    if (facts->is_active) {
        step_yes(step, "the instance %s is active", facts->instance);
        return;
    }
    step_no(step, "the instance %s is %s%s%s", facts->instance, facts->state,
            *facts->pending ? ": " : "", facts->pending);
    step_mend(step, "the hub tries again by itself; its log says more");
}

/* Who has it; false: nobody. */
static bool say_holder(const struct explain_end *end, struct explain_step *step)
{
    char address[ADDRESS_TEXT_MAX], network[PREFIX_TEXT_MAX];

    address_format(&end->address, address);
    switch (end->place) {
    case EXPLAIN_HUB:
        step_yes(step, "%s is the hub itself", address);
        return true;
    case EXPLAIN_TUNNEL:
        step_yes(step, "%s is the tunnel address of the %s %s", address,
                 end->peer.is_site ? "site" : "client", end->peer.name);
        return true;
    case EXPLAIN_SUBNET:
        step_yes(step, "%s is behind the site %s, in %s", address, end->peer.name,
                 prefix_format(&end->network, network));
        return true;
    case EXPLAIN_PUSHED:
    case EXPLAIN_INTERNET:
    case EXPLAIN_FREE:
    case EXPLAIN_PRIVATE:
    case EXPLAIN_FENCED:
        return false;
    }
    return false;
}

/* The network around an address that a site would likely have. */
static struct prefix network_around(const struct address *address)
{
    struct prefix network = {*address, address->family == AF_INET ? 24 : 64};

    return prefix_network(&network);
}

/* A private network that nobody advertises: whose could it be? */
static void mend_private(const struct explain_facts *facts, const struct explain_end *end,
                         struct explain_step *step)
{
    const struct explain_peer *nearest = &end->nearest;
    struct prefix network = network_around(&end->address);
    char text[PREFIX_TEXT_MAX];

    if (!nearest->name) {
        step_mend(step, "add the network to the site that it is behind: peer set --add-subnet");
        return;
    }
    if (end->seen.family) {
        step_no(step, "; it is on the LAN of %s, which others see as %s", nearest->name,
                prefix_format(&end->nearest_network, text));
        step_mend(step, "take the address that others see: %s", address_format(&end->seen, text));
        return;
    }
    step_no(step, "; the nearest is %s of the site %s", prefix_format(&end->nearest_network, text),
            nearest->name);
    step_mend(step,
              "if it is behind %s, advertise it there, and bring the profiles of the others "
              "to their devices anew",
              nearest->name);
    step_command(step, "peer", "set", facts->instance, nearest->name, NULL);
    for (size_t i = 0; nearest->subnets && i < nearest->subnets->count; i++)
        if (prefix_contains(&network, &nearest->subnets->items[i]))
            step_command(step, "--remove-subnet", prefix_format(&nearest->subnets->items[i], text),
                         NULL);
    step_command(step, "--add-subnet", prefix_format(&network, text), NULL);
}

static void walk_source(const struct explain_facts *facts, struct explain_step *step)
{
    char address[ADDRESS_TEXT_MAX];

    if (say_holder(&facts->from, step))
        return;
    address_format(&facts->from.address, address);
    if (is_public(&facts->from)) {
        step_no(step, "%s is on the internet: only answers come from there into the instance",
                address);
        step_mend(step, "begin from the other side");
        return;
    }
    step_no(step, "no peer has %s", address);
    if (facts->from.place == EXPLAIN_PRIVATE)
        mend_private(facts, &facts->from, step);
}

static void walk_source_enabled(const struct explain_facts *facts, struct explain_step *step)
{
    if (has_peer(&facts->from))
        explain_enabled(facts, &facts->from.peer, step);
}

static void walk_source_connected(const struct explain_facts *facts, struct explain_step *step)
{
    if (has_peer(&facts->from))
        explain_connected(facts, &facts->from.peer, step);
}

static void walk_source_address(const struct explain_facts *facts, struct explain_step *step)
{
    char address[ADDRESS_TEXT_MAX];

    if (!has_peer(&facts->from))
        return;
    address_format(&facts->from.address, address);
    if (!facts->from.peer.enabled || facts->from.peer.time_is_over)
        step_unknown(step, "nothing is taken from it");
    else
        step_yes(step, "%s is one that %s may send from; any other is dropped", address,
                 facts->from.peer.name);
}

static void walk_destination(const struct explain_facts *facts, struct explain_step *step)
{
    const struct explain_end *end = &facts->to;
    char address[ADDRESS_TEXT_MAX], network[PREFIX_TEXT_MAX];

    if (say_holder(end, step))
        return;
    address_format(&end->address, address);
    switch (end->place) {
    case EXPLAIN_PUSHED:
        step_yes(step, "%s is in %s, which clients are led to through the hub", address,
                 prefix_format(&end->network, network));
        return;
    case EXPLAIN_INTERNET:
        step_yes(step, "%s is on the internet", address);
        return;
    case EXPLAIN_FREE:
        step_no(step, "%s is an address of the tunnel network that no peer has: it is unreachable",
                address);
        step_mend(step, "take the address of a peer: warren peer list");
        return;
    case EXPLAIN_PRIVATE:
        step_no(step, "%s is private, and no site advertises it: it is unreachable", address);
        mend_private(facts, end, step);
        return;
    case EXPLAIN_FENCED:
        step_no(step,
                "nothing is let out to %s: it is the hub's own, or of a network that nobody "
                "is to be led to",
                address);
        return;
    case EXPLAIN_HUB:
    case EXPLAIN_TUNNEL:
    case EXPLAIN_SUBNET:
        return;
    }
}

static void walk_destination_enabled(const struct explain_facts *facts, struct explain_step *step)
{
    if (has_peer(&facts->to) && !is_of_one_peer(facts))
        explain_enabled(facts, &facts->to.peer, step);
}

static void walk_destination_connected(const struct explain_facts *facts, struct explain_step *step)
{
    if (has_peer(&facts->to) && !is_of_one_peer(facts))
        explain_connected(facts, &facts->to.peer, step);
}

/* ---- the way ---- */

static void walk_route(const struct explain_facts *facts, struct explain_step *step)
{
    if (is_of_one_peer(facts))
        step_unknown(step, "both ends are with %s: such packets do not come to the hub",
                     facts->from.peer.name);
    else if (has_peer(&facts->from))
        explain_route(facts, &facts->from, &facts->to, step);
}

/* What is behind a router under another address than the instance knows it by. */
static void walk_mapping(const struct explain_facts *facts, struct explain_step *step)
{
    const struct explain_end *ends[] = {&facts->from, &facts->to};
    const struct address *real[] = {&facts->mapping.from, &facts->mapping.to};
    char mapped[ADDRESS_TEXT_MAX], own[ADDRESS_TEXT_MAX];

    for (size_t i = 0; i < ELEMENTS(ends); i++)
        if (real[i]->family)
            step_yes(step, "%s%s is %s on the LAN of %s", i && real[0]->family ? "; " : "",
                     address_format(&ends[i]->address, mapped), address_format(real[i], own),
                     ends[i]->peer.name);
}

static bool is_between_clients(const struct explain_facts *facts)
{
    return has_peer(&facts->from) && has_peer(&facts->to) && !facts->from.peer.is_site &&
           !facts->to.peer.is_site;
}

/* The narrowest rule that would let this flow in. */
static void mend_by_rule(const struct explain_facts *facts, struct explain_step *step)
{
    char from[ADDRESS_TEXT_MAX], to[ADDRESS_TEXT_MAX], number[24];

    step_command(step, "firewall", "add", facts->instance, "allow", "--from",
                 address_format(&facts->from.address, from), "--to",
                 address_format(&facts->to.address, to), "--protocol",
                 firewall_protocol_name(facts->protocol), NULL);
    if (facts->port) {
        snprintf(number, sizeof(number), "%u", facts->port);
        step_command(step, "--port", number, NULL);
    }
    if (facts->firewall.verdict.reason == FIREWALL_BY_RULE) {
        snprintf(number, sizeof(number), "%" PRIu64, facts->firewall.position);
        step_command(step, "--position", number, NULL);
    }
}

static void walk_firewall(const struct explain_facts *facts, struct explain_step *step)
{
    const struct explain_firewall *firewall = &facts->firewall;

    switch (firewall->verdict.reason) {
    case FIREWALL_BY_RULE:
        if (firewall->verdict.allow) {
            step_yes(step, "rule %" PRIu64 " allows it: %s (%s)", firewall->position,
                     firewall->rule, firewall->rule_id);
            return;
        }
        step_no(step, "rule %" PRIu64 " denies it: %s (%s)", firewall->position, firewall->rule,
                firewall->rule_id);
        step_mend(step, "allow it before that rule");
        mend_by_rule(facts, step);
        return;
    case FIREWALL_BY_DEFAULT:
        if (firewall->verdict.allow) {
            step_yes(step, "no rule matches, and the firewall's default is to allow");
            return;
        }
        step_no(step, "no rule matches, and the firewall's default is to deny");
        step_mend(step, "allow it by a rule");
        mend_by_rule(facts, step);
        return;
    case FIREWALL_BETWEEN_CLIENTS:
    case FIREWALL_NO_UPLINK:
        step_yes(step, "the firewall does not deny it");
        return;
    case FIREWALL_OF_THE_HUB:
        if (firewall->verdict.allow) {
            step_yes(step, "the hub answers pings; rules are not about itself");
            return;
        }
        step_no(step, "of the hub itself peers reach nothing but ping");
        return;
    case FIREWALL_NO_SOURCE:
    case FIREWALL_NO_DESTINATION:
        step_unknown(step, "no rule is asked: one of the ends is nobody's");
        return;
    }
}

static void walk_client_to_client(const struct explain_facts *facts, struct explain_step *step)
{
    const struct firewall_verdict *verdict = &facts->firewall.verdict;

    if (!is_between_clients(facts) || is_of_one_peer(facts))
        return;
    if (verdict->reason == FIREWALL_BETWEEN_CLIENTS) {
        step_no(step, "both are clients, and the instance keeps clients apart");
        step_mend(step,
                  "allow it between all clients (or between these by a rule of the firewall)");
        step_command(step, "instance", "set", facts->instance, "--client-to-client", "yes", NULL);
    } else if (!verdict->allow) {
        step_unknown(step, "both are clients; the firewall speaks first");
    } else if (verdict->reason == FIREWALL_BY_RULE) {
        step_yes(step, "both are clients, and a rule allows it");
    } else {
        step_yes(step, "both are clients, and the instance lets clients reach each other");
    }
}

static void walk_uplink(const struct explain_facts *facts, struct explain_step *step)
{
    const struct explain_peer *peer = &facts->from.peer;

    if (!is_public(&facts->to) || !has_peer(&facts->from))
        return;
    if (!facts->has_uplink) {
        step_no(step, "the instance's way out is not up");
        step_mend(step, "the hub tries again by itself; its log says more");
    } else if (peer->route_all) {
        step_yes(step, "%s may send everything through the hub", peer->name);
    } else if (facts->to.place == EXPLAIN_PUSHED && !peer->is_site) {
        step_yes(step, "every client may leave by the hub to that network");
    } else if (peer->is_site) {
        step_no(step, "sites do not leave by the hub: its way out is for clients");
    } else {
        step_no(step, "%s may not leave by the hub: it has a split tunnel", peer->name);
        step_mend(step, "make it a full tunnel");
        step_command(step, "peer", "set", facts->instance, peer->name, "--full-tunnel", "yes",
                     NULL);
    }
}

/* ---- back, and how ---- */

static void walk_return_route(const struct explain_facts *facts, struct explain_step *step)
{
    if (is_of_one_peer(facts) || !has_peer(&facts->to))
        return;
    if (has_peer(&facts->from) || facts->from.place == EXPLAIN_HUB)
        explain_route(facts, &facts->to, &facts->from, step);
}

static void walk_nat(const struct explain_facts *facts, struct explain_step *step)
{
    _cleanup_buf_ struct buf from = {0};

    step_end(&facts->from, &from);
    if (is_public(&facts->to))
        step_yes(step,
                 "it leaves with the hub's own public address (source NAT); answers find back");
    else if (!facts->mapping.from.family)
        step_yes(step, "no address is translated: the other side sees %s", from.data);
    else
        step_yes(step, "none but the mapping: the other side sees %s", from.data);
}

static void walk_mtu(const struct explain_facts *facts, struct explain_step *step)
{
    const struct explain_end *ends[] = {&facts->from, &facts->to};

    step_yes(step,
             "packets of up to %u bytes fit through every tunnel of the instance; TCP is "
             "told so",
             facts->mtu);
    for (size_t i = 0; i < ELEMENTS(ends); i++) {
        const struct explain_peer *peer = &ends[i]->peer;

        if (!has_peer(ends[i]) || (i && is_of_one_peer(facts)))
            continue;
        if (peer->connected && peer->over_tcp)
            step_yes(step, "; %s comes in over TCP, which is slow where packets are lost",
                     peer->name);
        if (!peer->profile.stale_mtu && !peer->profile.unsure_mtu)
            continue;
        step_unknown(step, "; %s %s another MTU: large packets may be lost", peer->name,
                     peer->profile.stale_mtu ? "was handed" : "may have been handed");
        if (step->command.length == 0) {
            step_mend(step, "bring its profile as it is now to its device");
            step_command(step, "profile", "show", facts->instance, peer->name, NULL);
        }
    }
}

/* In the order of the way. */
static const struct {
    const char *name, *title;
    /* Writes the step's line; nothing, where the way does not have the step. */
    void (*walk)(const struct explain_facts *facts, struct explain_step *step);
} walks[] = {
    {"instance", "instance", walk_instance},
    {"source", "source", walk_source},
    {"source_enabled", "source enabled", walk_source_enabled},
    {"source_connected", "source connected", walk_source_connected},
    {"source_address", "source's address", walk_source_address},
    {"destination", "destination", walk_destination},
    {"destination_enabled", "destination enabled", walk_destination_enabled},
    {"destination_connected", "destination connected", walk_destination_connected},
    {"route", "route", walk_route},
    {"mapping", "mapping", walk_mapping},
    {"firewall", "firewall", walk_firewall},
    {"client_to_client", "client to client", walk_client_to_client},
    {"uplink", "way out", walk_uplink},
    {"return_route", "way back", walk_return_route},
    {"nat", "NAT", walk_nat},
    {"mtu", "MTU", walk_mtu},
};
_Static_assert(ELEMENTS(walks) <= EXPLAIN_STEPS_MAX, "all steps have room");

void explain(const struct explain_facts *facts, struct explanation *ret_explanation)
{
    struct explanation *explanation = ret_explanation;

    *explanation = (struct explanation){0};
    for (size_t i = 0; i < ELEMENTS(walks); i++) {
        struct explain_step *step = &explanation->steps[explanation->count];

        *step = (struct explain_step){.name = walks[i].name, .title = walks[i].title};
        walks[i].walk(facts, step);
        if (step->text.length == 0)
            continue;
        explanation->count++;
        if (step->holds == EXPLAIN_NO && !explanation->broken)
            explanation->broken = step;
    }
}

void explanation_done(struct explanation *explanation)
{
    for (size_t i = 0; i < explanation->count; i++) {
        buf_done(&explanation->steps[i].text);
        buf_done(&explanation->steps[i].mend);
        buf_done(&explanation->steps[i].command);
    }
    explanation->count = 0;
    explanation->broken = NULL;
}
