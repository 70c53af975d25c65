/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A setting changed in a file that is right, and changed back: all else stays, and in between it
 * says what it was told. The first byte says which one. */
#include <stdlib.h>
#include <string.h>

#include "hub/base/text.h"
#include "hub/settings/settings_edit.h"

enum { ERRORS_MAX = 4, SIZE_MAX_TAKEN = 64 * 1024, LINE_MAX_TAKEN = 400 };

#define require(condition) \
    do { \
        if (!(condition)) \
            abort(); \
    } while (0)

/* What would outgrow the parser's limits is left out. */
static bool is_short(const char *text, size_t size)
{
    size_t length = 0;

    for (size_t i = 0; i < size; i++) {
        length = text[i] == '\n' ? 0 : length + 1;
        if (length > LINE_MAX_TAKEN)
            return false;
    }
    return size <= SIZE_MAX_TAKEN;
}

static void require_value(const struct settings *settings, const struct setting_value *value)
{
    _cleanup_buf_ struct buf text = {0};

    settings_value_format(settings, value->setting, &text);
    require(text_equal(text.data, value->text));
}

static void require_same(const struct settings *a, const struct settings *b)
{
    _cleanup_buf_ struct buf text_a = {0}, text_b = {0};

    settings_write(a, &text_a);
    settings_write(b, &text_b);
    require(text_equal(text_a.data, text_b.data));
}

static void change_and_back(const char *text, size_t size, const struct settings *settings,
                            const struct setting *setting)
{
    _cleanup_buf_ struct buf value = {0}, changed = {0}, again = {0}, back = {0};
    struct settings_error errors[ERRORS_MAX];
    struct settings then;

    settings_value_format(settings, setting, &value);
    struct setting_value initial = {setting, setting->initial}, before = {setting, value.data};
    settings_edit(text, size, &initial, 1, &changed);
    if (settings_parse(changed.data, changed.length, &then, errors, ERRORS_MAX) == 0)
        require_value(&then, &initial);
    settings_done(&then);
    settings_edit(changed.data, changed.length, &initial, 1, &again);
    require(again.length == changed.length && !memcmp(again.data, changed.data, again.length));
    settings_edit(changed.data, changed.length, &before, 1, &back);
    require(settings_parse(back.data, back.length, &then, errors, ERRORS_MAX) == 0);
    require_same(&then, settings);
    settings_done(&then);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct settings_error errors[ERRORS_MAX];
    struct settings settings;

    if (size == 0)
        return 0;
    const struct setting *setting = &settings_table[data[0] % settings_count];
    const char *text = (const char *)data + 1;
    size--;
    size_t count = settings_parse(text, size, &settings, errors, ERRORS_MAX);
    if (count == 0 && is_short(text, size)) {
        change_and_back(text, size, &settings, setting);
    } else {
        struct setting_value value = {setting, setting->initial};
        _cleanup_buf_ struct buf edited = {0};
        settings_edit(text, size, &value, 1, &edited);
        require(edited.length > 0);
    }
    settings_done(&settings);
    return 0;
}
