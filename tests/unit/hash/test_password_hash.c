/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "hub/hash/password_hash.h"

static void test_make_and_verify(void **state)
{
    char hash[VERB_HASH_MAX], again[VERB_HASH_MAX];
    (void)state;
    assert_int_equal(password_hash_make("correct horse battery", hash), 0);
    assert_int_equal(strncmp(hash, "$argon2id$v=19$m=65536,t=6,p=1$", 31), 0);
    assert_int_equal(password_hash_verify(hash, "correct horse battery"), 0);
    assert_int_equal(password_hash_verify(hash, "correct horse batterY"), -EACCES);
    assert_int_equal(password_hash_verify(hash, ""), -EACCES);
    assert_int_equal(password_hash_make("correct horse battery", again), 0);
    assert_string_not_equal(hash, again); /* each its own salt */
}

/* The engine has one to check against where there is no admin: it must be looked at in earnest. */
static void test_nobodys_hash(void **state)
{
    static const char nobodys[VERB_HASH_MAX] =
        "$argon2id$v=19$m=65536,t=6,p=1$AAAAAAAAAAAAAAAAAAAAAA$"
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    (void)state;
    assert_int_equal(crypto_pwhash_str_needs_rehash(nobodys, 6, 64 << 20), 0);
    assert_int_equal(password_hash_verify(nobodys, "anything"), -EACCES);
}

static void test_broken_hashes(void **state)
{
    static const char *const broken[] = {"",
                                         "$",
                                         "$argon2id$",
                                         "$argon2id$v=19$m=65536,t=6,p=1$",
                                         "$argon2id$v=19$m=4294967295,t=4294967295,p=1$AAAA$AAAA",
                                         "$2a$10$abcdefghijklmnopqrstuv"};
    char longest[300];
    (void)state;
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++)
        assert_int_equal(password_hash_verify(broken[i], "anything"), -EACCES);
    memset(longest, '$', sizeof longest - 1);
    longest[sizeof longest - 1] = 0;
    assert_int_equal(password_hash_verify(longest, "anything"), -EACCES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_make_and_verify),
        cmocka_unit_test(test_nobodys_hash),
        cmocka_unit_test(test_broken_hashes),
    };
    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
