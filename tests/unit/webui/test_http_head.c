/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hub/base/cleanup.h"
#include "webui/http_head.h"

static struct http_head head;
static size_t head_size;
static const char *wrong;

/* In memory of exactly that size, so that the sanitizer sees a step beyond it. */
static int parse_bytes(const char *bytes, size_t size)
{
    _cleanup_free_ char *copy = malloc(size ? size : 1);

    memcpy(copy, bytes, size);
    return http_head_parse(copy, size, &head, &head_size, &wrong);
}

static int parse(const char *text)
{
    return parse_bytes(text, strlen(text));
}

#define REST "Host: hub.example\r\n\r\n"

static void a_request_is_read(void **state)
{
    static const char text[] =
        "POST /api/v1/peers?dry_run=1 HTTP/1.1\r\nHost: hub.example:8443\r\n"
        "content-LENGTH:  2 \r\nIf-Match: \"r1\"\r\nX-Other:\t a,b \r\n\r\n{}";

    (void)state;
    assert_int_equal(http_head_parse(text, strlen(text), &head, &head_size, &wrong), 0);
    assert_int_equal(head.method, HTTP_POST);
    assert_true(http_text_is(head.path, "/api/v1/peers"));
    assert_true(http_text_is(head.query, "dry_run=1"));
    assert_true(http_text_is(head.fields[HTTP_HOST], "hub.example:8443"));
    assert_true(http_text_is(head.fields[HTTP_IF_MATCH], "\"r1\""));
    assert_null(head.fields[HTTP_COOKIE].at);
    assert_int_equal(head.body_size, 2);
    assert_int_equal(head_size, strlen(text) - 2);
    assert_false(head.closes);
    assert_false(head.wants_continue);
}

static void what_is_not_there_yet_is_waited_for(void **state)
{
    static const char text[] = "GET / HTTP/1.1\r\n" REST;

    (void)state;
    for (size_t size = 0; size < strlen(text); size++)
        assert_int_equal(parse_bytes(text, size), -EAGAIN);
    assert_int_equal(parse(text), 0);
    assert_null(head.query.at);
}

static void how_it_ends_is_understood(void **state)
{
    (void)state;
    assert_int_equal(parse("GET / HTTP/1.1\r\nConnection: x, Close ;a\r\n" REST), 0);
    assert_true(head.closes);
    assert_int_equal(
        parse("GET / HTTP/1.1\r\nConnection: keep-alive\r\nConnection: close\r\n" REST), 0);
    assert_true(head.closes);
    assert_int_equal(parse("GET / HTTP/1.0\r\n\r\n"), 0);
    assert_true(head.closes);
    assert_int_equal(parse("POST / HTTP/1.1\r\nExpect: 100-Continue\r\nContent-Length: 1\r\n" REST),
                     0);
    assert_true(head.wants_continue);
}

/* What two readers could take for two different things, and what is no HTTP/1.1 at all. */
static const struct {
    int status;
    const char *text;
} refused[] = {
    {400, "GET / HTTP/1.1\nHost: a\n\n"},
    {400, "GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a\r\nX: b\rContent-Length: 3\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n Content-Length: 3\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\n Host: a\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n\tc\r\n\r\n"},
    {400, "POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n" REST},
    {400, "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n" REST},
    {411, "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" REST},
    {411, "POST / HTTP/1.1\r\nTransfer-Encoding: identity\r\n" REST},
    {400, "POST / HTTP/1.1\r\nTransfer-Encoding : chunked\r\n" REST},
    {400, "POST / HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 3\r\n" REST},
    {400, "POST / HTTP/1.1\r\nContent-Length: 3, 3\r\n" REST},
    {400, "POST / HTTP/1.1\r\nContent-Length : 3\r\n" REST},
    {400, "POST / HTTP/1.1\r\nContent-Length: +3\r\n" REST},
    {400, "POST / HTTP/1.1\r\nContent-Length: -1\r\n" REST},
    {400, "POST / HTTP/1.1\r\nContent-Length: 03\r\n" REST},
    {400, "POST / HTTP/1.1\r\nContent-Length: 0x3\r\n" REST},
    {400, "POST / HTTP/1.1\r\nContent-Length:\r\n" REST},
    {400, "POST / HTTP/1.1\r\nContent-Length: 1 1\r\n" REST},
    {413, "POST / HTTP/1.1\r\nContent-Length: 18446744073709551617\r\n" REST},
    {400, "GET / HTTP/1.1\r\nContent-Length: 3\r\n" REST},
    {400, "HEAD / HTTP/1.1\r\nContent-Length: 3\r\n" REST},
    {400, "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost:\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a b\r\n\r\n"},
    {400, "GET / HTTP/1.1\r\nCookie: a\r\nCookie: b\r\n" REST},
    {400, "GET / HTTP/1.1\r\nAuthorization: a\r\nAuthorization: b\r\n" REST},
    {400, "GET / HTTP/1.1\r\nno colon\r\n" REST},
    {400, "GET / HTTP/1.1\r\n: nothing\r\n" REST},
    {400, "GET / HTTP/1.1\r\nX: a\x01\r\n" REST},
    {400, "GET / HTTP/1.1\r\nX: a\x7f\r\n" REST},
    {400, "GET / HTTP/1.1\r\nX\xc3\xa4: a\r\n" REST},
    {400, "GET http://hub.example/ HTTP/1.1\r\n" REST},
    {405, "CONNECT hub.example:443 HTTP/1.1\r\n" REST},
    {405, "OPTIONS * HTTP/1.1\r\n" REST},
    {400, "GET * HTTP/1.1\r\n" REST},
    {405, "TRACE / HTTP/1.1\r\n" REST},
    {405, "PUT / HTTP/1.1\r\n" REST},
    {405, "get / HTTP/1.1\r\n" REST},
    {405, "PRI * HTTP/2.0\r\n\r\n"},
    {400, "G\tT / HTTP/1.1\r\n" REST},
    {400, "GET  / HTTP/1.1\r\n" REST},
    {400, "GET /  HTTP/1.1\r\n" REST},
    {505, "GET / HTTP/1.1 \r\n" REST},
    {400, "GET /a b HTTP/1.1\r\n" REST},
    {400, "GET\t/ HTTP/1.1\r\n" REST},
    {400, "GET /\r\n\r\n"},
    {400, "GET / http/1.1\r\n" REST},
    {505, "GET / HTTP/2.0\r\n" REST},
    {505, "GET / HTTP/1.10\r\n" REST},
    {400, "GET /#a HTTP/1.1\r\n" REST},
    {400, "GET /a\\b HTTP/1.1\r\n" REST},
    {400, "GET /\xc3\xa4 HTTP/1.1\r\n" REST},
    {400, "\r\nGET / HTTP/1.1\r\n" REST},
    {400, " GET / HTTP/1.1\r\n" REST},
    {400, "\x16\x03\x01\x02\x01\r\n"},
    {417, "POST / HTTP/1.1\r\nExpect: wonders\r\n" REST},
};

static void what_is_ambiguous_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < ELEMENTS(refused); i++) {
        int status = parse(refused[i].text);

        if (status != refused[i].status)
            print_error("%d for %s\n", status, refused[i].text);
        assert_int_equal(status, refused[i].status);
        assert_non_null(wrong);
    }
    assert_int_equal(parse_bytes("GET / HTTP/1.1\r\nHost: a\r\nX: b\0c\r\n\r\n", 36), 400);
    assert_int_equal(parse_bytes("GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n", 28), 400);
}

static void sizes_are_bounded(void **state)
{
    static char text[HTTP_HEAD_MAX + 100];
    size_t size;

    (void)state;
    /* A first line without an end. */
    memset(text, 'a', sizeof(text));
    memcpy(text, "GET /", 5);
    assert_int_equal(parse_bytes(text, HTTP_TARGET_MAX), -EAGAIN);
    assert_int_equal(parse_bytes(text, HTTP_TARGET_MAX + 100), 414);
    /* One that ends too late. */
    memcpy(text + HTTP_TARGET_MAX + 10, " HTTP/1.1\r\n" REST, 11 + strlen(REST));
    assert_int_equal(parse_bytes(text, HTTP_TARGET_MAX + 21 + strlen(REST)), 414);
    /* Headers without an end. */
    memset(text, 'a', sizeof(text));
    memcpy(text, "GET / HTTP/1.1\r\nX: ", 19);
    assert_int_equal(parse_bytes(text, HTTP_HEAD_MAX - 1), -EAGAIN);
    assert_int_equal(parse_bytes(text, HTTP_HEAD_MAX), 431);
    assert_int_equal(parse_bytes(text, sizeof(text)), 431);
    /* Too many of them. */
    size = (size_t)snprintf(text, sizeof(text), "GET / HTTP/1.1\r\nHost: a\r\n");
    for (int i = 0; i < HTTP_FIELDS_MAX; i++)
        size += (size_t)snprintf(text + size, sizeof(text) - size, "X: a\r\n");
    size += (size_t)snprintf(text + size, sizeof(text) - size, "\r\n");
    assert_int_equal(parse_bytes(text, size), 431);
}

static void words_in_lists_are_found(void **state)
{
    struct http_text list = {"text/html, text/event-stream;q=0.9 ,*/*", 39};

    (void)state;
    assert_true(http_list_has(list, "text/event-stream"));
    assert_true(http_list_has(list, "TEXT/html"));
    assert_false(http_list_has(list, "text"));
    assert_false(http_list_has((struct http_text){NULL, 0}, "a"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_is_read),
        cmocka_unit_test(what_is_not_there_yet_is_waited_for),
        cmocka_unit_test(how_it_ends_is_understood),
        cmocka_unit_test(what_is_ambiguous_is_refused),
        cmocka_unit_test(sizes_are_bounded),
        cmocka_unit_test(words_in_lists_are_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
