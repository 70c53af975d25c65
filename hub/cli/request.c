/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/cli/request.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "hub/api/answer.h"
#include "hub/base/buf.h"
#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "hub/cli/list_edit.h"
#include "hub/cli/option.h"

const struct local_option local_options[] = {
    {LOCAL_NO_WAIT, "--no-wait", NULL, NULL, "return at once; do not wait until it is active"},
    {LOCAL_YES, "--yes", NULL, NULL, "do not ask"},
    {LOCAL_FOLLOW, "--follow", "-f", NULL, "go on printing what happens"},
    {LOCAL_OUTPUT, "--output", "-o", "FILE", "write into a file that only you can read"},
    {LOCAL_FORCE, "--force", NULL, NULL, "overwrite the file"},
    {LOCAL_PASSPHRASE_FD, "--passphrase-fd", NULL, "N",
     "read the passphrase from this descriptor, not from the terminal or standard input"},
    {LOCAL_DRY_RUN, "--dry-run", NULL, NULL, "only say what would be changed"},
    {LOCAL_IDEMPOTENCY_KEY, "--idempotency-key", NULL, "KEY",
     "the same key again gives the same answer and no second change"},
    {LOCAL_IF_MATCH, "--if-match", NULL, "ETAG", "only if nobody changed it since"},
    {0},
};

/* From `field` on, the next one that may be asked about; NULL = none. Who makes something new has
 * nothing to lose. */
static const struct api_field *find_asked(const struct api_route *route,
                                          const struct api_field *field)
{
    if (route->method != API_PATCH)
        return NULL;
    while (field && field->name && !field->asked_word)
        field++;
    return field && field->name ? field : NULL;
}

const char *request_asks(const struct request *request)
{
    const struct api_route *route = request->route;
    const struct api_field *field = find_asked(route, route->body);

    for (; field; field = find_asked(route, field + 1)) {
        const char *word = json_string_value(json_object_get(request->body, field->name));
        if (word && text_equal(word, field->asked_word))
            return field->asks;
    }
    return route->asks;
}

bool local_option_applies(const struct local_option *option, const struct api_route *route)
{
    switch (option->flag) {
    case LOCAL_DRY_RUN:
        return route->changes && route->id != ROUTE_BACKUP_UPLOAD &&
               route->id != ROUTE_UPDATE_INSTALL;
    case LOCAL_IDEMPOTENCY_KEY:
        return route->changes && !route->secret && route->id != ROUTE_BACKUP_RESTORE &&
               route->id != ROUTE_BACKUP_UPLOAD && route->id != ROUTE_UPDATE_INSTALL;
    case LOCAL_IF_MATCH:
        return api_route_takes_if_match(route);
    case LOCAL_YES:
        return route->ask != API_ASK_NOTHING || find_asked(route, route->body);
    case LOCAL_NO_WAIT:
        return route->id == ROUTE_INSTANCE_ADD;
    case LOCAL_FOLLOW:
        return route->id == ROUTE_EVENTS_FOLLOW;
    case LOCAL_OUTPUT:
    case LOCAL_FORCE:
        return route->id == ROUTE_PROFILE_GET || route->id == ROUTE_BACKUP_ADD ||
               route->id == ROUTE_BACKUP_FETCH;
    case LOCAL_PASSPHRASE_FD:
        return route->id == ROUTE_BACKUP_ADD || route->id == ROUTE_BACKUP_RESTORE ||
               route->id == ROUTE_BACKUP_KEY_SET;
    }
    return false;
}

void request_done(struct request *request)
{
    json_decref(request->query);
    json_decref(request->headers);
    json_decref(request->body);
    json_decref(request->edits);
}

/* ---- words ---- */

/* "{instance}" -> "INSTANCE" */
static const char *path_word(const char *path, size_t index, char text[static 32])
{
    const char *brace = strchr(path, '{');

    while (brace && index-- > 0)
        brace = strchr(brace + 1, '{');
    if (!brace)
        return NULL;
    size_t length = 0;
    while (brace[1 + length] != '}' && length < 31) {
        text[length] = (char)toupper((unsigned char)brace[1 + length]);
        length++;
    }
    text[length] = 0;
    return text;
}

static size_t path_word_count(const char *path)
{
    size_t count = 0;

    for (; *path; path++)
        count += *path == '{';
    return count;
}

/* Words of their own are fields of the body or, where there is none, of the query. */
static const struct api_field *word_fields(const struct api_route *route)
{
    return route->body ? route->body : route->query;
}

/* Those of a query may be left out. */
static bool is_optional(const struct api_route *route, const struct api_field *field)
{
    return !route->body && !(field->flags & API_REQUIRED);
}

const char *request_word(const struct api_route *route, size_t index,
                         const struct api_field **ret_field, char text[static 32])
{
    size_t in_path = path_word_count(route->path);

    *ret_field = NULL;
    if (index < in_path)
        return path_word(route->path, index, text);
    index -= in_path;
    for (const struct api_field *field = word_fields(route); field && field->name; field++) {
        size_t words = field->kind == API_TEXTS ? 2 : 1;
        if (!field->option || *field->option == '-')
            continue;
        if (index >= words) {
            index -= words;
            continue;
        }
        const char *word = index ? field->value : field->option;
        *ret_field = field;
        snprintf(text, 32, is_optional(route, field) ? "[%s]" : "%s", word);
        return text;
    }
    return NULL;
}

/* ---- arguments ---- */

struct parser {
    struct globals *globals;
    struct request *request;
    int argc;
    char **argv;
    int index;
    size_t words;
    const char *text_name; /* of API_TEXTS, whose text comes next */
    char *error;
};

static int wrong(struct parser *parser, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static int wrong(struct parser *parser, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(parser->error, CLI_ERROR_MAX, format, arguments);
    va_end(arguments);
    return -EINVAL;
}

/* What the file holds. */
static int take_file(struct parser *parser, const struct api_field *field, const char *path)
{
    _cleanup_buf_ struct buf text = {0};
    char bytes[4096];
    size_t size;
    FILE *file = fopen(path, "re");

    if (!file)
        return wrong(parser, "%.200s can't be read: %s", path, strerror(errno));
    while ((size = fread(bytes, 1, sizeof(bytes), file)) > 0 &&
           text.length <= (size_t)field->maximum)
        buf_add(&text, bytes, size);
    fclose(file);
    json_t *value = json_stringn(text.data ? text.data : "", text.length);
    explicit_bzero(bytes, sizeof(bytes));
    if (text.data)
        explicit_bzero(text.data, text.size);
    if (!value)
        return wrong(parser, "%.200s holds no text", path);
    json_object_set_new(parser->request->body, field->name, value);
    return 0;
}

/* Its name, then its text. */
static void take_text(struct parser *parser, const struct api_field *field, const char *word)
{
    json_t *body = parser->request->body, *texts = json_object_get(body, field->name);

    if (!texts) {
        json_object_set_new(body, field->name, json_object());
        parser->text_name = word;
    } else {
        json_object_set_new(texts, parser->text_name, json_string(word));
    }
}

/* "https://vpn.example.net/get/TOKEN" */
static const char *token_of(const char *link)
{
    const char *slash = strrchr(link, '/');

    return slash ? slash + 1 : link;
}

static int take_word(struct parser *parser, const char *word)
{
    struct request *request = parser->request;
    const struct api_field *field;
    char name[32];

    if (!request_word(request->route, parser->words, &field, name))
        return wrong(parser, "\"%.60s\" is one word too many", word);
    if (!*word && !parser->text_name)
        return wrong(parser, "%s is empty", name);
    if (!text_is_printable(word, NULL))
        return wrong(parser, "%s must be printable text in UTF-8", name);
    int r = 0;
    if (field && field->flags & API_FILE)
        r = take_file(parser, field, word);
    else if (field && field->kind == API_TEXTS)
        take_text(parser, field, word);
    else if (field && request->route->id == ROUTE_LINK_OPEN)
        json_object_set_new(request->body, field->name, json_string(token_of(word)));
    else if (field)
        json_object_set_new(request->route->body ? request->body : request->query, field->name,
                            json_string(word));
    else
        request->parameters[parser->words] = word;
    parser->words++;
    return r;
}

static const struct local_option *find_local(const struct api_route *route, const char *name,
                                             size_t length)
{
    for (const struct local_option *option = local_options; option->option; option++) {
        if (!local_option_applies(option, route))
            continue;
        if ((strlen(option->option) == length && strncmp(option->option, name, length) == 0) ||
            (option->letter && length == 2 && strncmp(option->letter, name, 2) == 0))
            return option;
    }
    return NULL;
}

static int apply_local(struct parser *parser, const struct local_option *option, const char *value)
{
    struct request *request = parser->request;
    uint64_t number;

    if (request->flags & option->flag)
        return wrong(parser, "%s is given twice", option->option);
    if (option->value && (!*value || !text_is_printable(value, NULL)))
        return wrong(parser, "%s needs a value: %s", option->option, option->value);
    request->flags |= option->flag;
    switch (option->flag) {
    case LOCAL_DRY_RUN:
        json_object_set_new(request->query, "dry_run", json_string("1"));
        break;
    case LOCAL_IDEMPOTENCY_KEY:
        json_object_set_new(request->headers, "idempotency-key", json_string(value));
        break;
    case LOCAL_IF_MATCH:
        /* An ETag has quotes, which a shell takes away. */
        json_object_set_new(request->headers, "if-match",
                            *value == '"' ? json_string(value) : json_sprintf("\"%s\"", value));
        break;
    case LOCAL_OUTPUT:
        request->output = value;
        break;
    case LOCAL_PASSPHRASE_FD:
        if (text_parse_u64(value, 0, 1023, &number) < 0)
            return wrong(parser, "--passphrase-fd is the number of a descriptor");
        request->passphrase_fd = (int)number;
        break;
    case LOCAL_YES:
    case LOCAL_NO_WAIT:
    case LOCAL_FOLLOW:
    case LOCAL_FORCE:
        break;
    }
    return 0;
}

/* The value of an option: after "=", else the next argument. NULL and an error when there is
 * none. */
static const char *take_value(struct parser *parser, const char *name, const char *inline_value,
                              const char *value_name)
{
    const char *next = parser->index < parser->argc ? parser->argv[parser->index] : NULL;

    if (inline_value)
        return inline_value;
    if (next && !text_starts_with(next, "--")) {
        parser->index++;
        return next;
    }
    wrong(parser, "%.40s needs a value: %s", name, value_name);
    return NULL;
}

static int take_local(struct parser *parser, const struct local_option *option,
                      const char *inline_value)
{
    const char *value = "";

    if (!option->value && inline_value)
        return wrong(parser, "%s takes no value", option->option);
    if (option->value) {
        value = take_value(parser, option->option, inline_value, option->value);
        if (!value)
            return -EINVAL;
    }
    return apply_local(parser, option, value);
}

/* yes or no after an option of its own: without one it means yes. */
static int take_bool(struct parser *parser, const struct option_match *match,
                     const char *inline_value, const char **ret_value)
{
    const char *next = parser->index < parser->argc ? parser->argv[parser->index] : NULL;

    *ret_value = match->value;
    if (!match->field->value || match->negated) {
        if (inline_value)
            return wrong(parser, "%s takes no value", match->name);
        return 0;
    }
    if (inline_value)
        *ret_value = inline_value;
    else if (next && *next != '-') {
        *ret_value = next;
        parser->index++;
    }
    return 0;
}

static int take_field(struct parser *parser, const struct option_match *match,
                      const char *inline_value)
{
    json_t *target = match->in_query ? parser->request->query : parser->request->body;
    const char *value = match->value;

    if (match->field->kind == API_BOOL) {
        int error = take_bool(parser, match, inline_value, &value);

        if (error)
            return error;
    } else if (!value) {
        value = take_value(parser, match->name, inline_value, match->field->value);
        if (!value)
            return -EINVAL;
    } else if (inline_value) {
        return wrong(parser, "%s takes no value", match->name);
    }
    if (match->edit != OPTION_REPLACE)
        return list_edit_take(match, value, parser->request->edits, parser->error);
    return option_set(match, value, target, parser->error);
}

static int take_option(struct parser *parser)
{
    const struct api_route *route = parser->request->route;
    const char *word = parser->argv[parser->index++];
    const char *equals = text_starts_with(word, "--") ? strchr(word, '=') : NULL;
    size_t length = equals ? (size_t)(equals - word) : strlen(word);
    const char *inline_value = equals ? equals + 1 : NULL;
    const struct local_option *local = find_local(route, word, length);
    struct option_match match;
    char near[48];

    if (local)
        return take_local(parser, local, inline_value);
    if (option_find(route, word, length, &match))
        return take_field(parser, &match, inline_value);
    if (option_nearest(route, word, length, near))
        return wrong(parser, "there is no option %.*s; did you mean %s?",
                     length > 60 ? 60 : (int)length, word, near);
    return wrong(parser, "there is no option %.*s here", length > 60 ? 60 : (int)length, word);
}

static int take_argument(struct parser *parser, bool *options_ended)
{
    const char *word = parser->argv[parser->index];
    int taken;

    if (*options_ended || *word != '-' || text_equal(word, "-")) {
        parser->index++;
        return take_word(parser, word);
    }
    if (text_equal(word, "--")) {
        *options_ended = true;
        parser->index++;
        return 0;
    }
    taken =
        globals_take(parser->globals, parser->argc, parser->argv, &parser->index, parser->error);
    if (taken)
        return taken < 0 ? taken : 0;
    return take_option(parser);
}

/* What was left out, that the command can't do without. */
static int check_complete(struct parser *parser)
{
    struct request *request = parser->request;
    const struct api_route *route = request->route;
    const struct api_field *field;
    char name[32];

    if (request_word(route, parser->words, &field, name) && !(field && is_optional(route, field)))
        return wrong(parser, "%s is missing", name);
    for (field = route->body; field && field->name; field++)
        if (field->flags & API_REQUIRED && field->option &&
            !json_object_get(request->body, field->name))
            return wrong(parser, "%s is missing", field->option);
    for (field = route->query; field && field->name; field++)
        if (field->flags & API_REQUIRED && field->option &&
            !json_object_get(request->query, field->name))
            return wrong(parser, "%s is missing", field->option);
    for (field = route->body; field && field->name; field++)
        if (json_object_get(request->edits, field->name) &&
            json_object_get(request->body, field->name))
            return wrong(parser, "%s says the whole list: it can't go with --add-%s or --remove-%s",
                         field->option, field->option + 2, field->option + 2);
    if (route->method == API_PATCH && json_object_size(request->body) == 0 &&
        json_object_size(request->edits) == 0)
        return wrong(parser, "nothing to change is given");
    if (request->flags & LOCAL_FORCE && !request->output)
        return wrong(parser, "--force goes with -o FILE");
    return 0;
}

int request_parse(struct globals *globals, const struct api_route *route, int argc, char **argv,
                  int index, struct request *ret_request, char error[static CLI_ERROR_MAX])
{
    struct request request = {
        .route = route,
        .query = json_object(),
        .headers = json_object(),
        .body = json_object(),
        .edits = json_object(),
    };
    struct parser parser = {.globals = globals,
                            .request = &request,
                            .argc = argc,
                            .argv = argv,
                            .index = index,
                            .error = error};
    bool options_ended = false;
    int result = 0;

    while (!result && parser.index < argc)
        result = take_argument(&parser, &options_ended);
    if (!result && !globals->help)
        result = check_complete(&parser);
    if (result)
        request_done(&request);
    else
        *ret_request = request;
    return result;
}

/* ---- the request ---- */

static void add_encoded(struct buf *path, const char *text)
{
    for (; *text; text++) {
        if (isalnum((unsigned char)*text) || strchr("-_.~", *text))
            buf_add_char(path, *text);
        else
            buf_printf(path, "%%%02X", (unsigned char)*text);
    }
}

char *request_path(const struct api_route *route, const char *const *parameters)
{
    _cleanup_buf_ struct buf path = {0};

    for (const char *c = route->path; *c; c++) {
        if (*c != '{') {
            buf_add_char(&path, *c);
            continue;
        }
        add_encoded(&path, *parameters++);
        c = strchr(c, '}');
    }
    return buf_take(&path);
}

json_t *request_to_json(const struct request *request)
{
    _cleanup_free_ char *path = request_path(request->route, request->parameters);
    json_t *whole =
        json_pack("{s:s,s:s}", "method", api_method_name(request->route->method), "path", path);

    if (json_object_size(request->query) > 0)
        json_object_set(whole, "query", request->query);
    if (json_object_size(request->headers) > 0)
        json_object_set(whole, "headers", request->headers);
    if (request->route->body)
        json_object_set(whole, "body", request->body);
    return whole;
}
