/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tunnel/rule_observed.h"

#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "tunnel/nft_set.h"
#include "tunnel/rule_message.h"

void rule_observed_done(struct rule_observed *observed)
{
    free(observed->rules);
    free(observed->marks);
    *observed = (struct rule_observed){0};
}

static void *grow(void *items, size_t count, size_t *size, size_t item_size)
{
    if (count < *size)
        return items;
    *size = *size ? *size * 2 : 16;
    items = reallocarray(items, *size, item_size);
    if (!items)
        abort();
    return items;
}

static const char *text_of(const struct nlattr *attribute)
{
    return mnl_attr_validate(attribute, MNL_TYPE_NUL_STRING) < 0 ? "" : mnl_attr_get_str(attribute);
}

static uint32_t u32_of(const struct nlattr *attribute)
{
    return mnl_attr_get_payload_len(attribute) == sizeof(uint32_t)
               ? ntohl(mnl_attr_get_u32(attribute))
               : 0;
}

static uint64_t u64_of(const struct nlattr *attribute)
{
    return mnl_attr_get_payload_len(attribute) == sizeof(uint64_t)
               ? be64toh(mnl_attr_get_u64(attribute))
               : 0;
}

/* ---- rules ---- */

struct rule_told {
    const char *table, *chain;
    char comment[RULE_COMMENT_MAX];
    struct rule_seen seen;
};

static uint64_t counter_packets(const struct nlattr *data)
{
    const struct nlattr *attribute;

    mnl_attr_for_each_nested(attribute, data)
    {
        if (mnl_attr_get_type(attribute) == NFTA_COUNTER_PACKETS)
            return u64_of(attribute);
    }
    return 0;
}

static uint64_t packets_of(const struct nlattr *expressions)
{
    const struct nlattr *expression;
    const struct nlattr *attribute;

    mnl_attr_for_each_nested(expression, expressions)
    {
        const char *name = "";
        const struct nlattr *data = NULL;

        mnl_attr_for_each_nested(attribute, expression)
        {
            if (mnl_attr_get_type(attribute) == NFTA_EXPR_NAME)
                name = text_of(attribute);
            else if (mnl_attr_get_type(attribute) == NFTA_EXPR_DATA)
                data = attribute;
        }
        if (data && text_equal(name, "counter"))
            return counter_packets(data);
    }
    return 0;
}

static void parse_rule(const struct nlmsghdr *message, struct rule_told *ret_told)
{
    const struct nlattr *attribute;
    const struct nlattr *expressions = NULL;
    struct rule_told told = {.table = "", .chain = ""};

    mnl_attr_for_each(attribute, message, sizeof(struct nfgenmsg))
    {
        uint16_t type = mnl_attr_get_type(attribute);

        if (type == NFTA_RULE_TABLE)
            told.table = text_of(attribute);
        else if (type == NFTA_RULE_CHAIN)
            told.chain = text_of(attribute);
        else if (type == NFTA_RULE_HANDLE)
            told.seen.handle = u64_of(attribute);
        else if (type == NFTA_RULE_EXPRESSIONS)
            expressions = attribute;
        else if (type == NFTA_RULE_USERDATA)
            (void)rule_comment_unpack(mnl_attr_get_payload(attribute),
                                      mnl_attr_get_payload_len(attribute), told.comment);
    }
    told.seen.is_ours = rule_comment_parse(told.comment, &told.seen.comment);
    if (told.seen.is_ours && expressions)
        told.seen.packets = packets_of(expressions);
    *ret_told = told;
}

static bool is_of_rules(const struct rule_told *told)
{
    return text_equal(told->table, RULE_TABLE) && text_equal(told->chain, RULE_CHAIN);
}

bool rule_observed_parse(const struct nlmsghdr *message, struct rule_seen *ret_seen)
{
    struct rule_told told;

    if (message->nlmsg_type != nft_message_type(NFT_MSG_NEWRULE))
        return false;
    parse_rule(message, &told);
    *ret_seen = told.seen;
    return is_of_rules(&told);
}

/* What is read of the table beside its rules and marks. */
struct reading {
    struct rule_observed *observed;
    unsigned chains, foreign_chains, fixed, judgements;
    bool wrong;
    uint8_t judgement_seen; /* a bit for each of its chains */
    int64_t now;
};

static void see_judgement(struct reading *reading, size_t chain, const char *comment)
{
    struct rule_observed *observed = reading->observed;
    uint32_t judgement;
    bool deny;

    if (!rule_comment_parse_judgement(comment, &judgement, &deny) ||
        reading->judgement_seen & 1 << chain ||
        (reading->judgement_seen && (judgement != observed->judgement || deny != observed->deny))) {
        reading->wrong = true;
        return;
    }
    reading->judgement_seen |= (uint8_t)(1 << chain);
    observed->judgement = judgement;
    observed->deny = deny;
}

static int see_rule(const struct nlmsghdr *message, void *data)
{
    struct reading *reading = data;
    struct rule_observed *observed = reading->observed;
    struct rule_told told;

    parse_rule(message, &told);
    if (!text_equal(told.table, RULE_TABLE))
        return 0;
    if (is_of_rules(&told)) {
        observed->rules = grow(observed->rules, observed->rule_count, &observed->rule_size,
                               sizeof(*observed->rules));
        observed->rules[observed->rule_count++] = told.seen;
        return 0;
    }
    for (size_t i = 0; i < RULE_JUDGEMENT_CHAINS; i++) {
        if (text_equal(told.chain, rule_judgement_chains[i])) {
            see_judgement(reading, i, told.comment);
            return 0;
        }
    }
    if (!text_equal(told.chain, "forward") || reading->fixed >= RULE_FIXED_COUNT ||
        !text_equal(told.comment, rule_fixed_comments[reading->fixed++]))
        reading->wrong = true;
    return 0;
}

static void restart_rules(void *data)
{
    struct reading *reading = data;

    reading->observed->rule_count = 0;
    reading->fixed = 0;
    reading->judgement_seen = 0;
    reading->wrong = false;
}

static struct nlmsghdr *request(void *space, int type)
{
    struct nfgenmsg family = {.nfgen_family = NFPROTO_INET, .version = NFNETLINK_V0};

    return netlink_request(space, nft_message_type(type), 0, &family, sizeof(family));
}

static int read_rules(struct netlink *netlink, const char *chain, struct reading *reading)
{
    uint8_t space[NETLINK_REQUEST_MAX];
    struct nlmsghdr *message = request(space, NFT_MSG_GETRULE);

    mnl_attr_put_strz(message, NFTA_RULE_TABLE, RULE_TABLE);
    if (chain)
        mnl_attr_put_strz(message, NFTA_RULE_CHAIN, chain);
    return netlink_dump(netlink, message, see_rule, restart_rules, reading);
}

int rule_observed_read_rules(struct netlink *netlink, struct rule_observed *ret_observed)
{
    struct reading reading = {.observed = ret_observed};

    return read_rules(netlink, RULE_CHAIN, &reading);
}

static int see_one(const struct nlmsghdr *message, void *data)
{
    struct rule_told told;

    parse_rule(message, &told);
    *(struct rule_seen *)data = told.seen;
    return 0;
}

int rule_observed_read_one(struct netlink *netlink, uint64_t handle, struct rule_seen *ret_seen)
{
    uint8_t space[NETLINK_REQUEST_MAX];
    struct nlmsghdr *message = request(space, NFT_MSG_GETRULE);

    mnl_attr_put_strz(message, NFTA_RULE_TABLE, RULE_TABLE);
    mnl_attr_put_strz(message, NFTA_RULE_CHAIN, RULE_CHAIN);
    mnl_attr_put_u64(message, NFTA_RULE_HANDLE, htobe64(handle));
    return netlink_talk(netlink, message, see_one, ret_seen);
}

/* ---- chains ---- */

struct chain_told {
    const char *table, *name;
    bool is_hooked;
    uint32_t hook, policy;
    int32_t priority;
};

static void parse_hook(const struct nlattr *nest, struct chain_told *told)
{
    const struct nlattr *attribute;

    told->is_hooked = true;
    mnl_attr_for_each_nested(attribute, nest)
    {
        if (mnl_attr_get_type(attribute) == NFTA_HOOK_HOOKNUM)
            told->hook = u32_of(attribute);
        else if (mnl_attr_get_type(attribute) == NFTA_HOOK_PRIORITY)
            told->priority = (int32_t)u32_of(attribute);
    }
}

static bool chain_is_ours(const struct chain_told *told)
{
    if (text_equal(told->name, "forward"))
        return told->is_hooked && told->hook == NF_INET_FORWARD && told->policy == NF_ACCEPT &&
               told->priority == RULE_HOOK_PRIORITY;
    if (told->is_hooked)
        return false;
    for (size_t i = 0; i < RULE_JUDGEMENT_CHAINS; i++)
        if (text_equal(told->name, rule_judgement_chains[i]))
            return true;
    return text_equal(told->name, RULE_CHAIN);
}

static int see_chain(const struct nlmsghdr *message, void *data)
{
    struct reading *reading = data;
    struct chain_told told = {.table = "", .name = ""};
    const struct nlattr *attribute;

    mnl_attr_for_each(attribute, message, sizeof(struct nfgenmsg))
    {
        uint16_t type = mnl_attr_get_type(attribute);

        if (type == NFTA_CHAIN_TABLE)
            told.table = text_of(attribute);
        else if (type == NFTA_CHAIN_NAME)
            told.name = text_of(attribute);
        else if (type == NFTA_CHAIN_HOOK)
            parse_hook(attribute, &told);
        else if (type == NFTA_CHAIN_POLICY)
            told.policy = u32_of(attribute);
    }
    if (!text_equal(told.table, RULE_TABLE))
        return 0;
    if (chain_is_ours(&told))
        reading->chains++;
    else
        reading->foreign_chains++;
    return 0;
}

static void restart_chains(void *data)
{
    struct reading *reading = data;

    reading->chains = reading->foreign_chains = 0;
}

static int read_chains(struct netlink *netlink, struct reading *reading)
{
    uint8_t space[NETLINK_REQUEST_MAX];

    return netlink_dump(netlink, request(space, NFT_MSG_GETCHAIN), see_chain, restart_chains,
                        reading);
}

/* ---- marks ---- */

static void parse_mark(const struct nlattr *nest, struct reading *reading)
{
    struct rule_observed *observed = reading->observed;
    struct rule_mark_seen seen = {0};
    const struct nlattr *attribute;
    const struct nlattr *value;
    bool has_timeout = false;
    uint64_t left = 0;

    mnl_attr_for_each_nested(attribute, nest)
    {
        uint16_t type = mnl_attr_get_type(attribute);

        if (type == NFTA_SET_ELEM_KEY) {
            mnl_attr_for_each_nested(value, attribute)
            {
                if (mnl_attr_get_payload_len(value) == sizeof(seen.mark))
                    seen.mark = mnl_attr_get_u32(value);
            }
        } else if (type == NFTA_SET_ELEM_TIMEOUT) {
            has_timeout = true;
        } else if (type == NFTA_SET_ELEM_EXPIRATION) {
            left = u64_of(attribute);
        }
    }
    if (has_timeout)
        seen.expires_at = reading->now + (int64_t)left;
    observed->marks =
        grow(observed->marks, observed->mark_count, &observed->mark_size, sizeof(*observed->marks));
    observed->marks[observed->mark_count++] = seen;
}

static int see_marks(const struct nlmsghdr *message, void *data)
{
    const struct nlattr *attribute;
    const struct nlattr *element;

    mnl_attr_for_each(attribute, message, sizeof(struct nfgenmsg))
    {
        if (mnl_attr_get_type(attribute) != NFTA_SET_ELEM_LIST_ELEMENTS)
            continue;
        mnl_attr_for_each_nested(element, attribute) parse_mark(element, data);
    }
    return 0;
}

static void restart_marks(void *data)
{
    ((struct reading *)data)->observed->mark_count = 0;
}

static int read_marks(struct netlink *netlink, struct reading *reading)
{
    uint8_t space[NETLINK_REQUEST_MAX];
    struct nlmsghdr *message = request(space, NFT_MSG_GETSETELEM);

    mnl_attr_put_strz(message, NFTA_SET_ELEM_LIST_TABLE, RULE_TABLE);
    mnl_attr_put_strz(message, NFTA_SET_ELEM_LIST_SET, RULE_JUDGED);
    return netlink_dump(netlink, message, see_marks, restart_marks, reading);
}

int rule_observed_read(struct netlink *netlink, struct rule_observed *ret_observed)
{
    struct reading reading = {.observed = ret_observed, .now = clock_milliseconds()};
    int r = read_chains(netlink, &reading);

    if (r < 0 || reading.chains + reading.foreign_chains == 0)
        return r;
    r = read_rules(netlink, NULL, &reading);
    if (r == 0)
        r = read_marks(netlink, &reading);
    if (r == -ENOENT) {
        reading.wrong = true;
        r = 0;
    }
    ret_observed->is_whole = !reading.wrong && reading.foreign_chains == 0 &&
                             reading.chains == RULE_JUDGEMENT_CHAINS + 2 &&
                             reading.fixed == RULE_FIXED_COUNT &&
                             reading.judgement_seen == (1 << RULE_JUDGEMENT_CHAINS) - 1;
    return r;
}
