/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tunnel/fast_path.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdio.h>

#include "hub/base/text.h"
#include "tunnel/nft_expression.h"
#include "tunnel/nft_set.h"

enum {
    ROOM = 1024,
    HOOK_PRIORITY = 10, /* behind all that judges */
};

#define FLOWS "flows"
#define CHAIN "forward"
#define FOREIGN "?"

void fast_path_comment(const struct fast_path_spec *spec, char text[static RULE_COMMENT_MAX])
{
    (void)snprintf(text, RULE_COMMENT_MAX, "fast %u %u", spec->judgement, spec->link);
}

static struct nlmsghdr *begin(struct rule_writer *writer, int type)
{
    struct nfgenmsg family = {.nfgen_family = NFPROTO_INET, .version = NFNETLINK_V0};
    uint16_t flags = type == NFT_MSG_DELTABLE ? NLM_F_ACK : NLM_F_ACK | NLM_F_CREATE;

    return netlink_batch_add(writer->netlink, writer->batch, nft_message_type(type), flags, &family,
                             sizeof(family), ROOM);
}

static void put_u32(struct nlmsghdr *message, uint16_t type, uint32_t value)
{
    mnl_attr_put_u32(message, type, htonl(value));
}

static void put_table(struct rule_writer *writer, int type)
{
    struct nlmsghdr *message = begin(writer, type);

    mnl_attr_put_strz(message, NFTA_TABLE_NAME, FAST_PATH_TABLE);
    netlink_batch_close(writer->batch);
}

static void put_flowtable(struct rule_writer *writer, const char *link_name)
{
    struct nlmsghdr *message = begin(writer, NFT_MSG_NEWFLOWTABLE);
    struct nlattr *hook;
    struct nlattr *devices;

    mnl_attr_put_strz(message, NFTA_FLOWTABLE_TABLE, FAST_PATH_TABLE);
    mnl_attr_put_strz(message, NFTA_FLOWTABLE_NAME, FLOWS);
    hook = mnl_attr_nest_start(message, NFTA_FLOWTABLE_HOOK);
    put_u32(message, NFTA_FLOWTABLE_HOOK_NUM, NF_NETDEV_INGRESS);
    put_u32(message, NFTA_FLOWTABLE_HOOK_PRIORITY, 0);
    devices = mnl_attr_nest_start(message, NFTA_FLOWTABLE_HOOK_DEVS);
    mnl_attr_put_strz(message, NFTA_DEVICE_NAME, link_name);
    mnl_attr_nest_end(message, devices);
    mnl_attr_nest_end(message, hook);
    netlink_batch_close(writer->batch);
}

static void put_chain(struct rule_writer *writer)
{
    struct nlmsghdr *message = begin(writer, NFT_MSG_NEWCHAIN);
    struct nlattr *hook;

    mnl_attr_put_strz(message, NFTA_CHAIN_TABLE, FAST_PATH_TABLE);
    mnl_attr_put_strz(message, NFTA_CHAIN_NAME, CHAIN);
    hook = mnl_attr_nest_start(message, NFTA_CHAIN_HOOK);
    put_u32(message, NFTA_HOOK_HOOKNUM, NF_INET_FORWARD);
    put_u32(message, NFTA_HOOK_PRIORITY, HOOK_PRIORITY);
    mnl_attr_nest_end(message, hook);
    mnl_attr_put_strz(message, NFTA_CHAIN_TYPE, "filter");
    put_u32(message, NFTA_CHAIN_POLICY, NF_ACCEPT);
    netlink_batch_close(writer->batch);
}

/* A mark with a slot ends by itself, and so must what carries it. Answers ride on the flow, and
 * come by here even when what they answer no longer does. */
static void put_rule(struct rule_writer *writer, const struct fast_path_spec *spec)
{
    struct nlmsghdr *message = begin(writer, NFT_MSG_NEWRULE);
    char comment[RULE_COMMENT_MAX];
    uint8_t data[RULE_COMMENT_MAX + 2];
    struct nlattr *expressions;
    size_t size;

    fast_path_comment(spec, comment);
    size = rule_comment_pack(comment, data);
    mnl_attr_put_strz(message, NFTA_RULE_TABLE, FAST_PATH_TABLE);
    mnl_attr_put_strz(message, NFTA_RULE_CHAIN, CHAIN);
    mnl_attr_put(message, NFTA_RULE_USERDATA, size, data);
    expressions = mnl_attr_nest_start(message, NFTA_RULE_EXPRESSIONS);
    nft_expression_link(message, NFT_META_IIF, spec->link);
    nft_expression_link(message, NFT_META_OIF, spec->link);
    nft_expression_state(message, NF_CT_STATE_BIT(IP_CT_ESTABLISHED));
    nft_expression_onward(message);
    nft_expression_mark_is(message, ~rule_mark(0, true, 0), rule_mark(spec->judgement, false, 0));
    nft_expression_flow(message, FLOWS);
    mnl_attr_nest_end(message, expressions);
    netlink_batch_close(writer->batch);
}

void fast_path_remove(struct rule_writer *writer)
{
    /* One that is not there can't go. */
    put_table(writer, NFT_MSG_NEWTABLE);
    put_table(writer, NFT_MSG_DELTABLE);
}

void fast_path_make(struct rule_writer *writer, const struct fast_path_spec *spec)
{
    fast_path_remove(writer);
    put_table(writer, NFT_MSG_NEWTABLE);
    put_flowtable(writer, spec->link_name);
    put_chain(writer);
    put_rule(writer, spec);
}

/* ---- what stands ---- */

static bool is_of_table(const struct nlmsghdr *message, uint16_t type)
{
    const struct nlattr *attribute;

    mnl_attr_for_each(attribute, message, sizeof(struct nfgenmsg))
    {
        if (mnl_attr_get_type(attribute) == type &&
            mnl_attr_validate(attribute, MNL_TYPE_NUL_STRING) >= 0)
            return text_equal(mnl_attr_get_str(attribute), FAST_PATH_TABLE);
    }
    return false;
}

static int see_table(const struct nlmsghdr *message, void *data)
{
    if (is_of_table(message, NFTA_TABLE_NAME))
        (void)text_copy(data, RULE_COMMENT_MAX, FOREIGN);
    return 0;
}

static int see_rule(const struct nlmsghdr *message, void *data)
{
    char text[RULE_COMMENT_MAX] = FOREIGN;
    char *found = data;
    const struct nlattr *attribute;

    if (!is_of_table(message, NFTA_RULE_TABLE))
        return 0;
    mnl_attr_for_each(attribute, message, sizeof(struct nfgenmsg))
    {
        if (mnl_attr_get_type(attribute) == NFTA_RULE_USERDATA)
            (void)rule_comment_unpack(mnl_attr_get_payload(attribute),
                                      mnl_attr_get_payload_len(attribute), text);
    }
    /* One rule, and no other. */
    (void)text_copy(found, RULE_COMMENT_MAX, *found ? FOREIGN : text);
    return 0;
}

static void restart(void *data)
{
    *(char *)data = 0;
}

int fast_path_read(struct netlink *netlink, char text[static RULE_COMMENT_MAX])
{
    struct nfgenmsg family = {.nfgen_family = NFPROTO_INET, .version = NFNETLINK_V0};
    char table[RULE_COMMENT_MAX] = "";
    uint8_t space[NETLINK_REQUEST_MAX];
    struct nlmsghdr *message;
    int r;

    *text = 0;
    message =
        netlink_request(space, nft_message_type(NFT_MSG_GETTABLE), 0, &family, sizeof(family));
    r = netlink_dump(netlink, message, see_table, restart, table);
    if (r < 0 || !*table)
        return r;
    message = netlink_request(space, nft_message_type(NFT_MSG_GETRULE), 0, &family, sizeof(family));
    mnl_attr_put_strz(message, NFTA_RULE_TABLE, FAST_PATH_TABLE);
    r = netlink_dump(netlink, message, see_rule, restart, text);
    if (r == -ENOENT)
        r = 0;
    if (r == 0 && !*text)
        (void)text_copy(text, RULE_COMMENT_MAX, FOREIGN);
    return r;
}
