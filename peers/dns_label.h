/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From names for people to names of the DNS, as pure functions: "Ana's Büro-PC" -> "anas-buro-pc".
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "hub/base/dns_name.h"

enum {
    DNS_LABEL_LONGEST = 40,             /* of what is made of a name: room for a number behind it */
    DNS_PEER_LABEL_MAX = 40 + 1 + 7 + 1 /* "-1234567" and the terminating 0 */
};

/* Lower case; letters lose their accents, what is no letter or digit becomes one dash, apostrophes
 * go; "peer" when nothing is left. Always a valid label of at most DNS_LABEL_LONGEST characters. */
void dns_label_of(const char *name, char ret_label[static DNS_PEER_LABEL_MAX]);
/* One character of a name as it is in a label: NULL = it goes, "" = it parts words. */
const char *dns_label_letters(uint32_t code, char one[static 2]);
/* The label of the `number`th peer of that name: the first (1) has it as it is. */
void dns_label_numbered(const char *label, unsigned number,
                        char ret_label[static DNS_PEER_LABEL_MAX]);

enum { DNS_CUSTOM_MAX = 64, DNS_SPLIT_MAX = 64, DNS_DOMAINS_MAX = 8 };
