/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "profiles/routeros.h"
#include "profiles/routeros_openvpn.h"
#include "profiles/routeros_script.h"
#include "tests/unit/profiles/sample.h"

static void test_quoting(void **state)
{
    static const struct {
        const char *value, *quoted;
    } rows[] = {
        {"", "\"\""},
        {"vpn.example.net", "\"vpn.example.net\""},
        {"a b;c[d]{e}(f)#g=h", "\"a b;c[d]{e}(f)#g=h\""},
        {"say \"hi\"", "\"say \\\"hi\\\"\""},
        {"back\\slash", "\"back\\\\slash\""},
        {"\\", "\"\\\\\""},
        {"\"", "\"\\\"\""},
        {"$var $(x)", "\"\\$var \\$(x)\""},
        {"what?", "\"what\\3F\""},
        {"a\nb\rc\td", "\"a\\0Ab\\0Dc\\09d\""},
        {"\x01\x1b\x7f", "\"\\01\\1B\\7F\""},
        {"ä", "\"\\C3\\A4\""},
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(rows); i++) {
        _cleanup_buf_ struct buf text = {0};

        routeros_quote(&text, rows[i].value);
        assert_string_equal(text.data, rows[i].quoted);
    }
}

/* Braces, brackets and parentheses close in order, outside of quotes and comments. */
static void check_nesting(const char *script)
{
    char open[64];
    size_t depth = 0;
    bool quoted = false, line_start = true;

    for (const char *p = script; *p; p++) {
        bool comment = line_start && *p == '#' && !quoted;

        assert_true(*p == '\n' || (*p >= ' ' && *p <= '~'));
        if (comment) {
            p = strchr(p, '\n');
            assert_non_null(p);
            continue;
        }
        line_start = *p == '\n';
        if (*p == '"')
            quoted = !quoted;
        else if (quoted && *p == '\\')
            assert_true(*++p != '\n');
        else if (!quoted && strchr("{[(", *p)) {
            assert_true(depth < sizeof(open));
            open[depth++] = *p == '{' ? '}' : *p == '[' ? ']' : ')';
        } else if (!quoted && strchr("}])", *p)) {
            assert_true(depth > 0);
            assert_int_equal(open[--depth], *p);
        }
        assert_false(quoted && *p == '\n');
    }
    assert_false(quoted);
    assert_int_equal(depth, 0);
}

static void test_scripts_are_well_formed(void **state)
{
    static const char *const hosts[] = {"vpn.example.net", "2001:db8::1", "a\"b", "x\\", "$x?"};

    (void)state;
    for (size_t i = 0; i < ELEMENTS(hosts); i++) {
        _cleanup_buf_ struct buf text = {0};
        struct profile_facts facts;

        sample_site(&facts);
        facts.endpoint_host = hosts[i];
        facts.instance_name = hosts[ELEMENTS(hosts) - 1 - i];
        routeros_write(&facts, &text);
        sample_done(&facts);
        check_nesting(text.data);

        sample_password(&facts);
        facts.endpoint_host = facts.instance_name = facts.openvpn.user_name = hosts[i];
        facts.openvpn.password = hosts[ELEMENTS(hosts) - 1 - i];
        buf_clear(&text);
        routeros_write(&facts, &text);
        check_nesting(text.data);
        buf_clear(&text);
        routeros6_write(&facts, &text);
        check_nesting(text.data);
        sample_done(&facts);
    }
}

/* Whatever is added is tagged, and looked for before. */
static void test_what_is_added_is_found_again(void **state)
{
    _cleanup_buf_ struct buf text = {0};
    struct profile_facts facts;
    char *rest = NULL;
    size_t added = 0;
    bool looked = false;

    (void)state;
    sample_site(&facts);
    routeros_write(&facts, &text);
    sample_done(&facts);
    for (char *line = strtok_r(text.data, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        looked = strstr(line, ":if ([:len [") && strstr(line, "find where comment=$wrTag") ? true
                                                                                           : looked;
        if (line[0] != '#' && strstr(line, " add ")) {
            assert_non_null(strstr(line, "comment=$wrTag"));
            assert_true(looked);
            added++;
        }
        if (line[0] == '}' || (line[0] == ':' && strstr(line, " add ")))
            looked = false;
    }
    /* link, hub, and for each family: address, route, three rules */
    assert_int_equal(added, 2 + 2 * (1 + 1 + 3));
}

/* One word that RouterOS 6 does not know would make it refuse the whole script. */
static void test_words_of_one_version(void **state)
{
    static const char *const only_7[] = {
        "protocol=tcp", "route-nopull", "use-peer-dns", "tls-version", "verify-server-certificate",
        "/file add"};
    _cleanup_buf_ struct buf seven = {0}, six = {0};
    struct profile_facts facts;

    (void)state;
    sample_password(&facts);
    routeros_write(&facts, &seven);
    routeros6_write(&facts, &six);
    sample_done(&facts);
    for (size_t i = 0; i < ELEMENTS(only_7); i++) {
        assert_non_null(strstr(seven.data, only_7[i]));
        assert_null(strstr(six.data, only_7[i]));
    }
    assert_non_null(strstr(six.data, " cipher=aes256 "));
    assert_non_null(strstr(seven.data, " cipher=$wrCipher "));
    for (int i = 0; i < 2; i++) {
        const char *text = i == 0 ? six.data : seven.data;

        assert_non_null(strstr(text, " auth=sha1 "));
        assert_non_null(strstr(text, " add-default-route=no"));
        assert_non_null(strstr(text, " port=1195 "));
        assert_non_null(strstr(text, "/ip route add dst-address=10.66.0.0/24"));
        assert_null(strstr(text, "ipv6"));
    }
}

/* It would lead the tunnel's own packets into the tunnel. */
static void test_no_default_route(void **state)
{
    _cleanup_buf_ struct buf text = {0};
    struct profile_facts facts;

    (void)state;
    sample_site(&facts);
    sample_route(&facts, "0.0.0.0/0 ::/0");
    routeros_write(&facts, &text);
    sample_done(&facts);
    assert_non_null(strstr(text.data, "allowed-address=\"0.0.0.0/0,::/0\""));
    assert_null(strstr(text.data, "dst-address=0.0.0.0/0"));
    assert_null(strstr(text.data, "dst-address=::/0"));

    buf_clear(&text);
    sample_password(&facts);
    sample_route(&facts, "0.0.0.0/0 ::/0");
    routeros6_write(&facts, &text);
    sample_done(&facts);
    assert_null(strstr(text.data, "dst-address=0.0.0.0/0"));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quoting),
        cmocka_unit_test(test_scripts_are_well_formed),
        cmocka_unit_test(test_what_is_added_is_found_again),
        cmocka_unit_test(test_words_of_one_version),
        cmocka_unit_test(test_no_default_route),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
