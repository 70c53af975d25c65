/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "peers/complaint.h"

#include <stdarg.h>
#include <stdio.h>

void complain(struct complaint *complaint, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(complaint->wrong, sizeof(complaint->wrong), format, arguments);
    va_end(arguments);
    complaint->would[0] = '\0';
}
