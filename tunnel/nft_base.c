/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tunnel/nft_base.h"

#include <errno.h>
#include <nftables/libnftables.h>
#include <stdio.h>
#include <stdlib.h>

#include "hub/base/cleanup.h"
#include "hub/base/log.h"
#include "hub/base/text.h"
#include "hub/base/uplink_ports.h"
#include "hub/channel/verbs.h"
#include "tunnel/rule_table.h"

/* clang-format off */

#define COUNTER(name) "\tcounter " name " {\n\t}\n\n"
#define SET(name, type, flags) "\tset " name " {\n\t\ttype " type "\n" flags "\t}\n\n"
#define MAP(name, type) "\tmap " name " {\n\t\ttype " type "\n\t}\n\n"
#define TIMEOUT "\t\tflags timeout\n"
#define INTERVAL "\t\tflags interval\n"
#define INTERVAL_TIMEOUT "\t\tflags interval,timeout\n"
#define CHAIN(name) "\tchain " name " {\n"
#define HOOK(hook, type, priority, policy) \
    "\t\ttype " type " hook " hook " priority " priority "; policy " policy ";\n"
#define RULE(text) "\t\t" text "\n"
#define END "\t}\n"
/* Nobody's address, or that of a peer whose time is over: told as where no route leads. */
#define UNREACHABLE "counter name \"denied\" reject with icmpx host-unreachable"
/* Of the instance's resolver, by its hub's address: from every tunnel link, and none but those. */
#define DNS(family) \
    RULE("iifname != { \"lo\", \"up0\" } " family " daddr %s meta l4proto { tcp, udp } th dport 53 accept")

/* Private, shared, link-local (and the clouds' metadata), loopback, multicast, reserved; and the one
 * public address where a cloud (Azure) answers its machines. */
#define FENCED4 \
    "{ 0.0.0.0/8, 10.0.0.0/8, 100.64.0.0/10, 127.0.0.0/8, 168.63.129.16, 169.254.0.0/16, " \
    "172.16.0.0/12, 192.0.0.0/24, 192.168.0.0/16, 198.18.0.0/15, 224.0.0.0/3 }"

static const char instance_head[] =
    "table inet warren {\n" COUNTER("spoofed") COUNTER("denied")
    SET("client4", "ipv4_addr", TIMEOUT) SET("client6", "ipv6_addr", TIMEOUT)
    SET("full4", "ipv4_addr", TIMEOUT) SET("full6", "ipv6_addr", TIMEOUT)
    SET("site4", "ipv4_addr", INTERVAL_TIMEOUT) SET("site6", "ipv6_addr", INTERVAL_TIMEOUT)
    SET("push4", "ipv4_addr", INTERVAL) SET("push6", "ipv6_addr", INTERVAL)
    SET("served", "inet_proto . inet_service", "")
    /* Before routing, so that a forged source does not even get an "unreachable" sent to it. Sets
     * first: most packets are a peer's. */
    CHAIN("source") HOOK("prerouting", "filter", "filter", "accept")
    RULE("ip saddr @site4 goto from_peer")
    RULE("ip saddr @client4 goto from_peer")
    RULE("ip6 saddr @site6 goto from_peer")
    RULE("ip6 saddr @client6 goto from_peer")
    RULE("iifname { \"lo\", \"up0\" } return")
    RULE("counter name \"spoofed\" drop") END "\n"
    /* Each packet of each flow comes by here: few rules to a verdict. */
    CHAIN("forward") HOOK("forward", "filter", "filter", "drop")
    RULE("ct state invalid counter name \"denied\" drop")
    RULE("tcp flags syn / syn,rst tcp option maxseg size set rt mtu")
    RULE("oifname \"up0\" goto to_uplink")
    RULE("goto to_peer") END "\n"
    CHAIN("to_peer")
    RULE("ip daddr @client4 goto to_client")
    RULE("ip daddr @site4 goto to_site")
    RULE("meta nfproto ipv6 goto to_peer6")
    RULE(UNREACHABLE) END "\n"
    CHAIN("to_uplink")
    RULE("ct direction reply ct state established,related accept")
    RULE("iifname \"up0\" counter name \"denied\" drop")
    RULE("ip saddr @full4 accept")
    RULE("ip6 saddr @full6 accept")
    RULE("ip saddr @client4 ip daddr @push4 accept")
    RULE("ip6 saddr @client6 ip6 daddr @push6 accept")
    RULE("counter name \"denied\" drop") END "\n"
    CHAIN("input") HOOK("input", "filter", "filter", "drop")
    RULE("iifname \"lo\" accept")
    RULE("ct direction reply ct state established,related accept")
    RULE("iifname \"up0\" meta l4proto . th dport @served accept")
    /* That a packet of the servers' was too long for its way. */
    RULE("iifname \"up0\" ct state related accept");

static const char instance_tail[] =
    RULE("iifname \"up0\" icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept")
    RULE("counter name \"denied\" drop") END "\n"
    CHAIN("postrouting") HOOK("postrouting", "nat", "srcnat", "accept")
    RULE("oifname \"up0\" masquerade") END "\n"
    /* Chains that came later come last: a table that stands is not made anew for them, which would
     * empty its sets for a moment. */
    CHAIN("to_peer6")
    RULE("ip6 daddr @client6 goto to_client")
    RULE("ip6 daddr @site6 goto to_site")
    RULE(UNREACHABLE) END "\n"
    CHAIN("to_site")
    RULE("iifname != \"up0\" accept")
    RULE("ct direction reply ct state established,related accept")
    RULE("counter name \"denied\" drop") END "\n"
    CHAIN("to_client")
    RULE("ct direction reply ct state established,related accept")
    RULE("iifname \"up0\" counter name \"denied\" drop");

static const char instance_isolated[] =
    /* Unless a rule of the firewall let the flow through: rule_table.h. */
    RULE("ct mark & " RULE_MARK_ALLOWED " == 0x00000000 ip saddr @client4 counter name \"denied\" drop")
    RULE("ct mark & " RULE_MARK_ALLOWED " == 0x00000000 ip6 saddr @client6 counter name \"denied\" drop");

static const char instance_end[] =
    RULE("accept") END "\n"
    CHAIN("from_peer")
    /* WireGuard lets a peer use no source but its own. */
    RULE("iifname \"wg*\" return")
    RULE("iifname { \"lo\", \"up0\" } return")
    /* Who comes by another link than the one its answers would take, is not who it says. */
    RULE("fib saddr . iif oif missing counter name \"spoofed\" drop") END "}\n";

/* clang-format on */

void nft_base_draw_instance(const struct nft_base_instance *spec, struct buf *ret_text)
{
    char text[ADDRESS_TEXT_MAX];

    buf_add_text(ret_text, instance_head);
    if (spec->hub4.family)
        buf_printf(ret_text, RULE("iifname != \"up0\" ip daddr %s icmp type echo-request accept"),
                   address_format(&spec->hub4, text));
    if (spec->hub6.family)
        buf_printf(ret_text,
                   RULE("iifname != \"up0\" ip6 daddr %s icmpv6 type echo-request accept"),
                   address_format(&spec->hub6, text));
    if (spec->hub4.family)
        buf_printf(ret_text, DNS("ip"), address_format(&spec->hub4, text));
    if (spec->hub6.family)
        buf_printf(ret_text, DNS("ip6"), address_format(&spec->hub6, text));
    buf_add_text(ret_text, instance_tail);
    if (!spec->client_to_client)
        buf_add_text(ret_text, instance_isolated);
    buf_add_text(ret_text, instance_end);
}

/* clang-format off */

#define TEXT(number) #number
#define RANGE(first, last) TEXT(first) "-" TEXT(last)
#define NAT_PORTS RANGE(UPLINK_PORT_FIRST, UPLINK_PORT_LAST)

static const char root_head[] =
    "table inet warren {\n" COUNTER("spoofed") COUNTER("fenced") COUNTER("denied")
    SET("uplink4", "ifname . ipv4_addr", "") SET("uplink6", "ifname . ipv6_addr", "")
    SET("published", "inet_proto . inet_service", "")
    MAP("published4", "inet_proto . inet_service : ipv4_addr")
    MAP("published6", "inet_proto . inet_service : ipv6_addr")
    /* What is sent to the hub's own addresses and is for an instance's OpenVPN server. */
    CHAIN("publish") HOOK("prerouting", "nat", "dstnat", "accept")
    RULE("iifname != \"wru-*\" fib daddr type local "
         "dnat ip to meta l4proto . th dport map @published4")
    RULE("iifname != \"wru-*\" fib daddr type local "
         "dnat ip6 to meta l4proto . th dport map @published6") END "\n"
    CHAIN("forward");

static const char root_tail[] =
    RULE("iifname \"wru-*\" jump from_tenant")
    RULE("oifname \"wru-*\" ct direction reply ct state established,related accept")
    /* Judged packet by packet: what is published no longer ends at once. */
    RULE("oifname \"wru-*\" ct status dnat meta l4proto . th dport @published accept")
    RULE("oifname \"wru-*\" ct status dnat ct state related accept")
    RULE("oifname \"wru-*\" counter name \"denied\" drop");

static const char root_end[] =
    END "\n"
    CHAIN("from_tenant")
    RULE("iifname . ip saddr != @uplink4 counter name \"spoofed\" drop")
    RULE("iifname . ip6 saddr != @uplink6 counter name \"spoofed\" drop")
    /* To whom the servers answer came by himself, be his address a private one. */
    RULE("ct direction reply ct status dnat ct state established,related accept")
    RULE("oifname \"wru-*\" counter name \"fenced\" drop")
    RULE("ip daddr " FENCED4 " counter name \"fenced\" drop")
    RULE("ip6 daddr != 2000::/3 counter name \"fenced\" drop")
    RULE("ct state invalid counter name \"denied\" drop")
    RULE("accept") END "\n"
    CHAIN("input") HOOK("input", "filter", "filter", "accept")
    RULE("iifname \"wru-*\" icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept")
    RULE("iifname \"wru-*\" counter name \"fenced\" drop") END "\n"
    CHAIN("postrouting") HOOK("postrouting", "nat", "srcnat", "accept")
    /* From ports that nothing on the hub listens on: a tenant's flow from an instance's port would
     * take the packets that its peer sends to the hub. */
    RULE("iifname \"wru-*\" oifname != \"wru-*\" meta l4proto { tcp, udp } masquerade to :" NAT_PORTS)
    RULE("iifname \"wru-*\" oifname != \"wru-*\" masquerade") END "\n"
    /* Nothing is asked here. While there is one of these somewhere, the kernel need not patch its own
     * code whenever an instance's comes or goes. (A chain that came later comes last, as above.) */
    CHAIN("ingress")
    "\t\ttype filter hook ingress device \"lo\" priority filter; policy accept;\n" END "}\n";

/* clang-format on */

void nft_base_draw_root(uint8_t forward_other, struct buf *ret_text)
{
    buf_add_text(ret_text, root_head);
    buf_add_text(ret_text, forward_other ? HOOK("forward", "filter", "filter", "accept")
                                         : HOOK("forward", "filter", "filter", "drop"));
    buf_add_text(ret_text, root_tail);
    if (forward_other == FORWARD_IPV4)
        buf_add_text(ret_text, RULE("meta nfproto ipv6 drop"));
    if (forward_other == FORWARD_IPV6)
        buf_add_text(ret_text, RULE("meta nfproto ipv4 drop"));
    buf_add_text(ret_text, root_end);
}

struct nft_base {
    struct nft_ctx *nft;
    bool shares; /* another one's */
    const char *family, *table;
    /* Rules as written, and how nft lists them where it uses other words: NULL = the same. */
    char *written, *listed;
};

int nft_base_new(const char *family, const char *table, struct nft_base *with,
                 struct nft_base **ret_base)
{
    struct nft_base *base = memory_zero(sizeof(*base));

    base->family = family;
    base->table = table;
    base->shares = with != NULL;
    base->nft = with ? with->nft : nft_ctx_new(NFT_CTX_DEFAULT);
    if (with) {
        *ret_base = base;
        return 0;
    }
    if (!base->nft || nft_ctx_buffer_output(base->nft) || nft_ctx_buffer_error(base->nft)) {
        nft_base_free(base);
        return -ENOMEM;
    }
    nft_ctx_output_set_flags(base->nft, NFT_CTX_OUTPUT_STATELESS | NFT_CTX_OUTPUT_TERSE);
    *ret_base = base;
    return 0;
}

struct nft_base *nft_base_free(struct nft_base *base)
{
    if (!base)
        return NULL;
    if (base->nft && !base->shares)
        nft_ctx_free(base->nft);
    free(base->written);
    free(base->listed);
    free(base);
    return NULL;
}

/* nft tells what went wrong in words only. */
static int run(struct nft_base *base, const char *commands)
{
    const char *error;

    if (nft_run_cmd_from_buffer(base->nft, commands) == 0)
        return 0;
    error = nft_ctx_get_error_buffer(base->nft);
    log_warning("nftables: %.200s", error ? error : "no reason given");
    return -EIO;
}

/* NULL when there is no such table, or it can't be listed. */
static const char *list(struct nft_base *base)
{
    char command[64];

    (void)snprintf(command, sizeof(command), "list table %s %s", base->family, base->table);
    if (nft_run_cmd_from_buffer(base->nft, command) != 0) {
        (void)nft_ctx_get_error_buffer(base->nft);
        return NULL;
    }
    return nft_ctx_get_output_buffer(base->nft);
}

bool nft_base_differs(struct nft_base *base, const char *text)
{
    const char *listed = list(base);

    if (!listed)
        return true;
    if (text_equal(listed, text))
        return false;
    return !base->written || !text_equal(base->written, text) || !text_equal(base->listed, listed);
}

/* The table was just made from nothing else than `text`: what nft says of it now, it will say again
 * as long as nobody touches it. */
static int accept_listing(struct nft_base *base, const char *text)
{
    const char *listed = list(base);

    if (!listed)
        return -EIO;
    log_warning("this nftables lists rules in other words than they are written in: changes of "
                "others are told by what it says now");
    free(base->written);
    free(base->listed);
    base->written = text_duplicate(text);
    base->listed = text_duplicate(listed);
    return 0;
}

static int write_table(struct nft_base *base, const char *before, const char *text)
{
    _cleanup_buf_ struct buf commands = {0};

    buf_printf(&commands, "add table %s %s\n%s table %s %s\n%s", base->family, base->table, before,
               base->family, base->table, text);
    return run(base, commands.data);
}

int nft_base_write(struct nft_base *base, const char *text)
{
    int r = write_table(base, "flush", text);

    if (r == 0 && !nft_base_differs(base, text))
        return 0;
    /* A chain or a set of somebody else's stands in it, or one of ours was made otherwise. */
    r = write_table(base, "delete", text);
    if (r == 0 && nft_base_differs(base, text))
        r = accept_listing(base, text);
    return r;
}

int nft_base_replace(struct nft_base *base, const char *text, uint32_t *ret_writes)
{
    int r;

    if (*text ? !nft_base_differs(base, text) : !list(base))
        return 0;
    (*ret_writes)++;
    r = write_table(base, "delete", text);
    if (r == 0 && *text && nft_base_differs(base, text))
        r = accept_listing(base, text);
    return r;
}
