/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/cli/cell.h"

#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"

const json_t *cell_value(const json_t *object, const char *path)
{
    while (object && *path) {
        size_t length = strcspn(path, ".");
        char key[40];

        if (length >= sizeof(key))
            return NULL;
        memcpy(key, path, length);
        key[length] = 0;
        object = json_object_get(object, key);
        path += length + (path[length] == '.');
    }
    return object;
}

enum screen_color cell_plain(const json_t *value, struct buf *text)
{
    _cleanup_free_ char *dumped = NULL;
    json_t *item;
    size_t index;

    if (!value || json_is_null(value) || (json_is_array(value) && json_array_size(value) == 0)) {
        buf_add_char(text, '-');
    } else if (json_is_string(value)) {
        buf_add_text(text, json_string_length(value) ? json_string_value(value) : "-");
    } else if (json_is_boolean(value)) {
        buf_add_text(text, json_is_true(value) ? "yes" : "no");
    } else if (json_is_array(value)) {
        json_array_foreach((json_t *)value, index, item)
        {
            if (index > 0)
                buf_add_text(text, ", ");
            cell_plain(item, text);
        }
    } else if (json_is_string(json_object_get(value, "mapped"))) {
        const char *real = json_string_value(json_object_get(value, "real"));
        buf_printf(text, "%s=%s", real ? real : "?",
                   json_string_value(json_object_get(value, "mapped")));
    } else {
        dumped = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
        buf_add_text(text, dumped ? dumped : "?");
    }
    return COLOR_NONE;
}

enum screen_color cell_bytes(const json_t *value, struct buf *text)
{
    static const char *const units[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    double bytes = (double)json_integer_value(value);
    size_t unit = 0;

    if (!json_is_integer(value))
        return cell_plain(value, text);
    if (bytes < 1024) {
        buf_printf(text, "%.0f B", bytes);
        return COLOR_NONE;
    }
    for (bytes /= 1024; bytes >= 1024 && unit + 1 < ELEMENTS(units); unit++)
        bytes /= 1024;
    buf_printf(text, "%.1f %s", bytes, units[unit]);
    return COLOR_NONE;
}

/* Its two largest units: "6d 23h". */
static const char *short_duration(int64_t seconds, char text[static DURATION_TEXT_MAX + 1])
{
    char whole[DURATION_TEXT_MAX];
    size_t length = 0, units = 0;

    for (const char *c = duration_format(seconds, whole); *c && units < 2; c++) {
        text[length++] = *c;
        if (*c < 'a' || *c > 'z')
            continue;
        if (++units == 1 && c[1])
            text[length++] = ' ';
    }
    text[length] = 0;
    return text;
}

enum screen_color cell_ago(const json_t *value, struct buf *text)
{
    char duration[DURATION_TEXT_MAX + 1];
    int64_t at, passed;

    if (!json_is_string(value) || time_parse(json_string_value(value), &at) < 0)
        return cell_plain(value, text);
    passed = clock_seconds() - at;
    if (passed == 0)
        buf_add_text(text, "now");
    else if (passed > 0)
        buf_printf(text, "%s ago", short_duration(passed, duration));
    else
        buf_printf(text, "in %s", short_duration(-passed, duration));
    return COLOR_NONE;
}

enum screen_color cell_duration(const json_t *value, struct buf *text)
{
    char duration[DURATION_TEXT_MAX + 1];

    if (!json_is_integer(value))
        return cell_plain(value, text);
    buf_add_text(text, short_duration(json_integer_value(value), duration));
    return COLOR_NONE;
}

enum screen_color cell_forwarding(const json_t *value, struct buf *text)
{
    bool ipv4 = json_is_true(json_object_get(value, "ipv4"));
    bool ipv6 = json_is_true(json_object_get(value, "ipv6"));

    if (!json_is_object(value))
        return cell_plain(value, text);
    if (ipv4 == ipv6)
        buf_add_text(text, ipv4 ? "let through" : "dropped");
    else
        buf_printf(text, "IPv4 %s, IPv6 %s", ipv4 ? "let through" : "dropped",
                   ipv6 ? "let through" : "dropped");
    if (json_is_true(json_object_get(value, "automatic")))
        buf_printf(text, " (auto: %s)",
                   ipv4 || ipv6 ? "this machine forwarded before the hub came"
                                : "this machine did not forward before the hub came");
    else
        buf_add_text(text, " (hub.forward_other)");
    return COLOR_NONE;
}

enum screen_color cell_state(const json_t *value, struct buf *text)
{
    const char *state = json_string_value(value);

    cell_plain(value, text);
    if (!state)
        return COLOR_NONE;
    if (text_equal(state, "active"))
        return COLOR_GOOD;
    return text_equal(state, "failed") ? COLOR_BAD : COLOR_BUSY;
}

enum screen_color cell_connected(const json_t *value, struct buf *text)
{
    cell_plain(value, text);
    return json_is_true(value) ? COLOR_GOOD : COLOR_DIM;
}

enum screen_color cell_action(const json_t *value, struct buf *text)
{
    const char *action = json_string_value(value);

    cell_plain(value, text);
    if (!action)
        return COLOR_NONE;
    return text_equal(action, "allow") ? COLOR_GOOD : COLOR_BAD;
}

enum screen_color cell_level(const json_t *value, struct buf *text)
{
    const char *level = json_string_value(value);

    cell_plain(value, text);
    if (!level)
        return COLOR_NONE;
    if (text_equal(level, "problem"))
        return COLOR_BAD;
    return text_equal(level, "soon") ? COLOR_BUSY : COLOR_DIM;
}

enum screen_color cell_dns(const json_t *value, struct buf *text)
{
    if (json_is_null(value))
        buf_add_text(text, "the hub's default");
    else if (json_is_array(value) && json_array_size(value) == 0)
        buf_add_text(text, "none");
    else
        return cell_plain(value, text);
    return COLOR_NONE;
}

/* {"link_ready":true,...} -> "link" */
enum screen_color cell_ready(const json_t *value, struct buf *text)
{
    const char *flag, *separator = "";
    json_t *set;

    json_object_foreach((json_t *)value, flag, set)
    {
        const char *end = strstr(flag, "_ready");

        if (!json_is_true(set))
            continue;
        buf_printf(text, "%s%.*s", separator, (int)(end ? end - flag : (long)strlen(flag)), flag);
        separator = ", ";
    }
    if (!*separator)
        buf_add_char(text, '-');
    return COLOR_NONE;
}

/* [{"step","title","reason","retry_at"}] */
enum screen_color cell_pending(const json_t *value, struct buf *text)
{
    json_t *item;
    size_t index;

    if (json_array_size(value) == 0)
        return cell_plain(NULL, text);
    json_array_foreach((json_t *)value, index, item)
    {
        const char *title = json_string_value(json_object_get(item, "title"));
        const char *step = json_string_value(json_object_get(item, "step"));
        const char *reason = json_string_value(json_object_get(item, "reason"));

        buf_printf(text, "%s%s", index ? ", " : "", title ? title : step ? step : "?");
        if (reason)
            buf_printf(text, " (%s)", reason);
    }
    return COLOR_BUSY;
}

/* Why the firewall decides as it does, of a finding. */
enum screen_color cell_reason(const json_t *value, struct buf *text)
{
    static const char *const reasons[][2] = {
        {"rule", "a rule"},
        {"default", "no rule matches: the firewall's default"},
        {"client_to_client", "the instance keeps its clients apart"},
        {"no_source", "nobody has the source address"},
        {"no_destination", "nobody has the destination address"},
        {"no_uplink", "the source does not reach the internet through the hub"},
        {"hub", "the hub's own address: rules are about what passes through"},
    };
    const char *reason = json_string_value(value);

    for (size_t i = 0; reason && i < ELEMENTS(reasons); i++) {
        if (!text_equal(reasons[i][0], reason))
            continue;
        buf_add_text(text, reasons[i][1]);
        return COLOR_NONE;
    }
    return cell_plain(value, text);
}

enum screen_color cell_bad_if_true(const json_t *value, struct buf *text)
{
    cell_plain(value, text);
    return json_is_true(value) ? COLOR_BAD : COLOR_NONE;
}

enum screen_color cell_good_if_true(const json_t *value, struct buf *text)
{
    cell_plain(value, text);
    return json_is_true(value) ? COLOR_GOOD : COLOR_BAD;
}

enum screen_color cell_enabled(const json_t *peer, struct buf *text)
{
    if (json_is_true(json_object_get(peer, "expired"))) {
        buf_add_text(text, "expired");
        return COLOR_BAD;
    }
    return cell_plain(json_object_get(peer, "enabled"), text);
}

static enum screen_color name_or_id(const json_t *event, const char *name, const char *id,
                                    struct buf *text)
{
    const json_t *value = json_object_get(event, name);

    return cell_plain(json_is_string(value) ? value : json_object_get(event, id), text);
}

enum screen_color cell_event_instance(const json_t *event, struct buf *text)
{
    return name_or_id(event, "instance", "instance_id", text);
}

enum screen_color cell_event_peer(const json_t *event, struct buf *text)
{
    return name_or_id(event, "peer", "peer_id", text);
}

const char *cell_text(const json_t *object, const char *field)
{
    const char *text = json_string_value(json_object_get(object, field));

    return text ? text : "";
}
