/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "hub/api/route_row.h"
#include "hub/base/text.h"

enum { SEGMENTS_MAX = 8, ALLOWED_SIZE = 64 };

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)tolower((unsigned char)c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Decodes %XX in place; false for what is no escape, and for %00. */
static bool percent_decode(char *text)
{
    char *out = text;
    for (const char *in = text; *in; in++) {
        if (*in != '%') {
            *out++ = *in;
            continue;
        }
        int high = hex_digit(in[1]), low = high < 0 ? -1 : hex_digit(in[2]);
        if (low < 0 || (high == 0 && low == 0))
            return false;
        *out++ = (char)(high << 4 | low);
        in += 2;
    }
    *out = 0;
    return true;
}

/* Cuts "/a/b" into its parts; 0 for what is not a path or too deep. */
static size_t cut(char *path, char *segments[static SEGMENTS_MAX])
{
    size_t count = 0;
    if (*path != '/')
        return 0;
    for (char *slash = path; slash; slash = strchr(slash, '/')) {
        *slash++ = 0;
        if (count == SEGMENTS_MAX)
            return 0;
        segments[count++] = slash;
    }
    return count;
}

/* Moves on to the next slash, or the end; false: the segment is another one. A segment may hold a
 * slash itself, which was an escape. */
static bool pass(const char **pattern, const char *segment)
{
    const char *p = *pattern;

    while (*segment && *segment == *p && *p != '/')
        segment++, p++;
    *pattern = p;
    return !*segment && (!*p || *p == '/');
}

static bool matches(const char *pattern, char *const *segments, size_t count,
                    const char *ret_parameters[static API_PARAMETERS_MAX])
{
    size_t parameters = 0;
    for (size_t i = 0; i < count; i++) {
        if (*pattern++ != '/')
            return false;
        if (*pattern == '{' && *segments[i]) {
            ret_parameters[parameters++] = segments[i];
            pattern = strchrnul(pattern, '/');
        } else if (*pattern == '{' || !pass(&pattern, segments[i])) {
            return false;
        }
    }
    return !*pattern;
}

static void add_method(char *text, size_t size, const char *method)
{
    size_t used = strlen(text);
    snprintf(text + used, size - used, "%s%s", used ? ", " : "", method);
}

/* NULL if none; methods that the path has are added to `allowed`. */
static const struct api_route *find_in(const struct api_route *noun, const char *method,
                                       char *const *segments, size_t count,
                                       const char *ret_parameters[static API_PARAMETERS_MAX],
                                       char allowed[static ALLOWED_SIZE])
{
    for (const struct api_route *route = noun; route->path; route++) {
        const char *parameters[API_PARAMETERS_MAX] = {};
        if (!matches(route->path, segments, count, parameters))
            continue;
        if (text_equal(api_method_name(route->method), method)) {
            memcpy(ret_parameters, parameters, sizeof parameters);
            return route;
        }
        add_method(allowed, ALLOWED_SIZE, api_method_name(route->method));
    }
    return NULL;
}

const struct api_route *api_route_find(const char *method, char *path_copy,
                                       const char *ret_parameters[static API_PARAMETERS_MAX],
                                       struct problem *ret_problem)
{
    char *segments[SEGMENTS_MAX];
    char allowed[ALLOWED_SIZE] = "";
    size_t count = cut(path_copy, segments);
    for (size_t i = 0; i < count; i++) {
        if (!percent_decode(segments[i])) {
            problem_set(ret_problem, 400, "invalid",
                        "the path has a %% that is not followed by two hex digits");
            return NULL;
        }
    }
    for (const struct api_route *const *noun = api_route_nouns; *noun; noun++) {
        const struct api_route *route =
            find_in(*noun, method, segments, count, ret_parameters, allowed);
        if (route)
            return route;
    }
    if (*allowed)
        problem_set(ret_problem, 405, "method", "%.20s can't be done here; %s can", method,
                    allowed);
    else
        problem_set(ret_problem, 404, "not-found", "there is no such path in this API");
    return NULL;
}
