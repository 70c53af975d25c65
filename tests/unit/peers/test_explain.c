/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "peers/explain.h"

#define NOW 1000000

static struct prefix office_network = {{AF_INET, {192, 168, 10, 0}}, 24};
static const struct prefix_set office_subnets = {&office_network, 1, 1};
static struct prefix half_network = {{AF_INET, {192, 168, 11, 128}}, 25};
static const struct prefix_set half_subnets = {&half_network, 1, 1};
static const struct prefix_set no_subnets;

static struct address address_of(const char *text)
{
    struct address address;

    assert_int_equal(address_parse(text, &address), 0);
    return address;
}

static struct explain_peer peer_of(const char *id, const char *name, bool is_site)
{
    return (struct explain_peer){
        .id = id,
        .name = name,
        .subnets = is_site ? &office_subnets : &no_subnets,
        .is_site = is_site,
        .enabled = true,
        .connected = true,
        .last_seen = NOW - 3,
        .last_handshake = NOW - 60,
        .connected_since = NOW - 600,
        .keepalive = 25,
        .server_failure = "",
        .profile = {.issued = true, .covers = true},
    };
}

/* laptop, a client, to a host behind office, a site: all holds. */
static struct explain_facts whole(void)
{
    return (struct explain_facts){
        .instance = "acme",
        .state = "active",
        .pending = "",
        .is_active = true,
        .has_uplink = true,
        .mtu = 1420,
        .now = NOW,
        .protocol = FIREWALL_ICMP,
        .from = {.place = EXPLAIN_TUNNEL,
                 .address = address_of("10.66.0.2"),
                 .peer = peer_of("aaaaaaaa", "laptop", false)},
        .to = {.place = EXPLAIN_SUBNET,
               .address = address_of("192.168.10.10"),
               .network = office_network,
               .peer = peer_of("bbbbbbbb", "office", true)},
        .firewall = {.verdict = {.allow = true, .reason = FIREWALL_BY_DEFAULT}},
    };
}

static void to_place(struct explain_facts *facts, enum explain_place place, const char *address)
{
    facts->to = (struct explain_end){.place = place, .address = address_of(address)};
}

static void openvpn(struct explain_peer *peer)
{
    peer->is_openvpn = true;
    peer->keepalive = 0;
    peer->server = "udp";
}

static const struct explain_step *step_named(const struct explanation *explanation,
                                             const char *name)
{
    for (size_t i = 0; i < explanation->count; i++)
        if (text_equal(explanation->steps[i].name, name))
            return &explanation->steps[i];
    return NULL;
}

static void assert_holds(const struct explain_facts *facts)
{
    struct explanation explanation;

    explain(facts, &explanation);
    assert_null(explanation.broken);
    for (size_t i = 0; i < explanation.count; i++) {
        assert_int_equal(explanation.steps[i].holds, EXPLAIN_YES);
        assert_true(explanation.steps[i].text.length > 0);
        assert_int_equal(explanation.steps[i].mend.length, 0);
        assert_int_equal(explanation.steps[i].command.length, 0);
    }
    explanation_done(&explanation);
}

/* Breaks first at the step, which says `text`; `command` NULL: there is no command for it. */
static void assert_breaks(const struct explain_facts *facts, const char *name, const char *text,
                          const char *command)
{
    struct explanation explanation;

    explain(facts, &explanation);
    assert_non_null(explanation.broken);
    assert_string_equal(explanation.broken->name, name);
    assert_non_null(strstr(explanation.broken->text.data, text));
    assert_null(strchr(explanation.broken->text.data, '\n'));
    if (command)
        assert_string_equal(explanation.broken->command.data, command);
    else
        assert_int_equal(explanation.broken->command.length, 0);
    explanation_done(&explanation);
}

static void assert_unknown(const struct explain_facts *facts, const char *name, const char *text)
{
    const struct explain_step *step;
    struct explanation explanation;

    explain(facts, &explanation);
    assert_null(explanation.broken);
    step = step_named(&explanation, name);
    assert_non_null(step);
    assert_int_equal(step->holds, EXPLAIN_UNKNOWN);
    assert_non_null(strstr(step->text.data, text));
    explanation_done(&explanation);
}

static void test_whole(void **state)
{
    static const char *const names[] = {"instance",
                                        "source",
                                        "source_enabled",
                                        "source_connected",
                                        "source_address",
                                        "destination",
                                        "destination_enabled",
                                        "destination_connected",
                                        "route",
                                        "firewall",
                                        "return_route",
                                        "nat",
                                        "mtu"};
    struct explain_facts facts = whole();
    struct explanation explanation;

    (void)state;
    assert_holds(&facts);
    explain(&facts, &explanation);
    assert_int_equal(explanation.count, ELEMENTS(names));
    for (size_t i = 0; i < ELEMENTS(names); i++)
        assert_string_equal(explanation.steps[i].name, names[i]);
    explanation_done(&explanation);
    to_place(&facts, EXPLAIN_HUB, "10.66.0.1");
    facts.firewall.verdict.reason = FIREWALL_OF_THE_HUB;
    assert_holds(&facts);
    to_place(&facts, EXPLAIN_INTERNET, "203.0.113.10");
    facts.firewall.verdict.reason = FIREWALL_BY_DEFAULT;
    facts.from.peer.route_all = true;
    assert_holds(&facts);
}

static void test_instance_and_source(void **state)
{
    struct explain_facts facts = whole();

    (void)state;
    facts.is_active = false;
    facts.state = "failed";
    facts.pending = "WireGuard link: no such device";
    assert_breaks(&facts, "instance", "is failed: WireGuard link: no such device", NULL);
    facts = whole();
    facts.from = (struct explain_end){.place = EXPLAIN_FREE, .address = address_of("10.66.0.9")};
    assert_breaks(&facts, "source", "no peer has 10.66.0.9", NULL);
    facts.from = (struct explain_end){.place = EXPLAIN_INTERNET, .address = address_of("1.1.1.1")};
    assert_breaks(&facts, "source", "on the internet", NULL);
    facts = whole();
    facts.from.peer.enabled = false;
    assert_breaks(&facts, "source_enabled", "disabled", "warren peer enable acme laptop");
    facts.from.peer.time_is_over = true;
    assert_breaks(&facts, "source_enabled", "time", "warren peer enable acme laptop --expires 30d");
}

static void test_connected(void **state)
{
    struct explain_facts facts = whole();
    struct explain_peer *laptop = &facts.from.peer;

    (void)state;
    laptop->last_seen = NOW - 70;
    assert_unknown(&facts, "source_connected", "every 25 s");
    laptop->connected = false;
    assert_breaks(&facts, "source_connected", "last seen 1m10s ago", NULL);
    laptop->profile.stale_access = true;
    assert_breaks(&facts, "source_connected", "no longer connect",
                  "warren profile show acme laptop");
    laptop->profile.issued = false;
    laptop->last_seen = 0;
    assert_breaks(&facts, "source_connected", "never was; its profile was not handed out",
                  "warren profile show acme laptop");
    openvpn(laptop);
    laptop->certificate_is_over = true;
    assert_breaks(&facts, "source_connected", "certificate", "warren peer rekey acme laptop");
    laptop->server_failure = "it ended";
    assert_breaks(&facts, "source_connected", "it ended", NULL);
    laptop->server = NULL;
    assert_breaks(&facts, "source_connected", "servers are off",
                  "warren instance set acme --openvpn both");
    facts = whole();
    facts.to.peer.connected = false;
    assert_breaks(&facts, "destination_connected", "office is not connected", NULL);
}

static void test_destination(void **state)
{
    struct explain_facts facts = whole();

    (void)state;
    facts.to.peer.enabled = false;
    assert_breaks(&facts, "destination_enabled", "not advertised",
                  "warren peer enable acme office");
    to_place(&facts, EXPLAIN_FREE, "10.66.0.200");
    assert_breaks(&facts, "destination", "no peer has", NULL);
    to_place(&facts, EXPLAIN_FENCED, "169.254.169.254");
    assert_breaks(&facts, "destination", "nothing is let out", NULL);
    to_place(&facts, EXPLAIN_PRIVATE, "192.168.11.10");
    assert_breaks(&facts, "destination", "no site advertises it", NULL);
    facts.to.nearest = peer_of("bbbbbbbb", "the office's", true);
    facts.to.nearest_network = office_network;
    assert_breaks(&facts, "destination", "nearest is 192.168.10.0/24",
                  "warren peer set acme 'the office'\\''s' --add-subnet 192.168.11.0/24");
    facts.to.nearest.subnets = &half_subnets;
    assert_breaks(&facts, "destination", "no site advertises it",
                  "warren peer set acme 'the office'\\''s' --remove-subnet 192.168.11.128/25 "
                  "--add-subnet 192.168.11.0/24");
    facts.to.seen = address_of("10.88.1.10");
    facts.to.nearest_network = (struct prefix){{AF_INET, {10, 88, 1, 0}}, 24};
    assert_breaks(&facts, "destination",
                  "on the LAN of the office's, which others see as 10.88.1.0/24", NULL);
}

static void test_routes(void **state)
{
    struct explain_facts facts = whole();
    struct explain_profile *profile = &facts.from.peer.profile;

    (void)state;
    profile->stale_routes = true;
    assert_holds(&facts);
    profile->older = true;
    assert_breaks(&facts, "route", "older than the route", "warren profile show acme laptop");
    profile->stale_routes = false;
    assert_holds(&facts);
    profile->excluded = true;
    assert_breaks(&facts, "route", "exclusion", "warren profile show acme laptop");
    facts = whole();
    profile->issued = false;
    assert_unknown(&facts, "route", "not handed out");
    facts = whole();
    openvpn(&facts.from.peer);
    assert_holds(&facts);
    profile->older = true;
    assert_unknown(&facts, "route", "may not have been told");
    profile->surely_older = true;
    assert_breaks(&facts, "route", "before there was this route",
                  "warren peer disable acme laptop --json && warren peer enable acme laptop");
    facts = whole();
    facts.to.peer.profile.stale_routes = facts.to.peer.profile.older = true;
    assert_breaks(&facts, "return_route", "office", "warren profile show acme office");
    facts = whole();
    facts.from.peer.id = facts.to.peer.id;
    assert_unknown(&facts, "route", "do not come to the hub");
}

static void test_internet(void **state)
{
    struct explain_facts facts = whole();

    (void)state;
    to_place(&facts, EXPLAIN_INTERNET, "203.0.113.10");
    facts.firewall.verdict = (struct firewall_verdict){.reason = FIREWALL_NO_UPLINK};
    facts.from.peer.profile.covers = false;
    assert_breaks(&facts, "route", "split tunnel", "warren peer set acme laptop --full-tunnel yes");
    facts.from.peer.profile.covers = true;
    assert_breaks(&facts, "uplink", "split tunnel",
                  "warren peer set acme laptop --full-tunnel yes");
    facts.to.place = EXPLAIN_PUSHED;
    facts.firewall.verdict =
        (struct firewall_verdict){.allow = true, .reason = FIREWALL_BY_DEFAULT};
    assert_holds(&facts);
    facts.from.peer.is_site = true;
    assert_breaks(&facts, "uplink", "for clients", NULL);
    facts.from.peer.profile.covers = false;
    facts.to.place = EXPLAIN_INTERNET;
    assert_breaks(&facts, "route", "own way", NULL);
    facts.from.peer.profile.covers = facts.from.peer.route_all = true;
    facts.has_uplink = false;
    assert_breaks(&facts, "uplink", "not up", NULL);
}

static void test_firewall(void **state)
{
    struct explain_facts facts = whole();
    struct explain_firewall *firewall = &facts.firewall;

    (void)state;
    *firewall = (struct explain_firewall){.verdict = {.reason = FIREWALL_BY_RULE},
                                          .position = 3,
                                          .rule_id = "cccccccc",
                                          .rule = "deny any to any"};
    assert_breaks(&facts, "firewall", "rule 3 denies it: deny any to any (cccccccc)",
                  "warren firewall add acme allow --from 10.66.0.2 --to 192.168.10.10 --protocol "
                  "icmp --position 3");
    firewall->verdict.allow = true;
    assert_holds(&facts);
    firewall->verdict = (struct firewall_verdict){.reason = FIREWALL_BY_DEFAULT};
    facts.protocol = FIREWALL_TCP;
    facts.port = 443;
    assert_breaks(&facts, "firewall", "default is to deny",
                  "warren firewall add acme allow --from 10.66.0.2 --to 192.168.10.10 --protocol "
                  "tcp --port 443");
    firewall->verdict.reason = FIREWALL_OF_THE_HUB;
    assert_breaks(&facts, "firewall", "nothing but ping", NULL);
    firewall->verdict.reason = FIREWALL_NO_SOURCE;
    assert_unknown(&facts, "firewall", "nobody's");
    facts = whole();
    facts.to = (struct explain_end){.place = EXPLAIN_TUNNEL,
                                    .address = address_of("10.66.0.3"),
                                    .peer = peer_of("dddddddd", "phone", false)};
    assert_holds(&facts);
    firewall->verdict = (struct firewall_verdict){.reason = FIREWALL_BETWEEN_CLIENTS};
    assert_breaks(&facts, "client_to_client", "keeps clients apart",
                  "warren instance set acme --client-to-client yes");
}

static void test_mapping_and_mtu(void **state)
{
    struct explain_facts facts = whole();
    const struct explain_step *step;
    struct explanation explanation;

    (void)state;
    facts.mapping.to = address_of("192.168.88.10");
    facts.from.peer.over_tcp = true;
    assert_holds(&facts);
    explain(&facts, &explanation);
    step = step_named(&explanation, "mapping");
    assert_non_null(step);
    assert_non_null(strstr(step->text.data, "192.168.10.10 is 192.168.88.10 on the LAN of "));
    step = step_named(&explanation, "mtu");
    assert_non_null(strstr(step->text.data, "1420"));
    assert_non_null(strstr(step->text.data, "over TCP"));
    explanation_done(&explanation);
    facts.to.peer.profile.stale_mtu = true;
    assert_unknown(&facts, "mtu", "was handed another MTU");
    facts.to.peer.profile.stale_mtu = false;
    facts.to.peer.profile.unsure_mtu = true;
    assert_unknown(&facts, "mtu", "may have been handed another MTU");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole),     cmocka_unit_test(test_instance_and_source),
        cmocka_unit_test(test_connected), cmocka_unit_test(test_destination),
        cmocka_unit_test(test_routes),    cmocka_unit_test(test_internet),
        cmocka_unit_test(test_firewall),  cmocka_unit_test(test_mapping_and_mtu),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
