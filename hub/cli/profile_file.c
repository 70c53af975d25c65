/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/cli/profile_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "hub/cli/output_file.h"

int profile_file_check(const struct request *request, char error[static PROFILE_ERROR_MAX])
{
    _cleanup_free_ char *text = NULL;

    if (!request->output || request->flags & LOCAL_FORCE ||
        faccessat(AT_FDCWD, request->output, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
        return 0;
    text = output_file_taken(request->output);
    snprintf(error, PROFILE_ERROR_MAX, "%s", text);
    return -EEXIST;
}

static int write_file(const char *path, const char *data, size_t size, bool force)
{
    struct output_file file;
    int error = output_file_open(&file, path);

    if (!error)
        error = output_file_write(&file, data, size);
    if (!error)
        error = output_file_commit(&file, force);
    output_file_done(&file);
    return error;
}

/* The content as bytes; a new buffer. */
static int decode(const json_t *body, struct buf *bytes)
{
    const json_t *content = json_object_get(body, "content");
    const char *encoding = json_string_value(json_object_get(body, "encoding"));
    size_t length = json_string_length(content);

    if (!json_is_string(content))
        return -EBADMSG;
    buf_reserve(bytes, length);
    if (!encoding || !text_equal(encoding, "base64")) {
        buf_add(bytes, json_string_value(content), length);
        return 0;
    }
    return sodium_base642bin((unsigned char *)bytes->data, bytes->size, json_string_value(content),
                             length, NULL, &bytes->length, NULL, sodium_base64_VARIANT_ORIGINAL) < 0
               ? -EBADMSG
               : 0;
}

static int write_stream(const struct screen *screen, const struct buf *bytes)
{
    _cleanup_buf_ struct buf clean = {0};
    const struct buf *shown = bytes;

    if (screen->terminal) {
        screen_clean(&clean, bytes->data ? bytes->data : "", true, true);
        shown = &clean;
    }
    if (shown->length && fwrite(shown->data, 1, shown->length, screen->stream) != shown->length)
        return -EIO;
    return fflush(screen->stream) == 0 ? 0 : -errno;
}

void profile_file_warn(const json_t *body)
{
    struct screen screen = screen_of(stderr, true);
    json_t *warning;
    size_t index;

    json_array_foreach(json_object_get(body, "warnings"), index, warning)
    {
        fputs("warren: warning: ", stderr);
        screen_print(&screen, COLOR_NONE, json_string_value(warning));
        fputc('\n', stderr);
    }
}

void profile_file_warn_of_width(const struct screen *screen, const struct request *request,
                                const json_t *body)
{
    const char *content = json_string_value(json_object_get(body, "content"));
    size_t room = screen_room(screen), needed;

    if (!room || !content || request->output || !json_object_get(request->query, "qr"))
        return;
    needed = screen_columns(content);
    if (needed > room)
        fprintf(stderr,
                "warren: warning: the code needs %zu columns and the terminal has %zu: make it "
                "wider, or write a picture with -o FILE.png --qr png\n",
                needed, room);
}

int profile_file_write(const struct screen *screen, const struct request *request,
                       const json_t *body, char error[static PROFILE_ERROR_MAX])
{
    const char *path = request->output;
    struct buf bytes = {0};
    int result = decode(body, &bytes);

    if (!result)
        result = path ? write_file(path, bytes.data, bytes.length, request->flags & LOCAL_FORCE)
                      : write_stream(screen, &bytes);
    if (bytes.data)
        sodium_memzero(bytes.data, bytes.size);
    buf_done(&bytes);
    if (result == -EEXIST)
        profile_file_check(request, error);
    else if (result)
        snprintf(error, PROFILE_ERROR_MAX, "writing %.200s: %s", path ? path : "the profile",
                 strerror(-result));
    return result;
}
