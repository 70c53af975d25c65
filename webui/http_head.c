/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "webui/http_head.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "hub/base/cleanup.h"

/* ---- texts ---- */

bool http_text_is(struct http_text text, const char *other)
{
    return text.at && text.size == strlen(other) && memcmp(text.at, other, text.size) == 0;
}

static bool is_word(struct http_text text, const char *word)
{
    return text.size == strlen(word) && strncasecmp(text.at, word, text.size) == 0;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static struct http_text trim(struct http_text text)
{
    while (text.size && is_blank(text.at[0])) {
        text.at++;
        text.size--;
    }
    while (text.size && is_blank(text.at[text.size - 1]))
        text.size--;
    return text;
}

/* Up to a character, which is taken too; the rest stays in `rest`. */
static struct http_text cut(struct http_text *rest, char at)
{
    const char *end = memchr(rest->at, at, rest->size);
    struct http_text part = {rest->at, end ? (size_t)(end - rest->at) : rest->size};
    size_t taken = part.size + (end ? 1 : 0);

    rest->at += taken;
    rest->size -= taken;
    return part;
}

bool http_list_has(struct http_text list, const char *word)
{
    while (list.at && list.size) {
        struct http_text item = cut(&list, ',');

        if (is_word(trim(cut(&item, ';')), word))
            return true;
    }
    return false;
}

static bool is_token_character(char c)
{
    return isalnum((unsigned char)c) || (c && strchr("!#$%&'*+-.^_`|~", c));
}

static bool is_token(struct http_text text)
{
    for (size_t i = 0; i < text.size; i++)
        if (!is_token_character(text.at[i]))
            return false;
    return text.size > 0;
}

/* ---- the first line ---- */

static int refuse(int status, const char *wrong, const char **ret_wrong)
{
    *ret_wrong = wrong;
    return status;
}

static int take_method(struct http_text text, struct http_head *head, const char **ret_wrong)
{
    static const char *const names[HTTP_METHOD_COUNT] = {
        [HTTP_GET] = "GET",     [HTTP_HEAD] = "HEAD",     [HTTP_POST] = "POST",
        [HTTP_PATCH] = "PATCH", [HTTP_DELETE] = "DELETE",
    };

    if (!is_token(text))
        return refuse(400, "the method is no word", ret_wrong);
    for (size_t i = 0; i < ELEMENTS(names); i++)
        if (http_text_is(text, names[i])) {
            head->method = (enum http_method)i;
            return 0;
        }
    return refuse(405, "the method is none of GET, HEAD, POST, PATCH and DELETE", ret_wrong);
}

static int take_target(struct http_text text, struct http_head *head, const char **ret_wrong)
{
    if (text.size > HTTP_TARGET_MAX)
        return refuse(414, "the path and its query are too long", ret_wrong);
    if (text.size == 0 || text.at[0] != '/')
        return refuse(400, "the path does not begin with a slash", ret_wrong);
    for (size_t i = 0; i < text.size; i++)
        if (text.at[i] <= ' ' || text.at[i] > '~' || strchr("#\\\"<>^`{|}", text.at[i]))
            return refuse(400, "the path has a character that must be escaped", ret_wrong);
    bool has_query = memchr(text.at, '?', text.size) != NULL;
    head->path = cut(&text, '?');
    if (has_query)
        head->query = text;
    return 0;
}

static int take_first_line(struct http_text line, struct http_head *head, const char **ret_wrong)
{
    int r = take_method(cut(&line, ' '), head, ret_wrong);

    if (r == 0)
        r = take_target(cut(&line, ' '), head, ret_wrong);
    if (r != 0)
        return r;
    if (http_text_is(line, "HTTP/1.0"))
        head->closes = true;
    else if (line.size >= 5 && memcmp(line.at, "HTTP/", 5) == 0 && !http_text_is(line, "HTTP/1.1"))
        return refuse(505, "the version is none of HTTP/1.1 and HTTP/1.0", ret_wrong);
    else if (!http_text_is(line, "HTTP/1.1"))
        return refuse(400, "the first line is not METHOD PATH HTTP/1.1", ret_wrong);
    return 0;
}

/* ---- fields ---- */

/* In the order of the enum. */
static const struct {
    const char *name;
    bool repeats; /* may be there more than once: the first counts */
} known[HTTP_FIELD_COUNT] = {
    [HTTP_ACCEPT] = {"accept", true},
    [HTTP_AUTHORIZATION] = {"authorization", false},
    [HTTP_CONNECTION] = {"connection", true},
    [HTTP_CONTENT_LENGTH] = {"content-length", false},
    [HTTP_CONTENT_TYPE] = {"content-type", false},
    [HTTP_COOKIE] = {"cookie", false},
    [HTTP_EXPECT] = {"expect", false},
    [HTTP_HOST] = {"host", false},
    [HTTP_IDEMPOTENCY_KEY] = {"idempotency-key", false},
    [HTTP_IF_MATCH] = {"if-match", false},
    [HTTP_IF_NONE_MATCH] = {"if-none-match", false},
    [HTTP_LAST_EVENT_ID] = {"last-event-id", false},
    [HTTP_ORIGIN] = {"origin", false},
    [HTTP_SEC_FETCH_SITE] = {"sec-fetch-site", false},
    [HTTP_TRANSFER_ENCODING] = {"transfer-encoding", false},
};

static int keep(struct http_text name, struct http_text value, struct http_head *head,
                const char **ret_wrong)
{
    for (size_t i = 0; i < HTTP_FIELD_COUNT; i++) {
        if (!is_word(name, known[i].name))
            continue;
        if (i == HTTP_CONNECTION && http_list_has(value, "close"))
            head->closes = true;
        if (head->fields[i].at && !known[i].repeats)
            return refuse(400, "a header that must be there once is there twice", ret_wrong);
        if (!head->fields[i].at)
            head->fields[i] = value;
        return 0;
    }
    return 0;
}

static int take_field(struct http_text line, struct http_head *head, const char **ret_wrong)
{
    if (is_blank(line.at[0]))
        return refuse(400, "a header goes on in the next line", ret_wrong);
    if (!memchr(line.at, ':', line.size))
        return refuse(400, "a header has no colon", ret_wrong);
    struct http_text name = cut(&line, ':');
    if (!is_token(name))
        return refuse(400, "a header's name is no word", ret_wrong);
    struct http_text value = trim(line);
    for (size_t i = 0; i < value.size; i++)
        if ((unsigned char)value.at[i] < ' ' ? value.at[i] != '\t' : value.at[i] == 0x7f)
            return refuse(400, "a header has a control character", ret_wrong);
    return keep(name, value, head, ret_wrong);
}

/* ---- what they say together ---- */

static int check_host(struct http_text host, bool needed, const char **ret_wrong)
{
    if (!host.at)
        return needed ? refuse(400, "there is no Host", ret_wrong) : 0;
    if (host.size == 0 || host.size > HTTP_HOST_MAX)
        return refuse(400, "the Host is empty or too long", ret_wrong);
    for (size_t i = 0; i < host.size; i++)
        if (!isalnum((unsigned char)host.at[i]) && !strchr("-._:[]", host.at[i]))
            return refuse(400, "the Host is no name and no address", ret_wrong);
    return 0;
}

static int take_body_size(struct http_head *head, const char **ret_wrong)
{
    struct http_text length = head->fields[HTTP_CONTENT_LENGTH];

    if (head->fields[HTTP_TRANSFER_ENCODING].at)
        return length.at ? refuse(400, "both Content-Length and Transfer-Encoding", ret_wrong)
                         : refuse(411, "a body needs a Content-Length", ret_wrong);
    if (!length.at)
        return 0;
    if (length.size == 0 || (length.at[0] == '0' && length.size > 1))
        return refuse(400, "the Content-Length is no number", ret_wrong);
    for (size_t i = 0; i < length.size; i++)
        if (!isdigit((unsigned char)length.at[i]))
            return refuse(400, "the Content-Length is no number", ret_wrong);
    if (length.size > 9)
        return refuse(413, "the body is too long", ret_wrong);
    for (size_t i = 0; i < length.size; i++)
        head->body_size = head->body_size * 10 + (size_t)(length.at[i] - '0');
    if (head->body_size && (head->method == HTTP_GET || head->method == HTTP_HEAD))
        return refuse(400, "GET and HEAD have no body", ret_wrong);
    return 0;
}

static int check_together(struct http_head *head, bool is_1_0, const char **ret_wrong)
{
    struct http_text expect = head->fields[HTTP_EXPECT];
    int r = check_host(head->fields[HTTP_HOST], !is_1_0, ret_wrong);

    if (r == 0)
        r = take_body_size(head, ret_wrong);
    if (r != 0)
        return r;
    if (expect.at && !is_word(expect, "100-continue"))
        return refuse(417, "what is expected can't be promised", ret_wrong);
    head->wants_continue = expect.at && head->body_size && !is_1_0;
    return 0;
}

/* ---- the whole ---- */

/* The next line, without its end: 0, -EAGAIN, or a status. */
static int take_line(struct http_text *rest, struct http_text *ret_line, const char **ret_wrong)
{
    for (size_t i = 0; i < rest->size; i++) {
        char c = rest->at[i];

        if (c == '\n')
            return refuse(400, "a line ends without a carriage return", ret_wrong);
        if (c == 0)
            return refuse(400, "there is a zero byte", ret_wrong);
        if (c != '\r')
            continue;
        if (i + 1 == rest->size)
            return -EAGAIN;
        if (rest->at[i + 1] != '\n')
            return refuse(400, "there is a carriage return within a line", ret_wrong);
        *ret_line = (struct http_text){rest->at, i};
        rest->at += i + 2;
        rest->size -= i + 2;
        return 0;
    }
    return -EAGAIN;
}

/* What has come so far is too much, or too little. */
static int incomplete(size_t size, size_t lines, const char **ret_wrong)
{
    if (lines == 0 && size > HTTP_TARGET_MAX + 64)
        return refuse(414, "the path and its query are too long", ret_wrong);
    return size >= HTTP_HEAD_MAX ? refuse(431, "the headers are too long", ret_wrong) : -EAGAIN;
}

int http_head_parse(const char *bytes, size_t size, struct http_head *ret_head, size_t *ret_size,
                    const char **ret_wrong)
{
    struct http_text rest = {bytes, size < HTTP_HEAD_MAX ? size : HTTP_HEAD_MAX};
    struct http_head head = {0};
    bool is_1_0 = false;

    for (size_t lines = 0;; lines++) {
        struct http_text line;
        int r = take_line(&rest, &line, ret_wrong);

        if (r == -EAGAIN)
            return incomplete(size, lines, ret_wrong);
        if (r != 0)
            return r;
        if (lines == 0) {
            r = take_first_line(line, &head, ret_wrong);
            is_1_0 = head.closes;
        } else if (line.size == 0) {
            break;
        } else if (lines > HTTP_FIELDS_MAX) {
            r = refuse(431, "there are too many headers", ret_wrong);
        } else {
            r = take_field(line, &head, ret_wrong);
        }
        if (r != 0)
            return r;
    }
    int r = check_together(&head, is_1_0, ret_wrong);
    if (r != 0)
        return r;
    *ret_head = head;
    *ret_size = (size_t)(rest.at - bytes);
    return 0;
}
