/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Each writer against files that were read by eyes. GOLDEN=write writes them anew: read the
 * difference before it is kept. Every wg-quick file is also given to the real `wg-quick strip`.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "tests/unit/profiles/sample.h"

typedef void (*shape)(struct profile_facts *facts);

static void as_it_is(struct profile_facts *facts)
{
    (void)facts;
}

static void full_tunnel(struct profile_facts *facts)
{
    facts->route_all = true;
    sample_route(facts, "0.0.0.0/0 ::/0");
}

static void excluded(struct profile_facts *facts)
{
    facts->route_all = true;
    sample_route(facts, "0.0.0.0/1 128.0.0.0/2 224.0.0.0/3 ::/1 c000::/2");
}

static void own_key(struct profile_facts *facts)
{
    facts->has_private_key = false;
    if (key_parse_base64("HIgo9xNzJMWLKASShiTqIybxZ0U3wGLiUeJ1PKf8ykw=", &facts->public_key) < 0)
        abort();
}

static void endpoint_ipv6(struct profile_facts *facts)
{
    facts->endpoint_host = "2001:db8::1";
}

static void bare(struct profile_facts *facts)
{
    facts->has_preshared_key = false;
    facts->dns_count = 0;
    facts->mtu = 0;
    facts->keepalive = 0;
}

/* What would be dangerous in a comment, if the rules for names had let it through. */
static void hostile_names(struct profile_facts *facts)
{
    facts->instance_name = "a?c\\m\ne $x \"y\" ä";
    facts->peer_name = "of\r\nPostUp = reboot\\";
    facts->hub_name = "vpn\n/system reset";
    facts->openvpn.server_name = "acme\nup \"x\"\\";
    facts->openvpn.user_name = "a\" user=$x?\n/system";
    facts->openvpn.password = "\\\"; /system reset\n";
}

static void not_through_the_tunnel(struct profile_facts *facts)
{
    facts->route_all = true;
    sample_exclude(facts, "192.168.1.0/24 2001:db8:9::/48");
}

static void tcp_alone(struct profile_facts *facts)
{
    facts->openvpn.ports[OPENVPN_UDP] = 0;
}

static void forgotten_key(struct profile_facts *facts)
{
    facts->openvpn.key = (struct profile_bytes){0};
}

static const struct golden {
    const char *file, *format;
    void (*sample)(struct profile_facts *ret_facts);
    shape shape;
} goldens[] = {
    {"client.conf", "wg-quick", sample_client, as_it_is},
    {"client-v4.conf", "wg-quick", sample_client, sample_without_ipv6},
    {"full-tunnel.conf", "wg-quick", sample_client, full_tunnel},
    {"excluded.conf", "wg-quick", sample_client, excluded},
    {"own-key.conf", "wg-quick", sample_client, own_key},
    {"endpoint-ipv6.conf", "wg-quick", sample_client, endpoint_ipv6},
    {"bare.conf", "wg-quick", sample_client, bare},
    {"site.conf", "wg-quick", sample_site, as_it_is},
    {"hostile-names.conf", "wg-quick", sample_client, hostile_names},
    {"site.rsc", "routeros", sample_site, as_it_is},
    {"site-v4.rsc", "routeros", sample_site, sample_without_ipv6},
    {"site-own-key.rsc", "routeros", sample_site, own_key},
    {"site-endpoint-ipv6.rsc", "routeros", sample_site, endpoint_ipv6},
    {"site-full-tunnel.rsc", "routeros", sample_site, full_tunnel},
    {"site-bare.rsc", "routeros", sample_site, bare},
    {"site-hostile-names.rsc", "routeros", sample_site, hostile_names},
    {"client.ovpn", "ovpn", sample_certificate, as_it_is},
    {"full-tunnel.ovpn", "ovpn", sample_certificate, full_tunnel},
    {"excluded.ovpn", "ovpn", sample_certificate, not_through_the_tunnel},
    {"tcp.ovpn", "ovpn", sample_certificate, tcp_alone},
    {"forgotten-key.ovpn", "ovpn", sample_certificate, forgotten_key},
    {"endpoint-ipv6.ovpn", "ovpn", sample_certificate, endpoint_ipv6},
    {"bare.ovpn", "ovpn", sample_certificate, bare},
    {"hostile-names.ovpn", "ovpn", sample_certificate, hostile_names},
    {"openvpn.rsc", "routeros", sample_password, as_it_is},
    {"openvpn-full-tunnel.rsc", "routeros", sample_password, full_tunnel},
    {"openvpn-hostile-names.rsc", "routeros", sample_password, hostile_names},
    {"openvpn6.rsc", "routeros6", sample_password, as_it_is},
    {"openvpn6-hostile-names.rsc", "routeros6", sample_password, hostile_names},
};

static const char *golden_path(const char *file, char path[static 512])
{
    const char *folder = getenv("GOLDEN_FOLDER");

    assert_non_null(folder);
    snprintf(path, 512, "%s/%s", folder, file);
    return path;
}

static void write_file(const char *path, const struct buf *text)
{
    FILE *file = fopen(path, "we");

    assert_non_null(file);
    assert_int_equal(fwrite(text->data, 1, text->length, file), text->length);
    assert_int_equal(fclose(file), 0);
}

static void read_file(const char *path, struct buf *ret_text)
{
    FILE *file = fopen(path, "re");
    char part[4096];
    size_t size;

    if (!file)
        fail_msg("%s can't be read", path);
    while ((size = fread(part, 1, sizeof(part), file)) > 0)
        buf_add(ret_text, part, size);
    fclose(file);
}

static void make(const struct golden *golden, struct buf *ret_text)
{
    struct profile_facts facts;

    golden->sample(&facts);
    golden->shape(&facts);
    profile_format_find(golden->format)->write(&facts, ret_text);
    sample_done(&facts);
}

static void test_goldens(void **state)
{
    const char *mode = getenv("GOLDEN");
    char path[512];

    (void)state;
    for (size_t i = 0; i < ELEMENTS(goldens); i++) {
        _cleanup_buf_ struct buf text = {0}, wanted = {0};

        make(&goldens[i], &text);
        golden_path(goldens[i].file, path);
        if (mode && text_equal(mode, "write"))
            write_file(path, &text);
        read_file(path, &wanted);
        if (text.length != wanted.length || memcmp(text.data, wanted.data, text.length) != 0)
            fail_msg("%s differs:\n%s", path, text.data);
    }
}

/* ---- the real tool ---- */

static int run_wg_quick(const char *path)
{
    _cleanup_free_ char *command = text_format("wg-quick strip %s >/dev/null 2>&1", path);
    int status = system(command);

    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void test_wg_quick_takes_them(void **state)
{
    char folder[] = "/tmp/profiles-XXXXXX", path[64];

    (void)state;
    if (system("command -v wg-quick >/dev/null") != 0)
        skip();
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/wg-test.conf", folder);
    for (size_t i = 0; i < ELEMENTS(goldens); i++) {
        _cleanup_buf_ struct buf text = {0};

        if (!text_equal(goldens[i].format, "wg-quick"))
            continue;
        make(&goldens[i], &text);
        write_file(path, &text);
        assert_int_equal(chmod(path, 0600), 0);
        if (run_wg_quick(path) != 0)
            fail_msg("wg-quick refuses %s", goldens[i].file);
    }
    unlink(path);
    rmdir(folder);
}

/* ---- what holds for all of them ---- */

static size_t count_lines(const char *text, const char *start)
{
    size_t count = 0;

    for (const char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        count += text_starts_with(line, start);
        if (!*line)
            break;
    }
    return count;
}

static void test_names_stay_in_their_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < ELEMENTS(goldens); i++) {
        _cleanup_buf_ struct buf text = {0};

        if (goldens[i].shape != hostile_names)
            continue;
        make(&goldens[i], &text);
        assert_null(strchr(text.data, '\r'));
        assert_int_equal(count_lines(text.data, "PostUp"), 0);
        assert_int_equal(count_lines(text.data, "/system"), 0);
        assert_int_equal(count_lines(text.data, "up "), 0);
        if (strstr(goldens[i].file, ".rsc"))
            assert_null(strchr(text.data, '?'));
    }
}

static void test_table(void **state)
{
    (void)state;
    assert_non_null(profile_format_find("wg-quick"));
    assert_non_null(profile_format_find("routeros"));
    assert_non_null(profile_format_find("routeros6"));
    assert_non_null(profile_format_find("ovpn"));
    assert_null(profile_format_find("openvpn"));
    assert_null(profile_format_find(""));
    for (const struct profile_format *format = profile_formats; format->name; format++) {
        assert_non_null(format->write);
        assert_true(format->subjects != 0);
        assert_true(format->extension[0] == '.');
        assert_true(format->stem_max >= 15);
        assert_true(format->fits_qr == (format->no_qr == NULL));
    }
}

/* Every peer has a format that is its own unless it asks for another one. */
static void test_who_gets_which(void **state)
{
    static const struct {
        enum profile_access access;
        bool is_site;
        const char *usual, *others;
    } rows[] = {
        {PROFILE_WIREGUARD, false, "wg-quick", ""},
        {PROFILE_WIREGUARD, true, "wg-quick", "routeros"},
        {PROFILE_CERTIFICATE, false, "ovpn", ""},
        {PROFILE_CERTIFICATE, true, "ovpn", ""},
        {PROFILE_PASSWORD, true, "routeros", "routeros6"},
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(rows); i++) {
        enum profile_subject subject = profile_subject_of(rows[i].access, rows[i].is_site);

        assert_string_equal(profile_format_default(subject)->name, rows[i].usual);
        for (const struct profile_format *format = profile_formats; format->name; format++)
            assert_int_equal((format->subjects & subject) != 0,
                             text_equal(format->name, rows[i].usual) ||
                                 text_equal(format->name, rows[i].others));
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_goldens),
        cmocka_unit_test(test_wg_quick_takes_them),
        cmocka_unit_test(test_names_stay_in_their_line),
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_who_gets_which),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
