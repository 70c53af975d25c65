/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdint.h>
#include <string.h>

#include "hub/base/port_use.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct port_use use = {0};

    if (size > 0)
        port_use_add(&use, data[0] & 1, (const char *)data + 1, size - 1);
    return 0;
}
