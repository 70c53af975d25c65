/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "profiles/qr.h"

#include <errno.h>
#include <png.h>
#include <qrencode.h>
#include <stdbool.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"

enum {
    BYTES_MOST_M = 2331, /* of version 40 in byte mode */
    BYTES_MOST_L = 2953,
    QUIET = 4,  /* modules around the code */
    MODULE = 8, /* pixels of the PNG's modules */
};

DEFINE_CLEANUP(QRcode *, QRcode_free, qr_code_cleanup)

/* True = dark. Modules outside of the code are light: the quiet zone. */
static bool is_dark(const QRcode *code, int row, int column)
{
    row -= QUIET;
    column -= QUIET;
    if (row < 0 || column < 0 || row >= code->width || column >= code->width)
        return false;
    return code->data[row * code->width + column] & 1;
}

static int whole_width(const QRcode *code)
{
    return code->width + 2 * QUIET;
}

/* ---- terminal text ---- */

/* Two rows of modules a line, in colours of the fixed part of the palette: scanners want dark on
 * light, whatever the terminal's own colours are. */
static void draw_ansi(const QRcode *code, struct buf *image)
{
    static const char *const halves[] = {" ", "▄", "▀", "█"};

    for (int row = 0; row < whole_width(code); row += 2) {
        buf_add_text(image, "\033[38;5;16;48;5;231m");
        for (int column = 0; column < whole_width(code); column++)
            buf_add_text(image,
                         halves[is_dark(code, row, column) * 2 + is_dark(code, row + 1, column)]);
        buf_add_text(image, "\033[0m\n");
    }
}

/* ---- SVG ---- */

/* A path is mostly small numbers: printf would take half of the time. */
static void add_number(struct buf *image, int number)
{
    if (number >= 100)
        buf_add_char(image, (char)('0' + number / 100));
    if (number >= 10)
        buf_add_char(image, (char)('0' + number / 10 % 10));
    buf_add_char(image, (char)('0' + number % 10));
}

static void add_run(struct buf *image, int skip, int length)
{
    buf_add_char(image, 'm');
    add_number(image, skip);
    buf_add_text(image, " 0h");
    add_number(image, length);
}

static void draw_svg_row(const QRcode *code, int row, struct buf *image)
{
    int pen = -1; /* column where the pen stands, -1 = in another row */

    for (int column = 0, end; column < whole_width(code); column = end) {
        for (end = column + 1; end < whole_width(code); end++) {
            if (is_dark(code, row, end) != is_dark(code, row, column))
                break;
        }
        if (!is_dark(code, row, column))
            continue;
        if (pen < 0)
            buf_printf(image, "M%d %d.5h%d", column, row, end - column);
        else
            add_run(image, column - pen, end - column);
        pen = end;
    }
}

/* Strokes one module wide, a run of dark modules each. */
static void draw_svg(const QRcode *code, struct buf *image)
{
    int width = whole_width(code);

    buf_printf(image,
               "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" "
               "shape-rendering=\"crispEdges\"><rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>"
               "<path stroke=\"#000\" d=\"",
               width, width, width, width);
    for (int row = QUIET; row < width - QUIET; row++)
        draw_svg_row(code, row, image);
    buf_add_text(image, "\"/></svg>\n");
}

/* ---- PNG ---- */

static void png_write(png_structp png, png_bytep data, size_t size)
{
    buf_add(png_get_io_ptr(png), data, size);
}

static void png_flush_nothing(png_structp png)
{
    (void)png;
}

/* A row of pixels, one bit each, 1 = white. A module is one byte wide. */
static void png_row(const QRcode *code, int row, uint8_t *pixels)
{
    _Static_assert(MODULE == 8, "a module's pixels are a byte");

    for (int column = 0; column < whole_width(code); column++)
        pixels[column] = is_dark(code, row, column) ? 0x00 : 0xff;
}

static int draw_png(const QRcode *code, struct buf *image)
{
    uint32_t pixels = (uint32_t)whole_width(code) * MODULE;
    _cleanup_free_ uint8_t *row = memory_zero((size_t)whole_width(code));
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png ? png_create_info_struct(png) : NULL;

    if (!info || setjmp(png_jmpbuf(png))) {
        png_destroy_write_struct(&png, &info);
        return -ENOMEM;
    }
    png_set_write_fn(png, image, png_write, png_flush_nothing);
    png_set_IHDR(png, info, pixels, pixels, 1, PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_set_compression_level(png, 9);
    /* Seven rows of eight are like the one above: zeros. */
    png_set_filter(png, PNG_FILTER_TYPE_BASE, PNG_FILTER_UP);
    png_write_info(png, info);
    for (int y = 0; y < whole_width(code); y++) {
        png_row(code, y, row);
        for (int i = 0; i < MODULE; i++)
            png_write_row(png, row);
    }
    png_write_end(png, info);
    png_destroy_write_struct(&png, &info);
    return 0;
}

/* ---- the styles ---- */

static const struct {
    const char *name, *media_type;
} styles[] = {
    [QR_ANSI] = {"ansi", "text/plain; charset=utf-8"},
    [QR_SVG] = {"svg", "image/svg+xml"},
    [QR_PNG] = {"png", "image/png"},
};

int qr_style_parse(const char *text, enum qr_style *ret_style)
{
    for (size_t i = 0; i < ELEMENTS(styles); i++) {
        if (text_equal(text, styles[i].name)) {
            *ret_style = (enum qr_style)i;
            return 0;
        }
    }
    return -EINVAL;
}

const char *qr_media_type(enum qr_style style)
{
    return styles[style].media_type;
}

/* ---- encoding ---- */

/* Not in libqrencode's header, but in Debian's library: encodes with a given mask. To try all
 * eight masks and judge them, as the public function does, takes nine tenths of its time. */
extern QRcode *QRcode_encodeMask(QRinput *input, int mask) __attribute__((weak));

enum {
    MASK = 3,         /* diagonal stripes of thirds: shares no period with bytes */
    RUN_LONGEST = 20, /* modules of one colour in a line: rare in random data */
};

static bool line_is_fine(const QRcode *code, int start, int step)
{
    int run = 0, before = -1;

    for (int i = 0; i < code->width; i++) {
        int dark = code->data[start + i * step] & 1;

        run = dark == before ? run + 1 : 1;
        before = dark;
        if (run > RUN_LONGEST)
            return false;
    }
    return true;
}

/* Masks are there to break up areas and to balance dark and light. Keys, being random, need
 * little of that; what is left looking odd gets the best of all masks. */
static bool is_fine(const QRcode *code)
{
    int size = code->width * code->width, dark = 0;

    for (int i = 0; i < size; i++)
        dark += code->data[i] & 1;
    if (dark * 100 < size * 45 || dark * 100 > size * 55)
        return false;
    for (int i = 0; i < code->width; i++) {
        if (!line_is_fine(code, i * code->width, 1) || !line_is_fine(code, i, code->width))
            return false;
    }
    return true;
}

static QRcode *encode_fast(const void *data, size_t size, QRecLevel level)
{
    QRinput *input = QRcode_encodeMask ? QRinput_new2(0, level) : NULL;
    QRcode *code = NULL;

    if (input && QRinput_append(input, QR_MODE_8, (int)size, data) == 0)
        code = QRcode_encodeMask(input, MASK);
    if (input)
        QRinput_free(input);
    if (!code || is_fine(code))
        return code;
    QRcode_free(code);
    return NULL;
}

static int encode(const void *data, size_t size, QRcode **ret_code)
{
    QRecLevel level = size <= BYTES_MOST_M ? QR_ECLEVEL_M : QR_ECLEVEL_L;
    QRcode *code = encode_fast(data, size, level);

    if (!code)
        code = QRcode_encodeData((int)size, data, 0, level);
    if (!code)
        return errno > 0 ? -errno : -EINVAL;
    *ret_code = code;
    return 0;
}

int qr_draw(const void *data, size_t size, enum qr_style style, struct buf *ret_image,
            size_t *ret_bytes)
{
    _cleanup_(qr_code_cleanup) QRcode *code = NULL;
    int result;

    if (size == 0)
        return -EINVAL;
    if (size > BYTES_MOST_L) {
        *ret_bytes = BYTES_MOST_L;
        return -E2BIG;
    }
    result = encode(data, size, &code);
    if (result < 0)
        return result;
    switch (style) {
    case QR_ANSI:
        draw_ansi(code, ret_image);
        return 0;
    case QR_SVG:
        draw_svg(code, ret_image);
        return 0;
    case QR_PNG:
        return draw_png(code, ret_image);
    }
    return -EINVAL;
}
