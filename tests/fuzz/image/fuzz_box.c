/* SPDX-License-Identifier: GPL-2.0-or-later */
/* User data, what it comes in, and seeds, as anybody may write them: what is refused has a reason
 * in plain text, what is taken makes files that a line feed in a value cannot add lines to. */
#include <stdlib.h>
#include <string.h>

#include "hub/base/text.h"
#include "image/box/box.h"
#include "image/box/box_cloud.h"

enum { ERRORS_MAX = 16 };

#define require(condition) \
    do { \
        if (!(condition)) \
            abort(); \
    } while (0)

static size_t lines(const struct buf *text)
{
    size_t count = 0;

    for (size_t i = 0; i < text->length; i++)
        count += text->data[i] == '\n';
    return count;
}

static void look(const char *text, size_t size)
{
    _cleanup_buf_ struct buf network = {0}, servers = {0}, keys = {0};
    struct settings_error errors[ERRORS_MAX];
    struct box box;

    size_t count = box_parse(text, size, &box, errors, ERRORS_MAX);
    require(count <= ERRORS_MAX);
    for (size_t i = 0; i < count; i++)
        require(errors[i].text[0] && text_is_printable(errors[i].text, NULL));
    if (count > 0)
        require(!box.address_count && !box.key_count && !box.setup_token[0] && !box.has_settings);
    box_write_network(&box, &network);
    box_write_time(&box, &servers);
    box_write_keys(&box, &keys);
    require(lines(&keys) == box.key_count);
    require(lines(&servers) <= 3);
    require(lines(&network) <= 30);
    box_done(&box);
}

/* No longer than what was sent. */
static void look_at_answer(const char *text, size_t size, bool base64)
{
    _cleanup_buf_ struct buf body = {0};

    if (box_cloud_answer(text, size, base64, &body) < 0)
        require(body.length == 0);
    require(body.length <= size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _cleanup_buf_ struct buf seed = {0};

    look((const char *)data, size);
    look_at_answer((const char *)data, size, false);
    look_at_answer((const char *)data, size, true);
    if (box_unwrap((const char *)data, size, &seed) == 0)
        look(seed.data, seed.length);
    return 0;
}
