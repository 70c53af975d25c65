/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the boot loader is told, and what is remembered of an update: taken and written again they
 * say the same. */
#include <stdlib.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "hub/engine/update_record.h"
#include "hub/update/boot_choice.h"

#define require(condition) \
    do { \
        if (!(condition)) \
            abort(); \
    } while (0)

static void try_choice(const uint8_t *data, size_t size)
{
    uint8_t bytes[BOOT_CHOICE_SIZE];
    struct boot_choice choice, again;

    memset(bytes, '#', sizeof(bytes));
    memcpy(bytes, data, size < sizeof(bytes) ? size : sizeof(bytes));
    if (boot_choice_parse(bytes, &choice) < 0)
        return;
    boot_choice_format(&choice, bytes);
    require(boot_choice_parse(bytes, &again) == 0);
    require(choice.slot == again.slot && choice.trial == again.trial &&
            choice.failures == again.failures);
}

static void try_record(const uint8_t *data, size_t size)
{
    struct update_record record, again;

    if (update_record_parse((const char *)data, size, &record) < 0)
        return;
    if (record.state != UPDATE_IDLE) {
        _cleanup_free_ char *text = update_record_text(&record);
        require(update_record_parse(text, strlen(text), &again) == 0);
        require(again.state == record.state && again.slot == record.slot &&
                again.peer_count == record.peer_count);
        update_record_done(&again);
    }
    update_record_done(&record);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    try_choice(data, size);
    try_record(data, size);
    return 0;
}
