/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/warrend/slots.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/log.h"

static void close_file(FILE *file)
{
    if (file)
        fclose(file);
}
DEFINE_CLEANUP(FILE *, close_file, cleanup_file)

static bool take(struct slots *slots, const char *name, const char *value)
{
    const struct {
        const char *name;
        char *target;
        size_t size;
    } rows[] = {
        {"boot", slots->kind, sizeof(slots->kind)},
        {"boot_a", slots->boot[SLOT_A], PLACE_MAX},
        {"boot_b", slots->boot[SLOT_B], PLACE_MAX},
        {"root_a", slots->root[SLOT_A], PLACE_MAX},
        {"root_b", slots->root[SLOT_B], PLACE_MAX},
        {"choice", slots->choice, PLACE_MAX},
        {"key", slots->key, PLACE_MAX},
        {"reboot", slots->reboot, PLACE_MAX},
    };

    if (text_equal(name, "slot") && (text_equal(value, "a") || text_equal(value, "b"))) {
        slots->slot = value[0];
        return true;
    }
    for (size_t i = 0; i < ELEMENTS(rows); i++)
        if (text_equal(rows[i].name, name))
            return text_copy(rows[i].target, rows[i].size, value) == 0;
    return false;
}

static bool is_complete(const struct slots *slots)
{
    bool kind = text_equal(slots->kind, "kept") || text_equal(slots->kind, "trial") ||
                text_equal(slots->kind, "fallback");

    for (int slot = 0; slot < SLOT_COUNT; slot++)
        if (slots->boot[slot][0] != '/' || slots->root[slot][0] != '/')
            return false;
    return kind && slots->slot && slots->choice[0] == '/' && slots->key[0] == '/' &&
           slots->reboot[0] == '/';
}

static bool read_all(FILE *file, struct slots *slots)
{
    char line[PLACE_MAX + 16];

    while (fgets(line, sizeof(line), file)) {
        char *equals = strchr(line, '=');

        line[strcspn(line, "\n")] = '\0';
        if (!equals)
            return false;
        *equals = '\0';
        if (!take(slots, line, equals + 1))
            return false;
    }
    return is_complete(slots);
}

void slots_read(const char *path, struct slots *ret_slots)
{
    _cleanup_(cleanup_file) FILE *file = fopen(path, "re");
    struct slots slots = {0};

    *ret_slots = (struct slots){0};
    if (!file) {
        if (errno != ENOENT)
            log_warning("%s: %s, so that there are no updates", path, strerror(errno));
        return;
    }
    if (!read_all(file, &slots)) {
        log_warning("%s is not as it should be, so that there are no updates", path);
        return;
    }
    slots.present = true;
    *ret_slots = slots;
    log_info("slot %c runs (%s)", slots.slot, slots.kind);
}
