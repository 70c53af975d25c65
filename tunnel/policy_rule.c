/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tunnel/policy_rule.h"

#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "tunnel/route.h"

enum { OBSERVED_MAX = 16 };

struct observed_rule {
    uint32_t priority, table;
    struct fib_rule_uid_range users;
    bool is_plain; /* asks for nothing else */
};

/* Ours, of one family: by the protocol number that marks them. */
struct observed_rules {
    struct observed_rule items[OBSERVED_MAX];
    size_t count;
};

static void parse_attribute(const struct nlattr *attribute, struct observed_rule *rule,
                            uint8_t *protocol)
{
    switch (mnl_attr_get_type(attribute)) {
    case FRA_PRIORITY:
        rule->priority = mnl_attr_get_u32(attribute);
        return;
    case FRA_TABLE:
        rule->table = mnl_attr_get_u32(attribute);
        return;
    case FRA_PROTOCOL:
        *protocol = mnl_attr_get_u8(attribute);
        return;
    case FRA_UID_RANGE:
        if (mnl_attr_get_payload_len(attribute) == sizeof(rule->users))
            memcpy(&rule->users, mnl_attr_get_payload(attribute), sizeof(rule->users));
        return;
    case FRA_SUPPRESS_PREFIXLEN: /* told of all rules */
        return;
    default:
        rule->is_plain = false;
    }
}

static int parse_rule(const struct nlmsghdr *message, void *data)
{
    const struct fib_rule_hdr *header = mnl_nlmsg_get_payload(message);
    struct observed_rules *rules = data;
    struct observed_rule rule = {
        .is_plain = header->action == FR_ACT_TO_TBL && header->dst_len == 0 &&
                    header->src_len == 0 && header->tos == 0 && !(header->flags & FIB_RULE_INVERT),
    };
    uint8_t protocol = 0;
    const struct nlattr *attribute;

    mnl_attr_for_each(attribute, message, sizeof(*header))
        parse_attribute(attribute, &rule, &protocol);
    if (protocol == ROUTE_PROTOCOL && rules->count < OBSERVED_MAX)
        rules->items[rules->count++] = rule;
    return 0;
}

static void forget_rules(void *data)
{
    ((struct observed_rules *)data)->count = 0;
}

static int read_rules(struct netlink *netlink, uint8_t family, struct observed_rules *ret_rules)
{
    uint8_t space[NETLINK_REQUEST_MAX];
    struct fib_rule_hdr header = {.family = family};

    return netlink_dump(netlink, netlink_request(space, RTM_GETRULE, 0, &header, sizeof(header)),
                        parse_rule, forget_rules, ret_rules);
}

static int talk_rule(struct netlink *netlink, uint8_t family, bool add,
                     const struct observed_rule *rule)
{
    uint8_t space[NETLINK_REQUEST_MAX];
    struct fib_rule_hdr header = {.family = family, .action = FR_ACT_TO_TBL};
    struct nlmsghdr *request =
        netlink_request(space, add ? RTM_NEWRULE : RTM_DELRULE, add ? NLM_F_CREATE | NLM_F_EXCL : 0,
                        &header, sizeof(header));

    mnl_attr_put_u32(request, FRA_PRIORITY, rule->priority);
    mnl_attr_put_u8(request, FRA_PROTOCOL, ROUTE_PROTOCOL);
    if (add) {
        mnl_attr_put_u32(request, FRA_TABLE, rule->table);
        mnl_attr_put(request, FRA_UID_RANGE, sizeof(rule->users), &rule->users);
    }
    return netlink_talk(netlink, request, NULL, NULL);
}

static bool is_wanted(const struct observed_rule *observed, const struct observed_rule *wanted)
{
    return wanted && observed->is_plain && observed->priority == wanted->priority &&
           observed->table == wanted->table && observed->users.start == wanted->users.start &&
           observed->users.end == wanted->users.end;
}

static int apply_family(struct netlink *netlink, uint8_t family, const struct observed_rule *wanted,
                        uint32_t *ret_writes)
{
    struct observed_rules observed = {0};
    bool stands = false;
    int r = read_rules(netlink, family, &observed);

    for (size_t i = 0; i < observed.count && r == 0; i++) {
        if (!stands && is_wanted(&observed.items[i], wanted)) {
            stands = true;
            continue;
        }
        (*ret_writes)++;
        r = talk_rule(netlink, family, false, &observed.items[i]);
        if (r == -ENOENT)
            r = 0;
    }
    if (r < 0 || stands || !wanted)
        return r;
    (*ret_writes)++;
    return talk_rule(netlink, family, true, wanted);
}

int policy_rule_apply(struct netlink *netlink, const struct policy_rule *rule, uint32_t *ret_writes)
{
    static const uint8_t families[] = {AF_INET, AF_INET6};
    struct observed_rule wanted = {0};
    int result = 0;

    if (rule)
        wanted = (struct observed_rule){
            .priority = POLICY_RULE_PRIORITY,
            .table = rule->table,
            .users = {.start = rule->user, .end = rule->user},
        };
    for (size_t i = 0; i < ELEMENTS(families); i++) {
        int r = apply_family(netlink, families[i], rule ? &wanted : NULL, ret_writes);

        /* A machine without IPv6 has no rules of it. */
        if (r == -EAFNOSUPPORT || r == -EOPNOTSUPP)
            r = 0;
        if (result == 0)
            result = r;
    }
    return result;
}
