/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "webui/answer.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "hub/base/cleanup.h"

static const struct {
    int status;
    const char *words;
} reasons[] = {
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {304, "Not Modified"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {417, "Expectation Failed"},
    {422, "Unprocessable Content"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
    {507, "Insufficient Storage"},
};

static const char *reason_of(int status)
{
    for (size_t i = 0; i < ELEMENTS(reasons); i++)
        if (reasons[i].status == status)
            return reasons[i].words;
    return "Answer";
}

/* Nothing but our own scripts and styles, none of them inline; nobody may frame us. */
static const char page_headers[] =
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src "
    "'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'\r\n"
    "Cross-Origin-Opener-Policy: same-origin\r\n"
    "Permissions-Policy: camera=(), geolocation=(), microphone=()\r\n";
static const char other_headers[] =
    "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n";
static const char all_headers[] = "Cross-Origin-Resource-Policy: same-origin\r\n"
                                  "Referrer-Policy: no-referrer\r\n"
                                  "X-Content-Type-Options: nosniff\r\n"
                                  "X-Frame-Options: DENY\r\n";
static const char tls_headers[] = "Strict-Transport-Security: max-age=31536000\r\n";

static const char *const caching[] = {
    [ANSWER_NOT_STORED] = "no-store",
    [ANSWER_REVALIDATED] = "no-cache",
    [ANSWER_IMMUTABLE] = "public, max-age=31536000, immutable",
};

/* The same for a whole second. */
static const char *date_of(int64_t now)
{
    static int64_t last = -1;
    static char text[40];
    const time_t seconds = (time_t)now;
    struct tm parts;

    if (now != last && gmtime_r(&seconds, &parts))
        strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    last = now;
    return text;
}

static void add(struct buf *text, const char *name, const char *value)
{
    buf_add_text(text, name);
    buf_add_text(text, ": ");
    buf_add_text(text, value);
    buf_add_text(text, "\r\n");
}

static void add_if(struct buf *text, const char *name, const char *value)
{
    if (value && *value)
        add(text, name, value);
}

/* Quotes and what is no ASCII are left out of the plain name, and stand in the other one. */
static void add_file_name(struct buf *text, const char *name)
{
    buf_add_text(text, "Content-Disposition: attachment; filename=\"");
    for (const char *p = name; *p; p++)
        buf_add_char(text, *p < ' ' || *p > '~' || strchr("\"\\%", *p) ? '_' : *p);
    buf_add_text(text, "\"; filename*=UTF-8''");
    for (const char *p = name; *p; p++) {
        if (isalnum((unsigned char)*p) || strchr("-._~", *p))
            buf_add_char(text, *p);
        else
            buf_printf(text, "%%%02X", (unsigned char)*p);
    }
    buf_add_text(text, "\r\n");
}

static void add_length(struct buf *text, const struct answer *answer)
{
    if (answer->endless)
        buf_add_text(text, "Transfer-Encoding: chunked\r\n");
    else if (answer->status != 304 && answer->status != 204)
        buf_printf(text, "Content-Length: %zu\r\n", answer->body_size);
}

void answer_head(struct buf *text, const struct answer *answer, int64_t now)
{
    buf_printf(text, "HTTP/1.1 %d %s\r\nDate: %s\r\n", answer->status, reason_of(answer->status),
               date_of(now));
    add_if(text, "Content-Type", answer->media_type);
    add_length(text, answer);
    if (answer->gzip)
        buf_add_text(text, "Content-Encoding: gzip\r\n");
    add_if(text, "ETag", answer->etag);
    add_if(text, "Location", answer->location);
    add_if(text, "Set-Cookie", answer->cookie);
    if (answer->file_name && *answer->file_name)
        add_file_name(text, answer->file_name);
    if (answer->retry_after)
        buf_printf(text, "Retry-After: %u\r\n", answer->retry_after);
    if (answer->replayed)
        buf_add_text(text, "Idempotency-Replayed: true\r\n");
    if (answer->status == 401)
        buf_add_text(text, "WWW-Authenticate: Bearer realm=\"Warren\"\r\n");
    if (answer->status == 405)
        buf_add_text(text, "Allow: GET, HEAD, POST, PATCH, DELETE\r\n");
    if (answer->closes)
        buf_add_text(text, "Connection: close\r\n");
    add(text, "Cache-Control", caching[answer->caching]);
    buf_add_text(text, answer->page ? page_headers : other_headers);
    buf_add_text(text, all_headers);
    if (answer->tls)
        buf_add_text(text, tls_headers);
    buf_add_text(text, "\r\n");
}

/* The texts are our own: nothing in them needs escapes. */
void answer_problem(struct buf *text, int status, const char *type, const char *detail)
{
    buf_printf(text,
               "{\"type\":\"https://warren.example/problems/%s\",\"title\":\"%s\",\"status\":%d,"
               "\"detail\":\"%s\",\"errors\":[]}",
               type, reason_of(status), status, detail);
}

bool answer_is_known(struct http_text if_none_match, const char *etag)
{
    const size_t size = strlen(etag);

    if (http_text_is(if_none_match, "*"))
        return true;
    while (if_none_match.at && if_none_match.size) {
        const char *end = memchr(if_none_match.at, ',', if_none_match.size);
        size_t length = end ? (size_t)(end - if_none_match.at) : if_none_match.size;
        const char *at = if_none_match.at;
        size_t left = length;

        while (left && (*at == ' ' || *at == '\t'))
            at++, left--;
        if (left > 2 && memcmp(at, "W/", 2) == 0)
            at += 2, left -= 2;
        while (left && (at[left - 1] == ' ' || at[left - 1] == '\t'))
            left--;
        if (left == size && memcmp(at, etag, size) == 0)
            return true;
        if_none_match.at += length + (end ? 1 : 0);
        if_none_match.size -= length + (end ? 1 : 0);
    }
    return false;
}
