/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* After the four that it needs. */
#include <cmocka.h>

#include "hub/base/buf.h"
#include "hub/base/cleanup.h"
#include "hub/base/text.h"

static void copies(void **state)
{
    char target[6] = "old";

    (void)state;
    assert_int_equal(text_copy(target, sizeof(target), "sixsix"), -ENAMETOOLONG);
    assert_string_equal(target, "old");
    assert_int_equal(text_copy(target, sizeof(target), "fives"), 0);
    assert_string_equal(target, "fives");
    assert_int_equal(text_copy(target, 0, ""), -ENAMETOOLONG);

    text_copy_cut(target, sizeof(target), "abcdef");
    assert_string_equal(target, "abcde");
    text_copy_cut(target, sizeof(target), "abcd\u00e9");
    assert_string_equal(target, "abcd");
    text_copy_cut(target, sizeof(target), "ab\u20acd");
    assert_string_equal(target, "ab\u20ac");
    text_copy_cut(target, sizeof(target), "abc\u20ac");
    assert_string_equal(target, "abc");

    assert_true(text_starts_with("warren", "warr"));
    assert_true(text_starts_with("warren", ""));
    assert_false(text_starts_with("war", "warr"));
}

static void numbers(void **state)
{
    static const struct {
        const char *text;
        int error;
        uint64_t value;
    } cases[] = {
        {"0", 0, 0},
        {"7", 0, 7},
        {"18446744073709551615", 0, UINT64_MAX},
        {"18446744073709551616", -ERANGE, 0},
        {"99999999999999999999999999999999", -ERANGE, 0},
        {"99999999999999999999999999999999x", -EINVAL, 0},
        {"", -EINVAL, 0},
        {"00", -EINVAL, 0},
        {"07", -EINVAL, 0},
        {"+7", -EINVAL, 0},
        {"-7", -EINVAL, 0},
        {" 7", -EINVAL, 0},
        {"7 ", -EINVAL, 0},
        {"0x7", -EINVAL, 0},
        {"7.0", -EINVAL, 0},
    };
    uint64_t value;

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        value = 4711;
        assert_int_equal(text_parse_u64(cases[i].text, 0, UINT64_MAX, &value), cases[i].error);
        assert_true(value == (cases[i].error ? 4711 : cases[i].value));
    }
    assert_int_equal(text_parse_u64("4", 5, 9, &value), -ERANGE);
    assert_int_equal(text_parse_u64("10", 5, 9, &value), -ERANGE);
    assert_int_equal(text_parse_u64("9", 5, 9, &value), 0);
}

static void printable(void **state)
{
    static const struct {
        const char *text;
        bool printable;
        size_t characters;
    } cases[] = {
        {"", true, 0},
        {"plain", true, 5},
        {"Zürich €", true, 8},
        {"\xf0\x9f\x90\x87", true, 1},
        {"a\nb", false, 0},
        {"\x1b[0m", false, 0},
        {"\x7f", false, 0},
        {"\xc2\x85", false, 0},         /* C1 */
        {"\xe2\x80\xae", false, 0},     /* right-to-left override */
        {"\xe2\x80\xa8", false, 0},     /* line separator */
        {"\xef\xbb\xbf", false, 0},     /* byte order mark */
        {"\xc0\xaf", false, 0},         /* overlong */
        {"\xe0\x80\xaf", false, 0},     /* overlong */
        {"\xed\xa0\x80", false, 0},     /* surrogate */
        {"\xf4\x90\x80\x80", false, 0}, /* beyond Unicode */
        {"\xf8\x88\x80\x80\x80", false, 0},
        {"\x80", false, 0},
        {"\xe2\x82", false, 0},
        {"\xff", false, 0},
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        size_t characters = 0;

        assert_int_equal(text_is_printable(cases[i].text, &characters), cases[i].printable);
        assert_int_equal(characters, cases[i].characters);
        assert_int_equal(text_is_printable(cases[i].text, NULL), cases[i].printable);
    }
}

static void durations(void **state)
{
    static const struct {
        const char *text;
        int64_t seconds; /* or -errno */
    } cases[] = {
        {"1s", 1},
        {"90s", 90},
        {"45m", 2700},
        {"12h", 43200},
        {"30d", 2592000},
        {"2w", 1209600},
        {"1h30m", 5400},
        {"1w1d1h1m1s", 694861},
        {"3650d", 315360000},
        {"3650d1s", -ERANGE},
        {"99999999999999999999999w", -ERANGE},
        {"0s", -ERANGE},
        {"0d0s", -ERANGE},
        {"", -EINVAL},
        {"5", -EINVAL},
        {"s", -EINVAL},
        {"-5s", -EINVAL},
        {"1.5h", -EINVAL},
        {"1 h", -EINVAL},
        {" 1h", -EINVAL},
        {"1h ", -EINVAL},
        {"30m1h", -EINVAL},
        {"1h1h", -EINVAL},
        {"1H", -EINVAL},
        {"1y", -EINVAL},
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        int64_t seconds = -4711;
        int error = duration_parse(cases[i].text, &seconds);

        assert_int_equal(error, cases[i].seconds < 0 ? cases[i].seconds : 0);
        assert_int_equal(seconds, error ? -4711 : cases[i].seconds);
    }
}

static void durations_are_printed(void **state)
{
    static const struct {
        int64_t seconds;
        const char *text;
    } cases[] = {
        {0, "0s"},
        {59, "59s"},
        {60, "1m"},
        {187200, "2d4h"},
        {187201, "2d4h1s"},
        {-90, "-1m30s"},
        {315360000, "3650d"},
        {INT64_MIN, "-106751991167300d15h30m8s"},
    };
    char text[DURATION_TEXT_MAX];

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++)
        assert_string_equal(duration_format(cases[i].seconds, text), cases[i].text);
}

static void times(void **state)
{
    static const struct {
        const char *text;
        int64_t seconds;
    } good[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"1969-12-31T23:59:59Z", -1},
        {"2026-01-31T12:00:00Z", 1769860800},
        {"2024-02-29T23:59:59Z", 1709251199},
        {"9999-12-31T23:59:59Z", 253402300799},
        {"0000-01-01T00:00:00Z", -62167219200},
    };
    static const char *const bad[] = {
        "",
        "2026-01-31",
        "2026-01-31T12:00:00",
        "2026-01-31T12:00:00+00:00",
        "2026-01-31 12:00:00Z",
        "2026-02-29T12:00:00Z",
        "2026-13-01T12:00:00Z",
        "2026-00-01T12:00:00Z",
        "2026-01-00T12:00:00Z",
        "2026-01-31T24:00:00Z",
        "2026-01-31T12:60:00Z",
        "2026-01-31T12:00:60Z",
        "2026-01-31T12:00:00z",
        "2026-01-31T12:00:00.5Z",
        "-026-01-31T12:00:00Z",
        "2026-01-31T12:00: 0Z",
        "2026-01-31T12:00:00Z ",
    };
    char text[TIME_TEXT_MAX];

    (void)state;
    for (size_t i = 0; i < ELEMENTS(good); i++) {
        int64_t seconds;

        assert_int_equal(time_parse(good[i].text, &seconds), 0);
        assert_true(seconds == good[i].seconds);
        assert_string_equal(time_format(seconds, text), good[i].text);
    }
    for (size_t i = 0; i < ELEMENTS(bad); i++) {
        int64_t untouched = 4711;

        assert_int_equal(time_parse(bad[i], &untouched), -EINVAL);
        assert_int_equal(untouched, 4711);
    }
    assert_string_equal(time_format(INT64_MAX, text), "9999-12-31T23:59:59Z");
    assert_string_equal(time_format(INT64_MIN, text), "0000-01-01T00:00:00Z");
}

static void clocks(void **state)
{
    uint64_t before = clock_monotonic_us();
    int64_t seconds = clock_seconds(), milliseconds = clock_milliseconds();

    (void)state;
    assert_true(milliseconds / 1000 - seconds <= 1 && milliseconds / 1000 >= seconds);
    assert_true(clock_monotonic_us() >= before);
}

static void ids(void **state)
{
    static const char *const bad[] = {"",         "aaaaaaa",  "aaaaaaaaa", "aaaaaaa1",  "aaaaaaa0",
                                      "AAAAAAAA", "aaaa aaa", "aaaa/aaa",  "aaaaaaa\n", "../../aa"};
    char id[ID_MAX], other[ID_MAX];

    (void)state;
    for (size_t i = 0; i < 1000; i++) {
        id_make(id);
        id_make(other);
        assert_true(id_valid(id));
        assert_string_not_equal(id, other);
    }
    for (size_t i = 0; i < ELEMENTS(bad); i++)
        assert_false(id_valid(bad[i]));
}

static void buffers(void **state)
{
    _cleanup_buf_ struct buf buf = {0};
    char large[300];

    (void)state;
    memset(large, 'x', sizeof(large));
    buf_add_text(&buf, "one");
    buf_add_char(&buf, ' ');
    buf_printf(&buf, "%d%s", 2, "!");
    assert_string_equal(buf.data, "one 2!");
    assert_int_equal(buf.length, 6);
    buf_consume(&buf, 4);
    assert_string_equal(buf.data, "2!");
    buf_add(&buf, large, sizeof(large));
    buf_printf(&buf, "%.*s", 300, large);
    assert_int_equal(buf.length, 602);
    assert_int_equal(strlen(buf.data), 602);
    buf_consume(&buf, 10000);
    assert_int_equal(buf.length, 0);
    assert_string_equal(buf.data, "");

    _cleanup_free_ char *empty = buf_take(&buf);
    assert_string_equal(empty, "");
    assert_null(buf.data);
    _cleanup_free_ char *still_empty = buf_take(&buf);
    assert_string_equal(still_empty, "");
    buf_consume(&buf, 1);
    buf_clear(&buf);
    buf_add(&buf, NULL, 0);
    assert_string_equal(buf.data, "");
}

static void made_texts(void **state)
{
    _cleanup_free_ char *text = text_format("%s-%d", "a", 1), *copy = text_duplicate(text);

    (void)state;
    assert_string_equal(copy, "a-1");
    assert_null(text_duplicate(NULL));
    _cleanup_free_ uint64_t *zero = memory_zero(sizeof(*zero));
    assert_int_equal(*zero, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copies),
        cmocka_unit_test(numbers),
        cmocka_unit_test(printable),
        cmocka_unit_test(durations),
        cmocka_unit_test(durations_are_printed),
        cmocka_unit_test(times),
        cmocka_unit_test(clocks),
        cmocka_unit_test(ids),
        cmocka_unit_test(buffers),
        cmocka_unit_test(made_texts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
