/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a person writes of a rule: ends, ports, labels. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "peers/complaint.h"
#include "peers/firewall.h"

static const char *const kind_words[FIREWALL_KIND_COUNT] = {
    [FIREWALL_ANY] = "any",   [FIREWALL_PEER] = "peer",   [FIREWALL_SITE] = "site",
    [FIREWALL_USER] = "user", [FIREWALL_GROUP] = "group", [FIREWALL_NETWORK] = "",
};

/* "peer:laptop" -> PEER and "laptop"; what has no such word before a colon is left whole. */
static enum firewall_kind split_kind(const char *text, const char **ret_value)
{
    for (enum firewall_kind kind = FIREWALL_PEER; kind <= FIREWALL_GROUP; kind++) {
        size_t length = strlen(kind_words[kind]);

        if (strncmp(text, kind_words[kind], length) == 0 && text[length] == ':') {
            *ret_value = text + length + 1;
            return kind;
        }
    }
    *ret_value = text;
    return FIREWALL_KIND_COUNT;
}

static bool take_network(const char *text, struct firewall_name *name, bool *ret_is_one,
                         struct complaint *complaint)
{
    struct prefix prefix, network;
    struct address address;
    char would[PREFIX_TEXT_MAX];

    *ret_is_one = true;
    if (address_parse(text, &address) == 0) {
        prefix = prefix_of_address(&address);
    } else if (prefix_parse(text, &prefix) < 0) {
        *ret_is_one = false;
        return true;
    }
    name->kind = FIREWALL_NETWORK;
    network = prefix_network(&prefix);
    prefix_format(&network, would);
    if (!prefix_equal(&network, &prefix)) {
        complain(complaint, "is not a network's first address");
        (void)text_copy(complaint->would, sizeof(complaint->would), would);
        return false;
    }
    return text_copy(name->value, sizeof(name->value), would) == 0;
}

bool firewall_name_parse(const char *text, struct firewall_name *ret_name,
                         struct complaint *ret_complaint)
{
    struct firewall_name name = {0};
    const char *value;
    bool is_network;

    if (text_equal(text, "any")) {
        *ret_name = name;
        return true;
    }
    name.kind = split_kind(text, &value);
    if (name.kind == FIREWALL_KIND_COUNT) {
        if (!take_network(text, &name, &is_network, ret_complaint))
            return false;
        if (is_network) {
            *ret_name = name;
            return true;
        }
        name.kind = FIREWALL_PEER;
    }
    if (name.kind == FIREWALL_GROUP && !rule_label(value, ret_complaint))
        return false;
    if (name.kind == FIREWALL_USER && !rule_user_name(value, ret_complaint))
        return false;
    if (!*value || text_copy(name.value, sizeof(name.value), value) < 0) {
        complain(ret_complaint,
                 "is none of any, peer:NAME, site:NAME, user:NAME, group:NAME, a network or an "
                 "address");
        return false;
    }
    *ret_name = name;
    return true;
}

char *firewall_name_format(enum firewall_kind kind, const char *value)
{
    if (kind == FIREWALL_ANY)
        return text_duplicate("any");
    if (kind == FIREWALL_NETWORK)
        return text_duplicate(value);
    return text_format("%s:%s", kind_words[kind], value);
}

/* ---- labels ---- */

static bool is_label_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           strchr("-_.@+", c);
}

bool rule_label(const char *text, struct complaint *ret_complaint)
{
    size_t length = strlen(text);

    if (length == 0 || length >= LABEL_MAX) {
        complain(ret_complaint, "must have 1 to %d characters", LABEL_MAX - 1);
        return false;
    }
    for (const char *c = text; *c; c++) {
        if (!is_label_character(*c)) {
            complain(ret_complaint, "may have only letters, digits and - _ . @ +");
            return false;
        }
    }
    return true;
}

bool rule_comment(const char *text, struct complaint *ret_complaint)
{
    size_t characters;

    if (!text_is_printable(text, &characters)) {
        complain(ret_complaint, "must be printable text");
        return false;
    }
    if (characters > FIREWALL_COMMENT_MAX) {
        complain(ret_complaint, "is longer than %d characters", FIREWALL_COMMENT_MAX);
        return false;
    }
    return true;
}

/* ---- ports ---- */

static bool parse_port(const char *text, uint16_t *ret_port)
{
    uint64_t number;

    if (text_parse_u64(text, 1, UINT16_MAX, &number) < 0)
        return false;
    *ret_port = (uint16_t)number;
    return true;
}

bool firewall_ports_parse(const char *text, struct firewall_ports *ret_ports,
                          struct complaint *ret_complaint)
{
    struct firewall_ports ports;
    char first[FIREWALL_PORTS_TEXT_MAX];
    const char *dash = strchr(text, '-');
    size_t length = dash ? (size_t)(dash - text) : strlen(text);

    if (length < sizeof(first)) {
        memcpy(first, text, length);
        first[length] = 0;
        if (parse_port(first, &ports.first) && parse_port(dash ? dash + 1 : first, &ports.last) &&
            ports.first <= ports.last) {
            *ret_ports = ports;
            return true;
        }
    }
    complain(ret_complaint, "is neither a port from 1 to 65535 nor a range of them");
    (void)text_copy(ret_complaint->would, sizeof(ret_complaint->would), "443 or 8000-8080");
    return false;
}

static int compare_ports(const void *left, const void *right)
{
    const struct firewall_ports *a = left;
    const struct firewall_ports *b = right;

    return (int)a->first - (int)b->first;
}

size_t firewall_ports_sort(struct firewall_ports *ports, size_t count)
{
    size_t kept = 0;

    if (count == 0)
        return 0;
    qsort(ports, count, sizeof(*ports), compare_ports);
    for (size_t i = 1; i < count; i++) {
        if (ports[i].first > ports[kept].last + 1)
            ports[++kept] = ports[i];
        else if (ports[i].last > ports[kept].last)
            ports[kept].last = ports[i].last;
    }
    return kept + 1;
}

const char *firewall_ports_format(const struct firewall_ports *ports,
                                  char text[static FIREWALL_PORTS_TEXT_MAX])
{
    if (ports->first == ports->last)
        snprintf(text, FIREWALL_PORTS_TEXT_MAX, "%u", ports->first);
    else
        snprintf(text, FIREWALL_PORTS_TEXT_MAX, "%u-%u", ports->first, ports->last);
    return text;
}

/* ---- protocols ---- */

static const struct {
    uint8_t protocol;
    const char *name;
} protocols[] = {
    {FIREWALL_PROTOCOL_ANY, "any"},
    {FIREWALL_TCP, "tcp"},
    {FIREWALL_UDP, "udp"},
    {FIREWALL_ICMP, "icmp"},
};

const char *firewall_protocol_name(uint8_t protocol)
{
    for (size_t i = 0; i < ELEMENTS(protocols); i++)
        if (protocols[i].protocol == protocol)
            return protocols[i].name;
    return "";
}

int firewall_protocol_parse(const char *text, uint8_t *ret_protocol)
{
    for (size_t i = 0; i < ELEMENTS(protocols); i++) {
        if (text_equal(protocols[i].name, text)) {
            *ret_protocol = protocols[i].protocol;
            return 0;
        }
    }
    return -EINVAL;
}

bool firewall_protocol_has_ports(uint8_t protocol)
{
    return protocol == FIREWALL_TCP || protocol == FIREWALL_UDP;
}
