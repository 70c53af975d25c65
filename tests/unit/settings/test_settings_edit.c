/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
/* After the four that it needs. */
#include <cmocka.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "hub/settings/settings_edit.h"

enum { VALUES_MAX = 4, ERRORS_MAX = 4 };

static struct setting_value value(const char *section, const char *key, const char *text)
{
    const struct setting *setting = settings_find(section, key);

    assert_non_null(setting);
    return (struct setting_value){setting, text};
}

/* The file before, what is set, the file after. */
static const struct {
    const char *before;
    struct {
        const char *section, *key, *text;
    } set[VALUES_MAX];
    const char *after;
} rows[] = {
    {"", {{"hub", "region", "eu"}}, "[hub]\nregion = eu\n"},
    {"[hub]\nregion = a\n", {{"hub", "region", "eu"}}, "[hub]\nregion = eu\n"},
    {"[hub]\nregion=a", {{"hub", "region", "eu"}}, "[hub]\nregion=eu"},
    /* Comments, blanks and order stay. */
    {"# of ours\n\n[hub]\n# region = no\n\tregion\t=  a b \t # where\n\n; end\n",
     {{"hub", "region", "c d"}},
     "# of ours\n\n[hub]\n# region = no\n\tregion\t=  c d \t # where\n\n; end\n"},
    {"[hub]\nregion : a ; where\n", {{"hub", "region", "eu"}}, "[hub]\nregion : eu ; where\n"},
    {"[hub]\npublic_name =\n", {{"hub", "public_name", "a.b"}}, "[hub]\npublic_name = a.b\n"},
    {"[hub]\npublic_name =  # of DNS\n",
     {{"hub", "public_name", "a.b"}},
     "[hub]\npublic_name = a.b  # of DNS\n"},
    {"[hub]\npublic_name = a.b # of DNS\n",
     {{"hub", "public_name", ""}},
     "[hub]\npublic_name =  # of DNS\n"},
    {"[hub]\npublic_name = a.b   \n", {{"hub", "public_name", "c"}}, "[hub]\npublic_name = c\n"},
    /* Line ends are as they are. */
    {"[hub]\r\nregion = a # x\r\n",
     {{"hub", "region", "eu"}, {"hub", "public_name", "n"}},
     "[hub]\r\nregion = eu # x\r\npublic_name = n\r\n"},
    {"# x\r\n", {{"hub", "region", "eu"}}, "# x\r\n\r\n[hub]\r\nregion = eu\r\n"},
    {"\xef\xbb\xbf[hub]\nregion = a\n",
     {{"hub", "region", "eu"}},
     "\xef\xbb\xbf[hub]\nregion = eu\n"},
    /* Where it is added: after the last of its section. */
    {"[hub]\nregion = a\n\n# of DNS\n[dns]\nservers = 9.9.9.9\n",
     {{"hub", "public_name", "n"}},
     "[hub]\nregion = a\npublic_name = n\n\n# of DNS\n[dns]\nservers = 9.9.9.9\n"},
    {"[hub]\n[dns]\n", {{"hub", "region", "eu"}}, "[hub]\nregion = eu\n[dns]\n"},
    {"[hub]\n[dns]\n[hub]\n# end\n",
     {{"hub", "region", "eu"}},
     "[hub]\n[dns]\n[hub]\nregion = eu\n# end\n"},
    {"[hub]", {{"hub", "region", "eu"}}, "[hub]\nregion = eu\n"},
    {"[dns]\nservers = 9.9.9.9",
     {{"web", "http_port", "0"}, {"hub", "region", "eu"}, {"web", "https_port", "8443"}},
     "[dns]\nservers = 9.9.9.9\n\n[web]\nhttp_port = 0\nhttps_port = 8443\n\n[hub]\nregion = eu\n"},
    /* The same name elsewhere is another setting. */
    {"[wireguard]\nports = 1-2\n[openvpn]\nports = 3-4\n",
     {{"openvpn", "ports", "5-6"}},
     "[wireguard]\nports = 1-2\n[openvpn]\nports = 5-6\n"},
    {"region = a\n[Hub]\nregion = b\n[ hub ]\nregion = c\n",
     {{"hub", "region", "eu"}},
     "region = a\n[Hub]\nregion = b\n[ hub ]\nregion = c\n\n[hub]\nregion = eu\n"},
    /* What is there twice is wrong, and mended. */
    {"[hub]\nregion = a\n# b\nregion = c\n[dns]\n[hub]\nregion = d\n",
     {{"hub", "region", "eu"}},
     "[hub]\nregion = eu\n# b\n[dns]\n[hub]\n"},
    /* What is no setting is none. */
    {"[hub]\nregion # = a\n", {{"hub", "region", "eu"}}, "[hub]\nregion = eu\nregion # = a\n"},
    {"[hub # ]\nregion = a\n",
     {{"hub", "region", "eu"}},
     "[hub # ]\nregion = a\n\n[hub]\nregion = eu\n"},
};

static void files_are_as_they_should_be(void **state)
{
    (void)state;
    for (size_t i = 0; i < ELEMENTS(rows); i++) {
        struct setting_value values[VALUES_MAX];
        size_t count = 0;
        _cleanup_buf_ struct buf once = {0}, twice = {0};

        for (; count < VALUES_MAX && rows[i].set[count].key; count++)
            values[count] =
                value(rows[i].set[count].section, rows[i].set[count].key, rows[i].set[count].text);
        settings_edit(rows[i].before, strlen(rows[i].before), values, count, &once);
        assert_string_equal(once.data, rows[i].after);
        settings_edit(once.data, once.length, values, count, &twice);
        assert_string_equal(twice.data, rows[i].after);
    }
}

/* The file that hub/up writes, each setting of it once. */
static void a_whole_file_is_changed_line_by_line(void **state)
{
    struct settings_error errors[ERRORS_MAX];
    struct settings settings, changed;
    _cleanup_buf_ struct buf before = {0};

    (void)state;
    settings_init(&settings);
    settings_write(&settings, &before);
    for (size_t i = 0; i < settings_count; i++) {
        _cleanup_buf_ struct buf after = {0};
        struct setting_value set = {&settings_table[i], settings_table[i].initial};

        settings_edit(before.data, before.length, &set, 1, &after);
        assert_string_equal(after.data, before.data);
    }
    _cleanup_buf_ struct buf after = {0};
    struct setting_value set = value("web", "https_port", "8443");
    settings_edit(before.data, before.length, &set, 1, &after);
    assert_int_equal(after.length, before.length + 1);
    assert_int_equal(settings_parse(after.data, after.length, &changed, errors, ERRORS_MAX), 0);
    assert_int_equal(changed.https_port, 8443);
    settings_done(&changed);
    settings_done(&settings);
}

static void any_bytes_are_taken(void **state)
{
    static const char bytes[] = "\0[hub]\nregion\0 = a\n\xff = 1\n[hub]\n";
    struct setting_value set = value("hub", "region", "eu");
    _cleanup_buf_ struct buf after = {0};

    (void)state;
    settings_edit(bytes, sizeof(bytes) - 1, &set, 1, &after);
    assert_int_equal(after.length, sizeof(bytes) - 1 + strlen("region = eu\n"));
    buf_clear(&after);
    settings_edit(NULL, 0, &set, 0, &after);
    assert_int_equal(after.length, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_as_they_should_be),
        cmocka_unit_test(a_whole_file_is_changed_line_by_line),
        cmocka_unit_test(any_bytes_are_taken),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
