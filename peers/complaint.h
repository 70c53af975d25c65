/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fills a complaint; for the rules only. */
#pragma once

#include "peers/rules.h"

/* Sets what is wrong and says that nothing is known that would do. */
void complain(struct complaint *complaint, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
