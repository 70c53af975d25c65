/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tunnel/nft_set.h"

#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"

/* One message's list of elements is an attribute: less than 64 KB. */
enum { ELEMENTS_PER_MESSAGE = 512, ELEMENT_ATTRIBUTES_MAX = 112, LIST_ATTRIBUTES_MAX = 128 };
/* While anybody on this machine listens to rules, in whatever namespace, the kernel keeps a page
 * for each element until the transaction ends. */
enum { ADDED_PER_TRANSACTION = 1024 };
enum { MAP_VALUE = 16 }; /* where it stands in an element */

static const struct set_kind {
    const char *name;
    uint8_t key_size;
    bool interval;
    uint8_t value_size; /* of a map */
} set_kinds[NFT_SET_NUMBER] = {
    [NFT_SET_CLIENT4] = {"client4", 4, false},
    [NFT_SET_CLIENT6] = {"client6", 16, false},
    [NFT_SET_FULL4] = {"full4", 4, false},
    [NFT_SET_FULL6] = {"full6", 16, false},
    [NFT_SET_SITE4] = {"site4", 4, true},
    [NFT_SET_SITE6] = {"site6", 16, true},
    [NFT_SET_PUSH4] = {"push4", 4, true},
    [NFT_SET_PUSH6] = {"push6", 16, true},
    [NFT_SET_SERVED] = {"served", 8, false},
    [NFT_SET_UPLINK4] = {"uplink4", 20, false},
    [NFT_SET_UPLINK6] = {"uplink6", 32, false},
    [NFT_SET_PUBLISHED] = {"published", 8, false},
    [NFT_MAP_PUBLISHED4] = {"published4", 8, false, 4},
    [NFT_MAP_PUBLISHED6] = {"published6", 8, false, 16},
};

struct nft_sets {
    struct netlink *netlink;
    uint32_t generation; /* of the ruleset after our own last write; 0 = not known */
    nft_sets_removal removal;
    void *removal_data;
};

int nft_sets_new(struct nft_sets **ret_sets)
{
    struct nft_sets *sets = memory_zero(sizeof(*sets));
    int r = netlink_open(NETLINK_NETFILTER, &sets->netlink);

    if (r < 0) {
        nft_sets_free(sets);
        return r;
    }
    *ret_sets = sets;
    return 0;
}

struct nft_sets *nft_sets_free(struct nft_sets *sets)
{
    if (!sets)
        return NULL;
    netlink_free(sets->netlink);
    free(sets);
    return NULL;
}

void nft_sets_on_removal(struct nft_sets *sets, nft_sets_removal removal, void *data)
{
    sets->removal = removal;
    sets->removal_data = data;
}

uint16_t nft_message_type(int message)
{
    return (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | message);
}

/* ---- generations ---- */

static int parse_generation(const struct nlmsghdr *message, void *data)
{
    const struct nlattr *attribute;

    mnl_attr_for_each(attribute, message,
                      sizeof(struct nfgenmsg)) if (mnl_attr_get_type(attribute) == NFTA_GEN_ID &&
                                                   mnl_attr_get_payload_len(attribute) ==
                                                       sizeof(uint32_t)) *
        (uint32_t *)data = ntohl(mnl_attr_get_u32(attribute));
    return 0;
}

static int read_generation(struct nft_sets *sets, uint32_t *ret_generation)
{
    uint8_t space[NETLINK_REQUEST_MAX];
    struct nfgenmsg family = {.nfgen_family = AF_UNSPEC, .version = NFNETLINK_V0};

    *ret_generation = 0;
    return netlink_talk(
        sets->netlink,
        netlink_request(space, nft_message_type(NFT_MSG_GETGEN), 0, &family, sizeof(family)),
        parse_generation, ret_generation);
}

int nft_sets_disturbed(struct nft_sets *sets, bool *ret_disturbed)
{
    uint32_t generation;
    int r = read_generation(sets, &generation);

    if (r == 0)
        *ret_disturbed = sets->generation == 0 || generation != sets->generation;
    return r;
}

int nft_sets_look(struct nft_sets *sets)
{
    return read_generation(sets, &sets->generation);
}

bool nft_sets_is_foreign(const struct nft_sets *sets, const struct nlmsghdr *event)
{
    uint32_t generation = 0;

    if (event->nlmsg_type != nft_message_type(NFT_MSG_NEWGEN))
        return false;
    (void)parse_generation(event, &generation);
    return sets->generation == 0 || (int32_t)(generation - sets->generation) > 0;
}

/* ---- reading ---- */

/* One end of an interval, or a whole element. */
struct raw_element {
    uint8_t key[32]; /* a map's value in the second half */
    bool is_end;
    int64_t expires_at;
};

struct raw_list {
    const struct set_kind *kind;
    struct raw_element *items;
    size_t count, size;
    int64_t now;
};

static void clear_raw(void *data)
{
    ((struct raw_list *)data)->count = 0;
}

static int parse_data(const struct nlattr *nest, size_t size, uint8_t *ret_data)
{
    const struct nlattr *attribute;

    mnl_attr_for_each_nested(attribute, nest)
    {
        if (mnl_attr_get_type(attribute) != NFTA_DATA_VALUE)
            continue;
        if (mnl_attr_get_payload_len(attribute) != size)
            return -EBADMSG;
        memcpy(ret_data, mnl_attr_get_payload(attribute), size);
    }
    return 0;
}

static int parse_element(const struct nlattr *nest, struct raw_list *list)
{
    struct raw_element element = {0};
    bool has_timeout = false;
    uint64_t left = 0;
    const struct nlattr *attribute;
    int r = 0;

    mnl_attr_for_each_nested(attribute, nest)
    {
        uint16_t type = mnl_attr_get_type(attribute);

        if (type == NFTA_SET_ELEM_KEY)
            r = parse_data(attribute, list->kind->key_size, element.key);
        else if (type == NFTA_SET_ELEM_DATA && list->kind->value_size)
            r = parse_data(attribute, list->kind->value_size, element.key + MAP_VALUE);
        else if (type == NFTA_SET_ELEM_FLAGS)
            element.is_end = ntohl(mnl_attr_get_u32(attribute)) & NFT_SET_ELEM_INTERVAL_END;
        else if (type == NFTA_SET_ELEM_TIMEOUT)
            has_timeout = true;
        else if (type == NFTA_SET_ELEM_EXPIRATION)
            left = be64toh(mnl_attr_get_u64(attribute));
        if (r < 0)
            return r;
    }
    if (has_timeout)
        element.expires_at = list->now + (int64_t)left;
    if (list->count == list->size) {
        list->size = list->size ? list->size * 2 : 64;
        list->items = reallocarray(list->items, list->size, sizeof(*list->items));
        if (!list->items)
            abort();
    }
    list->items[list->count++] = element;
    return 0;
}

static int parse_elements(const struct nlmsghdr *message, void *data)
{
    const struct nlattr *attribute;
    const struct nlattr *element;

    mnl_attr_for_each(attribute, message, sizeof(struct nfgenmsg))
    {
        if (mnl_attr_get_type(attribute) != NFTA_SET_ELEM_LIST_ELEMENTS)
            continue;
        mnl_attr_for_each_nested(element, attribute)
        {
            int r = parse_element(element, data);

            if (r < 0)
                return r;
        }
    }
    return 0;
}

/* An end stands before a start of the same value: it closes what was before. */
static int compare_raw(const void *left, const void *right)
{
    const struct raw_element *a = left;
    const struct raw_element *b = right;
    int order = memcmp(a->key, b->key, sizeof(a->key));

    return order ? order : (int)b->is_end - (int)a->is_end;
}

static void subtract_one(uint8_t *value, size_t size)
{
    while (size-- > 0)
        if (value[size]-- != 0)
            return;
}

static void collect(struct raw_list *list, enum nft_set set, struct nft_elements *elements)
{
    size_t size = list->kind->key_size;

    if (list->count > 0)
        qsort(list->items, list->count, sizeof(*list->items), compare_raw);
    for (size_t i = 0; i < list->count; i++) {
        const struct raw_element *raw = &list->items[i];
        struct nft_element *element;

        if (raw->is_end)
            continue;
        element = nft_elements_append(elements, set);
        element->expires_at = raw->expires_at;
        memcpy(element->first, raw->key, size);
        memcpy(element->first + MAP_VALUE, raw->key + MAP_VALUE, list->kind->value_size);
        if (list->kind->interval && i + 1 < list->count) {
            memcpy(element->last, list->items[i + 1].key, size);
            subtract_one(element->last, size);
        } else if (list->kind->interval) {
            memset(element->last, 0xff, size);
        } else if (size <= sizeof(element->last)) {
            memcpy(element->last, raw->key, size);
        }
    }
}

static int read_set(struct nft_sets *sets, enum nft_set set, struct nft_elements *elements)
{
    struct raw_list list = {.kind = &set_kinds[set], .now = clock_milliseconds()};
    uint8_t space[NETLINK_REQUEST_MAX];
    struct nfgenmsg family = {.nfgen_family = NFPROTO_INET, .version = NFNETLINK_V0};
    struct nlmsghdr *request =
        netlink_request(space, nft_message_type(NFT_MSG_GETSETELEM), 0, &family, sizeof(family));
    int r;

    mnl_attr_put_strz(request, NFTA_SET_ELEM_LIST_TABLE, "warren");
    mnl_attr_put_strz(request, NFTA_SET_ELEM_LIST_SET, list.kind->name);
    r = netlink_dump(sets->netlink, request, parse_elements, clear_raw, &list);
    if (r == 0)
        collect(&list, set, elements);
    free(list.items);
    return r;
}

int nft_sets_read(struct nft_sets *sets, enum nft_set from, enum nft_set to,
                  struct nft_elements *ret_elements)
{
    for (enum nft_set set = from; set <= to; set++) {
        int r = read_set(sets, set, ret_elements);

        if (r < 0)
            return r;
    }
    nft_elements_sort(ret_elements);
    return 0;
}

/* ---- writing ---- */

static void batch_edge(struct netlink *netlink, struct netlink_batch *batch, uint16_t type,
                       uint32_t generation)
{
    struct nfgenmsg family = {
        .nfgen_family = AF_UNSPEC,
        .version = NFNETLINK_V0,
        .res_id = htons(NFNL_SUBSYS_NFTABLES),
    };
    struct nlmsghdr *request =
        netlink_batch_add(netlink, batch, type, 0, &family, sizeof(family), LIST_ATTRIBUTES_MAX);

    if (generation)
        mnl_attr_put_u32(request, NFNL_BATCH_GENID, htonl(generation));
    netlink_batch_close(batch);
}

static struct nlmsghdr *batch_list(struct netlink *netlink, struct netlink_batch *batch,
                                   uint16_t type, enum nft_set set, size_t count)
{
    struct nfgenmsg family = {.nfgen_family = NFPROTO_INET, .version = NFNETLINK_V0};
    uint16_t flags = (uint16_t)(NLM_F_ACK | (type == NFT_MSG_NEWSETELEM ? NLM_F_CREATE : 0));
    struct nlmsghdr *request =
        netlink_batch_add(netlink, batch, nft_message_type(type), flags, &family, sizeof(family),
                          LIST_ATTRIBUTES_MAX + count * ELEMENT_ATTRIBUTES_MAX);

    mnl_attr_put_strz(request, NFTA_SET_ELEM_LIST_TABLE, "warren");
    mnl_attr_put_strz(request, NFTA_SET_ELEM_LIST_SET, set_kinds[set].name);
    return request;
}

void nft_put_element(struct nlmsghdr *request, const void *key, size_t size, bool is_end,
                     int64_t timeout)
{
    struct nlattr *element = mnl_attr_nest_start(request, NFTA_LIST_ELEM);
    struct nlattr *nest = mnl_attr_nest_start(request, NFTA_SET_ELEM_KEY);

    mnl_attr_put(request, NFTA_DATA_VALUE, size, key);
    mnl_attr_nest_end(request, nest);
    if (is_end)
        mnl_attr_put_u32(request, NFTA_SET_ELEM_FLAGS, htonl(NFT_SET_ELEM_INTERVAL_END));
    if (timeout)
        mnl_attr_put_u64(request, NFTA_SET_ELEM_TIMEOUT, htobe64((uint64_t)timeout));
    mnl_attr_nest_end(request, element);
}

/* The first value after the interval; false when the interval reaches to the last there is. */
static bool value_after(const uint8_t *last, size_t size, uint8_t *ret_value)
{
    memcpy(ret_value, last, size);
    while (size-- > 0)
        if (++ret_value[size] != 0)
            return true;
    return false;
}

/* Of a map, to be added. */
static void put_mapped(struct nlmsghdr *request, const struct nft_element *element)
{
    const struct set_kind *kind = &set_kinds[element->set];
    struct nlattr *list = mnl_attr_nest_start(request, NFTA_LIST_ELEM);
    struct nlattr *nest = mnl_attr_nest_start(request, NFTA_SET_ELEM_KEY);

    mnl_attr_put(request, NFTA_DATA_VALUE, kind->key_size, element->first);
    mnl_attr_nest_end(request, nest);
    nest = mnl_attr_nest_start(request, NFTA_SET_ELEM_DATA);
    mnl_attr_put(request, NFTA_DATA_VALUE, kind->value_size, element->first + MAP_VALUE);
    mnl_attr_nest_end(request, nest);
    mnl_attr_nest_end(request, list);
}

void nft_put_interval(struct nlmsghdr *request, const void *first, const void *last, size_t size)
{
    uint8_t after[16];

    nft_put_element(request, first, size, false, 0);
    if (value_after(last, size, after))
        nft_put_element(request, after, size, true, 0);
}

/* An element's time is over once `now` is there: it stays out. */
static void put_whole(struct nlmsghdr *request, const struct nft_element *element, bool add,
                      int64_t now)
{
    const struct set_kind *kind = &set_kinds[element->set];
    int64_t timeout = add && element->expires_at ? element->expires_at - now : 0;
    uint8_t after[16];

    if (add && kind->value_size) {
        put_mapped(request, element);
        return;
    }
    nft_put_element(request, element->first, kind->key_size, false, timeout);
    if (kind->interval && value_after(element->last, kind->key_size, after))
        nft_put_element(request, after, kind->key_size, true, 0);
}

static bool is_over(const struct nft_element *element, int64_t now)
{
    return element->expires_at && element->expires_at <= now;
}

static void batch_elements(struct netlink *netlink, struct netlink_batch *batch, bool add,
                           const struct nft_element *const *elements, size_t count)
{
    uint16_t type = add ? NFT_MSG_NEWSETELEM : NFT_MSG_DELSETELEM;
    int64_t now = clock_milliseconds();

    for (size_t start = 0; start < count;) {
        enum nft_set set = elements[start]->set;
        size_t end = start;
        struct nlmsghdr *request;
        struct nlattr *nest;

        while (end < count && end - start < ELEMENTS_PER_MESSAGE && elements[end]->set == set)
            end++;
        request = batch_list(netlink, batch, type, set, end - start);
        nest = mnl_attr_nest_start(request, NFTA_SET_ELEM_LIST_ELEMENTS);
        for (size_t i = start; i < end; i++)
            if (!add || !is_over(elements[i], now))
                put_whole(request, elements[i], add, now);
        mnl_attr_nest_end(request, nest);
        netlink_batch_close(batch);
        start = end;
    }
}

void nft_sets_begin(struct nft_sets *sets, struct netlink_batch *batch)
{
    batch_edge(sets->netlink, batch, NFNL_MSG_BATCH_BEGIN, sets->generation);
}

struct netlink *nft_sets_netlink(struct nft_sets *sets)
{
    return sets->netlink;
}

/* A transaction that went well raised the generation by one, and nobody else came between. */
int nft_sets_commit(struct nft_sets *sets, struct netlink_batch *batch, netlink_answer answer,
                    void *data)
{
    int r;

    batch_edge(sets->netlink, batch, NFNL_MSG_BATCH_END, 0);
    r = netlink_batch_talk(sets->netlink, batch, NULL, answer, data);
    if (r == 0 && sets->generation && ++sets->generation == 0)
        sets->generation = 1;
    if (r == -ERESTART)
        sets->generation = 0;
    return r;
}

static void amend_removal(struct nft_sets *sets, struct netlink_batch *batch)
{
    if (sets->removal)
        sets->removal(batch, sets->removal_data);
}

static int write_once(struct nft_sets *sets, const struct nft_changes *changes, size_t from,
                      size_t to)
{
    _cleanup_netlink_batch_ struct netlink_batch batch = {0};

    nft_sets_begin(sets, &batch);
    if (changes->removed_count > 0)
        amend_removal(sets, &batch);
    batch_elements(sets->netlink, &batch, false, changes->removed, changes->removed_count);
    batch_elements(sets->netlink, &batch, true, changes->added + from, to - from);
    return nft_sets_commit(sets, &batch, NULL, NULL);
}

int nft_sets_write(struct nft_sets *sets, const struct nft_changes *changes)
{
    size_t from = 0;
    int r = 0;

    if (changes->removed_count > 0)
        return write_once(sets, changes, 0, changes->added_count);
    while (from < changes->added_count && r == 0) {
        size_t to = from + ADDED_PER_TRANSACTION;

        if (to > changes->added_count)
            to = changes->added_count;
        r = write_once(sets, changes, from, to);
        from = to;
    }
    return r;
}

int nft_sets_refill(struct nft_sets *sets, enum nft_set from, enum nft_set to,
                    const struct nft_elements *elements)
{
    _cleanup_netlink_batch_ struct netlink_batch batch = {0};
    _cleanup_nft_changes_ struct nft_changes all = {0};
    struct nft_elements none = {0};

    nft_elements_diff(elements, &none, 0, &all);
    nft_sets_begin(sets, &batch);
    amend_removal(sets, &batch);
    /* A removal that names no element empties the set. */
    for (enum nft_set set = from; set <= to; set++) {
        batch_list(sets->netlink, &batch, NFT_MSG_DELSETELEM, set, 0);
        netlink_batch_close(&batch);
    }
    batch_elements(sets->netlink, &batch, true, all.added, all.added_count);
    return nft_sets_commit(sets, &batch, NULL, NULL);
}
