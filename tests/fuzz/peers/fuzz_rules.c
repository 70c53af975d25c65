/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Arbitrary text against every rule: what is proposed keeps the rule, what is said is said. */
#include <stdlib.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "peers/rules.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool held)
{
    if (!held)
        abort();
}

static void check_text(bool (*rule)(const char *, struct complaint *), const char *text)
{
    struct complaint complaint, ignored;

    memset(&complaint, 0xaa, sizeof(complaint));
    if (rule(text, &complaint))
        return;
    require(memchr(complaint.wrong, 0, sizeof(complaint.wrong)) && complaint.wrong[0]);
    require(memchr(complaint.would, 0, sizeof(complaint.would)));
    require(text_is_printable(complaint.wrong, NULL));
    require(!complaint.would[0] || rule(complaint.would, &ignored));
}

static void check_prefix(bool (*rule)(const struct prefix *, struct complaint *),
                         const struct prefix *prefix)
{
    struct complaint complaint, ignored;
    struct prefix would;

    memset(&complaint, 0xaa, sizeof(complaint));
    if (rule(prefix, &complaint))
        return;
    require(memchr(complaint.wrong, 0, sizeof(complaint.wrong)) && complaint.wrong[0]);
    if (!complaint.would[0])
        return;
    require(prefix_parse(complaint.would, &would) == 0);
    require(rule(&would, &ignored));
}

static bool rule_subnet_alone(const struct prefix *subnet, struct complaint *ret_complaint)
{
    struct prefix tunnel, hub, other;

    require(prefix_parse("10.66.0.0/24", &tunnel) == 0);
    require(prefix_parse("198.51.100.1/32", &hub) == 0);
    require(prefix_parse("192.168.88.0/24", &other) == 0);
    return rule_subnet(subnet,
                       &(struct subnet_context){
                           .tunnel_networks = &(struct prefix_set){.items = &tunnel, .count = 1},
                           .hub_addresses = &(struct prefix_set){.items = &hub, .count = 1},
                           .other_peer = "office",
                           .overlapping = other,
                       },
                       ret_complaint);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _cleanup_free_ char *text = memory_zero(size + 1);
    struct complaint complaint;
    struct address address;
    struct prefix prefix;

    memcpy(text, data, size);
    check_text(rule_instance_name, text);
    check_text(rule_hostname, text);
    check_text(rule_peer_name, text);
    check_text(rule_user_name, text);
    check_text(rule_email, text);
    check_text(rule_public_key, text);
    if (address_parse(text, &address) == 0)
        (void)rule_dns_server(&address, &complaint);
    if (prefix_parse(text, &prefix) < 0)
        return 0;
    check_prefix(rule_tunnel_network, &prefix);
    check_prefix(rule_pushed_route, &prefix);
    check_prefix(rule_subnet_alone, &prefix);
    return 0;
}
