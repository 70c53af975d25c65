/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "hub/acme/uacme_words.h"
#include "hub/base/cleanup.h"
#include "hub/base/text.h"

#define SAID(lines) \
    "uacme: failed to create new order at https://ca.example/order\n" \
    "uacme: the server reported the following error:\n" lines
#define PROBLEM(kind, detail) \
    SAID("{\n    \"type\": \"urn:ietf:params:acme:error:" kind "\",\n    \"detail\": \"" detail \
         "\",\n    \"status\": 429\n}\n")

static const struct {
    const char *said;
    enum acme_result result;
    const char *words; /* in them */
} rows[] = {
    {PROBLEM("rateLimited", "retry after 2026-11-27"), ACME_RESULT_TOO_MANY,
     "the authority was asked too often: retry after 2026-11-27"},
    {PROBLEM("unauthorized", "got 404"), ACME_RESULT_CHALLENGE, "another answer"},
    {PROBLEM("connection", "refused"), ACME_RESULT_CHALLENGE, "at port 80: refused"},
    {PROBLEM("dns", "NXDOMAIN"), ACME_RESULT_CHALLENGE, "in the DNS: NXDOMAIN"},
    {PROBLEM("accountDoesNotExist", ""), ACME_RESULT_ACCOUNT, "the hub's account"},
    {PROBLEM("caa", "no"), ACME_RESULT_REFUSED, "(CAA): no"},
    {PROBLEM("somethingNew", "what?"), ACME_RESULT_REFUSED, "the authority refused: what?"},
    /* What an authority writes does not get out of its words. */
    {PROBLEM("somethingNew", "a\\\"b\\nc\x1b[31m\xff"), ACME_RESULT_REFUSED,
     "the authority refused: a\"bnc [31m "},
    {SAID("{\"type\":17,\"detail\":null}"), ACME_RESULT_REFUSED, "the authority refused"},
    {SAID(""), ACME_RESULT_REFUSED, "the authority refused"},
    {SAID("{\"type\""), ACME_RESULT_REFUSED, "the authority refused"},
    {"uacme: curl_get: GET https://ca.example/directory failed: Could not resolve host\n"
     "uacme: curl_get: waiting 5 seconds before retrying\n"
     "uacme: acme_get: curl_get failed\n",
     ACME_RESULT_UNREACHABLE, "not to be reached: curl_get: GET https://ca.example/directory"},
    {"uacme: no account associated with /x/key.pem found\n", ACME_RESULT_ACCOUNT, "account"},
    {"cannot start /usr/bin/uacme: No such file or directory; install the package uacme\n",
     ACME_RESULT_BROKEN, "install the package uacme"},
    {"", ACME_RESULT_BROKEN, "uacme failed"},
    {"\n\n", ACME_RESULT_BROKEN, "uacme failed"},
};

static void test_rows(void **state)
{
    char words[ACME_WORDS_MAX];

    (void)state;
    for (size_t i = 0; i < ELEMENTS(rows); i++) {
        assert_int_equal(uacme_words_read(rows[i].said, words), rows[i].result);
        if (!strstr(words, rows[i].words))
            fail_msg("row %zu: %s", i, words);
        assert_true(text_is_printable(words, NULL));
    }
}

static void test_long_ones_are_cut(void **state)
{
    char said[4000], words[ACME_WORDS_MAX];

    (void)state;
    strcpy(said, SAID("{\"type\":\"urn:ietf:params:acme:error:dns\",\"detail\":\""));
    memset(said + strlen(said), 'x', 3000);
    said[3500] = 0;
    assert_int_equal(uacme_words_read(said, words), ACME_RESULT_CHALLENGE);
    assert_in_range(strlen(words), 250, ACME_WORDS_MAX - 1);
}

static void test_registered(void **state)
{
    (void)state;
    assert_true(uacme_words_registered("uacme: Account already exists at https://ca/acct/1\n"));
    assert_false(uacme_words_registered("uacme: failed\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_long_ones_are_cut),
        cmocka_unit_test(test_registered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
