/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/base/dns_name.h"

#include <errno.h>
#include <stdio.h>

#include "hub/base/buf.h"
#include "hub/base/cleanup.h"
#include "hub/base/text.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_of_label(char c)
{
    return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-' || c == '_';
}

static bool label_ok(const char *label, size_t length)
{
    if (length == 0 || length >= DNS_LABEL_MAX || label[0] == '-' || label[length - 1] == '-')
        return false;
    for (size_t i = 0; i < length; i++) {
        if (!is_of_label(label[i]))
            return false;
    }
    return true;
}

bool dns_label_valid(const char *label)
{
    return label_ok(label, strnlen(label, DNS_LABEL_MAX));
}

bool dns_name_valid(const char *name)
{
    size_t length;

    if (strnlen(name, DNS_NAME_MAX) == DNS_NAME_MAX)
        return false;
    for (;; name += length + 1) {
        length = strcspn(name, ".");
        if (!label_ok(name, length))
            return false;
        if (name[length] == '\0')
            return strspn(name, "0123456789") < length;
    }
}

bool dns_name_is_in(const char *name, const char *domain)
{
    size_t length = strlen(name), domain_length = strlen(domain);

    if (length < domain_length || !text_equal(name + length - domain_length, domain))
        return false;
    return length == domain_length || name[length - domain_length - 1] == '.';
}

int dns_entry_parse(const char *text, struct dns_entry *ret_entry)
{
    const char *sign = strchr(text, '=');
    struct dns_entry entry = {0};

    if (!sign || sign == text || (size_t)(sign - text) >= sizeof(entry.name) ||
        address_parse(sign + 1, &entry.address) < 0)
        return -EINVAL;
    memcpy(entry.name, text, (size_t)(sign - text));
    *ret_entry = entry;
    return 0;
}

const char *dns_entry_format(const struct dns_entry *entry, char text[static DNS_ENTRY_TEXT_MAX])
{
    char address[ADDRESS_TEXT_MAX] = "";

    if (entry->address.family)
        address_format(&entry->address, address);
    snprintf(text, DNS_ENTRY_TEXT_MAX, "%s%s%s", entry->name, *address ? "=" : "", address);
    return text;
}

void dns_list_done(struct dns_list *list)
{
    free(list->items);
    *list = (struct dns_list){0};
}

void dns_list_add(struct dns_list *list, const struct dns_entry *entry)
{
    list->items = reallocarray(list->items, list->count + 1, sizeof(*list->items));
    if (!list->items)
        abort();
    list->items[list->count++] = *entry;
}

bool dns_list_contains(const struct dns_list *list, const struct dns_entry *entry)
{
    for (size_t i = 0; i < list->count; i++) {
        if (text_equal(list->items[i].name, entry->name) &&
            address_equal(&list->items[i].address, &entry->address))
            return true;
    }
    return false;
}

char *dns_list_format(const struct dns_list *list)
{
    struct buf text = {0};
    char one[DNS_ENTRY_TEXT_MAX];

    for (size_t i = 0; i < list->count; i++) {
        buf_add_text(&text, i ? "," : "");
        buf_add_text(&text, dns_entry_format(&list->items[i], one));
    }
    return buf_take(&text);
}

int dns_list_parse(const char *text, struct dns_list *ret_list)
{
    _cleanup_free_ char *copy = text_duplicate(text);
    _cleanup_dns_list_ struct dns_list list = {0};
    char *rest = *copy ? copy : NULL;

    for (char *item; (item = strsep(&rest, ","));) {
        struct dns_entry entry = {0};

        if (strchr(item, '=') ? dns_entry_parse(item, &entry) < 0
                              : text_copy(entry.name, sizeof(entry.name), item) < 0)
            return -EINVAL;
        if (!dns_name_valid(entry.name))
            return -EINVAL;
        dns_list_add(&list, &entry);
    }
    *ret_list = list;
    list = (struct dns_list){0};
    return 0;
}
