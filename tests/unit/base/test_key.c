/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* After the four that it needs. */
#include <cmocka.h>

#include "hub/base/cleanup.h"
#include "hub/base/key.h"
#include "hub/base/text.h"

static void base64_is_taken_in_one_form(void **state)
{
    static const char good[] = "dwdtCnMYpX08FsFyUbJmRd9ML4frwJkqwXf7pR25LCo=";
    static const char *const bad[] = {
        "",
        "dwdtCnMYpX08FsFyUbJmRd9ML4frwJkqwXf7pR25LCo",   /* no padding */
        "dwdtCnMYpX08FsFyUbJmRd9ML4frwJkqwXf7pR25LCo==", /* too much */
        "dwdtCnMYpX08FsFyUbJmRd9ML4frwJkqwXf7pR25LCp=",  /* unused bits set */
        "dwdtCnMYpX08FsFyUbJmRd9ML4frwJkqwXf7pR25LC==",
        "dwdtCnMYpX08FsFyUbJmRd9ML4frwJkqwXf7pR25LCoA", /* 33 bytes */
        "dwdtCnMYpX08FsFyUbJmRd9ML4frwJkqwXf7pR25L_o=", /* the other alphabet */
        "dwdtCnMYpX08FsFyUbJmRd9ML4frwJkqwXf7pR25LCo\n",
        " wdtCnMYpX08FsFyUbJmRd9ML4frwJkqwXf7pR25LCo=",
        "dwdtCnMYpX08FsFyUbJmRd9ML4frwJkqwXf7pR25LCo=x",
        "dwdtCnMYpX08FsFyUbJmRd9ML4frwJkqwXf7=R25LCo=",
        ("dwdtCnMYpX08FsFyUbJmRd\xff\xff\xff\xff"
         "frwJkqwXf7pR25LCo="), /* beyond ASCII */
    };
    char text[KEY_BASE64_MAX];
    struct key key;

    (void)state;
    assert_int_equal(key_parse_base64(good, &key), 0);
    assert_string_equal(key_format_base64(&key, text), good);
    for (size_t i = 0; i < ELEMENTS(bad); i++) {
        struct key untouched = key;

        assert_int_equal(key_parse_base64(bad[i], &untouched), -EINVAL);
        assert_true(key_equal(&untouched, &key));
    }
}

static void hex_is_taken_in_one_form(void **state)
{
    static const char good[] = "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ac177fba51db92c2a";
    char text[KEY_HEX_MAX], changed[KEY_HEX_MAX + 2];
    struct key key;

    (void)state;
    assert_int_equal(key_parse_hex(good, &key), 0);
    assert_string_equal(key_format_hex(&key, text), good);
    assert_string_equal(key_format_base64(&key, text),
                        "dwdtCnMYpX08FsFyUbJmRd9ML4frwJkqwXf7pR25LCo=");
    static const char *const tails[] = {"", "A", "g", " ", "aa"};
    for (size_t i = 0; i < ELEMENTS(tails); i++) {
        memcpy(changed, good, sizeof(good) - 2);
        strcpy(changed + sizeof(good) - 2, tails[i]);
        assert_int_equal(key_parse_hex(changed, &key), -EINVAL);
    }
}

/* RFC 7748, 5.2: after one iteration. */
static void public_keys_are_the_known_ones(void **state)
{
    struct key private_key, public_key;
    char text[KEY_HEX_MAX];

    (void)state;
    assert_int_equal(
        key_parse_hex("0900000000000000000000000000000000000000000000000000000000000000",
                      &private_key),
        0);
    key_public(&private_key, &public_key);
    assert_string_equal(key_format_hex(&public_key, text),
                        "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079");
    assert_true(key_is_usable_public(&public_key));
}

static void made_keys_are_clamped_and_differ(void **state)
{
    struct key first, second, preshared, zero = {0};

    (void)state;
    for (size_t i = 0; i < 64; i++) {
        key_make_private(&first);
        key_make_private(&second);
        assert_false(key_equal(&first, &second));
        assert_int_equal(first.bytes[0] & 7, 0);
        assert_int_equal(first.bytes[31] & 0xc0, 0x40);
    }
    key_make_preshared(&preshared);
    assert_false(key_is_zero(&preshared));
    key_wipe(&preshared);
    assert_true(key_is_zero(&preshared));
    assert_true(key_equal(&preshared, &zero));
}

static void points_of_small_order_are_refused(void **state)
{
    static const char *const points[] = {
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(points); i++) {
        struct key point;

        assert_int_equal(key_parse_hex(points[i], &point), 0);
        assert_false(key_is_usable_public(&point));
        point.bytes[31] |= 0x80;
        assert_false(key_is_usable_public(&point));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(base64_is_taken_in_one_form),
        cmocka_unit_test(hex_is_taken_in_one_form),
        cmocka_unit_test(public_keys_are_the_known_ones),
        cmocka_unit_test(made_keys_are_clamped_and_differ),
        cmocka_unit_test(points_of_small_order_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
