/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub/update/boot_choice.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "hub/base/text.h"

static const char signature[] = "# GRUB Environment Block\n";

/* "name=value" of a line; values are a character or nothing. */
static int take_line(const char *line, size_t length, struct boot_choice *choice)
{
    const char *equals = memchr(line, '=', length);
    size_t name = equals ? (size_t)(equals - line) : length;
    size_t value_size = equals ? length - name - 1 : 0;
    char value = value_size ? equals[1] : 0;

    if (!equals || value_size > 1)
        return -EBADMSG;
    if (name == 4 && memcmp(line, "slot", 4) == 0 && (value == 'a' || value == 'b'))
        choice->slot = value;
    else if (name == 5 && memcmp(line, "trial", 5) == 0 &&
             (value == 'a' || value == 'b' || value == 0))
        choice->trial = value;
    else if (name == 8 && memcmp(line, "failures", 8) == 0 && value >= '0' && value <= '9')
        choice->failures = (uint32_t)(value - '0');
    else
        return -EBADMSG;
    return 0;
}

int boot_choice_parse(const uint8_t bytes[static BOOT_CHOICE_SIZE], struct boot_choice *ret_choice)
{
    struct boot_choice choice = {0};
    const char *at = (const char *)bytes + strlen(signature);
    const char *end = (const char *)bytes + BOOT_CHOICE_SIZE;
    int r = memcmp(bytes, signature, strlen(signature)) == 0 ? 0 : -EBADMSG;

    while (r == 0 && at < end && *at != '#') {
        const char *line_end = memchr(at, '\n', (size_t)(end - at));

        if (!line_end)
            return -EBADMSG;
        r = take_line(at, (size_t)(line_end - at), &choice);
        at = line_end + 1;
    }
    for (; r == 0 && at < end; at++)
        if (*at != '#')
            r = -EBADMSG;
    if (r == 0 && !choice.slot)
        r = -EBADMSG;
    if (r == 0)
        *ret_choice = choice;
    return r;
}

void boot_choice_format(const struct boot_choice *choice,
                        uint8_t ret_bytes[static BOOT_CHOICE_SIZE])
{
    char text[128];
    int length = snprintf(text, sizeof(text), "%sslot=%c\ntrial=%.1s\nfailures=%u\n", signature,
                          choice->slot, (const char[]){choice->trial, 0}, choice->failures % 10);

    memset(ret_bytes, '#', BOOT_CHOICE_SIZE);
    memcpy(ret_bytes, text, (size_t)length);
}
