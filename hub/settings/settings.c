/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/settings/settings.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "hub/base/cleanup.h"
#include "hub/base/nearest.h"
#include "hub/base/text.h"
#include "hub/settings/setting.h"

enum { READ_MAX = 256 * 1024 + 1 }; /* one byte more than settings_parse() takes */

/* ---- names ---- */

const struct setting *settings_find(const char *section, const char *key)
{
    for (size_t i = 0; i < settings_count; i++) {
        if (text_equal(settings_table[i].section, section) &&
            text_equal(settings_table[i].key, key))
            return &settings_table[i];
    }
    return NULL;
}

/* Words too long to compare are all equally far away. */
static size_t letters_apart(const char *a, const char *b)
{
    size_t distance = nearest_distance(a, b);

    return distance < NEAREST_WORD_MAX ? distance : NEAREST_WORD_MAX;
}

/* The section counts half: a right key in a wrong section is nearer than a wrong key. */
const struct setting *settings_nearest(const char *section, const char *key)
{
    const struct setting *nearest = settings_table;
    size_t best = SIZE_MAX;

    for (size_t i = 0; i < settings_count; i++) {
        size_t distance = 2 * letters_apart(settings_table[i].key, key) +
                          letters_apart(settings_table[i].section, section);
        if (distance < best) {
            best = distance;
            nearest = &settings_table[i];
        }
    }
    return nearest;
}

/* ---- the whole ---- */

void settings_init(struct settings *settings)
{
    char wrong[SETTING_WRONG_MAX];

    *settings = (struct settings){0};
    for (size_t i = 0; i < settings_count; i++) {
        if (setting_parse(&settings_table[i], settings_table[i].initial, settings, wrong) < 0)
            abort();
    }
}

void settings_done(struct settings *settings)
{
    prefix_set_done(&settings->public_addresses);
    prefix_set_done(&settings->web_listen);
}

int settings_read_text(const char *path, struct buf *ret_text)
{
    struct stat status;

    _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &status) < 0)
        return -errno;
    if (!S_ISREG(status.st_mode))
        return S_ISDIR(status.st_mode) ? -EISDIR : -ENXIO;

    buf_reserve(ret_text, READ_MAX);
    while (ret_text->length < READ_MAX) {
        ssize_t got = read(fd, ret_text->data + ret_text->length, READ_MAX - ret_text->length);
        if (got < 0)
            return -errno;
        if (got == 0)
            break;
        ret_text->length += (size_t)got;
    }
    buf_add(ret_text, "", 0); /* ends the text */
    return 0;
}

int settings_read(const char *path, struct settings *ret_settings,
                  struct settings_error *ret_errors, size_t max, size_t *ret_count)
{
    _cleanup_buf_ struct buf text = {0};

    *ret_count = 0;
    int error = settings_read_text(path, &text);
    if (error) {
        settings_init(ret_settings);
        return error;
    }
    *ret_count = settings_parse(text.data, text.length, ret_settings, ret_errors, max);
    return *ret_count > 0 ? -EINVAL : 0;
}

static void swap_bytes(unsigned char *left, unsigned char *right, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        unsigned char byte = left[i];

        left[i] = right[i];
        right[i] = byte;
    }
}

/* Settings own what they point to, so that swapping their bytes hands it over. */
static void swap_setting(struct settings *a, struct settings *b, const struct setting *setting)
{
    swap_bytes((unsigned char *)a + setting->offset, (unsigned char *)b + setting->offset,
               setting->size);
    if (setting->kind == SETTING_SERVERS)
        swap_bytes((unsigned char *)&a->dns_count, (unsigned char *)&b->dns_count,
                   sizeof(a->dns_count));
}

void settings_take_live(struct settings *settings, struct settings *read, setting_changed changed,
                        void *data)
{
    for (size_t i = 0; i < settings_count; i++) {
        const struct setting *setting = &settings_table[i];
        _cleanup_buf_ struct buf now = {0}, then = {0};

        settings_value_format(settings, setting, &now);
        settings_value_format(read, setting, &then);
        if (text_equal(now.data, then.data))
            continue;
        if (setting->effect == SETTING_LIVE)
            swap_setting(settings, read, setting);
        changed(setting, then.data, data);
    }
}

void settings_take_machine(struct settings *settings, struct settings *machine)
{
    for (size_t i = 0; i < settings_count; i++)
        if (settings_table[i].of_machine)
            swap_setting(settings, machine, &settings_table[i]);
}

void settings_write(const struct settings *settings, struct buf *ret_text)
{
    const char *section = "";

    buf_add_text(ret_text, "# Warren's settings. Text after # is a comment. `warrend --check` "
                           "tells what is wrong with this file.\n");
    for (size_t i = 0; i < settings_count; i++) {
        const struct setting *setting = &settings_table[i];

        if (!text_equal(setting->section, section)) {
            section = setting->section;
            buf_printf(ret_text, "\n[%s]\n", section);
        }
        buf_printf(ret_text, "# %s %sDefault: %s.\n", setting->help,
                   setting->effect == SETTING_RESTART ? "Needs a restart. " : "",
                   setting->initial[0] ? setting->initial : "empty");
        buf_printf(ret_text, "%s = ", setting->key);
        settings_value_format(settings, setting, ret_text);
        buf_add_char(ret_text, '\n');
    }
}
