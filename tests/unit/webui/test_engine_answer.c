/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "webui/engine_answer.h"

static void the_media_type_is_told_or_plain(void **state)
{
    static const struct {
        uint16_t status;
        const char *told, *expected;
    } cases[] = {
        {200, "", "application/json"},
        {201, "", "application/json"},
        {204, "", NULL},
        {204, "text/plain", NULL},
        {400, "", "application/problem+json"},
        {503, "", "application/problem+json"},
        {200, "image/png", "image/png"},
    };
    char cookie[CREDENTIAL_COOKIE_MAX];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct verb_web_answer told = {.status = cases[i].status};
        struct answer answer;

        strcpy(told.media_type, cases[i].told);
        engine_answer_take(&told, cookie, &answer);
        assert_int_equal(answer.status, cases[i].status);
        if (cases[i].expected)
            assert_string_equal(answer.media_type, cases[i].expected);
        else
            assert_null(answer.media_type);
    }
}

static void a_session_is_a_cookie(void **state)
{
    struct verb_web_answer told = {.status = 201, .flags = WEB_ANSWER_SET_SESSION};
    char cookie[CREDENTIAL_COOKIE_MAX], expected[CREDENTIAL_COOKIE_MAX];
    struct answer answer;

    (void)state;
    memset(told.session, 'x', sizeof(told.session));
    told.session_seconds = 60;
    engine_answer_take(&told, cookie, &answer);
    credential_cookie(told.session, 60, expected);
    assert_string_equal(answer.cookie, expected);

    told.flags = WEB_ANSWER_CLEAR_SESSION;
    engine_answer_take(&told, cookie, &answer);
    assert_string_equal(answer.cookie, CREDENTIAL_COOKIE_GONE);
    assert_int_equal(cookie[0], 0);

    told.flags = 0;
    engine_answer_take(&told, cookie, &answer);
    assert_null(answer.cookie);
}

static void the_rest_is_as_told(void **state)
{
    struct verb_web_answer told = {.status = 429,
                                   .flags = WEB_ANSWER_REPLAYED,
                                   .etag = "\"r1\"",
                                   .file_name = "a.conf",
                                   .retry_after = 30};
    char cookie[CREDENTIAL_COOKIE_MAX];
    struct answer answer;

    (void)state;
    engine_answer_take(&told, cookie, &answer);
    assert_string_equal(answer.etag, "\"r1\"");
    assert_string_equal(answer.file_name, "a.conf");
    assert_int_equal(answer.retry_after, 30);
    assert_true(answer.replayed);
    assert_int_equal(answer.caching, ANSWER_NOT_STORED);
    assert_false(answer.endless || answer.page || answer.gzip || answer.closes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_media_type_is_told_or_plain),
        cmocka_unit_test(a_session_is_a_cookie),
        cmocka_unit_test(the_rest_is_as_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
