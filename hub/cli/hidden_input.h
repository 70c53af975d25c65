/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is typed is not shown, on a terminal; it is again whatever signal ends the program. */
#pragma once

/* No terminal: nothing. One at a time. Ctrl-Z does nothing meanwhile: the shell would be silent. */
void hidden_input_begin(int fd);
void hidden_input_end(void);
