/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "webui/answer.h"

static struct buf text;

static const char *head_of(struct answer *answer)
{
    buf_clear(&text);
    answer_head(&text, answer, 1700000000);
    return text.data;
}

static void a_head_is_written(void **state)
{
    struct answer answer = {
        .status = 200, .media_type = "application/json", .etag = "\"r1\"", .body_size = 7};

    (void)state;
    const char *head = head_of(&answer);
    assert_int_equal(
        strncmp(head, "HTTP/1.1 200 OK\r\nDate: Tue, 14 Nov 2023 22:13:20 GMT\r\n", 54), 0);
    assert_non_null(strstr(head, "\r\nContent-Length: 7\r\n"));
    assert_non_null(strstr(head, "\r\nETag: \"r1\"\r\n"));
    assert_non_null(strstr(head, "\r\nCache-Control: no-store\r\n"));
    assert_non_null(strstr(head, "default-src 'none'; frame-ancestors 'none'\r\n"));
    assert_null(strstr(head, "Strict-Transport-Security"));
    assert_string_equal(head + strlen(head) - 4, "\r\n\r\n");
}

static void a_page_may_run_what_is_ours(void **state)
{
    struct answer answer = {.status = 200, .media_type = "text/html", .page = true, .tls = true};

    (void)state;
    const char *head = head_of(&answer);
    assert_non_null(strstr(head, "script-src 'self'; style-src 'self'"));
    assert_non_null(strstr(head, "frame-ancestors 'none'"));
    assert_null(strstr(head, "unsafe"));
    assert_non_null(strstr(head, "Strict-Transport-Security: max-age="));
}

static void what_belongs_to_a_status_is_there(void **state)
{
    struct answer answer = {.status = 304, .etag = "\"a\"", .body_size = 9};

    (void)state;
    assert_null(strstr(head_of(&answer), "Content-Length"));
    answer = (struct answer){.status = 401};
    assert_non_null(strstr(head_of(&answer), "WWW-Authenticate: Bearer"));
    answer = (struct answer){.status = 405};
    assert_non_null(strstr(head_of(&answer), "Allow: GET"));
    answer = (struct answer){.status = 503, .retry_after = 5, .closes = true};
    assert_non_null(strstr(head_of(&answer), "Retry-After: 5\r\n"));
    assert_non_null(strstr(text.data, "Connection: close\r\n"));
    answer = (struct answer){.status = 200, .endless = true};
    assert_non_null(strstr(head_of(&answer), "Transfer-Encoding: chunked\r\n"));
    assert_null(strstr(text.data, "Content-Length"));
}

/* Names come from people: none may end the header. */
static void file_names_are_harmless(void **state)
{
    struct answer answer = {.status = 200, .file_name = "L\xc3\xa4p\"top\r\nX: y%.ovpn"};

    (void)state;
    const char *head = head_of(&answer);
    assert_non_null(strstr(head, "filename=\"L__p_top__X: y_.ovpn\"; "
                                 "filename*=UTF-8''L%C3%A4p%22top%0D%0AX%3A%20y%25.ovpn\r\n"));
    assert_null(strstr(head, "\nX: y"));
}

static bool known(const char *list, const char *etag)
{
    return answer_is_known((struct http_text){list, strlen(list)}, etag);
}

static void known_etags_are_found(void **state)
{
    (void)state;
    assert_true(known("\"a\"", "\"a\""));
    assert_true(known("\"b\", W/\"a\" ,\"c\"", "\"a\""));
    assert_true(known("*", "\"a\""));
    assert_false(known("\"ab\"", "\"a\""));
    assert_false(known("", "\"a\""));
    assert_false(known(",,  ,W/", "\"a\""));
    assert_false(answer_is_known((struct http_text){NULL, 0}, "\"a\""));
}

static int forget(void **state)
{
    (void)state;
    buf_done(&text);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_head_is_written),
        cmocka_unit_test(a_page_may_run_what_is_ours),
        cmocka_unit_test(what_belongs_to_a_status_is_there),
        cmocka_unit_test(file_names_are_harmless),
        cmocka_unit_test(known_etags_are_found),
    };

    return cmocka_run_group_tests(tests, NULL, forget);
}
