/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whatever a peer is called, its label is one, and stays what it is when it is made again; names
 * and lists that parse are printed as they were. */
#include <stdlib.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "peers/dns_label.h"
#include "peers/rules.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool held)
{
    if (!held)
        abort();
}

static void check_label(const char *name)
{
    char label[DNS_PEER_LABEL_MAX], again[DNS_PEER_LABEL_MAX];

    dns_label_of(name, label);
    require(dns_label_valid(label) && strlen(label) <= DNS_LABEL_LONGEST);
    dns_label_of(label, again);
    require(text_equal(label, again));
    dns_label_numbered(label, 7654321, again);
    require(dns_label_valid(again));
}

static void check_name(const char *name)
{
    struct complaint complaint, ignored;

    if (rule_dns_name(name, &complaint)) {
        require(strpbrk(name, " \t\r\n/#,=*:") == NULL);
        require(dns_name_is_in(name, name));
        return;
    }
    require(complaint.wrong[0] != '\0');
    require(!complaint.would[0] || rule_dns_name(complaint.would, &ignored));
}

static void check_list(const char *text)
{
    _cleanup_dns_list_ struct dns_list list = {0}, again = {0};
    _cleanup_free_ char *printed = NULL;

    if (dns_list_parse(text, &list) < 0)
        return;
    printed = dns_list_format(&list);
    require(dns_list_parse(printed, &again) == 0 && again.count == list.count);
    for (size_t i = 0; i < list.count; i++)
        require(dns_list_contains(&again, &list.items[i]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _cleanup_free_ char *text = memory_zero(size + 1);

    memcpy(text, data, size);
    check_label(text);
    check_name(text);
    check_list(text);
    return 0;
}
