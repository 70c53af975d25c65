/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/settings/setting.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/socket.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "hub/settings/host_name.h"

/* Says what is wrong with a value, and what would do. */
static int __attribute__((format(printf, 2, 3))) wrong(char *ret_wrong, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(ret_wrong, SETTING_WRONG_MAX, format, arguments);
    va_end(arguments);
    return -EINVAL;
}

const char *setting_quote(const char *text, char ret_quote[static SETTING_QUOTE_MAX])
{
    text_copy_cut(ret_quote, SETTING_QUOTE_MAX, text);
    /* libinih cuts long names of sections where it likes. */
    while (!text_is_printable(ret_quote, NULL))
        ret_quote[strlen(ret_quote) - 1] = 0;
    return ret_quote;
}

static void *field_of(struct settings *settings, const struct setting *setting)
{
    return (char *)settings + setting->offset;
}

/* ---- text, hosts, domains ---- */

static int parse_text(const struct setting *setting, const char *text, struct settings *settings,
                      char *ret_wrong)
{
    size_t characters;

    if (!text_is_printable(text, &characters) || strpbrk(text, ";#"))
        return wrong(ret_wrong, "must be plain text without ';' and '#'");
    if ((int64_t)characters < setting->minimum || (int64_t)characters > setting->maximum ||
        text_copy(field_of(settings, setting), setting->size, text) < 0)
        return wrong(ret_wrong, "must have %" PRId64 " to %" PRId64 " characters", setting->minimum,
                     setting->maximum);
    return 0;
}

static int parse_domain(const struct setting *setting, const char *text, struct settings *settings,
                        char *ret_wrong)
{
    struct address address;

    if (text[0] && (address_parse(text, &address) == 0 || !host_name_valid(text)))
        return wrong(ret_wrong, "is no DNS domain; write one as vpn.example.net, without dots at "
                                "its ends, or leave it empty");
    if (text_copy(field_of(settings, setting), setting->size, text) < 0)
        return wrong(ret_wrong, "is too long; at most %zu characters will do", setting->size - 1);
    return 0;
}

static int parse_host(const struct setting *setting, const char *text, struct settings *settings,
                      char *ret_wrong)
{
    struct address address;

    if (text[0] && address_parse(text, &address) < 0 && !host_name_valid(text))
        return wrong(ret_wrong, "is neither a DNS name nor an address; write one as "
                                "vpn.example.net, 203.0.113.7 or 2001:db8::7, without a port");
    if (text_copy(field_of(settings, setting), setting->size, text) < 0)
        return wrong(ret_wrong, "is too long; at most %zu characters will do", setting->size - 1);
    return 0;
}

static void format_text(const struct setting *setting, const struct settings *settings,
                        struct buf *ret_text)
{
    buf_add_text(ret_text, (const char *)settings + setting->offset);
}

/* Of letters, digits and what else stands in addresses: it becomes a word of a command line. */
static bool is_word(const char *text, const char *others)
{
    for (; *text; text++)
        if (!isalnum((unsigned char)*text) && !strchr(others, *text))
            return false;
    return true;
}

static int parse_url(const struct setting *setting, const char *text, struct settings *settings,
                     char *ret_wrong)
{
    static const char scheme[] = "https://";
    const char *host = text + strlen(scheme);

    if (!text_starts_with(text, scheme) || !isalnum((unsigned char)*host) ||
        !is_word(host, "-._~:/?&=%+,[]"))
        return wrong(ret_wrong, "is no address of HTTPS; write one as %s", setting->initial);
    if (text_copy(field_of(settings, setting), setting->size, text) < 0)
        return wrong(ret_wrong, "is too long; at most %zu characters will do", setting->size - 1);
    return 0;
}

static int parse_mail(const struct setting *setting, const char *text, struct settings *settings,
                      char *ret_wrong)
{
    const char *at = strchr(text, '@');

    if (text[0] && (!at || at == text || text[0] == '-' || !host_name_valid(at + 1) ||
                    !is_word(text, "-._+=@")))
        return wrong(ret_wrong,
                     "is no mail address; write one as admin@example.net, or leave it empty");
    if (text_copy(field_of(settings, setting), setting->size, text) < 0)
        return wrong(ret_wrong, "is too long; at most %zu characters will do", setting->size - 1);
    return 0;
}

/* ---- yes and no, numbers, durations, choices ---- */

static int parse_bool(const struct setting *setting, const char *text, struct settings *settings,
                      char *ret_wrong)
{
    if (!text_equal(text, "yes") && !text_equal(text, "no"))
        return wrong(ret_wrong, "must be yes or no");
    *(bool *)field_of(settings, setting) = text_equal(text, "yes");
    return 0;
}

static void format_bool(const struct setting *setting, const struct settings *settings,
                        struct buf *ret_text)
{
    bool value = *(const bool *)((const char *)settings + setting->offset);

    buf_add_text(ret_text, value ? "yes" : "no");
}

/* Numbers live in fields of one, two or four bytes. */
static void number_store(void *field, size_t size, uint64_t value)
{
    if (size == sizeof(uint8_t))
        *(uint8_t *)field = (uint8_t)value;
    else if (size == sizeof(uint16_t))
        *(uint16_t *)field = (uint16_t)value;
    else
        *(uint32_t *)field = (uint32_t)value;
}

static uint64_t number_load(const struct setting *setting, const struct settings *settings)
{
    const void *field = (const char *)settings + setting->offset;

    if (setting->size == sizeof(uint8_t))
        return *(const uint8_t *)field;
    if (setting->size == sizeof(uint16_t))
        return *(const uint16_t *)field;
    return *(const uint32_t *)field;
}

static int parse_number(const struct setting *setting, const char *text, struct settings *settings,
                        char *ret_wrong)
{
    uint64_t value;

    if (text_parse_u64(text, (uint64_t)setting->minimum, (uint64_t)setting->maximum, &value) < 0)
        return wrong(ret_wrong, "must be a number from %" PRId64 " to %" PRId64, setting->minimum,
                     setting->maximum);
    number_store(field_of(settings, setting), setting->size, value);
    return 0;
}

static void format_number(const struct setting *setting, const struct settings *settings,
                          struct buf *ret_text)
{
    buf_printf(ret_text, "%" PRIu64, number_load(setting, settings));
}

static int parse_duration(const struct setting *setting, const char *text,
                          struct settings *settings, char *ret_wrong)
{
    char shortest[DURATION_TEXT_MAX], longest[DURATION_TEXT_MAX];
    int64_t seconds;

    if (duration_parse(text, &seconds) < 0 || seconds < setting->minimum ||
        seconds > setting->maximum)
        return wrong(ret_wrong, "must be a time from %s to %s; write it as 45m, 12h or 1d12h",
                     duration_format(setting->minimum, shortest),
                     duration_format(setting->maximum, longest));
    *(int64_t *)field_of(settings, setting) = seconds;
    return 0;
}

static void format_duration(const struct setting *setting, const struct settings *settings,
                            struct buf *ret_text)
{
    char text[DURATION_TEXT_MAX];
    int64_t seconds = *(const int64_t *)((const char *)settings + setting->offset);

    buf_add_text(ret_text, duration_format(seconds, text));
}

/* The choice of that number, by its start and length; the last one's number when `number` is too
 * large. */
static const char *choice(const char *choices, size_t number, size_t *ret_length)
{
    for (; number > 0 && strchr(choices, '|'); number--)
        choices = strchr(choices, '|') + 1;
    *ret_length = strcspn(choices, "|");
    return choices;
}

static int parse_choice(const struct setting *setting, const char *text, struct settings *settings,
                        char *ret_wrong)
{
    size_t length = 0;

    for (size_t i = 0;; i++) {
        const char *word = choice(setting->choices, i, &length);

        if (strlen(text) == length && strncmp(word, text, length) == 0) {
            number_store(field_of(settings, setting), setting->size, i);
            return 0;
        }
        if (!word[length])
            return wrong(ret_wrong, "must be one of %s", setting->choices);
    }
}

static void format_choice(const struct setting *setting, const struct settings *settings,
                          struct buf *ret_text)
{
    size_t length;
    const char *word = choice(setting->choices, number_load(setting, settings), &length);

    buf_add(ret_text, word, length);
}

/* ---- ports, networks, addresses ---- */

static int parse_port_range(const struct setting *setting, const char *text,
                            struct settings *settings, char *ret_wrong)
{
    _cleanup_free_ char *first_text = text_duplicate(text);
    char *hyphen = strchr(first_text, '-');
    uint64_t minimum = (uint64_t)setting->minimum, maximum = (uint64_t)setting->maximum;
    uint64_t first, last;

    if (hyphen)
        *hyphen = 0;
    if (!hyphen || text_parse_u64(first_text, minimum, maximum, &first) < 0 ||
        text_parse_u64(hyphen + 1, minimum, maximum, &last) < 0)
        return wrong(ret_wrong,
                     "must be two ports from %" PRIu64 " to %" PRIu64 "; write them as %s", minimum,
                     maximum, setting->initial);
    if (first > last)
        return wrong(ret_wrong, "ends before it begins; write %" PRIu64 "-%" PRIu64, last, first);

    *(struct port_range *)field_of(settings, setting) = (struct port_range){
        .first = (uint16_t)first,
        .last = (uint16_t)last,
    };
    return 0;
}

static void format_port_range(const struct setting *setting, const struct settings *settings,
                              struct buf *ret_text)
{
    const struct port_range *range =
        (const struct port_range *)((const char *)settings + setting->offset);

    buf_printf(ret_text, "%u-%u", range->first, range->last);
}

static int parse_prefix(const struct setting *setting, const char *text, struct settings *settings,
                        char *ret_wrong)
{
    char corrected[PREFIX_TEXT_MAX];
    struct prefix prefix;

    if (prefix_parse(text, &prefix) < 0 || prefix.address.family != AF_INET)
        return wrong(ret_wrong, "is no IPv4 network; write one as %s", setting->initial);
    if (prefix.length < setting->minimum || prefix.length > setting->maximum)
        return wrong(ret_wrong, "must have a length from /%" PRId64 " to /%" PRId64,
                     setting->minimum, setting->maximum);
    if (prefix_has_host_bits(&prefix)) {
        prefix = prefix_network(&prefix);
        return wrong(ret_wrong, "is an address within a network; write %s",
                     prefix_format(&prefix, corrected));
    }
    *(struct prefix *)field_of(settings, setting) = prefix;
    return 0;
}

static void format_prefix(const struct setting *setting, const struct settings *settings,
                          struct buf *ret_text)
{
    char text[PREFIX_TEXT_MAX];

    buf_add_text(
        ret_text,
        prefix_format((const struct prefix *)((const char *)settings + setting->offset), text));
}

/* An address that one machine can have. */
static bool is_unicast(const struct address *address)
{
    static const struct address none4 = {.family = AF_INET}, none6 = {.family = AF_INET6};
    bool multicast =
        address->family == AF_INET ? address->bytes[0] >= 224 : address->bytes[0] == 0xff;

    return !multicast && !address_equal(address, &none4) && !address_equal(address, &none6);
}

static int add_address(const char *text, const struct setting *setting, struct prefix_set *list,
                       char *ret_wrong)
{
    char quote[SETTING_QUOTE_MAX];
    struct address address;

    if (address_parse(text, &address) < 0 || !is_unicast(&address))
        return wrong(ret_wrong,
                     "has '%s', which is no address of a machine; write addresses as "
                     "203.0.113.7, 2001:db8::7",
                     setting_quote(text, quote));
    if (prefix_set_contains_address(list, &address))
        return wrong(ret_wrong, "has %s twice; once will do", text);
    if ((int64_t)list->count == setting->maximum)
        return wrong(ret_wrong, "has too many addresses; at most %" PRId64 " will do",
                     setting->maximum);
    struct prefix prefix = prefix_of_address(&address);
    prefix_set_add(list, &prefix);
    return 0;
}

static int parse_list(const char *text, const struct setting *setting, struct prefix_set *list,
                      char *ret_wrong)
{
    _cleanup_free_ char *copy = text_duplicate(text);
    char *rest = copy, *word;

    if (!text[0])
        return 0;
    while ((word = strsep(&rest, ","))) {
        word += strspn(word, " ");
        for (size_t length = strlen(word); length > 0 && word[length - 1] == ' '; length--)
            word[length - 1] = 0;
        int error = add_address(word, setting, list, ret_wrong);
        if (error)
            return error;
    }
    return 0;
}

static int parse_addresses(const struct setting *setting, const char *text,
                           struct settings *settings, char *ret_wrong)
{
    struct prefix_set *field = field_of(settings, setting);
    _cleanup_prefix_set_ struct prefix_set list = {0};

    int error = parse_list(text, setting, &list, ret_wrong);
    if (error)
        return error;
    prefix_set_done(field);
    *field = list;
    list = (struct prefix_set){0};
    return 0;
}

static int parse_servers(const struct setting *setting, const char *text, struct settings *settings,
                         char *ret_wrong)
{
    _cleanup_prefix_set_ struct prefix_set list = {0};

    int error = parse_list(text, setting, &list, ret_wrong);
    if (error)
        return error;
    for (size_t i = 0; i < list.count; i++)
        settings->dns[i] = list.items[i].address;
    settings->dns_count = list.count;
    return 0;
}

static void add_to_list(struct buf *ret_text, size_t index, const struct address *address)
{
    char text[ADDRESS_TEXT_MAX];

    buf_printf(ret_text, "%s%s", index > 0 ? ", " : "", address_format(address, text));
}

static void format_addresses(const struct setting *setting, const struct settings *settings,
                             struct buf *ret_text)
{
    const struct prefix_set *list =
        (const struct prefix_set *)((const char *)settings + setting->offset);

    for (size_t i = 0; i < list->count; i++)
        add_to_list(ret_text, i, &list->items[i].address);
}

static void format_servers(const struct setting *setting, const struct settings *settings,
                           struct buf *ret_text)
{
    (void)setting;
    for (size_t i = 0; i < settings->dns_count; i++)
        add_to_list(ret_text, i, &settings->dns[i]);
}

/* ---- the kinds ---- */

static const struct kind {
    int (*parse)(const struct setting *setting, const char *text, struct settings *settings,
                 char *ret_wrong);
    void (*format)(const struct setting *setting, const struct settings *settings,
                   struct buf *ret_text);
} kinds[] = {
    [SETTING_TEXT] = {parse_text, format_text},
    [SETTING_HOST] = {parse_host, format_text},
    [SETTING_DOMAIN] = {parse_domain, format_text},
    [SETTING_BOOL] = {parse_bool, format_bool},
    [SETTING_NUMBER] = {parse_number, format_number},
    [SETTING_DURATION] = {parse_duration, format_duration},
    [SETTING_PORT_RANGE] = {parse_port_range, format_port_range},
    [SETTING_PREFIX] = {parse_prefix, format_prefix},
    [SETTING_ADDRESSES] = {parse_addresses, format_addresses},
    [SETTING_SERVERS] = {parse_servers, format_servers},
    [SETTING_CHOICE] = {parse_choice, format_choice},
    [SETTING_URL] = {parse_url, format_text},
    [SETTING_MAIL] = {parse_mail, format_text},
};

int setting_parse(const struct setting *setting, const char *text, struct settings *settings,
                  char ret_wrong[static SETTING_WRONG_MAX])
{
    return kinds[setting->kind].parse(setting, text, settings, ret_wrong);
}

void settings_value_format(const struct settings *settings, const struct setting *setting,
                           struct buf *ret_text)
{
    /* An empty value is a text too. */
    buf_reserve(ret_text, 0);
    kinds[setting->kind].format(setting, settings, ret_text);
}
