/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tunnel/nft_expression.h"

#include <arpa/inet.h>
#include <endian.h>
#include <linux/netfilter/nf_conntrack_tuple_common.h>
#include <linux/netfilter/nf_tables.h>
#include <string.h>

#define NANOSECONDS INT64_C(1000000000)

struct expression {
    struct nlattr *element, *data;
};

static struct expression begin(struct nlmsghdr *rule, const char *name)
{
    struct expression expression = {.element = mnl_attr_nest_start(rule, NFTA_LIST_ELEM)};

    mnl_attr_put_strz(rule, NFTA_EXPR_NAME, name);
    expression.data = mnl_attr_nest_start(rule, NFTA_EXPR_DATA);
    return expression;
}

static void end(struct nlmsghdr *rule, const struct expression *expression)
{
    mnl_attr_nest_end(rule, expression->data);
    mnl_attr_nest_end(rule, expression->element);
}

static void put_u32(struct nlmsghdr *rule, uint16_t type, uint32_t value)
{
    mnl_attr_put_u32(rule, type, htonl(value));
}

static void put_value(struct nlmsghdr *rule, uint16_t type, const void *value, size_t size)
{
    struct nlattr *nest = mnl_attr_nest_start(rule, type);

    mnl_attr_put(rule, NFTA_DATA_VALUE, size, value);
    mnl_attr_nest_end(rule, nest);
}

/* ---- what they are put together from; all use register 1 ---- */

static void load_original(struct nlmsghdr *rule, uint32_t key)
{
    struct expression ct = begin(rule, "ct");

    put_u32(rule, NFTA_CT_DREG, NFT_REG_1);
    put_u32(rule, NFTA_CT_KEY, key);
    mnl_attr_put_u8(rule, NFTA_CT_DIRECTION, IP_CT_DIR_ORIGINAL);
    end(rule, &ct);
}

/* Of the flow as a whole. */
static void load_flow(struct nlmsghdr *rule, uint32_t key)
{
    struct expression ct = begin(rule, "ct");

    put_u32(rule, NFTA_CT_DREG, NFT_REG_1);
    put_u32(rule, NFTA_CT_KEY, key);
    end(rule, &ct);
}

static void load_meta(struct nlmsghdr *rule, uint32_t key)
{
    struct expression meta = begin(rule, "meta");

    put_u32(rule, NFTA_META_DREG, NFT_REG_1);
    put_u32(rule, NFTA_META_KEY, key);
    end(rule, &meta);
}

static void load_value(struct nlmsghdr *rule, const void *value, size_t size)
{
    struct expression immediate = begin(rule, "immediate");

    put_u32(rule, NFTA_IMMEDIATE_DREG, NFT_REG_1);
    put_value(rule, NFTA_IMMEDIATE_DATA, value, size);
    end(rule, &immediate);
}

static void store_flow_mark(struct nlmsghdr *rule)
{
    struct expression ct = begin(rule, "ct");

    put_u32(rule, NFTA_CT_KEY, NFT_CT_MARK);
    put_u32(rule, NFTA_CT_SREG, NFT_REG_1);
    end(rule, &ct);
}

static void compare(struct nlmsghdr *rule, uint32_t operation, const void *value, size_t size)
{
    struct expression cmp = begin(rule, "cmp");

    put_u32(rule, NFTA_CMP_SREG, NFT_REG_1);
    put_u32(rule, NFTA_CMP_OP, operation);
    put_value(rule, NFTA_CMP_DATA, value, size);
    end(rule, &cmp);
}

static void mask_bits(struct nlmsghdr *rule, const void *mask, const void *bits, size_t size)
{
    struct expression bitwise = begin(rule, "bitwise");

    put_u32(rule, NFTA_BITWISE_SREG, NFT_REG_1);
    put_u32(rule, NFTA_BITWISE_DREG, NFT_REG_1);
    put_u32(rule, NFTA_BITWISE_LEN, (uint32_t)size);
    put_value(rule, NFTA_BITWISE_MASK, mask, size);
    put_value(rule, NFTA_BITWISE_XOR, bits, size);
    end(rule, &bitwise);
}

/* `set_id` 0: a set that stands already. */
static void look_up(struct nlmsghdr *rule, const char *set, uint32_t set_id)
{
    struct expression lookup = begin(rule, "lookup");

    mnl_attr_put_strz(rule, NFTA_LOOKUP_SET, set);
    put_u32(rule, NFTA_LOOKUP_SREG, NFT_REG_1);
    if (set_id)
        put_u32(rule, NFTA_LOOKUP_SET_ID, set_id);
    end(rule, &lookup);
}

/* ---- matches ---- */

void nft_expression_original(struct nlmsghdr *rule, uint32_t key, const void *value, size_t size)
{
    load_original(rule, key);
    compare(rule, NFT_CMP_EQ, value, size);
}

void nft_expression_original_prefix(struct nlmsghdr *rule, uint32_t key,
                                    const struct prefix *prefix)
{
    static const uint8_t zeros[16];
    size_t size = address_size(&prefix->address);
    uint8_t mask[16] = {0};

    load_original(rule, key);
    if (prefix->length > 0 && prefix->length % 8 == 0) {
        compare(rule, NFT_CMP_EQ, prefix->address.bytes, prefix->length / 8);
        return;
    }
    for (unsigned bit = 0; bit < prefix->length; bit++)
        mask[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
    mask_bits(rule, mask, zeros, size);
    compare(rule, NFT_CMP_EQ, prefix->address.bytes, size);
}

void nft_expression_original_in(struct nlmsghdr *rule, uint32_t key, const char *set,
                                uint32_t set_id)
{
    load_original(rule, key);
    look_up(rule, set, set_id);
}

void nft_expression_mark_in(struct nlmsghdr *rule, const char *set)
{
    load_flow(rule, NFT_CT_MARK);
    look_up(rule, set, 0);
}

void nft_expression_mark_is(struct nlmsghdr *rule, uint32_t mask, uint32_t mark)
{
    uint32_t none = 0;

    load_flow(rule, NFT_CT_MARK);
    mask_bits(rule, &mask, &none, sizeof(mask));
    compare(rule, NFT_CMP_EQ, &mark, sizeof(mark));
}

void nft_expression_onward(struct nlmsghdr *rule)
{
    uint8_t direction = IP_CT_DIR_ORIGINAL;

    load_flow(rule, NFT_CT_DIRECTION);
    compare(rule, NFT_CMP_EQ, &direction, sizeof(direction));
}

void nft_expression_name_begins(struct nlmsghdr *rule, uint32_t key, const char *start)
{
    load_meta(rule, key);
    compare(rule, NFT_CMP_EQ, start, strlen(start));
}

void nft_expression_state(struct nlmsghdr *rule, uint32_t states)
{
    uint32_t none = 0;

    load_flow(rule, NFT_CT_STATE);
    mask_bits(rule, &states, &none, sizeof(states));
    compare(rule, NFT_CMP_NEQ, &none, sizeof(none));
}

void nft_expression_before(struct nlmsghdr *rule, int64_t seconds)
{
    uint64_t time = htobe64((uint64_t)(seconds * NANOSECONDS));
    struct expression byteorder;

    load_meta(rule, NFT_META_TIME_NS);
    byteorder = begin(rule, "byteorder");
    put_u32(rule, NFTA_BYTEORDER_SREG, NFT_REG_1);
    put_u32(rule, NFTA_BYTEORDER_DREG, NFT_REG_1);
    put_u32(rule, NFTA_BYTEORDER_OP, NFT_BYTEORDER_HTON);
    put_u32(rule, NFTA_BYTEORDER_LEN, sizeof(time));
    put_u32(rule, NFTA_BYTEORDER_SIZE, sizeof(time));
    end(rule, &byteorder);
    compare(rule, NFT_CMP_LT, &time, sizeof(time));
}

/* ---- what a rule does ---- */

void nft_expression_set_mark(struct nlmsghdr *rule, uint32_t mark)
{
    load_value(rule, &mark, sizeof(mark));
    store_flow_mark(rule);
}

void nft_expression_set_mark_from_packet(struct nlmsghdr *rule, uint32_t mask, uint32_t bits)
{
    load_meta(rule, NFT_META_MARK);
    mask_bits(rule, &mask, &bits, sizeof(mask));
    store_flow_mark(rule);
}

void nft_expression_set_packet_mark(struct nlmsghdr *rule, uint32_t mark)
{
    struct expression meta;

    load_value(rule, &mark, sizeof(mark));
    meta = begin(rule, "meta");
    put_u32(rule, NFTA_META_KEY, NFT_META_MARK);
    put_u32(rule, NFTA_META_SREG, NFT_REG_1);
    end(rule, &meta);
}

void nft_expression_flow(struct nlmsghdr *rule, const char *flowtable)
{
    struct expression flow = begin(rule, "flow_offload");

    mnl_attr_put_strz(rule, NFTA_FLOW_TABLE_NAME, flowtable);
    end(rule, &flow);
}

void nft_expression_counter(struct nlmsghdr *rule, uint64_t packets)
{
    struct expression counter = begin(rule, "counter");

    mnl_attr_put_u64(rule, NFTA_COUNTER_BYTES, 0);
    mnl_attr_put_u64(rule, NFTA_COUNTER_PACKETS, htobe64(packets));
    end(rule, &counter);
}

void nft_expression_verdict(struct nlmsghdr *rule, int verdict, const char *chain)
{
    struct expression immediate = begin(rule, "immediate");
    struct nlattr *data;
    struct nlattr *nest;

    put_u32(rule, NFTA_IMMEDIATE_DREG, NFT_REG_VERDICT);
    data = mnl_attr_nest_start(rule, NFTA_IMMEDIATE_DATA);
    nest = mnl_attr_nest_start(rule, NFTA_DATA_VERDICT);
    put_u32(rule, NFTA_VERDICT_CODE, (uint32_t)verdict);
    if (chain)
        mnl_attr_put_strz(rule, NFTA_VERDICT_CHAIN, chain);
    mnl_attr_nest_end(rule, nest);
    mnl_attr_nest_end(rule, data);
    end(rule, &immediate);
}
