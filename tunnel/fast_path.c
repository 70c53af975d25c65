/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tunnel/fast_path.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/log.h"
#include "hub/base/text.h"
#include "tunnel/nft_expression.h"
#include "tunnel/rule_comment.h"
#include "tunnel/rule_message.h"

enum {
    ROOM = 1024,
    DEVICE_ROOM = 32,
    HOOK_PRIORITY = 10, /* behind all that judges */
    DIGEST_SIZE = 8,
    FORM = 1, /* of what is drawn: another one is not the same table */
    RULES_MAX = 5,
};

#define TABLE "warren_fast"
#define FLOWS "flows"
#define CHAIN "forward"
#define LINKS "wg" /* how the names of WireGuard's links begin */
#define FOREIGN "?"

struct fast_path {
    struct nft_sets *sets;
    struct fast_path_spec spec;
    uint32_t judgement;            /* 0 = none yet */
    char stands[RULE_COMMENT_MAX]; /* what its rules carry, "" = there is no such table */
    bool is_refused;               /* by the kernel, as it is wanted now */
};

static void on_removal(struct netlink_batch *batch, void *data)
{
    fast_path_close(data, batch);
}

int fast_path_new(struct nft_sets *sets, struct fast_path **ret_path)
{
    struct fast_path *path = memory_zero(sizeof(*path));

    path->sets = sets;
    nft_sets_on_removal(sets, on_removal, path);
    *ret_path = path;
    return 0;
}

struct fast_path *fast_path_free(struct fast_path *path)
{
    if (!path)
        return NULL;
    prefix_set_done(&path->spec.expiring);
    free(path);
    return NULL;
}

void fast_path_want(struct fast_path *path, struct fast_path_spec *spec)
{
    if (memcmp(path->spec.links, spec->links, sizeof(spec->links)) != 0)
        path->is_refused = false;
    prefix_set_done(&path->spec.expiring);
    path->spec = *spec;
    *spec = (struct fast_path_spec){0};
}

void fast_path_judge(struct fast_path *path, uint32_t judgement)
{
    path->judgement = judgement;
}

/* ---- by what it is known again ---- */

static unsigned count_links(const struct fast_path_spec *spec)
{
    unsigned count = 0;

    for (unsigned link = 0; link < FAST_PATH_LINKS_MAX; link++)
        count += spec->links[link] != 0;
    return count;
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

/* "fast JUDGEMENT DIGEST RULES" */
static void format_comment(const struct fast_path *path, char text[static RULE_COMMENT_MAX])
{
    const struct fast_path_spec *spec = &path->spec;
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
    (void)snprintf(text, RULE_COMMENT_MAX, "fast %u %s %u", path->judgement, hex,
                   count_rules(spec));
}

/* What its rules shall carry, "" = there shall be none. */
static const char *wanted_comment(const struct fast_path *path, char text[static RULE_COMMENT_MAX])
{
    *text = 0;
    if (count_links(&path->spec) > 0 && path->judgement && !path->is_refused)
        format_comment(path, text);
    return text;
}

bool fast_path_is_known(const struct fast_path *path)
{
    char wanted[RULE_COMMENT_MAX];

    return text_equal(path->stands, wanted_comment(path, wanted));
}

/* ---- the messages of a transaction ---- */

static struct nlmsghdr *begin(struct fast_path *path, struct netlink_batch *batch, int type,
                              size_t room)
{
    struct nfgenmsg family = {.nfgen_family = NFPROTO_INET, .version = NFNETLINK_V0};
    uint16_t flags = type == NFT_MSG_DELTABLE ? NLM_F_ACK : NLM_F_ACK | NLM_F_CREATE;

    if (type == NFT_MSG_NEWRULE)
        flags |= NLM_F_APPEND;
    return netlink_batch_add(nft_sets_netlink(path->sets), batch, nft_message_type(type), flags,
                             &family, sizeof(family), room);
}

static void put_u32(struct nlmsghdr *message, uint16_t type, uint32_t value)
{
    mnl_attr_put_u32(message, type, htonl(value));
}

static void put_table(struct fast_path *path, struct netlink_batch *batch, int type)
{
    struct nlmsghdr *message = begin(path, batch, type, ROOM);

    mnl_attr_put_strz(message, NFTA_TABLE_NAME, TABLE);
    netlink_batch_close(batch);
}

static void put_flowtable(struct fast_path *path, struct netlink_batch *batch)
{
    struct nlmsghdr *message =
        begin(path, batch, NFT_MSG_NEWFLOWTABLE, ROOM + (size_t)FAST_PATH_LINKS_MAX * DEVICE_ROOM);
    struct nlattr *hook;
    struct nlattr *devices;

    mnl_attr_put_strz(message, NFTA_FLOWTABLE_TABLE, TABLE);
    mnl_attr_put_strz(message, NFTA_FLOWTABLE_NAME, FLOWS);
    hook = mnl_attr_nest_start(message, NFTA_FLOWTABLE_HOOK);
    put_u32(message, NFTA_FLOWTABLE_HOOK_NUM, NF_NETDEV_INGRESS);
    put_u32(message, NFTA_FLOWTABLE_HOOK_PRIORITY, 0);
    devices = mnl_attr_nest_start(message, NFTA_FLOWTABLE_HOOK_DEVS);
    for (unsigned link = 0; link < FAST_PATH_LINKS_MAX; link++) {
        char name[LINK_NAME_MAX];

        if (path->spec.links[link])
            mnl_attr_put_strz(message, NFTA_DEVICE_NAME, link_wireguard_name(link, name));
    }
    mnl_attr_nest_end(message, devices);
    mnl_attr_nest_end(message, hook);
    netlink_batch_close(batch);
}

static void put_chain(struct fast_path *path, struct netlink_batch *batch)
{
    struct nlmsghdr *message = begin(path, batch, NFT_MSG_NEWCHAIN, ROOM);
    struct nlattr *hook;

    mnl_attr_put_strz(message, NFTA_CHAIN_TABLE, TABLE);
    mnl_attr_put_strz(message, NFTA_CHAIN_NAME, CHAIN);
    hook = mnl_attr_nest_start(message, NFTA_CHAIN_HOOK);
    put_u32(message, NFTA_HOOK_HOOKNUM, NF_INET_FORWARD);
    put_u32(message, NFTA_HOOK_PRIORITY, HOOK_PRIORITY);
    mnl_attr_nest_end(message, hook);
    mnl_attr_put_strz(message, NFTA_CHAIN_TYPE, "filter");
    put_u32(message, NFTA_CHAIN_POLICY, NF_ACCEPT);
    netlink_batch_close(batch);
}

struct rule_begun {
    struct nlmsghdr *message;
    struct nlattr *expressions;
};

static struct rule_begun begin_rule(struct fast_path *path, struct netlink_batch *batch)
{
    struct rule_begun rule = {.message = begin(path, batch, NFT_MSG_NEWRULE, ROOM)};
    char comment[RULE_COMMENT_MAX];
    uint8_t data[RULE_COMMENT_MAX + 2];
    size_t size;

    format_comment(path, comment);
    size = rule_comment_pack(comment, data);
    mnl_attr_put_strz(rule.message, NFTA_RULE_TABLE, TABLE);
    mnl_attr_put_strz(rule.message, NFTA_RULE_CHAIN, CHAIN);
    mnl_attr_put(rule.message, NFTA_RULE_USERDATA, size, data);
    rule.expressions = mnl_attr_nest_start(rule.message, NFTA_RULE_EXPRESSIONS);
    return rule;
}

static void end_rule(struct netlink_batch *batch, const struct rule_begun *rule)
{
    mnl_attr_nest_end(rule->message, rule->expressions);
    netlink_batch_close(batch);
}

/* What has one of these at an end is done with here, and goes on by the chains. */
static void put_exceptions(struct fast_path *path, struct netlink_batch *batch,
                           struct rule_writer *writer, uint8_t family)
{
    static const uint32_t keys[2][2] = {{NFT_CT_SRC_IP, NFT_CT_DST_IP},
                                        {NFT_CT_SRC_IP6, NFT_CT_DST_IP6}};
    const struct prefix_set *expiring = &path->spec.expiring;
    size_t from = 0;
    size_t to = expiring->count;

    while (from < to && expiring->items[from].address.family != family)
        from++;
    while (to > from && expiring->items[to - 1].address.family != family)
        to--;
    for (unsigned which = 0; which < 2 && from < to; which++) {
        uint32_t set = rule_message_make_set(writer, TABLE, &expiring->items[from], to - from);
        struct rule_begun rule = begin_rule(path, batch);

        nft_expression_original_in(rule.message, keys[family == AF_INET6][which], RULE_OWN_SET,
                                   set);
        nft_expression_verdict(rule.message, NF_ACCEPT, NULL);
        end_rule(batch, &rule);
    }
}

/* A mark with a slot ends by itself, and so must what carries it. Answers ride on the flow, and
 * come by here even when what they answer no longer does. */
static void put_entrance(struct fast_path *path, struct netlink_batch *batch)
{
    struct rule_begun rule = begin_rule(path, batch);

    nft_expression_name_begins(rule.message, NFT_META_IIFNAME, LINKS);
    nft_expression_name_begins(rule.message, NFT_META_OIFNAME, LINKS);
    nft_expression_state(rule.message, NF_CT_STATE_BIT(IP_CT_ESTABLISHED));
    nft_expression_onward(rule.message);
    nft_expression_mark_is(rule.message, ~rule_mark(0, true, 0),
                           rule_mark(path->judgement, false, 0));
    nft_expression_flow(rule.message, FLOWS);
    end_rule(batch, &rule);
}

static void put_removal(struct fast_path *path, struct netlink_batch *batch)
{
    /* One that is not there can't go. */
    put_table(path, batch, NFT_MSG_NEWTABLE);
    put_table(path, batch, NFT_MSG_DELTABLE);
}

static void put_all(struct fast_path *path, struct netlink_batch *batch)
{
    struct rule_writer writer = {.netlink = nft_sets_netlink(path->sets), .batch = batch};

    put_table(path, batch, NFT_MSG_NEWTABLE);
    put_flowtable(path, batch);
    put_chain(path, batch);
    put_exceptions(path, batch, &writer, AF_INET);
    put_exceptions(path, batch, &writer, AF_INET6);
    put_entrance(path, batch);
}

/* ---- making it so ---- */

/* Without asking whether it stands: a transaction before this one may have failed. */
void fast_path_close(struct fast_path *path, struct netlink_batch *batch)
{
    if (!*path->stands && (path->is_refused || count_links(&path->spec) == 0))
        return;
    put_removal(path, batch);
    *path->stands = 0;
}

static int write_table(struct fast_path *path, bool make)
{
    _cleanup_netlink_batch_ struct netlink_batch batch = {0};
    int r;

    nft_sets_begin(path->sets, &batch);
    put_removal(path, &batch);
    if (make)
        put_all(path, &batch);
    r = nft_sets_commit(path->sets, &batch, NULL, NULL);
    if (r < 0)
        return r;
    *path->stands = 0;
    if (make)
        format_comment(path, path->stands);
    return 0;
}

int fast_path_close_now(struct fast_path *path)
{
    return *path->stands ? write_table(path, false) : 0;
}

/* Without it all goes by the chains. */
static int refuse(struct fast_path *path, int error)
{
    if (error == -ERESTART)
        return error;
    path->is_refused = true;
    log_debug("no flowtable: %s, ignoring", strerror(-error));
    return fast_path_close_now(path);
}

int fast_path_mend(struct fast_path *path, struct verb_applied *applied)
{
    char wanted[RULE_COMMENT_MAX];
    int r;

    if (text_equal(path->stands, wanted_comment(path, wanted)))
        return 0;
    r = write_table(path, *wanted != 0);
    if (r < 0)
        return refuse(path, r);
    applied->writes++;
    applied->changed++;
    return 0;
}

/* ---- what stands ---- */

struct seen {
    bool table;
    char text[RULE_COMMENT_MAX]; /* of all rules, or FOREIGN */
    unsigned rules;
};

static bool is_of_table(const struct nlmsghdr *message, uint16_t type)
{
    const struct nlattr *attribute;

    mnl_attr_for_each(attribute, message, sizeof(struct nfgenmsg))
    {
        if (mnl_attr_get_type(attribute) == type &&
            mnl_attr_validate(attribute, MNL_TYPE_NUL_STRING) >= 0)
            return text_equal(mnl_attr_get_str(attribute), TABLE);
    }
    return false;
}

static int see_table(const struct nlmsghdr *message, void *data)
{
    struct seen *seen = data;

    seen->table |= is_of_table(message, NFTA_TABLE_NAME);
    return 0;
}

static int see_rule(const struct nlmsghdr *message, void *data)
{
    char text[RULE_COMMENT_MAX] = FOREIGN;
    struct seen *seen = data;
    const struct nlattr *attribute;

    if (!is_of_table(message, NFTA_RULE_TABLE))
        return 0;
    mnl_attr_for_each(attribute, message, sizeof(struct nfgenmsg))
    {
        if (mnl_attr_get_type(attribute) == NFTA_RULE_USERDATA)
            (void)rule_comment_unpack(mnl_attr_get_payload(attribute),
                                      mnl_attr_get_payload_len(attribute), text);
    }
    if (seen->rules > 0 && !text_equal(seen->text, text))
        (void)text_copy(text, sizeof(text), FOREIGN);
    (void)text_copy(seen->text, sizeof(seen->text), text);
    seen->rules++;
    return 0;
}

static void restart(void *data)
{
    *(struct seen *)data = (struct seen){0};
}

int fast_path_look(struct fast_path *path)
{
    struct nfgenmsg family = {.nfgen_family = NFPROTO_INET, .version = NFNETLINK_V0};
    struct netlink *netlink = nft_sets_netlink(path->sets);
    struct seen table = {0}, rules = {0};
    uint8_t space[NETLINK_REQUEST_MAX];
    struct nlmsghdr *message;
    unsigned expected = 0;
    int r;

    message =
        netlink_request(space, nft_message_type(NFT_MSG_GETTABLE), 0, &family, sizeof(family));
    r = netlink_dump(netlink, message, see_table, restart, &table);
    if (r == 0 && table.table) {
        message =
            netlink_request(space, nft_message_type(NFT_MSG_GETRULE), 0, &family, sizeof(family));
        mnl_attr_put_strz(message, NFTA_RULE_TABLE, TABLE);
        r = netlink_dump(netlink, message, see_rule, restart, &rules);
    }
    if (r < 0 && r != -ENOENT)
        return r;
    if (table.table &&
        (sscanf(rules.text, "fast %*u %*s %u", &expected) != 1 || expected != rules.rules))
        (void)text_copy(rules.text, sizeof(rules.text), FOREIGN);
    (void)text_copy(path->stands, sizeof(path->stands), rules.text);
    return 0;
}
