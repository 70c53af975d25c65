/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "webui/target.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "hub/base/acme_challenge.h"
#include "hub/base/text.h"

static bool refuse(const char *wrong, const char **ret_wrong)
{
    *ret_wrong = wrong;
    return false;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)tolower((unsigned char)c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Decodes %XX (and, in a query, +) into a text; false for what is no escape, or no text. */
static bool decode(struct http_text text, bool plus, char *target, size_t size)
{
    size_t length = 0;

    if (size == 0)
        return false;
    for (size_t i = 0; i < text.size; i++) {
        char c = text.at[i];

        if (c == '%') {
            int high = i + 2 < text.size ? hex_digit(text.at[i + 1]) : -1;
            int low = high < 0 ? -1 : hex_digit(text.at[i + 2]);
            if (low < 0)
                return false;
            c = (char)(high << 4 | low);
            i += 2;
        } else if (c == '+' && plus) {
            c = ' ';
        }
        if (c == 0 || length + 1 >= size)
            return false;
        target[length++] = c;
    }
    target[length] = 0;
    return text_is_printable(target, NULL);
}

/* ---- the path ---- */

static bool check_part(struct http_text part, bool last, const char **ret_wrong)
{
    char text[TARGET_PATH_MAX + 1];

    if (!decode(part, false, text, sizeof(text)))
        return refuse("the path has an escape that is none, or a control character", ret_wrong);
    if (part.size == 0 && !last)
        return refuse("the path has an empty part", ret_wrong);
    if (text_equal(text, ".") || text_equal(text, ".."))
        return refuse("the path goes up", ret_wrong);
    return true;
}

static bool check_path(struct http_text path, const char **ret_wrong)
{
    size_t begin = 1;

    for (size_t i = 1; i <= path.size; i++) {
        if (i < path.size && path.at[i] != '/')
            continue;
        if (!check_part((struct http_text){path.at + begin, i - begin}, i == path.size, ret_wrong))
            return false;
        begin = i + 1;
    }
    return true;
}

static enum target_kind kind_of(const char *path)
{
    if (text_equal(path, "/api/v1/events"))
        return TARGET_EVENTS;
    if (text_equal(path, "/api") || text_starts_with(path, "/api/"))
        return TARGET_API;
    /* A file that belongs to a link; without an extension it is a place in the page. */
    if (text_starts_with(path, "/get/") && strchr(path, '.'))
        return TARGET_API;
    if (text_starts_with(path, ACME_CHALLENGE_PATH))
        return TARGET_CHALLENGE;
    return TARGET_PAGE;
}

/* ---- the query ---- */

static bool take_pair(struct http_text pair, struct target *target)
{
    const char *equals = memchr(pair.at, '=', pair.size);
    struct http_text name = {pair.at, equals ? (size_t)(equals - pair.at) : pair.size};
    struct http_text value = {"", 0};
    char *at = target->query + target->query_size;

    if (equals)
        value = (struct http_text){equals + 1, pair.size - name.size - 1};
    if (name.size == 0 || !decode(name, true, at, sizeof(target->query) - target->query_size))
        return false;
    target->query_size += strlen(at) + 1;
    at = target->query + target->query_size;
    if (!decode(value, true, at, sizeof(target->query) - target->query_size))
        return false;
    target->query_size += strlen(at) + 1;
    return true;
}

static bool take_query(struct http_text query, struct target *target, const char **ret_wrong)
{
    while (query.size) {
        const char *end = memchr(query.at, '&', query.size);
        struct http_text pair = {query.at, end ? (size_t)(end - query.at) : query.size};

        if (pair.size && !take_pair(pair, target))
            return refuse("the query is not NAME=VALUE&NAME=VALUE", ret_wrong);
        query.at += pair.size + (end ? 1 : 0);
        query.size -= pair.size + (end ? 1 : 0);
    }
    return true;
}

/* ---- the whole ---- */

bool target_parse(struct http_text path, struct http_text query, struct target *ret_target,
                  const char **ret_wrong)
{
    ret_target->query_size = 0;
    if (path.size > TARGET_PATH_MAX)
        return refuse("the path is too long", ret_wrong);
    if (!check_path(path, ret_wrong) || !take_query(query, ret_target, ret_wrong))
        return false;
    memcpy(ret_target->path, path.at, path.size);
    ret_target->path[path.size] = 0;
    ret_target->kind = kind_of(ret_target->path);
    return true;
}

bool target_has(const struct target *target, const char *name)
{
    for (size_t at = 0; at < target->query_size;) {
        if (text_equal(target->query + at, name))
            return true;
        at += strlen(target->query + at) + 1;
        at += strlen(target->query + at) + 1;
    }
    return false;
}

void target_add(struct target *target, const char *name, const char *value)
{
    size_t room = sizeof(target->query) - target->query_size;

    if (target_has(target, name) || strlen(name) + strlen(value) + 2 > room)
        return;
    target->query_size +=
        (size_t)snprintf(target->query + target->query_size, room, "%s", name) + 1;
    room = sizeof(target->query) - target->query_size;
    target->query_size +=
        (size_t)snprintf(target->query + target->query_size, room, "%s", value) + 1;
}
