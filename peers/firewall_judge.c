/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <sys/socket.h>

#include "hub/base/cleanup.h"
#include "peers/firewall.h"

/* As the routes that end in the instance: tunnel/projection.c. */
static const struct prefix private_networks[] = {
    {{AF_INET, {10}}, 8},       {{AF_INET, {172, 16}}, 12},  {{AF_INET, {192, 168}}, 16},
    {{AF_INET, {100, 64}}, 10}, {{AF_INET, {169, 254}}, 16}, {{AF_INET6, {0xfc}}, 7},
};

bool firewall_is_private(const struct address *address)
{
    for (size_t i = 0; i < ELEMENTS(private_networks); i++)
        if (prefix_contains_address(&private_networks[i], address))
            return true;
    return false;
}

void firewall_rule_done(struct firewall_rule *rule)
{
    prefix_set_done(&rule->from.networks);
    prefix_set_done(&rule->to.networks);
}

static bool end_matches(const struct firewall_end *end, const struct address *address)
{
    return end->any || prefix_set_contains_address(&end->networks, address);
}

static bool port_matches(const struct firewall_rule *rule, uint16_t port)
{
    for (size_t i = 0; i < rule->port_count; i++)
        if (rule->ports[i].first <= port && port <= rule->ports[i].last)
            return true;
    return rule->port_count == 0;
}

bool firewall_rule_matches(const struct firewall_rule *rule, const struct firewall_flow *flow,
                           int64_t now)
{
    if (rule->expires && rule->expires_at <= now)
        return false;
    if (rule->protocol && rule->protocol != flow->protocol)
        return false;
    if (!port_matches(rule, flow->port))
        return false;
    if (end_matches(&rule->from, &flow->from) && end_matches(&rule->to, &flow->to))
        return true;
    return rule->both && end_matches(&rule->from, &flow->to) && end_matches(&rule->to, &flow->from);
}

static struct firewall_verdict verdict_of(bool allow, enum firewall_reason reason)
{
    return (struct firewall_verdict){.allow = allow, .reason = reason};
}

/* What table `inet warren` says of a flow that the rules let pass. */
static struct firewall_verdict judge_way(const struct firewall_scene *scene,
                                         const struct firewall_verdict *so_far)
{
    bool is_between_clients = scene->from == FIREWALL_CLIENT && scene->to == FIREWALL_CLIENT;

    if (scene->to == FIREWALL_NOBODY && !scene->from_uses_uplink &&
        !(scene->from == FIREWALL_CLIENT && scene->to_is_pushed))
        return verdict_of(false, FIREWALL_NO_UPLINK);
    if (is_between_clients && !scene->client_to_client && so_far->reason != FIREWALL_BY_RULE)
        return verdict_of(false, FIREWALL_BETWEEN_CLIENTS);
    return *so_far;
}

void firewall_judge(const struct firewall_scene *scene, const struct firewall_flow *flow,
                    struct firewall_verdict *ret_verdict)
{
    struct firewall_verdict verdict = verdict_of(!scene->deny, FIREWALL_BY_DEFAULT);

    *ret_verdict = verdict_of(false, FIREWALL_NO_SOURCE);
    if (scene->from == FIREWALL_NOBODY)
        return;
    *ret_verdict = verdict_of(false, FIREWALL_NO_DESTINATION);
    if (scene->to == FIREWALL_NOBODY && scene->to_is_private)
        return;
    if (scene->from == FIREWALL_HUB || scene->to == FIREWALL_HUB) {
        *ret_verdict = verdict_of(flow->protocol == FIREWALL_ICMP, FIREWALL_OF_THE_HUB);
        return;
    }
    for (size_t i = 0; i < scene->rule_count; i++) {
        if (!firewall_rule_matches(&scene->rules[i], flow, scene->now))
            continue;
        verdict = verdict_of(scene->rules[i].allow, FIREWALL_BY_RULE);
        verdict.rule = i;
        break;
    }
    *ret_verdict = verdict.allow ? judge_way(scene, &verdict) : verdict;
}

const char *firewall_reason_name(enum firewall_reason reason)
{
    switch (reason) {
    case FIREWALL_BY_RULE:
        return "rule";
    case FIREWALL_BY_DEFAULT:
        return "default";
    case FIREWALL_BETWEEN_CLIENTS:
        return "client_to_client";
    case FIREWALL_NO_SOURCE:
        return "no_source";
    case FIREWALL_NO_DESTINATION:
        return "no_destination";
    case FIREWALL_NO_UPLINK:
        return "no_uplink";
    case FIREWALL_OF_THE_HUB:
        return "hub";
    }
    return "";
}
