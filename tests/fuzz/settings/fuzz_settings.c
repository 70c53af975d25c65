/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is taken reads back from what is written; what is refused has a reason in plain text. */
#include <stdlib.h>
#include <string.h>

#include "hub/base/text.h"
#include "hub/settings/settings.h"

enum { ERRORS_MAX = 16 };

#define require(condition) \
    do { \
        if (!(condition)) \
            abort(); \
    } while (0)

static void require_reads_back(const struct settings *settings)
{
    _cleanup_buf_ struct buf once = {0}, twice = {0};
    struct settings_error errors[ERRORS_MAX];
    struct settings again;

    settings_write(settings, &once);
    require(settings_parse(once.data, once.length, &again, errors, ERRORS_MAX) == 0);
    settings_write(&again, &twice);
    require(text_equal(once.data, twice.data));
    settings_done(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct settings_error errors[ERRORS_MAX];
    struct settings settings;

    size_t count = settings_parse((const char *)data, size, &settings, errors, ERRORS_MAX);
    require(count <= ERRORS_MAX);
    for (size_t i = 0; i < count; i++)
        require(errors[i].text[0] && text_is_printable(errors[i].text, NULL));
    require_reads_back(&settings);
    settings_done(&settings);
    return 0;
}
