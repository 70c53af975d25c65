/* SPDX-License-Identifier: GPL-2.0-or-later */
/* warren-acme as uacme's hook: tells the warren-acme that started uacme what is to be answered. */
#pragma once

enum { HOOK_FD = 4, HOOK_ARGUMENTS = 6 }; /* hook METHOD TYPE NAME TOKEN ANSWER */

/* An exit status: 0 = the challenge is taken. */
int hook_run(char **argv);
