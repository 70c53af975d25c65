/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tunnel/fast_path_message.h"

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <sodium.h>
#include <stdio.h>
#include <sys/socket.h>

#include "tunnel/nft_expression.h"
#include "tunnel/rule_message.h"

enum {
    ROOM = 1024,
    DEVICE_ROOM = 32,
    HOOK_PRIORITY = 10, /* behind all that judges */
    DIGEST_SIZE = 8,
    FORM = 1, /* of what is drawn: another one is not the same table */
};

#define FLOWS "flows"
#define CHAIN "forward"
#define LINKS "wg" /* how the names of WireGuard's links begin */

/* ---- by what it is known again ---- */

bool fast_path_message_has_links(const struct fast_path_spec *spec)
{
    for (unsigned link = 0; link < FAST_PATH_LINKS_MAX; link++)
        if (spec->links[link])
            return true;
    return false;
}

static bool has_expiring(const struct fast_path_spec *spec, uint8_t family)
{
    for (size_t i = 0; i < spec->expiring.count; i++)
        if (spec->expiring.items[i].address.family == family)
            return true;
    return false;
}

/* The one that puts flows into it, and two for each family that has addresses to be kept out. */
static unsigned count_rules(const struct fast_path_spec *spec)
{
    return 1U + 2U * has_expiring(spec, AF_INET) + 2U * has_expiring(spec, AF_INET6);
}

void fast_path_message_comment(const struct fast_path_spec *spec, uint32_t judgement,
                               char text[static RULE_COMMENT_MAX])
{
    uint8_t digest[DIGEST_SIZE];
    char hex[2 * DIGEST_SIZE + 1];
    uint8_t form = FORM;
    crypto_generichash_state state;

    crypto_generichash_init(&state, NULL, 0, sizeof(digest));
    crypto_generichash_update(&state, &form, sizeof(form));
    crypto_generichash_update(&state, (const uint8_t *)spec->links, sizeof(spec->links));
    for (size_t i = 0; i < spec->expiring.count; i++) {
        const struct prefix *prefix = &spec->expiring.items[i];

        crypto_generichash_update(&state, &prefix->length, sizeof(prefix->length));
        crypto_generichash_update(&state, prefix->address.bytes, address_size(&prefix->address));
    }
    crypto_generichash_final(&state, digest, sizeof(digest));
    sodium_bin2hex(hex, sizeof(hex), digest, sizeof(digest));
    (void)snprintf(text, RULE_COMMENT_MAX, "fast %u %s %u", judgement, hex, count_rules(spec));
}

/* ---- the messages of a transaction ---- */

struct making {
    struct rule_writer writer;
    const struct fast_path_spec *spec;
    char comment[RULE_COMMENT_MAX];
    uint32_t mark; /* of flows that may be in it, but for whether a rule let them through */
};

static struct nlmsghdr *begin(struct rule_writer *writer, int type, size_t room)
{
    struct nfgenmsg family = {.nfgen_family = NFPROTO_INET, .version = NFNETLINK_V0};
    uint16_t flags = type == NFT_MSG_DELTABLE ? NLM_F_ACK : NLM_F_ACK | NLM_F_CREATE;

    if (type == NFT_MSG_NEWRULE)
        flags |= NLM_F_APPEND;
    return netlink_batch_add(writer->netlink, writer->batch, nft_message_type(type), flags, &family,
                             sizeof(family), room);
}

static void put_u32(struct nlmsghdr *message, uint16_t type, uint32_t value)
{
    mnl_attr_put_u32(message, type, htonl(value));
}

static void put_table(struct rule_writer *writer, int type)
{
    struct nlmsghdr *message = begin(writer, type, ROOM);

    mnl_attr_put_strz(message, NFTA_TABLE_NAME, FAST_PATH_TABLE);
    netlink_batch_close(writer->batch);
}

static void put_devices(struct nlmsghdr *message, const struct fast_path_spec *spec)
{
    struct nlattr *devices = mnl_attr_nest_start(message, NFTA_FLOWTABLE_HOOK_DEVS);

    for (unsigned link = 0; link < FAST_PATH_LINKS_MAX; link++) {
        char name[LINK_NAME_MAX];

        if (spec->links[link])
            mnl_attr_put_strz(message, NFTA_DEVICE_NAME, link_wireguard_name(link, name));
    }
    mnl_attr_nest_end(message, devices);
}

static void put_flowtable(struct making *making)
{
    struct nlmsghdr *message = begin(&making->writer, NFT_MSG_NEWFLOWTABLE,
                                     ROOM + (size_t)FAST_PATH_LINKS_MAX * DEVICE_ROOM);
    struct nlattr *hook;

    mnl_attr_put_strz(message, NFTA_FLOWTABLE_TABLE, FAST_PATH_TABLE);
    mnl_attr_put_strz(message, NFTA_FLOWTABLE_NAME, FLOWS);
    hook = mnl_attr_nest_start(message, NFTA_FLOWTABLE_HOOK);
    put_u32(message, NFTA_FLOWTABLE_HOOK_NUM, NF_NETDEV_INGRESS);
    put_u32(message, NFTA_FLOWTABLE_HOOK_PRIORITY, 0);
    put_devices(message, making->spec);
    mnl_attr_nest_end(message, hook);
    netlink_batch_close(making->writer.batch);
}

static void put_chain(struct making *making)
{
    struct nlmsghdr *message = begin(&making->writer, NFT_MSG_NEWCHAIN, ROOM);
    struct nlattr *hook;

    mnl_attr_put_strz(message, NFTA_CHAIN_TABLE, FAST_PATH_TABLE);
    mnl_attr_put_strz(message, NFTA_CHAIN_NAME, CHAIN);
    hook = mnl_attr_nest_start(message, NFTA_CHAIN_HOOK);
    put_u32(message, NFTA_HOOK_HOOKNUM, NF_INET_FORWARD);
    put_u32(message, NFTA_HOOK_PRIORITY, HOOK_PRIORITY);
    mnl_attr_nest_end(message, hook);
    mnl_attr_put_strz(message, NFTA_CHAIN_TYPE, "filter");
    put_u32(message, NFTA_CHAIN_POLICY, NF_ACCEPT);
    netlink_batch_close(making->writer.batch);
}

struct begun {
    struct nlmsghdr *message;
    struct nlattr *expressions;
};

static struct begun begin_rule(struct making *making)
{
    struct begun rule = {.message = begin(&making->writer, NFT_MSG_NEWRULE, ROOM)};
    uint8_t data[RULE_COMMENT_MAX + 2];
    size_t size = rule_comment_pack(making->comment, data);

    mnl_attr_put_strz(rule.message, NFTA_RULE_TABLE, FAST_PATH_TABLE);
    mnl_attr_put_strz(rule.message, NFTA_RULE_CHAIN, CHAIN);
    mnl_attr_put(rule.message, NFTA_RULE_USERDATA, size, data);
    rule.expressions = mnl_attr_nest_start(rule.message, NFTA_RULE_EXPRESSIONS);
    return rule;
}

static void end_rule(struct making *making, const struct begun *rule)
{
    mnl_attr_nest_end(rule->message, rule->expressions);
    netlink_batch_close(making->writer.batch);
}

/* What has one of these at this end is done with here, and goes on by the chains. */
static void put_exception(struct making *making, uint32_t key, const struct prefix *prefixes,
                          size_t count)
{
    uint32_t set = rule_message_make_set(&making->writer, FAST_PATH_TABLE, prefixes, count);
    struct begun rule = begin_rule(making);

    nft_expression_original_in(rule.message, key, RULE_OWN_SET, set);
    nft_expression_verdict(rule.message, NF_ACCEPT, NULL);
    end_rule(making, &rule);
}

/* The list is sorted: a family's stand together. */
static void put_exceptions(struct making *making, uint8_t family, uint32_t source_key,
                           uint32_t destination_key)
{
    const struct prefix_set *expiring = &making->spec->expiring;
    size_t from = 0;
    size_t to = expiring->count;

    while (from < to && expiring->items[from].address.family != family)
        from++;
    while (to > from && expiring->items[to - 1].address.family != family)
        to--;
    if (from == to)
        return;
    put_exception(making, source_key, &expiring->items[from], to - from);
    put_exception(making, destination_key, &expiring->items[from], to - from);
}

/* A mark with a slot ends by itself, and so must what carries it. Answers ride on the flow, and
 * come by here even when what they answer no longer does. */
static void put_entrance(struct making *making)
{
    struct begun rule = begin_rule(making);

    nft_expression_name_begins(rule.message, NFT_META_IIFNAME, LINKS);
    nft_expression_name_begins(rule.message, NFT_META_OIFNAME, LINKS);
    nft_expression_state(rule.message, NF_CT_STATE_BIT(IP_CT_ESTABLISHED));
    nft_expression_onward(rule.message);
    nft_expression_mark_is(rule.message, ~rule_mark(0, true, 0), making->mark);
    nft_expression_flow(rule.message, FLOWS);
    end_rule(making, &rule);
}

void fast_path_message_remove(struct netlink *netlink, struct netlink_batch *batch)
{
    struct rule_writer writer = {.netlink = netlink, .batch = batch};

    /* One that is not there can't go. */
    put_table(&writer, NFT_MSG_NEWTABLE);
    put_table(&writer, NFT_MSG_DELTABLE);
}

void fast_path_message_make(struct netlink *netlink, struct netlink_batch *batch,
                            const struct fast_path_spec *spec, uint32_t judgement)
{
    struct making making = {
        .writer = {.netlink = netlink, .batch = batch},
        .spec = spec,
        .mark = rule_mark(judgement, false, 0),
    };

    fast_path_message_comment(spec, judgement, making.comment);
    put_table(&making.writer, NFT_MSG_NEWTABLE);
    put_flowtable(&making);
    put_chain(&making);
    put_exceptions(&making, AF_INET, NFT_CT_SRC_IP, NFT_CT_DST_IP);
    put_exceptions(&making, AF_INET6, NFT_CT_SRC_IP6, NFT_CT_DST_IP6);
    put_entrance(&making);
}
