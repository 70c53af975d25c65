/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a WEB_REQUEST says, once the channel has let it through. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "hub/channel/channel.h"
#include "hub/engine/web_message.h"

#define TEXT(text) (text), sizeof(text) - 1

static _Alignas(16) uint8_t message[4096];
static struct verb_web_request *const request = (void *)(message + sizeof(struct channel_header));

static uint16_t add(const char *bytes, size_t size)
{
    memcpy(request->blob + request->blob_size, bytes, size);
    request->blob_size += (uint32_t)size;
    return (uint16_t)size;
}

/* Texts with their ends; "" = not given. */
static void make(const char *path, size_t path_size, const char *query, size_t query_size,
                 const char *if_match, const char *body)
{
    memset(message, 0, sizeof message);
    *(struct channel_header *)(void *)message =
        (struct channel_header){.verb = VERB_WEB_REQUEST, .request = 1};
    *request = (struct verb_web_request){
        .method = WEB_PATCH, .credential = WEB_CREDENTIAL_TOKEN, .from = {AF_INET, {192, 0, 2, 1}}};
    request->credential_size = add(TEXT("wrn_x\0"));
    request->path_size = add(path, path_size);
    request->query_size = add(query, query_size);
    request->if_match_size = *if_match ? add(if_match, strlen(if_match) + 1) : 0;
    request->body_size = add(body, strlen(body));
}

/* The answer's status, 0 for one that was taken. */
static int parse(struct api_message *ret_message, struct web_credential *ret_credential)
{
    _cleanup_problem_ struct problem problem = {};
    const char *reason = NULL;
    size_t size = sizeof(struct channel_header) + sizeof *request + request->blob_size;
    assert_int_equal(channel_check(ROLE_WEB, message, size, 0, &reason), 0);
    if (web_message_parse(request, ret_message, ret_credential, &problem)) {
        assert_false(problem_is_set(&problem));
        return 0;
    }
    assert_true(problem_is_set(&problem));
    return problem.status;
}

static int status_of(void)
{
    struct api_message parsed = {};
    struct web_credential credential = {};
    int status = parse(&parsed, &credential);
    if (status == 0)
        api_message_done(&parsed);
    assert_null(parsed.path);
    return status;
}

static void test_all_of_it(void **state)
{
    struct api_message parsed = {};
    struct web_credential credential = {};
    (void)state;
    make(TEXT("/api/v1/x\0"),
         TEXT("limit\0"
              "10\0empty\0\0"),
         "\"r1\"", "{\"name\":\"a\"}");
    assert_int_equal(parse(&parsed, &credential), 0);
    assert_string_equal(parsed.method, "PATCH");
    assert_string_equal(parsed.path, "/api/v1/x");
    assert_string_equal(json_string_value(json_object_get(parsed.query, "limit")), "10");
    assert_string_equal(json_string_value(json_object_get(parsed.query, "empty")), "");
    assert_int_equal(json_object_size(parsed.query), 2);
    assert_string_equal(json_string_value(json_object_get(parsed.body, "name")), "a");
    assert_string_equal(parsed.if_match, "\"r1\"");
    assert_null(parsed.idempotency_key);
    assert_int_equal(credential.kind, WEB_CREDENTIAL_TOKEN);
    assert_string_equal(credential.token, "wrn_x");
    api_message_done(&parsed);
}

static void test_no_body_is_an_empty_one(void **state)
{
    struct api_message parsed = {};
    struct web_credential credential = {};
    (void)state;
    make(TEXT("/x\0"), TEXT(""), "", "");
    assert_int_equal(parse(&parsed, &credential), 0);
    assert_int_equal(json_object_size(parsed.body), 0);
    assert_int_equal(json_object_size(parsed.query), 0);
    api_message_done(&parsed);
}

static void test_what_is_no_request(void **state)
{
    static const char *const bodies[] = {
        "{", "[]", "1", "null", "{\"a\":1,\"a\":2}", "{}x", "\"\xff\"", "{\"a\":\"\xed\xa0\x80\"}"};
    (void)state;
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        make(TEXT("/x\0"), TEXT(""), "", bodies[i]);
        assert_int_equal(status_of(), 400);
    }
    make(TEXT("/x\xff\0"), TEXT(""), "", "");
    assert_int_equal(status_of(), 400);
    make(TEXT("/x\ny\0"), TEXT(""), "", "");
    assert_int_equal(status_of(), 400);
    make(TEXT("/x\0"),
         TEXT("a\0"
              "1\0a\0"
              "2\0"),
         "", "");
    assert_int_equal(status_of(), 400);
    make(TEXT("/x\0"), TEXT("a\0\xff\0"), "", "");
    assert_int_equal(status_of(), 400);
    make(TEXT("/x\0"),
         TEXT("\xff\0"
              "1\0"),
         "", "");
    assert_int_equal(status_of(), 400);
    make(TEXT("/x\0"), TEXT(""), "a\x01", "");
    assert_int_equal(status_of(), 400);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_of_it),
        cmocka_unit_test(test_no_body_is_an_empty_one),
        cmocka_unit_test(test_what_is_no_request),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
