/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
/* After the four that it needs. */
#include <cmocka.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "hub/settings/settings.h"

enum { ERRORS_MAX = 8 };

static const char *value_of(const struct settings *settings, const char *section, const char *key)
{
    static struct buf text;

    buf_clear(&text);
    for (size_t i = 0; i < settings_count; i++) {
        if (text_equal(settings_table[i].section, section) &&
            text_equal(settings_table[i].key, key))
            settings_value_format(settings, &settings_table[i], &text);
    }
    return text.data;
}

static void every_default_is_what_the_table_says(void **state)
{
    struct settings settings;

    (void)state;
    settings_init(&settings);
    for (size_t i = 0; i < settings_count; i++) {
        const struct setting *setting = &settings_table[i];

        assert_string_equal(value_of(&settings, setting->section, setting->key), setting->initial);
        assert_true(strlen(setting->help) > 10);
        assert_null(strchr(setting->help, '\n'));
    }
    assert_int_equal(settings.wireguard_ports.first, 51820);
    assert_int_equal(settings.wireguard_ports.last, 53819);
    assert_int_equal(settings.address_rest, 86400);
    assert_int_equal(settings.wireguard_backend, 0);
    assert_int_equal(settings.peers_max, 20000);
    settings_done(&settings);
}

/* Lines that are fine, and what they then say. */
static const struct {
    const char *text, *section, *key, *value;
} good[] = {
    {"[hub]\nregion = Zürich 2\n", "hub", "region", "Zürich 2"},
    {"[hub]\r\npublic_name = vpn.example.net\r\n", "hub", "public_name", "vpn.example.net"},
    {"\xef\xbb\xbf[hub]\npublic_name=203.0.113.7", "hub", "public_name", "203.0.113.7"},
    {"[hub]\npublic_name=2001:db8::7", "hub", "public_name", "2001:db8::7"},
    {"[hub]\npublic_name=", "hub", "public_name", ""},
    {"[hub]\nbase_domain = vpn.example.net # note\n", "hub", "base_domain", "vpn.example.net"},
    {"[hub]\nbase_domain = vpn.example.net ; note\n", "hub", "base_domain", "vpn.example.net"},
    {"[hub]\nforward_other = yes", "hub", "forward_other", "yes"},
    {"[hub]\npublic_addresses = 203.0.113.7 ,2001:db8:0::7", "hub", "public_addresses",
     "203.0.113.7, 2001:db8::7"},
    {"[wireguard]\nports = 1024-9999", "wireguard", "ports", "1024-9999"},
    {"[wireguard]\n\tmtu\t=\t1280\t", "wireguard", "mtu", "1280"},
    {"[wireguard]\nbackend = userspace", "wireguard", "backend", "userspace"},
    {"[wireguard]\nbackend = kernel", "wireguard", "backend", "kernel"},
    {"[pools]\ntunnel4 = 192.168.0.0/16", "pools", "tunnel4", "192.168.0.0/16"},
    {"[pools]\ntunnel4 = 10.0.0.0/24\ntunnel4_length = 29", "pools", "tunnel4_length", "29"},
    {"[pools]\naddress_rest = 36h", "pools", "address_rest", "1d12h"},
    {"[dns]\nservers = 9.9.9.9, 2620:fe::fe", "dns", "servers", "9.9.9.9, 2620:fe::fe"},
    {"[dns]\nservers: 9.9.9.9", "dns", "servers", "9.9.9.9"},
    {"# only a comment\n; and another\n\n", "hub", "region", "local"},
    {"", "hub", "region", "local"},
};

static void good_lines_are_taken(void **state)
{
    (void)state;
    for (size_t i = 0; i < ELEMENTS(good); i++) {
        struct settings_error errors[ERRORS_MAX] = {0};
        struct settings settings;

        size_t count =
            settings_parse(good[i].text, strlen(good[i].text), &settings, errors, ERRORS_MAX);
        if (count)
            print_error("%s: %s\n", good[i].text, errors[0].text);
        assert_int_equal(count, 0);
        assert_string_equal(value_of(&settings, good[i].section, good[i].key), good[i].value);
        settings_done(&settings);
    }
}

/* Lines that are wrong, the line of the complaint, and words it must have. */
static const struct {
    const char *text;
    unsigned line;
    const char *names, *proposes;
} bad[] = {
    {"[acme]\ndirectory = http://acme.example/directory\n", 2, "HTTPS", "https://"},
    {"[acme]\ndirectory = https://\n", 2, "HTTPS", "https://"},
    {"[acme]\ndirectory = https://acme.example/a b\n", 2, "HTTPS", "https://"},
    {"[acme]\ndirectory = https://acme.example/\"\n", 2, "HTTPS", "https://"},
    {"[acme]\ndirectory =\n", 2, "HTTPS", "https://"},
    {"[acme]\ncontact = -v@example.net\n", 2, "mail", "admin@"},
    {"[acme]\ncontact = admin\n", 2, "mail", "admin@"},
    {"[acme]\ncontact = admin@-\n", 2, "mail", "admin@"},
    {"[acme]\ncontact = a\"b@example.net\n", 2, "mail", "admin@"},
    {"[acme]\nterms_agreed = maybe\n", 2, "yes or no", ""},
    {"region = x", 1, "before the first [section]", "region in [hub]"},
    {"[hub]\nregoin = x", 2, "no such setting", "nearest is region in [hub]"},
    {"[hub]\nmtu = 1400", 2, "no such setting", "nearest is mtu in [wireguard]"},
    {"[wiregard]\nports = 1-2", 2, "no such section", "nearest is ports in [wireguard]"},
    {"\n\n[hub]\nregion", 4, "neither", "key = value"},
    {"[hub\nregion = a", 1, "neither", "[section]"},
    {"[hub]\nregion = a\nregion = b", 3, "line 2 already", "keep one"},
    {"[hub]\nregion =", 2, "region", "1 to 63 characters"},
    {"[hub]\nregion = a#b", 2, "region", "without"},
    {"[hub]\nregion = a\n  continued\n", 3, "neither", "key = value"},
    {"[hub]\nregion = \x1b[31mred", 2, "no text", "UTF-8"},
    {"[hub]\nregion = \xff\xfe", 2, "no text", "UTF-8"},
    {"[hub]\npublic_name = vpn.example.net:51820", 2, "public_name", "without a port"},
    {"[hub]\npublic_name = 203.0.113.300", 2, "neither a DNS name nor an address", "203.0.113.7"},
    {"[hub]\npublic_name = -a.example", 2, "public_name", "vpn.example.net"},
    {"[hub]\npublic_name = a..b", 2, "public_name", "vpn.example.net"},
    {"[hub]\npublic_name = https://vpn.example.net", 2, "public_name", "vpn.example.net"},
    {"[hub]\nbase_domain = .example.net", 2, "base_domain", "without dots at its ends"},
    {"[hub]\nbase_domain = 192.0.2.1", 2, "base_domain", "vpn.example.net"},
    {"[hub]\nforward_other = true", 2, "forward_other", "auto|yes|no"},
    {"[hub]\npublic_addresses = 203.0.113.7/24", 2, "203.0.113.7/24", "2001:db8::7"},
    {"[hub]\npublic_addresses = 203.0.113.7 203.0.113.8", 2, "no address", "203.0.113.7, "},
    {"[hub]\npublic_addresses = 203.0.113.7,", 2, "has ''", "203.0.113.7, "},
    {"[hub]\npublic_addresses = 0.0.0.0", 2, "no address of a machine", "203.0.113.7"},
    {"[hub]\npublic_addresses = ff02::1", 2, "no address of a machine", "203.0.113.7"},
    {"[hub]\npublic_addresses = ::1, 0::1", 2, "twice", "once"},
    {"[wireguard]\nports = 51820", 2, "two ports", "51820-53819"},
    {"[wireguard]\nports = 1023-2000", 2, "from 1024", "51820-53819"},
    {"[wireguard]\nports = 60000-65536", 2, "to 65535", "51820-53819"},
    {"[wireguard]\nports = 2000-1999", 2, "ends before it begins", "1999-2000"},
    {"[wireguard]\nports = 1024-10000", 2, "traffic leaves from", "51820-53819"},
    {"[wireguard]\nports = 12000-13000", 2, "10000 to 19999", "51820-53819"},
    {"[transient]\nports = 19999-30000", 2, "traffic leaves from", "20000-59999"},
    {"[wireguard]\nports = 2000-3000-4000", 2, "two ports", "51820-53819"},
    {"[wireguard]\nmtu = 1279", 2, "mtu", "1280 to 1500"},
    {"[wireguard]\nmtu = 1501", 2, "mtu", "1280 to 1500"},
    {"[wireguard]\nmtu = 1420.0", 2, "mtu", "1280 to 1500"},
    {"[wireguard]\nmtu = +1420", 2, "mtu", "1280 to 1500"},
    {"[wireguard]\nmtu = 01420", 2, "mtu", "1280 to 1500"},
    {"[wireguard]\nmtu = 99999999999999999999999", 2, "mtu", "1280 to 1500"},
    {"[wireguard]\nkeepalive = -1", 2, "keepalive", "0 to 65535"},
    {"[wireguard]\nbackend = kern", 2, "one of", "auto|kernel|userspace"},
    {"[wireguard]\nbackend = auto|kernel", 2, "one of", "auto|kernel|userspace"},
    {"[wireguard]\nbackend =", 2, "one of", "auto|kernel|userspace"},
    {"[pools]\ntunnel4 = 10.66.0.1/16", 2, "within a network", "10.66.0.0/16"},
    {"[pools]\ntunnel4 = fd00::/48", 2, "no IPv4 network", "10.66.0.0/16"},
    {"[pools]\ntunnel4 = 10.66.0.0", 2, "no IPv4 network", "10.66.0.0/16"},
    {"[pools]\ntunnel4 = 0.0.0.0/0", 2, "length", "/8"},
    {"[pools]\ntunnel4 = 198.51.100.0/24", 2, "no private network", "10.0.0.0/8"},
    {"[pools]\ntunnel4 = 172.0.0.0/8", 2, "no private network", "172.16.0.0/12"},
    {"[pools]\n\ntunnel4_length = 30", 3, "tunnel4_length", "16 to 29"},
    {"[pools]\ntunnel4 = 10.66.0.0/26\ntunnel4_length = 25", 3, "does not fit", "26 to 29"},
    {"[pools]\nmanagement = 8.0.0.0/8", 2, "public network", "100.64.0.0/10"},
    {"[pools]\nmanagement = 10.66.128.0/17", 2, "overlaps tunnel4", "100.64.0.0/10"},
    {"[pools]\naddress_rest = 0s", 2, "address_rest", "12h"},
    {"[pools]\naddress_rest = 1 day", 2, "address_rest", "12h"},
    {"[pools]\naddress_rest = 366d", 2, "to 365d", "12h"},
    {"[dns]\nservers = dns.example.net", 2, "dns.example.net", "203.0.113.7"},
    {"[dns]\nservers = 1.1.1.1,1.1.1.2,1.1.1.3,1.1.1.4,1.1.1.5", 2, "too many", "at most 4"},
    {"[limits]\ninstances = 0", 2, "instances", "1 to 2000"},
    {"[limits]\npeers = 100001", 2, "peers", "1 to 100000"},
};

static void bad_lines_are_refused_and_say_what_would_do(void **state)
{
    (void)state;
    for (size_t i = 0; i < ELEMENTS(bad); i++) {
        struct settings_error errors[ERRORS_MAX] = {0};
        struct settings settings;

        size_t count =
            settings_parse(bad[i].text, strlen(bad[i].text), &settings, errors, ERRORS_MAX);
        if (count == 0 || errors[0].line != bad[i].line || !strstr(errors[0].text, bad[i].names) ||
            !strstr(errors[0].text, bad[i].proposes))
            print_error("%s\n -> %zu: line %u: %s\n", bad[i].text, count, errors[0].line,
                        errors[0].text);
        assert_int_not_equal(count, 0);
        assert_int_equal(errors[0].line, bad[i].line);
        assert_non_null(strstr(errors[0].text, bad[i].names));
        assert_non_null(strstr(errors[0].text, bad[i].proposes));
        assert_string_equal(value_of(&settings, "hub", "region"), "local");
        settings_done(&settings);
    }
}

static void all_complaints_come_at_once_and_in_order(void **state)
{
    static const char text[] = "[hub]\nregion = ok\nnonsense\nbogus = 1\n[wireguard]\nmtu = 1\n";
    struct settings_error errors[ERRORS_MAX];
    struct settings settings;

    (void)state;
    assert_int_equal(settings_parse(text, strlen(text), &settings, errors, ERRORS_MAX), 3);
    assert_int_equal(errors[0].line, 3);
    assert_int_equal(errors[1].line, 4);
    assert_int_equal(errors[2].line, 6);
    settings_done(&settings);
    assert_int_equal(settings_parse(text, strlen(text), &settings, errors, 1), 1);
    settings_done(&settings);
}

static void whole_files_are_refused(void **state)
{
    struct settings_error errors[ERRORS_MAX];
    struct settings settings;
    _cleanup_buf_ struct buf text = {0};

    (void)state;
    assert_int_equal(settings_parse("[hub]\n\0", 7, &settings, errors, ERRORS_MAX), 1);
    assert_int_equal(errors[0].line, 0);
    settings_done(&settings);

    buf_add_text(&text, "[hub]\n# ");
    while (text.length < 256 * 1024)
        buf_add_text(&text, "a\n#");
    assert_true(text.length > 256 * 1024);
    assert_int_equal(settings_parse(text.data, 256 * 1024, &settings, errors, ERRORS_MAX), 0);
    settings_done(&settings);
    assert_int_equal(settings_parse(text.data, 256 * 1024 + 1, &settings, errors, ERRORS_MAX), 1);
    settings_done(&settings);
}

/* The tail of a long line must not be read as a line of its own. */
static void long_lines_are_refused_whole(void **state)
{
    struct settings_error errors[ERRORS_MAX];
    struct settings settings;
    _cleanup_buf_ struct buf text = {0};

    (void)state;
    buf_add_text(&text, "[hub]\n#");
    for (size_t i = 0; i < 1500; i++)
        buf_add_char(&text, ' ');
    buf_add_text(&text, "region = hidden\npublic_name = vpn.example.net\n");
    assert_int_equal(settings_parse(text.data, text.length, &settings, errors, ERRORS_MAX), 1);
    assert_int_equal(errors[0].line, 2);
    assert_non_null(strstr(errors[0].text, "too long"));
    settings_done(&settings);

    buf_clear(&text);
    buf_add_text(&text, "[hub]\n#");
    for (size_t i = 1; i < 1000; i++)
        buf_add_char(&text, '.');
    buf_add_text(&text, "\nregion = seen\n");
    assert_int_equal(settings_parse(text.data, text.length, &settings, errors, ERRORS_MAX), 0);
    assert_string_equal(settings.region, "seen");
    settings_done(&settings);

    /* One byte more. */
    buf_clear(&text);
    buf_add_char(&text, '#');
    for (size_t i = 0; i < 1000; i++)
        buf_add_char(&text, '.');
    assert_int_equal(settings_parse(text.data, text.length, &settings, errors, ERRORS_MAX), 1);
    settings_done(&settings);
}

static void what_is_written_reads_back(void **state)
{
    static const char text[] =
        "[hub]\nregion = here\npublic_name = h.example\n"
        "public_addresses = 192.0.2.1, 2001:db8::1\nbase_domain = x.example\n"
        "forward_other = yes\n[wireguard]\nbackend = kernel\nmtu = 1300\n"
        "[dns]\nservers = 192.0.2.53\n[pools]\naddress_rest = 90m\n";
    _cleanup_buf_ struct buf written = {0}, again = {0};
    struct settings_error errors[ERRORS_MAX];
    struct settings settings, back;

    (void)state;
    assert_int_equal(settings_parse(text, strlen(text), &settings, errors, ERRORS_MAX), 0);
    settings_write(&settings, &written);
    assert_int_equal(settings_parse(written.data, written.length, &back, errors, ERRORS_MAX), 0);
    settings_write(&back, &again);
    assert_string_equal(written.data, again.data);
    assert_non_null(strstr(written.data, "\nregion = here\n"));
    assert_non_null(strstr(written.data, "Default: 10.66.0.0/16."));
    assert_int_equal(back.public_addresses.count, 2);
    assert_int_equal(back.dns_count, 1);
    settings_done(&settings);
    settings_done(&back);
}

static void files_are_read(void **state)
{
    char path[] = "/tmp/warren-settings-XXXXXX";
    struct settings_error errors[ERRORS_MAX];
    struct settings settings;
    size_t count = 77;

    (void)state;
    _cleanup_close_ int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(settings_read(path, &settings, errors, ERRORS_MAX, &count), 0);
    settings_done(&settings);
    assert_int_equal(write(fd, "[hub]\nregion = r\n", 17), 17);
    assert_int_equal(settings_read(path, &settings, errors, ERRORS_MAX, &count), 0);
    assert_string_equal(settings.region, "r");
    settings_done(&settings);
    assert_int_equal(write(fd, "x\n", 2), 2);
    assert_int_equal(settings_read(path, &settings, errors, ERRORS_MAX, &count), -EINVAL);
    assert_int_equal(count, 1);
    assert_string_equal(settings.region, "local");
    settings_done(&settings);
    unlink(path);
    assert_int_equal(settings_read(path, &settings, errors, ERRORS_MAX, &count), -ENOENT);
    assert_string_equal(settings.region, "local");
    assert_int_equal(count, 0);
    settings_done(&settings);
    assert_int_equal(settings_read("/tmp", &settings, errors, ERRORS_MAX, &count), -EISDIR);
    settings_done(&settings);
}

struct told {
    char text[200];
};

static void note_changed(const struct setting *setting, const char *value, void *data)
{
    struct told *told = data;
    size_t length = strlen(told->text);

    snprintf(told->text + length, sizeof(told->text) - length, "%s=%s;", setting->key, value);
}

static void parse(const char *text, struct settings *settings)
{
    struct settings_error errors[ERRORS_MAX];

    assert_int_equal(settings_parse(text, strlen(text), settings, errors, ERRORS_MAX), 0);
}

static void what_is_live_is_taken_over_and_the_rest_waits(void **state)
{
    struct settings settings, read;
    struct told told = {0};

    (void)state;
    parse("[hub]\nregion=a\npublic_addresses=203.0.113.7\n[dns]\nservers=9.9.9.9\n", &settings);
    parse("[hub]\nregion=a\npublic_addresses=203.0.113.8, 2001:db8::8\n[wireguard]\n"
          "backend=kernel\n[dns]\nservers=1.1.1.1, 8.8.8.8\n",
          &read);
    settings_take_live(&settings, &read, note_changed, &told);
    settings_done(&read);
    assert_string_equal(told.text, "public_addresses=203.0.113.8, 2001:db8::8;backend=kernel;"
                                   "servers=1.1.1.1, 8.8.8.8;");
    assert_string_equal(value_of(&settings, "hub", "public_addresses"), "203.0.113.8, 2001:db8::8");
    assert_string_equal(value_of(&settings, "wireguard", "backend"), "auto");
    assert_string_equal(value_of(&settings, "dns", "servers"), "1.1.1.1, 8.8.8.8");
    settings_done(&settings);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_default_is_what_the_table_says),
        cmocka_unit_test(good_lines_are_taken),
        cmocka_unit_test(bad_lines_are_refused_and_say_what_would_do),
        cmocka_unit_test(all_complaints_come_at_once_and_in_order),
        cmocka_unit_test(whole_files_are_refused),
        cmocka_unit_test(long_lines_are_refused_whole),
        cmocka_unit_test(what_is_written_reads_back),
        cmocka_unit_test(files_are_read),
        cmocka_unit_test(what_is_live_is_taken_over_and_the_rest_waits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
