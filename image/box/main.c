/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * warren-box: says what is wrong with a seed, and turns one into files. What goes where is the
 * scripts' business; all decisions about what somebody else wrote are made here.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "image/box/box.h"
#include "image/box/box_ask.h"
#include "image/box/box_cloud.h"

enum {
    ERRORS_MAX = 16,
    ANSWER_MAX = 2 * BOX_SIZE_MAX, /* base64 is a third longer, and there are headers */
    EXIT_USAGE = 2,
    EXIT_AGAIN = 3,
};

/* `max` bytes and one more at most, of which a parser complains. */
static int read_file(const char *path, size_t max, struct buf *ret_text)
{
    _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return -errno;
    buf_reserve(ret_text, max + 1);
    while (ret_text->length <= max) {
        ssize_t got = read(fd, ret_text->data + ret_text->length, max + 1 - ret_text->length);
        if (got < 0)
            return -errno;
        if (got == 0)
            return 0;
        ret_text->length += (size_t)got;
    }
    return 0;
}

/* Tells what is wrong. */
static int read_box(const char *path, struct box *ret_box)
{
    struct settings_error errors[ERRORS_MAX];
    _cleanup_buf_ struct buf text = {0};

    int r = read_file(path, BOX_SIZE_MAX, &text);
    if (r < 0) {
        printf("%s: %s\n", path, strerror(-r));
        return r;
    }
    size_t count = box_parse(text.data, text.length, ret_box, errors, ERRORS_MAX);
    for (size_t i = 0; i < count; i++) {
        if (errors[i].line)
            printf("line %u: %s\n", errors[i].line, errors[i].text);
        else
            printf("%s\n", errors[i].text);
    }
    return count ? -EINVAL : 0;
}

/* No file where there is nothing to say. */
static int write_file(const char *directory, const char *name, mode_t mode, const struct buf *text)
{
    char path[PATH_MAX];

    if (text->length == 0)
        return 0;
    if (snprintf(path, sizeof(path), "%s/%s", directory, name) >= (int)sizeof(path))
        return -ENAMETOOLONG;
    _cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    if (fd < 0)
        return -errno;
    return write(fd, text->data, text->length) == (ssize_t)text->length ? 0 : -EIO;
}

static int write_text(const char *directory, const char *name, mode_t mode, const char *text)
{
    _cleanup_buf_ struct buf line = {0};

    if (text[0])
        buf_printf(&line, "%s\n", text);
    return write_file(directory, name, mode, &line);
}

static int write_files(const struct box *box, const char *directory)
{
    _cleanup_buf_ struct buf network = {0}, servers = {0}, keys = {0}, settings = {0};

    box_write_network(box, &network);
    box_write_time(box, &servers);
    box_write_keys(box, &keys);
    if (box->has_settings)
        settings_write(&box->settings, &settings);
    int r = write_file(directory, "10-warren.network", 0644, &network);
    if (r == 0)
        r = write_file(directory, "timesyncd.conf", 0644, &servers);
    if (r == 0)
        r = write_file(directory, "authorized_keys", 0600, &keys);
    if (r == 0)
        r = write_file(directory, "warren.conf", 0644, &settings);
    if (r == 0)
        r = write_text(directory, "setup-token", 0600, box->setup_token);
    if (r == 0)
        r = write_text(directory, "restore-file", 0600, box->restore_file);
    if (r == 0)
        r = write_text(directory, "restore-passphrase", 0600, box->restore_passphrase);
    return r;
}

static int check(const char *path, const char *directory)
{
    _cleanup_(box_done) struct box box = {0};

    if (read_box(path, &box) < 0)
        return EXIT_FAILURE;
    int r = directory ? write_files(&box, directory) : 0;
    if (r < 0)
        printf("%s: %s\n", directory, strerror(-r));
    return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int unwrap(const char *path)
{
    _cleanup_buf_ struct buf text = {0}, seed = {0};

    if (read_file(path, BOX_SIZE_MAX, &text) < 0 || box_unwrap(text.data, text.length, &seed) < 0)
        return EXIT_FAILURE;
    return fwrite(seed.data, 1, seed.length, stdout) == seed.length ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* What is to be asked for user data, a line each. */
static int tell_cloud(char **words)
{
    const struct box_machine machine = {.vendor = words[0], .product = words[1], .asset = words[2]};
    const struct box_cloud *cloud = box_cloud_find(&machine);

    if (!cloud)
        return EXIT_FAILURE;
    printf("address=%s\nport=%s\npath=%s\nheader=%s\nform=%s\n", cloud->address,
           cloud->reserved_port ? "reserved" : "any", cloud->path, cloud->header,
           cloud->base64 ? "base64" : "plain");
    if (cloud->token_path)
        printf("token_path=%s\ntoken_header=%s\ntoken_sent_in=%s\n", cloud->token_path,
               cloud->token_header, cloud->token_sent_in);
    return EXIT_SUCCESS;
}

static int ask(const char *text, bool reserved_port, const char *request)
{
    _cleanup_buf_ struct buf answer = {0};
    struct address address;

    int r = address_parse(text, &address);
    if (r == 0)
        r = box_ask(&address, reserved_port, request, ANSWER_MAX, &answer);
    if (r < 0) {
        fprintf(stderr, "%s: %s\n", text, strerror(-r));
        return EXIT_FAILURE;
    }
    return fwrite(answer.data, 1, answer.length, stdout) == answer.length ? EXIT_SUCCESS
                                                                          : EXIT_FAILURE;
}

static int take_answer(const char *path, bool base64)
{
    _cleanup_buf_ struct buf text = {0}, body = {0};

    if (read_file(path, ANSWER_MAX, &text) < 0 || text.length > ANSWER_MAX)
        return EXIT_FAILURE;
    int r = box_cloud_answer(text.data, text.length, base64, &body);
    if (r < 0)
        return r == -EAGAIN ? EXIT_AGAIN : EXIT_FAILURE;
    return fwrite(body.data, 1, body.length, stdout) == body.length ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int count, char **words)
{
    if (count == 3 && text_equal(words[1], "check"))
        return check(words[2], NULL);
    if (count == 4 && text_equal(words[1], "write"))
        return check(words[2], words[3]);
    if (count == 3 && text_equal(words[1], "unwrap"))
        return unwrap(words[2]);
    if (count == 5 && text_equal(words[1], "cloud"))
        return tell_cloud(words + 2);
    if (count == 5 && text_equal(words[1], "ask") &&
        (text_equal(words[3], "any") || text_equal(words[3], "reserved")))
        return ask(words[2], text_equal(words[3], "reserved"), words[4]);
    if (count == 4 && text_equal(words[1], "answer") &&
        (text_equal(words[3], "plain") || text_equal(words[3], "base64")))
        return take_answer(words[2], text_equal(words[3], "base64"));
    fprintf(stderr, "Usage: warren-box check SEED | write SEED DIRECTORY | unwrap USER-DATA | "
                    "cloud VENDOR PRODUCT ASSET | ask ADDRESS any|reserved REQUEST | "
                    "answer FILE plain|base64\n");
    return EXIT_USAGE;
}
