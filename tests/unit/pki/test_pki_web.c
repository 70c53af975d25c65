/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "hub/pki/pki_web.h"

static const int64_t now = 1790000000; /* 2026 */
static const char *const names[] = {"vpn.example.net", "198.51.100.7", "2001:db8::7"};
static char *chain, *key, *other_chain, *other_key;

static int set_up(void **state)
{
    (void)state;
    return pki_web_make(names, ELEMENTS(names), now, &chain, &key) == 0 &&
                   pki_web_make(names, 1, now, &other_chain, &other_key) == 0
               ? 0
               : -1;
}

static int tear_down(void **state)
{
    (void)state;
    free(chain);
    free(key);
    free(other_chain);
    free(other_key);
    return 0;
}

static void one_is_made(void **state)
{
    struct pki_web_facts facts;
    const char *wrong = NULL;

    (void)state;
    assert_int_equal(pki_web_check(chain, key, now, &facts, &wrong), 0);
    assert_true(facts.self_signed);
    assert_string_equal(facts.subject, "CN=vpn.example.net");
    assert_int_equal(facts.name_count, ELEMENTS(names));
    for (size_t i = 0; i < ELEMENTS(names); i++)
        assert_string_equal(facts.names[i], names[i]);
    assert_true(facts.not_before < now && facts.not_after - facts.not_before <= 825 * 86400);
    assert_memory_not_equal(facts.fingerprint, (uint8_t[32]){0}, 32);
}

static void names_need_not_be_short(void **state)
{
    char name[200];
    const char *const list[] = {name};
    _cleanup_free_ char *long_chain = NULL, *long_key = NULL;
    struct pki_web_facts facts;
    const char *wrong = NULL;

    (void)state;
    memset(name, 'a', sizeof(name));
    for (size_t i = 40; i < sizeof(name); i += 40)
        name[i] = '.';
    name[sizeof(name) - 1] = 0;
    assert_int_equal(pki_web_make(list, 1, now, &long_chain, &long_key), 0);
    assert_int_equal(pki_web_look(long_chain, &facts, &wrong), 0);
    assert_string_equal(facts.names[0], name);
    assert_int_equal(pki_web_make(list, 0, now, &long_chain, &long_key), -EINVAL);
}

static void its_time_is_looked_at(void **state)
{
    struct pki_web_facts facts;
    const char *wrong = NULL;

    (void)state;
    assert_int_equal(pki_web_check(chain, key, now + PKI_WEB_LIFETIME, &facts, &wrong), -EBADMSG);
    assert_string_equal(wrong, "has expired");
    assert_int_equal(pki_web_check(chain, key, now - 2 * 86400, &facts, &wrong), -EBADMSG);
    assert_non_null(strstr(wrong, "not valid yet"));
}

static void what_does_not_fit_is_refused(void **state)
{
    _cleanup_free_ char *both = text_format("%s%s", chain, other_chain);
    char many[9 * 2048] = "";
    struct pki_web_facts facts;
    const char *wrong = NULL;

    (void)state;
    assert_int_equal(pki_web_check(chain, other_key, now, &facts, &wrong), -EKEYREJECTED);
    assert_int_equal(pki_web_check(chain, chain, now, &facts, &wrong), -EKEYREJECTED);
    assert_int_equal(pki_web_check(chain, "", now, &facts, &wrong), -EKEYREJECTED);
    assert_int_equal(pki_web_check(key, key, now, &facts, &wrong), -EBADMSG);
    assert_int_equal(pki_web_check("", key, now, &facts, &wrong), -EBADMSG);
    assert_int_equal(pki_web_check(both, key, now, &facts, &wrong), -EBADMSG);
    assert_non_null(strstr(wrong, "out of order"));
    for (int i = 0; i < 9; i++)
        strcat(many, chain);
    assert_int_equal(pki_web_check(many, key, now, &facts, &wrong), -EBADMSG);
    assert_non_null(strstr(wrong, "too many"));
}

/* Each prefix, and each with a byte changed: never a crash, and nothing else than what it was. */
static void damage_is_refused(void **state)
{
    _cleanup_free_ char *copy = text_duplicate(chain);
    struct pki_web_facts facts;
    const char *wrong = NULL;

    (void)state;
    for (size_t i = 0; i < strlen(chain); i += 7) {
        char kept = copy[i];

        copy[i] = '!';
        if (pki_web_check(copy, key, now, &facts, &wrong) < 0)
            assert_non_null(wrong);
        copy[i] = 0;
        (void)pki_web_look(copy, &facts, &wrong);
        copy[i] = kept;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_is_made),
        cmocka_unit_test(names_need_not_be_short),
        cmocka_unit_test(its_time_is_looked_at),
        cmocka_unit_test(what_does_not_fit_is_refused),
        cmocka_unit_test(damage_is_refused),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
