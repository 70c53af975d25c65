/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A word of a command that is shown for copying. Pure. */
#pragma once

/* As it is when no shell would take it for something else, else in single quotes; a new string. */
char *shell_quote(const char *word);
