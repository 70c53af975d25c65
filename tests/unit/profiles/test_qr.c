/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is drawn is read again: the PNG as it is, SVG and terminal text after they were turned into
 * pixels here. The real decoder (zbarimg) must give back the same bytes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "profiles/qr.h"
#include "profiles/wg_quick.h"
#include "tests/unit/profiles/sample.h"

enum { WIDEST = 185 + 2 }; /* version 40 with its quiet zone; the text's last half row */

struct modules {
    int width, height;
    uint8_t dark[WIDEST][WIDEST];
};

static bool have_decoder(void)
{
    return system("command -v zbarimg >/dev/null") == 0;
}

/* ---- from pictures to modules ---- */

static void modules_of_ansi(const char *text, struct modules *ret_modules)
{
    static const struct {
        const char *glyph;
        uint8_t upper, lower;
    } halves[] = {{" ", 0, 0}, {"▀", 1, 0}, {"▄", 0, 1}, {"█", 1, 1}};
    static const char start[] = "\033[38;5;16;48;5;231m", end[] = "\033[0m\n";

    *ret_modules = (struct modules){0};
    while (*text) {
        int column = 0;

        assert_true(text_starts_with(text, start));
        text += strlen(start);
        while (!text_starts_with(text, end)) {
            size_t i = 0;

            while (i < ELEMENTS(halves) && !text_starts_with(text, halves[i].glyph))
                i++;
            assert_true(i < ELEMENTS(halves));
            ret_modules->dark[ret_modules->height][column] = halves[i].upper;
            ret_modules->dark[ret_modules->height + 1][column] = halves[i].lower;
            text += strlen(halves[i].glyph);
            column++;
        }
        text += strlen(end);
        ret_modules->width = column;
        ret_modules->height += 2;
    }
}

static void modules_of_svg(const char *text, struct modules *ret_modules)
{
    const char *path = strstr(text, " d=\"");
    int x = 0, y = 0, first, second, used;

    *ret_modules = (struct modules){0};
    assert_non_null(path);
    assert_int_equal(sscanf(strstr(text, "viewBox"), "viewBox=\"0 0 %d %d\"", &ret_modules->width,
                            &ret_modules->height),
                     2);
    for (path += strlen(" d=\""); *path != '"'; path += used) {
        used = 0;
        if (sscanf(path, "M%d %d.5%n", &first, &second, &used) == 2 && used) {
            x = first;
            y = second;
        } else if (sscanf(path, "m%d 0%n", &first, &used) == 1 && used) {
            x += first;
        } else {
            assert_int_equal(sscanf(path, "h%d%n", &first, &used), 1);
            assert_true(first > 0 && x + first <= ret_modules->width && y < ret_modules->height);
            memset(&ret_modules->dark[y][x], 1, (size_t)first);
            x += first;
        }
    }
}

static void modules_of_png(const struct buf *image, struct modules *ret_modules)
{
    enum { MODULE = 8 };
    png_image png = {.version = PNG_IMAGE_VERSION};
    _cleanup_free_ uint8_t *pixels = NULL;

    *ret_modules = (struct modules){0};
    assert_true(png_image_begin_read_from_memory(&png, image->data, image->length));
    png.format = PNG_FORMAT_GRAY;
    pixels = malloc(PNG_IMAGE_SIZE(png));
    assert_true(png_image_finish_read(&png, NULL, pixels, 0, NULL));
    ret_modules->width = (int)png.width / MODULE;
    ret_modules->height = (int)png.height / MODULE;
    for (unsigned y = 0; y < png.height; y++) {
        for (unsigned x = 0; x < png.width; x++) {
            uint8_t dark = pixels[y * png.width + x] == 0;

            assert_true(dark || pixels[y * png.width + x] == 255);
            if (x % MODULE == 0 && y % MODULE == 0)
                ret_modules->dark[y / MODULE][x / MODULE] = dark;
            assert_int_equal(ret_modules->dark[y / MODULE][x / MODULE], dark);
        }
    }
}

/* ---- from modules to bytes ---- */

static void write_pgm(const char *path, const struct modules *modules)
{
    enum { SCALE = 4 };
    FILE *file = fopen(path, "we");

    assert_non_null(file);
    fprintf(file, "P5\n%d %d\n255\n", modules->width * SCALE, modules->height * SCALE);
    for (int y = 0; y < modules->height * SCALE; y++) {
        for (int x = 0; x < modules->width * SCALE; x++)
            fputc(modules->dark[y / SCALE][x / SCALE] ? 0 : 255, file);
    }
    assert_int_equal(fclose(file), 0);
}

static void write_bytes(const char *path, const struct buf *bytes)
{
    FILE *file = fopen(path, "we");

    assert_non_null(file);
    assert_int_equal(fwrite(bytes->data, 1, bytes->length, file), bytes->length);
    assert_int_equal(fclose(file), 0);
}

/* Binary, else the decoder guesses at the alphabet. */
static void decode(const char *path, struct buf *ret_bytes)
{
    _cleanup_free_ char *command = text_format(
        "zbarimg -q --raw --oneshot -Sdisable -Sqrcode.enable -Sqrcode.binary %s 2>/dev/null",
        path);
    FILE *output = popen(command, "r");
    char part[4096];
    size_t size;

    assert_non_null(output);
    while ((size = fread(part, 1, sizeof(part), output)) > 0)
        buf_add(ret_bytes, part, size);
    assert_int_equal(pclose(output), 0);
}

static void check_decoded(const char *path, const void *data, size_t size)
{
    _cleanup_buf_ struct buf decoded = {0};

    decode(path, &decoded);
    assert_int_equal(decoded.length, size);
    assert_memory_equal(decoded.data, data, size);
}

static void check_quiet_zone(const struct modules *modules)
{
    for (int row = 0; row < modules->width; row++) {
        for (int column = 0; column < modules->width; column++) {
            bool inside =
                row >= 4 && row < modules->width - 4 && column >= 4 && column < modules->width - 4;

            assert_false(!inside && modules->dark[row][column]);
        }
    }
}

static void draw_all(const void *data, size_t size, struct modules ret_modules[static 3],
                     struct buf *ret_png)
{
    _cleanup_buf_ struct buf ansi = {0}, svg = {0};
    size_t most = 0;

    assert_int_equal(qr_draw(data, size, QR_ANSI, &ansi, &most), 0);
    assert_int_equal(qr_draw(data, size, QR_SVG, &svg, &most), 0);
    assert_int_equal(qr_draw(data, size, QR_PNG, ret_png, &most), 0);
    modules_of_ansi(ansi.data, &ret_modules[QR_ANSI]);
    modules_of_svg(svg.data, &ret_modules[QR_SVG]);
    modules_of_png(ret_png, &ret_modules[QR_PNG]);
}

/* All three draw the same code, and the decoder reads `size` bytes out of it. */
static void check_text(const void *data, size_t size)
{
    static struct modules modules[3];
    _cleanup_buf_ struct buf png = {0};
    char folder[] = "/tmp/qr-XXXXXX", png_path[64], pgm_path[64];

    draw_all(data, size, modules, &png);
    check_quiet_zone(&modules[QR_PNG]);
    for (int style = QR_ANSI; style <= QR_PNG; style++) {
        assert_int_equal(modules[style].width, modules[QR_PNG].width);
        for (int row = 0; row < modules[QR_PNG].height; row++)
            assert_memory_equal(modules[style].dark[row], modules[QR_PNG].dark[row],
                                (size_t)modules[QR_PNG].width);
    }
    if (!have_decoder())
        return;
    assert_non_null(mkdtemp(folder));
    snprintf(png_path, sizeof(png_path), "%s/qr.png", folder);
    snprintf(pgm_path, sizeof(pgm_path), "%s/qr.pgm", folder);
    write_bytes(png_path, &png);
    check_decoded(png_path, data, size);
    write_pgm(pgm_path, &modules[QR_ANSI]);
    check_decoded(pgm_path, data, size);
    write_pgm(pgm_path, &modules[QR_SVG]);
    check_decoded(pgm_path, data, size);
    unlink(png_path);
    unlink(pgm_path);
    rmdir(folder);
}

/* ---- */

static void test_profile(void **state)
{
    _cleanup_buf_ struct buf text = {0};
    struct profile_facts facts;

    (void)state;
    sample_client(&facts);
    wg_quick_write(&facts, &text);
    sample_done(&facts);
    check_text(text.data, text.length);
}

static void test_short_text(void **state)
{
    (void)state;
    check_text("x", 1);
}

/* One letter over and over: whatever mask it gets, it must be read. */
static void test_monotonous_texts(void **state)
{
    static const char letters[] = {' ', 'U', 'a', 'm', '\x7f', '~'};
    char text[300];

    (void)state;
    for (size_t i = 0; i < ELEMENTS(letters); i++) {
        memset(text, letters[i], sizeof(text));
        check_text(text, 40);
        check_text(text, sizeof(text));
    }
}

static void test_utf8(void **state)
{
    static const char text[] = "# Müller & Söhne: 株式会社\n";

    (void)state;
    check_text(text, strlen(text));
}

static void fill_text(struct buf *text, size_t size)
{
    buf_clear(text);
    while (text->length < size)
        buf_add_char(text, (char)('a' + text->length * 7 % 26));
}

/* Level M to its last byte, L from the next one on to its own. */
static void test_levels(void **state)
{
    static const struct {
        size_t size;
        uint32_t width;
    } rows[] = {{14, 21}, {15, 25}, {2331, 177}, {2332, 161}, {2953, 177}};
    _cleanup_buf_ struct buf text = {0}, png = {0};
    static struct modules modules;
    size_t most = 0;

    (void)state;
    for (size_t i = 0; i < ELEMENTS(rows); i++) {
        fill_text(&text, rows[i].size);
        buf_clear(&png);
        assert_int_equal(qr_draw(text.data, text.length, QR_PNG, &png, &most), 0);
        modules_of_png(&png, &modules);
        assert_int_equal(modules.width - 8, rows[i].width);
    }
}

static void test_too_long(void **state)
{
    _cleanup_buf_ struct buf text = {0}, image = {0};
    size_t most = 0;

    (void)state;
    fill_text(&text, 2954);
    for (int style = QR_ANSI; style <= QR_PNG; style++) {
        assert_int_equal(qr_draw(text.data, text.length, (enum qr_style)style, &image, &most),
                         -E2BIG);
        assert_int_equal(most, 2953);
        assert_int_equal(image.length, 0);
    }
    assert_int_equal(qr_draw(text.data, 1u << 30, QR_SVG, &image, &most), -E2BIG);
    assert_int_equal(qr_draw("", 0, QR_SVG, &image, &most), -EINVAL);
    fill_text(&text, 2953);
    check_text(text.data, text.length);
}

static void test_compact(void **state)
{
    _cleanup_buf_ struct buf text = {0}, svg = {0}, png = {0};
    size_t most = 0;

    (void)state;
    fill_text(&text, 400);
    assert_int_equal(qr_draw(text.data, text.length, QR_SVG, &svg, &most), 0);
    assert_int_equal(qr_draw(text.data, text.length, QR_PNG, &png, &most), 0);
    assert_true(svg.length < 12000);
    assert_true(png.length < 3000);
    assert_null(strstr(strstr(svg.data, "<path") + 1, "<path")); /* one path */
}

static void test_styles(void **state)
{
    enum qr_style style = QR_ANSI;

    (void)state;
    assert_int_equal(qr_style_parse("ansi", &style), 0);
    assert_int_equal(style, QR_ANSI);
    assert_int_equal(qr_style_parse("svg", &style), 0);
    assert_int_equal(style, QR_SVG);
    assert_int_equal(qr_style_parse("png", &style), 0);
    assert_int_equal(style, QR_PNG);
    assert_int_equal(qr_style_parse("PNG", &style), -EINVAL);
    assert_int_equal(qr_style_parse("", &style), -EINVAL);
    assert_int_equal(style, QR_PNG);
    assert_string_equal(qr_media_type(QR_SVG), "image/svg+xml");
    assert_string_equal(qr_media_type(QR_PNG), "image/png");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_profile), cmocka_unit_test(test_short_text),
        cmocka_unit_test(test_utf8),    cmocka_unit_test(test_monotonous_texts),
        cmocka_unit_test(test_levels),  cmocka_unit_test(test_too_long),
        cmocka_unit_test(test_compact), cmocka_unit_test(test_styles),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
