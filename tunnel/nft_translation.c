/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tunnel/nft_translation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "hub/base/openvpn_server.h"
#include "hub/base/text.h"

const char *const nft_translation_families[NFT_TRANSLATION_COUNT] = {
    [NFT_TRANSLATION_WIREGUARD] = "netdev", [NFT_TRANSLATION_OPENVPN] = "inet"};

void nft_translations_done(struct nft_translations *translations)
{
    for (unsigned i = 0; i < NFT_TRANSLATION_COUNT; i++)
        buf_done(&translations->texts[i]);
}

void nft_mappings_done(struct nft_mappings *mappings)
{
    free(mappings->items);
    *mappings = (struct nft_mappings){0};
}

void nft_mappings_add(struct nft_mappings *mappings, unsigned link, const struct prefix *real,
                      const struct prefix *mapped)
{
    if (mappings->count == mappings->size) {
        mappings->size = mappings->size ? mappings->size * 2 : 4;
        mappings->items = reallocarray(mappings->items, mappings->size, sizeof(*mappings->items));
        if (!mappings->items)
            abort();
    }
    mappings->items[mappings->count++] =
        (struct nft_mapping){.link = (uint16_t)link, .real = *real, .mapped = *mapped};
}

static int compare_mappings(const void *left, const void *right)
{
    const struct nft_mapping *a = left;
    const struct nft_mapping *b = right;

    return a->link != b->link ? a->link - b->link : prefix_compare(&a->mapped, &b->mapped);
}

/* ---- the rules of a link ---- */

/* What of an address stays, with the bits of the new prefix set: so nft writes it. */
static struct address mask_of(const struct prefix *to)
{
    struct prefix all = {.address = to->address, .length = to->length};

    return prefix_last(&all);
}

static void draw_rule(const char *field, const struct prefix *from, const struct prefix *to,
                      struct buf *ret_text)
{
    bool is6 = from->address.family == AF_INET6;
    bool is_host = from->length == address_bits(&from->address);
    struct address mask = mask_of(to);
    char old[PREFIX_TEXT_MAX], new[ADDRESS_TEXT_MAX], kept[ADDRESS_TEXT_MAX], name[16];

    (void)snprintf(name, sizeof(name), "%s %s", is6 ? "ip6" : "ip", field);
    if (is_host) {
        buf_printf(ret_text, "\t\t%s %s %s set %s accept\n", name,
                   address_format(&from->address, old), name, address_format(&to->address, new));
        return;
    }
    buf_printf(ret_text, "\t\t%s %s %s set %s & %s | %s accept\n", name, prefix_format(from, old),
               name, name, address_format(&mask, kept), address_format(&to->address, new));
}

/* The hooks of WireGuard's link itself, before its flowtable's. */
static void draw_link_hook(unsigned link, bool leaving, struct buf *ret_text)
{
    char name[LINK_NAME_MAX];

    buf_printf(ret_text, "\t\ttype filter hook %s device \"%s\" priority %s; policy accept;\n",
               leaving ? "egress" : "ingress", link_wireguard_name(link, name),
               leaving ? "filter" : "filter - 10");
}

/* Of mappings of one link. */
static void draw_chain(const struct nft_mapping *mappings, size_t count, bool hooked, bool leaving,
                       struct buf *ret_text)
{
    buf_printf(ret_text, "\tchain %s_%u {\n", leaving ? "leave" : "arrive", mappings[0].link);
    if (hooked)
        draw_link_hook(mappings[0].link, leaving, ret_text);
    for (size_t i = 0; i < count; i++) {
        const struct nft_mapping *one = &mappings[i];

        if (leaving)
            draw_rule("daddr", &one->mapped, &one->real, ret_text);
        else
            draw_rule("saddr", &one->real, &one->mapped, ret_text);
    }
    buf_add_text(ret_text, "\t}\n");
}

static void draw_chains(const struct nft_mappings *mappings, bool hooked, struct buf *ret_text)
{
    for (unsigned leaving = 0; leaving < 2; leaving++)
        for (size_t i = 0, next; i < mappings->count; i = next) {
            for (next = i + 1;
                 next < mappings->count && mappings->items[next].link == mappings->items[i].link;)
                next++;
            if (leaving || i > 0)
                buf_add_text(ret_text, "\n");
            draw_chain(&mappings->items[i], next - i, hooked, leaving, ret_text);
        }
}

/* ---- which link: OpenVPN's, of which one may have several ---- */

struct device {
    char name[LINK_NAME_MAX];
    uint16_t link;
};

/* nft sorts names as numbers whose last letter counts most. */
static int compare_devices(const void *left, const void *right)
{
    const char *a = ((const struct device *)left)->name;
    const char *b = ((const struct device *)right)->name;
    size_t length = strlen(a);

    if (length != strlen(b))
        return length < strlen(b) ? -1 : 1;
    while (length-- > 0)
        if (a[length] != b[length])
            return a[length] < b[length] ? -1 : 1;
    return 0;
}

static size_t find_devices(const struct nft_mappings *mappings, struct device *ret_devices)
{
    size_t count = 0;

    for (size_t i = 0; i < mappings->count; i++) {
        unsigned link = mappings->items[i].link;

        if (i > 0 && mappings->items[i - 1].link == link)
            continue;
        for (unsigned server = 0; server < OPENVPN_SERVER_COUNT; server++, count++) {
            ret_devices[count].link = (uint16_t)link;
            (void)snprintf(ret_devices[count].name, LINK_NAME_MAX, "%s",
                           openvpn_server_link(openvpn_server_number(link, server)));
        }
    }
    qsort(ret_devices, count, sizeof(*ret_devices), compare_devices);
    return count;
}

static void draw_hook(const struct device *devices, size_t count, bool leaving,
                      struct buf *ret_text)
{
    const char *chain = leaving ? "leave" : "arrive";

    buf_printf(ret_text, "\tchain %s {\n", chain);
    buf_add_text(ret_text, leaving ? "\t\ttype filter hook postrouting priority 300; policy "
                                     "accept;\n\t\toifname vmap { "
                                   : "\t\ttype filter hook prerouting priority raw; policy "
                                     "accept;\n\t\tiifname vmap { ");
    for (size_t i = 0; i < count; i++)
        buf_printf(ret_text, "%s\"%s\" : goto %s_%u", i > 0 ? ", " : "", devices[i].name, chain,
                   devices[i].link);
    buf_add_text(ret_text, " }\n\t}\n");
}

static void draw_hooks(const struct nft_mappings *mappings, struct buf *ret_text)
{
    struct device *devices = memory_zero(mappings->count * OPENVPN_SERVER_COUNT * sizeof(*devices));
    size_t count = find_devices(mappings, devices);

    buf_add_text(ret_text, "\n");
    draw_hook(devices, count, false, ret_text);
    buf_add_text(ret_text, "\n");
    draw_hook(devices, count, true, ret_text);
    free(devices);
}

void nft_translation_draw(enum nft_translation translation, struct nft_mappings *mappings,
                          struct buf *ret_text)
{
    bool by_link = translation == NFT_TRANSLATION_WIREGUARD;

    if (mappings->count == 0)
        return;
    qsort(mappings->items, mappings->count, sizeof(*mappings->items), compare_mappings);
    buf_printf(ret_text, "table %s " NFT_TRANSLATION_TABLE " {\n",
               nft_translation_families[translation]);
    draw_chains(mappings, by_link, ret_text);
    if (!by_link)
        draw_hooks(mappings, ret_text);
    buf_add_text(ret_text, "}\n");
}
