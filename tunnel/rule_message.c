/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tunnel/rule_message.h"

#include <arpa/inet.h>
#include <endian.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <netinet/in.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "tunnel/nft_expression.h"
#include "tunnel/nft_set.h"
#include "tunnel/rule_comment.h"

enum {
    RULE_ROOM = 2048,
    PLAIN_ROOM = 256,
    ELEMENT_ROOM = 112,
    ELEMENTS_PER_MESSAGE = 256,
    /* nft's numbers of types, so that it shows what a set holds. */
    TYPE_IPV4 = 7,
    TYPE_IPV6 = 8,
    TYPE_SERVICE = 13,
    TYPE_MARK = 19,
};

/* nft's own: how the keys of a set are to be shown. */
enum { UDATA_KEY_BYTE_ORDER = 0, HOST_ORDER = 1, NETWORK_ORDER = 2 };
struct key_order {
    uint8_t type, size;
    uint8_t order[4];
};

const char *const rule_fixed_comments[RULE_FIXED_COUNT] = {"judged", "untracked", "rules",
                                                           "unmatched"};
const char *const rule_judgement_chains[RULE_JUDGEMENT_CHAINS] = {"allowed", "allowed_until",
                                                                  "unmatched"};

static struct nlmsghdr *begin(struct rule_writer *writer, int type, uint16_t flags, size_t room)
{
    struct nfgenmsg family = {.nfgen_family = NFPROTO_INET, .version = NFNETLINK_V0};

    return netlink_batch_add(writer->netlink, writer->batch, nft_message_type(type),
                             (uint16_t)(NLM_F_ACK | flags), &family, sizeof(family), room);
}

static void end(struct rule_writer *writer)
{
    netlink_batch_close(writer->batch);
}

static void put_u32(struct nlmsghdr *message, uint16_t type, uint32_t value)
{
    mnl_attr_put_u32(message, type, htonl(value));
}

/* ---- tables, chains, sets ---- */

static void put_table(struct rule_writer *writer, int type)
{
    struct nlmsghdr *message =
        begin(writer, type, type == NFT_MSG_NEWTABLE ? NLM_F_CREATE : 0, PLAIN_ROOM);

    mnl_attr_put_strz(message, NFTA_TABLE_NAME, RULE_TABLE);
    end(writer);
}

static void make_chain(struct rule_writer *writer, const char *name, bool hooked)
{
    struct nlmsghdr *message = begin(writer, NFT_MSG_NEWCHAIN, NLM_F_CREATE, PLAIN_ROOM);
    struct nlattr *hook;

    mnl_attr_put_strz(message, NFTA_CHAIN_TABLE, RULE_TABLE);
    mnl_attr_put_strz(message, NFTA_CHAIN_NAME, name);
    if (hooked) {
        hook = mnl_attr_nest_start(message, NFTA_CHAIN_HOOK);
        put_u32(message, NFTA_HOOK_HOOKNUM, NF_INET_FORWARD);
        put_u32(message, NFTA_HOOK_PRIORITY, (uint32_t)RULE_HOOK_PRIORITY);
        mnl_attr_nest_end(message, hook);
        mnl_attr_put_strz(message, NFTA_CHAIN_TYPE, "filter");
        put_u32(message, NFTA_CHAIN_POLICY, NF_ACCEPT);
    }
    end(writer);
}

static uint32_t make_set(struct rule_writer *writer, const char *table, const char *name,
                         uint32_t flags, uint32_t type, uint32_t size)
{
    struct nlmsghdr *message = begin(writer, NFT_MSG_NEWSET, NLM_F_CREATE, PLAIN_ROOM);
    struct key_order order = {.type = UDATA_KEY_BYTE_ORDER, .size = sizeof(order.order)};

    mnl_attr_put_strz(message, NFTA_SET_TABLE, table);
    mnl_attr_put_strz(message, NFTA_SET_NAME, name);
    put_u32(message, NFTA_SET_FLAGS, flags);
    put_u32(message, NFTA_SET_KEY_TYPE, type);
    put_u32(message, NFTA_SET_KEY_LEN, size);
    put_u32(message, NFTA_SET_ID, ++writer->last_id);
    memcpy(order.order, &(uint32_t){type == TYPE_MARK ? HOST_ORDER : NETWORK_ORDER},
           sizeof(order.order));
    mnl_attr_put(message, NFTA_SET_USERDATA, sizeof(order), &order);
    end(writer);
    return writer->last_id;
}

static struct nlmsghdr *begin_elements(struct rule_writer *writer, int type, const char *table,
                                       const char *set, uint32_t set_id, size_t count)
{
    struct nlmsghdr *message = begin(writer, type, type == NFT_MSG_NEWSETELEM ? NLM_F_CREATE : 0,
                                     PLAIN_ROOM + count * ELEMENT_ROOM);

    mnl_attr_put_strz(message, NFTA_SET_ELEM_LIST_TABLE, table);
    mnl_attr_put_strz(message, NFTA_SET_ELEM_LIST_SET, set);
    if (set_id)
        put_u32(message, NFTA_SET_ELEM_LIST_SET_ID, set_id);
    return message;
}

/* ---- rules ---- */

struct rule_message {
    struct nlmsghdr *message;
    struct nlattr *expressions;
};

static struct rule_message begin_rule(struct rule_writer *writer, const char *chain,
                                      const char *comment, const struct rule_place *place,
                                      uint16_t flags)
{
    struct rule_message rule;
    uint8_t data[RULE_COMMENT_MAX + 2];
    size_t size = rule_comment_pack(comment, data);

    if (place->where != RULE_AT_START)
        flags |= NLM_F_APPEND;
    rule.message = begin(writer, NFT_MSG_NEWRULE, NLM_F_CREATE | flags, RULE_ROOM);
    mnl_attr_put_strz(rule.message, NFTA_RULE_TABLE, RULE_TABLE);
    mnl_attr_put_strz(rule.message, NFTA_RULE_CHAIN, chain);
    mnl_attr_put(rule.message, NFTA_RULE_USERDATA, size, data);
    if (place->where == RULE_AFTER_HANDLE)
        mnl_attr_put_u64(rule.message, NFTA_RULE_POSITION, htobe64(place->handle));
    if (place->where == RULE_AFTER_ID)
        put_u32(rule.message, NFTA_RULE_POSITION_ID, place->id);
    rule.expressions = mnl_attr_nest_start(rule.message, NFTA_RULE_EXPRESSIONS);
    return rule;
}

static void end_rule(struct rule_writer *writer, const struct rule_message *rule)
{
    mnl_attr_nest_end(rule->message, rule->expressions);
    end(writer);
}

static void begin_at_end(struct rule_writer *writer, const char *chain, const char *comment,
                         struct rule_message *ret_rule)
{
    *ret_rule = begin_rule(writer, chain, comment, &(struct rule_place){RULE_AT_END, 0, 0}, 0);
}

static void make_fixed_rules(struct rule_writer *writer)
{
    struct rule_message rule;

    begin_at_end(writer, "forward", rule_fixed_comments[0], &rule);
    nft_expression_mark_in(rule.message, RULE_JUDGED);
    nft_expression_verdict(rule.message, NF_ACCEPT, NULL);
    end_rule(writer, &rule);
    /* What is kept out of connection tracking (neighbour discovery and the like, which nobody has
     * to forward) no rule would match. */
    begin_at_end(writer, "forward", rule_fixed_comments[1], &rule);
    nft_expression_state(rule.message, NF_CT_STATE_INVALID_BIT | NF_CT_STATE_UNTRACKED_BIT);
    nft_expression_verdict(rule.message, NF_DROP, NULL);
    end_rule(writer, &rule);
    begin_at_end(writer, "forward", rule_fixed_comments[2], &rule);
    nft_expression_verdict(rule.message, NFT_JUMP, RULE_CHAIN);
    end_rule(writer, &rule);
    begin_at_end(writer, "forward", rule_fixed_comments[3], &rule);
    nft_expression_verdict(rule.message, NFT_GOTO, rule_judgement_chains[2]);
    end_rule(writer, &rule);
}

void rule_message_make_table(struct rule_writer *writer)
{
    /* The one before, if there is one, goes; one that is not there can't. */
    put_table(writer, NFT_MSG_NEWTABLE);
    put_table(writer, NFT_MSG_DELTABLE);
    put_table(writer, NFT_MSG_NEWTABLE);
    (void)make_set(writer, RULE_TABLE, RULE_JUDGED, NFT_SET_TIMEOUT, TYPE_MARK, sizeof(uint32_t));
    make_chain(writer, "forward", true);
    make_chain(writer, RULE_CHAIN, false);
    for (size_t i = 0; i < RULE_JUDGEMENT_CHAINS; i++)
        make_chain(writer, rule_judgement_chains[i], false);
    make_fixed_rules(writer);
}

void rule_message_judgement(struct rule_writer *writer, uint32_t judgement, bool deny)
{
    struct rule_message rule;
    char comment[RULE_COMMENT_MAX];

    rule_comment_format_judgement(judgement, deny, comment);
    for (size_t i = 0; i < RULE_JUDGEMENT_CHAINS; i++)
        rule_message_empty(writer, rule_judgement_chains[i]);
    begin_at_end(writer, rule_judgement_chains[0], comment, &rule);
    nft_expression_set_mark(rule.message, rule_mark(judgement, true, 0));
    nft_expression_verdict(rule.message, NF_ACCEPT, NULL);
    end_rule(writer, &rule);
    begin_at_end(writer, rule_judgement_chains[1], comment, &rule);
    nft_expression_set_mark_from_packet(rule.message, rule_mark(0, false, RULE_SLOT_MAX),
                                        rule_mark(judgement, true, 0));
    nft_expression_set_packet_mark(rule.message, 0);
    nft_expression_verdict(rule.message, NF_ACCEPT, NULL);
    end_rule(writer, &rule);
    begin_at_end(writer, rule_judgement_chains[2], comment, &rule);
    if (deny) {
        nft_expression_counter(rule.message, 0);
        nft_expression_verdict(rule.message, NF_DROP, NULL);
    } else {
        nft_expression_set_mark(rule.message, rule_mark(judgement, false, 0));
        nft_expression_verdict(rule.message, NF_ACCEPT, NULL);
    }
    end_rule(writer, &rule);
}

void rule_message_forget_marks(struct rule_writer *writer)
{
    /* A removal that names no element empties the set. */
    (void)begin_elements(writer, NFT_MSG_DELSETELEM, RULE_TABLE, RULE_JUDGED, 0, 0);
    end(writer);
}

void rule_message_add_marks(struct rule_writer *writer, const struct rule_mark_time *marks,
                            size_t count)
{
    for (size_t start = 0; start < count; start += ELEMENTS_PER_MESSAGE) {
        size_t stop = start + ELEMENTS_PER_MESSAGE < count ? start + ELEMENTS_PER_MESSAGE : count;
        struct nlmsghdr *message =
            begin_elements(writer, NFT_MSG_NEWSETELEM, RULE_TABLE, RULE_JUDGED, 0, stop - start);
        struct nlattr *nest = mnl_attr_nest_start(message, NFTA_SET_ELEM_LIST_ELEMENTS);

        for (size_t i = start; i < stop; i++)
            nft_put_element(message, &marks[i].mark, sizeof(marks[i].mark), false,
                            marks[i].timeout);
        mnl_attr_nest_end(message, nest);
        end(writer);
    }
}

/* ---- a rule of the firewall ---- */

uint32_t rule_message_make_set(struct rule_writer *writer, const char *table,
                               const struct prefix *prefixes, size_t count)
{
    bool is_ipv4 = prefixes[0].address.family == AF_INET;
    uint32_t size = is_ipv4 ? 4 : 16;
    uint32_t id = make_set(writer, table, RULE_OWN_SET,
                           NFT_SET_ANONYMOUS | NFT_SET_CONSTANT | NFT_SET_INTERVAL,
                           is_ipv4 ? TYPE_IPV4 : TYPE_IPV6, size);

    for (size_t start = 0; start < count; start += ELEMENTS_PER_MESSAGE) {
        size_t stop = start + ELEMENTS_PER_MESSAGE < count ? start + ELEMENTS_PER_MESSAGE : count;
        struct nlmsghdr *message =
            begin_elements(writer, NFT_MSG_NEWSETELEM, table, RULE_OWN_SET, id, 2 * (stop - start));
        struct nlattr *nest = mnl_attr_nest_start(message, NFTA_SET_ELEM_LIST_ELEMENTS);

        for (size_t i = start; i < stop; i++) {
            struct address first = prefix_first(&prefixes[i]);
            struct address last = prefix_last(&prefixes[i]);

            nft_put_interval(message, first.bytes, last.bytes, size);
        }
        mnl_attr_nest_end(message, nest);
        end(writer);
    }
    return id;
}

/* 0 = none is needed. */
static uint32_t make_end_set(struct rule_writer *writer, const struct rule_end *rule_end)
{
    if (rule_end->count < 2)
        return 0;
    return rule_message_make_set(writer, RULE_TABLE, rule_end->prefixes, rule_end->count);
}

static uint32_t make_port_set(struct rule_writer *writer, const struct verb_filter *wanted)
{
    struct nlmsghdr *message;
    struct nlattr *nest;
    uint32_t id;

    if (wanted->port_count == 0 ||
        (wanted->port_count == 1 && wanted->ports[0].first == wanted->ports[0].last))
        return 0;
    id = make_set(writer, RULE_TABLE, RULE_OWN_SET,
                  NFT_SET_ANONYMOUS | NFT_SET_CONSTANT | NFT_SET_INTERVAL, TYPE_SERVICE,
                  sizeof(uint16_t));
    message = begin_elements(writer, NFT_MSG_NEWSETELEM, RULE_TABLE, RULE_OWN_SET, id,
                             2 * wanted->port_count);
    nest = mnl_attr_nest_start(message, NFTA_SET_ELEM_LIST_ELEMENTS);
    for (uint8_t i = 0; i < wanted->port_count; i++) {
        uint16_t first = htons(wanted->ports[i].first);
        uint16_t last = htons(wanted->ports[i].last);

        nft_put_interval(message, &first, &last, sizeof(first));
    }
    mnl_attr_nest_end(message, nest);
    end(writer);
    return id;
}

static void match_end(struct nlmsghdr *message, uint32_t key, const struct rule_end *rule_end,
                      uint32_t set_id)
{
    if (set_id)
        nft_expression_original_in(message, key, RULE_OWN_SET, set_id);
    else if (rule_end->count == 1)
        nft_expression_original_prefix(message, key, &rule_end->prefixes[0]);
}

static void match_protocol(struct nlmsghdr *message, const struct verb_filter *wanted,
                           uint8_t family, uint32_t port_set)
{
    uint8_t protocol = wanted->protocol;
    uint16_t port = htons(wanted->ports[0].first);

    if (protocol == IPPROTO_ICMP && family == AF_INET6)
        protocol = IPPROTO_ICMPV6;
    if (protocol)
        nft_expression_original(message, NFT_CT_PROTOCOL, &protocol, sizeof(protocol));
    if (port_set)
        nft_expression_original_in(message, NFT_CT_PROTO_DST, RULE_OWN_SET, port_set);
    else if (wanted->port_count)
        nft_expression_original(message, NFT_CT_PROTO_DST, &port, sizeof(port));
}

/* An IPv6 flow has no IPv4 addresses to look at, so that a rule with one end is of one family; with
 * none, the protocol says it. */
static void match_part(struct nlmsghdr *message, const struct verb_filter *wanted,
                       const struct rule_part *part, const uint32_t sets[static 3])
{
    bool is_ipv4 = part->family == AF_INET;

    if (wanted->flags & RULE_EXPIRES)
        nft_expression_before(message, wanted->expires_at);
    match_end(message, is_ipv4 ? NFT_CT_SRC_IP : NFT_CT_SRC_IP6, &part->from, sets[0]);
    match_end(message, is_ipv4 ? NFT_CT_DST_IP : NFT_CT_DST_IP6, &part->to, sets[1]);
    match_protocol(message, wanted, part->family, sets[2]);
}

static void do_part(struct nlmsghdr *message, const struct rule *rule, uint64_t hits)
{
    nft_expression_counter(message, hits);
    if (!(rule->wanted->flags & RULE_ALLOW)) {
        nft_expression_verdict(message, NF_DROP, NULL);
    } else if (rule->slot) {
        nft_expression_set_packet_mark(message, rule_mark(0, false, rule->slot));
        nft_expression_verdict(message, NFT_GOTO, rule_judgement_chains[1]);
    } else {
        nft_expression_verdict(message, NFT_GOTO, rule_judgement_chains[0]);
    }
}

static void add_part(struct rule_writer *writer, struct rule *rule, const struct rule_parts *parts,
                     size_t index, const struct rule_place *place)
{
    const struct rule_part *part = &parts->items[index];
    struct rule_comment comment = {
        .part = (uint8_t)index, .part_count = (uint8_t)parts->count, .slot = rule->slot};
    uint32_t sets[] = {make_end_set(writer, &part->from), make_end_set(writer, &part->to),
                       make_port_set(writer, rule->wanted)};
    char text[RULE_COMMENT_MAX];
    struct rule_message message;

    memcpy(comment.id, rule->wanted->id, sizeof(comment.id));
    memcpy(comment.digest, rule->digest, sizeof(comment.digest));
    rule_comment_format(&comment, text);
    message = begin_rule(writer, RULE_CHAIN, text, place, NLM_F_ECHO);
    match_part(message.message, rule->wanted, part, sets);
    do_part(message.message, rule, index == 0 ? rule->carried : 0);
    mnl_attr_nest_end(message.message, message.expressions);
    rule->batch_id = ++writer->last_id;
    put_u32(message.message, NFTA_RULE_ID, rule->batch_id);
    end(writer);
}

void rule_message_add(struct rule_writer *writer, struct rule *rule, const struct rule_parts *parts,
                      const struct rule_place *place)
{
    struct rule_place at = *place;

    for (size_t i = 0; i < parts->count; i++) {
        add_part(writer, rule, parts, i, &at);
        if (at.where != RULE_AT_END)
            at = (struct rule_place){.where = RULE_AFTER_ID, .id = rule->batch_id};
    }
}

void rule_message_remove(struct rule_writer *writer, const char *chain, uint64_t handle)
{
    struct nlmsghdr *message = begin(writer, NFT_MSG_DELRULE, 0, PLAIN_ROOM);

    mnl_attr_put_strz(message, NFTA_RULE_TABLE, RULE_TABLE);
    mnl_attr_put_strz(message, NFTA_RULE_CHAIN, chain);
    mnl_attr_put_u64(message, NFTA_RULE_HANDLE, htobe64(handle));
    end(writer);
}

/* One rule that is not there would be an error; none at all is not. */
void rule_message_empty(struct rule_writer *writer, const char *chain)
{
    struct nlmsghdr *message = begin(writer, NFT_MSG_DELRULE, 0, PLAIN_ROOM);

    mnl_attr_put_strz(message, NFTA_RULE_TABLE, RULE_TABLE);
    mnl_attr_put_strz(message, NFTA_RULE_CHAIN, chain);
    end(writer);
}
