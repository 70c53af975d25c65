/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IPv4 and IPv6 addresses, prefixes and endpoints: plain data, parsed and printed here only. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* `family` is AF_INET or AF_INET6, 0 = none. An IPv4 address uses the first four bytes. */
struct address {
    uint8_t family;
    uint8_t bytes[16];
};

struct prefix {
    struct address address;
    uint8_t length;
};

struct endpoint {
    struct address address;
    uint8_t padding; /* endpoints travel on the channel: no hole */
    uint16_t port;
};

enum {
    ADDRESS_TEXT_MAX = 46,          /* with the terminating 0 */
    PREFIX_TEXT_MAX = 50,           /* "/128" more */
    ENDPOINT_TEXT_MAX = 46 + 2 + 6, /* "[...]:65535" */
};

/* Parsers take exactly the text given (no white space, no scope id, no octal, no short forms of
 * IPv4), answer 0 or -EINVAL, and write the result on success alone. */
int address_parse(const char *text, struct address *ret_address);
/* Keeps host bits: "10.0.0.7/24" gives 10.0.0.7 and 24. The length is required. */
int prefix_parse(const char *text, struct prefix *ret_prefix);
/* "192.0.2.1:51820", "[2001:db8::1]:51820". */
int endpoint_parse(const char *text, struct endpoint *ret_endpoint);

/* Formatters return `text` for use in a printf. IPv6 in its RFC 5952 form. */
const char *address_format(const struct address *address, char text[static ADDRESS_TEXT_MAX]);
const char *prefix_format(const struct prefix *prefix, char text[static PREFIX_TEXT_MAX]);
const char *endpoint_format(const struct endpoint *endpoint, char text[static ENDPOINT_TEXT_MAX]);

/* "255.255.255.0" of an IPv4 prefix. */
const char *prefix_mask_format(const struct prefix *prefix, char text[static ADDRESS_TEXT_MAX]);

unsigned address_bits(const struct address *address); /* 32 or 128 */
size_t address_size(const struct address *address);   /* 4 or 16 */
/* Total order: IPv4 before IPv6, then by value. */
int address_compare(const struct address *a, const struct address *b);
bool address_equal(const struct address *a, const struct address *b);
/* address + offset; -ERANGE when it leaves the family's range. */
int address_add(const struct address *address, uint64_t offset, struct address *ret_address);
/* to - from (same family, to >= from); -ERANGE when it does not fit 64 bits. */
int address_distance(const struct address *from, const struct address *to, uint64_t *ret_offset);

bool prefix_valid(const struct prefix *prefix); /* family known, length within it */
bool prefix_has_host_bits(const struct prefix *prefix);
struct prefix prefix_network(const struct prefix *prefix);      /* host bits cleared */
struct prefix prefix_of_address(const struct address *address); /* /32 or /128 */
struct address prefix_first(const struct prefix *prefix);
struct address prefix_last(const struct prefix *prefix);
bool prefix_contains_address(const struct prefix *prefix, const struct address *address);
bool prefix_contains(const struct prefix *outer, const struct prefix *inner);
bool prefix_overlaps(const struct prefix *a, const struct prefix *b);
/* By address, then the shorter length first. */
int prefix_compare(const struct prefix *a, const struct prefix *b);
bool prefix_equal(const struct prefix *a, const struct prefix *b);
