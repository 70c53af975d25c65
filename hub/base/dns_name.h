/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of the DNS as text: checked wherever one goes into a file of the resolver. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "hub/base/address.h"

enum { DNS_LABEL_MAX = 64, DNS_NAME_MAX = 254 }; /* with the terminating 0 */

/* Lower case letters, digits, dashes and underscores; neither first nor last is a dash. */
bool dns_label_valid(const char *label);
/* Labels with dots between; the last one is not all digits, which would be an address. No dot at
 * the end. */
bool dns_name_valid(const char *name);
/* Is `name` the domain itself, or below it? */
bool dns_name_is_in(const char *name, const char *domain);

/* A name and an address, or (family 0) a name alone. */
struct dns_entry {
    char name[DNS_NAME_MAX];
    struct address address;
};

/* "NAME=ADDRESS", whatever the name; -EINVAL. */
int dns_entry_parse(const char *text, struct dns_entry *ret_entry);

struct dns_list {
    struct dns_entry *items;
    size_t count;
};

void dns_list_done(struct dns_list *list);
#define _cleanup_dns_list_ __attribute__((cleanup(dns_list_done)))
void dns_list_add(struct dns_list *list, const struct dns_entry *entry);
bool dns_list_contains(const struct dns_list *list, const struct dns_entry *entry);

enum { DNS_ENTRY_TEXT_MAX = DNS_NAME_MAX + 1 + ADDRESS_TEXT_MAX };
/* "nas.acme.internal=10.66.0.9", or the name alone. */
const char *dns_entry_format(const struct dns_entry *entry, char text[static DNS_ENTRY_TEXT_MAX]);
/* All with commas between, for the store, and back; -EINVAL. */
char *dns_list_format(const struct dns_list *list);
int dns_list_parse(const char *text, struct dns_list *ret_list);
