/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <assert.h>
#include <ini.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/socket.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "hub/base/uplink_ports.h"
#include "hub/settings/setting.h"

enum { FILE_MAX = 256 * 1024, SETTINGS_MAX = 64 };

struct parser {
    const char *rest, *end;
    unsigned line; /* the one that libinih reads now, from 1 */
    struct settings settings;
    unsigned seen[SETTINGS_MAX]; /* the line of each setting, 0 = not yet */
    struct settings_error *errors;
    size_t error_count, error_max;
};

static void __attribute__((format(printf, 3, 4)))
complain(struct parser *parser, unsigned line, const char *format, ...)
{
    va_list arguments;

    if (parser->error_count == parser->error_max)
        return;
    struct settings_error *error = &parser->errors[parser->error_count++];
    error->line = line;
    va_start(arguments, format);
    vsnprintf(error->text, sizeof(error->text), format, arguments);
    va_end(arguments);
}

static bool line_has_error(const struct parser *parser, unsigned line)
{
    for (size_t i = 0; i < parser->error_count; i++) {
        if (parser->errors[i].line == line)
            return true;
    }
    return false;
}

/* ---- names ---- */

static bool section_known(const char *section)
{
    for (size_t i = 0; i < settings_count; i++) {
        if (text_equal(settings_table[i].section, section))
            return true;
    }
    return false;
}

static void complain_unknown(struct parser *parser, const char *section, const char *key)
{
    const struct setting *nearest = settings_nearest(section, key);
    char key_quote[SETTING_QUOTE_MAX], section_quote[SETTING_QUOTE_MAX];
    const char *what = section_known(section) ? "no such setting" : "no such section";

    if (!section[0])
        what = "a setting before the first [section]";
    complain(parser, parser->line, "%s in [%s]: %s; the nearest is %s in [%s]",
             setting_quote(key, key_quote), setting_quote(section, section_quote), what,
             nearest->key, nearest->section);
}

/* ---- line by line ---- */

static int on_setting(void *data, const char *section, const char *key, const char *value)
{
    struct parser *parser = data;
    const struct setting *setting = settings_find(section, key);
    char wrong[SETTING_WRONG_MAX], quote[SETTING_QUOTE_MAX];

    if (!setting) {
        complain_unknown(parser, section, key);
        return 1;
    }
    unsigned *seen = &parser->seen[setting - settings_table];
    if (*seen) {
        complain(parser, parser->line, "%s in [%s]: is set in line %u already; keep one of them",
                 key, section, *seen);
        return 1;
    }
    *seen = parser->line;
    if (setting_parse(setting, value, &parser->settings, wrong) < 0)
        complain(parser, parser->line, "%s in [%s]: '%s' %s", key, section,
                 setting_quote(value, quote), wrong);
    return 1;
}

static const char *line_fault(const char *line, size_t length, size_t size)
{
    if (length > SETTINGS_LINE_MAX || length + 2 > size)
        return "the line is too long; at most 1000 bytes will do";
    if (!text_is_printable(line, NULL))
        return "the line has bytes that are no text (UTF-8 will do)";
    return NULL;
}

/* Hands libinih a line, or an empty one instead of what it should not see. In chunks of a line,
 * its own reader would take the rest of a long line for another line. */
static char *next_line(char *buffer, int size, void *data)
{
    struct parser *parser = data;

    if (parser->rest == parser->end)
        return NULL;
    size_t left = (size_t)(parser->end - parser->rest);
    const char *newline = memchr(parser->rest, '\n', left);
    size_t length = newline ? (size_t)(newline - parser->rest) : left;
    _cleanup_free_ char *line = strndup(parser->rest, length);
    if (!line)
        abort();

    parser->line++;
    parser->rest += newline ? length + 1 : length;
    if (length > 0 && line[length - 1] == '\r')
        line[--length] = 0;
    for (char *tab = line; (tab = strchr(tab, '\t'));)
        *tab = ' ';
    const char *fault = line_fault(line, length, (size_t)size);
    if (fault)
        complain(parser, parser->line, "%s", fault);
    text_copy_cut(buffer, (size_t)size, fault ? "" : line);
    return buffer;
}

static void parse_lines(struct parser *parser)
{
    ini_allow_multiline = false;
    ini_allow_bom = false;
    ini_allow_inline_comments = true;
    ini_start_comment_prefixes = (char *)"#;";
    ini_inline_comment_prefixes = (char *)"#;";
    ini_use_stack = false;
    ini_allow_realloc = false;
    ini_allow_no_value = false;
    ini_stop_on_first_error = false;
    ini_max_line = ini_initial_alloc = SETTINGS_LINE_MAX + 3;

    /* libinih tells the first line only that is neither setting nor section nor comment. */
    int line = ini_parse_stream(next_line, parser, on_setting, parser);
    if (line > 0 && !line_has_error(parser, (unsigned)line))
        complain(parser, (unsigned)line,
                 "neither 'key = value' nor '[section]'; begin a comment with #");
    if (line < 0)
        abort();
}

/* ---- what settings must be to each other ---- */

static const struct prefix private4[] = {
    {{AF_INET, {10}}, 8},
    {{AF_INET, {172, 16}}, 12},
    {{AF_INET, {192, 168}}, 16},
};
static const struct prefix shared4 = {{AF_INET, {100, 64}}, 10};

static bool is_private(const struct prefix *prefix)
{
    for (size_t i = 0; i < ELEMENTS(private4); i++) {
        if (prefix_contains(&private4[i], prefix))
            return true;
    }
    return false;
}

static unsigned line_of(const struct parser *parser, const char *section, const char *key)
{
    return parser->seen[settings_find(section, key) - settings_table];
}

static void check_ports(struct parser *parser, const char *section, const struct port_range *ports)
{
    if (ports->first > UPLINK_PORT_LAST || ports->last < UPLINK_PORT_FIRST)
        return;
    complain(parser, line_of(parser, section, "ports"),
             "ports in [%s]: %u to %u are where the tenants' traffic leaves from; %s will do",
             section, UPLINK_PORT_FIRST, UPLINK_PORT_LAST,
             settings_find(section, "ports")->initial);
}

static bool in_range(uint16_t port, const struct port_range *range)
{
    return port >= range->first && port <= range->last;
}

/* What comes in at the ports of OpenVPN is led on to the instances. */
static void check_web_ports(struct parser *parser, const struct settings *settings)
{
    if (settings->https_port == settings->http_port)
        complain(parser, line_of(parser, "web", "http_port"),
                 "http_port in [web]: is https_port too; 80 will do, or 0 for none");
    if (in_range(settings->https_port, &settings->openvpn_ports))
        complain(parser, line_of(parser, "web", "https_port"),
                 "https_port in [web]: is among the ports in [openvpn]; 443 will do");
    if (in_range(settings->http_port, &settings->openvpn_ports))
        complain(parser, line_of(parser, "web", "http_port"),
                 "http_port in [web]: is among the ports in [openvpn]; 80 will do");
}

static void check_together(struct parser *parser)
{
    const struct settings *settings = &parser->settings;

    if (settings->tunnel4_length < settings->tunnel4.length)
        complain(parser, line_of(parser, "pools", "tunnel4_length"),
                 "tunnel4_length in [pools]: a /%u does not fit into the /%u of tunnel4; %u to 29 "
                 "will do",
                 settings->tunnel4_length, settings->tunnel4.length,
                 settings->tunnel4.length > 16 ? settings->tunnel4.length : 16);
    check_ports(parser, "wireguard", &settings->wireguard_ports);
    check_ports(parser, "transient", &settings->transient_ports);
    check_web_ports(parser, settings);
    if (!is_private(&settings->tunnel4))
        complain(parser, line_of(parser, "pools", "tunnel4"),
                 "tunnel4 in [pools]: is no private network; one of 10.0.0.0/8, 172.16.0.0/12 or "
                 "192.168.0.0/16 will do");
    if (!is_private(&settings->management) && !prefix_contains(&shared4, &settings->management))
        complain(parser, line_of(parser, "pools", "management"),
                 "management in [pools]: is a public network; one of 100.64.0.0/10 will do");
    if (prefix_overlaps(&settings->tunnel4, &settings->management))
        complain(parser, line_of(parser, "pools", "management"),
                 "management in [pools]: overlaps tunnel4; one of 100.64.0.0/10 will do");
}

/* ---- the whole ---- */

static void parse(struct parser *parser, const char *text, size_t size)
{
    static const char mark[] = "\xef\xbb\xbf";

    if (size > FILE_MAX) {
        complain(parser, 0, "the file is too large; at most 256 KiB will do");
        return;
    }
    if (memchr(text, 0, size)) {
        complain(parser, 0, "the file has zero bytes; it must be text");
        return;
    }
    if (size >= 3 && memcmp(text, mark, 3) == 0) {
        text += 3;
        size -= 3;
    }
    parser->rest = text;
    parser->end = text + size;
    parse_lines(parser);
    if (parser->error_count == 0)
        check_together(parser);
}

static int compare_lines(const void *a, const void *b)
{
    const struct settings_error *first = a, *second = b;

    return (first->line > second->line) - (first->line < second->line);
}

size_t settings_parse(const char *text, size_t size, struct settings *ret_settings,
                      struct settings_error *ret_errors, size_t max)
{
    struct parser parser = {.errors = ret_errors, .error_max = max};

    assert(max > 0 && settings_count <= SETTINGS_MAX);
    settings_init(&parser.settings);
    parse(&parser, text, size);
    if (parser.error_count > 0) {
        settings_done(&parser.settings);
        settings_init(&parser.settings);
        qsort(ret_errors, parser.error_count, sizeof(*ret_errors), compare_lines);
    }
    *ret_settings = parser.settings;
    return parser.error_count;
}
