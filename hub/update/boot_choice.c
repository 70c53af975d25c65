/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/update/boot_choice.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

/* As image/make/grub.py makes it, and as GRUB, which replaces values in place, leaves it. */
static const char pattern[] = "# GRUB Environment Block\n"
                              "slot=?\n"
                              "trial=?\n"
                              "failures=?\n";

enum {
    LENGTH = sizeof(pattern) - 1,
    AT_SLOT = 25 + 5,
    AT_TRIAL = AT_SLOT + 2 + 6,
    AT_FAILURES = AT_TRIAL + 2 + 9,
};

static_assert(AT_FAILURES + 2 == LENGTH, "the places of the values");

static bool is_slot(uint8_t value)
{
    return value == 'a' || value == 'b';
}

int boot_choice_parse(const uint8_t bytes[static BOOT_CHOICE_SIZE], struct boot_choice *ret_choice)
{
    uint8_t slot = bytes[AT_SLOT], trial = bytes[AT_TRIAL], failures = bytes[AT_FAILURES];

    for (size_t i = 0; i < BOOT_CHOICE_SIZE; i++) {
        char expected = i < LENGTH ? pattern[i] : '#';

        if (expected != '?' && bytes[i] != (uint8_t)expected)
            return -EBADMSG;
    }
    if (!is_slot(slot) || (!is_slot(trial) && trial != '-') || failures < '0' || failures > '9')
        return -EBADMSG;
    *ret_choice = (struct boot_choice){.slot = (char)slot,
                                       .trial = (char)(trial == '-' ? 0 : trial),
                                       .failures = (uint32_t)(failures - '0')};
    return 0;
}

void boot_choice_format(const struct boot_choice *choice,
                        uint8_t ret_bytes[static BOOT_CHOICE_SIZE])
{
    memset(ret_bytes, '#', BOOT_CHOICE_SIZE);
    memcpy(ret_bytes, pattern, LENGTH);
    ret_bytes[AT_SLOT] = (uint8_t)choice->slot;
    ret_bytes[AT_TRIAL] = (uint8_t)(choice->trial ? choice->trial : '-');
    ret_bytes[AT_FAILURES] = (uint8_t)('0' + choice->failures % 10);
}
