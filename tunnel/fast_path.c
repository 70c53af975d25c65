/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tunnel/fast_path.h"

#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/log.h"
#include "hub/base/text.h"
#include "tunnel/fast_path_message.h"
#include "tunnel/rule_comment.h"

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

/* What its rules shall carry, "" = there shall be none. */
static const char *wanted_comment(const struct fast_path *path, char text[static RULE_COMMENT_MAX])
{
    *text = 0;
    if (fast_path_message_has_links(&path->spec) && path->judgement && !path->is_refused)
        fast_path_message_comment(&path->spec, path->judgement, text);
    return text;
}

bool fast_path_is_known(const struct fast_path *path)
{
    char wanted[RULE_COMMENT_MAX];

    return text_equal(path->stands, wanted_comment(path, wanted));
}

/* ---- making it so ---- */

/* Without asking whether it stands: a transaction before this one may have failed. */
void fast_path_close(struct fast_path *path, struct netlink_batch *batch)
{
    if (!*path->stands && (path->is_refused || !fast_path_message_has_links(&path->spec)))
        return;
    fast_path_message_remove(nft_sets_netlink(path->sets), batch);
    *path->stands = 0;
}

static int write_table(struct fast_path *path, bool make)
{
    _cleanup_netlink_batch_ struct netlink_batch batch = {0};
    int r;

    nft_sets_begin(path->sets, &batch);
    fast_path_message_remove(nft_sets_netlink(path->sets), &batch);
    if (make)
        fast_path_message_make(nft_sets_netlink(path->sets), &batch, &path->spec, path->judgement);
    r = nft_sets_commit(path->sets, &batch, NULL, NULL);
    if (r < 0)
        return r;
    *path->stands = 0;
    if (make)
        fast_path_message_comment(&path->spec, path->judgement, path->stands);
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
            return text_equal(mnl_attr_get_str(attribute), FAST_PATH_TABLE);
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
        mnl_attr_put_strz(message, NFTA_RULE_TABLE, FAST_PATH_TABLE);
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
