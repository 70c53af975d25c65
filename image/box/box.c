/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "image/box/box.h"

#include <ctype.h>
#include <errno.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "hub/settings/host_name.h"

enum { WRONG_MAX = 200, LIST_ITEM_MAX = 256 };

void box_done(struct box *box)
{
    settings_done(&box->settings);
    sodium_memzero(box, sizeof(*box));
}

/* ---- values ---- */

static int __attribute__((format(printf, 2, 3))) refuse(char *ret_wrong, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(ret_wrong, WRONG_MAX, format, arguments);
    va_end(arguments);
    return -EINVAL;
}

/* The next of a list separated by commas, without the spaces around it; false at its end. */
static bool next_item(const char **rest, char item[static LIST_ITEM_MAX])
{
    const char *start = *rest + strspn(*rest, " ,");
    size_t length = strcspn(start, ",");

    *rest = start + length;
    while (length > 0 && start[length - 1] == ' ')
        length--;
    if (length == 0)
        return false;
    if (length >= LIST_ITEM_MAX)
        length = LIST_ITEM_MAX - 1;
    memcpy(item, start, length);
    item[length] = 0;
    return true;
}

static int take_interface(struct box *box, const char *value, char *ret_wrong)
{
    size_t length = strlen(value);

    if (length == 0 || length >= BOX_INTERFACE_MAX ||
        strspn(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") !=
            length)
        return refuse(ret_wrong, "is no network card's name; one like eth0 or enp1s0 will do");
    return text_copy(box->interface, sizeof(box->interface), value);
}

static int take_addresses(struct box *box, const char *value, char *ret_wrong)
{
    char item[LIST_ITEM_MAX];
    struct prefix prefix;

    while (next_item(&value, item)) {
        if (box->address_count == BOX_ADDRESSES_MAX)
            return refuse(ret_wrong, "are too many; %d at most will do", BOX_ADDRESSES_MAX);
        if (prefix_parse(item, &prefix) < 0 || prefix.length == 0)
            return refuse(ret_wrong, "is no address with its network's length; one like "
                                     "203.0.113.7/24 will do");
        box->addresses[box->address_count++] = prefix;
    }
    return 0;
}

static int take_address_list(const char *value, struct address *ret_list, size_t max, size_t *count,
                             char *ret_wrong)
{
    char item[LIST_ITEM_MAX];

    while (next_item(&value, item)) {
        if (*count == max)
            return refuse(ret_wrong, "are too many; %zu at most will do", max);
        if (address_parse(item, &ret_list[*count]) < 0)
            return refuse(ret_wrong, "is no address; one like 203.0.113.1 will do");
        (*count)++;
    }
    return 0;
}

static int take_gateways(struct box *box, const char *value, char *ret_wrong)
{
    int r = take_address_list(value, box->gateways, ELEMENTS(box->gateways), &box->gateway_count,
                              ret_wrong);
    if (r == 0 && box->gateway_count == 2 && box->gateways[0].family == box->gateways[1].family)
        return refuse(ret_wrong, "are of one family; one of IPv4 and one of IPv6 will do");
    return r;
}

static int take_name_servers(struct box *box, const char *value, char *ret_wrong)
{
    return take_address_list(value, box->name_servers, ELEMENTS(box->name_servers),
                             &box->name_server_count, ret_wrong);
}

static int take_time_servers(struct box *box, const char *value, char *ret_wrong)
{
    char item[LIST_ITEM_MAX];
    struct address address;

    while (next_item(&value, item)) {
        if (box->time_server_count == BOX_SERVERS_MAX)
            return refuse(ret_wrong, "are too many; %d at most will do", BOX_SERVERS_MAX);
        if (address_parse(item, &address) < 0 && !host_name_valid(item))
            return refuse(ret_wrong, "is no name and no address of a server");
        text_copy_cut(box->time_servers[box->time_server_count++], BOX_SERVER_MAX, item);
    }
    return 0;
}

static bool is_base64(const char *text, size_t length)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";
    return length >= 32 && strspn(text, letters) >= length;
}

/* No options before the type: they could run commands. */
static int take_key(struct box *box, const char *value, char *ret_wrong)
{
    static const char *const types[] = {
        "ssh-ed25519",
        "sk-ssh-ed25519@openssh.com",
        "ecdsa-sha2-nistp256",
        "ecdsa-sha2-nistp384",
        "ecdsa-sha2-nistp521",
        "sk-ecdsa-sha2-nistp256@openssh.com",
        "ssh-rsa",
    };
    size_t length = strcspn(value, " ");

    if (box->key_count == BOX_KEYS_MAX || strlen(value) >= BOX_KEY_MAX)
        return refuse(ret_wrong, "is too long or one too many; %d keys of %d characters will do",
                      BOX_KEYS_MAX, BOX_KEY_MAX - 1);
    for (size_t i = 0; i < ELEMENTS(types); i++) {
        if (strlen(types[i]) != length || memcmp(value, types[i], length) != 0)
            continue;
        const char *key = value + length + strspn(value + length, " ");
        if (!is_base64(key, strcspn(key, " ")))
            break;
        return text_copy(box->keys[box->key_count++], BOX_KEY_MAX, value);
    }
    return refuse(ret_wrong, "is no public key as in an id_ed25519.pub: type, key, comment");
}

static int take_token(struct box *box, const char *value, char *ret_wrong)
{
    uint8_t bytes[BOX_TOKEN_SIZE];
    size_t size = 0;

    /* Whoever knows it becomes the owner. */
    bool good = sodium_base642bin(bytes, sizeof(bytes), value, strlen(value), NULL, &size, NULL,
                                  sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0 &&
                size == sizeof(bytes);
    sodium_memzero(bytes, sizeof(bytes));
    if (!good)
        return refuse(ret_wrong, "is no token; %d random bytes in base64url will do",
                      BOX_TOKEN_SIZE);
    return text_copy(box->setup_token, sizeof(box->setup_token), value);
}

static int take_restore_file(struct box *box, const char *value, char *ret_wrong)
{
    size_t length = strlen(value);

    if (length == 0 || length >= BOX_FILE_MAX || value[0] == '.' || strchr(value, '/'))
        return refuse(ret_wrong, "is no plain name of a file beside the seed");
    return text_copy(box->restore_file, sizeof(box->restore_file), value);
}

static int take_passphrase(struct box *box, const char *value, char *ret_wrong)
{
    if (!value[0] || text_copy(box->restore_passphrase, sizeof(box->restore_passphrase), value) < 0)
        return refuse(ret_wrong, "is no passphrase; 1 to %d characters will do",
                      BOX_PASSPHRASE_MAX - 1);
    return 0;
}

static const struct field {
    const char *section, *key;
    bool repeats;
    bool secret; /* its value is not told in a complaint */
    int (*take)(struct box *box, const char *value, char *ret_wrong);
} fields[] = {
    {"network", "interface", false, false, take_interface},
    {"network", "addresses", false, false, take_addresses},
    {"network", "gateways", false, false, take_gateways},
    {"network", "name_servers", false, false, take_name_servers},
    {"time", "servers", false, false, take_time_servers},
    {"ssh", "key", true, false, take_key},
    {"owner", "setup_token", false, true, take_token},
    {"restore", "file", false, false, take_restore_file},
    {"restore", "passphrase", false, true, take_passphrase},
};

/* ---- lines ---- */

struct parser {
    struct box *box;
    const char *section; /* one of the table's, or NULL: another's */
    unsigned line;
    unsigned seen[ELEMENTS(fields)];
    struct buf others; /* the lines of warren.conf's sections, at their places */
    struct settings_error *errors;
    size_t count, max;
};

static void __attribute__((format(printf, 2, 3)))
complain(struct parser *parser, const char *format, ...)
{
    va_list arguments;

    if (parser->count == parser->max)
        return;
    struct settings_error *error = &parser->errors[parser->count++];
    error->line = parser->line;
    va_start(arguments, format);
    vsnprintf(error->text, sizeof(error->text), format, arguments);
    va_end(arguments);
}

static char *trim(char *text)
{
    text += strspn(text, " ");
    size_t length = strlen(text);
    while (length > 0 && text[length - 1] == ' ')
        text[--length] = 0;
    return text;
}

static const char *find_section(const char *name)
{
    for (size_t i = 0; i < ELEMENTS(fields); i++) {
        if (text_equal(fields[i].section, name))
            return fields[i].section;
    }
    return NULL;
}

static void take_value(struct parser *parser, size_t number, const char *value)
{
    const struct field *field = &fields[number];
    char wrong[WRONG_MAX], shown[61];

    if (parser->seen[number] && !field->repeats) {
        complain(parser, "%s in [%s]: is set in line %u already; keep one of them", field->key,
                 field->section, parser->seen[number]);
        return;
    }
    parser->seen[number] = parser->line;
    if (field->take(parser->box, value, wrong) == 0)
        return;
    text_copy_cut(shown, sizeof(shown), field->secret ? "..." : value);
    complain(parser, "%s in [%s]: '%s' %s", field->key, field->section, shown, wrong);
}

static void take_setting(struct parser *parser, char *line)
{
    char *value = strchr(line, '=');

    if (!value) {
        complain(parser, "neither 'key = value' nor '[section]'; begin a comment with #");
        return;
    }
    *value++ = 0;
    const char *key = trim(line);
    for (size_t i = 0; i < ELEMENTS(fields); i++) {
        if (text_equal(fields[i].section, parser->section) && text_equal(fields[i].key, key)) {
            take_value(parser, i, trim(value));
            return;
        }
    }
    complain(parser, "no such setting in [%s]", parser->section);
}

/* `line` is cut up. */
static void take_line(struct parser *parser, char *line)
{
    for (char *tab = line; (tab = strchr(tab, '\t'));)
        *tab = ' ';
    char *text = trim(line);
    size_t length = strlen(text);

    if (text[0] == '[' && length > 1 && text[length - 1] == ']') {
        _cleanup_free_ char *name = strndup(text + 1, length - 2);
        if (!name)
            abort();
        parser->section = find_section(trim(name));
        if (parser->section)
            return;
    }
    if (!parser->section)
        buf_add_text(&parser->others, text);
    else if (text[0] && text[0] != '#' && text[0] != ';')
        take_setting(parser, text);
}

static void take_lines(struct parser *parser, const char *text, size_t size)
{
    const char *end = text + size;

    while (text < end) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        size_t length = (size_t)((newline ? newline : end) - text);
        _cleanup_free_ char *line = strndup(text, length);
        if (!line)
            abort();
        parser->line++;
        if (length > 0 && line[length - 1] == '\r')
            line[length - 1] = 0;
        for (char *tab = line; (tab = strchr(tab, '\t'));)
            *tab = ' ';
        if (!text_is_printable(line, NULL))
            complain(parser, "the line has bytes that are no text (UTF-8 will do)");
        else
            take_line(parser, line);
        buf_add_char(&parser->others, '\n');
        sodium_memzero(line, strlen(line));
        text += length + (newline ? 1 : 0);
    }
}

/* ---- the whole ---- */

static bool has_family(const struct box *box, uint8_t family)
{
    for (size_t i = 0; i < box->address_count; i++) {
        if (box->addresses[i].address.family == family)
            return true;
    }
    return false;
}

static void check_together(struct parser *parser)
{
    const struct box *box = parser->box;

    parser->line = 0;
    if (!box->restore_file[0] != !box->restore_passphrase[0])
        complain(parser, "[restore]: file and passphrase go together");
    for (size_t i = 0; i < box->gateway_count; i++) {
        if (!has_family(box, box->gateways[i].family))
            complain(parser, "gateways in [network]: there is no address of that family in "
                             "'addresses'");
    }
}

static void take_settings(struct parser *parser)
{
    const char *blank = parser->others.data ? parser->others.data : "";

    for (blank += strspn(blank, "\n"); blank[0] == '#'; blank += strspn(blank, "\n"))
        blank += strcspn(blank, "\n");
    parser->box->has_settings = blank[0];
    if (parser->count == parser->max)
        return;
    parser->count += settings_parse(parser->others.data ? parser->others.data : "",
                                    parser->others.length, &parser->box->settings,
                                    parser->errors + parser->count, parser->max - parser->count);
}

size_t box_parse(const char *text, size_t size, struct box *ret_box,
                 struct settings_error *ret_errors, size_t max)
{
    struct parser parser = {.box = ret_box, .errors = ret_errors, .max = max};

    *ret_box = (struct box){0};
    if (size > BOX_SIZE_MAX)
        complain(&parser, "the seed is too large; at most 64 KiB will do");
    else if (memchr(text, 0, size))
        complain(&parser, "the seed has zero bytes; it must be text");
    else
        take_lines(&parser, text, size);
    if (parser.count == 0)
        check_together(&parser);
    take_settings(&parser);
    buf_done(&parser.others);
    if (parser.count > 0)
        box_done(ret_box);
    return parser.count;
}
