/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "hub/base/cleanup.h"
#include "hub/base/dns_name.h"

static void names(void **state)
{
    static const char *const right[] = {
        "a", "nas.acme.internal", "_msdcs.corp.example", "168.192.in-addr.arpa", "x-1", "1a"};
    static const char *const wrong[] = {"",           ".",         "a.",  ".a",  "a..b",
                                        "-a",         "a-",        "A",   "a b", "a/b",
                                        "a\nserver=", "b\xc3\xbc", "#",   "*.a", "1.2.3",
                                        "10.0.0.1",   "a.b-.c",    "a=b", "a,b", "2024"};
    char label[70], name[300] = "";

    (void)state;
    for (size_t i = 0; i < ELEMENTS(right); i++)
        assert_true(dns_name_valid(right[i]));
    for (size_t i = 0; i < ELEMENTS(wrong); i++)
        assert_false(dns_name_valid(wrong[i]));
    memset(label, 'a', sizeof(label));
    label[63] = '\0';
    assert_true(dns_label_valid(label) && dns_name_valid(label));
    label[63] = 'a';
    label[64] = '\0';
    assert_false(dns_label_valid(label) || dns_name_valid(label));
    for (size_t i = 0; i < 253; i++)
        name[i] = i % 2 ? '.' : 'a';
    assert_true(dns_name_valid(name));
    strcat(name, ".a");
    assert_false(dns_name_valid(name));
}

static void domains(void **state)
{
    (void)state;
    assert_true(dns_name_is_in("acme.internal", "acme.internal"));
    assert_true(dns_name_is_in("nas.acme.internal", "acme.internal"));
    assert_false(dns_name_is_in("xacme.internal", "acme.internal"));
    assert_false(dns_name_is_in("internal", "acme.internal"));
}

static void entries(void **state)
{
    static const char *const wrong[] = {
        "", "=", "nas", "nas=", "=10.0.0.1", "nas=10.0.0", "nas=x=y"};
    struct dns_entry entry;
    char text[DNS_ENTRY_TEXT_MAX];

    (void)state;
    for (size_t i = 0; i < ELEMENTS(wrong); i++)
        assert_int_equal(dns_entry_parse(wrong[i], &entry), -EINVAL);
    assert_int_equal(dns_entry_parse("nas=fd00::9", &entry), 0);
    assert_string_equal(entry.name, "nas");
    assert_string_equal(dns_entry_format(&entry, text), "nas=fd00::9");
}

static void lists(void **state)
{
    static const char *const same[] = {"", "corp.example",
                                       "nas=10.0.0.1,nas=fd00::1,a.b,c=10.0.0.2"};
    struct dns_list list = {0};

    (void)state;
    for (size_t i = 0; i < ELEMENTS(same); i++) {
        assert_int_equal(dns_list_parse(same[i], &list), 0);
        char *text = dns_list_format(&list);
        assert_string_equal(text, same[i]);
        free(text);
        for (size_t k = 0; k < list.count; k++)
            assert_true(dns_list_contains(&list, &list.items[k]));
        dns_list_done(&list);
    }
    assert_int_equal(dns_list_parse("nas=10.0.0.1,,", &list), -EINVAL);
    assert_int_equal(dns_list_parse("NAS=10.0.0.1", &list), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names),
        cmocka_unit_test(domains),
        cmocka_unit_test(entries),
        cmocka_unit_test(lists),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
