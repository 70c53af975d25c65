/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hub/base/cleanup.h"
#include "peers/dns_label.h"

static void labels(void **state)
{
    static const struct {
        const char *name, *label;
    } cases[] = {
        {"laptop", "laptop"},
        {"LapTop", "laptop"},
        {"Ana's B\u00fcro-PC", "anas-buro-pc"},
        {"Zo\u00eb\u2019s phone", "zoes-phone"},
        {"  two   words  ", "two-words"},
        {"--a__b--", "a-b"},
        {"Stra\u00dfe 7 \u00c6ther", "strasse-7-aether"},
        {"\u0141\u00f3d\u017a \u017f\u017e", "lodz-sz"},
        {"cafe\u0301", "cafe"}, /* an accent of its own */
        {"2024", "2024"},
        {"1 \u00d7 2 \u00f7 3", "1-2-3"},
        {"\u041d\u043e\u0443\u0442\u0431\u0443\u043a", "peer"},
        {"\u041d\u043e\u0443\u0442\u0431\u0443\u043a 3", "3"},
        {"\xf0\x9f\x98\x80 phone", "phone"},
        {"", "peer"},
        {"'", "peer"},
        {"\xff\xc3", "peer"}, /* no UTF-8 */
        {"\xe2\x82", "peer"},
        {"0123456789012345678901234567890123456789abc", "0123456789012345678901234567890123456789"},
        {"012345678901234567890123456789012345678 bc", "012345678901234567890123456789012345678"},
        {"012345678901234567890123456789012345678\u00df",
         "012345678901234567890123456789012345678"},
    };
    char label[DNS_PEER_LABEL_MAX];

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        dns_label_of(cases[i].name, label);
        assert_string_equal(label, cases[i].label);
        assert_true(dns_label_valid(label));
    }
}

static void numbers(void **state)
{
    char label[DNS_PEER_LABEL_MAX];

    (void)state;
    dns_label_numbered("laptop", 1, label);
    assert_string_equal(label, "laptop");
    dns_label_numbered("laptop", 2, label);
    assert_string_equal(label, "laptop-2");
    dns_label_numbered("0123456789012345678901234567890123456789", 9999999, label);
    assert_true(dns_label_valid(label));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(labels),
        cmocka_unit_test(numbers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
